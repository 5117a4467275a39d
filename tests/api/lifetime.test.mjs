/* What customers will still bring: the scores a grading writes are those the
 * models give to each customer's own facts, and an order moves them at once. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exact } from './ledger.mjs';
import { ADMIN, freshDatabase, guanxi, initCompany, newToken, startServer, until } from './lib.mjs';
import { work } from './jobs.mjs';
import { Random, readAll } from './random.mjs';

const folder = mkdtempSync(join(tmpdir(), 'guanxi-lifetime-'));
after(() => rmSync(folder, { recursive: true }));

const START = Date.parse('2023-01-01') / 86400000;
const DAYS = 550;
const dayText = (day) => new Date(day * 86400000).toISOString().slice(0, 10);
const FIELDS = 'id,name,orders,sales,first_order_on,last_order_on,purchase_days,first_day_sales,' +
  'interval_days,due_on,p_alive,expected_52w,clv_12m';

/* Customers who buy at a rate of their own until they are lost: what BG/NBD
 * was made for, so that it can be told from the data. */
function shop() {
  const r = new Random(20260321);
  const unit = () => (r.int(1, 1 << 30) - 0.5) / (1 << 30);
  const wait = (mean) => Math.max(1, Math.round(-Math.log(unit()) * mean));
  const lines = ['CustomerID,InvoiceNo,InvoiceDate,Description,Quantity,UnitPrice'];
  for (let i = 0; i < 500; i++) {
    const mean = 15 + wait(40);
    const loss = unit() ** 2;
    let day = r.int(0, 300);
    for (let k = 0; day < DAYS; k++) {
      lines.push(`c${String(i).padStart(3, '0')},o${i}-${k},${dayText(START + day)},p,${r.int(1, 4)},${20 + i % 37}.5`);
      if (unit() < loss) break;
      day += wait(mean);
    }
  }
  lines.push(`zz-last,last,${dayText(START + DAYS)},p,1,10`);
  return `${lines.join('\n')}\n`;
}

let client;
let run;

async function newestRun() {
  const runs = await readAll(client, '/grade_runs?sort=id&fields=id,as_of,fitted,finished_at');
  return runs.at(-1);
}

before(async () => {
  const db = freshDatabase();
  const file = join(folder, 'orders.csv');
  writeFileSync(file, shop());
  initCompany(db);
  const done = guanxi(['import', 'orders', file, '--db', db.url, '--currency', 'CNY']);
  assert.equal(done.code, 0, done.err);
  const server = await startServer({ db });
  client = server.client({ token: newToken(db, ADMIN.login) });
  run = await newestRun();
});

/* By the command line, which knows nothing of the database. */
function byHand(customers, fitted, asOf) {
  const day = (text) => Date.parse(text) / 86400000;
  const rows = customers.map((c) => {
    const x = c.purchase_days - 1;
    const end = Math.max(day(asOf), day(c.last_order_on));
    const repeat = Number(exact(c.sales) - exact(c.first_day_sales)) / 1e6;
    return [c.id, x, (day(c.last_order_on) - day(c.first_order_on)) / 7,
      (end - day(c.first_order_on)) / 7, x > 0 ? repeat / x : 0].join(',');
  });
  const file = join(folder, 'summary.csv');
  writeFileSync(file, `id,x,t_x,T,m\n${rows.join('\n')}\n`);
  const { bgnbd, gamma_gamma } = fitted;
  const given = [bgnbd.r, bgnbd.alpha, bgnbd.a, bgnbd.b, gamma_gamma.p, gamma_gamma.q, gamma_gamma.v];
  const result = guanxi(['analyze', 'clv', file, '--summary', '--given', given.join(','), '--format', 'json']);
  assert.equal(result.code, 0, result.err);
  return new Map(JSON.parse(result.out).customers.map((one) => [Number(one.id), one]));
}

function check(customers, fitted, asOf) {
  const want = byHand(customers, fitted, asOf);
  for (const c of customers) {
    const w = want.get(c.id);
    const near = (name, step) => assert.ok(Math.abs(Number(c[name]) - w[name]) <= step * 0.51,
      `${c.name} ${name}: ${c[name]}, want ${w[name]}`);
    near('p_alive', 1e-4);
    near('expected_52w', 1e-4);
    near('clv_12m', 1e-2);
  }
}

