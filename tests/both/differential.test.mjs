/* SQLite and PostgreSQL tell the same: one story told to both, thousands of
 * random questions asked of both, the answers compared byte for byte. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { freshDatabase, initCompany, newToken, sql, startServer } from '../api/lib.mjs';
import { work } from '../api/jobs.mjs';
import { Random, SEED, readAll, together } from '../api/random.mjs';
import { filterable, question, tell } from './story.mjs';

const REQUESTS = process.env.TORTURE ? 50000 : 5000;
const ASKERS = 4;
const CLOCKS = ['2024-12-20T23:30:00Z', '2024-12-31T15:59:59.999Z', '2025-01-06T00:00:00Z'].map((t) => String(Date.parse(t)));
const SIZES = {
  product: 15, tag: 6, customer: 130, contact: 60, order: 130, order_line: 200,
  payment: 40, interaction: 60, task: 50, changes: 60,
};
const ASKED = ['customer', 'customer', 'contact', 'order', 'order_line', 'payment', 'interaction', 'task', 'product', 'tag', 'user', 'team', 'grade_history', 'grade_run', 'audit_entry'];

const unable = process.env.GUANXI_TEST_PG ? false : 'GUANXI_TEST_PG is not set: there is no PostgreSQL to compare with';
const pair = []; /* { db, token, server } of SQLite and of PostgreSQL */
let schema;
let viewers; /* [name, clients of both] */
const rowsOf = new Map();

async function start(side, clock) {
  await side.server?.stop();
  side.server = await startServer({ db: side.db, workers: ASKERS, env: { GUANXI_TEST_CLOCK: clock } });
  return side.server;
}

const both = (work) => Promise.all(pair.map(work));
const clientsOf = (name) => pair.map((side) => side.server.client({ token: side.tokens[name] }));

/* A ruler, so that orders give grades and scores. */
function ruler(side) {
  const text = JSON.stringify({
    as_of: 20100, customers: 1, sales: 1, r: [19100, 19300, 19500, 19700], f: [2, 3, 4, 5],
    m: [1e8, 3e8, 5e8, 8e8], tiers: [[2e9, 1], [8e8, 1], [2e8, 1]], classes: [[6e8, 1], [2e8, 1]],
  });
  sql(side.db, `INSERT INTO grade_run (as_of, cutoffs, settings, customers, sales, tiers, changed,
    started_at, finished_at) VALUES (20100, '${text}', '{}', 1, 1, '[]', 0, 1, 2)`);
}

