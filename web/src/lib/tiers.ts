/* The tiers of the customer pyramid, best first. */
import type { TierName } from '@/api/value';

export const TIERS: readonly TierName[] = ['vip', 'main', 'ordinary', 'small'];

export function isTier(value: unknown): value is TierName {
  return TIERS.includes(value as TierName);
}
