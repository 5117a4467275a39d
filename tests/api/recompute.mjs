/* Scores computed a second time from what GET /customers/{id}/why lists: other
 * code and other formulas than the program's. Money in whole numbers of 10^-6,
 * expected purchases by an integral over the chance of loss. */
import assert from 'node:assert/strict';
import { exact, plain, shift } from './ledger.mjs';

export const day = (text) => Date.parse(text) / 86400000;

/* Least values for the scores 2…5; null is never reached. Of those just at one,
 * by fifths only who has the id it says or a greater one. */
const scoreOf = ({ thresholds, ties }, id, value, of = (t) => t) =>
  1 + thresholds.filter((t, k) => t !== null && (value > of(t) || (value === of(t) && id >= (ties?.[k] ?? 0)))).length;

/* The thresholds of fixed bands are the limits that were set. */
function checkBands({ rfm, as_of, r, f, m }) {
  if (rfm.mode !== 'fixed') return assert.deepEqual(Object.keys(rfm), ['mode']);
  assert.deepEqual(r.thresholds.map((t) => day(as_of) - day(t)).reverse(), rfm.days);
  assert.deepEqual([f.thresholds, m.thresholds], [rfm.orders, rfm.money]);
}

/* A tier or class reaches down to its cut-off: more, or as much with an id no
 * greater. */
const within = (cut, amount, id) =>
  cut.sales !== null && (amount > exact(cut.sales) || (amount === exact(cut.sales) && id <= cut.customer_id));

function weigh(contribution, basis, fScore) {
  let factor = 200n;
  for (const { fact, weight, score } of basis.weights) {
    if (fact === 'frequency') assert.equal(score, fScore, 'the F score that is weighed');
    factor += BigInt(weight) * BigInt((score ?? 3) - 3);
  }
  if (factor < 0n) factor = 0n;
  const times = contribution * factor;
  return (times + 100n) / 200n; /* nothing is below 0 */
}

/* What the facts add up to: sales of orders, margins of lines, or margins of
 * orders less costs to serve. */
const added = {
  sales: (why, counted) => counted.reduce((all, o) => all + exact(o.sales), 0n),
  margin: ({ basis, customer_id: id }, counted) => {
    const sales = new Map();
    let sum = 0n;
    for (const l of basis.lines) {
      const [amount, rate] = [exact(l.amount), exact(l.rate, 9)];
      sales.set(l.order_id, [(sales.get(l.order_id)?.[0] ?? 0n) + amount, rate]);
      if (l.cost === null) assert.equal(l.margin, null);
      else {
        const margin = shift((amount - shift(exact(l.quantity, 3) * exact(l.cost), 3)) * rate, 9);
        assert.equal(l.margin, plain(margin), `customer ${id}: margin of a line of order ${l.order_id}`);
        sum += margin;
      }
    }
    for (const o of counted)
      if (sales.has(o.id)) {
        const [amount, rate] = sales.get(o.id);
        assert.equal(plain(shift(amount * rate, 9)), o.sales, `the lines of order ${o.id} are all there`);
        sales.delete(o.id);
      }
    assert.equal(sales.size, 0, 'no lines of other orders');
    return sum;
  },
  profit: ({ basis }, counted) => {
    const known = new Set(basis.margins.map((m) => m.order_id));
    for (const o of counted) assert.ok(known.has(o.id), `order ${o.id} has a margin or none`);
    const { from } = basis;
    for (const fact of [...basis.margins, ...basis.costs]) assert.ok(from === null || fact.day >= from);
    const margins = basis.margins.reduce((all, m) => all + (m.margin === null ? 0n : exact(m.margin)), 0n);
    return basis.costs.reduce((all, e) => all - exact(e.amount), margins);
  },
};

/* What was bought: orders, or of a customer with very many of them the days,
 * which hold the orders that are named as the newest. */
