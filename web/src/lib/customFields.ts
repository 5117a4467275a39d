/* What the editor of custom fields knows of types: which parts a definition
 * has, and the field that its preview draws. */
import type { CustomField, Field, FieldType, Value } from '@/api/types';

export const TYPES: FieldType[] = [
  'text', 'longtext', 'int', 'decimal', 'money', 'bool', 'date', 'instant',
  'enum', 'set', 'ref', 'email', 'phone', 'url', 'json',
];

const TEXTS: FieldType[] = ['text', 'longtext', 'email', 'phone', 'url'];
const NUMBERS: FieldType[] = ['int', 'decimal', 'money'];
const LARGE: FieldType[] = ['longtext', 'json', 'set'];

export const isText = (type: FieldType) => TEXTS.includes(type);
export const isNumber = (type: FieldType) => NUMBERS.includes(type);
export const hasOptions = (type: FieldType) => type === 'enum' || type === 'set';
export const maySort = (type: FieldType) => !LARGE.includes(type);
export const mayBeUnique = (type: FieldType) => maySort(type) && type !== 'bool';
export const mayDefault = (type: FieldType) => !['date', 'instant', 'ref', 'json'].includes(type);

export type Draft = Omit<CustomField, 'id' | 'rev' | 'object' | 'retired' | 'state'>;

export function newDraft(entity: string, position: number): Draft {
  return {
    entity, name: '', type: 'text', label: { zh: '', en: '' }, doc: '', required: false,
    unique: false, search: false, sortable: false, min: null, max: null, pattern: '',
    scale: 2, currency: '', to: '', options: [], default: null, group: 'custom', position,
  };
}

export function draftOf(field: CustomField): Draft {
  const { id: _id, rev: _rev, object: _object, retired: _retired, state: _state, ...rest } = structuredClone(field);
  return { ...newDraft(field.entity, field.position), ...rest, group: rest.group || 'custom' };
}

/** The members that go with the type: what is sent. */
export function definition(d: Draft): Partial<CustomField> {
  const { min, max, pattern, scale, currency, to, options, default: standard, ...rest } = d;
  const body: Partial<CustomField> = {
    ...rest,
    search: d.search && isText(d.type),
    sortable: d.sortable && maySort(d.type),
    unique: d.unique && mayBeUnique(d.type),
    default: mayDefault(d.type) && standard !== '' ? standard : null,
  };
  if (isText(d.type) || isNumber(d.type)) Object.assign(body, { min, max });
  if (isText(d.type)) body.pattern = pattern;
  if (d.type === 'decimal') body.scale = scale;
  if (d.type === 'money') body.currency = currency;
  if (d.type === 'ref') body.to = to;
  if (hasOptions(d.type)) body.options = options;
  return body;
}

/** Members of now that differ from was. */
export function changes(was: Draft, now: Draft): Partial<CustomField> {
  const before = definition(was) as Record<string, unknown>;
  const after = definition(now) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(after).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])),
  ) as Partial<CustomField>;
}

/** "Customer level" → customer_level; '' when nothing is left. */
export function slug(text: string): string {
  const plain = text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[_0-9]+|_+$/g, '');
  return plain.slice(0, 38).replace(/_+$/, '');
}

/** A value for an option, unlike those of the others. */
export function optionValue(label: string, taken: string[]): string {
  const base = slug(label) || 'option';
  let value = base;
  for (let i = 2; taken.includes(value); i++) value = `${base}_${i}`;
  return value;
}

export function previewField(d: Draft): Field {
  const limit = isText(d.type) ? Number(d.max) || null : null;
  return {
    name: 'x_' + (d.name || 'field'), type: d.type, label: d.label, doc: d.doc, required: d.required,
    max: limit, scale: d.scale, to: d.to || null, currency: d.currency ?? '', options: d.options ?? [],
    custom: true, pattern: d.pattern,
  };
}

/** What the preview starts with. */
export function sampleValue(d: Draft): Value {
  if (mayDefault(d.type) && d.default !== null && d.default !== '') return d.default;
  return d.type === 'bool' ? false : d.type === 'set' ? [] : null;
}
