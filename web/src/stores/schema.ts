/* The definitions of all entities this user may know of, read once. Pages are
 * drawn from them, so a new field or entity needs no change here. */
import { computed, shallowRef } from 'vue';
import { readSchema } from '@/api/routes';
import type { Entity, EntityRights, Field, Label } from '@/api/types';
import { lang } from './prefs';

const entities = shallowRef<Entity[]>([]);
let loading: Promise<void> | null = null;

export const byPlural = computed(() => new Map(entities.value.map((e) => [e.plural, e])));
export const byName = computed(() => new Map(entities.value.map((e) => [e.name, e])));
export { entities };

export function loadSchema(): Promise<void> {
  loading ??= readSchema().then(
    (schema) => {
      entities.value = schema.entities;
    },
    (e: unknown) => {
      loading = null;
      throw e;
    },
  );
  return loading;
}

export function forgetSchema(): void {
  loading = null;
  entities.value = [];
}

export function labelText(label: Label | string | null | undefined): string {
  if (!label) return '';
  return typeof label === 'string' ? label : label[lang.value] || label.en || label.zh;
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
