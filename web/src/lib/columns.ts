/* How wide a column is, by the kind of its field. */
import type { Entity, Field } from '@/api/types';
import { fieldOf } from '@/stores/schema';

const WIDTHS: Record<string, [number, number]> = {
  text: [150, 1.2], longtext: [200, 1.5], int: [84, 0.6], decimal: [116, 0.8], money: [116, 0.8],
  bool: [72, 0.4], date: [108, 0.7], instant: [132, 0.8], enum: [116, 0.6], set: [128, 0.8],
  ref: [140, 1], email: [180, 1], phone: [146, 0.8], url: [160, 1], json: [160, 1],
};

export function columnWidth(field: Field, isTitle: boolean): [number, number] {
  if (isTitle) return [208, 1.8];
  if (field.type === 'text' && field.max && field.max <= 16) return [96, 0.6];
  if (/^[rfm]_score$/.test(field.name)) return [64, 0.3];
  return WIDTHS[field.type] ?? [140, 1];
}

export function template(fields: Field[], title: string, selectable: boolean): string {
  const parts = fields.map((f) => {
    const [min, share] = columnWidth(f, f.name === title);
    return `minmax(${min}px, ${share}fr)`;
  });
  return (selectable ? '40px ' : '') + parts.join(' ');
}

export function totalWidth(fields: Field[], title: string, selectable: boolean): number {
  return fields.reduce((sum, f) => sum + columnWidth(f, f.name === title)[0], selectable ? 40 : 0);
}

/** Fields that may stand in a list, in the order of the definition. */
export function listable(entity: Entity): Field[] {
  return entity.fields.filter((f) => f.type !== 'blob' && f.type !== 'json' && f.type !== 'longtext');
}

/** Order of a list nobody has sorted: what is due first, else what happened
 * last; '' leaves it to the server. */
export function defaultSort(entity: Entity): string {
  const due = fieldOf(entity, 'due_on');
  if (due?.sort) return 'due_on';
  const day = entity.list
    .map((name) => fieldOf(entity, name))
    .find((f) => f && (f.type === 'date' || f.type === 'instant') && f.sort && !f.readonly);
  return day ? '-' + day.name : '';
}

/** The default columns, as the definition lists them. */
export function defaultColumns(entity: Entity): string[] {
  return entity.list.filter((name) => fieldOf(entity, name));
}

/** Names of the fields a list must ask for to show these: itself, its revision
 * and title, the currencies of its amounts, what tells whose words a text is. */
export function neededFields(entity: Entity, shown: Field[]): string {
  const names = new Set(['id', 'rev', entity.title, ...shown.map((f) => f.name)]);
  for (const f of shown) names.add(f.name + '_en'); // its English twin, where there is one
  for (const f of shown) if (f.start_texts) names.add(f.start_texts);
  for (const f of shown) if (f.type === 'money') names.add(f.currency || 'currency');
  return [...names].filter((name) => fieldOf(entity, name)).join(',');
}
