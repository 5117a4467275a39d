/* What customers' statistics must be, computed from raw rows in whole numbers
 * of 10^-6: the same rules as the program's, written a second time. */
import assert from 'node:assert/strict';
import { readAll } from './random.mjs';

const DIGITS = { CNY: 2, USD: 2, JPY: 0, KWD: 3 };
const COUNTED = (o) => o.status !== 'draft' && o.status !== 'cancelled';

/* "-2.5" with `scale` digits behind the point as a whole number. */
export function exact(text, scale = 6) {
  const [, sign, whole, rest = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(String(text));
  const n = BigInt(whole + rest.padEnd(scale, '0').slice(0, scale));
  return sign ? -n : n;
}

/* n / 10^places, half away from zero. */
export function shift(n, places) {
  const by = 10n ** BigInt(places);
  const half = by / 2n;
  return n < 0n ? -((-n + half) / by) : (n + half) / by;
}

export function plain(n, scale = 6) {
  const digits = (n < 0n ? -n : n).toString().padStart(scale + 1, '0');
  const rest = digits.slice(-scale).replace(/0+$/, '');
  return `${n < 0n ? '-' : ''}${digits.slice(0, -scale)}${rest ? `.${rest}` : ''}`;
}

/* Units of CNY for one unit at that day, scale 9. */
export function rateOf(rates, currency, day) {
  if (currency === 'CNY') return 10n ** 9n;
  const known = rates.filter((r) => r.currency === currency && r.day <= day).sort((a, b) => (a.day < b.day ? 1 : -1));
  return exact(known[0].rate, 9);
}

const magnitude = (n) => (n < 0n ? -n : n);

/* An order's sales, returns and amounts from its live lines. */
export function orderFigures(order, lines, rates) {
  const rate = rateOf(rates, order.currency, order.ordered_on);
  const digits = DIGITS[order.currency];
  const isReturn = order.kind === 'return';
  let total = 0n;
  let sale = 0n;
  let returned = 0n;
  for (const line of lines) {
    const quantity = exact(line.quantity, 3);
    const amount = shift(quantity * exact(line.unit_price), 3);
    assert.equal(line.amount, plain(amount), `line ${line.id}`);
    total += amount;
    if (line.kind === 'sale' && quantity > 0n && exact(line.unit_price) > 0n) sale += amount;
    if (quantity < 0n) returned -= amount;
  }
  let amount = BigInt(order.amount);
  if (lines.length === 0) {
    total = amount * 10n ** BigInt(6 - digits);
    sale = total > 0n && !isReturn ? total : 0n;
    returned = isReturn ? magnitude(total) : 0n;
  } else {
    amount = shift(total, 6 - digits);
    if (isReturn) [sale, returned] = [0n, magnitude(total)];
  }
  return {
    rate: plain(rate, 9),
    amount: Number(amount),
    base_amount: Number(shift(shift(total * rate, 9), 4)),
    sales: plain(shift(sale * rate, 9)),
    returned: plain(shift(returned * rate, 9)),
  };
}

export function customerFigures({ orders, payments, interactions }) {
  const sum = (rows, of) => plain(rows.reduce((n, row) => n + of(row), 0n));
  const live = orders.filter(COUNTED);
  const sales = live.filter((o) => o.kind === 'sale' && exact(o.sales) > 0n);
  const days = sales.map((o) => o.ordered_on).sort();
  const paid = payments.reduce((n, p) => n + BigInt(p.kind === 'refund' ? -p.base_amount : p.base_amount) * 10000n, 0n);
  const owed = live.filter((o) => ['credit', 'contract'].includes(o.pay_method))
    .reduce((n, o) => n + exact(o.sales) - exact(o.returned), 0n);
  const met = interactions.map((i) => i.happened_at).sort();
  const next = interactions.map((i) => i.next_on).filter(Boolean).sort();
  return {
    orders: sales.length,
    sales: sum(sales, (o) => exact(o.sales)),
    first_order_on: days[0] ?? null,
    last_order_on: days.at(-1) ?? null,
    purchase_days: new Set(days).size,
    first_day_sales: sum(sales.filter((o) => o.ordered_on === days[0]), (o) => exact(o.sales)),
    returned_amount: sum(live, (o) => exact(o.returned)),
    returned_orders: live.filter((o) => o.kind === 'return').length,
    cancelled_orders: orders.filter((o) => o.status === 'cancelled').length,
    paid: plain(paid),
    open_amount: plain(owed > paid ? owed - paid : 0n),
    interactions: interactions.length,
    last_contact_at: met.at(-1) ?? null,
    next_contact_on: next.at(-1) ?? null,
  };
}

const part = (row, like) => Object.fromEntries(Object.keys(like).map((key) => [key, row[key]]));

function grouped(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(row[key], [...(groups.get(row[key]) ?? []), row]);
  return (id) => groups.get(id) ?? [];
}

/* Reads everything and compares every order and customer; returns how many. */
export async function checkLedger(client) {
  const names = ['customers', 'orders', 'order_lines', 'payments', 'interactions', 'currency_rates'];
  const [customers, orders, lines, payments, interactions, rates] =
    await Promise.all(names.map((name) => readAll(client, `/${name}?sort=id`)));
  const linesOf = grouped(lines, 'order_id');
  for (const order of orders) {
    const expected = orderFigures(order, linesOf(order.id), rates);
    assert.deepEqual(part(order, expected), expected, `order ${order.id}`);
  }
  for (const p of payments) {
    const rate = rateOf(rates, p.currency, p.paid_on);
    const micro = BigInt(p.amount) * 10n ** BigInt(6 - DIGITS[p.currency]);
    assert.equal(p.base_amount, Number(shift(shift(micro * rate, 9), 4)), `payment ${p.id}`);
  }
  const of = [orders, payments, interactions].map((rows) => grouped(rows, 'customer_id'));
  for (const customer of customers) {
    const [o, p, i] = of.map((group) => group(customer.id));
    const expected = customerFigures({ orders: o, payments: p, interactions: i });
    assert.deepEqual(part(customer, expected), expected, `customer ${customer.id}`);
  }
  return { customers: customers.length, orders: orders.length };
}

/* The columns beside the database follow every write: the triangle made of
 * them is the one made of all orders. */
export async function checkCohorts(client) {
  const sold = (await readAll(client, '/orders?sort=id')).filter((o) => o.customer_id !== null &&
    o.kind === 'sale' && !['draft', 'cancelled'].includes(o.status) && Number(o.sales) > 0);
  const monthOf = (text) => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7)) - 1;
  const months = new Map();
  for (const o of sold) months.set(o.customer_id, (months.get(o.customer_id) ?? new Set()).add(monthOf(o.ordered_on)));
  const last = Math.max(...sold.map((o) => monthOf(o.ordered_on)));
  const want = new Map();
  for (const of of months.values()) {
    const first = Math.min(...of);
    const active = want.get(first) ?? Array(last - first + 1).fill(0);
    for (const month of of) active[month - first]++;
    want.set(first, active);
  }
  const text = (m) => `${Math.floor(m / 12)}-${String(m % 12 + 1).padStart(2, '0')}`;
  const answer = await client.get('/analytics/cohorts');
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body.cohorts, [...want].sort(([a], [b]) => a - b)
    .map(([first, active]) => ({ cohort: text(first), customers: active[0], active })));
}
