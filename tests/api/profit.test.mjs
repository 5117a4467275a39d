/* Grading by the profit after cost to serve (R28, R38): ranks are those of
 * margins less costs, added up here from the lists of orders and of the cost
 * ledger; an order, a contact or an entry of the ledger scores its customer at
 * once as a grading of everybody does; losses have no rank of merit and no part
 * in the shares of the others. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exact, plain } from './ledger.mjs';
import { settled, sql, startServer, until } from './lib.mjs';
import { Random, patiently, readAll, together } from './random.mjs';
import { judge } from './recompute.mjs';

const CUSTOMERS = 60;
const STEPS = 90;
const LAST = '2025-06-28'; /* the latest order */
const MONTHS_6 = '2024-12-29'; /* six months before the day after it */
const TIERS = ['vip', 'main', 'ordinary', 'small'];
const FIELDS = 'id,grade,effective_grade,abc_class,r_score,f_score,m_score,orders,net_profit,unpriced_orders';
const SCORES = 'id, grade, effective_grade, border_gap, abc_class, r_score, f_score, m_score';
const r = new Random(20280);

let server;
let admin;
const customers = [];
const products = [];

async function good(promise, what, status) {
  const answer = await promise;
  assert.ok(status ? answer.status === status : answer.status < 300, `${what}: ${answer.status} ${answer.text}`);
  return answer.body;
}
const make = (path, body) => good(admin.post(path, body), `${path} ${JSON.stringify(body)}`, 201);
const change = (path, body) => good(admin.patch(path, body), `${path} ${JSON.stringify(body)}`);
const remove = (path) => good(admin.request('DELETE', path), path);
const back = (path) => good(admin.post(`${path}/restore`), path);
const set = (values) => good(admin.request('PUT', '/settings', values), JSON.stringify(values));
const get = (path) => good(patiently(() => admin.get(path)), path, 200);
const record = (id) => get(`/customers/${id}`);
const everybody = async () => (await readAll(admin, `/customers?sort=id&fields=${FIELDS}`)).filter((c) => c.orders > 0);
const scores = () => sql(server.db, `SELECT ${SCORES} FROM customer_stats ORDER BY id`);

async function grade() {
  let { job } = await good(admin.post('/grading/run'), 'grading', 202);
  while (!['done', 'failed', 'cancelled'].includes(job.state)) {
    await new Promise((done) => setTimeout(done, 30));
    job = await get(`/jobs/${job.id}`);
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
  return job.result;
}

/* A run that broke off leaves nothing to rely on: the next looks at everybody. */
async function gradeEverybody() {
  sql(server.db, `INSERT INTO grade_run (as_of, cutoffs, settings, customers, sales, tiers, changed, started_at)
    SELECT as_of, cutoffs, settings, customers, sales, tiers, changed, 1 FROM grade_run ORDER BY id DESC LIMIT 1`);
  return grade();
}

const day = () => {
  const at = r.int(0, 540);
  return new Date(Date.parse('2024-01-04') + at * 86400000).toISOString().slice(0, 10);
};

async function order(customer, more = {}) {
  const o = await make('/orders', { customer_id: customer, number: `o${customer}-${r.int(1, 1e9)}`, ordered_on: day(), ...more });
  const p = r.pick(products);
  const back_ = more.kind === 'return';
  await make('/order_lines', { order_id: o.id, product_id: p.id, product_name: p.name, unit_price: p.price,
    quantity: String(back_ ? -r.int(1, 3) : r.int(1, 30)), ...(back_ ? { kind: 'return' } : {}) });
  return o;
}

const talk = (customer, more = {}) => make('/interactions', { customer_id: customer, channel: 'visit', content: 'x',
  happened_at: `${day()}T04:00:00Z`, ...more });
const cost = (customer, more = {}) => make('/cost_entries', { customer_id: customer, kind: r.pick(['other', 'bad_debt', 'call', 'keeping', 'acquisition']),
  incurred_on: day(), amount: r.int(100, 90000), ...more });

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  await set({ 'cost.visit': '200', 'cost.call': '20.5', 'cost.complaint': '100', 'cost.return': '30' });
  await make('/currency_rates', { currency: 'USD', day: '2023-01-01', rate: '7.123456789' });
  for (const [price, cost_] of [['100', '60'], ['40', '35.5'], ['250', '50'], ['9', '12']])
    products.push(await make('/products', { name: `p${price}`, price, cost: cost_ }));
  for (let i = 0; i < CUSTOMERS; i++) {
    const { id } = await make('/customers', { name: `c${i}` });
    customers.push(id);
    for (let k = r.int(1, 3); k > 0; k--) await order(id, r.once(4) ? { discount_percent: '10' } : {});
    if (r.once(5)) await order(id, { kind: 'return' });
    for (let k = r.int(0, 4); k > 0; k--) await talk(id, { channel: r.pick(['visit', 'phone', 'email']), outcome: r.pick([undefined, 'poor']) });
    if (r.once(2)) await cost(id, r.once(2) ? { currency: 'USD' } : {});
  }
  await order(customers[0], { ordered_on: LAST });
  /* the best of customers by sales costs more than it brings */
  await make('/order_lines', { order_id: (await order(customers[1])).id, product_id: products[0].id, product_name: 'x', quantity: '900', unit_price: '100' });
  await cost(customers[1], { amount: 90000000, incurred_on: '2025-05-05' });
  /* and one brought something long ago and has cost since */
  await cost(customers[2], { amount: 70000000, incurred_on: '2024-01-04' });
});

