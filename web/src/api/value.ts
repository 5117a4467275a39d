/* Shapes of what the program tells of a customer's value: grades, scores, the
 * ladder, the matrix, and the reasons for each (docs/api.md). */

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

export interface WhyDay {
  day: string;
  orders: number;
  sales: string;
}

/** The reasons of a grade; before the first grading `grade` is null and only
 * sales and orders are there. */
export type Why = WhyFacts & { /** All sales of one with very many: `orders` are the newest then. */ days?: WhyDay[] } & (
  | { grade: null; sales: string; orders: WhyOrder[] }
  | {
      /** it, and what would tell it, for who may see it only */
      grade?: TierName;
      sales: string;
      orders: WhyOrder[];
      as_of: string;
      rank?: number;
      of?: number;
      /** with the right to all customers only */
      total_sales?: string;
      /** a tier reaches down to its cut-off */
      cutoffs: { tier: TierName; sales: string | null; customer_id?: number }[];
      abc?: {
        class: string;
        share_before?: string;
        cutoffs: { class: string; sales: string | null; customer_id?: number }[];
      };
      rfm: RfmRules;
      /** with the right to the days of orders only */
      r?: Score;
      f?: Score;
      m?: Score;
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
    /** when clv_12m is null */
    clv_unknown?: 'no_model' | 'no_spend_model' | 'too_large';
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
