/* Shapes of the interface for programs (docs/api.md). */

export type Lang = 'zh' | 'en';

export interface Label {
  zh: string;
  en: string;
}

export type FieldType =
  | 'text' | 'longtext' | 'int' | 'decimal' | 'money' | 'bool' | 'date' | 'instant'
  | 'enum' | 'set' | 'ref' | 'email' | 'phone' | 'url' | 'json' | 'blob';

export interface FieldOption {
  value: string;
  label: Label;
}

export interface Field {
  name: string;
  type: FieldType;
  label: Label;
  doc?: string;
  required?: boolean;
  /** filled in by the program when it is left empty */
  made?: boolean;
  readonly?: boolean;
  create_only?: boolean;
  unique?: boolean;
  max?: number | null;
  min?: number | null;
  scale?: number | null;
  /** ref: name of the entity it points to */
  to?: string | null;
  /** money: name of the field that holds the currency code */
  currency?: string | null;
  options?: FieldOption[] | null;
  /** decimal: what it tells */
  unit?: 'base_currency' | 'chance' | 'estimate';
  /** date: something happened on it */
  past?: boolean;
  /** operators a filter on it may use */
  filter?: string[];
  sort?: boolean;
  group?: string | null;
  /** value of a new record */
  default?: Value | null;
  system?: boolean;
  sidecar?: boolean;
  /** the caller's right */
  access?: 'edit' | 'read' | 'masked';
  /** shown in full in lists of one's own records only */
  masked_in_lists?: boolean;
  grade?: 'internal' | 'public' | 'personal' | 'high';
  /** added by the company */
  custom?: boolean;
  /** text: an ISO 4217 code */
  currency_code?: boolean;
  /** where this field is set, a text the company began with may be in it */
  start_texts?: string;
  /** follows from the records in the body, where there are any */
  summed?: boolean;
  /** forms ask for it, though a program may leave it empty */
  wanted?: boolean;
  /** member of the session's company that forms begin with */
  company_default?: string;
  /** regular expression that a whole text matches */
  pattern?: string;
}

/** The definition of a field the company has added (docs/api.md). */
export interface CustomField {
  id: number;
  rev: number;
  entity: string;
  object: string;
  name: string;
  type: FieldType;
  label: Label;
  doc: string;
  required: boolean;
  unique: boolean;
  search: boolean;
  sortable: boolean;
  min: number | string | null;
  max: number | string | null;
  pattern: string;
  scale?: number;
  currency?: string;
  to?: string;
  options?: FieldOption[];
  default: Value | null;
  group: string;
  position: number;
  retired: boolean;
  state: 'live' | 'building' | 'changing' | 'removing';
}

export type Reach = 'none' | 'own' | 'team' | 'tree' | 'all';

export interface EntityRights {
  read: Reach;
  create: Reach;
  update: Reach;
  delete: Reach;
  export: Reach;
}

export interface Entity {
  name: string;
  plural: string;
  label: Label;
  title: string;
  scope: string;
  /** false: read only through the records routes */
  writable?: boolean;
  /** what is typed and sent together with it, as a member of its body */
  part?: { entity: string; member: string; max: number };
  rights: EntityRights;
  fields: Field[];
  list: string[];
  form: string[][];
  /** the field of the parent, or empty */
  parent?: string;
  /** fields by which the server tells what is there already */
  similar?: string[];
  /** form sections beyond the first, in order */
  groups?: Group[];
}

/** only_for: it concerns records with this value of the field alone. */
export interface Group { name: string; label: Label; only_for?: { field: string; value: string } }

export type Value = string | number | boolean | null | string[] | Record<string, unknown> | unknown[];
export type Row = { id: number } & Record<string, Value | undefined>;

export interface Schema {
  entities: Entity[];
  texts: { zh: string; en: string }[];
  /** another when this answer would be */
  view: string;
  /** where a stream of events begins to miss nothing from here on */
  last_event_id: string;
}

