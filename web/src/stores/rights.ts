/* What this user may do beyond the records: from the session's rights. */
import { computed } from 'vue';
import type { Entity, Reach } from '@/api/types';
import { session } from './session';

export const isAdmin = computed(() => session.value?.rights.admin === true);

export const mayUnmask = computed(() => isAdmin.value || session.value?.rights.unmask === true);

export function mayExport(entity: Entity): boolean {
  return entity.rights.export !== 'none';
}

export function mayImport(): boolean {
  const set = session.value?.rights.import as Record<string, Reach> | undefined;
  return set?.create !== undefined && set.create !== 'none';
}

/** Who may change what the grades bring: models and their quality are his matter. */
export const mayPolicy = computed(() => {
  const set = session.value?.rights.grade_policy as Record<string, Reach> | undefined;
  return isAdmin.value || (set?.update !== undefined && set.update !== 'none');
});

/** Who may approve what others propose: more than one's own. */
export const mayDecide = computed(() => {
  const set = session.value?.rights.drop_decision as Record<string, Reach> | undefined;
  return isAdmin.value || set?.update === 'tree' || set?.update === 'all';
});
