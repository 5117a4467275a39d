/* What approved drop decisions do beyond refusing orders: no discounts, the
 * service of the next lower grade, fees as tasks; and that they end. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';
import { importAll, work } from './jobs.mjs';

const DAY = 86400000;
/* The company's day of an instant, and one some days away from it. */
const dayOf = (instant, days = 0) => new Date(Date.parse(instant) + 8 * 3600000 + days * DAY).toISOString().slice(0, 10);
/* Days from the one on which the server has begun: they stay through midnight. */
const on = (days) => dayOf(begun, days);

let begun;
let server;
let admin;
const users = {};
const ids = {};

async function good(promise, status = 200) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}
const make = (path, body, client = admin) => good(client.post(path, body), 201);
const refused = (answer, code) => assert.deepEqual([answer.status, answer.body.errors?.[0]?.code], [422, code], answer.text);

async function decide(customer, measures, more = {}) {
  const { id } = await make('/drop_decisions', { customer_id: customer, can_rise: 'no', must_go: 'yes', measures,
    reason: 'Costs more than it brings.', terms: '6 yuan a month', effective_on: on(-10), ...more }, users.sam);
  await good(users.boss.post(`/drop_decisions/${id}/approve`, {}));
  return id;
}
const lift = (id) => good(users.boss.post(`/drop_decisions/${id}/lift`, { note: 'Settled.' }));
const tasks = async (query) => (await good(admin.get(`/tasks?${query}&sort=id&limit=100`))).data;
const why = async (id, client = admin) => (await good(client.get(`/customers/${id}/why`))).policy;

async function grade() {
  const job = await work(admin, '/grading/run');
  assert.equal(job.state, 'done', JSON.stringify(job));
}

let numbers = 0;
const order = (client, customer_id, more = {}) => client.post('/orders', { customer_id, number: `D${++numbers}`, ordered_on: on(0), ...more });

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const { id: team, created_at } = await make('/teams', { name: 'East' });
  begun = created_at;
  const roles = Object.fromEntries((await good(admin.get('/roles'))).data.map((r) => [r.key, r.id]));
  for (const [login, role] of [['boss', 'manager'], ['sam', 'sales']]) {
    const user = await make('/users', { login, name: login, role_id: roles[role], team_id: team });
    ids[login] = user.id;
    const { token } = await make('/api_tokens', { name: 't', user_id: user.id });
    users[login] = server.client({ token });
  }
  for (let k = 0; k < 10; k++) {
    const { id } = await make('/customers', { name: `c${k}`, code: `C${k}`, owner_id: ids.sam });
    ids[`c${k}`] = id;
    await good(order(admin, id, { number: `first ${k}`, ordered_on: on(-200), amount: (10 - k) * 10000 }), 201);
  }
  await grade();
});

describe('stricter terms', () => {
  test('grant no discount from their day on, but by leave; lifted, the policy counts again', async () => {
    const id = ids.c0;
    await good(order(users.sam, id, { discount_percent: '4' }), 201);
    const d = await decide(id, ['stricter_terms'], { must_go: 'no', effective_on: on(-5) });
    refused(await order(users.sam, id, { discount_percent: '4' }), 'discount_terms');
    const early = await good(order(users.sam, id, { discount_percent: '4', ordered_on: on(-6) }), 201);
    refused(await users.sam.patch(`/orders/${early.id}`, { ordered_on: on(-4) }), 'discount_terms');
    await good(users.sam.patch(`/orders/${early.id}`, { ordered_on: on(-7) }));
    await good(order(users.sam, id), 201);
    const by = await good(order(users.boss, id, { discount_percent: '4' }), 201);
    const noted = await good(admin.get(`/orders/${by.id}`));
    assert.equal(noted.discount_approver_id, ids.boss);
    assert.match(noted.discount_rule, /0/);
    await lift(d);
    await good(order(users.sam, id, { discount_percent: '4' }), 201);
  });

  test('count where no policy acts, too', async () => {
    const { id } = await make('/customers', { name: 'ungraded', owner_id: ids.sam });
    await good(order(users.sam, id, { discount_percent: '90', amount: 0 }), 201);
    const d = await decide(id, ['stricter_terms'], { must_go: 'no' });
    refused(await order(users.sam, id, { discount_percent: '1' }), 'discount_terms');
    const by = await good(order(users.boss, id, { discount_percent: '1' }), 201);
    const noted = await good(admin.get(`/orders/${by.id}`));
    assert.deepEqual([noted.discount_policy_id, noted.discount_approver_id], [null, ids.boss]);
    await lift(d);
  });
});

