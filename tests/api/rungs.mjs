/* Where customers stand on the ladder of relations, computed day by day from
 * rows alone: other code than the program's. */
import assert from 'node:assert/strict';

export const DAY = 86400000;
export const text = (ms) => new Date(ms).toISOString().slice(0, 10);
/* The company's day, and one some days away from it. */
export const away = (days) => text(Date.now() + 8 * 3600000 + days * DAY);
export const today = () => away(0);
export const RUNGS = ['suspect', 'prospect', 'first_purchase', 'repeat_purchase', 'client', 'advocate'];
const BUYERS = ['end_customer', 'intermediary', 'public_interest', 'agent', 'distributor', 'partner'];

export const number = (day) => Math.round(Date.parse(day) / DAY);
/* The company's day of an instant. */
const dayOf = (instant) => number(text(Date.parse(instant) + 8 * 3600000));

/* What is true of a customer on a day; days of orders to come count as today. */
function factsOn(day, now, c) {
  const days = c.days.map((d) => Math.min(d, now)).filter((d) => d <= day);
  const last = Math.max(...days);
  const referred = c.referralDays.map((d) => Math.min(d, now)).some((d) => d <= day);
  return {
    buyer: c.buyer, needs: c.needs, asked: c.asked,
    contacts: c.contact !== null && Math.min(c.contact, now) <= day ? c.contacts : 0,
    orders: days.length,
    recent_orders: days.filter((d) => d > day - c.limits.client_days).length,
    idle_days: days.length ? day - last : null,
    referrals_bought: referred ? c.referralDays.length : 0,
    ended: c.ended !== null && c.ended <= day && (!days.length || last <= c.ended) ? 1 : 0,
  };
}

function standing(f, limits) {
  const wants = f.needs > 0 || f.asked > 0;
  const met = wants || (f.buyer && f.contacts > 0);
  const rung = f.orders && f.referrals_bought ? 'advocate'
    : f.recent_orders >= limits.client_orders ? 'client'
      : f.orders > 1 ? 'repeat_purchase' : f.orders ? 'first_purchase'
        : met ? 'prospect' : f.buyer ? 'suspect' : 'none';
  const relation = f.ended ? (f.orders ? 'lost' : 'non_customer')
    : f.orders ? (f.idle_days >= limits.lost_days ? 'lost' : 'actual')
      : met ? 'target' : f.buyer ? 'potential' : 'non_customer';
  const stage = f.ended ? 'ended'
    : f.orders ? (f.idle_days >= limits.lapse_days ? 'recovery' : f.recent_orders >= limits.client_orders ? 'maintenance' : 'development')
      : wants || f.buyer ? 'acquisition' : 'none';
  return [rung, relation, stage];
}

/* Where he stands on day `now`, and from which day on that was so. */
export function opinion(c, now) {
  const first = Math.min(now, ...c.days, c.contact ?? now, c.ended ?? now, ...c.referralDays) - 1;
  const path = [];
  for (let day = first; day <= now; day++) path.push([day, ...standing(factsOn(day, now, c), c.limits)]);
  const since = (k) => {
    let at = path.length - 1;
    while (at > 0 && path[at - 1][k] === path[at][k]) at--;
    return at === 0 ? null : text(path[at][0] * DAY);
  };
  const when = (holds) => {
    const hit = path.find(([day]) => holds(factsOn(day, now, c)));
    return hit === undefined ? null : text(hit[0] * DAY);
  };
  const facts = factsOn(now, now, c);
  const [rung, relation, stage] = path.at(-1).slice(1);
  const sorted = [...c.days].sort((a, b) => a - b);
  return {
    facts,
    row: {
      ladder_rung: rung, relation_class: relation, lifecycle_stage: stage,
      rung_since: since(1), stage_since: since(3),
      first_contact_on: c.contact === null ? null : text(c.contact * DAY),
      second_order_on: sorted.length > 1 ? text(sorted[1] * DAY) : null,
      client_on: when((f) => f.recent_orders >= c.limits.client_orders),
      advocate_on: when((f) => f.orders > 0 && f.referrals_bought > 0),
      recent_orders: facts.recent_orders,
      referrals: c.referrals, referrals_bought: c.referralDays.length,
    },
  };
}

const counts = (o) => o.kind === 'sale' && !['draft', 'cancelled'].includes(o.status) && Number(o.sales) > 0;

export function gather(rows, orders, interactions, limits) {
  const of = new Map(rows.map((c) => [c.id, {
    limits, days: [], asked: 0, contacts: 0, contact: null, referrals: 0, referralDays: [],
    buyer: (c.roles ?? []).some((r) => BUYERS.includes(r)) ? 1 : 0,
    needs: c.buys?.length || c.buys_note || c.wanted_benefits ? 1 : 0,
    ended: c.relation_ended_on === null ? null : number(c.relation_ended_on),
  }]));
  for (const o of orders) {
    const c = of.get(o.customer_id);
    if (c === undefined) continue;
    c.asked++;
    if (counts(o)) c.days.push(number(o.ordered_on));
  }
  for (const i of interactions) {
    const c = of.get(i.customer_id);
    if (c === undefined) continue;
    c.contacts++;
    c.contact = Math.min(c.contact ?? Infinity, dayOf(i.happened_at));
  }
  for (const row of rows) {
    const referrer = of.get(row.referred_by_id);
    if (referrer === undefined) continue;
    referrer.referrals++;
    const { days } = of.get(row.id);
    if (days.length) referrer.referralDays.push(Math.min(...days));
  }
  return of;
}

/* GET /customers/{id}/ladder against the customer's own record and the opinion
 * of its day: the facts are those of the rows, the rules that are told hold for
 * them, and no way to the next rung does. */
export function checkLadder(why, row, { facts, row: want }) {
  const told = Object.fromEntries(why.facts.map((f) => [f.fact, f.value]));
  assert.deepEqual(told, facts, `customer ${row.id}`);
  for (const field of ['ladder_rung', 'relation_class', 'lifecycle_stage', 'rung_since', 'stage_since']) {
    assert.equal(why[field], want[field], `customer ${row.id} ${field}`);
    assert.equal(row[field], want[field], `customer ${row.id} ${field} as shown`);
  }
  assert.deepEqual(why.rules.map((r) => [r.field, r.value]),
    [['ladder_rung', row.ladder_rung], ['relation_class', row.relation_class], ['lifecycle_stage', row.lifecycle_stage]]);
  for (const need of why.rules.flatMap((r) => r.needs)) {
    assert.equal(need.value, told[need.fact]);
    assert.ok(need.value >= need.least, `customer ${row.id}: ${JSON.stringify(need)}`);
  }
  const next = RUNGS[RUNGS.indexOf(row.ladder_rung) + 1];
  assert.equal(why.next?.ladder_rung, next);
  for (const way of why.next?.ways ?? []) assert.ok(way.needs.some((n) => (n.value ?? -1) < n.least), `customer ${row.id}`);
}
