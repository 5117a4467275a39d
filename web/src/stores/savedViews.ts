/* Saved views of one list: a name for its filters, order and columns. */
import { ref, shallowRef } from 'vue';
import { createRecord, deleteRecord, listRecords, updateRecord } from '@/api/records';
import type { Entity, Row } from '@/api/types';
import { filtersFromTree, treeFromFilters, type Filter } from '@/lib/filters';
import { useTurns } from '@/lib/loading';
import { byPlural } from './schema';

export interface SavedView {
  id: number;
  name: string;
  filters: Filter[];
  sort: string;
  columns: string[];
}

interface StoredQuery {
  filter?: unknown;
  sort?: string[];
  columns?: string[];
}

function viewOf(row: Row): SavedView {
  const query = (row.query ?? {}) as StoredQuery;
  return {
    id: row.id,
    name: String(row.name ?? ''),
    filters: filtersFromTree(query.filter),
    sort: (query.sort ?? []).join(','),
    columns: query.columns ?? [],
  };
}

function bodyOf(entity: Entity, view: Omit<SavedView, 'id'>): Partial<Row> {
  const fields = new Map(entity.fields.map((f) => [f.name, f]));
  return {
    name: view.name,
    entity: entity.name,
    query: {
      filter: treeFromFilters(view.filters, fields),
      sort: view.sort.split(',').filter(Boolean),
      columns: view.columns,
    },
  };
}

export function useSavedViews() {
  const views = shallowRef<SavedView[]>([]);
  const ready = ref(false);

  const turn = useTurns();

  async function load(entity: Entity): Promise<void> {
    const isLast = turn();
    ready.value = byPlural.value.has('saved_views');
    views.value = [];
    if (!ready.value) return;
    const page = await listRecords('saved_views', {
      entity: entity.name,
      sort: 'position',
      limit: 100,
      count: 'none',
    });
    if (isLast()) views.value = page.data.map(viewOf);
  }

  async function create(entity: Entity, view: Omit<SavedView, 'id'>): Promise<SavedView> {
    const made = viewOf((await createRecord('saved_views', bodyOf(entity, view))).data);
    views.value = [...views.value, made];
    return made;
  }

  async function change(entity: Entity, view: SavedView): Promise<void> {
    const kept = viewOf((await updateRecord('saved_views', view.id, bodyOf(entity, view))).data);
    views.value = views.value.map((v) => (v.id === view.id ? kept : v));
  }

  async function remove(id: number): Promise<void> {
    await deleteRecord('saved_views', id);
    views.value = views.value.filter((v) => v.id !== id);
  }

  return { views, ready, load, create, change, remove };
}