/* --- a second opinion ------------------------------------------------------ */

const counts = (o) => !['draft', 'cancelled'].includes(o.status);

/* What each customer with sales leaves, 10^-6. */
async function profits(from) {
  const orders = (await readAll(admin, '/orders?fields=id,customer_id,ordered_on,kind,status,sales,margin')).filter(counts);
  const entries = await readAll(admin, '/cost_entries?fields=id,customer_id,incurred_on,origin,base_amount');
  const own = new Map(orders.filter((o) => o.kind === 'sale' && exact(o.sales) > 0n).map((o) => [o.customer_id, 0n]));
  const add = (id, amount) => own.has(id) && own.set(id, own.get(id) + amount);
  for (const o of orders) if (o.ordered_on >= from && o.margin !== null) add(o.customer_id, exact(o.margin));
  for (const e of entries) if (e.incurred_on >= from && e.origin !== 'order') add(e.customer_id, -BigInt(e.base_amount) * 10000n);
  return own;
}

function opinion(own) {
  const rows = [...own].map(([id, v]) => ({ id, v: v > 0n ? v : 0n }));
  rows.sort((a, b) => (a.v === b.v ? a.id - b.id : a.v < b.v ? 1 : -1));
  const limits = [1, 20, 50].map((p) => Math.ceil((rows.length * p) / 100));
  const total = rows.reduce((sum, row) => sum + row.v, 0n);
  const out = new Map();
  let above = 0n;
  rows.forEach((row, k) => {
    const at = row.v > 0n ? limits.findIndex((limit) => k < limit) : -1;
    out.set(row.id, { grade: at < 0 ? 'small' : TIERS[at],
      abc_class: above * 100n < total * 80n ? 'a' : above * 100n < total * 95n ? 'b' : 'c' });
    above += row.v;
  });
  return out;
}

async function agrees(from, what) {
  const own = await profits(from);
  const want = opinion(own);
  const all = await everybody();
  assert.equal(all.length, want.size);
  for (const c of all) assert.deepEqual({ grade: c.grade, abc_class: c.abc_class }, want.get(c.id), `${what}: customer ${c.id}`);
  return { own, want, all };
}

