/* Short messages at the top of the window. */
import { ElMessage } from 'element-plus/es/components/message/index.mjs';
import { isAbort, Problem } from '@/api/problem';
import { i18n } from '@/i18n';

/** What went wrong and what to do, in the user's words. */
export function explain(e: unknown): string {
  const t = i18n.global.t;
  if (e instanceof Problem) {
    if (e.status === 0) return t('error.network');
    const first = e.errors[0];
    if (e.detail) return e.detail;
    if (first) return first.message || `${first.field}: ${first.code}`;
    return e.title || t('error.server', { status: e.status });
  }
  return e instanceof Error ? e.message : String(e);
}

export function complain(e: unknown): void {
  if (isAbort(e) || (e instanceof Problem && e.status === 401)) return;
  ElMessage({ type: 'error', message: explain(e), grouping: true, duration: 6000, showClose: true });
}

export function say(message: string): void {
  ElMessage({ type: 'success', message, grouping: true, duration: 2500 });
}
