/* The routes that are not the five generic ones. */
import type { Who } from '@/lib/filters';
import { address, get, getText, post, request } from './client';
import type { ApiToken, Backups, CustomField, ImportKept, ImportState, Job, Row, Schema, Session, Setting, Share, Tag, Value } from './types';
import type { BuyingGroups, Cohort, Ladder, LadderWhy, Lifetimes, Pyramid, RfmCell, RfmRules, Suggestion, TierName, TierProfits, ValueMatrix, WhatIf, Why } from './value';

/* Sign-in */
export const readSession = () => get<Session>('/session');
export const signIn = (login: string, password: string, code?: string) =>
  post<Session>('/session', { login, password, ...(code ? { code } : {}) });
export const signOut = () => request('DELETE', '/session');
export const readSetup = () => get<{ needed: boolean; password_reset: boolean; password_least: number }>('/setup');
export const setUp = (body: { code: string; login: string; password: string; name: string; company: string }) =>
  post<unknown>('/setup', body);
export const setPassword = (id: number, password: string, current?: string) =>
  post<void>(`/users/${id}/password`, { password, ...(current ? { current } : {}) });
export const readTokens = () => get<{ data: ApiToken[] }>('/api_tokens');
export const revokeToken = (id: number) => request('DELETE', `/api_tokens/${id}`);
export const createToken = (body: { name: string; expires_on?: string }) =>
  post<{ id: number; token: string }>('/api_tokens', body);

/* Schema, settings, search */
export const readSchema = () => get<Schema>('/schema');
export const readSettings = () => get<{ data: Setting[] }>('/settings');
export const writeSettings = (changes: Record<string, Setting['value']>) =>
  request('PUT', '/settings', { body: changes });
export const readCustomFields = () => get<{ data: CustomField[] }>('/custom_fields');
export const createCustomField = (body: Partial<CustomField>) => post<CustomField>('/custom_fields', body);
export const changeCustomField = (id: number, body: Partial<CustomField>) =>
  request<CustomField>('PATCH', `/custom_fields/${id}`, { body });
export const retireCustomField = (id: number) => post<CustomField>(`/custom_fields/${id}/retire`);
export const restoreCustomField = (id: number) => post<CustomField>(`/custom_fields/${id}/restore`);
export const removeCustomField = (id: number) => request('DELETE', `/custom_fields/${id}`);
export interface HitGroup {
  entity: string;
  object: string;
  /** names of the fields to show */
  title: string;
  subtitle: string;
  data: Row[];
}
export const search = (q: string, signal?: AbortSignal) =>
  get<{ groups: HitGroup[] }>('/search', { q, limit: 6 }, signal);
export interface Figure {
  key: string;
  object: string;
  /** query string of the list counted */
  query: string;
  value: number;
  capped: boolean;
}
export const readOverview = () => get<{ figures: Figure[] }>('/overview');

/* Import, export, jobs */
export const createImport = (entity: string, file: File, signal?: AbortSignal) =>
  request<ImportState>('POST', '/imports', {
    query: { entity, filename: file.name },
    raw: file,
    signal,
  });
export const readImport = (id: number) => get<ImportState>(`/imports/${id}`);
export const changeImport = (
  id: number,
  body: { mapping?: Record<string, string | null>; options?: Record<string, unknown>; mapping_id?: number },
) => request<ImportState>('PATCH', `/imports/${id}`, { body });
export const dryRunImport = (id: number) => post<{ job: Job }>(`/imports/${id}/dry_run`);
export const runImport = (id: number) => post<{ job: Job }>(`/imports/${id}/run`);
export const importErrorsAddress = (id: number) => address(`/imports/${id}/errors`);
export const revertImport = (id: number) => post<{ job: Job }>(`/imports/${id}/revert`);
export const importKeptAddress = (id: number) => address(`/imports/${id}/kept`);
/** The first of what a revert left as it is: an object a line. */
export async function readKept(id: number, limit: number): Promise<ImportKept[]> {
  const text = await getText(`/imports/${id}/kept`);
  const lines = text.trim().split('\n').filter(Boolean).slice(0, limit);
  return lines.map((line) => JSON.parse(line) as ImportKept);
}
export const createExport = (body: {
  entity: string;
  format: 'csv' | 'xlsx';
  filter?: FilterTree;
  q?: string;
  sort?: string[];
  fields?: string[];
  tag?: string;
} & Partial<Record<Who, string>>) => post<{ job: Job }>('/exports', body);
export const readJob = (id: number, signal?: AbortSignal) =>
  get<Job>(`/jobs/${id}`, undefined, signal);
export const cancelJob = (id: number) => post<unknown>(`/jobs/${id}/cancel`);
export const jobFileAddress = (id: number) => address(`/jobs/${id}/file`);

export const retryJob = (id: number) => post<Job>(`/jobs/${id}/retry`);

/* Tags and masks of a record */
export const readTags = async (plural: string, id: number) => (await get<{ data: Tag[] }>(`/${plural}/${id}/tags`)).data;
export const putTag = (plural: string, id: number, tag: number) => request('POST', `/${plural}/${id}/tags/${tag}`);
export const takeTag = (plural: string, id: number, tag: number) => request('DELETE', `/${plural}/${id}/tags/${tag}`);
export const readShares = (plural: string, id: number) => get<{ may_change: boolean; data: Share[] }>(`/${plural}/${id}/shares`);
export type Sharer = Pick<Share, 'user_id' | 'team_id'>;
const sharePath = (plural: string, id: number, whom: Sharer) =>
  `/${plural}/${id}/shares/${whom.team_id ? `teams/${whom.team_id}` : whom.user_id}`;
