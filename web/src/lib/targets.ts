/* What a file's column can be read into, as the server lists it, with its
 * words in both languages. */
import type { ImportTarget } from '@/api/types';
import { byName, fieldOf, labelText } from '@/stores/schema';

export interface TargetGroup {
  label: string;
  targets: { name: string; label: string; required: boolean }[];
}

/** `order.number` belongs to the group of entity order. */
export function groupTargets(fields: ImportTarget[]): TargetGroup[] {
  const groups = new Map<string, TargetGroup>();
  for (const target of fields) {
    const [prefix = '', name] = target.name.split('.');
    const entity = name ? byName.value.get(prefix) : undefined;
    const key = entity?.name ?? '';
    const field = entity && name ? fieldOf(entity, name) : undefined;
    const group = groups.get(key) ?? { label: labelText(entity?.label), targets: [] };
    group.targets.push({
      name: target.name,
      label: labelText(target.label) || labelText(field?.label) || target.name,
      required: target.required === true,
    });
    groups.set(key, group);
  }
  return [...groups.values()];
}
