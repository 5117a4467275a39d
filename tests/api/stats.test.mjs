/* Statistics stay equal to a full recompute, whatever eight people do at once in
 * ten thousand steps: create, edit, back-date, cancel, return, bill in another
 * currency, hand to another customer, delete, restore. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { guanxi, newToken, sql, startServer } from './lib.mjs';
import { checkCohorts, checkLedger } from './ledger.mjs';
import { Random, SEED, together } from './random.mjs';

const ROUNDS = 10;
const CLIENTS = 8;
/* Of each, a round: ten thousand in all; a fifth where each takes ten times as
 * long. */
const SLOW = /tsan/.test(process.env.GUANXI_BUILD ?? '');
const STEPS = process.env.TORTURE ? 500 : SLOW ? 25 : 125;
/* Few enough that some buy often, however few steps there are. */
const CUSTOMERS = SLOW ? 20 : 60;
/* Already from five sales on a customer's days are kept, so that many come
 * to it and leave it again. */
const DAY_BY_DAY = 'stats.many:1000000000';

let server;
let clients;
let customers;
const known = { orders: [], order_lines: [], payments: [], interactions: [] };
const answered = new Map(); /* status → times */
const did = new Map(); /* step → times it took effect */

before(async () => {
  server = await startServer({ admin: true, workers: CLIENTS, env: { GUANXI_FAULT: DAY_BY_DAY } });
  const token = newToken(server.db, 'admin');
  clients = Array.from({ length: CLIENTS }, () => server.client({ token }));
  const [admin] = clients;
  for (const [currency, day, rate] of [['USD', '2021-01-01', '6.5'], ['USD', '2023-07-01', '7.123456789'], ['JPY', '2021-01-01', '0.051'], ['KWD', '2021-01-01', '23.4']])
    assert.equal((await admin.post('/currency_rates', { currency, day, rate })).status, 201);
  customers = [];
  for (let i = 0; i < CUSTOMERS; i++)
    customers.push((await admin.post('/customers', { name: `Customer ${i}` })).body.id);
});

const quantity = (r) => (r.once(8) ? `-${r.int(1, 5)}` : `${r.int(0, 40)}.${r.pick(['', '5', '125', '001']) || 0}`);
const price = (r) => (r.once(10) ? '0' : `${r.int(0, 3000)}.${String(r.int(0, 999999)).padStart(6, '0')}`);
const money = (r) => r.pick([0, 1, 99, r.int(1, 500000)]);
const currency = (r) => r.pick(['CNY', 'CNY', 'CNY', 'USD', 'JPY', 'KWD']);
const status = (r) => r.pick(['confirmed', 'confirmed', 'shipped', 'completed', 'draft', 'cancelled']);
const instant = (r) => `${r.day()}T0${r.int(0, 9)}:30:00.000Z`;

const make = {
  orders: (r) => ({
    customer_id: r.once(12) ? null : r.pick(customers), number: `N${r.int(1, 1e9)}`,
    kind: r.once(6) ? 'return' : 'sale', status: status(r), ordered_on: r.day(), currency: currency(r),
    amount: money(r), pay_method: r.pick([null, 'credit', 'cash', 'contract']),
  }),
  order_lines: (r) => ({
    order_id: r.pick(known.orders), product_name: 'x', quantity: quantity(r), unit_price: price(r),
    kind: r.pick(['sale', 'sale', 'sale', 'return', 'free']),
  }),
  payments: (r) => ({
    customer_id: r.pick(customers), paid_on: r.day(), amount: money(r), currency: currency(r),
    kind: r.once(5) ? 'refund' : 'receipt', order_id: r.once(4) ? r.pick(known.orders) : null,
  }),
  interactions: (r) => ({
    customer_id: r.pick(customers), happened_at: instant(r), content: 'x', next_on: r.once(3) ? r.day() : null,
  }),
};

/* One field or a few of what a new one would have. */
function change(r, plural) {
  const all = make[plural](r);
  delete all.order_id;
  const names = Object.keys(all);
  return Object.fromEntries(names.filter(() => r.once(3)).concat(r.pick(names)).map((name) => [name, all[name]]));
}

/* Ways to do harm to a statistic; each answers null where there is nothing to
 * do it to yet. */
