/* Strategies for stages, levels of relation and bonds (R47 to R49): texts and
 * tasks the company edits, tasks made once when a customer comes there. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { addUser, startServer } from './lib.mjs';
import { importAll, work } from './jobs.mjs';
import { readAll } from './random.mjs';

const STAGES = ['acquisition', 'development', 'maintenance', 'recovery', 'ended'];
const LEVELS = ['basic', 'reactive', 'accountable', 'proactive', 'partnership'];
const BONDS = ['financial', 'social', 'structural'];
const DAY = 86400000;
/* The company's day, and one some days away from it. */
const away = (days) => new Date(Date.now() + 8 * 3600000 + days * DAY).toISOString().slice(0, 10);

let server;
let admin;
let me;
const plans = {}; /* by stage, level, bond */

async function post(path, body, status = 201) {
  const answer = await admin.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}
async function patch(path, body, status = 200) {
  const answer = await admin.patch(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}
async function get(path, client = admin) {
  const answer = await client.get(path);
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}
const tasksOf = (id) => readAll(admin, `/tasks?customer_id=${id}&sort=id`);
const titles = async (id) => (await tasksOf(id)).map((k) => k.title);

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  me = (await get('/users?login=admin')).data[0].id;
  for (const p of (await get('/lifecycle_plans?limit=50')).data) plans[p.stage] = p;
});

test('what a company begins with is told in both languages', async () => {
  const { texts } = await get('/schema');
  const plans = (await get('/lifecycle_plans?limit=50')).data;
  const policies = (await get('/grade_policies')).data;
  for (const text of [...plans.flatMap((p) => [p.strategy, p.tasks]), ...policies.flatMap((p) => [p.service_level, p.plan])]) {
    const both = texts.find((one) => one.zh === text);
    assert.ok(both?.en && both.en !== text, text);
    assert.equal(both.zh.split('\n').length, both.en.split('\n').length, 'a task of the same place in each');
  }
});

/* A page shows such a text in another language there alone: what somebody wrote
 * himself, a note or a task of his own, stays as he wrote it. */
test('which fields hold what a company begins with is told', async () => {
  const { entities } = await get('/schema');
  const holds = Object.fromEntries(entities.flatMap((e) => e.fields.filter((f) => f.start_texts).map((f) => [`${e.name}.${f.name}`, f.start_texts])));
  assert.deepEqual(holds, {
    'grade_policy.plan': 'grade', 'grade_policy.service_level': 'grade',
    'lifecycle_plan.strategy': 'stage', 'lifecycle_plan.tasks': 'stage',
    'task.title': 'lifecycle_plan_id',
  });
});

test('a company begins with a strategy for each, and only the closing checklist acts', async () => {
  assert.deepEqual(Object.keys(plans).sort(), [...STAGES, ...LEVELS, ...BONDS].sort());
  const all = Object.values(plans);
  assert.equal(new Set(all.map((p) => p.strategy)).size, all.length);
  for (const p of all) {
    assert.ok(p.strategy.length > 10 && p.tasks.length > 5, p.stage);
    assert.equal(p.active, p.stage === 'ended', p.stage);
  }
  const schema = (await get('/schema')).entities;
  const options = (entity, field) => schema.find((e) => e.name === entity).fields.find((f) => f.name === field).options.map((o) => o.value);
  assert.deepEqual(options('customer', 'relation_level'), LEVELS);
  assert.deepEqual(options('customer', 'bonds'), BONDS);
  assert.deepEqual(options('lifecycle_plan', 'stage'), [...STAGES, ...LEVELS, ...BONDS]);
});

test('who is put on a level gets its tasks, once, each due by its own days', async () => {
  await patch(`/lifecycle_plans/${plans.partnership.id}`, { active: true, due_days: 20, tasks: 'Plan the year\n\n Name the people|3 \nA | B' });
  const start = away(0);
  const { id } = await post('/customers', { name: 'close', owner_id: me, relation_level: 'partnership', bonds: ['social'] });
  const made = await tasksOf(id);
  if (away(0) !== start) return; /* midnight */
  assert.deepEqual(made.map((k) => [k.title, k.due_on]), [['Plan the year', away(20)], ['Name the people', away(3)], ['A | B', away(20)]]);
  for (const k of made) {
    assert.deepEqual([k.lifecycle_plan_id, k.owner_id, k.done], [plans.partnership.id, me, false]);
    assert.match(k.policy_rule, /伙伴型/);
  }
  await patch(`/customers/${id}`, { name: 'closer', relation_level: 'partnership' });
  await patch(`/customers/${id}`, { relation_level: 'basic' });
  await patch(`/customers/${id}`, { relation_level: null });
  await patch(`/customers/${id}`, { relation_level: 'partnership' });
  const job = await work(admin, '/grading/run', {});
  assert.equal(job.state, 'done', job.error);
  assert.equal((await tasksOf(id)).length, 3, 'what is to be done is not made again');
  await patch(`/tasks/${made[1].id}`, { done: true });
  await patch(`/customers/${id}`, { relation_level: 'basic' });
  await patch(`/customers/${id}`, { relation_level: 'partnership' });
  assert.deepEqual((await titles(id)).slice(3), ['Name the people'], 'what was done is, when he comes again');
});

