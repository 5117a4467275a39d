/* Amounts: minor units or exact decimal strings in, readable text out. All
 * arithmetic on what is shown exactly is done on digits, never in floating
 * point; floating point serves only the shortened form (1,125.00万). */

const MINOR_UNITS: Record<string, number> = {
  BHD: 3, BIF: 0, CLP: 0, DJF: 0, GNF: 0, IQD: 3, ISK: 0, JOD: 3, JPY: 0, KMF: 0,
  KRW: 0, KWD: 3, LYD: 3, OMR: 3, PYG: 0, RWF: 0, TND: 3, UGX: 0, VND: 0, VUV: 0,
  XAF: 0, XOF: 0, XPF: 0,
};

const SYMBOLS: Record<string, string> = {
  CNY: '¥', USD: '$', EUR: '€', GBP: '£', JPY: 'JP¥', HKD: 'HK$', TWD: 'NT$', KRW: '₩',
};

export function minorUnits(currency: string): number {
  return MINOR_UNITS[currency] ?? 2;
}

export function currencySymbol(currency: string): string {
  return SYMBOLS[currency] ?? (currency ? currency + ' ' : '');
}

/** Integer of minor units to an exact decimal string: 1250 CNY → "12.50". */
export function minorToDecimal(minor: number | string, currency: string): string {
  const digits = minorUnits(currency);
  let text = String(minor);
  const sign = text.startsWith('-') ? '-' : '';
  if (sign) text = text.slice(1);
  if (digits === 0) return sign + text;
  text = text.padStart(digits + 1, '0');
  return sign + text.slice(0, -digits) + '.' + text.slice(-digits);
}

/** What somebody typed to minor units; null when it is no amount of it. */
export function decimalToMinor(text: string, currency: string): number | null {
  const digits = minorUnits(currency);
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text.replace(/[,\s，]/g, ''));
  if (!match) return null;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > digits) return null;
  const value = Number(match[2] + fraction.padEnd(digits, '0'));
  if (!Number.isSafeInteger(value)) return null;
  return match[1] ? -value : value;
}

/** Groups the digits before the point: "1234567.8" → "1,234,567.8". */
export function groupDigits(decimal: string): string {
  const [whole = '', fraction] = decimal.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return fraction === undefined ? grouped : grouped + '.' + fraction;
}

function withSymbol(text: string, currency: string): string {
  const symbol = currencySymbol(currency);
  return text.startsWith('-') ? '-' + symbol + text.slice(1) : symbol + text;
}

/** Every digit: "¥11,250,000.00". At least the currency's own digits. */
export function exactAmount(decimal: string, currency: string): string {
  const digits = minorUnits(currency);
  const [whole = '0', fraction = ''] = decimal.split('.');
  const kept = fraction.replace(/0+$/, '').padEnd(digits, '0');
  return withSymbol(groupDigits(kept ? whole + '.' + kept : whole), currency);
}

/** Rounds a decimal string to `digits`, half away from zero, on digits. */
export function roundDecimal(decimal: string, digits: number): string {
  const sign = decimal.startsWith('-') ? '-' : '';
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const scaled = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  const up = Number(fraction[digits] ?? '0') >= 5 ? 1n : 0n;
  const text = (scaled + up).toString().padStart(digits + 1, '0');
  if (digits === 0) return sign + text;
  return sign + text.slice(0, -digits) + '.' + text.slice(-digits);
}

/** Readable: "¥1,125.00万" in Chinese, "¥11.25M" in English, and every digit
 * below 100,000 (zh) or 1,000,000 (en). */
export function shortAmount(decimal: string, currency: string, language: string): string {
  const value = Math.abs(Number(decimal));
  const steps: [number, number, string][] = language.startsWith('zh')
    ? [[1e8, 8, '亿'], [1e5, 4, '万']]
    : [[1e9, 9, 'B'], [1e6, 6, 'M']];
  for (const [from, power, unit] of steps) {
    if (value >= from) {
      const text = (Number(decimal) / 10 ** power).toFixed(2);
      return withSymbol(groupDigits(text) + unit, currency);
    }
  }
  return withSymbol(groupDigits(roundDecimal(decimal, minorUnits(currency))), currency);
}
