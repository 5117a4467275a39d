/* One customer with very many orders, as the cash customer of a shop: every page
 * of his answers, the figures follow from what is listed, and one order more
 * costs what an order costs. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freshDatabase, guanxi, initCompany, newToken, startServer } from './lib.mjs';
import { Random, SEED, patiently } from './random.mjs';
import { checkLifetime, judge } from './recompute.mjs';

const MANY = process.env.TORTURE ? 1000000 : 12000;
const OTHERS = 400;
const DAYS = 1500;
const NAMED = 1000; /* orders that the reasons name of such a customer */
const ORDER_MS = 1000; /* TORTURE: adding up a million orders takes several times that */
const r = new Random(SEED);
const folder = mkdtempSync(join(tmpdir(), 'guanxi-many-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let client;
let shop; /* the cash customer */

const dayAt = (n) => new Date(Date.UTC(2021, 0, 1 + n)).toISOString().slice(0, 10);
const money = () => `${r.int(1, 900)}.${r.int(10, 99)}`;

before(async () => {
  const db = freshDatabase();
  initCompany(db);
  const rows = ['订单号,客户,日期,金额'];
  for (let i = 0; i < MANY; i++) rows.push(`W${i},散客,${dayAt(Math.floor((i * DAYS) / MANY))},${money()}`);
  for (let i = 0; i < OTHERS * 4; i++) rows.push(`K${i},客户${i % OTHERS},${dayAt(r.int(0, DAYS - 1))},${money()}`);
  const file = join(folder, 'orders.csv');
  writeFileSync(file, `${rows.join('\n')}\n`);
  const made = guanxi(['import', 'orders', file, '--db', db.url]);
  assert.equal(made.code, 0, made.err);
  const server = await startServer({ db });
  client = server.client({ token: newToken(db, 'admin') });
  [shop] = (await get('/customers?sort=-orders&limit=1')).data;
  assert.equal(shop.orders, MANY);
});

async function get(path) {
  const answer = await patiently(() => client.get(path));
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

/* All that is told of him, recomputed. */
async function check(orders) {
  const now = await get(`/customers/${shop.id}`);
  const why = await get(`/customers/${shop.id}/why`);
  assert.equal(why.orders.length, NAMED);
  const judged = judge(why);
  assert.equal(judged.orders, orders);
  for (const [name, value] of Object.entries(judged)) assert.equal(now[name], value, name);
  checkLifetime(why);
  const ladder = await get(`/customers/${shop.id}/ladder`);
  const fact = (name) => ladder.facts.find((f) => f.fact === name).value;
  assert.equal(fact('orders'), orders);
  const { limits, as_of } = ladder;
  const from = new Date(Date.parse(as_of) - (limits.client_days - 1) * 86400000).toISOString().slice(0, 10);
  assert.equal(fact('recent_orders'), why.days.filter((d) => d.day >= from).reduce((n, d) => n + d.orders, 0));
  const offers = await get(`/customers/${shop.id}/suggestions`);
  assert.deepEqual([offers.newest, offers.of], [5000, orders]);
  await get(`/customers/${shop.id}/timeline`);
  return { now, why };
}

test('the pages of a customer with very many orders answer', () => check(MANY));

async function step(send, status) {
  const began = Date.now();
  const answer = await send();
  assert.equal(answer.status, status, answer.text);
  if (process.env.TORTURE) assert.ok(Date.now() - began < ORDER_MS, `an order took ${Date.now() - began} ms`);
  return answer.body;
}

test('an order more, earlier, cancelled, taken away and back', async () => {
  const order = { customer_id: shop.id, number: 'one more', ordered_on: dayAt(DAYS + 1), amount: 12345 };
  const { id } = await step(() => client.post('/orders', order), 201);
  assert.equal((await check(MANY + 1)).now.last_order_on, order.ordered_on);
  const change = async (fields, orders) => {
    await step(() => client.patch(`/orders/${id}`, fields), 200);
    return (await check(orders)).now;
  };
  assert.equal((await change({ ordered_on: '2019-05-05' }, MANY + 1)).first_order_on, '2019-05-05');
  assert.equal((await change({ status: 'cancelled' }, MANY)).cancelled_orders, 1);
  await change({ status: 'confirmed', ordered_on: dayAt(7) }, MANY + 1);
  await step(() => client.delete(`/orders/${id}`), 204);
  await check(MANY);
  await step(() => client.post(`/orders/${id}/restore`), 200);
  await check(MANY + 1);
  const { data: [other] } = await get('/customers?sort=orders&limit=1');
  await change({ customer_id: other.id }, MANY);
});

test('a payment', async () => {
  const sold = { customer_id: shop.id, number: 'on credit', ordered_on: dayAt(9), amount: 50000, pay_method: 'credit' };
  await step(() => client.post('/orders', sold), 201);
  await step(() => client.post('/payments', { customer_id: shop.id, paid_on: dayAt(10), amount: 20000 }), 201);
  assert.equal((await check(MANY + 1)).now.open_amount, '300');
});
