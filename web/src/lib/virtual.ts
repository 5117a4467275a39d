/* Which rows of equal height a scrolling box shows. */
import { computed, onBeforeUnmount, onMounted, ref, type Ref } from 'vue';

const SPARE = 8;

export function useVirtual(box: Ref<HTMLElement | undefined>, height: () => number, count: () => number) {
  const top = ref(0);
  const seen = ref(600);

  const first = computed(() => Math.max(0, Math.floor(top.value / height()) - SPARE));
  const last = computed(() =>
    Math.min(count(), Math.ceil((top.value + seen.value) / height()) + SPARE),
  );
  /** 1-based numbers of the rows really visible. */
  const range = computed(() => ({
    from: count() ? Math.floor(top.value / height()) + 1 : 0,
    to: Math.min(count(), Math.max(1, Math.floor((top.value + seen.value) / height()))),
  }));

  function onScroll() {
    if (box.value) top.value = box.value.scrollTop;
  }

  const observer = new ResizeObserver(() => {
    if (box.value) seen.value = box.value.clientHeight;
  });
  onMounted(() => {
    if (!box.value) return;
    seen.value = box.value.clientHeight;
    observer.observe(box.value);
  });
  onBeforeUnmount(() => observer.disconnect());

  function nearEnd(): boolean {
    return top.value + seen.value > count() * height() - 600;
  }

  return { first, last, range, onScroll, nearEnd };
}
