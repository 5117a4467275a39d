/* The definitions of all entities this user may know of, read once. Pages are
 * drawn from them, so a new field or entity needs no change here. */
import { computed, shallowRef } from 'vue';
import { readSchema } from '@/api/routes';
import type { Entity, EntityRights, Field, Label } from '@/api/types';
import { i18n } from '@/i18n';
import { startTexts, type Words } from '@/lib/startTexts';
import { beginLive } from './live';
import { lang } from './prefs';

const entities = shallowRef<Entity[]>([]);
let loading: Promise<void> | null = null;

export const byPlural = computed(() => new Map(entities.value.map((e) => [e.plural, e])));
export const byName = computed(() => new Map(entities.value.map((e) => [e.name, e])));
export { entities };

/* Texts a company begins with, each by the one in the other language. */
const otherText = shallowRef(new Map<string, Words>());

/** A text the company began with, in the viewer's language; any other as it is.
 * Only for fields that may hold one (holdsStart). */
export function inWords(text: string): string {
  return otherText.value.get(text)?.[lang.value] ?? text;
}

export function loadSchema(): Promise<void> {
  loading ??= readSchema().then(
    (schema) => {
      entities.value = schema.entities;
      beginLive(schema.view, schema.last_event_id);
      otherText.value = startTexts(schema.texts);
    },
    (e: unknown) => {
      loading = null;
      throw e;
    },
  );
  return loading;
}

/** After definitions have changed: pages go on with the new ones. */
export async function reloadSchema(): Promise<void> {
  entities.value = (await readSchema()).entities;
}

export function forgetSchema(): void {
  loading = null;
  entities.value = [];
}

export function labelText(label: Label | string | null | undefined): string {
  if (!label) return '';
  return typeof label === 'string' ? label : label[lang.value] || label.en || label.zh;
}

/** Name of many of them: "Customers"; Chinese has one form. */
export function listLabel(entity: Entity | undefined): string {
  if (!entity) return '';
  const key: string = 'many.' + entity.plural;
  const { t, te } = i18n.global as { t: (key: string) => string; te: (key: string) => boolean };
  return te(key) ? t(key) : labelText(entity.label);
}

/** The label within a sentence: "New customer". */
export function thing(entity: Entity | undefined): string {
  const text = labelText(entity?.label);
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** Many of them within a sentence: "No customers yet". */
export function things(entity: Entity | undefined): string {
  const text = listLabel(entity);
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

export function may(plural: string, action: keyof EntityRights): boolean {
  const reach = byPlural.value.get(plural)?.rights[action];
  return reach !== undefined && reach !== 'none';
}

export function fieldOf(entity: Entity, name: string): Field | undefined {
  return entity.fields.find((f) => f.name === name);
}

export function optionLabel(field: Field, value: string): string {
  const option = field.options?.find((o) => o.value === value);
  return option ? labelText(option.label) : value;
}

/** Entities that hold a reference to this one, with the field that holds it. */
export function referrers(entity: Entity): { entity: Entity; field: Field }[] {
  const found: { entity: Entity; field: Field }[] = [];
  for (const other of entities.value) {
    for (const field of other.fields) {
      if (field.type === 'ref' && field.to === entity.name && !field.system && other.list.length) {
        found.push({ entity: other, field });
      }
    }
  }
  return found;
}
