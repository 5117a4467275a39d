/* Whether what is being typed into a form is there already: asked while one
 * types, and once more before it is saved. */
import { computed, onScopeDispose, reactive, shallowRef, watch } from 'vue';
import { get } from '@/api/client';
import type { Entity, Row, SimilarAnswer, Value } from '@/api/types';
import { debounce } from '@/lib/timing';
import { rememberIncluded } from './refs';

const WAIT_MS = 400;

export interface Similar {
  row: Row;
  /** fields that are the same, the first one is where it is told */
  fields: string[];
}

export function useSimilar(entity: () => Entity, values: Record<string, Value | undefined>, fresh: () => boolean) {
  const found = shallowRef<Similar[]>([]);
  /** Those the user has seen and thinks to be others. */
  const others = reactive(new Set<number>());
  let asked = '';
  let pending = Promise.resolve();
  let controller = new AbortController();

  /** The question, '' when there is none. */
  function question(): string {
    const { similar = [], parent } = entity();
    const filled = (n: string) => values[n] !== null && values[n] !== undefined && values[n] !== '';
    const typed = fresh() ? similar.filter(filled) : [];
    if (!typed.length) return '';
    if (parent && filled(parent)) typed.push(parent); // narrows it
    return new URLSearchParams(typed.map((n) => [n, String(values[n])])).toString();
  }

  async function answer(now: string, signal: AbortSignal): Promise<void> {
    try {
      const told = await get<SimilarAnswer>(`/${entity().plural}/similar?${now}`, undefined, signal);
      if (asked !== now) return;
      rememberIncluded(told.included);
      const rows = new Map(told.data.map((row) => [row.id, row]));
      found.value = told.matched.filter((m) => rows.has(m.id)).map((m) => ({ row: rows.get(m.id)!, fields: m.fields }));
    } catch {
      if (asked === now) asked = ''; // a help, never in the way: asked again at the next letter
    }
  }

  /** Done when what is typed has its answer, also when it was asked already. */
  function ask(): Promise<void> {
    const now = question();
    if (now === asked) return pending;
    controller.abort();
    controller = new AbortController();
    asked = now;
    if (!now) found.value = [];
    pending = now ? answer(now, controller.signal) : Promise.resolve();
    return pending;
  }

  const open = computed(() => found.value.filter((s) => !others.has(s.row.id)));
  /** Told below this field. */
  const at = (field: string) => open.value.filter((s) => s.fields[0] === field);
  const dismiss = (those: Similar[]) => those.forEach((s) => others.add(s.row.id));

  /** What is there already, and not yet said to be another, by all that is typed. */
  async function latest(): Promise<Similar[]> {
    let now: string;
    do {
      now = question();
      await ask();
    } while (question() !== now);
    return open.value;
  }

  const later = debounce(() => void ask(), WAIT_MS);
  watch(question, later);
  onScopeDispose(() => controller.abort());
  return { at, dismiss, latest };
}
