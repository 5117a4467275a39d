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

/** Lets one more user see, or see and change, a record. */
/** With a user, or with everybody in a team and in those below it. */
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

export type TierName = 'vip' | 'main' | 'ordinary' | 'small';

export interface Tier {
  tier: TierName;
  customers: number;
  sales: string;
  share: number | string;
}

export interface Pyramid {
  tiers: Tier[];
}

/** By what customers are ranked, and the real profit of each tier; figures only
 * for who may see profits. */
export interface TierProfit {
  customers: number;
  known?: number;
  profit?: string;
  /** null: all of it is not above 0 */
  share?: number | null;
}
export interface TierProfits extends TierProfit {
  as_of: string | null;
  measure: 'sales' | 'margin' | 'profit';
  from: string | null;
  weighted: boolean;
  unknown_query?: string;
  tiers: (TierProfit & { tier: string })[];
}

export interface RfmCell {
  R: number;
  F: number;
  customers: number;
  sales: string;
}

/** The ladder of relations in figures. */
export interface Ladder {
  as_of: string;
  customers: number;
  limits: { client_orders: number; client_days: number; lapse_days: number; lost_days: number };
  rungs: {
    ladder_rung: string;
    customers: number;
    reached: number;
    moved: number;
    conversion: number | null;
    dated: number;
    moved_days: number | null;
    dwell_days: number | null;
  }[];
  classes: { relation_class: string; customers: number }[];
  stages: { lifecycle_stage: string; customers: number }[];
  levels?: { relation_level: string; customers: number }[];
  bonds?: { bond: string; customers: number }[];
}

export interface LadderNeed {
  fact: string;
  value: number | null;
  least: number;
}

/** Where a customer stands, and why. */
export interface LadderWhy {
  as_of: string;
  ladder_rung: string;
  rung_since: string | null;
  relation_class: string;
  lifecycle_stage: string;
  stage_since: string | null;
  rules: { field: string; value: string; needs: LadderNeed[] }[];
  next: { ladder_rung: string; ways: { needs: LadderNeed[] }[] } | null;
  plans: { field: string; value: string; id: number; strategy: string; tasks: { title: string; due_days: number }[]; active: boolean }[];
}

/** Customers by the month of their first purchase, and how many of them
 * bought in that month and each later one. */
export interface Cohort {
  cohort: string;
  customers: number;
  active: number[];
}

/** `thresholds`: the least values for the scores 2…5, null where nobody
 * reaches it. */
export interface Score {
  score: number;
  thresholds: (string | number | null)[];
  /** by fifths: of those at a threshold, who reaches it from this id on */
  ties?: (number | null)[];
  days?: number;
  last_order_on?: string;
  value?: number | string;
}

/** How values become scores; limits with fixed bands only. */
export interface RfmRules {
  mode: 'share' | 'ntile' | 'fixed';
  days?: number[];
  orders?: number[];
  money?: string[];
}

export interface WhyOrder {
  id: number;
  number?: string;
  day?: string;
  sales: string;
}

/** The reasons of a grade; before the first grading `grade` is null and only
 * sales and orders are there. */
export type Why = WhyFacts & (
  | { grade: null; sales: string; orders: WhyOrder[] }
  | {
      grade: TierName;
      sales: string;
      orders: WhyOrder[];
      as_of: string;
      rank: number;
      of?: number;
      /** with the right to all customers only */
      total_sales?: string;
      /** a tier reaches down to its cut-off */
      cutoffs: { tier: TierName; sales: string | null; customer_id?: number }[];
      abc: {
        class: string;
        share_before?: string;
        cutoffs: { class: string; sales: string | null; customer_id?: number }[];
      };
      rfm: RfmRules;
      /** with the right to the days of orders only */
      r?: Score;
      f: Score;
      m: Score;
    }
);

/** Parts: what one has no right to is left out. */
export interface WhyLine {
  order_id: number;
  number?: string;
  day?: string;
  product_id?: number | null;
  quantity?: string;
  /** of amount and cost */
  currency?: string;
  amount?: string;
  rate?: string;
  cost?: string | null;
  margin: string | null;
}
export interface WhyMargin {
  order_id: number;
  number?: string;
  day?: string;
  kind?: string;
  margin: string | null;
}
export interface WhyCost {
  id: number;
  kind?: string;
  day?: string;
  origin?: string;
  amount: string;
}