export function purchases(why) {
  if (why.days === undefined) return why.orders.map((o) => ({ ...o, orders: 1 }));
  const of = new Map(why.days.map((d) => [d.day, d]));
  const named = new Map();
  for (const o of why.orders) named.set(o.day, [(named.get(o.day)?.[0] ?? 0) + 1, (named.get(o.day)?.[1] ?? 0n) + exact(o.sales)]);
  const oldest = why.orders[0].day;
  for (const [on, [orders, sales]] of named)
    if (on > oldest) assert.deepEqual([orders, plain(sales)], [of.get(on).orders, of.get(on).sales], `orders of ${on}`);
    else assert.ok(orders <= of.get(on).orders);
  for (const d of why.days) assert.ok(d.day <= oldest || named.has(d.day), `no newer orders are left out: ${d.day}`);
  return why.days;
}

/* Grade, class, R, F, M, sales. */
export function judge(why) {
  const id = why.customer_id;
  const sum = (orders) => orders.reduce((all, o) => all + exact(o.sales), 0n);
  const bought = purchases(why);
  const sales = sum(bought);
  const orders = bought.reduce((n, p) => n + p.orders, 0);
  const days = bought.map((o) => o.day).sort();
  checkBands(why);
  const f = scoreOf(why.f, id, orders);
  const { from } = why.basis;
  const own = added[why.basis.measure](why, bought.filter((o) => from === null || o.day >= from));
  if (why.basis.measure !== 'sales') assert.equal(why.basis.sum, plain(own), `customer ${id} sum`);
  const contribution = own > 0n ? own : 0n;
  assert.equal(why.basis.contribution, plain(contribution), `customer ${id} contribution`);
  const weighted = weigh(contribution, why.basis, f);
  assert.equal(why.basis.weighted, plain(weighted), `customer ${id} weighted`);
  const tier = why.cutoffs.find((cut) => within(cut, weighted, id))?.tier ?? 'small';
  return {
    sales: plain(sales),
    orders,
    last_order_on: days.at(-1),
    grade: why.basis.bad_credit ? 'small' : tier,
    abc_class: why.abc.cutoffs.find((cut) => within(cut, contribution, id))?.class ?? 'c',
    r_score: scoreOf(why.r, id, days.at(-1)),
    f_score: f,
    m_score: scoreOf(why.m, id, sales, exact),
  };
}

/* --- the purchase models ---------------------------------------------------- */

/* Purchases in t of one who is alive: the mean of (1 − (1 + pt/A)^−n) / p over
 * the chance of loss p, Beta(a, b + x), by the trapezoidal rule in logit p. */
function expectedAlive({ r, alpha, a, b }, x, T, t) {
  const beta = b + x;
  const A = alpha + T;
  const n = r + x;
  let sum = 0;
  let norm = 0;
  for (let w = -60 / Math.min(a, 1); w <= 60 / Math.min(beta, 1); w += 0.1) {
    const lnP = -Math.log1p(Math.exp(-w));
    const lnQ = -Math.log1p(Math.exp(w));
    const density = Math.exp(a * (Number.isFinite(lnP) ? lnP : w) + beta * (Number.isFinite(lnQ) ? lnQ : -w));
    const p = Math.exp(Number.isFinite(lnP) ? lnP : w);
    if (density === 0) continue;
    norm += density;
    sum += density * (p < 1e-12 ? (n * t) / A : -Math.expm1(-n * Math.log1p((p * t) / A)) / p);
  }
  return sum / norm;
}

function alive({ r, alpha, a, b }, x, tx, T) {
  if (x === 0) return 1;
  return 1 / (1 + (a / (b + x - 1)) * ((alpha + T) / (alpha + tx)) ** (r + x));
}

const near = (shown, value, unit, what) => {
  if (shown === null) return assert.ok(!Number.isFinite(value), `${what}: nothing is shown for ${value}`);
  assert.ok(Math.abs(Number(shown) - value) <= unit * 0.51 + Math.abs(value) * 1e-7, `${what}: ${shown} is shown, ${value} follows`);
};

