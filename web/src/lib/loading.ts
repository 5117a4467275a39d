/* One thing a page loads as a whole: its value, whether it is being fetched,
 * what went wrong. Answers may come in another order than their questions: the
 * last question counts. */
import { ref, shallowRef } from 'vue';
import { useSlow } from './timing';

/** Each call is a turn; it answers whether it is still the last one. */
export function useTurns(): () => () => boolean {
  let last = 0;
  return () => {
    const mine = ++last;
    return () => mine === last;
  };
}

export function useLoad<T>(fetchIt: () => Promise<T>) {
  const data = shallowRef<T | null>(null);
  const failure = shallowRef<unknown>(null);
  const loading = ref(false);
  const slow = useSlow(loading);
  const turn = useTurns();

  async function load(): Promise<void> {
    const isLast = turn();
    loading.value = true;
    failure.value = null;
    try {
      const found = await fetchIt();
      if (isLast()) data.value = found;
    } catch (e) {
      if (isLast()) failure.value = e;
    }
    if (isLast()) loading.value = false;
  }

  void load();
  return { data, failure, loading, slow, load };
}
