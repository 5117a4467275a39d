import { onScopeDispose, ref, watch, type Ref } from 'vue';

/** True once `busy` has lasted 300 ms: nothing flickers for quick answers. */
export function useSlow(busy: Ref<boolean>, after = 300): Ref<boolean> {
  const slow = ref(false);
  let timer = 0;
  watch(
    busy,
    (on) => {
      window.clearTimeout(timer);
      if (on) timer = window.setTimeout(() => (slow.value = true), after);
      else slow.value = false;
    },
    { immediate: true },
  );
  onScopeDispose(() => window.clearTimeout(timer));
  return slow;
}

export function debounce<A extends unknown[]>(run: (...args: A) => void, wait: number) {
  let timer = 0;
  return (...args: A) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => run(...args), wait);
  };
}
