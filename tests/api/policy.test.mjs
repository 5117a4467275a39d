/* Policies by grade: rules tried before they are saved, weights and spans,
 * grades set by hand that expire, and policies that act. What should come out
 * is computed here from the orders alone. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ADMIN, freshDatabase, newToken, sql, startServer, until } from './lib.mjs';
import { Random, readAll } from './random.mjs';

const DAY = 86400000;
const text = (ms) => new Date(ms).toISOString().slice(0, 10);
/* The company's day. */
const today = () => text(Date.now() + 8 * 3600000);
const later = (days) => text(Date.now() + 8 * 3600000 + days * DAY);
const TIERS = ['vip', 'main', 'ordinary', 'small'];
const FIELDS = 'id,name,grade,effective_grade,border_gap,abc_class,f_score,owner_id';

let server;
let admin;
let sales; /* a seller who owns every third customer */
let seller;
const shop = []; /* { id, orders: [{ day, amount, cost }] } */

async function post(client, path, body, status = 201) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function grade() {
  let { job } = await post(admin, '/grading/run', undefined, 202);
  while (!['done', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((done) => setTimeout(done, 30));
    job = (await admin.get(`/jobs/${job.id}`)).body;
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
  return job.result;
}

/* Scored facts with what they rest on. */
const scored = (facts) => Object.fromEntries(Object.entries(facts).flatMap(([k, v]) =>
  [[`${k}_score`, v], [`${k}_source`, 'visit'], [`${k}_on`, '2025-05-01']]));

async function setRules(values) {
  const answer = await admin.request('PUT', '/settings', values);
  assert.ok(answer.status < 300, answer.text);
  return grade();
}

const graded = async () => new Map((await readAll(admin, `/customers?sort=id&fields=${FIELDS}`)).map((c) => [c.id, c]));

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const role = (await admin.get('/roles?key=sales')).body.data[0];
  sales = await post(admin, '/users', { login: 'sam', name: 'Sam', role_id: role.id });
  const { token } = await post(admin, '/api_tokens', { name: 't', user_id: sales.id });
  seller = server.client({ token });
  const r = new Random(4021);
  const products = [];
  for (const [price, cost] of [['100', '60'], ['40', '35'], ['250', '50']])
    products.push({ price, cost, ...(await post(admin, '/products', { name: `p${price}`, price, cost })) });
  for (let i = 0; i < 60; i++) {
    const customer = await post(admin, '/customers', { name: `c${i}`, owner_id: i % 3 ? null : sales.id });
    const orders = [];
    for (let k = r.int(1, 4); k > 0; k--) {
      const day = text(Date.parse('2025-06-30') - r.int(0, 700) * DAY);
      const order = await post(admin, '/orders', { customer_id: customer.id, number: `o${i}-${k}`, ordered_on: day });
      const p = products[r.int(0, 2)];
      const quantity = r.int(1, 30);
      await post(admin, '/order_lines', { order_id: order.id, product_id: p.id, product_name: p.name,
        quantity: String(quantity), unit_price: p.price });
      orders.push({ day, sales: quantity * Number(p.price), margin: quantity * (Number(p.price) - Number(p.cost)) });
    }
    shop.push({ id: customer.id, orders, facts: {} });
  }
  await grade();
});

/* --- a second opinion ------------------------------------------------------ */

const asOf = () => text(Date.parse(shop.flatMap((c) => c.orders.map((o) => o.day)).sort().at(-1)) + DAY);

function monthsBefore(day, n) {
  const [y, m, d] = day.split('-').map(Number);
  const first = new Date(Date.UTC(y, m - 1 - n, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return text(Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), Math.min(d, last)));
}

/* Tiers and classes of everybody by rules. */
function opinion({ tiers = [1, 20, 50], abc = [80, 95], months = 0, measure = 'sales', weights = {} }) {
  const from = months ? monthsBefore(asOf(), months) : '0000';
  const n = shop.length;
  const rows = shop.map((c) => {
    const worse = shop.filter((x) => x.orders.length < c.orders.length).length;
    const f = 1 + Math.floor((5 * worse) / n);
    const own = Math.max(0, c.orders.filter((o) => o.day >= from).reduce((sum, o) => sum + o[measure], 0));
    let factor = 200 + (weights.frequency ?? 0) * (f - 3);
    for (const key of ['credit', 'influence', 'prospects', 'loyalty'])
      factor += (weights[key] ?? 0) * ((c.facts[key] ?? 3) - 3);
    return { id: c.id, own, weighted: own * Math.max(0, factor) / 200, bad: c.facts.credit === 1 };
  });
  const by = (key) => [...rows].sort((a, b) => b[key] - a[key] || a.id - b.id);
  const total = rows.reduce((sum, row) => sum + row.own, 0);
  const out = new Map();
  by('weighted').forEach((row, k) => {
    const limits = tiers.map((p) => Math.ceil((n * p) / 100 - 1e-9));
    const at = limits.findIndex((limit) => k < limit);
    out.set(row.id, { tier: row.bad || at < 0 || row.weighted <= 0 ? 'small' : TIERS[at] });
  });
  let sum = 0;
  for (const row of by('own')) {
    out.get(row.id).abc = sum * 100 < abc[0] * total ? 'a' : sum * 100 < abc[1] * total ? 'b' : 'c';
    sum += row.own;
  }
  return out;
}