/* The facts of why lead to what stands there. */
async function explained(id) {
  const [c, why] = [await record(id), await get(`/customers/${id}/why`)];
  if (c.orders === 0) return assert.deepEqual([c.grade, why.grade], [null, null]);
  const { grade: tier, abc_class, r_score, f_score, m_score } = judge(why);
  assert.deepEqual([c.grade, c.abc_class, c.r_score, c.f_score, c.m_score], [tier, abc_class, r_score, f_score, m_score], `customer ${id}`);
  assert.equal(why.basis.measure, 'profit');
  return why;
}

/* --- tests ----------------------------------------------------------------- */

test('rules tried by profit tell what a grading by it gives', async () => {
  await grade();
  const was = scores();
  const want = opinion(await profits('0000'));
  let got;
  await until(async () => {
    got = await good(admin.post('/grading/what_if', { measure: 'profit' }), 'what if', 200);
    return { status: 200, text: JSON.stringify(got.tiers) };
  }, () => got.tiers.every((t) => t.customers === [...want.values()].filter((w) => w.grade === t.tier).length), 10000);
  for (const k of ['a', 'b', 'c'])
    assert.equal(got.classes[k.toUpperCase()].customers, [...want.values()].filter((w) => w.abc_class === k).length, k);
  assert.ok(got.moved > 5);
  const own = await profits('0000');
  const atLeast = (id) => (own.get(id) > 0n ? own.get(id) : 0n);
  const sum = (ids) => ids.reduce((n, id) => n + atLeast(id), 0n);
  const losers = [...own.values()].filter((v) => v < 0n);
  assert.equal(got.contribution, plain(sum([...own.keys()])));
  const { query, ...losses } = got.losses;
  assert.deepEqual(losses, { customers: losers.length, amount: plain(losers.reduce((n, v) => n + v, 0n)) });
  assert.equal((await good(admin.get(`/customers?${query}&limit=1&count=exact`), 'those', 200)).count.value, losers.length);
  for (const t of got.tiers) {
    const mine = sum([...want].filter(([, w]) => w.grade === t.tier).map(([id]) => id));
    assert.equal(t.contribution, plain(mine), t.tier);
    assert.ok(Math.abs(t.contribution_share - Number(mine) / Number(sum([...own.keys()]))) < 1e-12);
  }
  assert.equal(scores(), was, 'nothing is saved');
});

test('graded by profit of all time: margins less costs, losses at the end', async () => {
  await set({ 'value.measure': 'profit' });
  await grade();
  const { own, all } = await agrees('0000', 'all time');
  assert.ok([...own.values()].filter((v) => v < 0n).length >= 2, 'some bring losses');
  for (const c of all) {
    assert.equal(c.net_profit, plain(own.get(c.id)), 'it is the profit that is shown');
    if (own.get(c.id) <= 0n) assert.deepEqual([c.grade, c.abc_class], ['small', 'c'], `customer ${c.id}`);
    const why = await explained(c.id);
    assert.equal(why.basis.sum, c.net_profit);
    assert.equal(why.basis.total, plain([...own.values()].reduce((n, v) => n + (v > 0n ? v : 0n), 0n)));
  }
  const loss = (await get(`/customers/${customers[1]}/why`)).basis;
  assert.deepEqual([loss.contribution, loss.weighted], ['0', '0']);
  assert.ok(Number(loss.sum) < 0);
  const [run] = (await admin.get('/grade_runs?sort=-id&limit=1')).body.data;
  assert.equal(run.settings.measure, 'profit');
});

