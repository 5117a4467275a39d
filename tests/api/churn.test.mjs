/* Risks, the loss account and what is spent on it: every figure is computed
 * here a second time from the orders and contacts alone. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exact } from './ledger.mjs';
import { ADMIN, freshDatabase, guanxi, initCompany, newToken, startServer } from './lib.mjs';
import { Random, readAll } from './random.mjs';

const folder = mkdtempSync(join(tmpdir(), 'guanxi-churn-'));
after(() => rmSync(folder, { recursive: true }));

const START = Date.parse('2023-01-01') / 86400000;
const DAYS = 700;
const YEAR = 365;
const dayText = (day) => new Date(day * 86400000).toISOString().slice(0, 10);
const dayOf = (text) => Date.parse(text) / 86400000;
const today = () => dayText(Math.floor((Date.now() + 8 * 3600000) / 86400000));
const FIELDS = 'id,name,orders,sales,first_order_on,last_order_on,purchase_days,first_day_sales,interval_days,' +
  'p_alive,clv_12m,pay_method,churn_risk,risk_band,owner_id';
const FACTS = ['silence_days', 'purchases_year', 'tenure_days', 'returns_year', 'contacts_half_year', 'complaints_half_year'];

/* Customers who buy at a rate of their own until they are lost. */
function shop() {
  const r = new Random(20260322);
  const unit = () => (r.int(1, 1 << 30) - 0.5) / (1 << 30);
  const wait = (mean) => Math.max(1, Math.round(-Math.log(unit()) * mean));
  const lines = ['CustomerID,InvoiceNo,InvoiceDate,Description,Quantity,UnitPrice'];
  for (let i = 0; i < 400; i++) {
    const mean = 15 + wait(40);
    const loss = unit() ** 2;
    let day = r.int(0, 400);
    for (let k = 0; day < DAYS; k++) {
      lines.push(`c${String(i).padStart(3, '0')},o${i}-${k},${dayText(START + day)},p,${r.int(1, 4)},${20 + i % 37}.5`);
      if (unit() < loss) break;
      day += wait(mean);
    }
  }
  lines.push(`zz-last,last,${dayText(START + DAYS)},p,1,10`);
  return `${lines.join('\n')}\n`;
}

let server;
let admin;
let run; /* the newest grading */

