/* Groups of customers who buy alike: found by each grading, each customer in
 * the one whose centre is nearest, counted within sight, told by the reasons.
 * That the centres are what k-means stands still at is computed here. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { startServer } from './lib.mjs';
import { Random, patiently, readAll } from './random.mjs';
import { checkGroup } from './recompute.mjs';
import { dayNumber, dayText, shopOf } from './shop.mjs';

const FIRST = dayNumber('2024-01-01');
/* Buyers of three kinds: often and much, lately and little, long ago. */
const KINDS = [{ n: 14, orders: 9, from: 600, amount: 900 }, { n: 30, orders: 2, from: 580, amount: 40 }, { n: 25, orders: 1, from: 20, amount: 60 }];

let server;
let admin;
let seller;
let sales;
let asOf;
const shop = []; /* { id, kind, orders: [{ day, amount }] } */
const r = new Random(77);
const { post, buy, gradeAlone: grade } = shopOf(() => admin);

const stored = async () => new Map((await readAll(admin, '/customers?sort=id&fields=id,value_group')).map((c) => [c.id, c.value_group]));
const good = async (client, path) => {
  const answer = await patiently(() => client.get(path));
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
};
const sum = (list) => list.reduce((a, b) => a + b, 0);
const logs = (c) => [
  Math.log1p(asOf - Math.max(...c.orders.map((o) => o.day))), Math.log(c.orders.length), Math.log1p(sum(c.orders.map((o) => o.amount))),
];

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const role = (await good(admin, '/roles?key=sales')).data[0];
  sales = await post('/users', { login: 'sam', name: 'Sam', role_id: role.id });
  const { token } = await post('/api_tokens', { name: 't', user_id: sales.id });
  seller = server.client({ token });
  for (const [kind, { n, orders, from, amount }] of KINDS.entries())
    for (let i = 0; i < n; i++) {
      const customer = { id: (await post('/customers', { name: `k${kind}-${i}`, owner_id: i % 2 ? sales.id : undefined })).id, kind, orders: [] };
      shop.push(customer);
      for (let k = 0; k < orders; k++) await buy(customer, FIRST + from - 7 * k - r.int(0, 5), amount + r.int(0, amount / 4));
    }
  asOf = Math.max(...shop.flatMap((c) => c.orders.map((o) => o.day))) + 1;
});

test('before the first grading there are none', async () => {
  assert.deepEqual(await good(admin, '/analytics/groups'), { as_of: null, customers: 0, sales: '0', groups: [] });
});

test('who buys alike is together, the group that spends most is the first', async () => {
  assert.ok((await admin.request('PUT', '/settings', { 'value.groups': 3 })).status < 300);
  await grade();
  const groups = await stored();
  const ofKind = KINDS.map((_, kind) => new Set(shop.filter((c) => c.kind === kind).map((c) => groups.get(c.id))));
  assert.deepEqual(ofKind.map((set) => set.size), [1, 1, 1], 'one kind, one group');
  assert.equal(new Set(ofKind.flatMap((set) => [...set])).size, 3);
  const { groups: told, as_of, customers, sales: all } = await good(admin, '/analytics/groups');
  assert.equal(as_of, dayText(asOf));
  assert.equal(customers, shop.length);
  assert.deepEqual(told.map((g) => g.number), [1, 2, 3]);
  assert.deepEqual(told[0].words, { recency: 'recent', frequency: 'often', money: 'much' });
  assert.equal(told[0].customers, 14);
  assert.equal(sum(told.map((g) => Number(g.sales))), Number(all));
  assert.ok(Math.abs(sum(told.map((g) => g.share)) - 1) < 1e-9);
  for (const g of told) {
    const mine = shop.filter((c) => groups.get(c.id) === g.number);
    assert.equal(g.customers, mine.length);
    assert.equal(Number(g.sales), sum(mine.flatMap((c) => c.orders.map((o) => o.amount))));
    assert.ok(Math.abs(g.mean.orders - sum(mine.map((c) => c.orders.length)) / mine.length) < 1e-9);
    assert.ok(Math.abs(g.mean.recency_days - sum(mine.map((c) => asOf - Math.max(...c.orders.map((o) => o.day)))) / mine.length) < 1e-6);
    const list = (await good(admin, `/customers?${g.query}&fields=id&limit=200`)).data.map((c) => c.id);
    assert.deepEqual(list.sort((x, y) => x - y), mine.map((c) => c.id), 'the link shows them');
  }
});

