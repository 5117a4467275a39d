/* Width classes of the window, as the style sheets use them. */
import { ref } from 'vue';

function matches(query: string) {
  const media = window.matchMedia(query);
  const on = ref(media.matches);
  media.addEventListener('change', (e) => (on.value = e.matches));
  return on;
}

export const phone = matches('(width < 768px)');
