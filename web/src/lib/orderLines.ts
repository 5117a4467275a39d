/* Lines of an order as they are typed, before the server has reckoned them: the
 * same exact sums, on whole numbers and rounded half away from zero. */
import { minorUnits } from './money';

/** What somebody typed as a plain decimal: full-width digits and thousands
 * commas are taken; '' for nothing, null for no number. */
export function plainNumber(typed: string, scale: number): string | null {
  const text = typed.normalize('NFKC').replace(/[,\s]/g, '');
  if (!text) return '';
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text);
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  if (!match || !(match[2] + fraction || match[3]) || fraction.length > scale) return null;
  return match[1] + (match[2] || '0') + (fraction ? '.' + fraction : '');
}

/** The number times 10^scale; null for no number. */
function whole(text: string, scale: number): bigint | null {
  const plain = plainNumber(text, scale);
  if (!plain) return null;
  const [digits = '0', fraction = ''] = plain.replace('-', '').split('.');
  const value = BigInt(digits + fraction.padEnd(scale, '0'));
  return plain.startsWith('-') ? -value : value;
}

function drop(value: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(digits);
  const half = value < 0n ? -(unit / 2n) : unit / 2n;
  return (value + half) / unit;
}

/** quantity × price less the discount, times 10^6; null while one is missing. */
export function lineAmount(quantity: string, price: string, discount: string): bigint | null {
  const [q, p, d] = [whole(quantity, 3), whole(price, 6), whole(discount || '0', 2)];
  if (q === null || p === null || d === null) return null;
  return drop(drop(q * p, 3) * (10000n - d), 4);
}

/** Such an amount as a decimal. */
export function amountText(amount: bigint): string {
  const text = String(amount < 0n ? -amount : amount).padStart(7, '0');
  const fraction = text.slice(-6).replace(/0+$/, '');
  return (amount < 0n ? '-' : '') + text.slice(0, -6) + (fraction ? '.' + fraction : '');
}

/** What a document of this currency says: rounded once, at its total. */
export function totalText(amount: bigint, currency: string): string {
  const digits = minorUnits(currency);
  return amountText(drop(amount, 6 - digits) * 10n ** BigInt(6 - digits));
}
