/* The tiers of the customer pyramid, best first, and the share of sales and
 * of customers the 80/20 claim gives them. */
import type { TierName } from '@/api/value';

export const TIERS: readonly TierName[] = ['vip', 'main', 'ordinary', 'small'];

export function isTier(value: unknown): value is TierName {
  return TIERS.includes(value as TierName);
}