test('a grading fits the models and scores everybody by them', async () => {
  assert.equal(run.fitted.scored_by, 'bgnbd');
  assert.equal(run.fitted.bgnbd.why, null);
  assert.equal(run.fitted.gamma_gamma.used, true);
  const customers = await readAll(client, `/customers?sort=id&fields=${FIELDS}`);
  assert.equal(customers.length, 501);
  check(customers, run.fitted, run.as_of);
  const chances = customers.map((c) => Number(c.p_alive));
  assert.ok(Math.min(...chances) < 0.2 && Math.max(...chances) > 0.9);
});

test('the usual interval is the mean of the intervals, from two on', async () => {
  const customers = await readAll(client, `/customers?sort=id&fields=${FIELDS}`);
  const day = (text) => Date.parse(text) / 86400000;
  for (const c of customers) {
    const span = day(c.last_order_on) - day(c.first_order_on);
    const mean = span / (c.purchase_days - 1);
    assert.equal(c.interval_days === null, c.purchase_days < 3, c.name);
    if (c.interval_days === null) continue;
    assert.ok(Math.abs(Number(c.interval_days) - mean) <= 0.0501);
    assert.equal(day(c.due_on), day(c.last_order_on) + Math.floor(mean + 0.5));
  }
  const due = await client.get('/customers?due_on[lte]=2024-03-01&sort=due_on&fields=id,due_on&limit=5');
  assert.equal(due.status, 200);
  assert.ok(due.body.data.length === 5 && due.body.data.every((c) => c.due_on <= '2024-03-01'));
});

test('an order moves its customer at once, by the models that are there', async () => {
  const [before_] = (await client.get(`/customers?p_alive[lt]=0.3&purchase_days[gte]=4&limit=1&fields=${FIELDS}`)).body.data;
  const made = await client.post('/orders', { customer_id: before_.id, number: 'back-again',
    ordered_on: run.as_of, currency: 'CNY' });
  assert.equal(made.status, 201, made.text);
  const line = await client.post('/order_lines', { order_id: made.body.id, product_name: 'p', quantity: '1', unit_price: '80' });
  assert.equal(line.status, 201, line.text);
  const now = (await client.get(`/customers/${before_.id}`)).body;
  assert.ok(Number(now.p_alive) > 0.5 && Number(now.p_alive) > Number(before_.p_alive));
  check([now], run.fitted, run.as_of);
  const others = await readAll(client, `/customers?sort=id&fields=${FIELDS}`);
  check(others, run.fitted, run.as_of);
  /* taken back, everything is as it was */
  assert.equal((await client.delete(`/orders/${made.body.id}`)).status, 204);
  const again = (await client.get(`/customers/${before_.id}`)).body;
  for (const name of FIELDS.split(',')) assert.equal(again[name], before_[name], name);
});

test('without sales there is nothing to say', async () => {
  const one = await client.post('/customers', { name: 'Nobody yet' });
  const got = (await client.get(`/customers/${one.body.id}`)).body;
  assert.deepEqual([got.purchase_days, got.p_alive, got.clv_12m, got.due_on, got.interval_days],
    [0, null, null, null, null]);
});

/* --- the model the company chooses ---------------------------------------- */

/* Set, and everybody graded by it; → the run. */
async function choose(model) {
  const before_ = run;
  const set = await client.request('PUT', '/settings', { 'value.lifetime_model': model });
  assert.ok(set.status < 300, set.text);
  await until(newestRun, (now) => now.id > before_.id && now.fitted !== null && now.fitted.asked === model && now.finished_at !== null, 120000);
  run = await newestRun();
  return run.fitted;
}

