/* Titles of records that refs point to, remembered while the page lives. */
import { reactive } from 'vue';
import { readRecord } from '@/api/records';
import type { Page, Row } from '@/api/types';
import { byName, byPlural } from './schema';

const titles = reactive(new Map<string, string>());
const asked = new Set<string>();

function titleOf(plural: string, row: Row): string {
  const field = byPlural.value.get(plural)?.title ?? 'name';
  const value = row[field] ?? row.name ?? row.title ?? row.number ?? row.login;
  return value === undefined || value === null ? '#' + row.id : String(value);
}

/** Takes the titles out of a list answer's `included`. */
export function rememberIncluded(included: Page['included']): void {
  for (const [plural, rows] of Object.entries(included ?? {})) {
    const entity = byPlural.value.get(plural);
    if (!entity) continue;
    for (const row of Object.values(rows)) titles.set(`${entity.name}:${row.id}`, titleOf(plural, row));
  }
}

export function rememberTitle(entity: string, id: number, title: string): void {
  titles.set(`${entity}:${id}`, title);
}

/** The title when it is known, else '#id' while it is being asked for. */
export function refTitle(entity: string, id: number): string {
  const key = `${entity}:${id}`;
  const known = titles.get(key);
  if (known !== undefined) return known;
  const plural = byName.value.get(entity)?.plural;
  if (plural && !asked.has(key)) {
    asked.add(key);
    readRecord(plural, id).then(
      (answer) => titles.set(key, titleOf(plural, answer.data)),
      () => undefined, // out of the caller's scope: the number stays
    );
  }
  return '#' + id;
}
