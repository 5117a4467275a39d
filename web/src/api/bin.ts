/* The bin: what was deleted, what went along with it, and putting it back. */
import { get, post } from './client';
import { listRecords, runBatch, type Outcome } from './records';
import type { Entity, Job, Page, Row } from './types';

const PAGE = 50;

/** Which of them are asked for; empty: all. */
export interface BinFilter {
  /** number of a deletion */
  with?: number;
  by?: number;
  /** days */
  from?: string;
  to?: string;
}

const terms = (f: BinFilter) => ({
  deleted_with: f.with, updated_by: f.by, 'deleted_at[gte]': f.from, 'deleted_at[lte]': f.to,
});

/** Deleted records of an entity, the last deleted first, with the names of what they refer to. */
export function readBin(entity: Entity, fields: string[], filter: BinFilter, limit = PAGE): Promise<Page> {
  const refs = entity.fields.filter((f) => f.type === 'ref' && fields.includes(f.name)).map((f) => f.name);
  return listRecords(entity.plural, {
    ...terms(filter),
    bin: 'true',
    sort: '-deleted_at',
    fields: fields.join(','),
    include: [...new Set(['updated_by', ...refs])].join(','),
    count: 'exact',
    limit,
  });
}

/** How many are in the bin. */
export async function countBin(entity: Entity, filter: BinFilter): Promise<number> {
  const page = await listRecords(entity.plural, { ...terms(filter), bin: 'true', fields: 'id', count: 'exact', limit: 1 });
  return page.count?.value ?? 0;
}

/** What went into the bin together. */
export interface Deletion {
  deleted_with: number;
  deleted_at: string;
  deleted_by: number | null;
  name: string;
  records: number;
  import: { id: number; filename: string } | null;
}
export const readDeletions = async () => (await get<{ data: Deletion[] }>('/bin')).data;

/** Throws out for good what is asked for, with what belongs to it. */
export const emptyBin = (what: { objects?: string[]; ids?: number[]; deleted_with?: number; deleted_by?: number; from?: string; to?: string }) =>
  post<{ job: Job }>('/bin/empty', { ...what, confirm: true });

/** Of another entity: how many went with each of these deletions. */
export async function countAlong(entity: Entity, numbers: number[]): Promise<Map<number, number>> {
  const page = await listRecords(entity.plural, {
    bin: 'true', 'deleted_with[in]': numbers.join(','), fields: 'deleted_with', count: 'none', limit: 500,
  });
  const found = new Map<number, number>();
  for (const row of page.data) {
    const number = Number(row.deleted_with);
    found.set(number, (found.get(number) ?? 0) + 1);
  }
  return found;
}

/** Puts records back, a hundred in one request; outcomes in their order. */
export async function restoreAll(
  plural: string,
  rows: Row[],
  step: (done: number) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < rows.length; i += 100) {
    const part = rows.slice(i, i + 100);
    outcomes.push(...(await runBatch(part.map((r) => ({ op: 'restore' as const, object: plural, id: r.id })))));
    step(outcomes.length);
  }
  return outcomes;
}