async function people(side) {
  const admin = side.server.client({ token: side.tokens.admin });
  const made = async (path, body) => {
    const answer = await admin.post(path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const north = await made('/teams', { name: '北区' });
  const south = await made('/teams', { name: 'South', parent_id: north });
  const roles = (await admin.get('/roles')).body.data;
  const role = (key) => roles.find((x) => x.key === key).id;
  const users = [];
  for (const [login, key, team_id] of [['wang', 'manager', north], ['li', 'sales', south], ['zed', 'sales', south]])
    users.push(await made('/users', { login, name: `用户 ${login}`, role_id: role(key), team_id }));
  side.tokens.manager = (await admin.post('/api_tokens', { name: 'x', user_id: users[0] })).body.token;
  side.tokens.sales = (await admin.post('/api_tokens', { name: 'x', user_id: users[1] })).body.token;
  return users;
}

before(async () => {
  if (unable) return;
  for (const kind of ['sqlite', 'postgresql']) {
    const side = { db: freshDatabase(kind) };
    initCompany(side.db);
    side.tokens = { admin: newToken(side.db, 'admin') };
    /* Cursors are signed with it. */
    sql(side.db, `UPDATE setting SET value = '${'5a'.repeat(32)}' WHERE key = 'company.secret'`);
    sql(side.db, 'UPDATE "user" SET created_at = 1, updated_at = 1, last_login_at = NULL; UPDATE audit_entry SET at = 1; UPDATE role SET created_at = 1, updated_at = 1');
    for (const table of ['grade_policy', 'lifecycle_plan']) sql(side.db, `UPDATE ${table} SET created_at = 1, updated_at = 1`);
    ruler(side);
    pair.push(side);
  }
  const ids = {};
  for (const [chapter, clock] of CLOCKS.entries()) {
    await both((side) => start(side, clock));
    if (chapter === 0) {
      const [users, same] = await both(people);
      assert.deepEqual(users, same);
      ids.user = users;
      schema = (await clientsOf('admin')[0].get('/schema')).body.entities;
    }
    await tell(clientsOf('admin'), schema, chapter, ids, SIZES);
    await Promise.all(clientsOf('admin').map((c) => work(c, '/grading/run', {})));
  }
  const admin = clientsOf('admin')[0];
  for (const name of new Set(ASKED)) rowsOf.set(name, (await readAll(admin, `/${schema.find((e) => e.name === name).plural}`)));
  viewers = [['admin', clientsOf('admin')], ['manager', clientsOf('manager')], ['sales', clientsOf('sales')]];
});

/* What may differ: the number of the request, the mark that joins what was
 * deleted together, and how far a grading had read the change log. */
function comparable(answer) {
  const text = answer.text.replace(/"place":\[\d+,\d+\]/g, '"place":[]').replace(/"request_id":"[0-9a-f]+"/g, '"request_id":""').replace(/"deleted_with":\d+/g, '"deleted_with":1');
  return `${answer.status} ${answer.headers.get('content-type')}\n${text}`;
}

const seen = { asked: 0, rows: 0, refused: 0, followed: 0, back: 0, empty: 0, broad: 0, uncounted: 0 };

async function ask(viewer, clients, q) {
  const answers = await Promise.all(clients.map((c) => c.request(q.method, q.path, q.body)));
  const what = `${viewer}: ${q.method} ${q.path} ${q.body ? JSON.stringify(q.body) : ''}`;
  for (const a of answers) assert.ok(a.status < 500, `${what}: ${a.status} ${a.text}`);
  seen.asked++;
  /* Told by the clock on the wall, not by the data. */
  if (answers.some((a) => a.body.code === 'query_too_broad')) {
    seen.broad++;
    return null;
  }
  const [a, b] = answers.map(comparable);
  if (a !== b) {
    assert.ok(onlyCountedLess(a, b, answers), `${what}\n${difference(a, b)}`);
    seen.uncounted++;
  }
  if (answers[0].status !== 200) seen.refused++;
  else if (answers[0].body.data.length === 0) seen.empty++;
  else seen.rows += answers[0].body.data.length;
  return answers[0];
}

/* A capped count that takes too long answers what it had found so far: nothing
 * else may differ, and who counted to the end found at least as many. */
function onlyCountedLess(a, b, answers) {
  const bare = (text) => text.replace(/"count":\{"value":\d+,"capped":(true|false)\}/, '');
  const [x, y] = answers.map((answer) => answer.body.count);
  if (!x || !y || bare(a) !== bare(b)) return false;
  return (x.capped && (y.capped || x.value <= y.value)) || (y.capped && y.value <= x.value);
}

/* Where two texts part, with what is around. */
function difference(a, b) {
  let i = 0;
  while (a[i] === b[i]) i++;
  const from = Math.max(0, i - 300);
  return `sqlite:     …${a.slice(from, i + 300)}\npostgresql: …${b.slice(from, i + 300)}`;
}

const asked = () => ASKED.map((name) => schema.find((e) => e.name === name));

/* Pairs of type and operator that chance has left out. */
async function askTheRest(operators) {
  const r = new Random(SEED - 1);
  const lacks = (e) => filterable(e).some((f) => f.filter.some((op) => !operators.has(`${f.type} ${op}`)));
  for (let tries = 0; tries < REQUESTS; tries++) {
    const left = asked().filter(lacks);
    if (left.length === 0) return;
    const [viewer, clients] = r.pick(viewers);
    await converse(r, viewer, clients, operators, left);
  }
}

/* The question, then a few pages on and some back. */
async function converse(r, viewer, clients, operators, entities = asked()) {
  const q = question(r, entities, rowsOf, operators);
  let answer = await ask(viewer, clients, q);
  for (let steps = r.int(0, 4); steps > 0 && answer?.status === 200; steps--) {
    const back = r.once(3) && answer.body.links.prev !== null;
    const link = back ? answer.body.links.prev : answer.body.links.next;
    if (link === null) return;
    seen[back ? 'back' : 'followed']++;
    answer = await ask(viewer, clients, { ...q, path: link });
  }
}

test('the story is the same on both', { skip: unable }, async () => {
  for (const e of schema) {
    const [a, b] = await Promise.all(clientsOf('admin').map((c) => readAll(c, `/${e.plural}?sort=id`)));
    const bare = (rows) => rows.map(({ deleted_with, request_id, hash, ...rest }) =>
      (rest.cutoffs ? { ...rest, cutoffs: { ...rest.cutoffs, place: [] } } : rest));
    if (!['session', 'role', 'saved_view'].includes(e.name)) assert.deepEqual(bare(a), bare(b), e.plural);
  }
});

test(`${REQUESTS} questions of seed ${SEED} have one answer`, { skip: unable }, async (t) => {
  const operators = new Set();
  await together(ASKERS, async (k) => {
    const r = new Random(SEED + k);
    while (seen.asked < REQUESTS) {
      const [viewer, clients] = r.pick(viewers);
      await converse(r, viewer, clients, operators);
    }
  });
  await askTheRest(operators);
  const told = JSON.stringify(seen);
  t.diagnostic(told);
  assert.ok(seen.rows > REQUESTS && seen.followed > REQUESTS / 20 && seen.back > REQUESTS / 100, told);
  assert.ok(seen.refused < REQUESTS / 3 && seen.broad + seen.uncounted <= REQUESTS / 20, told);
  for (const e of schema.filter((x) => ASKED.includes(x.name)))
    for (const f of filterable(e))
      for (const op of f.filter) assert.ok(operators.has(`${f.type} ${op}`), `${op} of ${f.type} was never asked`);
});
