/* Titles of records that refs point to, remembered while the page lives. */
import { reactive } from 'vue';
import { listRecords, readRecord } from '@/api/records';
import type { Page, Row } from '@/api/types';
import { lang } from './prefs';
import { byName, byPlural, fieldOf, may, optionLabel } from './schema';

/* As the records have them; words of a choice are put in when shown. */
const titles = reactive(new Map<string, string>());
/* Those that have a name of their own in English. */
const english = reactive(new Map<string, string>());
const asked = new Set<string>();

function titleOf(plural: string, row: Row): string {
  const field = byPlural.value.get(plural)?.title ?? 'name';
  const value = row[field] ?? row.name ?? row.title ?? row.number ?? row.login;
  return value === undefined || value === null ? '#' + row.id : String(value);
}

function remember(entity: string, plural: string, row: Row): void {
  const title = byPlural.value.get(plural)?.title ?? 'name';
  const own = row[title + '_en'];
  titles.set(`${entity}:${row.id}`, titleOf(plural, row));
  if (typeof own === 'string' && own) english.set(`${entity}:${row.id}`, own);
}

const inEnglish = (key: string) => (lang.value === 'en' ? english.get(key) : undefined);

/** Takes the titles out of a list answer's `included`. */
export function rememberIncluded(included: Page['included']): void {
  for (const [plural, rows] of Object.entries(included ?? {})) {
    const entity = byPlural.value.get(plural);
    if (!entity) continue;
    for (const row of Object.values(rows)) remember(entity.name, plural, row);
  }
}

export function rememberTitle(entity: string, id: number, title: string): void {
  titles.set(`${entity}:${id}`, title);
}

/** The title when it is known already, else '#id'; asks nobody. */
export function knownTitle(entity: string, id: number): string {
  const known = titles.get(`${entity}:${id}`);
  return known === undefined ? '#' + id : titleText(entity, inEnglish(`${entity}:${id}`) ?? known);
}

/** Learns the titles of records of several kinds, a request for each kind. */
export async function nameRecords(wanted: { entity: string; id: number }[]): Promise<void> {
  const kinds = new Map<string, Set<number>>();
  for (const { entity, id } of wanted) {
    if (!id || titles.has(`${entity}:${id}`) || asked.has(`${entity}:${id}`)) continue;
    kinds.set(entity, (kinds.get(entity) ?? new Set()).add(id));
  }
  await Promise.all([...kinds].map(async ([entity, ids]) => {
    const of = byName.value.get(entity);
    if (!of || !may(of.plural, 'read')) return;
    const list = [...ids].slice(0, 100);
    list.forEach((id) => asked.add(`${entity}:${id}`));
    const page = await listRecords(of.plural, { 'id[in]': list.join(','), fields: ['id', of.title].join(','), count: 'none', limit: 100 }).catch(() => null);
    for (const row of page?.data ?? []) remember(entity, of.plural, row);
  }));
}

/** A list has named what it refers to, and these not: nobody need ask again. */
export function rememberUnnamed(rows: Row[], fields: { name: string; type: string; to?: string | null }[]): void {
  for (const f of fields.filter((one) => one.type === 'ref' && one.to)) {
    for (const row of rows) if (typeof row[f.name] === 'number') asked.add(`${f.to}:${row[f.name]}`);
  }
}

/** A title as people read it: that of a grade's policy is the grade's label. */
export function titleText(entity: string, title: string): string {
  const found = byName.value.get(entity);
  const field = found && fieldOf(found, found.title);
  return field?.options?.length ? optionLabel(field, title) : title;
}

/** The title when it is known, else '#id' while it is being asked for. */
export function refTitle(entity: string, id: number): string {
  const key = `${entity}:${id}`;
  const known = titles.get(key);
  if (known !== undefined) return titleText(entity, inEnglish(key) ?? known);
  const plural = byName.value.get(entity)?.plural;
  if (plural && !asked.has(key)) {
    asked.add(key);
    readRecord(plural, id).then(
      (answer) => remember(entity, plural, answer.data),
      () => undefined, // out of the caller's scope: the number stays
    );
  }
  return '#' + id;
}