function agrees(customers, want, what) {
  for (const [id, w] of want) {
    assert.equal(customers.get(id).grade, w.tier, `${what}: customer ${id}`);
    assert.equal(customers.get(id).abc_class, w.abc, `${what}: class of ${id}`);
  }
}

/* --- rules ----------------------------------------------------------------- */

test('without rules of its own a company grades by all sales', async () => {
  agrees(await graded(), opinion({}), 'default');
});

test('span, measure and weights decide, one customer at once as everybody', async () => {
  shop[7].facts = { influence: 5, loyalty: 5 };
  shop[8].facts = { influence: 1, credit: 2 };
  shop[9].facts = { credit: 1 };
  for (const i of [7, 8, 9]) {
    const answer = await admin.patch(`/customers/${shop[i].id}`, scored(shop[i].facts));
    assert.equal(answer.status, 200, answer.text);
  }
  const cases = [
    [{ 'value.window_months': 6 }, { months: 6 }],
    [{ 'value.measure': 'margin' }, { months: 6, measure: 'margin' }],
    [{ 'value.weight_influence': 60, 'value.weight_frequency': 40, 'value.weight_loyalty': 100 },
      { months: 6, measure: 'margin', weights: { influence: 60, frequency: 40, loyalty: 100 } }],
    [{ 'value.window_months': 0, 'value.measure': 'sales', 'value.weight_credit': 100 },
      { weights: { influence: 60, frequency: 40, loyalty: 100, credit: 100 } }],
  ];
  for (const [settings, rules] of cases) {
    await setRules(settings);
    agrees(await graded(), opinion(rules), JSON.stringify(rules));
    /* Somebody's fact set to what it is not and back: scored by itself. */
    const id = shop[7].id;
    const was = (await graded()).get(id);
    for (const value of [1, 5])
      assert.equal((await admin.patch(`/customers/${id}`, { influence_score: value })).status, 200);
    assert.deepEqual((await graded()).get(id), was);
  }
  await setRules({ 'value.weight_influence': 0, 'value.weight_frequency': 0, 'value.weight_loyalty': 0,
    'value.weight_credit': 0 });
  agrees(await graded(), opinion({}), 'default again');
});

test('bad credit caps at small whatever was bought, at once', async () => {
  const vip = [...(await graded()).values()].find((c) => c.grade === 'vip');
  assert.equal((await admin.patch(`/customers/${vip.id}`, scored({ credit: 1 }))).status, 200);
  const now = (await graded()).get(vip.id);
  assert.deepEqual([now.grade, now.effective_grade, now.border_gap], ['small', 'small', null]);
  await admin.patch(`/customers/${vip.id}`, { credit_score: null });
  assert.equal((await graded()).get(vip.id).grade, 'vip');
});

test('a scored fact needs what it rests on and a day, and why tells both', async () => {
  const { id } = shop[11];
  for (const fact of ['credit', 'influence', 'prospects', 'loyalty']) {
    const [score, source, on] = ['score', 'source', 'on'].map((x) => `${fact}_${x}`);
    const refuse = async (body, field, code) => {
      for (const answer of [await admin.patch(`/customers/${id}`, body), await admin.post('/customers', { name: 'x', ...body })]) {
        assert.equal(answer.status, 422, answer.text);
        assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [[field, code]]);
      }
    };
    await refuse({ [score]: 4 }, source, 'fact_source');
    await refuse({ [score]: 4, [source]: 'a visit' }, on, 'fact_on');
    await refuse({ [score]: 4, [source]: 'a visit', [on]: later(2) }, on, 'fact_future');
    const good = await admin.patch(`/customers/${id}`, { [score]: 4, [source]: `${fact} file`, [on]: '2025-05-02' });
    assert.equal(good.status, 200, good.text);
    assert.equal((await admin.patch(`/customers/${id}`, { [source]: null })).status, 422, 'nor may it lose it');
    assert.equal((await admin.patch(`/customers/${id}`, { name: 'c11' })).status, 200);
  }
  await setRules({ 'value.weight_influence': 10, 'value.weight_credit': 5 });
  const { basis } = (await admin.get(`/customers/${id}/why`)).body;
  assert.deepEqual(basis.weights, [
    { fact: 'credit', weight: 5, score: 4, source: 'credit file', on: '2025-05-02' },
    { fact: 'influence', weight: 10, score: 4, source: 'influence file', on: '2025-05-02' },
  ]);
  /* whose role hides a score is not told it by the reasons either */
  const fields = { customer: { credit_score: 'hidden', influence_source: 'hidden' } };
  const all = { read: 'all' };
  const grants = { fields, customer: all, order: all, order_line: all };
  const role = await post(admin, '/roles', { key: 'blind', name: 'Blind', grants });
  const user = await post(admin, '/users', { login: 'bea', name: 'Bea', role_id: role.id });
  const { token } = await post(admin, '/api_tokens', { name: 't', user_id: user.id });
  const blind = (await server.client({ token }).get(`/customers/${id}/why`)).body.basis;
  assert.deepEqual(blind.weights, [{ fact: 'credit', weight: 5 }, { fact: 'influence', weight: 10, score: 4, on: '2025-05-02' }]);
  assert.ok(!('weighted' in blind) && !('bad_credit' in blind));
  await setRules({ 'value.weight_influence': 0, 'value.weight_credit': 0 });
  for (const fact of ['credit', 'influence', 'prospects', 'loyalty'])
    assert.equal((await admin.patch(`/customers/${id}`, { [`${fact}_score`]: null })).status, 200);
});

/* --- rules tried ----------------------------------------------------------- */

