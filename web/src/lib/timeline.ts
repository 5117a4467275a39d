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
  const name = String(row.kind ?? row.entity ?? '');
  const kind: EntryKind = name.startsWith('grade') ? 'grade' : (name as EntryKind);
  const body = (row.record ?? row) as Row;
  const at = row.at ?? body.happened_at ?? body.ordered_on ?? body.due_on ?? body.as_of ?? '';
  return { kind, id: Number(row.id ?? body.id), at: String(at), row: body };
}