/* What is expected of the customer, from its orders and the parameters. */
export function checkLifetime(why) {
  const { lifetime: l, customer_id: id } = why;
  const orders = purchases(why);
  const what = (name) => `customer ${id} ${name}`;
  const days = [...new Set(orders.map((o) => o.day))].sort();
  const first = days[0];
  const x = days.length - 1;
  const span = day(days.at(-1)) - day(first);
  const repeat = orders.filter((o) => o.day !== first).reduce((all, o) => all + exact(o.sales), 0n);
  const end = l.as_of > days.at(-1) ? l.as_of : days.at(-1);
  const tx = span / 7;
  const T = (day(end) - day(first)) / 7;
  const m = x === 0 ? 0 : Number(repeat) / 1e6 / x;
  assert.deepEqual([l.first_order_on, l.last_order_on, l.purchase_days, l.x, l.repeat_sales], [first, days.at(-1), days.length, x, plain(repeat)], what('history'));
  for (const [name, value] of Object.entries({ t_x: tx, T, m })) assert.ok(Math.abs(l[name] - value) <= 1e-9 * (1 + Math.abs(value)), what(name));
  if (x >= 2) {
    assert.equal(l.due_on, new Date((day(days.at(-1)) + Math.floor(span / x + 0.5)) * 86400000).toISOString().slice(0, 10), what('due_on'));
    near(l.interval_days, span / x, 0.1, what('interval_days'));
  } else assert.deepEqual([l.due_on, l.interval_days], [null, null], what('no rhythm yet'));
  const q = l.parameters;
  assert.equal(l.clv_unknown, l.clv_12m !== null ? undefined : l.model === 'none' ? 'no_model' : q.p === undefined ? 'no_spend_model' : 'too_large', what('clv_unknown'));
  if (l.model === 'none') return assert.deepEqual([l.p_alive, l.expected_52w, l.clv_12m], [null, null, null], what('no model'));
  const lives = l.model === 'bgnbd' ? alive(q, x, tx, T) : 1;
  const buys = (t) => lives * (l.model === 'bgnbd' ? expectedAlive(q, x, T, t) : ((q.r + x) / (q.alpha + T)) * t);
  if (l.model === 'bgnbd') near(l.p_alive, lives, 1e-4, what('p_alive'));
  else assert.equal(l.p_alive, null, what('p_alive'));
  near(l.expected_52w, buys(52), 1e-4, what('expected_52w'));
  if (q.p === undefined) return assert.equal(l.clv_12m, null, what('clv_12m'));
  let worth = 0;
  for (let month = 1; month <= 12; month++)
    worth += (buys(month * 4.345) - buys((month - 1) * 4.345)) / 1.01 ** month;
  worth *= (q.p * (q.v + x * m)) / (q.p * x + q.q - 1);
  near(l.clv_12m, worth, 0.01, what('clv_12m'));
}

/* --- the value matrix ------------------------------------------------------- */

/* amount × (1 + prospects) / 4, halves up. */
export function weighPotential(amount, prospects) {
  return prospects === null || prospects === 3 ? amount : (amount * BigInt(1 + prospects) * 2n + 4n) / 8n;
}

/* What similar customers buy, or what is expected of this one, if that is more. */
export function couldBring(peers, clv) {
  const expected = clv === null ? 0n : exact(clv);
  return expected > peers ? expected : peers;
}

export function typeOf(current, potential, cuts) {
  const much = current > cuts.current;
  return potential > cuts.potential ? (much ? 'vip' : 'improve') : much ? 'maintain' : 'abandon';
}

export function checkMatrix(why) {
  const { matrix: x, orders, customer_id: id } = why;
  const current = orders.filter((o) => o.day >= x.from).reduce((all, o) => all + exact(o.sales), 0n);
  const wallet = x.wallet_amount === null ? null : exact(x.wallet_amount);
  const potential = weighPotential(wallet ?? couldBring(exact(x.peers.upper_quarter), x.clv_12m), x.prospects_score);
  const cuts = { current: exact(x.current_cut), potential: exact(x.potential_cut) };
  assert.equal(x.year_sales, plain(current), `customer ${id} year_sales`);
  assert.equal(x.potential, plain(potential), `customer ${id} potential`);
  assert.equal(x.matrix_type, typeOf(current, potential, cuts), `customer ${id} matrix_type`);
  const share = wallet === null || wallet === 0n ? null : plain((current * 20000n + wallet) / (wallet * 2n), 2);
  assert.equal(x.share_of_customer, share, `customer ${id} share_of_customer`);
}