test('a bond that is new brings its tasks, those there were do not', async () => {
  await patch(`/lifecycle_plans/${plans.social.id}`, { active: true, tasks: 'greet' });
  await patch(`/lifecycle_plans/${plans.financial.id}`, { active: true, tasks: 'discount' });
  const { id } = await post('/customers', { name: 'bound', bonds: ['social'] });
  assert.deepEqual(await titles(id), ['greet']);
  await patch(`/tasks/${(await tasksOf(id))[0].id}`, { done: true });
  await patch(`/customers/${id}`, { bonds: ['financial', 'social'] });
  assert.deepEqual(await titles(id), ['greet', 'discount']);
  assert.match((await tasksOf(id))[1].policy_rule, /财务/);
  assert.equal((await admin.delete(`/customers/${id}`)).status, 204);
  assert.equal((await admin.post(`/customers/${id}/restore`)).status, 200);
  assert.deepEqual(await titles(id), ['greet', 'discount'], 'back out of the bin is not a new bond');
});

test('imports bring them too, a file twice no second time', async () => {
  const file = 'name,code,relation_level,bonds\nI One,S1,partnership,\nI Two,S2,,social\nI Three,S3,basic,\n';
  const made = await importAll(admin, 'customers', file);
  assert.equal(made.report.created, 3, JSON.stringify(made.report));
  const id = async (code) => (await get(`/customers?code=${code}`)).data[0].id;
  const one = await id('S1');
  const two = await id('S2');
  assert.deepEqual(await titles(one), ['Plan the year', 'Name the people', 'A | B']);
  assert.deepEqual(await titles(two), ['greet']);
  assert.deepEqual(await titles(await id('S3')), []);
  const again = await importAll(admin, 'customers', file.replace('S3,basic', 'S3,partnership'), { options: { key: 'code', on_duplicate: 'update' } });
  assert.equal(again.report.error_lines, 0, JSON.stringify(again.report));
  assert.equal((await titles(one)).length, 3);
  assert.deepEqual(await titles(await id('S3')), ['Plan the year', 'Name the people', 'A | B']);
});

test('a new customer comes into the stage he begins at, typed or imported', async () => {
  const before = await post('/customers', { name: 'before' });
  await patch(`/lifecycle_plans/${plans.acquisition.id}`, { active: true, tasks: 'say hello | 3' });
  const plain = await post('/customers', { name: 'plain' });
  const asks = await post('/customers', { name: 'asks', buys_note: 'paper' });
  const ended = await post('/customers', { name: 'over', relation_ended_on: away(-1), relation_ended_reason: 'moved' });
  const made = await importAll(admin, 'customers', 'name,code\nN One,N1\nN Two,N2\n');
  assert.equal(made.report.created, 2, JSON.stringify(made.report));
  const two = (await get('/customers?code=N2')).data[0];
  for (const one of [plain, asks, two]) assert.deepEqual(await titles(one.id), ['say hello'], one.name);
  assert.ok(!(await titles(ended.id)).includes('say hello'));
  assert.deepEqual(await titles(before.id), []);
  for (const one of [plain, asks, ...(await get('/customers?code[in]=N1,N2')).data]) assert.equal((await admin.delete(`/customers/${one.id}`)).status, 204);
  await patch(`/lifecycle_plans/${plans.acquisition.id}`, { active: false, tasks: plans.acquisition.tasks });
  assert.deepEqual(await titles((await post('/customers', { name: 'after' })).id), []);
});

