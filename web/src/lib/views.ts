/* The list's own tabs: whose records. They need an owner field. */
import type { Entity } from '@/api/types';
import type { Query } from '@/api/client';
import { fieldOf } from '@/stores/schema';

export const OWN_VIEWS = ['all', 'mine', 'reports', 'team'] as const;
export type OwnView = (typeof OWN_VIEWS)[number];

export function ownViews(entity: Entity): readonly OwnView[] {
  return fieldOf(entity, 'owner_id') ? OWN_VIEWS : ['all'];
}

/** What a tab adds to the query of the list. */
export function viewQuery(view: string): Query {
  switch (view) {
    case 'mine':
      return { owner_id: 'me' };
    case 'reports':
      return { owner_id: 'my_team', 'owner_id[ne]': 'me' };
    case 'team':
      return { owner_id: 'my_team' };
    default:
      return {};
  }
}
