/* "View as": an administrator reads as a role or a user would. Kept for this
 * tab; every page starts anew, so nothing of the two views mixes. */
import { shallowRef } from 'vue';
import { setViewAs } from '@/api/client';

export interface ViewAs {
  /** role:KEY or user:ID */
  who: string;
  label: string;
}

const KEY = 'gx.view_as';

function kept(): ViewAs | null {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as ViewAs | null;
    return found && typeof found.who === 'string' ? found : null;
  } catch {
    return null;
  }
}

export const viewAs = shallowRef<ViewAs | null>(kept());
setViewAs(viewAs.value?.who ?? '');

export function startViewAs(view: ViewAs): void {
  sessionStorage.setItem(KEY, JSON.stringify(view));
  window.location.assign('/');
}

/** Forgets it; the next request is one's own. */
export function dropViewAs(): void {
  sessionStorage.removeItem(KEY);
  viewAs.value = null;
  setViewAs('');
}

export function endViewAs(): void {
  dropViewAs();
  window.location.assign('/roles');
}