/* R28: the claim is about profit, so each tier tells its own beside it. */
async function tiersTell(why) {
  const told = await get('/analytics/tier_profits');
  const all = (await everybody()).filter((c) => c.grade !== null);
  const of = (rows) => {
    const known = rows.filter((c) => c.net_profit !== null);
    return { customers: rows.length, known: known.length, profit: known.reduce((n, c) => n + exact(c.net_profit), 0n) };
  };
  const whole = of(all);
  assert.ok(whole.customers > 5, why);
  const same = (got, want) => {
    assert.deepEqual([got.customers, got.known, got.profit], [want.customers, want.known, plain(want.profit)], why);
    if (whole.profit <= 0n) return assert.equal(got.share, null, why);
    assert.ok(Math.abs(got.share - Number(want.profit) / Number(whole.profit)) < 1e-12, why);
  };
  same(told, whole);
  assert.deepEqual(told.tiers.map((t) => t.tier), TIERS);
  for (const t of told.tiers) same(t, of(all.filter((c) => c.grade === t.tier)));
  const listed = await good(admin.get(`/customers?${told.unknown_query}&limit=1&count=exact`), 'those without', 200);
  assert.equal(listed.count.value, whole.customers - whole.known, why);
  return told;
}

test('the pyramid tells each tier’s profit, losses taken off, and by what it ranks', async () => {
  const told = await tiersTell('ranked by profit');
  assert.deepEqual([told.measure, told.from, told.weighted], ['profit', null, false]);
  assert.ok(Number(told.tiers.at(-1).profit) < 0, 'losses are taken off');
});

test('of a span of months: what was earned and spent in it', async () => {
  await set({ 'value.window_months': 6 });
  await grade();
  const { own } = await agrees(MONTHS_6, 'six months');
  assert.ok((await explained(customers[2])).basis.from === MONTHS_6);
  assert.ok(own.get(customers[2]) > -70000000n * 10000n, 'older costs are not of it');
  for (const id of customers.slice(0, 20)) await explained(id);
  await steps(30);
  await grade();
  const quick = scores();
  assert.equal((await gradeEverybody()).changed, 0);
  assert.equal(scores(), quick);
  await agrees(MONTHS_6, 'six months, later');
  await set({ 'value.window_months': 0 });
  await grade();
});

/* Something that changes what a customer leaves. Who is touched. */
const some = async (path, query) => r.pick((await get(`/${path}?limit=100&sort=id&${query}`)).data);
const acts = [
  async (id) => [(await cost(id)).customer_id],
  async (id) => [(await cost(id, { currency: 'USD', amount: r.int(1, 90000) })).customer_id],
  async () => {
    const e = await some('cost_entries', 'origin=actual');
    await change(`/cost_entries/${e.id}`, { amount: e.amount + r.int(1, 99999), incurred_on: day() });
    return [e.customer_id];
  },
  async () => {
    const e = await some('cost_entries', 'origin[in]=actual,standard');
    await remove(`/cost_entries/${e.id}`);
    await explained(e.customer_id);
    if (r.once(2)) await back(`/cost_entries/${e.id}`);
    return [e.customer_id];
  },
  async (id) => [(await talk(id, { outcome: 'poor' })).customer_id],
  async (id) => {
    const i = await some('interactions', 'channel=visit');
    await change(`/interactions/${i.id}`, r.once(2) ? { customer_id: id } : { channel: 'email' });
    return [i.customer_id, id];
  },
  async () => {
    const i = await some('interactions', '');
    await remove(`/interactions/${i.id}`);
    await explained(i.customer_id);
    if (r.once(2)) await back(`/interactions/${i.id}`);
    return [i.customer_id];
  },
  async (id) => [(await order(id, { kind: 'return' })).customer_id],
  async (id) => [(await order(id, { discount_percent: '20' })).customer_id],
  async (id) => {
    const o = await some('orders', `kind=sale&ordered_on[lt]=${LAST}`);
    await change(`/orders/${o.id}`, r.pick([{ discount_percent: '5' }, { ordered_on: day() }, { status: 'cancelled' }, { customer_id: id }]));
    return [o.customer_id, id];
  },
  async () => {
    const o = await some('orders', `ordered_on[lt]=${LAST}`);
    await remove(`/orders/${o.id}`);
    await explained(o.customer_id);
    if (r.once(2)) await back(`/orders/${o.id}`);
    return [o.customer_id];
  },
];