/* --- the grade in force and the gap to the next --------------------------------- */

const today = () => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);

/* The one set by hand up to its day, else the computed one. */
export function inForce(e, grade, on = today()) {
  if (!e.grade_override || e.grade_override_until < on) return grade;
  return e.credit_score === 1 ? 'small' : e.grade_override;
}

/* Whole hundredths of a per cent of the border that are missing, cut off. */
function checkGap(why, judged) {
  const { border, border_gap: shown } = why.gap;
  const id = why.customer_id;
  if (border === null) return assert.equal(shown, null, `customer ${id}: no grade to reach`);
  assert.ok(judged.grade !== 'vip', `customer ${id} has nothing to reach`);
  const lack = exact(border) - exact(why.basis.weighted);
  const want = lack <= 0n ? 0 : Math.trunc((Number(lack) * 10000) / Number(exact(border)));
  assert.equal(Math.round(Number(shown) * 100), want, `customer ${id} border_gap`);
  const tiers = ['vip', 'main', 'ordinary', 'small'];
  const { sales } = why.cutoffs[tiers.indexOf(judged.grade) - 1];
  assert.ok(Math.abs(Number(border) / Number(sales) - 1) <= 0.006, `customer ${id}: ${border} is not what the grade above begins with, ${sales}`);
}

/* --- the risk of losing him ------------------------------------------------------- */

const YEAR = 365;
const HALF_YEAR = 182;

/* Orders and contacts of one customer as days. */
export function eventsOf(orders, interactions) {
  const counted = orders.filter((o) => !['draft', 'cancelled'].includes(o.status));
  return {
    sales: counted.filter((o) => o.kind === 'sale' && Number(o.sales) > 0).map((o) => day(o.ordered_on)),
    returns: counted.filter((o) => o.kind === 'return').map((o) => day(o.ordered_on)),
    contacts: interactions.map((i) => ({ day: Math.floor((Date.parse(i.happened_at) + 8 * 3600000) / 86400000), bad: ['poor', 'very_poor'].includes(i.outcome) })),
  };
}

function factsAt(e, on) {
  const past = e.sales.filter((d) => d < on);
  const within = (days, span) => days.filter((d) => d < on && d >= on - span).length;
  return {
    silence_days: on - Math.max(...past), purchases_year: within([...new Set(past)], YEAR), tenure_days: on - Math.min(...past),
    returns_year: within(e.returns, YEAR), contacts_half_year: within(e.contacts.map((k) => k.day), HALF_YEAR),
    complaints_half_year: within(e.contacts.filter((k) => k.bad).map((k) => k.day), HALF_YEAR),
  };
}

const chance = (odds) => 1 / (1 + Math.exp(-odds));
/* Risks have four decimals. */
const risky = (shown, want, what) => assert.ok(Math.abs(Number(shown) - want) <= 0.51e-4, `${what}: ${shown} is shown, ${want} follows`);

function riskByPurchases(risk, e, what) {
  const on = day(risk.as_of);
  const days = [...new Set(e.sales)].sort((a, b) => a - b);
  const { r, alpha, a, b, x, t_x, T } = risk.model;
  const span = (days.at(-1) - days[0]) / 7;
  assert.equal(x, days.length - 1, what);
  near(t_x, span, 1e-9, what);
  near(T, span + Math.max(0, on - days.at(-1)) / 7, 1e-9, what);
  const lost = x === 0 ? 0 : (a / (b + x - 1)) * ((alpha + T) / (alpha + t_x)) ** (r + x);
  risky(risk.risk, lost / (1 + lost), what);
  if (x > 0) risky(risk.risk, chance(risk.reasons.reduce((sum, one) => sum + one.effect, risk.base)), what);
}

function riskByModel(risk, e, what) {
  const on = Math.max(day(risk.as_of), Math.max(...e.sales) + 1);
  const facts = factsAt(e, on);
  const m = risk.model;
  const effects = Object.fromEntries(m.facts.map((f) => [f.fact, f.sd > 1e-9 ? (f.beta * (Math.log1p(facts[f.fact]) - f.mean)) / f.sd : 0]));
  assert.equal(risk.reasons.length, Object.keys(facts).length, what);
  for (const one of risk.reasons) {
    assert.equal(one.value, facts[one.fact], `${what} ${one.fact}`);
    near(one.effect, effects[one.fact], 1e-9, `${what} ${one.fact}`);
  }
  near(risk.base, m.intercept, 1e-9, what);
  risky(risk.risk, chance(Object.values(effects).reduce((a, b) => a + b, m.intercept)), what);
}