async function post(client, path, body, status = 201) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function get(client, path) {
  const answer = await client.get(path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

async function grade(client = admin) {
  let { job } = await post(client, '/grading/run', undefined, 202);
  while (!['done', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((done) => setTimeout(done, 50));
    job = (await client.get(`/jobs/${job.id}`)).body;
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
  run = (await readAll(client, '/grade_runs?sort=id&fields=id,as_of,fitted')).at(-1);
  return job.result;
}

const everybody = () => readAll(admin, `/customers?sort=id&fields=${FIELDS}`);

before(async () => {
  const db = freshDatabase();
  const file = join(folder, 'orders.csv');
  writeFileSync(file, shop());
  initCompany(db);
  const done = guanxi(['import', 'orders', file, '--db', db.url, '--currency', 'CNY']);
  assert.equal(done.code, 0, done.err);
  server = await startServer({ db });
  admin = server.client({ token: newToken(db, ADMIN.login) });
  const r = new Random(77);
  const customers = await everybody();
  for (const c of customers.filter((_, i) => i % 3 === 0)) {
    const answer = await admin.patch(`/customers/${c.id}`, { pay_method: 'contract' });
    assert.equal(answer.status, 200, answer.text);
    if (r.int(0, 2) > 0)
      await post(admin, '/interactions', {
        customer_id: c.id, content: 'talk', channel: 'phone', outcome: r.pick(['fine', 'poor', 'very_poor']),
        happened_at: `${dayText(START + r.int(DAYS - 500, DAYS))}T08:00:00Z`,
      });
  }
  await grade();
});

/* --- a second opinion ------------------------------------------------------ */

function lostAfter(c, limits) {
  const rhythm = c.interval_days === null ? 0 : Math.ceil(limits.lost_intervals * Number(c.interval_days) - 1e-9);
  return Math.max(limits.lost_days, rhythm);
}

const silent = (c) => Math.max(0, dayOf(run.as_of) - dayOf(c.last_order_on));

function bandOf(c, risk, limits) {
  if (silent(c) >= lostAfter(c, limits)) return 'lost';
  if (risk === null) return null;
  if (risk * 1e4 >= limits.high - 1e-6) return 'high';
  return risk * 1e4 >= limits.medium - 1e-6 ? 'medium' : 'low';
}

/* Orders and contacts of one customer as days. */
async function eventsOf(id) {
  const orders = await readAll(admin, `/orders?customer_id=${id}&fields=id,ordered_on,kind,status,sales`);
  const contacts = await readAll(admin, `/interactions?customer_id=${id}&fields=id,happened_at,outcome`);
  const counts = orders.filter((o) => !['draft', 'cancelled'].includes(o.status));
  return {
    sales: counts.filter((o) => o.kind === 'sale' && Number(o.sales) > 0).map((o) => dayOf(o.ordered_on)),
    returns: counts.filter((o) => o.kind === 'return').map((o) => dayOf(o.ordered_on)),
    contacts: contacts.map((i) => ({
      day: Math.floor((Date.parse(i.happened_at) + 8 * 3600000) / 86400000), bad: ['poor', 'very_poor'].includes(i.outcome),
    })),
  };
}

function factsAt(e, day) {
  const past = e.sales.filter((d) => d < day);
  if (!past.length) return null;
  const within = (days, span) => days.filter((d) => d < day && d >= day - span).length;
  return [
    day - Math.max(...past), within([...new Set(past)], YEAR), day - Math.min(...past), within(e.returns, YEAR),
    within(e.contacts.map((k) => k.day), 182), within(e.contacts.filter((k) => k.bad).map((k) => k.day), 182),
  ];
}

const byModel = (m, facts) => {
  const terms = m.facts.map((f, k) => (f.sd > 1e-9 ? f.beta * (Math.log1p(facts[k]) - f.mean) / f.sd : 0));
  return { terms, p: 1 / (1 + Math.exp(-terms.reduce((a, b) => a + b, m.intercept))) };
};

/* --- risks ----------------------------------------------------------------- */

test('who pays by contract is told by the company’s own model, others by P(alive)', async () => {
  const { limits, contract } = await get(admin, '/analytics/churn');
  const m = run.fitted.churn.contract;
  const raw = run.fitted.churn;
  assert.equal(m.why, null, JSON.stringify(m));
  assert.deepEqual(contract.facts.map((f) => f.fact), FACTS);
  assert.equal(limits.medium, '0.4');
  let contracts = 0;
  const bands = {};
  for (const c of await everybody()) {
    let risk = c.p_alive === null ? null : (10000 - Math.round(Number(c.p_alive) * 1e4)) / 1e4;
    if (c.pay_method === 'contract') {
      risk = byModel(m, factsAt(await eventsOf(c.id), dayOf(run.as_of))).p;
      contracts++;
      assert.ok(Math.abs(risk - Number(c.churn_risk)) <= 0.51e-4, `${c.name}: ${c.churn_risk}, want ${risk}`);
      risk = Number(c.churn_risk);
    }
    assert.equal(Number(c.churn_risk), risk, c.name);
    assert.equal(c.risk_band, bandOf(c, risk, raw), c.name);
    bands[c.risk_band] = (bands[c.risk_band] ?? 0) + 1;
  }
  assert.ok(contracts > 100);
  assert.ok(bands.lost > 20 && bands.high > 5 && bands.low > 20, JSON.stringify(bands));
  const told = await get(admin, '/analytics/churn');
  assert.deepEqual(Object.fromEntries(told.bands.map((b) => [b.band, b.customers])), bands);
});

test('the model of contract customers is at its best: the penalised gradient is 0', async () => {
  const m = run.fitted.churn.contract;
  const then = dayOf(run.as_of) - run.fitted.churn.horizon_days;
  const rows = [];
  for (const c of (await everybody()).filter((x) => x.pay_method === 'contract')) {
    const e = await eventsOf(c.id);
    const facts = factsAt(e, then);
    if (!facts || facts[0] >= run.fitted.churn.lost_days) continue;
    rows.push({ facts, y: !e.sales.some((d) => d >= then && d < dayOf(run.as_of)) });
  }
  assert.equal(rows.length, m.rows);
  assert.equal(rows.filter((x) => x.y).length, m.lost);
  const gradient = m.facts.map((f) => -f.beta);
  let intercept = 0;
  for (const { facts, y } of rows) {
    const off = (y ? 1 : 0) - byModel(m, facts).p;
    intercept += off;
    m.facts.forEach((f, k) => { if (f.sd > 1e-9) gradient[k] += off * (Math.log1p(facts[k]) - f.mean) / f.sd; });
  }
  for (const g of [...gradient, intercept]) assert.ok(Math.abs(g) < 1e-5 * rows.length, `${g}`);
});

test('reasons add up to the figure', async () => {
  const { rows } = await get(admin, '/analytics/churn?band=high&rows=30');
  assert.ok(rows.length > 5);
  const { rows: low } = await get(admin, '/analytics/churn?band=low&rows=30');
  let methods = new Set();
  for (const row of [...rows, ...low]) {
    const alone = await get(admin, `/customers/${row.customer_id}/risk`);
    assert.deepEqual(alone, row);
    methods.add(row.method);
    if (!row.reasons.length) { /* nobody is lost before a second purchase */
      assert.equal(row.risk, '0');
      continue;
    }
    const odds = row.reasons.reduce((sum, x) => sum + x.effect, row.base);
    assert.ok(Math.abs(1 / (1 + Math.exp(-odds)) - Number(row.risk)) <= 0.51e-4, JSON.stringify(row));
    if (row.method === 'p_alive') {
      const { r, alpha, a, b, x, t_x, T } = row.model;
      const lost = (a / (b + x - 1)) * ((alpha + T) / (alpha + t_x)) ** (r + x);
      assert.ok(Math.abs(lost / (1 + lost) - Number(row.risk)) <= 0.51e-4);
      assert.equal(row.reasons[0].value, row.silent_days);
    }
  }
  assert.deepEqual([...methods].sort(), ['contract', 'p_alive']);
  assert.equal((await admin.get('/analytics/churn?band=awful')).status, 422);
  assert.equal((await admin.get('/analytics/churn?band=low&rows=-1')).status, 422);
});

test('an order moves its customer at once', async () => {
  const m = run.fitted.churn.contract;
  for (const method of ['contract', null]) {
    const c = (await everybody()).find((x) => x.pay_method === method && x.risk_band === 'high' && x.purchase_days > 2);
    await post(admin, '/orders', { customer_id: c.id, number: `fresh-${method}`, ordered_on: dayText(dayOf(run.as_of) - 1), amount: 5000 });
    const [now] = await readAll(admin, `/customers?id=${c.id}&fields=${FIELDS}`);
    const want = method ? byModel(m, factsAt(await eventsOf(c.id), dayOf(run.as_of))).p : 1 - Number(now.p_alive);
    assert.ok(Math.abs(Number(now.churn_risk) - want) <= 0.51e-4, `${method} ${now.churn_risk} ${want}`);
    assert.equal(now.risk_band, bandOf(now, Number(now.churn_risk), run.fitted.churn));
    assert.notEqual(now.risk_band, 'high');
  }
});

test('a contact, and another way of paying, move their customer at once', async () => {
  const m = run.fitted.churn.contract;
  const day = dayOf(run.as_of);
  const read = async (id) => (await readAll(admin, `/customers?id=${id}&fields=${FIELDS}`))[0];
  const [c, other] = (await everybody()).filter((x) => x.pay_method === 'contract' && x.risk_band === 'medium' && x.p_alive !== null);
  const check = async (id, what) => {
    const now = await read(id);
    const want = now.pay_method === 'contract' ? byModel(m, factsAt(await eventsOf(id), day)).p : 1 - Number(now.p_alive);
    assert.ok(Math.abs(Number(now.churn_risk) - want) <= 0.51e-4, `${what}: ${now.churn_risk}, want ${want}`);
    assert.equal(now.risk_band, bandOf(now, Number(now.churn_risk), run.fitted.churn), what);
    return now.churn_risk;
  };
  const change = async (path, body) => {
    const answer = await admin.patch(path, body);
    assert.equal(answer.status, 200, answer.text);
  };
  const first = [await check(c.id, 'before'), await check(other.id, 'before')];
  const bad = await post(admin, '/interactions', {
    customer_id: c.id, content: 'trouble', channel: 'phone', outcome: 'very_poor', happened_at: `${dayText(day - 9)}T08:00:00Z`,
  });
  assert.notEqual(await check(c.id, 'a complaint'), first[0]);
  await change(`/interactions/${bad.id}`, { outcome: 'fine' });
  await check(c.id, 'no complaint');
  await change(`/interactions/${bad.id}`, { customer_id: other.id });
  assert.equal(await check(c.id, 'no contact of his'), first[0]);
  assert.notEqual(await check(other.id, 'but of another'), first[1]);
  assert.equal((await admin.delete(`/interactions/${bad.id}`)).status, 204);
  assert.equal(await check(other.id, 'deleted'), first[1]);
  await change(`/customers/${c.id}`, { pay_method: 'cash' });
  assert.notEqual(await check(c.id, 'cash'), first[0]);
  await change(`/customers/${c.id}`, { pay_method: 'contract' });
  assert.equal(await check(c.id, 'contract again'), first[0]);
});

/* --- losses ---------------------------------------------------------------- */

function yearly(c) {
  const days = BigInt(Math.max(YEAR, dayOf(c.last_order_on) - dayOf(c.first_order_on)));
  return (exact(c.sales) * 365n * 2n + days) / (2n * days);
}

/* By the command line, which knows nothing of the database. */
function ifAlive(customers) {
  const rows = customers.map((c) => {
    const x = c.purchase_days - 1;
    const repeat = Number(exact(c.sales) - exact(c.first_day_sales)) / 1e6;
    return [c.id, x, (dayOf(c.last_order_on) - dayOf(c.first_order_on)) / 7,
      (dayOf(run.as_of) - dayOf(c.first_order_on)) / 7, x > 0 ? repeat / x : 0].join(',');
  });
  const file = join(folder, 'summary.csv');
  writeFileSync(file, `id,x,t_x,T,m\n${rows.join('\n')}\n`);
  const { bgnbd, gamma_gamma } = run.fitted;
  const given = [bgnbd.r, bgnbd.alpha, bgnbd.a, bgnbd.b, gamma_gamma.p, gamma_gamma.q, gamma_gamma.v];
  const result = guanxi(['analyze', 'clv', file, '--summary', '--given', given.join(','), '--format', 'json']);
  assert.equal(result.code, 0, result.err);
  return new Map(JSON.parse(result.out).customers.map((one) => [Number(one.id), one.clv_12m / one.p_alive]));
}

const accounts = () => readAll(admin, '/loss_accounts?sort=id');

test('a lost customer gets one account, with what the loss costs', async () => {
  const lost = (await everybody()).filter((c) => c.risk_band === 'lost');
  const all = await accounts();
  assert.deepEqual(all.map((a) => a.customer_id).sort((x, y) => x - y), lost.map((c) => c.id));
  assert.equal(run.fitted.scored_by, 'bgnbd');
  const alive = ifAlive(lost);
  for (const c of lost) {
    const a = all.find((x) => x.customer_id === c.id);
    assert.equal(a.state, 'found');
    assert.equal(a.found_on, today());
    assert.equal(a.last_order_on, c.last_order_on);
    assert.equal(exact(a.direct_loss), yearly(c), c.name);
    assert.ok(Math.abs(Number(a.expected_clv) - alive.get(c.id)) < 0.0051 + 1e-9 * alive.get(c.id), c.name);
    assert.match(a.rule, new RegExp(`${silent(c)} 天.*${lostAfter(c, run.fitted.churn)} 天`));
  }
  const why = await get(admin, `/loss_accounts/${all[0].id}/why`);
  assert.equal(why.direct.yearly, all[0].direct_loss);
  assert.equal(why.win_back.expected, all[0].expected_clv);
  assert.equal(why.win_back.by, 'model');
  await grade();
  assert.equal((await accounts()).length, all.length, 'no second account of one loss');
  await post(admin, '/loss_accounts', { customer_id: lost[0].id }, 409);
});

test('what a loss harms besides is counted by kind', async () => {
  const all = await accounts();
  const harm = async (a, harms) => {
    const answer = await admin.patch(`/loss_accounts/${a.id}`, { harms });
    assert.equal(answer.status, 200, answer.text);
  };
  await harm(all[0], ['image', 'trade_secrets']);
  await harm(all[1], ['image']);
  const told = await get(admin, '/analytics/losses');
  assert.deepEqual(told.harms.map((h) => [h.harm, h.accounts]),
    [['image', 2], ['trade_secrets', 1]]);
  assert.equal(exact(told.harms[0].direct), exact(all[0].direct_loss) + exact(all[1].direct_loss));
  assert.equal(told.accounts, all.length, 'a loss that harms two counts once');
  for (const a of all.slice(0, 2)) await harm(a, []);
});

test('a person confirms, decides and spends within the limit', async () => {
  const [first, second, third, fourth] = (await accounts()).filter((a) => Number(a.expected_clv) > 50);
  const verb = (a, name, body, status = 200) => post(admin, `/loss_accounts/${a.id}/${name}`, body, status);
  const read = async (a) => get(admin, `/loss_accounts/${a.id}`);
  await verb(first, 'confirm', {}, 422); /* no cause */
  await verb(first, 'confirm', { cause: 'weather' }, 422);
  await verb(first, 'decide', { decision: 'win_back', text: 'dear' }, 409);
  await verb(first, 'confirm', { cause: 'competitor', text: 'cheaper elsewhere' });
  await verb(first, 'confirm', { cause: 'ours' }, 409);
  await post(admin, '/win_back_costs', { loss_account_id: first.id, amount: 1, spent_on: '2026-01-01', purpose: 'x' }, 422);
  await verb(first, 'decide', { decision: 'win_back' }, 422);
  await verb(first, 'decide', { decision: 'win_back', text: 'dear', offer: 'a month free' });
  let a = await read(first);
  const minor = BigInt(Math.round(Number(a.expected_clv) * 0.2 * 100));
  assert.ok(Math.abs(a.spend_limit - Number(minor)) <= 1, `${a.spend_limit} of ${a.expected_clv}`);
  const want = (exact(a.expected_clv) * 2000n + 5000n) / 10000n; /* 10^-6 */
  assert.equal(BigInt(a.spend_limit), (want + 5000n) / 10000n);
  const { win_back: why } = await get(admin, `/loss_accounts/${first.id}/why`);
  assert.equal(exact(why.limit), BigInt(a.spend_limit) * 10000n, why.limit);
  assert.equal(a.confirmed_on, today());
  const tasks = (await readAll(admin, `/tasks?customer_id=${first.customer_id}`)).filter((x) => x.title === '挽回流失客户');
  assert.equal(tasks.length, 1);
  await verb(first, 'decide', { decision: 'win_back', text: 'very dear', offer: 'a month free' });
  assert.equal((await read(first)).reason, 'very dear');
  assert.equal((await readAll(admin, `/tasks?customer_id=${first.customer_id}`)).filter((x) => x.title === '挽回流失客户').length, 1);
  assert.equal(tasks[0].note, 'a month free');
  assert.match(tasks[0].policy_rule, /流失台账/);

  const cost = (amount, status = 201) => post(admin, '/win_back_costs',
    { loss_account_id: first.id, amount, spent_on: '2026-01-01', purpose: 'gift' }, status);
  const half = Math.floor(a.spend_limit / 2);
  const one = await cost(half);
  const refused = await cost(a.spend_limit - half + 1, 422);
  assert.equal(refused.errors[0].field, 'amount');
  await cost(a.spend_limit - half);
  assert.equal((await read(first)).spent, a.spend_limit);
  await cost(1, 422);
  const more = await admin.patch(`/win_back_costs/${one.id}`, { amount: half + 1 });
  assert.equal(more.status, 422, more.text);
  assert.equal((await admin.delete(`/win_back_costs/${one.id}`)).status, 204);
  assert.equal((await read(first)).spent, a.spend_limit - half);
  await verb(first, 'close', { result: 'dissolved' }, 409);
  await verb(first, 'close', { result: 'given_up', text: 'no answer' });
  assert.equal((await read(first)).state, 'given_up');
  /* What was spent comes back, alone and with its account, but takes no new. */
  const late = await admin.post(`/win_back_costs/${one.id}/restore`);
  assert.equal(late.status, 200, late.text);
  await cost(1, 422);
  assert.equal((await admin.delete(`/loss_accounts/${first.id}`)).status, 204);
  const back = await admin.post(`/loss_accounts/${first.id}/restore`);
  assert.equal(back.status, 200, back.text);
  assert.deepEqual([(await read(first)).state, (await read(first)).spent], ['given_up', a.spend_limit]);

  /* as many characters as the field takes, of whatever language */
  const long = await admin.post(`/loss_accounts/${second.id}/reject`, { text: '失'.repeat(1001) });
  assert.deepEqual([long.status, long.body.errors?.[0].field, long.body.errors?.[0].code], [422, 'text', 'too_long'], long.text);

  await verb(second, 'reject', {}, 422);
  await verb(second, 'reject', { text: 'seasonal buyer' });
  await verb(third, 'confirm', { cause: 'customer', text: '失'.repeat(1000) });
  assert.equal((await read(third)).cause_note.length, 1000);
  await verb(third, 'decide', { decision: 'dissolve', text: 'moved away' });
  assert.equal((await read(third)).spend_limit, null);
  await verb(third, 'close', { result: 'dissolved' });
  const cleared = await admin.patch(`/loss_accounts/${third.id}`, { cause: null });
  assert.equal(cleared.status, 422, cleared.text);

  await verb(fourth, 'confirm', { cause: 'ours' });
  await post(admin, '/orders', { customer_id: fourth.customer_id, number: 'back', ordered_on: dayText(dayOf(run.as_of) - 2), amount: 9900 });
  const done = await grade();
  assert.equal(done.returned, 1);
  assert.equal((await read(fourth)).state, 'won_back');

  const told = await get(admin, '/analytics/losses');
  const all = (await accounts()).filter((x) => x.state !== 'rejected');
  assert.equal(told.accounts, all.length);
  assert.equal(exact(told.direct), all.reduce((sum, x) => sum + exact(x.direct_loss), 0n));
  assert.deepEqual(Object.fromEntries(told.causes.map((x) => [x.cause, x.accounts])),
    { ours: 1, competitor: 1, customer: 1, null: all.length - 3 });
  assert.deepEqual(Object.fromEntries(told.states.map((x) => [x.state, x.accounts])),
    { found: all.length - 3, rejected: 1, won_back: 1, given_up: 1, dissolved: 1 });
  assert.equal(told.months.reduce((sum, x) => sum + x.accounts, 0), all.length);
});

/* Referred by one lost customer: two buyers and somebody who never bought, and
 * by the first of them a third; a ring ends where it began. */
test('the indirect loss is that of the customers it brought', async () => {
  const lost = (await accounts()).find((a) => a.state === 'found' && Number(a.direct_loss) > 0);
  const gone = await admin.delete(`/loss_accounts/${lost.id}`);
  assert.equal(gone.status, 204, gone.text);
  const living = (await everybody()).filter((c) => c.risk_band !== 'lost' && c.purchase_days > 1 && c.id !== lost.customer_id);
  const [one, two, three] = living;
  const other = (await everybody()).find((c) => c.risk_band === 'lost' && c.id !== lost.customer_id);
  const nobody = await post(admin, '/customers', { name: 'Referred, never bought' });
  const refer = async (id, by) => {
    const answer = await admin.patch(`/customers/${id}`, { referred_by_id: by });
    assert.equal(answer.status, 200, answer.text);
  };
  await refer(one.id, lost.customer_id);
  await refer(two.id, lost.customer_id);
  await refer(nobody.id, lost.customer_id);
  await refer(other.id, lost.customer_id);
  await refer(three.id, one.id);
  const ring = await admin.patch(`/customers/${lost.customer_id}`, { referred_by_id: three.id });
  assert.ok([200, 422].includes(ring.status), ring.text);
  const made = await post(admin, '/loss_accounts', { customer_id: lost.customer_id });
  const [root] = await readAll(admin, `/customers?id=${lost.customer_id}&fields=${FIELDS}`);
  const days = BigInt(Math.max(YEAR, dayOf(root.last_order_on) - dayOf(root.first_order_on)));
  const half = (n, by) => (n * 2n + by) / (2n * by);
  const following = half((yearly(one) + yearly(two) + yearly(three)) * 1000n, 10000n);
  const missed = half((yearly(one) + yearly(two) + yearly(other)) * 365n, days);
  assert.equal(exact(made.indirect_loss), following + missed);
  const { indirect } = await get(admin, `/loss_accounts/${made.id}/why`);
  assert.equal(exact(indirect.following), following);
  assert.equal(exact(indirect.missed), missed);
  assert.equal(indirect.indirect, made.indirect_loss);
  assert.deepEqual(indirect.referred.map((x) => [x.customer_id, x.generation]),
    [...[one.id, two.id, nobody.id, other.id].sort((a, b) => a - b).map((id) => [id, 1]), [three.id, 2]]);
});

/* --- winning and keeping --------------------------------------------------- */

/* All of it again from the lists of orders, contacts and costs. */
async function retention(days, { marketing: month }) {
  const orders = (await readAll(admin, '/orders?fields=id,customer_id,ordered_on,kind,status,sales'))
    .filter((o) => o.kind === 'sale' && !['draft', 'cancelled'].includes(o.status) && Number(o.sales) > 0 && o.customer_id)
    .map((o) => ({ id: o.customer_id, day: dayOf(o.ordered_on), sales: exact(o.sales) }));
  const end = Math.max(dayOf(run.as_of), ...orders.map((o) => o.day + 1));
  const first = new Map();
  for (const o of orders) first.set(o.id, Math.min(first.get(o.id) ?? Infinity, o.day));
  const buyers = (from, to) => new Set(orders.filter((o) => o.day >= from && o.day < to).map((o) => o.id));
  const start = Math.min(...orders.map((o) => o.day));
  const periods = [];
  for (let k = 11; k >= 0; k--) {
    const from = end - (k + 1) * days;
    if (from + days <= start) continue;
    const now = buyers(from, from + days);
    const then = buyers(from - days, from);
    const kept = [...then].filter((id) => now.has(id)).length;
    const sales = orders.filter((o) => o.day >= from && o.day < from + days).reduce((sum, o) => sum + o.sales, 0n);
    periods.push({ k, from: dayText(from), to: dayText(from + days - 1), active: now.size,
      new: [...now].filter((id) => first.get(id) >= from).length, base: then.size, kept,
      rate: then.size ? kept / then.size : null, sales });
  }
  const pooled = periods.filter((x) => x.k < 4 && x.base > 0);
  const sum = (key) => pooled.reduce((n, x) => n + x[key], 0);
  const year = buyers(end - 365, end);
  const before = buyers(-Infinity, end - 365);
  const lately = (x) => x.day >= end - 365 && x.day < end;
  const entries = (await readAll(admin, '/cost_entries?fields=id,customer_id,incurred_on,kind,base_amount,interaction_id'))
    .map((e) => ({ ...e, id: e.customer_id, day: dayOf(e.incurred_on) }))
    .filter((e) => lately(e) && !['return', 'discount', 'bad_debt'].includes(e.kind));
  const priced = new Set(entries.filter((e) => ['visit', 'call'].includes(e.kind)).map((e) => e.interaction_id));
  const contacts = (await readAll(admin, '/interactions?fields=id,customer_id,happened_at'))
    .map((i) => ({ interaction: i.id, id: i.customer_id, day: Math.floor((Date.parse(i.happened_at) + 8 * 3600000) / 86400000) }))
    .filter(lately);
  const bought = (x) => first.get(x.id) <= x.day;
  const won = [...year].filter((id) => !before.has(id)).length;
  const keptYear = year.size - won;
  const typed = entries.some((e) => e.kind === 'acquisition');
  const side = (after, customers) => {
    const mine = contacts.filter((i) => bought(i) === after);
    const standard = mine.filter((i) => !priced.has(i.interaction)).length;
    const of = entries.filter((e) => (e.kind === 'keeping' || (e.kind !== 'acquisition' && bought(e))) === after);
    const ledger = of.reduce((n, e) => n + e.base_amount, 0) / 100;
    const marketing = after || typed ? 0 : 12 * month;
    const source = of.length === 0 ? 'standard' : standard > 0 || marketing > 0 ? 'both' : 'ledger';
    return { source, contacts: mine.length, standard_contacts: standard, entries: of.length, ledger, marketing,
      spent: ledger + standard * 20 + marketing, customers };
  };
  const cost = { winning: side(false, won), keeping: side(true, keptYear), marketing_source: typed ? 'ledger' : 'standard' };
  const rate = sum('kept') / sum('base');
  const each = Number(pooled.reduce((n, x) => n + x.sales, 0n)) / 1e6 / sum('active');
  const discount = 1.01 ** (days / 30.415) - 1;
  const value = (r) => each * (1 + discount) / (1 + discount - r);
  const more = Math.min(1, rate + 0.05);
  return { end, periods, cost, rate, value: value(rate), more: value(more),
    gain: (value(more) - value(rate)) / (value(rate) - cost.winning.spent / won) };
}

async function checkRetention() {
  let told;
  for (const [period, days] of [['month', 30], ['quarter', 91], ['year', 365]]) {
    told = await get(admin, `/analytics/retention?period=${period}`);
    const want = await retention(days, { marketing: 300 });
    assert.equal(told.as_of, dayText(want.end));
    assert.deepEqual(told.periods.map(({ queries, ...x }) => ({ ...x, sales: exact(x.sales) })),
      want.periods.map(({ k, ...x }) => x), period);
    const near = (a, b, what) => assert.ok(Math.abs(a - b) <= 1e-9 * Math.abs(b), `${period} ${what}: ${a}, want ${b}`);
    near(told.effect.rate, want.rate, 'rate');
    near(told.effect.value, want.value, 'value');
    near(told.effect.more_value, want.more, 'more');
    near(told.effect.gain, want.gain, 'gain');
    assert.ok(told.effect.gain > 0);
    assert.equal(told.effect.measure, 'sales', 'imported lines have no cost');
    for (const side of ['winning', 'keeping']) {
      const { each, query, ...rest } = told.cost[side];
      assert.deepEqual(rest, want.cost[side], side);
      near(each, want.cost[side].spent / want.cost[side].customers, side);
    }
    near(told.cost.times, told.cost.winning.each / told.cost.keeping.each, 'times');
    assert.deepEqual([told.cost.marketing_source, told.cost.ledger_seen], [want.cost.marketing_source, true]);
  }
  return told.cost;
}

test('retention, its worth and its cost are those of the orders and contacts', async () => {
  const set = await admin.request('PUT', '/settings', { 'churn.marketing_month': 300 });
  assert.ok(set.status < 300, set.text);
  const cost = await checkRetention();
  assert.deepEqual([cost.winning.source, cost.keeping.source], ['standard', 'standard']);
  assert.equal((await admin.get('/analytics/retention?period=week')).status, 422);
});

/* Costs that somebody knows take the place of the standard. */
test('what winning and keeping cost comes from the ledger where it has entries', async () => {
  const { as_of } = await get(admin, '/analytics/retention');
  const at = (back) => dayText(dayOf(as_of) - back);
  const old = (await everybody()).find((c) => c.first_order_on !== null && c.first_order_on < at(400));
  const fresh = await post(admin, '/customers', { name: 'not yet' });
  const spent = (customer_id, kind, amount, back = 20) => post(admin, '/cost_entries', { customer_id, kind, amount, incurred_on: at(back) });
  await spent(old.id, 'keeping', 12345);
  await spent(fresh.id, 'other', 700);
  await spent(old.id, 'other', 900, 365);
  await spent(old.id, 'complaint', 55, 366); /* a day too early */
  for (const kind of ['return', 'discount', 'bad_debt']) await spent(old.id, kind, 99999); /* of deals, not of keeping */
  const one = await checkRetention();
  assert.deepEqual([one.keeping.entries, one.keeping.ledger, one.keeping.source], [2, 132.45, 'both']);
  assert.deepEqual([one.winning.entries, one.winning.ledger, one.winning.source, one.marketing_source], [1, 7, 'both', 'standard']);
  /* a contact with an entry of its own costs what that says */
  assert.ok((await admin.request('PUT', '/settings', { 'cost.visit': '80' })).status < 300);
  for (const customer_id of [old.id, fresh.id])
    for (const channel of ['visit', 'email'])
      await post(admin, '/interactions', { customer_id, channel, content: 'x', happened_at: `${at(10)}T04:00:00Z` });
  const two = await checkRetention();
  for (const side of ['winning', 'keeping']) {
    assert.deepEqual([two[side].contacts - one[side].contacts, two[side].standard_contacts - one[side].standard_contacts,
      two[side].entries - one[side].entries], [2, 1, 1], side);
    assert.ok(Math.abs(two[side].spent - one[side].spent - 100) < 1e-9, side);
  }
  /* and with an entry for winning customers the marketing of the settings goes */
  await spent(fresh.id, 'acquisition', 5000);
  const three = await checkRetention();
  assert.deepEqual([three.winning.marketing, three.marketing_source], [0, 'ledger']);
  assert.ok(Math.abs(two.winning.spent - 12 * 300 + 50 - three.winning.spent) < 1e-9);
  assert.ok((await admin.request('PUT', '/settings', { 'cost.visit': '0' })).status < 300);
});

test('sellers see their own, and who may not see orders sees no risk', async () => {
  const role = (await admin.get('/roles?key=sales')).body.data[0];
  const sam = await post(admin, '/users', { login: 'sam', name: 'Sam', role_id: role.id });
  const desk = await post(admin, '/roles', { key: 'desk', name: 'Desk', grants: { customer: { read: 'all' }, loss_account: { read: 'all' } } });
  const dan = await post(admin, '/users', { login: 'dan', name: 'Dan', role_id: desk.id });
  const client = async (user) => server.client({ token: (await post(admin, '/api_tokens', { name: 't', user_id: user.id })).token });
  const seller = await client(sam);
  const other = await client(dan);
  /* Everybody else's customers have an owner, so that none is in the pool. */
  const mine = (await everybody()).filter((c) => c.risk_band === 'lost').slice(0, 3);
  const rest = (await everybody()).filter((c) => !mine.some((m) => m.id === c.id));
  const me = (await admin.get('/users?login=admin')).body.data[0].id;
  for (const c of rest) assert.equal((await admin.patch(`/customers/${c.id}`, { owner_id: me })).status, 200);
  for (const c of mine) assert.equal((await admin.patch(`/customers/${c.id}`, { owner_id: sam.id })).status, 200);
  const told = await get(seller, '/analytics/churn?band=lost');
  assert.deepEqual(told.bands.map((b) => [b.band, b.customers]), [['lost', 3]]);
  assert.equal(told.contract, undefined);
  assert.deepEqual(told.rows.map((row) => row.customer_id).sort((a, b) => a - b), mine.map((c) => c.id));
  const losses = await get(seller, '/analytics/losses');
  const own = await readAll(seller, '/loss_accounts?sort=id');
  assert.ok(own.length > 0 && own.every((a) => mine.some((c) => c.id === a.customer_id)));
  assert.equal(losses.accounts, own.filter((a) => a.state !== 'rejected').length);
  assert.equal(losses.indirect, undefined);
  assert.equal(own[0].indirect_loss, undefined);
  const foreign = (await accounts()).find((a) => !own.some((o) => o.id === a.id));
  assert.equal((await seller.get(`/loss_accounts/${foreign.id}/why`)).status, 404);
  assert.equal((await seller.get(`/customers/${foreign.customer_id}/risk`)).status, 404);
  assert.equal((await seller.post(`/loss_accounts/${foreign.id}/confirm`, { cause: 'ours' })).status, 404);
  const own3 = await get(seller, '/analytics/retention?period=year');
  assert.ok(own3.periods.every((x) => x.active <= 3) && own3.periods.some((x) => x.active > 0));
  for (const path of ['/analytics/churn', '/analytics/retention', '/analytics/losses', `/customers/${mine[0].id}/risk`, `/loss_accounts/${own[0].id}/why`])
    assert.equal((await other.get(path)).status, 403, path);
  const [seen] = await readAll(other, `/loss_accounts?id=${own[0].id}`);
  assert.equal(seen.direct_loss, undefined);
  assert.equal(seen.rule, undefined);
});

/* Everybody keeps to a rhythm and nobody is ever lost: there is no P(alive), but
 * who buys seldom mostly buys nothing in half a year. */
test('where P(alive) cannot tell, a model of all customers does', async () => {
  const db = freshDatabase();
  const r = new Random(5);
  const lines = ['CustomerID,InvoiceNo,InvoiceDate,Description,Quantity,UnitPrice'];
  for (let i = 0; i < 120; i++)
    for (let day = r.int(0, 300), k = 0; day < 1400; day += i % 2 ? r.int(15, 25) : r.int(230, 330), k++)
      lines.push(`c${i},o${i}-${k},${dayText(START + day)},p,1,${r.int(10, 90)}`);
  const file = join(folder, 'regular.csv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  initCompany(db);
  const done = guanxi(['import', 'orders', file, '--db', db.url, '--currency', 'CNY']);
  assert.equal(done.code, 0, done.err);
  const regular = await startServer({ db });
  const [before, theirs] = [admin, run];
  try {
    admin = regular.client({ token: newToken(db, ADMIN.login) });
    run = (await readAll(admin, '/grade_runs?sort=id&fields=id,as_of,fitted')).at(-1);
    assert.notEqual(run.fitted.scored_by, 'bgnbd');
    const m = run.fitted.churn.contract;
    assert.equal(m.why, null, JSON.stringify(m));
    assert.equal(m.everybody, true);
    const check = async () => {
      for (const c of await everybody()) {
        const want = byModel(m, factsAt(await eventsOf(c.id), dayOf(run.as_of))).p;
        assert.ok(Math.abs(Number(c.churn_risk) - want) <= 0.51e-4, `${c.name}: ${c.churn_risk}, want ${want}`);
      }
    };
    await check();
    /* A grading that keeps the models looks again at who was touched. */
    assert.ok((await admin.request('PUT', '/settings', { 'value.fit_weekly_from': 1 })).status < 300);
    const some = (await everybody()).slice(0, 2);
    for (const c of some)
      await post(admin, '/orders', { customer_id: c.id, number: `touched-${c.id}`, ordered_on: dayText(dayOf(run.as_of) - 1), amount: 5000 });
    const { fitted } = run;
    await grade();
    assert.deepEqual(run.fitted, fitted, 'the models were kept');
    await check();
    const { rows } = await get(admin, '/analytics/churn?band=high&rows=5');
    assert.ok(rows.length > 0);
    for (const row of rows) {
      assert.equal(row.method, 'company');
      const odds = row.reasons.reduce((sum, x) => sum + x.effect, row.base);
      assert.ok(Math.abs(1 / (1 + Math.exp(-odds)) - Number(row.risk)) <= 0.51e-4);
    }
  } finally {
    [admin, run] = [before, theirs];
  }
});

test('an empty company says so', async () => {
  const empty = await startServer({ admin: true });
  const client = await empty.signIn();
  const told = await get(client, '/analytics/churn?band=high');
  assert.deepEqual(told, { as_of: null, bands: [], rows: [] });
  assert.deepEqual(await get(client, '/analytics/retention'), { as_of: null, period: 'quarter', days: 91, periods: [] });
  const losses = await get(client, '/analytics/losses');
  assert.deepEqual(losses, { accounts: 0, direct: '0', indirect: '0', spent: '0', states: [], causes: [], harms: [], months: [] });
  const { id } = await post(client, '/customers', { name: 'Nobody yet' });
  const risk = await get(client, `/customers/${id}/risk`);
  assert.equal(risk.risk, null);
  assert.equal(risk.band, null);
  assert.equal(risk.method, 'none');
  const account = await post(client, '/loss_accounts', { customer_id: id, cause: 'customer' });
  assert.equal(account.state, 'found');
  assert.equal(account.direct_loss, '0');
  const why = await get(client, `/loss_accounts/${account.id}/why`);
  assert.equal(why.win_back.by, 'pace');
});
