/* What one person prefers on this machine: language, theme, folded sidebar,
 * columns of each list. Kept in the browser. */
import { computed, reactive, watch } from 'vue';
import { isLanguage, speak, type Language } from '@/i18n';

const KEY = 'guanxi.prefs';

interface Prefs {
  language: Language;
  /** the language was chosen here, not taken from the user's record */
  chosen: boolean;
  theme: 'light' | 'dark' | 'system';
  slim: boolean;
  /** the first steps of a new company were put away */
  stepsAway: boolean;
  columns: Record<string, string[]>;
}

function firstLanguage(): Language {
  return navigator.languages.some((l) => l.startsWith('zh')) ? 'zh-CN' : 'en';
}

function read(): Prefs {
  const prefs: Prefs = { language: firstLanguage(), chosen: false, theme: 'system', slim: false, stepsAway: false, columns: {} };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>;
    if (isLanguage(kept.language)) prefs.language = kept.language;
    prefs.chosen = kept.chosen === true;
    if (kept.theme === 'light' || kept.theme === 'dark') prefs.theme = kept.theme;
    prefs.slim = kept.slim === true;
    prefs.stepsAway = kept.stepsAway === true;
    if (kept.columns && typeof kept.columns === 'object') prefs.columns = kept.columns;
  } catch {
    localStorage.removeItem(KEY); // unreadable: start afresh
  }
  return prefs;
}

export const prefs = reactive(read());

const system = window.matchMedia('(prefers-color-scheme: dark)');
const systemDark = reactive({ on: system.matches });
system.addEventListener('change', (e) => (systemDark.on = e.matches));

export const dark = computed(() =>
  prefs.theme === 'system' ? systemDark.on : prefs.theme === 'dark',
);

/** `zh` or `en`: which of a label's two texts to show. */
export const lang = computed(() => (prefs.language === 'en' ? 'en' : 'zh'));

watch(prefs, () => localStorage.setItem(KEY, JSON.stringify(prefs)), { deep: true });
watch(dark, (on) => document.documentElement.classList.toggle('dark', on), { immediate: true });

export async function setLanguage(language: Language, chosen = true): Promise<void> {
  await speak(language);
  prefs.language = language;
  prefs.chosen ||= chosen;
}
