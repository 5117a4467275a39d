/* The bin: what was deleted, what went along with it, and putting it back. */
import { listRecords, runBatch, type Outcome } from './records';
import type { Entity, Page, Row } from './types';

const PAGE = 50;

/** Deleted records of an entity, the last deleted first. */
export function readBin(entity: Entity, fields: string[], limit = PAGE): Promise<Page> {
  return listRecords(entity.plural, {
    bin: 'true',
    sort: '-deleted_at',
    fields: fields.join(','),
    include: 'updated_by',
    count: 'exact',
    limit,
  });
}

/** How many are in the bin. */
export async function countBin(entity: Entity): Promise<number> {
  const page = await listRecords(entity.plural, { bin: 'true', fields: 'id', count: 'exact', limit: 1 });
  return page.count?.value ?? 0;
}

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