/* GET /customers/{id}/risk against the customer's own record and the days of
 * its orders and contacts. */
export function checkRisk(risk, customer, e) {
  const what = `customer ${customer.id} risk by ${risk.method}`;
  assert.deepEqual([risk.risk, risk.band], [customer.churn_risk, customer.risk_band], `${what} as shown`);
  if (e.sales.length === 0) return assert.deepEqual([risk.risk, risk.band, risk.method], [null, null, 'none'], what);
  const silent = Math.max(0, day(risk.as_of) - Math.max(...e.sales));
  const { lost_days: days, lost_intervals: times } = risk.limits;
  const rhythm = customer.interval_days === null ? 0 : Math.ceil(times * Number(customer.interval_days) - 1e-9);
  assert.deepEqual([risk.silent_days, risk.lost_after_days], [silent, Math.max(days, rhythm)], what);
  if (risk.method === 'p_alive') riskByPurchases(risk, e, what);
  else if (risk.method !== 'none') riskByModel(risk, e, what);
  const steps = (v) => Math.round(Number(v) * 1e4);
  const band = silent >= risk.lost_after_days ? 'lost' : risk.risk === null ? null
    : steps(risk.risk) >= steps(risk.limits.high) ? 'high' : steps(risk.risk) >= steps(risk.limits.medium) ? 'medium' : 'low';
  assert.equal(risk.band, band, what);
}

/* --- groups of customers who buy alike -------------------------------------- */

/* The nearest centre, from the orders alone. */
export function checkGroup(why) {
  const { group: g, orders, customer_id: id } = why;
  const last = orders.map((o) => o.day).sort().at(-1);
  const money = orders.reduce((all, o) => all + exact(o.sales), 0n);
  const days = day(g.as_of) - day(last);
  const logs = [Math.log1p(Math.max(0, days)), Math.log(orders.length), Math.log1p(Number(money) / 1e6)];
  assert.deepEqual(g.facts.map((f) => [f.fact, f.value]), [['recency', days], ['frequency', orders.length], ['money', plain(money)]], `customer ${id} facts of its group`);
  const scaled = g.facts.map((f, k) => (logs[k] - f.mean) / f.deviation);
  g.facts.forEach((f, k) => assert.ok(Math.abs(f.log - logs[k]) < 1e-9 && Math.abs(f.scaled - scaled[k]) < 1e-9, `customer ${id} ${f.fact}`));
  const apart = g.centres.map((c) => Math.hypot(...c.scaled.map((v, k) => v - scaled[k])));
  g.centres.forEach((c, k) => assert.ok(c.value_group === k + 1 && Math.abs(c.distance - apart[k]) < 1e-9, `customer ${id} to centre ${k + 1}`));
  assert.ok(apart[g.value_group - 1] <= Math.min(...apart) + 1e-9, `customer ${id} value_group`);
  assert.ok(Math.abs(g.distance - apart[g.value_group - 1]) < 1e-9);
  assert.equal(g.of, g.centres.length);
}

/* Everything that `why` explains, against the customer's own record. */
export function checkWhyAll(why, customer) {
  const judged = judge(why);
  checkGap(why, judged);
  assert.equal(why.effective.effective_grade, inForce(why.effective, judged.grade), `customer ${customer.id} grade in force`);
  for (const [name, value] of Object.entries(judged)) assert.equal(customer[name], value, `customer ${customer.id} ${name}`);
  checkLifetime(why);
  checkMatrix(why);
  checkGroup(why);
  for (const part of [why.lifetime, why.matrix, why.effective, why.gap, { value_group: why.group.value_group }])
    for (const [name, value] of Object.entries(part))
      if (name in customer) assert.deepEqual(value, customer[name], `customer ${customer.id}: ${name} as shown`);
  return judged;
}