test('rules tried tell who would move, and save nothing', async () => {
  const trials = [
    [{ tiers: { vip: '5', main: 30, ordinary: 60 } }, { tiers: [5, 30, 60] }],
    [{ abc: { a: 50, b: '70' }, window_months: 8 }, { abc: [50, 70], months: 8 }],
    [{ measure: 'margin', weights: { frequency: 100, influence: 50 } }, { measure: 'margin', weights: { frequency: 100, influence: 50 } }],
    [{}, {}],
  ];
  const customers = await graded();
  for (const [body, rules] of trials) {
    const want = opinion(rules);
    const moved = [...want].filter(([id, w]) => customers.get(id).grade !== w.tier);
    const got = await post(admin, '/grading/what_if', body, 200);
    assert.equal(got.moved, moved.length, JSON.stringify(body));
    assert.equal(got.customers, shop.length);
    for (const t of got.tiers) {
      const ids = [...want].filter(([, w]) => w.tier === t.tier).map(([id]) => id);
      assert.equal(t.customers, ids.length);
      const sum = shop.filter((c) => ids.includes(c.id)).flatMap((c) => c.orders).reduce((n, o) => n + o.sales, 0);
      assert.equal(Number(t.sales), sum);
    }
    for (const key of ['a', 'b', 'c'])
      assert.equal(got.classes[key.toUpperCase()].customers, [...want.values()].filter((w) => w.abc === key).length);
    for (const move of got.moves) {
      const ids = moved.filter(([id, w]) => customers.get(id).grade === move.from && w.tier === move.to).map(([id]) => id);
      assert.equal(move.customers, ids.length);
      const list = (await admin.get(`/customers?${move.query}&fields=id&limit=500`)).body.data.map((c) => c.id);
      assert.deepEqual(list.sort((x, y) => x - y), ids.sort((x, y) => x - y), 'the link shows them');
    }
  }
  assert.deepEqual(await graded(), customers);
  const mine = await post(seller, '/grading/what_if', { tiers: { vip: 30, main: 50, ordinary: 80 } }, 200);
  const want = opinion({ tiers: [30, 50, 80] });
  const own = [...customers.values()].filter((c) => c.owner_id === sales.id || c.owner_id === null).map((c) => c.id);
  assert.equal(mine.customers, own.length);
  assert.equal(mine.tiers[0].customers, own.filter((id) => want.get(id).tier === 'vip').length, 'ranks of the whole company');
});

test('rules that make no sense are refused by name', async () => {
  const bad = [
    [{ tiers: { vip: 30, main: 20 } }, 'main'], [{ tiers: { vip: 'x' } }, 'vip'], [{ tiers: { vip: 101 } }, 'vip'],
    [{ abc: { a: 96 } }, 'b'], [{ window_months: -1 }, 'window_months'], [{ measure: 'weight' }, 'measure'],
    [{ weights: { credit: 101 } }, 'credit'], [{ weights: { nose: 1 } }, 'nose'], [{ weights: [] }, 'weights'],
    [{ rows: 1 }, 'rows'], [{ else: 1 }, 'else'],
  ];
  for (const [body, field] of bad) {
    const answer = await admin.post('/grading/what_if', body);
    assert.equal(answer.status, 422, `${JSON.stringify(body)}: ${answer.text}`);
    assert.equal(answer.body.errors[0].field, field);
  }
  const order = await post(admin, '/orders', { customer_id: shop[0].id, number: 'nocost', ordered_on: '2024-01-01' });
  const line = await post(admin, '/order_lines', { order_id: order.id, product_name: 'free text', quantity: '1', unit_price: '1' });
  const unknown = await admin.post('/grading/what_if', { measure: 'margin' });
  assert.deepEqual([unknown.status, unknown.body.errors[0].code], [422, 'no_costs']);
  await admin.delete(`/order_lines/${line.id}`);
  await admin.delete(`/orders/${order.id}`);
});

/* --- grades set by hand ---------------------------------------------------- */

test('a grade set by hand needs reason and day, holds until it, and can be asked for', async () => {
  const { id } = shop.find((c) => opinion({}).get(c.id).tier === 'small' && c.facts.credit !== 1);
  const refuse = async (body, field, code) => {
    const answer = await admin.patch(`/customers/${id}`, body);
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [[field, code]]);
  };
  await refuse({ grade_override: 'vip' }, 'grade_override_reason', 'override_reason');
  await refuse({ grade_override: 'vip', grade_override_reason: 'r' }, 'grade_override_until', 'override_until');
  await refuse({ grade_override: 'vip', grade_override_reason: 'r', grade_override_until: '2020-01-01' },
    'grade_override_until', 'override_past');
  const good = await admin.patch(`/customers/${id}`,
    { grade_override: 'vip', grade_override_reason: 'Group account', grade_override_until: later(3) });
  assert.equal(good.status, 200, good.text);
  assert.deepEqual([good.body.grade, good.body.effective_grade], ['small', 'vip']);
  /* nor does it go on without them */
  await refuse({ grade_override_reason: null }, 'grade_override_reason', 'override_reason');
  await refuse({ grade_override_until: null }, 'grade_override_until', 'override_until');
  const batch = await admin.post('/batch', { operations: [{ op: 'update', object: 'customers', id, data: { grade_override_until: null } }] });
  assert.equal(batch.status, 422, batch.text);
  const renamed = await admin.patch(`/customers/${id}`, { name: 'renamed' });
  assert.deepEqual([renamed.status, renamed.body.effective_grade], [200, 'vip'], renamed.text);
  /* a day gone by ends it at once, another begins it anew */
  const until_ = async (day) => {
    const answer = await admin.patch(`/customers/${id}`, { grade_override_until: day });
    assert.equal(answer.status, 200, answer.text);
    return answer.body.effective_grade;
  };
  assert.equal(await until_('2020-01-01'), 'small');
  assert.equal(await until_(later(3)), 'vip');
  const found = async () => (await admin.get('/customers?effective_grade=vip&limit=100')).body.data.some((c) => c.id === id);
  assert.ok(await found());
  /* with bad credit it does not help */
  assert.equal((await admin.patch(`/customers/${id}`, scored({ credit: 1 }))).status, 200);
  assert.equal((await graded()).get(id).effective_grade, 'small');
  await admin.patch(`/customers/${id}`, { credit_score: null });
  /* the day has gone by: the next grading sees it */
  sql(server.db, `UPDATE customer SET grade_override_until = 18000 WHERE id = ${id}`);
  assert.ok(await found());
  await grade();
  assert.ok(!(await found()));
  assert.equal((await graded()).get(id).effective_grade, 'small');
});