/** The reasons beside grade and scores; what one may not see is left out. */
export interface WhyFacts {
  basis?: {
    measure: string;
    from: string | null;
    /** null: one may not see costs */
    contribution: string | null;
    /** of everybody's; with the right to all customers only */
    total?: string;
    weights: { fact: string; weight: number; score?: number | null; source?: string | null; on?: string | null }[];
    weighted?: string | null;
    bad_credit?: boolean;
    /** by margin or profit, for who may see costs: what it is made of */
    sum?: string;
    lines?: WhyLine[];
    margins?: WhyMargin[];
    costs?: WhyCost[];
  };
  /** the grade in force, and who set it by hand and why */
  effective?: {
    effective_grade: string | null;
    grade_override?: string | null;
    grade_override_reason?: string | null;
    grade_override_until?: string | null;
    credit_score?: number | null;
  };
  /** per cent missing of what the next grade begins with */
  gap?: { border_gap: string | null; border: string | null };
  /** of the grade in force */
  policy?: {
    id: number;
    grade?: string;
    contact_days?: number | null;
    contact_by?: string;
    /** the grade in force, where a drop decision lowers the service */
    lowered_from?: string;
    drop_decision_id?: number;
    discount_max?: string | null;
    approval?: string;
    service_level?: string | null;
    plan?: string | null;
  };
  /** of customers who buy alike */
  group?: {
    value_group: number;
    as_of: string;
    of: number;
    words: BuyingWords;
    distance: number;
    /** scales and centres with the right to all customers only */
    facts: { fact: 'recency' | 'frequency' | 'money'; value: number | string; log: number; mean?: number; deviation?: number; scaled?: number }[];
    centres?: { value_group: number; scaled: number[]; distance: number }[];
  };
  lifetime?: {
    as_of: string;
    first_order_on: string;
    last_order_on: string;
    purchase_days: number;
    x: number;
    t_x: number;
    T: number;
    repeat_sales: string;
    m: number;
    model: 'bgnbd' | 'pareto_nbd' | 'nbd' | 'none';
    /** with the right to all customers only */
    parameters?: Record<string, number>;
    interval_days: string | null;
    due_on: string | null;
    p_alive: string | null;
    expected_52w: string | null;
    clv_12m: string | null;
  };
  matrix?: {
    as_of: string;
    from: string;
    current_cut: string;
    potential_cut: string;
    wallet_amount?: string | null;
    wallet_source?: string | null;
    wallet_on?: string | null;
    prospects_score?: number | null;
    prospects_source?: string | null;
    prospects_on?: string | null;
    clv_12m?: string | null;
    peers: { alike: { field: string; value: string }[]; customers?: number; upper_quarter: string };
    matrix_type: string | null;
    year_sales: string | null;
    potential: string | null;
    share_of_customer: string | null;
  };
}

export interface MatrixCell {
  type: string;
  current_from: string;
  current_to: string | null;
  potential_from: string;
  potential_to: string | null;
  customers: number;
  /** query string of the list of these customers */
  query: string;
}

export interface ValueMatrix {
  as_of: string | null;
  from: string | null;
  current_cut: string;
  potential_cut: string;
  types: { type: string; customers: number; year_sales: string; potential: string; query: string }[];
  cells: MatrixCell[];
}

/** Where the centre of a group lies. */
export interface BuyingWords {
  recency: 'recent' | 'medium' | 'old';
  frequency: 'seldom' | 'medium' | 'often';
  money: 'little' | 'medium' | 'much';
}

/** Customers who buy alike. */
export interface BuyingGroup {
  number: number;
  words: BuyingWords;
  customers: number;
  sales: string;
  share: number;
  mean: { recency_days: number; orders: number; sales: string };
  query: string;
}

export interface BuyingGroups {
  as_of: string | null;
  customers: number;
  sales: string;
  groups: BuyingGroup[];
}

/** Customers with values from, and below to; null: open. */
export interface LifetimeBar {
  from: string | null;
  to: string | null;
  customers: number;
  /** of their values of the next 12 months */
  sum: string;
  query: string;
}

export interface LifetimeBars {
  customers: number;
  unknown: number;
  sum: string;
  bars: LifetimeBar[];
}

export interface Lifetimes {
  as_of: string | null;
  today: string;
  clv: LifetimeBars;
  alive: LifetimeBars;
  due: LifetimeBars;
}

/** A product to offer and the purchase that speaks for it. */
export interface Suggestion {
  product: { id: number; name?: string };
  because: { id: number; name?: string };
  support: number;
  confidence: number;
  lift: number;
  /** with the right to all customers only */
  buyers?: number;
  bought_both?: number;
}

/** What other grading rules would do. */
export interface WhatIf {
  as_of: string;
  customers: number;
  sales: string;
  moved: number;
  /** of the list of those */
  query: string;
  measure: 'sales' | 'margin' | 'profit';
  /** what the rules count, losses as 0 */
  contribution: string;
  losses: { customers: number; amount: string; query: string };
  tiers: { tier: TierName; customers: number; sales: string; share: number; contribution: string; contribution_share: number; query: string }[];
  classes: Record<string, { customers: number; sales: string; share: number }>;
  moves: { from: TierName | null; to: TierName; customers: number; query: string }[];
  /** customers by score, 1 to 5, and how many would have another one */
  rfm: { mode: string; moved: number; query: string; R: number[]; F: number[]; M: number[]; queries: Record<'R' | 'F' | 'M', string[]> };
}
