/* One thing a page loads as a whole: its value, whether it is being fetched,
 * what went wrong. */
import { ref, shallowRef } from 'vue';
import { useSlow } from './timing';

export function useLoad<T>(fetchIt: () => Promise<T>) {
  const data = shallowRef<T | null>(null);
  const failure = shallowRef<unknown>(null);
  const loading = ref(false);
  const slow = useSlow(loading);

  async function load(): Promise<void> {
    loading.value = true;
    failure.value = null;
    try {
      data.value = await fetchIt();
    } catch (e) {
      failure.value = e;
    } finally {
      loading.value = false;
    }
  }

  void load();
  return { data, failure, loading, slow, load };
}
