/* What the reasons of a grade and the tests of customers tell to roles that may
 * not see all they are made of. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';

const ALL = { read: 'all' };
/* Everything a customer's figures are made of. */
const SOURCES = Object.fromEntries(['customer', 'order', 'order_line', 'payment', 'interaction', 'product', 'cost_entry', 'grade_history', 'grade_policy']
  .map((name) => [name, ALL]));

let server;
let admin;
let customer;

async function good(promise, status = 201) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}
const make = (path, body) => good(admin.post(path, body));

let users = 0;
/* Somebody who sees all sources but for these grants and words for fields. */
async function who(grants, fields = {}) {
  const key = `role${++users}`;
  const role = await make('/roles', { key, name: key, grants: { ...SOURCES, ...grants, fields } });
  const user = await make('/users', { login: key, name: key, role_id: role.id });
  const { token } = await make('/api_tokens', { name: key, user_id: user.id });
  return server.client({ token });
}

async function gradeBy(measure) {
  const saved = await admin.put('/settings', { 'value.measure': measure });
  assert.ok(saved.status < 300, saved.text);
  let { job } = await good(admin.post('/grading/run'), 202);
  for (let tries = 0; !['done', 'failed', 'cancelled'].includes(job.state); tries++) {
    assert.ok(tries < 2400, JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
    job = await good(admin.get(`/jobs/${job.id}`), 200);
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
}

const why = (client) => good(client.get(`/customers/${customer}/why`), 200);
const refused = async (promise, field, code) => {
  const { status, body, text } = await promise;
  assert.deepEqual([status, body.errors?.[0].field, body.errors?.[0].code], [422, field, code], text);
};

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const product = await make('/products', { name: 'p', price: '100', cost: '60' });
  for (let i = 0; i < 4; i++) {
    const { id } = await make('/customers', { name: `c${i}` });
    const order = await make('/orders', { customer_id: id, number: `o${i}`, ordered_on: '2025-03-05' });
    await make('/order_lines', { order_id: order.id, product_id: product.id, product_name: 'p', quantity: String(9 - i), unit_price: '100' });
    await make('/cost_entries', { customer_id: id, kind: 'other', incurred_on: '2025-03-06', amount: 1000 });
    customer ??= id;
  }
});

describe('customers by what they did', () => {
  test('are found by who may see the days of orders and the grades of the history', async () => {
    const client = await who({});
    assert.equal((await good(client.get('/customers?bought=2025-03-05..2025-03-05&count=exact'), 200)).count.value, 4);
    for (const path of ['/customers?moved=2025-03:none:vip', '/analytics/grade_moves']) await good(client.get(path), 200);
  });

  for (const right of ['hidden', 'masked'])
    test(`are not by who has them ${right}`, async () => {
      const client = await who({}, { order: { ordered_on: right }, grade_history: { grade: right } });
      for (const span of ['2025-03', '2025-03-05..2025-03-05'])
        await refused(client.get(`/customers?bought=${span}`), 'ordered_on', `field_${right}`);
      await refused(client.post('/customers/search', { bought: '2025-03-05..2025-03-05', count: 'exact' }), 'ordered_on', `field_${right}`);
      /* What is in force tells what was computed, so it goes along. */
      for (const path of ['/customers?moved=2025-03:none:vip', '/analytics/grade_moves']) await refused(client.get(path), 'effective_grade', 'field_hidden');
    });
});

/* Ways not to see what a margin is made of. */
const BLIND = [
  ['products out of sight', { product: { read: 'none' } }, {}],
  ['a hidden cost', {}, { product: { cost: 'hidden' } }],
  ['a hidden margin of orders', {}, { order: { margin: 'hidden' } }],
  ['a hidden margin of customers', {}, { customer: { margin: 'hidden' } }],
];

describe('by margin', () => {
  before(() => gradeBy('margin'));

  test('who sees it all is told all', async () => {
    const { basis, cutoffs } = await why(await who({}));
    assert.equal(basis.sum, '360');
    assert.deepEqual(basis.lines.map((l) => [l.number, l.quantity, l.cost, l.margin]), [['o0', '9', '60', '360']]);
    assert.ok(cutoffs.length > 0);
  });

  for (const [what, grants, fields] of BLIND)
    test(`${what}: neither lines, cut-offs nor trials`, async () => {
      const client = await who(grants, fields);
      const { basis, cutoffs, abc } = await why(client);
      assert.deepEqual([basis.contribution, basis.weighted, basis.sum, basis.lines], [null, null, undefined, undefined]);
      assert.deepEqual([cutoffs, abc.cutoffs], [[], []]);
      await refused(client.post('/grading/what_if', { measure: 'margin' }), 'margin', 'field_hidden');
      assert.equal((await client.post('/grading/what_if', { measure: 'sales' })).status, 200);
    });
});

