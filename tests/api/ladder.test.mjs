/* The ladder of relations is derived, never typed: whatever several people do
 * at once, where a customer stands is what his orders, contacts, needs and
 * referrals say, computed here day by day from the rows alone. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { newToken, settled, sql, startServer } from './lib.mjs';
import { Random, SEED, patiently, readAll, together } from './random.mjs';
import { DAY, RUNGS, away, checkLadder, gather, number, opinion, text, today } from './rungs.mjs';

const ROUNDS = 6;
const CLIENTS = 4;
const STEPS = process.env.TORTURE ? 150 : 40;
const CUSTOMERS = 20;
const LIMITS = { client_orders: 3, client_days: 200, lapse_days: 90, lost_days: 160 };

let server;
let admin;
let clients;
let customers;
let derivedOn; /* the day on which everybody was derived last */
const known = { orders: [], interactions: [] };
const answered = new Map();

async function post(path, body, status = 201) {
  const answer = await admin.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function patch(path, body) {
  const answer = await admin.patch(path, body);
  assert.equal(answer.status, 200, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function get(path) {
  const answer = await patiently(() => admin.get(path));
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

async function grade() {
  let { job } = await post('/grading/run', undefined, 202);
  while (!['done', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((done) => setTimeout(done, 30));
    job = await get(`/jobs/${job.id}`);
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
  derivedOn = today();
  return job.result;
}

async function setLimits(limits) {
  const values = Object.fromEntries(Object.entries(limits).map(([k, v]) => [`${k === 'lost_days' ? 'churn' : 'ladder'}.${k}`, v]));
  const answer = await admin.request('PUT', '/settings', values);
  assert.ok(answer.status < 300, answer.text);
  await grade();
}

before(async () => {
  server = await startServer({ admin: true, workers: CLIENTS });
  const token = newToken(server.db, 'admin');
  clients = Array.from({ length: CLIENTS }, () => server.client({ token }));
  [admin] = clients;
  customers = [];
  for (let i = 0; i < CUSTOMERS; i++) customers.push((await post('/customers', { name: `Customer ${i}` })).id);
  await setLimits(LIMITS);
});

/* --- a second opinion ------------------------------------------------------ */

/* Reads everything; everybody stands where the rows say. */
async function check(limits = LIMITS) {
  for (;;) {
    const day = today();
    if (day !== derivedOn) await grade();
    const [rows, orders, interactions] = await Promise.all(
      ['customers', 'orders', 'interactions'].map((name) => readAll(admin, `/${name}?sort=id`)));
    if (today() !== day) continue; /* midnight */
    const of = gather(rows, orders, interactions, limits);
    const opinions = new Map([...of].map(([id, c]) => [id, opinion(c, number(day))]));
    for (const row of rows) {
      const want = opinions.get(row.id).row;
      const got = Object.fromEntries(Object.keys(want).map((k) => [k, row[k]]));
      assert.deepEqual(got, want, `customer ${row.id} of ${day}: ${JSON.stringify(of.get(row.id))}`);
    }
    return { rows, opinions, day };
  }
}

/* --- many at once ---------------------------------------------------------- */

const make = {
  orders: (r) => ({
    customer_id: r.pick(customers), number: `N${r.int(1, 1e9)}`, kind: r.once(8) ? 'return' : 'sale',
    status: r.pick(['confirmed', 'confirmed', 'confirmed', 'completed', 'draft', 'cancelled']),
    ordered_on: away(r.once(2) ? -r.int(0, 80) : -r.int(-20, 700)), amount: r.pick([0, 100, 500]),
  }),
  interactions: (r) => ({ customer_id: r.pick(customers), happened_at: `${away(-r.int(1, 700))}T0${r.int(0, 9)}:30:00.000Z`, content: 'x' }),
};

function facts(r) {
  switch (r.int(0, 3)) {
    case 0: return { roles: r.pick([['end_customer'], ['supplier'], ['supplier', 'agent'], []]) };
    case 1: return { wanted_benefits: r.pick([null, 'cheaper']) };
    case 2: return r.once(2) ? { relation_ended_on: null, relation_ended_reason: null }
      : { relation_ended_on: away(r.int(-200, 20)), relation_ended_reason: 'x' };
    default: return { referred_by_id: r.once(4) ? null : r.pick(customers) };
  }
}

async function step(r, client) {
  const plural = r.pick(['orders', 'orders', 'orders', 'interactions', 'customers']);
  if (plural === 'customers') {
    const path = `/customers/${r.pick(customers)}`;
    return r.once(8) ? client.delete(path) : r.once(4) ? client.post(`${path}/restore`) : client.patch(path, facts(r));
  }
  const ids = known[plural];
  if (ids.length < 4 || r.once(2)) {
    const answer = await client.post(`/${plural}`, make[plural](r));
    if (answer.status === 201) ids.push(answer.body.id);
    return answer;
  }
  const path = `/${plural}/${r.pick(ids)}`;
  if (r.once(4)) return client.delete(path);
  if (r.once(4)) return client.post(`${path}/restore`);
  const all = make[plural](r);
  return client.patch(path, Object.fromEntries(Object.entries(all).filter(() => r.once(2))));
}

test('one customer goes all the way', async () => {
  const { id } = await post('/customers', { name: 'one', roles: ['supplier'] });
  const friend = await post('/customers', { name: 'friend', referred_by_id: id });
  const orders = [];
  const buy = async (customer_id, days) => orders.push((await post('/orders', { customer_id, number: `w${orders.length}`, ordered_on: away(-days), amount: 100 })).id);
  const place = async () => {
    const c = await get(`/customers/${id}`);
    return [c.ladder_rung, c.relation_class, c.lifecycle_stage];
  };
  const steps = [
    [() => null, 'none', 'non_customer', 'none'],
    [() => patch(`/customers/${id}`, { roles: ['end_customer'] }), 'suspect', 'potential', 'acquisition'],
    [() => post('/interactions', { customer_id: id, happened_at: `${away(-50)}T02:00:00Z`, content: 'x' }), 'prospect', 'target', 'acquisition'],
    [() => buy(id, 40), 'first_purchase', 'actual', 'development'],
    [() => buy(id, 30), 'repeat_purchase', 'actual', 'development'],
    [() => buy(id, 20), 'client', 'actual', 'maintenance'],
    [() => buy(friend.id, 10), 'advocate', 'actual', 'maintenance'],
    [() => patch(`/orders/${orders[3]}`, { status: 'cancelled' }), 'client', 'actual', 'maintenance'],
    [() => patch(`/orders/${orders[2]}`, { ordered_on: away(-100) }), 'client', 'actual', 'maintenance'],
    [() => admin.delete(`/orders/${orders[1]}`), 'repeat_purchase', 'actual', 'development'],
    [() => patch(`/orders/${orders[0]}`, { ordered_on: away(-120) }), 'repeat_purchase', 'actual', 'recovery'],
    [() => patch(`/orders/${orders[2]}`, { ordered_on: away(-300) }), 'repeat_purchase', 'actual', 'recovery'],
    [() => patch(`/orders/${orders[0]}`, { ordered_on: away(-170) }), 'repeat_purchase', 'lost', 'recovery'],
    [() => patch(`/customers/${id}`, { relation_ended_on: away(-1), relation_ended_reason: 'x' }), 'repeat_purchase', 'lost', 'ended'],
    [() => admin.post(`/orders/${orders[1]}/restore`), 'repeat_purchase', 'lost', 'ended'],
    [() => patch(`/customers/${id}`, { relation_ended_on: null, relation_ended_reason: null }), 'repeat_purchase', 'actual', 'development'],
  ];
  for (const [k, [act, ...want]] of steps.entries()) {
    await act();
    assert.deepEqual(await place(), want, `step ${k}`);
  }
});

for (let round = 1; round <= ROUNDS; round++)
  test(`round ${round} of seed ${SEED}`, async () => {
    await together(CLIENTS, async (k) => {
      const r = new Random(SEED + 7000 + round * 100 + k);
      for (let i = 0; i < STEPS; i++) {
        const answer = await step(r, clients[k]);
        answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
        assert.ok(answer.status < 500, answer.text);
      }
    });
    await check();
  });

test('most of it was really done', () => {
  for (const status of [200, 201, 204]) assert.ok(answered.get(status) > 5, JSON.stringify([...answered]));
});

test('the history tells each move from where the one before ended', async () => {
  const { rows } = await check();
  const at = new Map();
  const pairs = [['previous_rung', 'ladder_rung', 'suspect'], ['previous_class', 'relation_class', 'potential'], ['previous_stage', 'lifecycle_stage', 'acquisition']];
  for (const m of await readAll(admin, '/ladder_moves?sort=id')) {
    for (const [from, to, first] of pairs) assert.equal(m[from], at.get(m.customer_id)?.[to] ?? first, `move ${m.id}`);
    assert.ok(pairs.some(([from, to]) => m[from] !== m[to]), `move ${m.id} goes nowhere`);
    assert.ok(m.moved_on <= today(), `move ${m.id}`);
    at.set(m.customer_id, m);
  }
  for (const row of rows)
    for (const [, to, first] of pairs) assert.equal(row[to], at.get(row.id)?.[to] ?? first, `customer ${row.id}`);
});

/* --- explained ------------------------------------------------------------- */

test('the rule that is told gives what is shown, for everybody', async () => {
  const { rows, opinions, day } = await check();
  for (const row of rows) {
    const why = await get(`/customers/${row.id}/ladder`);
    if (why.as_of !== day) return; /* midnight */
    checkLadder(why, row, opinions.get(row.id));
    assert.deepEqual(why.limits, LIMITS);
    assert.deepEqual(why.plans.map((p) => [p.field, p.value]), row.lifecycle_stage === 'none' ? [] : [['lifecycle_stage', row.lifecycle_stage]]);
  }
});

/* --- time and settings ----------------------------------------------------- */

test('other limits move everybody at the next grading', async () => {
  const limits = { client_orders: 2, client_days: 0, lapse_days: 30, lost_days: 400 };
  await setLimits(limits);
  /* Without a span every order is recent. */
  const { rows } = await check({ ...limits, client_days: Infinity });
  assert.ok(rows.some((c) => c.ladder_rung === 'client'));
  await setLimits(LIMITS);
  await check();
});

test('a grading mends what time, or somebody behind our back, has made untrue', async () => {
  sql(server.db, "UPDATE customer_stats SET ladder_rung = 'partner', lifecycle_stage = 'none', recent_orders = 77, rung_since = NULL");
  const { moved } = await grade();
  const { rows } = await check();
  assert.ok(moved >= rows.length, `${moved} of ${rows.length}`);
  assert.equal((await grade()).moved, 0);
});

/* --- lists and figures ----------------------------------------------------- */

test('lists filter, sort and count by where customers stand', async () => {
  const { rows } = await check();
  for (const [field, value] of [['ladder_rung', 'repeat_purchase'], ['relation_class', 'lost'], ['lifecycle_stage', 'recovery']]) {
    const want = rows.filter((c) => c[field] === value).map((c) => c.id);
    const got = (await readAll(admin, `/customers?${field}=${value}&sort=id`)).map((c) => c.id);
    assert.deepEqual(got, want, field);
  }
  const sorted = (await readAll(admin, '/customers?sort=ladder_rung')).map((c) => c.ladder_rung);
  assert.deepEqual(sorted, [...sorted].sort());
});

/* Median with the waiting ones counted (Kaplan and Meier), the slow way. */
function median(stays) {
  let left = 1;
  for (const t of [...new Set(stays.filter((s) => s.moved).map((s) => s.days))].sort((a, b) => a - b)) {
    const risk = stays.filter((s) => s.days >= t).length;
    left *= 1 - stays.filter((s) => s.moved && s.days === t).length / risk;
    if (left <= 0.5 + 1e-12) return t;
  }
  return null;
}

test('the figures are those of the customers', async () => {
  const { rows, day } = await check();
  const figures = await get('/analytics/ladder');
  if (figures.as_of !== day) return; /* midnight */
  assert.equal(figures.customers, rows.length);
  for (const c of figures.classes) assert.equal(c.customers, rows.filter((row) => row.relation_class === c.relation_class).length);
  for (const s of figures.stages) assert.equal(s.customers, rows.filter((row) => row.lifecycle_stage === s.lifecycle_stage).length);
  const paths = rows.filter((c) => c.ladder_rung !== 'none').map((c) => {
    const days = [text(Date.parse(c.created_at) + 8 * 3600000), c.first_contact_on, c.first_order_on, c.second_order_on, c.client_on, c.advocate_on];
    const now = RUNGS.indexOf(c.ladder_rung);
    return { days, now, top: Math.max(now, ...days.map((d, k) => (d === null ? 0 : k))) };
  });
  figures.rungs.forEach((rung, k) => {
    assert.equal(rung.ladder_rung, RUNGS[k]);
    assert.equal(rung.customers, paths.filter((p) => p.now === k).length, RUNGS[k]);
    const reached = paths.filter((p) => p.top >= k);
    const moved = reached.filter((p) => p.top > k);
    assert.deepEqual([rung.reached, rung.moved], [reached.length, moved.length], RUNGS[k]);
    assert.equal(rung.conversion, k === 5 || !reached.length ? null : moved.length / reached.length);
    const stays = reached.flatMap((p) => {
      const later = p.days.slice(k + 1).filter((d) => d !== null).sort();
      const end = p.top > k ? later[0] : day;
      if (p.days[k] === null || end === undefined || end < p.days[k]) return [];
      return [{ days: number(end) - number(p.days[k]), moved: p.top > k }];
    });
    const went = stays.filter((s) => s.moved);
    assert.equal(rung.dated, went.length, RUNGS[k]);
    if (went.length) assert.ok(Math.abs(rung.moved_days - went.reduce((n, s) => n + s.days, 0) / went.length) < 1e-9, RUNGS[k]);
    else assert.equal(rung.moved_days, null);
    assert.equal(rung.dwell_days, median(stays), RUNGS[k]);
  });
});

/* --- rules and plans ------------------------------------------------------- */

test('referrals go in no circle', async () => {
  const ids = [];
  for (const name of ['a', 'b', 'c']) ids.push((await post('/customers', { name, referred_by_id: ids.at(-1) ?? null })).id);
  for (const [id, referrer] of [[ids[0], ids[2]], [ids[0], ids[0]], [ids[1], ids[2]]]) {
    const answer = await admin.patch(`/customers/${id}`, { referred_by_id: referrer });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.errors[0].code, 'referral_circle');
  }
  await patch(`/customers/${ids[2]}`, { referred_by_id: ids[0] });
});

test('an ended relation has a reason, a checklist of tasks, and ends when he buys again', async () => {
  const owner = (await get('/users?login=admin')).data[0].id;
  const { id } = await post('/customers', { name: 'leaving', owner_id: owner });
  const refused = await admin.patch(`/customers/${id}`, { relation_ended_on: away(-3) });
  assert.equal(refused.status, 422, refused.text);
  assert.equal(refused.body.errors[0].code, 'ended_reason');
  await post('/orders', { customer_id: id, number: 'e1', ordered_on: away(-20), amount: 100 });
  const plan = (await get('/lifecycle_plans?stage=ended')).data[0];
  const lines = plan.tasks.split('\n').filter(Boolean);
  assert.ok(lines.length >= 5);
  const tasks = () => readAll(admin, `/tasks?customer_id=${id}&sort=id`);
  const end = (day) => patch(`/customers/${id}`, { relation_ended_on: day, relation_ended_reason: day && 'moved abroad' });

  const ended = await end(away(-3));
  const stored = await get(`/customers/${id}`);
  assert.deepEqual([stored.lifecycle_stage, stored.relation_class, stored.stage_since], ['ended', 'lost', away(-3)], JSON.stringify(ended));
  const made = await tasks();
  assert.deepEqual(made.map((k) => k.title), lines);
  for (const k of made) assert.deepEqual([k.lifecycle_plan_id, k.owner_id, k.done], [plan.id, owner, false]);
  const done = made[0];
  await patch(`/tasks/${done.id}`, { done: true });
  await end(null);
  await end(away(-2));
  assert.equal((await tasks()).length, lines.length + 1, 'only what was done is made again');
  await post('/orders', { customer_id: id, number: 'e2', ordered_on: away(-1), amount: 100 });
  assert.equal((await get(`/customers/${id}`)).lifecycle_stage, 'development');
  await check();
});

test('a loss account that is dissolved ends the relation', async () => {
  const { id } = await post('/customers', { name: 'dissolved' });
  await post('/orders', { customer_id: id, number: 'l1', ordered_on: away(-400), amount: 100 });
  const account = await post('/loss_accounts', { customer_id: id });
  const stage = async () => (await get(`/customers/${id}`)).lifecycle_stage;
  assert.equal(await stage(), 'recovery');
  for (const [verb, body] of [['confirm', { cause: 'customer', text: 'x' }], ['decide', { decision: 'dissolve', text: 'x' }], ['close', { result: 'dissolved', text: 'x' }]])
    await post(`/loss_accounts/${account.id}/${verb}`, body, 200);
  assert.equal(await stage(), 'ended');
  assert.ok((await readAll(admin, `/tasks?customer_id=${id}&lifecycle_plan_id[empty]=false`)).length > 0);
  assert.equal((await admin.delete(`/loss_accounts/${account.id}`)).status, 204);
  assert.equal(await stage(), 'recovery');
});

test('a plan that is active makes its tasks when a customer comes into its stage', async () => {
  const plan = (await get('/lifecycle_plans?stage=development')).data[0];
  await patch(`/lifecycle_plans/${plan.id}`, { active: true, tasks: 'call\n\nsend a card', due_days: 5 });
  const { id } = await post('/customers', { name: 'new' });
  assert.deepEqual(await readAll(admin, `/tasks?customer_id=${id}`), []);
  for (const number of ['d1', 'd2']) await post('/orders', { customer_id: id, number, ordered_on: today(), amount: 100 });
  const tasks = await readAll(admin, `/tasks?customer_id=${id}&sort=id`);
  assert.deepEqual(tasks.map((k) => k.title), ['call', 'send a card']);
  assert.ok(tasks.every((k) => k.lifecycle_plan_id === plan.id && k.policy_rule));
  await patch(`/lifecycle_plans/${plan.id}`, { active: false });
});

test('an advocate bought, and so did somebody he brought', async () => {
  const { id } = await post('/customers', { name: 'star' });
  const friend = await post('/customers', { name: 'friend', referred_by_id: id });
  const rung = async () => (await get(`/customers/${id}`)).ladder_rung;
  const order = await post('/orders', { customer_id: friend.id, number: 'f1', ordered_on: away(-5), amount: 100 });
  assert.equal(await rung(), 'suspect');
  await post('/orders', { customer_id: id, number: 's1', ordered_on: away(-9), amount: 100 });
  assert.equal(await rung(), 'advocate');
  assert.equal((await get(`/customers/${id}`)).rung_since, away(-5));
  await patch(`/orders/${order.id}`, { status: 'cancelled' });
  assert.equal(await rung(), 'first_purchase');
  await patch(`/orders/${order.id}`, { status: 'confirmed' });
  assert.equal((await admin.delete(`/customers/${friend.id}`)).status, 204);
  assert.equal(await rung(), 'first_purchase');
  assert.equal((await admin.post(`/customers/${friend.id}/restore`)).status, 200);
  assert.equal(await rung(), 'advocate');
});

/* --- large companies --------------------------------------------------------- */

/* As if everything had happened, and been derived, so many days earlier. */
function passDays(days) {
  const earlier = (table, columns, by) => sql(server.db, `UPDATE "${table}" SET ${columns.map((x) => `${x} = ${x} - ${by}`)}`);
  earlier('order', ['ordered_on'], days);
  earlier('interaction', ['happened_at'], days * DAY);
  earlier('loss_account', ['closed_on'], days);
  earlier('customer', ['relation_ended_on'], days);
  earlier('customer_stats', ['first_order_on', 'last_order_on', 'rung_since', 'stage_since', 'first_contact_on', 'second_order_on',
    'client_on', 'advocate_on'], days);
  earlier('customer_stats', ['last_contact_at'], days * DAY);
  const mark = JSON.parse(sql(server.db, "SELECT value FROM setting WHERE key = 'followed.ladder'"));
  mark.day -= days;
  sql(server.db, `UPDATE setting SET value = '${JSON.stringify(mark)}' WHERE key = 'followed.ladder'`);
}

test('in a large company a grading looks at those only whom facts or days have moved', async () => {
  const large = async (from) => assert.ok((await admin.request('PUT', '/settings', { 'value.fit_weekly_from': from })).status < 300);
  await large(1);
  await settled(server.db);
  await grade();
  await check();
  await settled(server.db);
  sql(server.db, 'UPDATE customer_stats SET recent_orders = 77');
  const { moved: again } = await grade();
  const all = Number(sql(server.db, 'SELECT count(*) FROM customer_stats'));
  const left = Number(sql(server.db, 'SELECT count(*) FROM customer_stats WHERE recent_orders = 77'));
  assert.equal(again, all - left);
  /* Looked at are those with days to come, in the bin too, and who brought them. */
  const looked = Number(sql(server.db, `WITH k AS (SELECT t.id, t.referred_by_id FROM customer t JOIN "order" o ON o.customer_id = t.id
    WHERE o.ordered_on > ${number(today())}) SELECT count(*) FROM customer WHERE deleted_at IS NULL AND
    (id IN (SELECT id FROM k) OR id IN (SELECT referred_by_id FROM k))`));
  const told = `${again} of ${all} looked at, ${looked} have orders of days to come or brought who has`;
  assert.equal(again, looked, told);
  await large(20000);
  await grade();
  await check();
  await large(1);
  await grade();
  for (const days of [1, 9, 31]) {
    passDays(days);
    const { moved } = await grade();
    await check();
    await large(20000);
    assert.equal((await grade()).moved, 0, `${days} days: ${moved} moved`);
    await large(1);
    await grade();
  }
  await large(20000);
});