export interface Page {
  data: Row[];
  links: { next: string | null; prev?: string | null };
  count?: { value: number; capped: boolean } | null;
  included?: Record<string, Record<string, Row>>;
}

export interface User {
  id: number;
  login: string;
  name: string;
  role: number | string;
  role_name: string;
  language?: string | null;
}

export interface Company {
  name: string;
  currency: string;
  zone: string;
  /** what a new customer begins as */
  customer_kind: string;
  demo?: boolean;
  /** what is in the bin goes after so many days; 0: it stays */
  bin_days?: number;
}

export interface Session {
  user: User;
  csrf: string;
  /** needed: nothing else is allowed before it is set up */
  second_step: 'off' | 'on' | 'needed';
  rights: Record<string, unknown>;
  company: Company;
}

/** What is there already of a record being typed. */
export interface SimilarAnswer {
  matched: { id: number; fields: string[] }[];
  data: Row[];
  included?: Page['included'];
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Job {
  id: number;
  kind: string;
  state: JobState;
  done: number;
  total: number | null;
  rate?: number | null;
  eta_s?: number | null;
  /** the step it is at: job.step.* */
  message?: string | null;
  result?: Record<string, unknown> | null;
  error?: string | null;
  created_at?: string;
}

/** Lets one more user, or everybody in a team and in those below it, see, or see
 * and change, a record. */
export interface Share {
  user_id: number | null;
  team_id: number | null;
  level: 'read' | 'write';
  until: string | null;
  created_at: string;
  created_by: number | null;
}

export interface Tag {
  id: number;
  name: string;
  color: string;
}

export interface Backup {
  name: string;
  kind: 'manual' | 'scheduled' | 'uploaded' | 'safety';
  engine: 'sqlite' | 'postgresql';
  state: 'verified' | 'failed' | 'unchecked';
  created_at: string | null;
  verified_at: string | null;
  size: number;
  rows: number;
  sha256: string;
  /** what was found wrong, a line each */
  wrong: string | null;
}

export interface Backups {
  folder: string;
  next_at: string | null;
  data: Backup[];
  /** the last one put back */
  restored: { name: string; by: string; state: 'done' | 'failed'; at: string | null; error: string | null; safety: string | null } | null;
}

export interface ImportColumn {
  index: number;
  header: string;
  samples: string[];
  field: string | null;
}

export interface ImportTarget {
  name: string;
  label: Label | string;
  required?: boolean;
  /** May tell which record a row means. */
  key?: boolean;
}

/** What a revert left as it is. */
export interface ImportKept {
  entity: string;
  id: number;
  title: string | null;
  reason: 'changed' | 'used' | 'gone' | 'taken' | 'forbidden';
  fields: Record<string, [unknown, unknown, unknown]> | null;
}

export interface ImportState {
  id: number;
  entity: string;
  filename: string;
  format: string;
  encoding: string;
  delimiter?: string | null;
  rows_sampled: number;
  columns: ImportColumn[];
  fields: ImportTarget[];
  options: Record<string, unknown>;
  needs: string[];
  /** fields without a column; of each list one is enough */
  missing: string[][];
  state: string;
  job_id?: number | null;
  report?: Record<string, unknown> | null;
  mappings: { id: number; name: string; shared: boolean }[];
  revert_job_id?: number | null;
  kept_file_id?: number | null;
  reverted?: Record<string, unknown> | null;
}

export interface Setting {
  key: string;
  group: string;
  type: string;
  label: Label | string;
  doc?: Label | string | null;
  value: string | number | boolean | null;
  default?: string | number | boolean | null;
  min?: number | null;
  max?: number | null;
  options?: FieldOption[] | null;
  /** set by an environment variable: not to be changed here */
  from_environment?: boolean;
}

export interface ApiToken {
  id: number;
  user_id: number;
  name: string;
  created_at: string;
  expires_on: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}
