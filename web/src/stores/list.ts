/* One list on the screen: pages are fetched one after the other as the user
 * scrolls; a new query drops what the old one was still fetching. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue';
import type { Query } from '@/api/client';
import { isAbort } from '@/api/problem';
import { followPage, listRecords } from '@/api/records';
import type { Page, Row } from '@/api/types';
import { rememberIncluded } from './refs';

export function useList(plural: () => string) {
  const rows = shallowRef<Row[]>([]);
  const count = shallowRef<Page['count']>(null);
  const next = ref<string | null>(null);
  const loading = ref(false);
  const ready = ref(false);
  const failure = shallowRef<unknown>(null);
  let controller = new AbortController();

  async function run(fetchPage: (signal: AbortSignal) => Promise<Page>, append: boolean) {
    controller.abort();
    const mine = (controller = new AbortController());
    loading.value = true;
    failure.value = null;
    try {
      const page = await fetchPage(mine.signal);
      rememberIncluded(page.included);
      rows.value = append ? [...rows.value, ...page.data] : page.data;
      next.value = page.links.next;
      if (!append) count.value = page.count ?? null;
      ready.value = true;
    } catch (e) {
      if (isAbort(e)) return;
      failure.value = e;
    }
    if (mine === controller) loading.value = false;
  }

  function load(query: Query): Promise<void> {
    return run((signal) => listRecords(plural(), query, signal), false);
  }

  function more(): Promise<void> {
    const link = next.value;
    if (!link || loading.value) return Promise.resolve();
    return run((signal) => followPage(link, signal), true);
  }

  function reset(): void {
    controller.abort();
    rows.value = [];
    next.value = null;
    count.value = null;
    ready.value = false;
    loading.value = false;
  }

  /** Puts a changed record in its place, or takes a deleted one out. */
  function replace(id: number, row: Row | null): void {
    rows.value = row
      ? rows.value.map((r) => (r.id === id ? { ...r, ...row } : r))
      : rows.value.filter((r) => r.id !== id);
    if (!row && count.value && !count.value.capped) {
      count.value = { ...count.value, value: count.value.value - 1 };
    }
  }

  const empty = computed(() => ready.value && !loading.value && rows.value.length === 0);
  onScopeDispose(() => controller.abort());
  return { rows, count, next, loading, ready, failure, empty, load, more, reset, replace };
}
