/* Follows long work until it ends. */
import { onScopeDispose, ref, shallowRef } from 'vue';
import { isAbort } from '@/api/problem';
import { cancelJob, readJob } from '@/api/routes';
import type { Job } from '@/api/types';
import { connected, onJob } from './live';

const OVER = new Set(['done', 'failed', 'cancelled']);

export function isOver(job: Job): boolean {
  return OVER.has(job.state);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer);
      reject(new DOMException('', 'AbortError'));
    });
  });
}

/** What was told of a job before its number was known here is asked for soon. */
const FIRST_MS = 150;
/** How long to wait for the event stream before asking all the same. */
const PUSHED_MS = 5000;

/** One job shown on a page: `watchJob` follows the event stream, or asks, until
 * it is over; leaving the page stops the asking, not the job. */
export function useJob() {
  const job = shallowRef<Job | null>(null);
  const cancelling = ref(false);
  let controller = new AbortController();
  let pushed: (() => void) | null = null;

  onJob((news) => {
    if (news.id !== job.value?.id || isOver(job.value)) return;
    job.value = news;
    if (isOver(news)) pushed?.();
  });

  /** Until the time is over or the stream has told of the end. */
  function rest(ms: number, signal: AbortSignal): Promise<void> {
    return Promise.race([pause(ms, signal), new Promise<void>((resolve) => (pushed = resolve))]);
  }

  async function watchJob(first: Job): Promise<Job | null> {
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    cancelling.value = false;
    job.value = first;
    let wait = FIRST_MS;
    try {
      while (job.value && !isOver(job.value)) {
        await rest(connected.value && wait > FIRST_MS ? PUSHED_MS : wait, signal);
        const told = await readJob(first.id, signal);
        if (!isOver(job.value)) job.value = told; // else the stream was quicker
        wait = Math.min(wait * 1.5, 1000);
      }
    } catch (e) {
      if (isAbort(e)) return null;
      throw e;
    }
    return job.value;
  }

  async function cancel(): Promise<void> {
    if (!job.value) return;
    cancelling.value = true;
    await cancelJob(job.value.id);
  }

  onScopeDispose(() => controller.abort());
  return { job, cancelling, watchJob, cancel };
}
