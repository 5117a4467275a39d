/* Entries of a customer's timeline in one form, whatever they are. */
import type { Row } from '@/api/types';

export type EntryKind = 'interaction' | 'order' | 'task' | 'grade';

export interface Entry {
  kind: EntryKind;
  id: number;
  /** instant or day */
  at: string;
  row: Row;
}

const PLURALS: Record<EntryKind, string> = {
  interaction: 'interactions', order: 'orders', task: 'tasks', grade: '',
};

export function entryPath(entry: Entry): string {
  const plural = PLURALS[entry.kind];
  return plural ? `/${plural}/${entry.id}` : '';
}

export function entryOf(row: Row): Entry {
  const kind = row.entity === 'grade_history' ? 'grade' : (row.entity as EntryKind);
  const at = String(row.at ?? '');
  /* An order has a day, not an hour. */
  return { kind, id: row.id, at: kind === 'order' ? at.slice(0, 10) : at, row };
}
