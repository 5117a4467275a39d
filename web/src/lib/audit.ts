/* What an audit entry says has changed: {"field":[old,new]}. */
import type { Entity, Row, Value } from '@/api/types';
import { fieldOf } from '@/stores/schema';

export interface Change {
  name: string;
  old: Value;
  now: Value;
}

export function changesOf(row: Row): Change[] {
  const raw = row.changes as unknown;
  const all = typeof raw === 'string' ? safe(raw) : raw;
  if (!all || typeof all !== 'object' || Array.isArray(all)) return [];
  return Object.entries(all as Record<string, unknown>)
    .filter(([, pair]) => Array.isArray(pair) && pair.length === 2)
    .map(([name, pair]) => ({ name, old: (pair as Value[])[0] ?? null, now: (pair as Value[])[1] ?? null }));
}

function safe(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The old values that can be put back: of fields one may write. */
export function restorable(row: Row, entity: Entity): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const { name, old } of changesOf(row)) {
    const field = fieldOf(entity, name);
    if (!field || field.readonly || field.sidecar || field.create_only || old === '***') continue;
    if (field.system && name !== 'owner_id') continue;
    values[name] = old;
  }
  return values;
}
