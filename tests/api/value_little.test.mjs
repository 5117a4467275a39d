/* The value pages of companies that have little or strange data: an answer or a
 * clear refusal, never a number that is none. One company that goes from
 * nothing to odd sales, looked at and graded after each step. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { startServer } from './lib.mjs';
import { patiently, readAll } from './random.mjs';

const ANALYTICS = ['rfm', 'abc', 'pyramid', 'rfm_cells', 'pareto', 'cohorts', 'matrix', 'lifetimes', 'churn', 'losses', 'ladder',
  'grade_moves', 'tier_profits', 'groups', 'retention?period=month', 'retention?period=year'];
const OF_ONE = ['', '/why', '/suggestions', '/risk', '/ladder', '/costs', '/timeline'];
const NO_NUMBER = /(?<![a-z_])[-+]?(nan|inf|infinity)(?![a-z_])/i;

let client;

before(async () => {
  const server = await startServer({ admin: true });
  client = await server.signIn();
});

async function look(path) {
  for (let tries = 0; ; tries++) {
    const answer = await patiently(() => client.get(path));
    if (answer.status === 503 && tries < 240) {
      await new Promise((done) => setTimeout(done, 250));
      continue;
    }
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    assert.doesNotMatch(answer.text, NO_NUMBER, path);
    return answer.body;
  }
}

async function grade() {
  const started = await client.post('/grading/run');
  assert.equal(started.status, 202, started.text);
  for (let tries = 0; ; tries++) {
    const job = (await client.get(`/jobs/${started.body.job.id}`)).body;
    if (job.state === 'done') return job.result;
    assert.ok(tries < 2400 && job.state !== 'failed', JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
  }
}

/* Everything, before and after a grading; answers what the pages say. */
async function lookAtAll() {
  let told = {};
  for (const graded of [false, true]) {
    if (graded) await grade();
    for (const page of ANALYTICS) told[page.split('?')[0]] = await look(`/analytics/${page}`);
    const tried = await client.post('/grading/what_if', { window_months: 12, weights: { frequency: 50 } });
    assert.equal(tried.status, 200, tried.text);
    assert.doesNotMatch(tried.text, NO_NUMBER);
    for (const { id } of (await look('/customers?limit=5&sort=-id')).data)
      for (const part of OF_ONE) await look(`/customers/${id}${part}`);
  }
  return told;
}

async function post(path, body) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, 201, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

const customer = (name) => post('/customers', { name });
let number = 0;
const sell = (customer_id, ordered_on, amount, more = {}) =>
  post('/orders', { customer_id, number: `n${++number}`, ordered_on, amount, ...more });
const newest = async () => (await readAll(client, '/grade_runs?sort=id&fields=id,as_of,fitted,customers')).at(-1);

test('a company without anything', async () => {
  const told = await lookAtAll();
  assert.deepEqual(told.rfm.rows, []);
  assert.deepEqual(told.pyramid.tiers.map((t) => [t.customers, t.share]), Array(4).fill([0, 0]));
  assert.deepEqual([told.pareto.points, told.cohorts.cohorts, told.retention.periods], [[], [], []]);
});

test('customers who never bought', async () => {
  for (let i = 0; i < 3; i++) await customer(`quiet ${i}`);
  const told = await lookAtAll();
  assert.equal(told.lifetimes.clv.customers, 0);
  const { data } = await look('/customers?limit=50');
  assert.ok(data.every((c) => c.grade === null && c.p_alive === null && c.clv_12m === null));
});

test('returns, zeros and drafts alone', async () => {
  const { id } = await customer('odd');
  await sell(id, '2024-01-05', 900, { kind: 'return' });
  await sell(id, '2024-01-06', 0);
  await sell(id, '2024-01-07', 900, { status: 'draft' });
  await sell(id, '2024-01-08', 900, { status: 'cancelled' });
  await sell(id, '2024-01-09', -900);
  await lookAtAll();
  assert.equal((await look(`/customers/${id}`)).grade, null);
});

test('one customer, one order', async () => {
  const { id } = await customer('the one');
  await sell(id, '2024-02-01', 12345);
  const told = await lookAtAll();
  assert.deepEqual(told.rfm.rows.map((r) => [r.R, r.F, r.M]), [[1, 1, 1]]);
  assert.deepEqual(told.pareto.points.map((p) => [p.n, p.customers, p.sales]), [[1, 1, 1]]);
  const one = await look(`/customers/${id}`);
  assert.deepEqual([one.grade, one.abc_class, one.p_alive, one.clv_12m, one.due_on], ['vip', 'a', null, null, null]);
  const { fitted } = await newest();
  assert.notEqual(fitted.bgnbd.why, null, 'one customer identifies no model, and that is said');
  assert.deepEqual([fitted.bgnbd.r, fitted.bgnbd.a], [null, null], 'nor is a parameter made up');
});

test('everybody once, all on one day', async () => {
  for (let i = 0; i < 12; i++) await sell((await customer(`same ${i}`)).id, '2024-02-01', 1000);
  await lookAtAll();
  const run = await newest();
  assert.equal(run.customers, 13);
  assert.equal(run.fitted.scored_by, 'none');
  const { data } = await look('/customers?orders[gte]=1&limit=50');
  assert.ok(data.every((c) => c.p_alive === null && c.expected_52w === null && c.clv_12m === null));
});

test('an order of a day to come', async () => {
  const { id } = await customer('early');
  await sell(id, '2024-02-02', 500);
  await sell(id, '2999-12-31', 500);
  await grade();
  for (const page of ANALYTICS) await look(`/analytics/${page}`);
  for (const part of OF_ONE) await look(`/customers/${id}${part}`);
  const { id: other } = (await look('/customers?orders[gte]=1&limit=1&sort=id')).data[0];
  for (const part of OF_ONE) await look(`/customers/${other}${part}`);
  /* the year of one order is wrong: the others are as long ago as they are */
  const tomorrow = new Date(Date.now() + 2 * 86400000).toISOString().slice(0, 10);
  const { as_of } = await newest();
  assert.ok(as_of <= tomorrow && as_of > '2026-01-01', as_of);
  /* it is in no month and no span; the others are as they were */
  const { cohorts } = await look('/analytics/cohorts');
  assert.deepEqual(cohorts.map((row) => [row.cohort, row.customers]), [['2024-02', 14]]);
  const kept = await look('/analytics/retention?period=year');
  assert.ok(kept.as_of <= tomorrow && kept.as_of > '2026-01-01', kept.as_of);
  assert.equal(kept.periods.reduce((n, p) => n + p.active, 0), 14);
});

test('the largest amounts there are', async () => {
  const { id } = await customer('rich');
  const most = await client.post('/orders', { customer_id: id, number: 'most', ordered_on: '2024-03-01', amount: 900000000000000 });
  assert.ok([201, 422].includes(most.status), most.text);
  const again = await client.post('/orders', { customer_id: id, number: 'more', ordered_on: '2024-03-09', amount: 900000000000000 });
  assert.ok([201, 422].includes(again.status), again.text);
  await grade();
  for (const page of ANALYTICS) await look(`/analytics/${page}`);
  for (const part of OF_ONE) await look(`/customers/${id}${part}`);
});
