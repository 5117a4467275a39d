/* Risks of loss, the loss account, winning and keeping. */
import { get, post } from './client';

export type Band = 'low' | 'medium' | 'high' | 'lost';
export type LossState = 'found' | 'confirmed' | 'rejected' | 'won_back' | 'given_up' | 'dissolved';

export interface RiskReason {
  fact: string;
  value: number | null;
  usual: number | null;
  /** in ln of the odds; above 0 raises the risk */
  effect: number | null;
}
export interface RiskLimits {
  medium: string;
  high: string;
  lost_days: number;
  lost_intervals: number;
  horizon_days: number;
}
export interface Risk {
  customer_id: number;
  as_of: string | null;
  risk: string | null;
  band: Band | null;
  method: 'p_alive' | 'contract' | 'company' | 'none';
  purchase_days: number;
  last_order_on?: string;
  silent_days?: number;
  lost_after_days?: number;
  interval_days?: string | null;
  limits?: RiskLimits;
  reasons?: RiskReason[];
}
export interface Churn {
  as_of: string | null;
  limits?: RiskLimits;
  contract?: { why: string | null; everybody: boolean; auc: number; rows: number; lost: number };
  bands: { band: Band; customers: number; sales: string; clv_12m: string }[];
  rows?: Risk[];
}
export interface LossSum {
  accounts: number;
  direct: string;
  indirect?: string;
  spent: string;
}
/** The facts behind the figures of a loss account. */
export interface LossWhy {
  direct: { sales: string; first_order_on: string | null; last_order_on: string | null; active_days: number; yearly: string };
  /** what the limit of spending follows from */
  win_back: { expected: string; by: 'model' | 'pace'; share: string; limit: string };
  /** for who may see all customers */
  indirect?: {
    customers: number;
    referred_yearly: string;
    follow_share: string;
    following: string;
    brought_yearly: string;
    missed: string;
    indirect: string;
    referred: { customer_id: number; generation: number; lost: boolean; yearly: string }[];
  };
}
export interface Losses extends LossSum {
  states?: (LossSum & { state: LossState })[];
  causes?: (LossSum & { cause: string | null })[];
  harms?: (LossSum & { harm: string })[];
  months: (LossSum & { month: string })[];
}
export interface RetentionCost {
  source: 'ledger' | 'standard' | 'both';
  contacts: number;
  standard_contacts: number;
  entries: number;
  ledger: number;
  marketing: number;
  spent: number;
  customers: number;
  each: number | null;
  /** query string of the list of these customers */
  query: string;
}
export interface Retention {
  as_of: string | null;
  days: number;
  periods: {
    from: string;
    to: string;
    active: number;
    new: number;
    base: number;
    kept: number;
    rate: number | null;
    sales: string;
    /** query strings of the lists of those counted */
    queries: Record<'active' | 'new' | 'base' | 'kept', string>;
  }[];
  effect?: {
    base: number;
    kept: number;
    rate: number;
    sales: string;
    active: number;
    measure: 'margin' | 'sales';
    margin_rate: number;
    each: number | null;
    discount: number;
    value: number | null;
    more_rate: number;
    more_value: number | null;
    gain: number | null;
  } | null;
  cost?: {
    contact_cost: number;
    marketing_month: number;
    marketing_source: 'ledger' | 'standard';
    ledger_seen: boolean;
    ledger_query?: string;
    winning: RetentionCost;
    keeping: RetentionCost;
    times: number | null;
  } | null;
  five_years?: { base: number; lost: number; queries: Record<'base' | 'lost', string> };
}
export type Span = 'month' | 'quarter' | 'year';

export const readChurn = (band?: Band) => get<Churn>('/analytics/churn', { band, rows: band ? 50 : undefined });
export const readRisk = (id: number) => get<Risk>(`/customers/${id}/risk`);
export const readLossWhy = (id: number) => get<LossWhy>(`/loss_accounts/${id}/why`);
export const readLosses = () => get<Losses>('/analytics/losses');
export const readRetention = (period: Span) => get<Retention>('/analytics/retention', { period });
export type LossVerb = 'confirm' | 'reject' | 'decide' | 'close';
export const actOnLoss = (id: number, verb: LossVerb, body: Record<string, string>) =>
  post<{ id: number; rev: number; state: LossState }>(`/loss_accounts/${id}/${verb}`, body);