/* What each page of sums tells of customers. */
const TOLD = {
  rfm: ['r_score', 'f_score', 'm_score', 'last_order_on', 'sales'],
  abc: ['abc_class', 'sales'],
  pyramid: ['grade', 'sales'],
  pareto: ['sales'],
  tier_profits: ['grade'],
  rfm_cells: ['r_score', 'f_score', 'sales'],
  cohorts: ['first_order_on', 'last_order_on'],
  retention: ['first_order_on', 'last_order_on'],
  lifetimes: ['clv_12m', 'p_alive', 'due_on'],
  matrix: ['potential', 'year_sales', 'matrix_type'],
  groups: ['value_group', 'sales'],
  churn: ['risk_band', 'sales', 'clv_12m'],
};

describe('pages of sums', () => {
  before(() => gradeBy('sales'));

  for (const [page, fields] of Object.entries(TOLD))
    test(`${page} needs all it tells`, async () => {
      await good((await who({})).get(`/analytics/${page}`), 200);
      for (const field of fields)
        for (const right of ['hidden', 'masked']) {
          const answer = await (await who({}, { customer: { [field]: right } })).get(`/analytics/${page}`);
          assert.deepEqual([answer.status, answer.body.errors?.[0].field, answer.body.errors?.[0].code], [422, field, `field_${right}`], answer.text);
        }
    });

  test('days of orders that are hidden are not told by what follows from them', async () => {
    const client = await who({}, { order: { ordered_on: 'hidden' } });
    for (const page of ['rfm', 'rfm_cells', 'cohorts', 'retention', 'lifetimes', 'groups'])
      assert.equal((await client.get(`/analytics/${page}`)).status, 422, page);
    for (const page of ['abc', 'pyramid', 'pareto']) await good(client.get(`/analytics/${page}`), 200);
  });

  test('the reasons leave out each score that is hidden, and what tells it', async () => {
    const told = async (field) => why(await who({}, { customer: { [field]: 'hidden' } }));
    const all = await why(await who({}));
    assert.ok(all.grade && all.rank && all.cutoffs.length && all.abc && all.f && all.m && all.gap);
    const grade = await told('grade');
    assert.deepEqual([grade.grade, grade.rank, grade.gap, grade.cutoffs], [undefined, undefined, undefined, []]);
    assert.equal((await told('abc_class')).abc, undefined);
    for (const k of ['r', 'f', 'm']) {
      const one = await told(`${k}_score`);
      assert.deepEqual(['r', 'f', 'm'].filter((x) => !one[x]), [k]);
    }
  });
});

describe('single members', () => {
  for (const right of ['hidden', 'masked'])
    test(`of lines, by margin, ${right}`, async () => {
      await gradeBy('margin');
      const client = await who({}, { order: { number: right, ordered_on: right }, order_line: { product_id: right, quantity: right } });
      const told = await why(client);
      assert.deepEqual(Object.keys(told.basis.lines[0]), ['order_id', 'amount', 'currency', 'rate', 'cost', 'margin']);
      assert.deepEqual(told.orders.map((o) => Object.keys(o)), [['id', 'sales']]);
      assert.equal(told.r, undefined);
      assert.deepEqual([told.f.value, told.m.value], [1, '900']);
    });

  for (const right of ['hidden', 'masked'])
    test(`of orders and costs, by profit, ${right}`, async () => {
      await gradeBy('profit');
      const all = await why(await who({}));
      assert.deepEqual(Object.keys(all.basis.margins[0]), ['order_id', 'number', 'day', 'kind', 'margin']);
      assert.deepEqual(Object.keys(all.basis.costs[0]), ['id', 'kind', 'day', 'origin', 'amount']);
      const { basis } = await why(await who({}, { order: { kind: right, number: right }, cost_entry: { kind: right, incurred_on: right, origin: right } }));
      assert.deepEqual(Object.keys(basis.margins[0]), ['order_id', 'day', 'margin']);
      assert.deepEqual(Object.keys(basis.costs[0]), ['id', 'amount']);
      assert.equal(basis.sum, all.basis.sum);
    });

  test('the policy needs the right to the grade in force', async () => {
    assert.ok((await why(await who({}))).policy.grade);
    assert.equal((await why(await who({}, { customer: { effective_grade: 'hidden' } }))).policy, undefined);
    assert.equal((await why(await who({ grade_policy: { read: 'none' } }))).policy, undefined);
    const { policy } = await why(await who({}, { grade_policy: { grade: 'hidden', plan: 'hidden' } }));
    assert.deepEqual(['id', 'grade', 'plan', 'plan_days'].map((name) => name in policy), [true, false, false, true]);
  });
});
