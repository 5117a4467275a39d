/* A page is found in several ways (store/shape.c): one statement, along the
 * sort index, from the scope's side. Each is forced by the testing build's
 * parameter `shape`; all must tell the same, under every scope, forward and
 * back, on both databases. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { freshDatabase, initCompany, newToken, sql, startServer } from '../api/lib.mjs';
import { Random, SEED, readAll } from '../api/random.mjs';
import { question, tell } from './story.mjs';

const QUESTIONS = process.env.TORTURE ? 10000 : 400;
const SHAPES = ['walk', 'gather'];
const KINDS = process.env.GUANXI_TEST_PG ? ['sqlite', 'postgresql'] : ['sqlite'];
const SIZES = {
  product: 10, tag: 4, customer: 120, contact: 50, order: 120, order_line: 150,
  payment: 30, interaction: 50, task: 60, changes: 60,
};
const ASKED = ['customer', 'customer', 'customer', 'contact', 'order', 'order_line', 'payment', 'interaction', 'task', 'task', 'product', 'grade_history'];
const TREE = { read: 'tree', create: 'tree', update: 'tree' };
const TEAM = { ...TREE, read: 'team' };
const OWNED = ['customer', 'contact', 'order', 'order_line', 'payment', 'interaction', 'task', 'grade_history'];

const companies = []; /* { kind, schema, rowsOf, viewers: [name, client] } */

async function people(admin, db) {
  const made = async (path, body) => {
    const answer = await admin.post(path, body);
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id;
  };
  const north = await made('/teams', { name: 'North' });
  const south = await made('/teams', { name: 'South', parent_id: north });
  const grants = (level, pool) => ({ pool, user: { read: 'all' }, ...Object.fromEntries(OWNED.map((name) => [name, level])) });
  const users = [];
  const viewers = [];
  for (const [login, level, pool, team_id] of [['tree', TREE, false, north], ['team', TEAM, true, south], ['own', { ...TREE, read: 'own' }, false, south], ['zed', TREE, true, south]]) {
    const role_id = await made('/roles', { key: login, name: login, grants: grants(level, pool) });
    users.push(await made('/users', { login, name: login, role_id, team_id }));
    viewers.push([login, newToken(db, login)]);
  }
  return { users, viewers };
}

/* Some records that others were let see by name. */
function share(sqlOf, users) {
  for (const [k, user] of users.entries())
    sqlOf(`INSERT INTO record_share (entity, record_id, user_id, level, created_at) SELECT 'customer', id, ${user}, 'read', 1 FROM customer WHERE id % 17 = ${k + 3}`);
}

before(async () => {
  for (const kind of KINDS) {
    const db = freshDatabase(kind);
    initCompany(db);
    const server = await startServer({ db });
    const admin = server.client({ token: newToken(db, 'admin') });
    const { users, viewers } = await people(admin, db);
    const schema = (await admin.get('/schema')).body.entities;
    await tell([admin], schema, 0, { user: users }, SIZES);
    share((text) => sql(db, text), users.slice(0, 2));
    const rowsOf = new Map();
    for (const name of new Set(ASKED))
      rowsOf.set(name, await readAll(admin, `/${schema.find((e) => e.name === name).plural}`));
    companies.push({
      kind, schema, rowsOf,
      viewers: [['admin', admin], ...viewers.map(([login, token]) => [login, server.client({ token })])],
    });
  }
});

/* The question with its shape named. */
function shaped(q, shape) {
  if (shape === null) return q;
  if (q.body && !q.path.includes('cursor=')) return { ...q, body: { ...q.body, shape } };
  if (q.body) return { ...q, body: { ...q.body, shape } };
  return { ...q, path: `${q.path}${q.path.includes('?') ? '&' : '?'}shape=${shape}` };
}

/* What of an answer the shapes share: rows, count, where it goes on. */
function told(answer) {
  if (answer.status !== 200) return { status: answer.status, errors: answer.body.errors };
  const { data, count, included, links } = answer.body;
  const cursor = (link) => (link === null ? null : new URL(link, 'http://x').searchParams.get('cursor'));
  return { data, count, included, next: cursor(links.next), prev: cursor(links.prev) };
}

/* A busy machine has used up a read's budget, or that of its count, which then
 * tells what it had found. Few records are here: no cap is ever reached. */
const isCutOff = ({ body }) => body.code === 'query_too_broad' || body.count?.capped === true;

/* Asks again when it has. */
async function ask(client, q, shape) {
  const { method, path, body } = shaped(q, shape);
  for (let tries = 0; ; tries++) {
    const answer = await client.request(method, path, body);
    if (!isCutOff(answer) || tries === 20) return told(answer);
  }
}

async function compare(seen, name, client, q) {
  const expected = await ask(client, q, 'plain');
  for (const shape of [...SHAPES, null]) {
    const got = await ask(client, q, shape);
    assert.deepEqual(got, expected, `${name}, ${shape ?? 'left to the server'}: ${q.method} ${q.path} ${q.body ? JSON.stringify(q.body) : ''}`);
  }
  seen.rows += expected.data?.length ?? 0;
  seen.refused += expected.data === undefined ? 1 : 0;
  return expected;
}

/* The same question at another place. */
function at(q, cursor) {
  const url = new URL(q.path, 'http://x');
  url.searchParams.set('cursor', cursor);
  const body = q.body && { ...q.body };
  if (body) delete body.cursor;
  return { ...q, path: url.pathname + url.search, body };
}

for (const kind of KINDS)
  test(`${QUESTIONS} questions of seed ${SEED} have one answer in every shape: ${kind}`, async (t) => {
    const { schema, rowsOf, viewers } = companies.find((c) => c.kind === kind);
    const entities = ASKED.map((name) => schema.find((e) => e.name === name));
    const r = new Random(SEED + 7);
    const seen = { rows: 0, refused: 0, followed: 0, last: 0 };
    for (let i = 0; i < QUESTIONS; i++) {
      const [name, client] = r.pick(viewers);
      const q = question(r, entities, rowsOf, new Set());
      let page = await compare(seen, name, client, q);
      for (let steps = r.int(0, 2); steps > 0 && page.next; steps--) {
        seen.followed++;
        page = await compare(seen, name, client, at(q, page.next));
      }
      if (page.prev) page = await compare(seen, name, client, at(q, page.prev));
      if (page.data && r.once(3)) {
        seen.last++;
        const last = await compare(seen, name, client, at(q, 'last'));
        assert.equal(last.next, null);
      }
    }
    t.diagnostic(JSON.stringify(seen));
    assert.ok(seen.rows > QUESTIONS && seen.followed > QUESTIONS / 20 && seen.last > QUESTIONS / 20, JSON.stringify(seen));
    assert.ok(seen.refused < QUESTIONS * 0.6, JSON.stringify(seen)); /* values that the drawn field does not take */
  });

test('the last page holds the last rows, and back from it nothing is lost', async () => {
  for (const { kind, viewers } of companies)
    for (const [name, client] of viewers) {
      const all = (await readAll(client, '/customers?sort=city&fields=id,city')).map((one) => one.id);
      const back = [];
      for (let link = '/customers?sort=city&fields=id,city&limit=7&cursor=last'; link !== null;) {
        const { body, status, text } = await client.get(link);
        assert.equal(status, 200, text);
        back.unshift(...body.data.map((one) => one.id));
        link = body.links.prev;
      }
      assert.deepEqual(back, all, `${kind} ${name}`);
    }
});
