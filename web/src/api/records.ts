/* The five generic routes of every entity. */
import { get, request, type Answer, type Query } from './client';
import type { FieldError } from './problem';
import type { Page, Row } from './types';

export function listRecords(plural: string, query: Query, signal?: AbortSignal): Promise<Page> {
  return get<Page>('/' + plural, query, signal);
}

/** Follows `links.next` or `links.prev` of a page. */
export function followPage(link: string, signal?: AbortSignal): Promise<Page> {
  return get<Page>(link, undefined, signal);
}

export function readRecord(
  plural: string,
  id: number,
  query?: Query,
  signal?: AbortSignal,
): Promise<Answer<Row>> {
  return request<Row>('GET', `/${plural}/${id}`, { query, signal });
}

export function createRecord(plural: string, body: Partial<Row>): Promise<Answer<Row>> {
  return request<Row>('POST', '/' + plural, { body });
}

export function updateRecord(
  plural: string,
  id: number,
  body: Partial<Row>,
  etag?: string,
): Promise<Answer<Row>> {
  return request<Row>('PATCH', `/${plural}/${id}`, { body, etag });
}

export async function deleteRecord(plural: string, id: number): Promise<void> {
  await request('DELETE', `/${plural}/${id}`);
}

export interface Operation {
  op: 'create' | 'update' | 'delete' | 'restore' | 'tag' | 'untag';
  object: string;
  id?: number;
  data?: Partial<Row>;
  tag?: number;
}
export interface Outcome {
  status: number;
  id?: number;
  problem?: { detail: string; errors?: FieldError[] };
}
/** At most 500 at once; each stands for itself. */
export async function runBatch(operations: Operation[]): Promise<Outcome[]> {
  const body = { atomic: false, operations };
  return (await request<{ results: Outcome[] }>('POST', '/batch', { body })).data.results;
}

export async function restoreRecord(plural: string, id: number): Promise<void> {
  await request('POST', `/${plural}/${id}/restore`, { body: {} });
}