test('it ends by itself where nobody has bought, too', async () => {
  const db = freshDatabase();
  const first = await startServer({ admin: true, db });
  const client = await first.signIn();
  const { id } = await post(client, '/customers', { name: 'No order yet', grade_override: 'main', grade_override_reason: 'Promised',
    grade_override_until: later(3) });
  assert.equal((await client.get(`/customers/${id}`)).body.effective_grade, 'main');
  assert.equal((await first.stop()).code, 0);
  sql(db, `UPDATE customer SET grade_override_until = 18000 WHERE id = ${id}`);
  const second = await startServer({ db, env: { GUANXI_NIGHT_TIME: '00:00' } });
  const again = second.client({ token: newToken(db, ADMIN.login) });
  await until(() => again.get(`/customers/${id}`), ({ body }) => body.effective_grade === null, 60000);
});

test('the gap to the next grade is what is missing of its border', async () => {
  const customers = await graded();
  const want = opinion({});
  const own = new Map(shop.map((c) => [c.id, c.orders.reduce((sum, o) => sum + o.sales, 0)]));
  for (const c of shop) {
    const tier = TIERS.indexOf(want.get(c.id).tier);
    if (c.facts.credit === 1) continue;
    const above = shop.filter((x) => TIERS.indexOf(want.get(x.id).tier) === tier - 1 && x.facts.credit !== 1);
    const border = Math.min(...above.map((x) => own.get(x.id)));
    const got = customers.get(c.id).border_gap;
    if (tier === 0) assert.equal(got, null);
    else assert.ok(Math.abs(Number(got) - Math.max(0, (border - own.get(c.id)) / border) * 100) < 0.011, `${c.id}: ${got}`);
  }
  const near = (await admin.get('/customers?border_gap[lte]=20&sort=-clv_12m&fields=id,border_gap&limit=100')).body.data;
  assert.ok(near.length > 0 && near.every((c) => Number(c.border_gap) <= 20));
});

/* --- policies that act ----------------------------------------------------- */

const policyOf = async (grade_) => (await admin.get(`/grade_policies?grade=${grade_}`)).body.data[0];

test('each grade has a policy to begin with; who may not change one is refused', async () => {
  const { data } = (await admin.get('/grade_policies?sort=id')).body;
  assert.deepEqual(data.map((p) => p.grade), TIERS);
  assert.equal((await seller.get('/grade_policies')).body.data.length, 4);
  assert.equal((await seller.patch(`/grade_policies/${data[0].id}`, { contact_days: 1 })).status, 403);
  assert.equal((await admin.post('/grade_policies', { grade: 'vip' })).status, 409);
});

test('a discount above the ceiling needs who may approve it', async () => {
  const mine = [...(await graded()).values()].find((c) => c.owner_id === sales.id && c.effective_grade === 'small');
  const policy = await policyOf('small');
  const order = (number, more) => ({ customer_id: mine.id, number, ordered_on: today(), status: 'draft', ...more });
  assert.equal(policy.discount_max, '5');
  const ok = await post(seller, '/orders', order('d1', { discount_percent: '5', status: 'confirmed' }));
  const bad = await seller.post('/orders', order('d2', { discount_percent: '5.01', status: 'confirmed' }));
  assert.equal(bad.status, 422, bad.text);
  assert.deepEqual(bad.body.errors.map((e) => [e.field, e.code]), [['discount_percent', 'discount_ceiling']]);
  assert.match(bad.body.errors[0].message, /5(\.00)?\s?%.*5\.01/);
  const draft = await post(seller, '/orders', order('d3', { discount_percent: '30' }));
  assert.equal((await seller.patch(`/orders/${draft.id}`, { status: 'confirmed' })).status, 422);
  assert.equal((await admin.patch(`/orders/${draft.id}`, { status: 'confirmed' })).status, 200);
  /* nor by having been cancelled meanwhile */
  const off = await post(seller, '/orders', order('d6', { discount_percent: '30', status: 'cancelled' }));
  assert.equal((await seller.patch(`/orders/${off.id}`, { status: 'confirmed' })).status, 422);
  assert.equal((await seller.patch(`/orders/${off.id}`, { status: 'confirmed', discount_percent: '4' })).status, 200);
  await admin.delete(`/orders/${off.id}`);
  /* what was approved may be worked on */
  assert.equal((await seller.patch(`/orders/${draft.id}`, { note: 'n' })).status, 200);
  assert.equal((await seller.patch(`/orders/${draft.id}`, { discount_percent: '31' })).status, 422);
  await admin.patch(`/grade_policies/${policy.id}`, { approval: 'nobody' });
  assert.equal((await admin.post('/orders', order('d4', { discount_percent: '6', status: 'confirmed' }))).status, 422);
  await admin.patch(`/grade_policies/${policy.id}`, { active: false });
  await post(seller, '/orders', order('d5', { discount_percent: '60', status: 'confirmed' }));
  await admin.patch(`/grade_policies/${policy.id}`, { active: true, approval: 'manager' });
  for (const id of [ok.id, draft.id]) await admin.delete(`/orders/${id}`);
});