const steps = {
  async create(r, client) {
    const plural = r.pick(['orders', 'orders', 'order_lines', 'order_lines', 'payments', 'interactions']);
    if (plural === 'order_lines' && known.orders.length === 0) return null;
    const answer = await client.post(`/${plural}`, make[plural](r));
    if (answer.status === 201) known[plural].push(answer.body.id);
    return answer;
  },
  edit: (r, client) => one(r, (plural, id) => client.patch(`/${plural}/${id}`, change(r, plural))),
  back_date: (r, client) => order(r, (id) => client.patch(`/orders/${id}`, { ordered_on: r.day(2021, 2022) })),
  cancel: (r, client) => order(r, (id) => client.patch(`/orders/${id}`, { status: 'cancelled' })),
  return: (r, client) => order(r, (id) => client.patch(`/orders/${id}`, { kind: 'return' })),
  currency: (r, client) => order(r, (id) => client.patch(`/orders/${id}`, { currency: currency(r) })),
  delete: (r, client) => one(r, (plural, id) => client.delete(`/${plural}/${id}`)),
  restore: (r, client) => one(r, (plural, id) => client.post(`/${plural}/${id}/restore`)),
  delete_customer: (r, client) => client.delete(`/customers/${r.pick(customers)}`),
  restore_customer: (r, client) => client.post(`/customers/${r.pick(customers)}/restore`),
};
/* Of a hundred; those who are deleted come back more often than they go. */
const OFTEN = { create: 44, edit: 20, back_date: 6, cancel: 4, return: 4, currency: 6, delete: 6, restore: 6, delete_customer: 1, restore_customer: 3 };
const BAG = Object.entries(OFTEN).flatMap(([name, n]) => Array(n).fill(name));

const order = (r, work) => (known.orders.length === 0 ? null : work(r.pick(known.orders)));
function one(r, work) {
  const plural = r.pick(['orders', 'orders', 'order_lines', 'order_lines', 'payments', 'interactions']);
  return known[plural].length === 0 ? null : work(plural, r.pick(known[plural]));
}

/* PostgreSQL shows the columns a change once no older transaction is open. */
async function eventually(check) {
  const end = Date.now() + 60000;
  for (;;) {
    try {
      return await check();
    } catch (e) {
      if (Date.now() > end) throw e;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}

for (let round = 1; round <= ROUNDS; round++)
  test(`round ${round} of seed ${SEED}`, async () => {
    await together(CLIENTS, async (k) => {
      const r = new Random(SEED + round * 100 + k);
      for (let i = 0; i < STEPS;) {
        const name = r.pick(BAG);
        const answer = await steps[name](r, clients[k]);
        if (answer === null || answer.body?.code === 'retry') continue; /* lost to another writer: nothing was done */
        i++;
        answered.set(answer.status, (answered.get(answer.status) ?? 0) + 1);
        if (answer.status < 300) did.set(name, (did.get(name) ?? 0) + 1);
        assert.ok(answer.status < 500, answer.text);
      }
    });
    const { orders } = await checkLedger(clients[0]);
    assert.ok(orders > 0);
    await eventually(() => checkCohorts(clients[0]));
  });

test('an order whose last line is gone is worth nothing', async () => {
  const [admin] = clients;
  const customer = (await admin.post('/customers', { name: 'x' })).body.id;
  const order = (await admin.post('/orders', { customer_id: customer, number: 'x', ordered_on: '2024-01-01', amount: 700 })).body;
  const line = (await admin.post('/order_lines', { order_id: order.id, product_name: 'x', quantity: '1', unit_price: '5' })).body;
  const figures = async () => {
    const { amount, sales } = (await admin.get(`/orders/${order.id}`)).body;
    return [amount, sales, (await admin.get(`/customers/${customer}`)).body.sales];
  };
  assert.deepEqual(await figures(), [500, '5', '5']);
  assert.equal((await admin.delete(`/order_lines/${line.id}`)).status, 204);
  assert.deepEqual(await figures(), [0, '0', '0']);
  assert.equal((await admin.post(`/order_lines/${line.id}/restore`)).status, 200);
  assert.deepEqual(await figures(), [500, '5', '5']);
  assert.equal((await admin.delete(`/orders/${order.id}`)).status, 204);
  assert.equal((await admin.post(`/orders/${order.id}/restore`)).status, 200);
  assert.deepEqual(await figures(), [500, '5', '5']);
});

test('both ways were taken: by orders, and by days', () => {
  const { code, out } = guanxi(['doctor', '--db', server.db.url]);
  assert.equal(code, 0, out);
  const kept = Number(sql(server.db, 'SELECT count(DISTINCT customer_id) FROM customer_day'));
  assert.ok(kept > 0 && kept < CUSTOMERS, `${kept} customers have days`);
});

test('most of it was really done', () => {
  const total = [...answered.values()].reduce((a, b) => a + b, 0);
  const done = [200, 201, 204].reduce((n, s) => n + (answered.get(s) ?? 0), 0);
  assert.ok(total >= ROUNDS * CLIENTS * STEPS);
  assert.ok(done > total / 2, JSON.stringify([...answered]));
  for (const name of Object.keys(steps)) assert.ok(did.get(name) > (SLOW ? 2 : 10), `${name}: ${JSON.stringify([...did])}`);
  for (const status of [200, 201, 204]) assert.ok(answered.get(status) > 5, JSON.stringify([...answered]));
});
