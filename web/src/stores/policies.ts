/* The policies of grades, for the note on each customer: asked for once, again
 * when one has changed while somebody looks, and after a while otherwise. */
import { ref } from 'vue';
import { listRecords } from '@/api/records';
import type { Row } from '@/api/types';
import { onChange, onReset } from './live';
import { may } from './schema';

const policies = ref<Row[]>([]);
/** Nobody listens for changes between two customers. */
const KEPT_MS = 60000;
let asked: { at: number } | null = null;

async function ask(): Promise<void> {
  const mine = { at: Date.now() };
  asked = mine;
  const found = may('grade_policies', 'read') ? (await listRecords('grade_policies', { limit: 10, count: 'none' })).data : [];
  if (asked === mine) policies.value = found;
}
/** They stay as they were when they can't be asked for; the next page tries. */
const refresh = () => void ask().catch(() => (asked = null));

export function usePolicies() {
  if (!asked || Date.now() - asked.at > KEPT_MS) refresh();
  onChange((news) => news.object === 'grade_policies' && refresh());
  onReset(refresh);
  return policies;
}

/** Somebody else signs in, or looks with other rights. */
export function forgetPolicies(): void {
  asked = null;
  policies.value = [];
}