test('scales and centres are those at which k-means stands still', async () => {
  for (const k of [2, 5, 12]) {
    assert.ok((await admin.request('PUT', '/settings', { 'value.groups': k })).status < 300);
    await grade();
    const groups = await stored();
    const { group } = await good(admin, `/customers/${shop[0].id}/why`);
    assert.ok(group.of <= k && group.of >= 2);
    const all = shop.map(logs);
    group.facts.forEach((f, j) => {
      const mean = sum(all.map((x) => x[j])) / all.length;
      const sd = Math.sqrt(sum(all.map((x) => (x[j] - mean) ** 2)) / all.length);
      assert.ok(Math.abs(f.mean - mean) < 1e-9 && Math.abs(f.deviation - sd) < 1e-9, f.fact);
    });
    for (const centre of group.centres) {
      const mine = shop.filter((c) => groups.get(c.id) === centre.value_group).map(logs);
      centre.scaled.forEach((v, j) => {
        const want = (sum(mine.map((x) => x[j])) / mine.length - group.facts[j].mean) / group.facts[j].deviation;
        assert.ok(Math.abs(v - want) < 1e-9, `${k} groups: centre ${centre.value_group}`);
      });
    }
    assert.ok(group.centres.every((c, i) => i === 0 || c.scaled[2] <= group.centres[i - 1].scaled[2]), 'by money');
    for (const { id } of shop) checkGroup(await good(admin, `/customers/${id}/why`));
  }
});

test('an order places its customer at once, and the grading says the same', async () => {
  assert.ok((await admin.request('PUT', '/settings', { 'value.groups': 3 })).status < 300);
  await grade();
  const was = await stored();
  const poor = shop.find((c) => c.kind === 2);
  for (let k = 0; k < 9; k++) await buy(poor, asOf - 1 - k, 1000);
  const now = await stored();
  assert.equal(now.get(poor.id), 1);
  for (const [id, group] of was) if (id !== poor.id) assert.equal(now.get(id), group, 'the others stay');
  checkGroup(await good(admin, `/customers/${poor.id}/why`));
  await grade();
  assert.equal((await stored()).get(poor.id), 1);
  for (const { id } of shop) checkGroup(await good(admin, `/customers/${id}/why`));
  const id = (await post('/customers', { name: 'new' })).id;
  assert.equal((await stored()).get(id), null, 'who never bought is in none');
});

test('groups are counted within sight, and kept from whom orders are kept from', async () => {
  const groups = await stored();
  const mine = (await good(seller, '/customers?fields=id&limit=200&orders[gte]=1')).data.map((c) => c.id);
  const seen = await good(seller, '/analytics/groups');
  assert.ok(mine.length < shop.length);
  assert.equal(seen.customers, mine.length);
  for (const g of seen.groups) assert.equal(g.customers, mine.filter((id) => groups.get(id) === g.number).length);
  const words = new Map((await good(admin, '/analytics/groups')).groups.map((g) => [g.number, g.words]));
  for (const g of seen.groups) assert.deepEqual(g.words, words.get(g.number), "the company's groups");
  const why = (await good(seller, `/customers/${mine[0]}/why`)).group;
  assert.ok(!('centres' in why) && !('mean' in why.facts[0]));
  const role = await post('/roles', { key: 'blind', name: 'Blind', grants: { customer: { read: 'all' }, order: { read: 'none' } } });
  const user = await post('/users', { login: 'bea', name: 'Bea', role_id: role.id });
  const { token } = await post('/api_tokens', { name: 't', user_id: user.id });
  assert.equal((await server.client({ token }).get('/analytics/groups')).status, 403);
});

test('in a large company groups stay for a week, unless another number is wanted', async () => {
  assert.ok((await admin.request('PUT', '/settings', { 'value.fit_weekly_from': 1 })).status < 300);
  await grade();
  const centres = async () => (await good(admin, `/customers/${shop[0].id}/why`)).group.centres.map((c) => c.scaled);
  const kept = await centres();
  await buy(shop[0], asOf - 1, 7000);
  await grade();
  assert.deepEqual(await centres(), kept, 'the centres stay');
  for (const { id } of shop) checkGroup(await good(admin, `/customers/${id}/why`));
  assert.ok((await admin.request('PUT', '/settings', { 'value.groups': 4 })).status < 300);
  await grade();
  assert.equal((await centres()).length, 4);
  for (const { id } of shop) checkGroup(await good(admin, `/customers/${id}/why`));
});

test('a number of groups that makes no sense is refused', async () => {
  for (const value of [1, 13, 0, -3, 'many', 2.5]) {
    const answer = await admin.request('PUT', '/settings', { 'value.groups': value });
    assert.deepEqual([answer.status, answer.body.errors[0].field], [422, 'value.groups'], String(value));
  }
});