export const putShare = (plural: string, id: number, whom: Sharer, body: Pick<Share, 'level' | 'until'>) =>
  request('PUT', sharePath(plural, id, whom), { body });
export const takeShare = (plural: string, id: number, whom: Sharer) => request('DELETE', sharePath(plural, id, whom));
export const unmask = async (plural: string, id: number, fields: string[], reason: string) =>
  (await post<{ data: Record<string, Value> }>(`/${plural}/${id}/unmask`, { fields, reason })).data;

/* Backups */
export const readBackups = () => get<Backups>('/backups');
export const createBackup = () => post<{ job: Job }>('/backups');
export const checkBackup = (name: string) => post<{ job: Job }>(`/backups/${name}/check`);
export const deleteBackup = (name: string) => request('DELETE', `/backups/${name}`);
export const restoreBackup = (name: string, body: { password: string; confirm: string; code?: string }) =>
  post<{ job: Job }>(`/backups/${name}/restore`, body);
export const backupFileAddress = (name: string) => address(`/backups/${name}/file`);

/* The filter form that POST /search, exports and saved views share. */
export interface FilterLeaf {
  field: string;
  op: string;
  value: Value;
}
export interface FilterTree {
  and: FilterLeaf[];
}

/* Value */
export const readPyramid = () => get<Pyramid>('/analytics/pyramid', { rows: false });
export const readTierProfits = () => get<TierProfits>('/analytics/tier_profits');
export const readAbc = () =>
  get<{ classes: Record<string, { customers: number; sales: string; share?: number | string }> }>(
    '/analytics/abc',
    { rows: false },
  );
export const readRfm = () =>
  get<{ as_of: string; customers: number; sales: string; hist: Record<'R' | 'F' | 'M', number[]> }>(
    '/analytics/rfm',
    { rows: false },
  );
export const readRfmCells = () => get<{ as_of: string; rfm: RfmRules | null; cells: RfmCell[] }>('/analytics/rfm_cells');
export const readMatrix = () => get<ValueMatrix>('/analytics/matrix');
export const readBuyingGroups = () => get<BuyingGroups>('/analytics/groups');
export const readLifetimes = () => get<Lifetimes>('/analytics/lifetimes');
export const readSuggestions = (id: number) =>
  get<{ as_of: string | null; newest?: number; of?: number; data: Suggestion[] }>(`/customers/${id}/suggestions`);
export const readCohorts = () => get<{ unit: string; cohorts: Cohort[] }>('/analytics/cohorts');
export const readLadder = () => get<Ladder>('/analytics/ladder');
export const readLadderWhy = (id: number) => get<LadderWhy>(`/customers/${id}/ladder`);
/** The best n customers, their share of all and of all sales. */
export interface ParetoPoint {
  customers: number;
  sales: number;
  n: number;
  query: string;
}
export const readPareto = () =>
  get<{ points: ParetoPoint[] }>('/analytics/pareto');
export interface CustomerCosts {
  customer_id: number;
  margin: string | null;
  list_margin: string | null;
  cost_to_serve: string;
  net_profit: string | null;
  unpriced_orders: number | null;
  kinds: { kind: string; entries: number; amount: string; standard: string; actual: string; order: string }[];
}
export const readCosts = (id: number) => get<CustomerCosts>(`/customers/${id}/costs`);
export type DecisionVerb = 'approve' | 'reject' | 'withdraw' | 'lift';
export const settleDecision = (id: number, verb: DecisionVerb, note: string | null) =>
  post<{ id: number; rev: number; state: string }>(`/drop_decisions/${id}/${verb}`, { note });
export interface Bar {
  decision_id: number;
  decision: 'live' | 'bin' | 'gone';
  customer_id: number;
  customer_name: string | null;
  decided_on: string;
  identities: { kind: string; value: string | null }[];
}
export const readBars = (before?: number) => get<{ data: Bar[]; next: number | null }>('/bars', { before });
export const liftBar = (decision: number, note: string) => post<void>(`/bars/${decision}/lift`, { note });
export const letterAddress = (id: number, language: 'zh' | 'en') => address(`/drop_decisions/${id}/letter`, { language });
export const readWhy = (id: number) => get<Why>(`/customers/${id}/why`);
export const readTimeline = (id: number, cursor?: string) =>
  get<{ data: Row[]; next: string | null }>(`/customers/${id}/timeline`, { cursor });
export const runWhatIf = (rules: unknown) => post<WhatIf>('/grading/what_if', rules);
export const readGradeMoves = () =>
  get<{ months: { month: string; moves: { from: TierName | null; to: TierName | null; customers: number; query: string }[] }[] }>('/analytics/grade_moves');
/** Whom a policy or strategy would make tasks for now. */
export interface Awaiting {
  active: boolean;
  customers: number;
  tasks: number;
  parts: { what: 'contact' | 'owner' | 'upgrade' | 'cut_cost' | 'strategy'; customers: number; now: number; query: string }[];
}
export const readAwaiting = (plural: string, id: number) => get<Awaiting>(`/${plural}/${id}/awaiting`);
export const actNow = (plural: string, id: number) => post<{ job: Job }>(`/${plural}/${id}/act`);
export const runGrading = () => post<{ job: Job }>('/grading/run');