describe('a lower service tier', () => {
  test('serves as the next lower grade is: ceiling, rhythm and why', async () => {
    const id = ids.c0;
    const own = await good(admin.get(`/customers/${id}`));
    const TIERS = ['vip', 'main', 'ordinary', 'small'];
    await good(admin.patch(`/customers/${id}`, { grade_override: 'main', grade_override_reason: 'test', grade_override_until: on(90) }));
    const policies = Object.fromEntries((await good(admin.get('/grade_policies?limit=10'))).data.map((p) => [p.grade, p]));
    assert.ok(TIERS.includes(own.grade));
    assert.deepEqual([(await why(id)).grade, (await why(id)).lowered_from], ['main', undefined]);
    await good(order(users.sam, id, { discount_percent: '12' }), 201); /* up to 15 % */
    const later = await decide(id, ['service_tier'], { must_go: 'no', effective_on: on(5) });
    assert.equal((await why(id)).grade, 'main', 'not before its day');
    const d = await decide(id, ['service_tier'], { must_go: 'no', effective_on: on(-5) });
    const told = await why(id, users.sam);
    assert.deepEqual([told.grade, told.lowered_from, told.drop_decision_id, told.service_level],
      ['ordinary', 'main', d, policies.ordinary.service_level]);
    refused(await order(users.sam, id, { discount_percent: '12' }), 'discount_ceiling');
    await good(order(users.sam, id, { discount_percent: '12', ordered_on: on(-6) }), 201);
    await good(order(users.sam, id, { discount_percent: '9' }), 201);
    /* contacts: by the rhythm of ordinary customers, 90 days, not 30 */
    const about = async (grade) => (await good(admin.get(`/grade_policies/${policies[grade].id}/awaiting`))).parts.find((p) => p.what === 'contact');
    const due = async (grade) => {
      const part = await about(grade);
      return part ? (await good(admin.get(`/customers?${part.query}&fields=id&limit=100`))).data.some((c) => c.id === id) : false;
    };
    for (const [name, days] of [['main', 20], ['ordinary', 60]])
      await good(admin.patch(`/grade_policies/${policies[name].id}`, { contact_days: days }));
    await make('/interactions', { customer_id: id, channel: 'phone', content: 'x', happened_at: new Date(Date.now() - 40 * DAY).toISOString().replace(/\.\d+Z/, 'Z') });
    assert.deepEqual([await due('main'), await due('ordinary')], [false, false], 'forty days are not sixty');
    await good(admin.patch(`/grade_policies/${policies.ordinary.id}`, { contact_days: 30 }));
    assert.deepEqual([await due('main'), await due('ordinary')], [false, true]);
    await lift(d);
    assert.deepEqual([await due('main'), await due('ordinary')], [true, false]);
    assert.deepEqual([(await why(id)).grade, (await why(id)).lowered_from], ['main', undefined]);
    await good(users.boss.post(`/drop_decisions/${later}/lift`, { note: 'x' }));
  });

  test('nobody who was sent away is called upon', async () => {
    const id = ids.c1;
    await good(admin.patch(`/customers/${id}`, { grade_override: 'main', grade_override_reason: 'test', grade_override_until: on(90) }));
    const [policy] = (await good(admin.get('/grade_policies?grade=main'))).data;
    const waits = async () => {
      const { parts } = await good(admin.get(`/grade_policies/${policy.id}/awaiting`));
      const part = parts.find((p) => p.what === 'contact');
      return part ? (await good(admin.get(`/customers?${part.query}&fields=id&limit=100`))).data.some((c) => c.id === id) : false;
    };
    await make('/interactions', { customer_id: id, channel: 'phone', content: 'x', happened_at: new Date(Date.now() - 100 * DAY).toISOString().replace(/\.\d+Z/, 'Z') });
    assert.equal(await waits(), true);
    const d = await decide(id, ['exit']);
    assert.equal(await waits(), false);
    await lift(d);
    assert.equal(await waits(), true);
  });
});