async function steps(n) {
  let moved = 0;
  for (let k = 0; k < n; k++) {
    const was = scores();
    for (const id of new Set(await acts[k % acts.length](r.pick(customers)))) await explained(id);
    moved += scores() !== was;
  }
  return moved;
}

test('an order, a contact, an entry: scored at once, as everybody would be', async () => {
  for (let round = 0; round < 3; round++) {
    const { run_id: ruler } = await get(`/customers/${customers[0]}/why`);
    assert.ok(await steps(STEPS / 3) > 3, 'some move');
    for (const c of await everybody()) assert.equal((await explained(c.id)).run_id, ruler);
    await grade();
    const quick = scores();
    await agrees('0000', `round ${round}`);
    assert.equal((await gradeEverybody()).changed, 0, `round ${round}`);
    assert.equal(scores(), quick, `round ${round}`);
  }
});

test('an order without a margin adds nothing, and is told of when rules are tried', async () => {
  const id = customers[5];
  const o = await make('/orders', { customer_id: id, number: 'nocost', ordered_on: '2025-02-02' });
  const line = await make('/order_lines', { order_id: o.id, product_name: 'free text', quantity: '1', unit_price: '1' });
  assert.equal((await record(id)).unpriced_orders, 1);
  const why = await explained(id);
  assert.deepEqual(why.basis.margins.filter((m) => m.margin === null).map((m) => m.order_id), [o.id]);
  const refused = await admin.post('/grading/what_if', { measure: 'profit' });
  assert.deepEqual([refused.status, refused.body.errors[0].field, refused.body.errors[0].code], [422, 'measure', 'no_margins']);
  assert.match(refused.body.errors[0].message, /1/);
  await grade();
  await agrees('0000', 'one without a margin');
  assert.equal((await gradeEverybody()).changed, 0);
  await remove(`/order_lines/${line.id}`);
  await remove(`/orders/${o.id}`);
});

