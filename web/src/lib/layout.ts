/* Sections of a record's form: the rows the definition lays out, then each
 * group, then whatever is left, so that no field can be missing. */
import type { Entity, Field, Row, Value } from '@/api/types';
import { fieldOf, labelText } from '@/stores/schema';

export interface Section {
  key: string;
  title: string;
  rows: Field[][];
}

/* A person has no tax number and a company no spouse: the definition says which
 * groups concern some records only. */
export function concerns(entity: Entity, group: string, row: Record<string, Value | undefined>): boolean {
  const only = entity.groups?.find((g) => g.name === group)?.only_for;
  return !only || !row[only.field] || row[only.field] === only.value;
}

/** Does the value of the field decide which groups concern the record? */
export function decides(entity: Entity, field: Field): boolean {
  return !!entity.groups?.some((g) => g.only_for?.field === field.name);
}

function pairs(fields: Field[]): Field[][] {
  const rows: Field[][] = [];
  for (const field of fields) {
    const wide = field.type === 'longtext' || field.type === 'json';
    const last = rows[rows.length - 1];
    if (!wide && last && last.length === 1 && last[0]!.type !== 'longtext' && last[0]!.type !== 'json') {
      last.push(field);
    } else {
      rows.push([field]);
    }
  }
  return rows;
}

/** kept: fields that are shown although they are of the other kind of customer;
 * by default those that hold something. */
export function sections(
  entity: Entity,
  row: Record<string, Value | undefined>,
  wanted: (field: Field) => boolean,
  kept: (field: Field) => boolean = (field) => holds(row[field.name]),
): Section[] {
  const placed = new Set<string>();
  const take = (name: string): Field | null => {
    const field = fieldOf(entity, name);
    if (!field || placed.has(name) || !wanted(field)) return null;
    placed.add(name);
    return field;
  };
  const first = entity.form
    .map((names) => names.map(take).filter((f): f is Field => !!f))
    .filter((fields) => fields.length > 0);
  const found: Section[] = first.length ? [{ key: '', title: '', rows: first }] : [];
  const groups = new Map<string, Field[]>();
  for (const field of entity.fields) {
    if (placed.has(field.name) || !wanted(field) || field.system) continue;
    const key = field.group ?? 'more';
    if (!concerns(entity, key, row) && !kept(field)) continue;
    groups.set(key, [...(groups.get(key) ?? []), field]);
  }
  const order = (entity.groups ?? []).map((g) => g.name);
  const rank = (key: string) => (key === 'more' ? -1 : order.indexOf(key) + 1 || 999);
  for (const key of [...groups.keys()].sort((a, b) => rank(a) - rank(b))) {
    const label = entity.groups?.find((g) => g.name === key)?.label;
    found.push({ key, title: key === 'more' ? '' : labelText(label) || key, rows: pairs(groups.get(key)!) });
  }
  return found;
}

/* A form longer than that shows a new record's first rows, and the rest on demand. */
const LONG = 12;
const LEAD = 6;

/** The sections of a new record: of a long form only the first rows stand open,
 * and those that must (a field that is needed, one the page has filled in). */
export function folded(found: Section[], title: string, must: (field: Field) => boolean): Section[] {
  const [first, ...others] = found;
  if (!first || first.key !== '' || first.rows.length <= LONG) return found;
  const stays = (row: Field[], at: number) => at < LEAD || row.some(must);
  return [
    { ...first, rows: first.rows.filter(stays) },
    { key: 'rest', title, rows: first.rows.filter((row, at) => !stays(row, at)) },
    ...others,
  ];
}

/** Something that was said: a switch that is off says nothing. */
export function holds(value: Value | undefined): boolean {
  return !isEmpty(value ?? null) && value !== false;
}

export function isEmpty(value: Row[string]): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);
}