test('what goes beyond the ceiling keeps the policy and who approved it', async () => {
  const mine = [...(await graded()).values()].find((c) => c.effective_grade === 'small');
  const policy = await policyOf('small');
  const FIELDS_OF = ['discount_policy_id', 'discount_approver_id', 'discount_rule'];
  const traces = async (id) => {
    const { body } = await admin.get(`/orders/${id}`);
    return FIELDS_OF.map((f) => body[f]);
  };
  const { id } = await post(admin, '/orders', { customer_id: mine.id, number: 'beyond', ordered_on: today(), discount_percent: '12.5', status: 'confirmed' });
  const boss = (await admin.get('/users?login=admin')).body.data[0].id;
  const [by, who, rule] = await traces(id);
  assert.deepEqual([by, who], [policy.id, boss]);
  assert.match(rule, /5\s?%.*12\.5\s?%/);
  assert.equal((await admin.get(`/orders?discount_policy_id=${policy.id}`)).body.data.length, 1, 'and can be asked for');
  assert.equal((await admin.patch(`/orders/${id}`, { discount_rule: 'mine' })).status, 422, 'nobody types it');
  assert.equal((await admin.patch(`/orders/${id}`, { note: 'n' })).status, 200);
  assert.deepEqual(await traces(id), [by, who, rule]);
  assert.equal((await admin.patch(`/orders/${id}`, { discount_percent: '4' })).status, 200);
  assert.deepEqual(await traces(id), [null, null, null]);
  const draft = await post(admin, '/orders', { customer_id: mine.id, number: 'draft', ordered_on: today(), discount_percent: '40', status: 'draft' });
  assert.deepEqual(await traces(draft.id), [null, null, null]);
  for (const one of [id, draft.id]) assert.equal((await admin.delete(`/orders/${one}`)).status, 204);
});

test('why names the policy in force and what it gives', async () => {
  const customers = await graded();
  for (const tier of TIERS) {
    const policy = await policyOf(tier);
    const { id } = [...customers.values()].find((c) => c.effective_grade === tier);
    const { policy: told } = (await admin.get(`/customers/${id}/why`)).body;
    assert.deepEqual([told.id, told.grade, told.service_level, told.contact_days, told.discount_max],
      [policy.id, tier, policy.service_level, policy.contact_days, policy.discount_max]);
    const made = (await admin.get(`/customers/${id}`)).body.created_at;
    assert.equal(told.contact_by, policy.contact_days === null ? undefined
      : text(Date.parse(made) + 8 * 3600000 + policy.contact_days * DAY));
  }
  const small = await policyOf('small');
  await admin.patch(`/grade_policies/${small.id}`, { active: false });
  const { id } = [...customers.values()].find((c) => c.effective_grade === 'small');
  assert.equal((await admin.get(`/customers/${id}/why`)).body.policy, undefined, 'one at rest holds for nobody');
  await admin.patch(`/grade_policies/${small.id}`, { active: true });
});