test('the customer’s page tells the strategies, as far as one may see what they are for', async () => {
  const { id } = await post('/customers', { name: 'told', relation_level: 'partnership', bonds: ['social', 'structural'] });
  const why = await get(`/customers/${id}/ladder`);
  assert.deepEqual(why.plans.map((p) => [p.field, p.value, p.id]), [
    ['lifecycle_stage', 'acquisition', plans.acquisition.id], ['relation_level', 'partnership', plans.partnership.id],
    ['bonds', 'social', plans.social.id], ['bonds', 'structural', plans.structural.id]]);
  assert.deepEqual(why.plans[1].tasks, [{ title: 'Plan the year', due_days: 20 }, { title: 'Name the people', due_days: 3 }, { title: 'A | B', due_days: 20 }]);
  assert.equal(why.plans[1].strategy, plans.partnership.strategy);
  assert.equal(why.plans[1].active, true);
  const role = await post('/roles', { key: 'narrow', name: 'Narrow',
    grants: { customer: { read: 'all' }, order: { read: 'all' }, interaction: { read: 'all' }, lifecycle_plan: { read: 'all' }, fields: { customer: { bonds: 'hidden' } } } });
  addUser(server.db, 'nora', 'sales');
  await patch(`/users/${(await get('/users?login=nora')).data[0].id}`, { role_id: role.id });
  const nora = server.client();
  assert.equal((await nora.signIn('nora', 'correct horse staple')).status, 200);
  assert.deepEqual((await get(`/customers/${id}/ladder`, nora)).plans.map((p) => p.field), ['lifecycle_stage', 'relation_level']);
  const figures = await get('/analytics/ladder', nora);
  assert.equal(figures.bonds, undefined);
  assert.equal(figures.levels.length, LEVELS.length);
});

test('levels and bonds are counted as their lists are', async () => {
  const told = await get('/analytics/ladder');
  const count = async (query) => (await get(`/customers?${query}&limit=1&count=exact`)).count.value;
  assert.deepEqual(told.levels.map((l) => l.relation_level), LEVELS);
  assert.deepEqual(told.bonds.map((b) => b.bond), BONDS);
  for (const l of told.levels) assert.equal(l.customers, await count(`relation_level=${l.relation_level}`), l.relation_level);
  for (const b of told.bonds) assert.equal(b.customers, await count(`bonds[has]=${b.bond}`), b.bond);
  assert.ok(told.levels.at(-1).customers > 2 && told.bonds[1].customers > 2);
});

test('tasks that could not be made are refused in words', async () => {
  for (const [tasks, line] of [['fine\n| 5', 2], [`${'x'.repeat(201)} | 2`, 1], ['a | 3651', 1], [`a\nb\n\nc | ${'9'.repeat(30)}`, 4]]) {
    const answer = await admin.patch(`/lifecycle_plans/${plans.reactive.id}`, { tasks });
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual([answer.body.errors[0].field, answer.body.errors[0].code], ['tasks', 'lifecycle_task_line']);
    assert.deepEqual(answer.body.errors[0].message.match(/\d+/g), [line, 200, 3650].map(String), answer.text);
  }
  const long = '长'.repeat(200);
  const kept = await patch(`/lifecycle_plans/${plans.reactive.id}`, { tasks: `${long} | 3650\nhalf | done`, active: true });
  assert.equal(kept.tasks, `${long} | 3650\nhalf | done`);
  const { id } = await post('/customers', { name: 'long', relation_level: 'reactive' });
  assert.deepEqual(await titles(id), [long, 'half | done']);
});

/* --- switched on ------------------------------------------------------------ */

const awaiting = (plan, client = admin) => client.get(`/lifecycle_plans/${plan.id}/awaiting`);
const count = async (query) => (await get(`/customers?${query}&limit=1&count=exact`)).count.value;

async function act(path) {
  const job = await work(admin, `${path}/act`);
  assert.equal(job.state, 'done', JSON.stringify(job));
  return job.result;
}

