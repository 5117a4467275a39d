/* Two languages, each in one file that is fetched only when it is spoken. */
import { createI18n } from 'vue-i18n';
import { setApiLanguage } from '@/api/client';
import { pluralised } from './plural';

export const LANGUAGES = ['zh-CN', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: 'zh-CN',
  missingWarn: false,
  fallbackWarn: false,
  postTranslation: (message) => (typeof message === 'string' ? pluralised(message) : message),
  messages: {} as Record<string, Record<string, never>>,
});

const loaders: Record<Language, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('./zh-CN.json'),
  en: () => import('./en.json'),
};

export function isLanguage(text: unknown): text is Language {
  return LANGUAGES.includes(text as Language);
}

/** The language a user's record names (`zh`, `en`), or null. */
export function languageOf(code: string | null | undefined): Language | null {
  if (code === 'en') return 'en';
  return code === 'zh' || code === 'zh-CN' ? 'zh-CN' : null;
}

/** Loads the language when needed and makes it the current one. */
export async function speak(language: Language): Promise<void> {
  const global = i18n.global;
  if (!(global.availableLocales as string[]).includes(language)) {
    const messages = await loaders[language]();
    global.setLocaleMessage(language, messages.default as Record<string, never>);
  }
  global.locale.value = language;
  setApiLanguage(language);
  document.documentElement.lang = language;
}