test('plans raise those with potential and cut the cost of those without', async () => {
  for (const tier of TIERS) {
    const policy = await policyOf(tier);
    assert.equal((await admin.patch(`/grade_policies/${policy.id}`, { upgrade_open: 0, cut_open: 0 })).status, 200);
  }
  for (const { id } of (await readAll(admin, '/tasks?policy_action[in]=upgrade,cut_cost')))
    assert.equal((await admin.delete(`/tasks/${id}`)).status, 204);
  assert.equal((await grade()).plans, 0);
  /* whom the rules would choose, by the figures the customers show */
  const PLAN = 'id,grade,effective_grade,border_gap,matrix_type,potential,cost_to_serve,owner_id';
  for (const [i, c] of shop.entries()) {
    await post(admin, '/cost_entries', { customer_id: c.id, kind: 'other', incurred_on: '2025-01-01', amount: (i % 7) * 1000, currency: 'CNY' });
    const wallet = { wallet_amount: String((i * 37) % 60 * 1000), wallet_source: 'said so', wallet_on: '2025-06-01' };
    assert.equal((await admin.patch(`/customers/${c.id}`, wallet)).status, 200);
  }
  await grade();
  const rows = (await readAll(admin, `/customers?sort=id&fields=${PLAN}`)).filter((c) => c.grade !== null);
  const falling = (of) => (a, b) => Number(b[of]) - Number(a[of]) || a.id - b.id;
  const raise = rows.filter((c) => c.effective_grade === 'ordinary' && c.border_gap !== null && Number(c.border_gap) <= 90 &&
    ['improve', 'vip'].includes(c.matrix_type)).sort(falling('potential'));
  const cut = rows.filter((c) => c.effective_grade === 'small' && c.matrix_type === 'abandon' && Number(c.cost_to_serve) > 0).sort(falling('cost_to_serve'));
  assert.ok(raise.length > 2 && cut.length > 3, `${raise.length} ${cut.length}`);
  const ordinary = await policyOf('ordinary');
  const small = await policyOf('small');
  await admin.patch(`/grade_policies/${ordinary.id}`, { upgrade_open: 2, upgrade_gap: '90', plan_days: 45, plan: 'Visit them' });
  await admin.patch(`/grade_policies/${small.id}`, { cut_open: 3 });
  assert.equal((await grade()).plans, 5);
  const plans = async (action) => readAll(admin, `/tasks?policy_action=${action}&sort=id`);
  const raised = await plans('upgrade');
  assert.deepEqual(raised.map((x) => x.customer_id), raise.slice(0, 2).map((c) => c.id), 'the highest potential first');
  for (const [i, task] of raised.entries()) {
    assert.deepEqual([task.policy_id, task.due_on, task.owner_id, task.note, task.done], [ordinary.id, later(45), raise[i].owner_id, 'Visit them', false]);
    assert.match(task.title, /主要客户/);
    assert.ok(task.policy_rule.includes(raise[i].border_gap) && task.policy_rule.includes(String(Number(Number(raise[i].potential).toFixed(2)))), task.policy_rule);
  }
  assert.deepEqual((await plans('cut_cost')).map((x) => x.customer_id), cut.slice(0, 3).map((c) => c.id), 'the dearest first');
  assert.equal((await grade()).plans, 0, 'no more than so many at a time');
  await admin.patch(`/tasks/${raised[0].id}`, { done: true });
  assert.equal((await grade()).plans, 1, 'the next one when one is done');
  assert.equal((await plans('upgrade')).at(-1).customer_id, raise[2].id, 'and not the same again');
  /* a plan does not stand in the way of a contact */
  sql(server.db, `UPDATE customer SET created_at = created_at - ${100 * DAY} WHERE id = ${raise[1].id}`);
  const contacts = async () => (await plans('contact')).filter((x) => x.customer_id === raise[1].id).length;
  const had = await contacts();
  await grade();
  assert.equal(await contacts(), had + 1);
  await admin.patch(`/grade_policies/${ordinary.id}`, { upgrade_open: 0 });
  await admin.patch(`/grade_policies/${small.id}`, { cut_open: 0 });
});