test('a strategy switched on tells whom it waits for and makes their tasks, as owners have room', async () => {
  const ida = addUser(server.db, 'ida', 'sales');
  const owner = (await get('/users?login=ida')).data[0].id;
  assert.ok(owner, ida);
  await patch(`/lifecycle_plans/${plans.accountable.id}`, { active: false, tasks: 'ask\nlisten | 3' });
  const made = [];
  for (let i = 0; i < 5; i++) made.push(await post('/customers', { name: `there ${i}`, owner_id: owner, relation_level: 'accountable' }));
  const alone = await post('/customers', { name: 'nobody owns', owner_id: null, relation_level: 'accountable' });
  const before = (await awaiting(plans.accountable)).body;
  assert.deepEqual(before, { active: false, customers: 6, tasks: 12,
    parts: [{ what: 'strategy', customers: 6, now: 6, query: `awaits=strategy:${plans.accountable.id}&sort=-sales` }] });
  assert.equal(await count(before.parts[0].query), 6);
  const refused = await admin.post(`/lifecycle_plans/${plans.accountable.id}/act`);
  assert.deepEqual([refused.status, refused.body.errors[0].code], [409, 'plan_inactive']);
  await patch(`/lifecycle_plans/${plans.accountable.id}`, { active: true });
  assert.deepEqual(await titles(made[0].id), [], 'switching it on alone makes none');

  const limit = await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 4 });
  assert.ok(limit.status < 300, limit.text);
  const now = (await awaiting(plans.accountable)).body;
  assert.deepEqual([now.active, now.customers, now.tasks, now.parts[0].customers], [true, 3, 6, 6]);
  assert.deepEqual(await act(`/lifecycle_plans/${plans.accountable.id}`), { tasks: 6, customers: 3 });
  const got = await Promise.all([...made, alone].map((x) => titles(x.id)));
  assert.equal(got.filter((x) => x.length > 0).length, 3);
  assert.ok(got.every((x) => x.length === 0 || x.join() === 'ask,listen'), JSON.stringify(got));
  assert.deepEqual(got[5], ['ask', 'listen'], 'what nobody owns has room of its own');
  assert.equal(await count(before.parts[0].query), 3, 'those that wait');
  assert.deepEqual(await act(`/lifecycle_plans/${plans.accountable.id}`), { tasks: 0, customers: 0 }, 'no room yet');

  /* What was done, or thrown away, makes room and is not made again. */
  for (const k of await readAll(admin, `/tasks?owner_id=${owner}&done=false`)) {
    if (k.title === 'ask') await patch(`/tasks/${k.id}`, { done: true });
    else assert.equal((await admin.delete(`/tasks/${k.id}`)).status, 204);
  }
  assert.deepEqual(await act(`/lifecycle_plans/${plans.accountable.id}`), { tasks: 4, customers: 2 });
  await admin.request('PUT', '/settings', { 'policy.tasks_per_owner': 0 });
  assert.deepEqual(await act(`/lifecycle_plans/${plans.accountable.id}`), { tasks: 2, customers: 1 });
  assert.deepEqual((await awaiting(plans.accountable)).body.parts[0].customers, 0);
  for (const x of made) assert.equal((await readAll(admin, `/tasks?customer_id=${x.id}&bin=true`)).length + (await tasksOf(x.id)).length, 2);
});

test('stages and bonds wait likewise, not for who may not change them', async () => {
  await patch(`/lifecycle_plans/${plans.structural.id}`, { active: false, tasks: 'connect' });
  const { id } = await post('/customers', { name: 'wired', bonds: ['financial', 'structural'] });
  for (const [plan, query] of [[plans.structural, 'bonds[has]=structural'], [plans.acquisition, 'lifecycle_stage=acquisition']]) {
    const told = (await awaiting(plan)).body;
    assert.equal(told.parts[0].customers, await count(query), plan.stage);
    assert.equal(await count(told.parts[0].query), told.parts[0].customers);
    await patch(`/lifecycle_plans/${plan.id}`, { active: true });
    const made = await act(`/lifecycle_plans/${plan.id}`);
    assert.deepEqual(made, { tasks: told.tasks, customers: told.customers });
    assert.equal((await awaiting(plan)).body.customers, 0);
  }
  assert.ok((await titles(id)).includes('connect'));
  const nora = server.client();
  assert.equal((await nora.signIn('nora', 'correct horse staple')).status, 200);
  assert.equal((await awaiting(plans.social, nora)).status, 403);
  assert.equal((await nora.post(`/lifecycle_plans/${plans.social.id}/act`)).status, 403);
  assert.equal((await nora.get(`/customers?awaits=strategy:${plans.social.id}`)).status, 403, 'tasks are not hers to see');
  assert.equal((await admin.get('/lifecycle_plans/999999/awaiting')).status, 404);
});

test('a policy tells whom it waits for and acts alone', async () => {
  const told = {};
  for (const p of (await get('/grade_policies')).data) told[p.grade] = { ...p, ...(await get(`/grade_policies/${p.id}/awaiting`)) };
  const { small } = told;
  assert.deepEqual(small.parts.map((x) => x.what), ['upgrade', 'cut_cost'], 'no rhythm, no team');
  for (const p of Object.values(told)) for (const x of p.parts) assert.equal(await count(x.query), x.customers, `${p.grade} ${x.what}`);
  await patch(`/grade_policies/${small.id}`, { active: false });
  assert.equal((await admin.post(`/grade_policies/${small.id}/act`)).status, 409);
  await patch(`/grade_policies/${small.id}`, { active: true });
  assert.deepEqual(await act(`/grade_policies/${small.id}`), { tasks: 0, assigned: 0, plans: 0 });
});