/* By the command line again, from the formulas alone. */
function byPareto(customers, { pareto_nbd: m }, asOf) {
  const day = (text) => Date.parse(text) / 86400000;
  const rows = customers.map((c) => {
    const end = Math.max(day(asOf), day(c.last_order_on));
    return ['pnbd', m.r, m.alpha, m.s, m.beta, c.purchase_days - 1, (day(c.last_order_on) - day(c.first_order_on)) / 7,
      (end - day(c.first_order_on)) / 7, 52].join(',');
  });
  const file = join(folder, 'pareto.csv');
  writeFileSync(file, `model,p1,p2,p3,p4,x,t_x,T,t\n${rows.join('\n')}\n`);
  const result = guanxi(['analyze', 'evaluate', file, '--format', 'csv']);
  assert.equal(result.code, 0, result.err);
  return result.out.trim().split(/\r?\n/).slice(1).map((line) => line.split(',').map(Number));
}

function checkPareto(customers, fitted, asOf) {
  const want = byPareto(customers, fitted, asOf);
  assert.equal(want.length, customers.length);
  customers.forEach((c, k) => {
    const [, alive, expected] = want[k];
    assert.ok(Math.abs(Number(c.p_alive) - alive) <= 0.51e-4, `${c.name}: ${c.p_alive}, want ${alive}`);
    assert.ok(Math.abs(Number(c.expected_52w) - expected) <= 0.51e-4, `${c.name}: ${c.expected_52w}, want ${expected}`);
    assert.ok(Number(c.clv_12m) >= 0);
  });
}

test('by Pareto/NBD where the company says so; an order then scores as the next grading does', async () => {
  const buyers = async () => (await readAll(client, `/customers?sort=id&fields=${FIELDS}`)).filter((c) => c.purchase_days > 0);
  const by = (await client.get(`/customers?p_alive[lt]=0.3&purchase_days[gte]=4&limit=1&fields=${FIELDS}`)).body.data[0];
  const fitted = await choose('pareto_nbd');
  assert.equal(fitted.scored_by, 'pareto_nbd');
  assert.equal(fitted.pareto_nbd.why, null);
  checkPareto(await buyers(), fitted, run.as_of);
  const { lifetime } = (await client.get(`/customers/${by.id}/why`)).body;
  assert.deepEqual([lifetime.model, lifetime.parameters.s, lifetime.parameters.beta], ['pareto_nbd', fitted.pareto_nbd.s, fitted.pareto_nbd.beta]);
  const risk = (await client.get(`/customers/${by.id}/risk`)).body;
  const odds = risk.reasons.reduce((sum, r) => sum + r.effect, risk.base);
  assert.ok(Math.abs(1 / (1 + Math.exp(-odds)) - Number(risk.risk)) < 1e-4, JSON.stringify(risk));
  const made = await client.post('/orders', { customer_id: by.id, number: 'pareto', ordered_on: run.as_of, currency: 'CNY' });
  assert.equal(made.status, 201, made.text);
  const line = await client.post('/order_lines', { order_id: made.body.id, product_name: 'p', quantity: '1', unit_price: '80' });
  assert.equal(line.status, 201, line.text);
  const now = (await client.get(`/customers/${by.id}`)).body;
  checkPareto([now], fitted, run.as_of);
  /* a grading that keeps these models says the same, to the last digit */
  assert.ok((await client.request('PUT', '/settings', { 'value.fit_weekly_from': 1 })).status < 300);
  const job = await work(client, '/grading/run');
  assert.equal(job.state, 'done', JSON.stringify(job));
  const kept = (await newestRun()).fitted;
  assert.deepEqual(kept.pareto_nbd, fitted.pareto_nbd);
  assert.deepEqual((await client.get(`/customers/${by.id}`)).body, now);
  assert.ok((await client.request('PUT', '/settings', { 'value.fit_weekly_from': 20000 })).status < 300);
  assert.equal((await client.delete(`/orders/${made.body.id}`)).status, 204);
});

test('of both the one that fits better, where it is left to the data', async () => {
  const fitted = await choose('auto');
  assert.equal(fitted.scored_by, fitted.pareto_nbd.ll > fitted.bgnbd.ll ? 'pareto_nbd' : 'bgnbd');
  assert.equal((await choose('bgnbd')).scored_by, 'bgnbd');
  check((await readAll(client, `/customers?sort=id&fields=${FIELDS}`)).filter((c) => c.purchase_days > 0), run.fitted, run.as_of);
  const bad = await client.request('PUT', '/settings', { 'value.lifetime_model': 'lstm' });
  assert.equal(bad.status, 422);
});