test('a margin that can be known later is filled in at night, and scores its customer', async () => {
  const id = customers[6];
  const product = await make('/products', { name: 'later', price: '100' });
  const o = await make('/orders', { customer_id: id, number: 'later', ordered_on: '2025-02-03' });
  await make('/order_lines', { order_id: o.id, product_id: product.id, product_name: 'later', quantity: '9000', unit_price: '100' });
  const was = await explained(id);
  await change(`/products/${product.id}`, { cost: '1' });
  sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('check', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
  await until(() => admin.get(`/orders/${o.id}`), (answer) => answer.body.margin !== null, 60000);
  const now = await explained(id);
  assert.equal(exact(now.basis.sum) - exact(was.basis.sum), 891000n * 1000000n);
  assert.equal(now.grade, 'vip', 'more than anybody else brings');
  await grade();
  await agrees('0000', 'a margin filled in');
  assert.equal((await gradeEverybody()).changed, 0);
});

test('an order with a line of unknown cost is left alone at night, until a margin is assumed', async () => {
  const id = customers[7];
  const product = await make('/products', { name: 'half', price: '10', cost: '4' });
  const o = await make('/orders', { customer_id: id, number: 'half', ordered_on: '2025-02-04' });
  const lines = [await make('/order_lines', { order_id: o.id, product_id: product.id, product_name: 'half', quantity: '1', unit_price: '10' }),
    await make('/order_lines', { order_id: o.id, product_name: 'freight', quantity: '1', unit_price: '2' })];
  const night = async () => {
    const { id: last } = (await admin.get('/jobs?kind=check&sort=-id&limit=1')).body.data?.[0] ?? { id: 0 };
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('check', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
    await until(() => admin.get('/jobs?kind=check&sort=-id&limit=1'), ({ body }) => body.data?.[0]?.id > last && body.data[0].state === 'done', 60000);
  };
  const told = async () => {
    await settled(server.db);
    const found = [];
    for (let cursor = '', more = true; more;) {
      const { body } = await admin.get(`/changes?limit=1000${cursor && `&since=${encodeURIComponent(cursor)}`}`);
      found.push(...body.data.filter((x) => x.object === 'orders' && x.id === o.id));
      more = body.data.length > 0;
      cursor = body.cursor;
    }
    return found.length;
  };
  const before = await told();
  await night();
  await night();
  assert.equal(await told(), before);
  assert.equal((await admin.get(`/orders/${o.id}`)).body.margin, null);
  await set({ 'cost.assumed_margin': '50' });
  await night();
  assert.equal((await admin.get(`/orders/${o.id}`)).body.margin, '7');
  assert.equal(await told(), before + 1);
  await set({ 'cost.assumed_margin': '0' });
  for (const line of lines) await remove(`/order_lines/${line.id}`);
  await remove(`/orders/${o.id}`);
});

/* Entries come in while a grading is at work: none is lost on it. */
test('costs written beside gradings are in the grades', async () => {
  let left = 60;
  const writer = async () => {
    while (left-- > 0) {
      const id = r.pick(customers);
      await cost(id, { amount: r.int(1, 900000) });
      await talk(id);
    }
  };
  await together(5, (k) => (k < 4 ? writer() : grade().then(grade).then(grade)));
  await grade();
  const quick = scores();
  assert.equal((await gradeEverybody()).changed, 0);
  assert.equal(scores(), quick);
  await agrees('0000', 'side by side');
});

test('a cost that no figure can hold is told of, not rounded', async () => {
  const [id] = customers;
  const was = await explained(id);
  const one = await cost(id, { amount: 1, kind: 'other', incurred_on: LAST });
  const put = (amount) => sql(server.db, `UPDATE cost_entry SET base_amount = ${amount} WHERE id = ${one.id}`);
  put('1000000000000000'); /* 10^-2, so 10^19 of 10^-6 */
  const answer = await admin.get(`/customers/${id}/why`);
  put(1);
  assert.equal(answer.status, 422, answer.text);
  assert.match(answer.text, /"amount_overflow"/);
  await remove(`/cost_entries/${one.id}`);
  assert.equal((await explained(id)).basis.sum, was.basis.sum);
});

test('who may not see costs sees neither profits nor whose they are', async () => {
  const role = await make('/roles', { key: 'desk', name: 'Desk', grants: { customer: { read: 'all' }, order: { read: 'all' }, order_line: { read: 'all' } } });
  const user = await make('/users', { login: 'dan', name: 'Dan', role_id: role.id });
  const { token } = await make('/api_tokens', { name: 't', user_id: user.id });
  const desk = server.client({ token });
  const { body: why } = await desk.get(`/customers/${customers[0]}/why`);
  assert.deepEqual(why.basis, { measure: 'profit', from: null, contribution: null, weights: [], weighted: null, bad_credit: false });
  assert.deepEqual([why.cutoffs, why.abc.cutoffs], [[], []]);
  assert.equal((await desk.post('/grading/what_if', { measure: 'profit' })).status, 422);
  const told = (await desk.get('/analytics/tier_profits')).body;
  assert.ok(told.customers > 5);
  for (const one of [told, ...told.tiers]) for (const name of ['known', 'profit', 'share', 'unknown_query']) assert.ok(!(name in one), name);
});

test('where everybody brings a loss nobody is better than small', async () => {
  for (const c of await everybody()) await cost(c.id, { amount: 900000000, kind: 'other' });
  await grade();
  for (const c of await everybody()) {
    assert.deepEqual([c.grade, c.abc_class], ['small', 'c']);
    const why = await explained(c.id);
    assert.ok(why.cutoffs.every((cut) => cut.sales === null));
  }
  assert.equal((await tiersTell('losses alone')).share, null);
  const gaps = (await readAll(admin, '/customers?fields=id,border_gap')).map((c) => c.border_gap);
  assert.ok(gaps.every((gap) => gap === null));
});
