/* Groups of customers who buy alike, in words. */
import type { BuyingWords } from '@/api/value';

/** "recent, often, spends much" from where the centre of a group lies. */
export function groupName(t: (key: string, named?: Record<string, string>) => string, words: BuyingWords): string {
  return t('groups.name', {
    recency: t('groups.recency.' + words.recency),
    frequency: t('groups.frequency.' + words.frequency),
    money: t('groups.money.' + words.money),
  });
}