test('two gradings at once make no more plans than one', async () => {
  const ordinary = await policyOf('ordinary');
  const small = await policyOf('small');
  await admin.patch(`/grade_policies/${ordinary.id}`, { upgrade_open: 2 });
  await admin.patch(`/grade_policies/${small.id}`, { cut_open: 3 });
  const WHICH = "policy_action IN ('upgrade', 'cut_cost')";
  for (let round = 0; round < 4; round++) {
    sql(server.db, `UPDATE task SET done = 1, updated_at = 1 WHERE ${WHICH}`); /* long ago */
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at)
      SELECT 'grade', 'queued', '{}', 0, 0, 0, ${Date.now()} FROM grade_policy LIMIT 2`);
    await until(() => sql(server.db, "SELECT count(*) FROM job WHERE kind = 'grade' AND state IN ('queued', 'running')"), (n) => n === '0', 120000);
    const open = sql(server.db, `SELECT policy_action, count(*), count(DISTINCT customer_id) FROM task WHERE done = 0 AND ${WHICH} GROUP BY policy_action ORDER BY policy_action`);
    assert.equal(open, 'cut_cost|3|3\nupgrade|2|2', `round ${round}`);
  }
  await admin.patch(`/grade_policies/${ordinary.id}`, { upgrade_open: 0 });
  await admin.patch(`/grade_policies/${small.id}`, { cut_open: 0 });
});

test('customers out of rhythm get one task each, which names the policy', async () => {
  const customers = await graded();
  const mains = [...customers.values()].filter((c) => c.effective_grade === 'main').map((c) => c.id);
  const [old, fresh, ...young] = mains;
  const policy = await policyOf('main');
  sql(server.db, `UPDATE customer SET created_at = created_at - ${40 * DAY} WHERE id IN (${old}, ${fresh})`);
  await post(admin, '/interactions', { customer_id: fresh, happened_at: new Date(Date.now() - 5 * DAY).toISOString(), content: 'call' });
  const tasks = async (id) => (await admin.get(`/tasks?customer_id=${id}&policy_action=contact&fields=id,title,policy_id,policy_rule,owner_id,due_on,done`)).body.data;
  const first = await grade();
  const [task] = await tasks(old);
  assert.equal(first.tasks, 1);
  assert.equal(task.policy_id, policy.id);
  assert.match(task.policy_rule, /30/);
  assert.equal(task.due_on, today());
  assert.equal(task.owner_id, customers.get(old).owner_id);
  for (const id of [fresh, ...young]) assert.equal((await tasks(id)).length, 0, `${id}`);
  assert.equal((await grade()).tasks, 0, 'no second one while it is open');
  await admin.patch(`/tasks/${task.id}`, { done: true });
  assert.equal((await grade()).tasks, 0, 'nor soon after it was done');
  sql(server.db, `UPDATE task SET updated_at = updated_at - ${31 * DAY} WHERE id = ${task.id}`);
  assert.equal((await grade()).tasks, 1, 'but when the time has come again');
  await admin.patch(`/grade_policies/${policy.id}`, { active: false });
  sql(server.db, `UPDATE customer SET created_at = created_at - ${99 * DAY} WHERE id IN (${young})`);
  assert.equal((await grade()).tasks, 0, 'a policy at rest does nothing');
});

test('an owner gets the best of those due first, and the others as these are done', async () => {
  const customers = [...(await graded()).values()];
  const own = new Map(shop.map((c) => [c.id, c.orders.reduce((sum, o) => sum + o.sales, 0)]));
  const policies = (await admin.get('/grade_policies?sort=id')).body.data;
  for (const p of policies) await admin.patch(`/grade_policies/${p.id}`, { contact_days: 10, active: true });
  sql(server.db, `UPDATE customer SET created_at = created_at - ${200 * DAY}`);
  sql(server.db, `UPDATE task SET updated_at = updated_at - ${200 * DAY} WHERE policy_id IS NOT NULL`);
  const was = (await readAll(admin, '/tasks?sort=id&policy_action[in]=contact,owner&done=false&fields=id,customer_id,owner_id'));
  assert.equal((await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 4 })).status < 300, true);
  const open = async () => (await readAll(admin, '/tasks?sort=id&policy_action[in]=contact,owner&done=false&fields=id,customer_id,owner_id'));
  /* By hand: tier, sales; contacts and the rest are the same for all here. */
  const waiting = (owner, taken) => customers.filter((c) => c.owner_id === owner && !taken.has(c.id) && c.effective_grade)
    .sort((a, b) => TIERS.indexOf(a.effective_grade) - TIERS.indexOf(b.effective_grade) || own.get(b.id) - own.get(a.id) || a.id - b.id)
    .map((c) => c.id);
  /* who was in touch lately is not due */
  const met = new Set((await readAll(admin, '/interactions?sort=id&fields=id,customer_id')).map((i) => i.customer_id));
  const taken = new Set([...met, ...was.map((t) => t.customer_id)]);
  const done = await grade();
  let now = await open();
  const fresh = (owner) => now.filter((t) => t.owner_id === owner && !was.some((w) => w.id === t.id)).map((t) => t.customer_id);
  let made = 0;
  for (const owner of [sales.id, null]) {
    const room = Math.max(0, 4 - was.filter((t) => t.owner_id === owner).length);
    assert.deepEqual(fresh(owner).sort((a, b) => a - b), waiting(owner, taken).slice(0, room).sort((a, b) => a - b), `${owner}`);
    assert.equal(now.filter((t) => t.owner_id === owner).length, 4);
    made += room;
  }
  assert.equal(done.tasks, made);
  const audited = sql(server.db, `SELECT count(*) FROM audit_entry WHERE entity = 'task' AND action = 'create'
    AND record_id IN (${now.map((t) => t.id)})`);
  assert.equal(Number(audited), now.length);
  assert.equal((await grade()).tasks, 0, 'no room');
  const [first] = now.filter((t) => t.owner_id === sales.id);
  await admin.patch(`/tasks/${first.id}`, { done: true });
  for (const t of now) taken.add(t.customer_id);
  /* one of them, when the second was asked for before the first had begun */
  const runs = new Map((await Promise.all([grade(), grade(), grade()])).map((r) => [r.run_id, r.tasks]));
  assert.equal([...runs.values()].reduce((sum, n) => sum + n, 0), 1, 'the next one, by runs side by side');
  const before_ = now;
  now = await open();
  const [next] = now.filter((t) => !before_.some((w) => w.id === t.id));
  assert.equal(next.customer_id, waiting(sales.id, taken)[0]);
  await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 0 });
  for (const t of now) taken.add(t.customer_id);
  const all = await grade();
  assert.equal(all.tasks, waiting(sales.id, taken).length + waiting(null, taken).length);
  await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 50 });
  for (const t of await open()) await admin.delete(`/tasks/${t.id}`);
  for (const p of policies)
    await admin.patch(`/grade_policies/${p.id}`, { contact_days: p.contact_days, active: p.active });
  sql(server.db, `UPDATE customer SET created_at = created_at + ${200 * DAY}`);
});

test('tasks of strategies take room of policies', async () => {
  const policies = (await admin.get('/grade_policies?sort=id')).body.data;
  for (const p of policies) await admin.patch(`/grade_policies/${p.id}`, { contact_days: 10, active: true });
  sql(server.db, `UPDATE customer SET created_at = created_at - ${200 * DAY}`);
  sql(server.db, `UPDATE task SET updated_at = updated_at - ${200 * DAY}, deleted_at = deleted_at - ${200 * DAY} WHERE policy_id IS NOT NULL`);
  const [plan] = (await admin.get('/lifecycle_plans?stage=accountable')).body.data;
  await admin.patch(`/lifecycle_plans/${plan.id}`, { active: true, tasks: 'ask' });
  const open = async (what) => (await readAll(admin, `/tasks?sort=id&owner_id=${sales.id}&done=false&${what}&fields=id`)).length;
  const [contacts, strategies] = ['policy_action[in]=contact,owner', 'lifecycle_plan_id[empty]=false'];
  const limit = async (n) => assert.ok((await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': n })).status < 300);
  const [was, there] = [await open(contacts), await open(strategies)];
  const mine = (await readAll(admin, `/customers?sort=id&owner_id=${sales.id}&fields=id`))[0].id;
  await admin.patch(`/customers/${mine}`, { relation_level: 'accountable' });
  assert.equal(await open(strategies), there + 1);
  await limit(was + there + 1);
  await grade();
  assert.equal(await open(contacts), was, 'the strategy has taken the room');
  await limit(was + there + 2);
  await grade();
  assert.equal(await open(contacts), was + 1);
  await limit(50);
  await admin.patch(`/lifecycle_plans/${plan.id}`, { active: plan.active, tasks: plan.tasks });
  for (const t of await readAll(admin, '/tasks?sort=id&policy_action[in]=contact,owner&done=false&fields=id')) await admin.delete(`/tasks/${t.id}`);
  for (const p of policies)
    await admin.patch(`/grade_policies/${p.id}`, { contact_days: p.contact_days, active: p.active });
  sql(server.db, `UPDATE customer SET created_at = created_at + ${200 * DAY}`);
});

test('customers without an owner go to the team in charge, in turn', async () => {
  const team = await post(admin, '/teams', { name: 'Key accounts' });
  const role = (await admin.get('/roles?key=sales')).body.data[0];
  const members = [];
  for (const login of ['kay', 'kim'])
    members.push((await post(admin, '/users', { login, name: login, role_id: role.id, team_id: team.id })).id);
  const pool = [...(await graded()).values()].filter((c) => c.effective_grade === 'ordinary' && c.owner_id === null);
  assert.ok(pool.length > 2);
  const policy = await policyOf('ordinary');
  await admin.patch(`/grade_policies/${policy.id}`, { team_id: team.id });
  /* one task each is all they may have: the others still tell why they moved */
  assert.ok((await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 1 })).status < 300);
  const done = await grade();
  assert.equal(done.assigned, pool.length);
  const traces = await readAll(admin, '/audit_entries?sort=id&entity=customer&action=policy_owner&fields=id,record_id,changes');
  assert.deepEqual(traces.map((x) => x.record_id).sort((a, b) => a - b), pool.map((c) => c.id).sort((a, b) => a - b));
  const now = await graded();
  for (const { record_id, changes } of traces) {
    assert.deepEqual([changes.policy_id, changes.owner_id], [policy.id, now.get(record_id).owner_id]);
    assert.match(changes.policy_rule, /负责团队/);
  }
  const counts = members.map((id) => pool.filter((c) => now.get(c.id).owner_id === id).length);
  assert.equal(counts[0] + counts[1], pool.length);
  assert.ok(Math.abs(counts[0] - counts[1]) <= 1, `${counts}`);
  const { data } = (await admin.get(`/tasks?policy_id=${policy.id}&policy_action=owner&owner_id=${members[0]}&limit=100`)).body;
  assert.equal(data.length, 1, 'no more tasks than an owner may have');
  assert.equal((await grade()).assigned, 0);
  assert.ok((await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 50 })).status < 300);
});

test('moves between grades are counted from month to month', async () => {
  const [a, b, c] = shop.map((x) => x.id);
  const at = (day) => Date.parse(`${day}T12:00:00+08:00`);
  const run = (await admin.get('/grade_runs?sort=-id&limit=1')).body.data[0].id;
  sql(server.db, 'DELETE FROM grade_history');
  const steps = [[a, '2024-01-31', 'small'], [a, '2024-02-01', 'main'], [a, '2024-02-20', 'ordinary'], [a, '2024-04-02', 'vip'],
    [b, '2024-02-10', 'vip'], [b, '2024-02-11', 'main'], [b, '2024-02-12', 'vip'],
    [c, '2024-01-03', 'small'], [c, '2024-04-30', 'vip'], [c, '2024-05-01', 'small'], [c, '2024-05-09', 'vip']];
  for (const [id, day, g] of steps)
    sql(server.db, `INSERT INTO grade_history (customer_id, run_id, as_of, grade, effective_grade, sales, at)
      VALUES (${id}, ${run}, ${at(day) / DAY | 0}, 'small', '${g}', 0, ${at(day)})`);
  const answer = await admin.get('/analytics/grade_moves');
  assert.equal(answer.status, 200, answer.text);
  for (const { month, moves } of answer.body.months)
    for (const move of moves) {
      assert.equal(move.query, `moved=${month}:${move.from ?? 'none'}:${move.to ?? 'none'}&sort=-sales`);
      const list = await admin.get(`/customers?${move.query}&count=exact&limit=1`);
      assert.deepEqual(list.body.count, { value: move.customers, capped: false }, move.query);
      delete move.query;
    }
  assert.deepEqual(answer.body.months, [
    { month: '2024-01', moves: [{ from: null, to: 'small', customers: 2 }] },
    { month: '2024-02', moves: [{ from: 'small', to: 'ordinary', customers: 1 }, { from: null, to: 'vip', customers: 1 }] },
    { month: '2024-04', moves: [{ from: 'ordinary', to: 'vip', customers: 1 }, { from: 'small', to: 'vip', customers: 1 }] },
  ]);
  const ids = async (moved) => (await admin.get(`/customers?moved=${moved}&fields=id`)).body.data?.map((x) => x.id);
  assert.deepEqual(await ids('2024-02:none:vip'), [b]);
  assert.deepEqual(await ids('2024-02:small:ordinary'), [a]);
  assert.deepEqual(await ids('2024-05:vip:vip'), [c], 'there and back is no move of the month');
  assert.deepEqual(await ids('2024-03:small:vip'), []);
  for (const bad of ['2024-02', '2024-13:small:vip', '2024-02:small', '2024-02:small:gold', '2024-02:small:vip:x', ''])
    assert.equal((await admin.get(`/customers?moved=${bad}`)).body.errors?.[0].code, 'not_move', bad);
});