describe('fees', () => {
  test('an account fee is a task of the owner; lifted before it was begun it goes, else it is to end', async () => {
    const id = ids.c2;
    const one = await decide(id, ['fee'], { must_go: 'no', effective_on: on(3) });
    const [task, ...more] = await tasks(`drop_decision_id=${one}`);
    assert.equal(more.length, 0);
    assert.deepEqual([task.customer_id, task.owner_id, task.due_on, task.note, task.done], [id, ids.sam, on(3), '6 yuan a month', false]);
    assert.ok(task.title.includes(on(3)), task.title);
    await lift(one);
    assert.deepEqual(await tasks(`drop_decision_id=${one}`), []);
    const two = await decide(id, ['fee', 'prepayment'], { must_go: 'no' });
    const [charged] = await tasks(`drop_decision_id=${two}`);
    await good(users.sam.patch(`/tasks/${charged.id}`, { done: true }));
    await lift(two);
    const left = await tasks(`drop_decision_id=${two}`);
    assert.deepEqual(left.map((t) => [t.done, t.due_on]), [[true, charged.due_on], [false, dayOf(left[1].created_at)]]);
  });

  test('a proposal, a rejected and a withdrawn one make none; a deleted decision takes its task along and back', async () => {
    const body = { customer_id: ids.c3, can_rise: 'no', must_go: 'no', measures: ['fee'], reason: 'x', effective_on: on(0) };
    for (const verb of ['reject', 'withdraw']) {
      const { id } = await make('/drop_decisions', body, users.sam);
      await good(users.boss.post(`/drop_decisions/${id}/${verb}`, { note: 'no' }));
      assert.deepEqual(await tasks(`drop_decision_id=${id}`), []);
    }
    const id = await decide(ids.c3, ['fee'], { must_go: 'no' });
    assert.equal((await tasks(`drop_decision_id=${id}`)).length, 1);
    assert.ok((await users.boss.request('DELETE', `/drop_decisions/${id}`)).status < 300);
    assert.deepEqual(await tasks(`customer_id=${ids.c3}`), []);
    assert.ok((await users.boss.post(`/drop_decisions/${id}/restore`)).status < 300);
    assert.equal((await tasks(`drop_decision_id=${id}`)).length, 1);
    await lift(id);
  });

  test('are known whatever the language they were written in, and whatever number the order has now', async () => {
    const language = async (lang) => assert.ok((await admin.request('PUT', '/settings', { 'company.language': lang })).status < 300);
    const { id } = await make('/customers', { name: 'Reads both', owner_id: ids.sam });
    await language('zh');
    const d = await decide(id, ['fee', 'return_fee'], { must_go: 'no' });
    const back = await good(order(users.sam, id, { kind: 'return', amount: 5000 }), 201);
    const before_ = await tasks(`drop_decision_id=${d}`);
    assert.deepEqual(before_.map((t) => [t.drop_rule, t.order_id]), [['fee', null], ['return_fee', back.id]]);
    await language('en');
    await good(users.sam.patch(`/orders/${back.id}`, { number: 'Another number' }));
    assert.deepEqual((await tasks(`drop_decision_id=${d}`)).map((t) => t.id), before_.map((t) => t.id));
    await lift(d);
    await language('zh');
    assert.deepEqual((await tasks(`drop_decision_id=${d}`)).map((t) => t.id), [before_[1].id], 'the account fee goes');
  });

  test('lifted in the bin, it brings no fee back; one that is charged is to end', async () => {
    const { id } = await make('/customers', { name: 'Comes back', owner_id: ids.sam, phone: '13611112222' });
    const open = await decide(id, ['fee', 'no_reentry'], { effective_on: on(3) });
    const charged = await decide(id, ['fee', 'no_reentry'], { effective_on: on(-3) });
    const [fee] = await tasks(`drop_decision_id=${charged}`);
    await good(users.sam.patch(`/tasks/${fee.id}`, { done: true }));
    const kept = await make('/tasks', { title: 'Of the customer alone', customer_id: id });
    assert.ok((await admin.request('DELETE', `/customers/${id}`)).status < 300);
    assert.deepEqual(await tasks(`customer_id=${id}`), []);
    for (const d of [open, charged]) assert.equal((await users.boss.post(`/bars/${d}/lift`, { note: 'Settled.' })).status, 204);
    assert.ok((await admin.post(`/customers/${id}/restore`)).status < 300);
    const back = await tasks(`customer_id=${id}`);
    assert.deepEqual(back.map((t) => [t.drop_decision_id, t.done]), [[charged, true], [null, false], [charged, false]]);
    assert.deepEqual([back[1].id, back[2].due_on], [kept.id, dayOf(back[2].created_at)]);
    assert.ok((await admin.request('DELETE', `/customers/${id}`)).status < 300);
    assert.ok((await admin.post(`/customers/${id}/restore`)).status < 300);
    assert.deepEqual((await tasks(`customer_id=${id}`)).map((t) => t.id), back.map((t) => t.id), 'once');
  });

  test('each order that brings goods back makes one task, by hand and by a file', async () => {
    const id = ids.c4;
    const d = await decide(id, ['return_fee'], { must_go: 'no' });
    const asked = async () => (await tasks(`drop_decision_id=${d}`)).map((t) => t.title);
    const back = await good(order(users.sam, id, { kind: 'return', number: 'BACK1', amount: 5000 }), 201);
    assert.equal((await asked()).length, 1);
    assert.ok((await asked())[0].includes('BACK1'));
    await good(users.sam.patch(`/orders/${back.id}`, { note: 'again' }));
    await good(order(users.sam, id, { amount: 5000 }), 201);
    await good(order(users.sam, id, { kind: 'return', ordered_on: on(-20), amount: 5000 }), 201); /* before its day */
    assert.equal((await asked()).length, 1, 'once for each order, from its day on');
    const file = `InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID\nCF1,A,Cup,-1,${on(0)},5,C4\nF2,A,Cup,1,${on(0)},5,C4\n`;
    const { report } = await importAll(admin, 'orders', file, { options: { source: 'shop' } });
    assert.deepEqual([report.error_lines, report.orders_created], [0, 2], JSON.stringify(report));
    assert.equal((await asked()).length, 2);
    await lift(d);
    assert.equal((await asked()).length, 2, 'what came back then is still to be charged');
    await good(order(users.sam, id, { kind: 'return', amount: 5000 }), 201);
    assert.equal((await asked()).length, 2);
  });
});
