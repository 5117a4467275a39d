/* One field's value as text, drawn from its definition. */
import type { Field, Row, Value } from '@/api/types';
import { dark, lang, prefs } from '@/stores/prefs';
import { refTitle } from '@/stores/refs';
import { inWords, optionLabel } from '@/stores/schema';
import { currency, zone } from '@/stores/session';
import { i18n } from '@/i18n';
import { relativeDay, relativeInstant, exactInstant } from './dates';
import { holdsStart } from './startTexts';
import { exactAmount, groupDigits, minorToDecimal, roundDecimal, shortAmount } from './money';

export { dark, lang };

export interface Shown {
  text: string;
  /** Exact form for the tooltip, '' when the text says it all. */
  exact: string;
}

const NOTHING: Shown = { text: '', exact: '' };

/** Currency of a money field in this row: its own, else the company's. */
export function currencyOf(field: Field, row?: Row): string {
  if (field.custom && !field.currency) return currency.value;
  const own = row?.[field.currency || 'currency'];
  const based = field.name.startsWith('base_') || field.sidecar;
  return typeof own === 'string' && own && !based ? own : currency.value;
}

export function amountShown(decimal: string, code = currency.value): Shown {
  return {
    text: shortAmount(decimal, code, prefs.language),
    exact: exactAmount(decimal, code),
  };
}

/** Without the decimals: cut-offs, where they say nothing. */
export function wholeAmount(decimal: string, code = currency.value): string {
  const rounded = roundDecimal(decimal, 0);
  return shortAmount(rounded, code, prefs.language).replace(/\.0+(?=\D*$)/, '');
}

export function isNumeric(field: Field): boolean {
  return field.type === 'int' || field.type === 'decimal' || field.type === 'money';
}

/** Exact decimals in the company's currency, whatever the record's own is. */
export function isAmount(field: Field): boolean {
  return field.unit === 'base_currency';
}

/** A probability, shown as a percentage. */
export function isChance(field: Field): boolean {
  return field.unit === 'chance';
}

/** A number of purchases to come: an estimate, of which one digit says enough. */
export function isExpected(field: Field): boolean {
  return field.unit === 'estimate';
}

/** Drops zeros at the end; a price (six digits kept) shows two at least. */
function shorten(decimal: string, scale: number): string {
  if (!decimal.includes('.')) return scale === 6 ? decimal + '.00' : decimal;
  const short = decimal.replace(/\.?0+$/, '');
  if (scale !== 6) return short;
  const [whole = '0', fraction = ''] = short.split('.');
  return whole + '.' + fraction.padEnd(2, '0');
}

export function formatCount(n: number): string {
  return groupDigits(String(n));
}

export function formatShare(share: number | string, digits = 1): string {
  return (Number(share) * 100).toFixed(digits) + '%';
}

export function formatField(field: Field, value: Value | undefined, row?: Row): Shown {
  if (value === null || value === undefined || value === '') return NOTHING;
  switch (field.type) {
    case 'money': {
      const code = currencyOf(field, row);
      return amountShown(minorToDecimal(value as number, code), code);
    }
    case 'decimal':
      if (isAmount(field)) return amountShown(String(value));
      if (isChance(field)) return { text: formatShare(String(value)), exact: '' };
      if (isExpected(field)) return { text: groupDigits(roundDecimal(String(value), 1)), exact: groupDigits(String(value)) };
      return { text: groupDigits(shorten(String(value), field.scale ?? 0)), exact: '' };
    case 'int':
      return { text: formatCount(value as number), exact: '' };
    case 'bool':
      return { text: i18n.global.t(value ? 'common.yes' : 'common.no'), exact: '' };
    case 'date': {
      const text = relativeDay(String(value), zone.value, prefs.language);
      return { text, exact: text === value ? '' : String(value) };
    }
    case 'instant':
      return {
        text: relativeInstant(String(value), zone.value, prefs.language),
        exact: exactInstant(String(value), zone.value),
      };
    case 'enum':
      return { text: optionLabel(field, String(value)), exact: '' };
    case 'set':
      return {
        text: (value as string[]).map((v) => optionLabel(field, v)).join(lang.value === 'zh' ? '、' : ', '),
        exact: '',
      };
    case 'ref':
      return { text: refTitle(field.to ?? '', value as number), exact: '' };
    case 'json':
      return { text: JSON.stringify(value), exact: '' };
    default: {
      const own = (lang.value === 'en' && row?.[field.name + '_en']) || value;
      return { text: holdsStart(field, row) ? inWords(String(own)) : String(own), exact: '' };
    }
  }
}

/** 1.4 MB: by thousands, as file managers show it. */
export function bytesText(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  while (n >= 1000 && at < units.length - 1) {
    n /= 1000;
    at++;
  }
  return (at === 0 ? String(n) : n.toFixed(n < 10 ? 1 : 0)) + ' ' + units[at];
}
