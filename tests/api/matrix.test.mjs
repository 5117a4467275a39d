/* Value matrix, lifetimes and cross-selling: what the pages show follows from
 * the records, and each count opens a list of exactly those customers. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exact, plain } from './ledger.mjs';
import { demoCompany, newToken, sql, startServer } from './lib.mjs';
import { Random, SEED, patiently, readAll, together } from './random.mjs';
import { checkMatrix, checkWhyAll, couldBring, day, typeOf, weighPotential } from './recompute.mjs';

const CUSTOMERS = 420;
const TYPES = ['vip', 'improve', 'maintain', 'abandon'];
const r = new Random(SEED);

let server;
let client; /* everybody */
let own; /* a salesman: his customers alone */
let customers;
let orders;

async function get(path, by = client) {
  const answer = await patiently(() => by.get(path));
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

async function grade() {
  const started = await client.post('/grading/run');
  assert.equal(started.status, 202, started.text);
  for (let tries = 0; ; tries++) {
    const job = await get(`/jobs/${started.body.job.id}`);
    if (job.state === 'done') return;
    assert.ok(tries < 1200 && job.state !== 'failed', JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
  }
}

async function readCompany() {
  customers = await readAll(client, '/customers?orders[gte]=1');
  orders = await readAll(client, '/orders?kind=sale&status[not_in]=draft,cancelled');
}

before(async () => {
  const db = demoCompany(CUSTOMERS);
  server = await startServer({ db });
  client = server.client({ token: newToken(db, 'admin') });
  own = server.client({ token: newToken(db, 'liwei') });
  await readCompany();
});

/* --- the matrix ------------------------------------------------------------- */

const falling = (a, b) => (a < b ? 1 : a > b ? -1 : 0);
const ranked = (values, rank) => [...values].sort(falling)[Math.min(rank, values.length - 1)];

/* The groups a customer may be compared with, the narrowest first. */
function groupsOf(c) {
  const out = [];
  if (c.kind === 'person' && c.city) out.push(`${c.kind} ${c.city}`);
  if (c.kind !== 'person' && c.industry && c.organization_scale) out.push(`${c.kind} ${c.industry} ${c.organization_scale}`);
  if (c.kind !== 'person' && c.industry) out.push(`${c.kind} ${c.industry}`);
  return [...out, c.kind, '*'];
}

/* Everybody's type, made from orders and records alone. */
function matrixOf(from) {
  const current = new Map(customers.map((c) => [c.id, 0n]));
  for (const o of orders)
    if (o.ordered_on >= from && exact(o.sales) > 0n && current.has(o.customer_id))
      current.set(o.customer_id, current.get(o.customer_id) + exact(o.sales));
  const groups = new Map();
  for (const c of customers)
    for (const key of groupsOf(c)) groups.set(key, [...(groups.get(key) ?? []), current.get(c.id)]);
  const potential = new Map(customers.map((c) => {
    const key = groupsOf(c).find((k) => k === '*' || groups.get(k).length >= 20);
    const peers = groups.get(key);
    const base = c.wallet_amount === null ? couldBring(ranked(peers, Math.floor(peers.length / 4)), c.clv_12m) : exact(c.wallet_amount);
    return [c.id, weighPotential(base, c.prospects_score)];
  }));
  const n = customers.length;
  const cuts = {
    current: ranked([...current.values()], Math.floor((n * 2000) / 10000)),
    potential: ranked([...potential.values()], Math.floor(n / 2)),
  };
  return { current, potential, cuts };
}

function checkCompany(matrix) {
  const { current, potential, cuts } = matrixOf(matrix.from);
  assert.deepEqual([matrix.current_cut, matrix.potential_cut], [plain(cuts.current), plain(cuts.potential)]);
  const counts = Object.fromEntries(TYPES.map((t) => [t, 0]));
  for (const c of customers) {
    const type = typeOf(current.get(c.id), potential.get(c.id), cuts);
    assert.deepEqual([c.matrix_type, c.year_sales, c.potential],
      [type, plain(current.get(c.id)), plain(potential.get(c.id))], `customer ${c.id}`);
    counts[type]++;
  }
  assert.deepEqual(Object.fromEntries(matrix.types.map((t) => [t.type, t.customers])), counts);
  assert.ok(Object.values(counts).every((k) => k > 0), JSON.stringify(counts));
}

test('cuts, potentials and types follow from the orders of everybody', async () => {
  const matrix = await get('/analytics/matrix');
  assert.equal(day(matrix.as_of) - day(matrix.from), 364);
  checkCompany(matrix);
});

/* Each count is the count of its list, and all of them are everybody. */
async function checkLists(parts, by) {
  await together(4, async () => {
    for (;;) {
      const part = parts.pop();
      if (part === undefined) return;
      const { count } = await get(`/customers?limit=1&count=exact&${part.query}`, by);
      assert.deepEqual(count, { value: part.customers, capped: false }, part.query);
    }
  });
}

test('every cell opens a list of exactly those it counts, in any scope', async () => {
  for (const by of [client, own]) {
    const matrix = await get('/analytics/matrix', by);
    const { count } = await get('/customers?matrix_type[empty]=false&count=exact&limit=1', by);
    const sum = (parts) => parts.reduce((all, x) => all + x.customers, 0);
    assert.ok(count.value > 0);
    assert.deepEqual([sum(matrix.types), sum(matrix.cells)], [count.value, count.value]);
    await checkLists([...matrix.types, ...matrix.cells], by);
  }
});

test('every bar opens a list of exactly those it counts, in any scope', async () => {
  for (const by of [client, own]) {
    const spread = await get('/analytics/lifetimes', by);
    const { count } = await get('/customers?orders[gte]=1&count=exact&limit=1', by);
    for (const [name, part] of Object.entries({ clv: spread.clv, alive: spread.alive, due: spread.due })) {
      assert.equal(part.customers + part.unknown, count.value, name);
      assert.equal(part.bars.reduce((all, b) => all + b.customers, 0), part.customers, name);
      await checkLists([...part.bars], by);
    }
    const mine = await readAll(by, '/customers?orders[gte]=1');
    assert.equal(spread.clv.sum, plain(mine.reduce((all, c) => all + (c.clv_12m === null ? 0n : exact(c.clv_12m)), 0n)));
  }
});

const monthAfter = (month, k) => {
  const [year, number] = month.split('-').map(Number);
  const at = year * 12 + number - 1 + k;
  return `${Math.floor(at / 12)}-${String((at % 12) + 1).padStart(2, '0')}`;
};

test('every cell of the cohorts opens a list of exactly those it counts, in any scope', async () => {
  for (const by of [client, own]) {
    const cells = (await get('/analytics/cohorts', by)).cohorts.flatMap(({ cohort, active }) =>
      active.map((n, k) => ({
        customers: n,
        query: `first_order_on[gte]=${cohort}-01&first_order_on[lt]=${monthAfter(cohort, 1)}-01&bought=${monthAfter(cohort, k)}`,
      })));
    assert.ok(cells.length > 20);
    await checkLists(cells, by);
  }
  const refused = await client.get('/customers?bought=2025-13');
  assert.deepEqual([refused.status, refused.body.errors[0].code], [422, 'not_month']);
  const month = orders.find((o) => exact(o.sales) > 0n).ordered_on.slice(0, 7);
  const all = await get(`/customers?bought=${month}&limit=2&sort=-sales&count=exact`);
  const more = await get(all.links.next.replace('/api/v1', ''));
  assert.ok(more.data.length > 0 && more.data.every((c) => all.data.every((x) => x.id !== c.id)));
  const buyers = new Set(orders.filter((o) => o.ordered_on.startsWith(month) && exact(o.sales) > 0n).map((o) => o.customer_id));
  assert.equal(all.count.value, buyers.size);
  const found = await get(`/customers?bought=${month}&q=${encodeURIComponent(customers[0].name)}&limit=50`);
  assert.ok(found.data.every((c) => buyers.has(c.id)));
});

test('what a customer spends in all needs a source and a day', async () => {
  const { id } = customers[0];
  const refuse = async (body, field) => {
    const answer = await client.patch(`/customers/${id}`, body);
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.errors[0].field, field, answer.text);
  };
  await refuse({ wallet_amount: '1000' }, 'wallet_source');
  await refuse({ wallet_amount: '1000', wallet_source: 'said so' }, 'wallet_on');
  await refuse({ wallet_amount: '1000', wallet_source: 'said so', wallet_on: '2999-01-01' }, 'wallet_on');
  await refuse({ wallet_amount: '-1', wallet_source: 'said so', wallet_on: '2026-01-01' }, 'wallet_amount');
});

test('a typed fact, an order and its end move potential, type and share at once', async () => {
  const moved = new Set();
  for (let k = 0; k < 40; k++) {
    const c = r.pick(customers);
    const body = k % 2 === 0
      ? { wallet_amount: String(r.int(0, 40) * 12345.67), wallet_source: 'annual report', wallet_on: '2026-01-31' }
      : { prospects_score: r.pick([null, 1, 2, 3, 4, 5]), prospects_source: 'visit', prospects_on: '2026-01-31' };
    assert.equal((await client.patch(`/customers/${c.id}`, body)).status, 200);
    if (k % 4 === 0) {
      const order = { customer_id: c.id, number: `M${k}`, ordered_on: c.last_order_on, amount: r.int(1, 9000000) };
      assert.equal((await client.post('/orders', order)).status, 201);
    }
    const now = await get(`/customers/${c.id}`);
    checkMatrix(await get(`/customers/${c.id}/why`));
    if (now.matrix_type !== c.matrix_type) moved.add(c.id);
  }
  assert.ok(moved.size > 3, `${moved.size} types moved`);
});

test('with weights, a window and typed facts every figure is still explained', async () => {
  const settings = { 'value.window_months': 12, 'value.weight_frequency': 20, 'value.weight_credit': 40, 'value.weight_influence': 30 };
  const saved = await client.request('PUT', '/settings', settings);
  assert.ok([200, 204].includes(saved.status), saved.text);
  for (let k = 0; k < 60; k++) {
    const facts = Object.fromEntries(['credit', 'influence', 'loyalty'].flatMap((fact) =>
      [[`${fact}_score`, r.int(1, 5)], [`${fact}_source`, 'visit'], [`${fact}_on`, '2026-01-31']]));
    assert.equal((await client.patch(`/customers/${r.pick(customers).id}`, facts)).status, 200);
  }
  await grade();
  await readCompany();
  checkCompany(await get('/analytics/matrix'));
  const left = [...customers];
  await together(4, async () => {
    while (left.length > 0) {
      const c = left.pop();
      const why = await get(`/customers/${c.id}/why`);
      assert.deepEqual(why.basis.weights.map((w) => w.fact), ['frequency', 'credit', 'influence']);
      checkWhyAll(why, c);
    }
  });
});

/* --- cross-selling ---------------------------------------------------------- */

test('what is offered is what others bought as well, told by counts of customers', async () => {
  const products = new Map((await readAll(client, '/products')).map((p) => [p.id, p]));
  const counted = new Map(orders.map((o) => [o.id, o.customer_id]));
  const bought = new Map();
  for (const line of await readAll(client, '/order_lines?kind=sale&quantity[gt]=0')) {
    const customer = counted.get(line.order_id);
    if (customer && line.product_id) bought.set(customer, (bought.get(customer) ?? new Set()).add(line.product_id));
  }
  const having = (...ids) => [...bought.values()].filter((set) => ids.every((id) => set.has(id))).length;
  let offers = 0;
  for (const [customer, has] of [...bought].filter(([, set]) => set.size < products.size / 2).slice(0, 60)) {
    const { data } = await get(`/customers/${customer}/suggestions`);
    assert.ok(data.every((x, k) => k === 0 || x.lift <= data[k - 1].lift), 'the strongest first');
    for (const x of data) {
      assert.ok(has.has(x.because.id) && !has.has(x.product.id), JSON.stringify(x));
      assert.equal(x.product.name, products.get(x.product.id).name);
      const [a, b, both] = [having(x.because.id), having(x.product.id), having(x.because.id, x.product.id)];
      assert.deepEqual([x.buyers, x.bought, x.bought_other, x.bought_both], [bought.size, a, b, both]);
      assert.ok(both >= 5 && x.lift > 1);
      const near = (shown, value) => assert.ok(Math.abs(shown - value) < 1e-12 * Math.max(1, value), `${shown} for ${value}`);
      near(x.support, both / bought.size);
      near(x.confidence, both / a);
      near(x.lift, (both * bought.size) / (a * b));
      offers++;
    }
  }
  assert.ok(offers > 50, `${offers} offers`);
});

test('who does not see everybody is told shares and no parameters of everybody', async () => {
  const mine = await readAll(own, '/customers?orders[gte]=1');
  for (const c of mine.slice(0, 20)) {
    const { data } = await get(`/customers/${c.id}/suggestions`, own);
    for (const x of data) assert.deepEqual(Object.keys(x), ['product', 'because', 'support', 'confidence', 'lift']);
    const why = await get(`/customers/${c.id}/why`, own);
    assert.equal(why.lifetime.parameters, undefined);
    assert.equal(why.matrix.peers.customers, undefined);
    checkMatrix(why);
  }
  const others = customers.find((c) => !mine.some((m) => m.id === c.id));
  for (const path of ['suggestions', 'why']) assert.equal((await own.get(`/customers/${others.id}/${path}`)).status, 404);
});

test('in a large company cuts and pairs stay for a week, and whoever changes is scored by them', async () => {
  const set = async (values) => assert.ok((await client.request('PUT', '/settings', values)).status < 300);
  const run = () => Number(sql(server.db, 'SELECT max(id) FROM value_run'));
  const year = (c) => sql(server.db, `SELECT year_sales FROM customer_stats WHERE id = ${c.id}`);
  const [touched, quiet] = customers;
  await set({ 'value.fit_weekly_from': 1 });
  await grade();
  const first = run();
  const was = [year(touched), year(quiet)];
  const note = await client.patch(`/customers/${touched.id}`, { note: 'changed' });
  assert.equal(note.status, 200, note.text);
  sql(server.db, `UPDATE customer_stats SET year_sales = 1 WHERE id IN (${touched.id}, ${quiet.id})`);
  await grade();
  assert.equal(run(), first);
  assert.deepEqual([year(touched), year(quiet)], [was[0], '1'], 'only who has changed is looked at');
  await set({ 'value.tier_main': '25' });
  await grade();
  assert.notEqual(run(), first);
  assert.deepEqual([year(touched), year(quiet)], was, 'another rule makes it anew');
  await set({ 'value.tier_main': '20', 'value.fit_weekly_from': 20000 });
  await grade();
});
