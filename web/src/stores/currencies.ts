/* Currencies to choose from: the company's own and those it has rates for, or
 * all there are, for who enters a rate. */
import { computed, ref } from 'vue';
import { listRecords } from '@/api/records';
import { may } from './schema';
import { prefs } from './prefs';
import { currency } from './session';

/** Met most often: they come first. */
const COMMON = ['CNY', 'USD', 'EUR', 'GBP', 'JPY', 'HKD', 'TWD', 'KRW', 'SGD', 'AUD', 'CAD', 'CHF', 'INR', 'THB', 'VND', 'MYR'];
/** No money one pays with: precious metals, units of account, tests. */
const UNREAL = /^X(?!AF|CD|OF|PF)/;

export const allCurrencies = [...new Set([...COMMON, ...Intl.supportedValuesOf('currency')])].filter((code) => !UNREAL.test(code));

const rated = ref<string[]>([]);
export const ownCurrencies = computed(() => [...new Set([currency.value, ...rated.value])]);

let asking: Promise<void> | null = null;

/** All codes of the table of rates, however many days each has. */
async function ask(): Promise<void> {
  const found: string[] = [];
  for (;;) {
    const query = { fields: 'currency', count: 'none', limit: 500, ...(found.length ? { 'currency[not_in]': found.join() } : {}) };
    const more = new Set((await listRecords('currency_rates', query)).data.map((row) => String(row.currency)));
    if (!more.size) break;
    found.push(...more);
  }
  rated.value = found.sort();
}

/** Rates may have come meanwhile: asked whenever a choice is shown. */
export function loadCurrencies(): Promise<void> {
  if (!may('currency_rates', 'read')) return Promise.resolve();
  asking ??= ask().finally(() => (asking = null));
  return asking.catch(() => undefined); // the company's own can be chosen all the same
}

export function currencyName(code: string): string {
  try {
    return new Intl.DisplayNames([prefs.language], { type: 'currency', fallback: 'none' }).of(code) ?? '';
  } catch {
    return ''; // not a code: kept from before codes were checked
  }
}
