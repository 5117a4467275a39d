/* What jobs are called, and what they are at; a newer server may know more than
 * this page has words for. */
import { i18n } from '@/i18n';

function worded(key: string, word: string): string {
  const { t, te } = i18n.global as { t: (key: string) => string; te: (key: string) => boolean };
  return te(key) ? t(key) : word;
}
export const jobKind = (kind: string) => worded('job.kind.' + kind, kind);
export const jobStep = (step: string) => worded('job.step.' + step, step);
