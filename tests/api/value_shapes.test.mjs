/* What the value engine answers is as its OpenAPI document declares: every
 * route of its own, asked of a graded company with losses, decisions and
 * policies, ranked by sales and by profit. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { faults, resolve } from './json_schema.mjs';
import { demoCompany, newToken, startServer } from './lib.mjs';
import { patiently } from './random.mjs';

const CUSTOMERS = 200;
const LOOKED = 25; /* customers whose own routes are asked */
let client;
let document;
const asked = new Set();

async function answer(method, path, body) {
  for (let tries = 0; ; tries++) {
    const got = await patiently(() => (method === 'GET' ? client.get(path) : client.post(path, body)));
    if (got.status !== 503 || tries >= 20) return got;
    await new Promise((done) => setTimeout(done, 250)); /* the columns are being made */
  }
}

/* pattern: as in the document, below /api/v1. → the body */
async function fits(pattern, path = pattern, method = 'GET', body = undefined) {
  const got = await answer(method, path, body);
  const told = `${method} ${path}: ${got.status} ${got.text.slice(0, 300)}`;
  assert.ok(got.status < 300, told);
  const operation = document.paths[`/api/v1${pattern}`]?.[method.toLowerCase()];
  assert.ok(operation, `${method} ${pattern} stands in the document`);
  let response = operation.responses[got.status];
  assert.ok(response, told);
  if (response.$ref) response = resolve(document, response.$ref);
  if (got.text !== '' && typeof got.body === 'object' && got.body !== null)
    assert.deepEqual(faults(document, Object.values(response.content)[0].schema, got.body), [], told);
  asked.add(`${method} ${pattern}`);
  return got.body;
}

async function grade() {
  const { job } = await fits('/grading/run', '/grading/run', 'POST');
  for (let tries = 0; ; tries++) {
    const now = (await client.get(`/jobs/${job.id}`)).body;
    if (now.state === 'done') return;
    assert.ok(tries < 2400 && now.state !== 'failed', JSON.stringify(now));
    await new Promise((done) => setTimeout(done, 50));
  }
}

const made = async (path, body) => {
  const got = await client.post(path, body);
  assert.equal(got.status, 201, `${path}: ${got.text}`);
  return got.body;
};

const rows = async (path) => {
  const got = await answer('GET', path);
  assert.equal(got.status, 200, got.text);
  return got.body.data;
};

before(async () => {
  const db = demoCompany(CUSTOMERS);
  const server = await startServer({ db });
  client = server.client({ token: newToken(db, 'admin') });
  document = (await client.get('/openapi.json')).body;
  const set = await client.request('PUT', '/settings', { 'churn.lost_days': 60, 'churn.lost_intervals': 1, 'drop.self_approval': true });
  assert.ok(set.status < 300, set.text);
  await grade();
});

/* Of everybody, whatever customers are ranked by. */
async function pages() {
  for (const name of ['rfm', 'abc', 'pyramid', 'tier_profits', 'rfm_cells', 'pareto', 'cohorts', 'groups', 'matrix', 'lifetimes', 'ladder', 'losses', 'grade_moves'])
    await fits(`/analytics/${name}`);
  await fits('/analytics/rfm', '/analytics/rfm?rows=false');
  await fits('/overview');
  for (const band of ['low', 'medium', 'high', 'lost']) await fits('/analytics/churn', `/analytics/churn?band=${band}&rows=20`);
  for (const period of ['month', 'quarter', 'year']) await fits('/analytics/retention', `/analytics/retention?period=${period}`);
  for (const trial of [{}, { measure: 'profit' }, { tiers: { vip: 5 }, window_months: 6, weights: { frequency: 40, credit: 10 } },
    { rfm: { mode: 'fixed', days: '10,30,90,180', orders: '1,2,4,8', money: '100,1000,5000,20000' } }])
    await fits('/grading/what_if', '/grading/what_if', 'POST', trial);
}

async function customers() {
  const found = await rows(`/customers?orders[gte]=1&fields=id&sort=-orders&limit=${LOOKED}`);
  const quiet = await rows('/customers?orders=0&fields=id&limit=2');
  assert.ok(found.length === LOOKED);
  for (const { id } of [...found, ...quiet])
    for (const part of ['why', 'risk', 'ladder', 'costs', 'suggestions']) await fits(`/customers/{id}/${part}`, `/customers/${id}/${part}`);
}

describe('ranked by sales', () => {
  test('the pages', pages);
  test('single customers', customers);
});

describe('what is decided', () => {
  test('losses', async () => {
    const [a, b] = await rows('/loss_accounts?state=found&limit=2');
    assert.ok(a && b, 'two are lost');
    for (const { id } of [a, b]) await fits('/loss_accounts/{id}/why', `/loss_accounts/${id}/why`);
    const step = (x, verb, body) => fits(`/loss_accounts/{id}/${verb}`, `/loss_accounts/${x.id}/${verb}`, 'POST', body);
    await step(a, 'confirm', { cause: 'ours', text: 'late' });
    await step(a, 'decide', { decision: 'win_back', text: 'worth it', offer: 'a visit' });
    await fits('/loss_accounts/{id}/why', `/loss_accounts/${a.id}/why`);
    await step(a, 'close', { result: 'given_up', text: 'no' });
    await step(b, 'reject', { text: 'on leave' });
    await fits('/analytics/losses');
  });

  test('drop decisions and bars', async () => {
    const { id } = await made('/customers', { name: 'Nuisance', phone: '13800001111' });
    const propose = () => made('/drop_decisions', { customer_id: id, can_rise: 'no', must_go: 'yes', measures: ['no_reentry'], reason: 'x', effective_on: '2026-01-01' });
    const verb = (d, name) => fits(`/drop_decisions/{id}/${name}`, `/drop_decisions/${d.id}/${name}`, 'POST', { note: 'n' });
    const first = await propose();
    await verb(first, 'approve');
    await fits('/bars');
    await fits('/drop_decisions/{id}/letter', `/drop_decisions/${first.id}/letter?language=en`);
    await verb(first, 'lift');
    await verb(await propose(), 'reject');
    await verb(await propose(), 'withdraw');
    const last = await propose();
    await verb(last, 'approve');
    assert.ok((await client.delete(`/customers/${id}`)).status < 300);
    assert.ok((await fits('/bars')).data.some((bar) => bar.decision_id === last.id));
    await fits('/bars/{id}/lift', `/bars/${last.id}/lift`, 'POST', { note: 'settled' });
  });

  test('policies and strategies', async () => {
    for (const [plural, part] of [['grade_policies', 'active'], ['lifecycle_plans', 'active']]) {
      const all = await rows(`/${plural}?limit=20`);
      assert.ok(all.length > 3);
      for (const p of all) await fits(`/${plural}/{id}/awaiting`, `/${plural}/${p.id}/awaiting`);
      await fits(`/${plural}/{id}/act`, `/${plural}/${all.find((p) => p[part]).id}/act`, 'POST');
    }
  });
});

describe('ranked by profit', () => {
  before(async () => {
    const set = await client.request('PUT', '/settings', { 'value.measure': 'profit', 'value.window_months': 12, 'value.weight_frequency': 30 });
    assert.ok(set.status < 300, set.text);
    await grade();
  });
  test('the pages', pages);
  test('single customers', customers);
});

test('every route of the value engine was asked', () => {
  const all = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods)
    .filter(([, op]) => op.tags?.includes('value')).map(([method]) => `${method.toUpperCase()} ${path.replace('/api/v1', '')}`));
  assert.ok(all.length > 30);
  assert.deepEqual(all.filter((x) => !asked.has(x)), []);
});
