/* Filters as the address bar, the list routes and saved views write them:
 * `grade=vip`, `sales[gte]=10000`, and {"and":[{field,op,value}]}. */
import type { LocationQuery, LocationQueryRaw } from 'vue-router';
import type { Field, Value } from '@/api/types';
import type { FilterLeaf, FilterTree } from '@/api/routes';

export interface Filter {
  field: string;
  op: string;
  value: string;
}

/** Query keys of a list address that are not filters. */
const RESERVED = new Set([
  'sort', 'q', 'view', 'limit', 'cursor', 'fields', 'include', 'count', 'bin', 'edit', 'tab',
]);

/** What customers can be asked for that is no field: part of the address and of
 * exports, not of a filter's tree. */
export const WHO = ['awaits', 'bought', 'moved', 'reached', 'returned', 'would'] as const;
export type Who = (typeof WHO)[number];
export const isWho = (name: string): name is Who => (WHO as readonly string[]).includes(name);

const LIST_OPS = new Set(['in', 'not_in']);

export function filtersFromQuery(query: LocationQuery): Filter[] {
  const filters: Filter[] = [];
  for (const [key, raw] of Object.entries(query)) {
    const match = /^([a-z][a-z0-9_]*)(?:\[([a-z_]+)\])?$/.exec(key);
    if (!match || RESERVED.has(match[1]!)) continue;
    for (const value of Array.isArray(raw) ? raw : [raw]) {
      filters.push({ field: match[1]!, op: match[2] ?? 'eq', value: value ?? '' });
    }
  }
  return filters;
}

export function filterKey(filter: Pick<Filter, 'field' | 'op'>): string {
  return filter.op === 'eq' ? filter.field : `${filter.field}[${filter.op}]`;
}

export function queryFromFilters(filters: Filter[]): LocationQueryRaw {
  const query: Record<string, string> = {};
  for (const f of filters) query[filterKey(f)] = f.value;
  return query;
}

function typedValue(text: string, field?: Field): Value {
  if (text === 'true' || text === 'false') return text === 'true';
  const number = field?.type === 'int' || field?.type === 'money' || field?.type === 'ref';
  return number && /^-?\d+$/.test(text) ? Number(text) : text;
}

export function treeFromFilters(filters: Filter[], fields: Map<string, Field>): FilterTree {
  return {
    and: filters.map((f): FilterLeaf => {
      const field = fields.get(f.field);
      const value = LIST_OPS.has(f.op)
        ? f.value.split(',').map((v) => typedValue(v, field) as string)
        : f.op === 'empty'
          ? f.value === 'true'
          : typedValue(f.value, field);
      return { field: f.field, op: f.op, value };
    }),
  };
}

export function filtersFromTree(tree: unknown): Filter[] {
  const parsed = typeof tree === 'string' ? (JSON.parse(tree || '{}') as unknown) : tree;
  const leaves = (parsed as FilterTree | null)?.and;
  if (!Array.isArray(leaves)) return [];
  return leaves
    .filter((l) => typeof l?.field === 'string')
    .map((l) => ({
      field: l.field,
      op: l.op || 'eq',
      value: Array.isArray(l.value) ? l.value.join(',') : String(l.value),
    }));
}

/** Operators offered for a field, the usual one first. */
export function operatorsOf(field: Field): string[] {
  return usual(field).filter((op) => !field.filter || field.filter.includes(op));
}

function usual(field: Field): string[] {
  switch (field.type) {
    case 'text':
    case 'email':
    case 'phone':
    case 'url':
      return ['contains', 'starts', 'eq', 'ne', 'empty'];
    case 'longtext':
    case 'json':
      return ['contains', 'empty'];
    case 'int':
    case 'decimal':
    case 'money':
      return ['gte', 'lte', 'eq', 'gt', 'lt', 'empty'];
    case 'date':
    case 'instant':
      return ['eq', 'gte', 'lte', 'empty'];
    case 'enum':
      return ['in', 'not_in', 'empty'];
    case 'set':
      return ['has', 'empty'];
    case 'ref':
      return ['eq', 'ne', 'empty'];
    case 'bool':
      return ['eq'];
    default:
      return ['empty'];
  }
}
