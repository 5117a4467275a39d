/* Every route, as the OpenAPI document lists them, with what is too much: a
 * long target, many headers, a large head, a large body, deep JSON. Each is
 * refused with a 4xx of its own, and nothing is written. What is too slow is
 * tested in tests/unit/test_http_limits.c. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { before, test } from 'node:test';
import { KIND, pgSession, sql, startServer, until } from './lib.mjs';

const MIB = 1024 * 1024;
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

let server;
let client;
let routes;

/* The status of a raw request; 0 when there was no answer. */
function status(text) {
  const { hostname, port } = new URL(server.url);
  return new Promise((done) => {
    let got = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    const end = () => {
      socket.destroy();
      done(Number(/^HTTP\/1\.[01] (\d+)/.exec(got)?.[1] ?? 0));
    };
    socket.setTimeout(20000, end);
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1');
      if (got.includes('\r\n')) end();
    });
    socket.on('close', end);
    socket.on('error', end);
  });
}

const head = (route, target, more = '') =>
  `${route.method.toUpperCase()} ${target} HTTP/1.1\r\nHost: x\r\nCookie: ${client.cookie}\r\nX-CSRF-Token: ${client.csrf}\r\n${more}`;

before(async () => {
  server = await startServer({ admin: true });
  client = await server.signIn();
  const { body } = await client.get('/openapi.json');
  routes = Object.entries(body.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      method, path, target: path.replace(/\{[^}]*\}/g, '1'),
      json: item[method].requestBody?.content?.['application/json'] !== undefined,
    })));
  assert.ok(routes.length > 80, `${routes.length} routes`);
});

/* Asks every route; what it answers is one of `allowed`. */
async function everywhere(what, make, allowed, wanted = routes) {
  const wrong = [];
  for (const route of wanted) {
    const got = await status(make(route));
    if (!allowed.includes(got)) wrong.push(`${route.method} ${route.path}: ${got}`);
  }
  assert.deepEqual(wrong, [], what);
}

test('a long target', () => everywhere('414', (r) => `${head(r, `${r.target}?x=${'y'.repeat(20000)}`)}\r\n`, [414, 400, 431]));

test('many headers', () => everywhere('400', (r) => `${head(r, r.target, 'A: b\r\n'.repeat(110))}\r\n`, [400, 431]));

test('a large header', () => everywhere('431', (r) => `${head(r, r.target, `A: ${'b'.repeat(20000)}\r\n`)}\r\n`, [431]));

test('a body larger than any', () => everywhere('413',
  (r) => head(r, r.target, `Content-Type: application/json\r\nContent-Length: ${1024 * 1024 * MIB}\r\n\r\n{`), [413, 401, 403]));

test('JSON deeper than 32', () => {
  const deep = `{"a":${'['.repeat(60)}${']'.repeat(60)}}`;
  const wanted = routes.filter((r) => r.json);
  assert.ok(wanted.length > 20, `${wanted.length} routes with a body`);
  return everywhere('400', (r) => head(r, r.target, `Content-Type: application/json\r\nContent-Length: ${deep.length}\r\n\r\n${deep}`), [400], wanted);
});

test('rows, includes, tests and values of a list', async () => {
  for (const query of ['limit=501', 'limit=99999999999', `include=${'orders.order_lines.'.repeat(8)}orders`, 'include=owner_id.owner_id.owner_id.owner_id',
    'name=x&'.repeat(60), `id[in]=${'1,'.repeat(1200)}1`])
    assert.equal((await client.get(`/customers?${query}`)).status, 422, query.slice(0, 60));
  let filter = { field: 'name', op: 'eq', value: 'x' };
  for (let i = 0; i < 20; i++) filter = { and: [filter] };
  assert.ok([400, 422].includes((await client.post('/customers/search', { filter })).status), 'a deep filter');
});

/* Many rows that a question looks at one by one. */
test('the time of a question', async () => {
  const { body: customer } = await client.post('/customers', { name: '多' });
  const { body: one } = await client.post('/interactions', { customer_id: customer.id, content: '谈了很久'.repeat(20), channel: 'phone', happened_at: '2026-01-05T08:00:00Z' });
  const named = KIND === 'sqlite' ? "SELECT name FROM pragma_table_info('interaction')"
    : "SELECT attname FROM pg_attribute WHERE attrelid = 'interaction'::regclass AND attnum > 0 AND NOT attisdropped";
  const columns = sql(server.db, named).split('\n').filter((name) => name !== 'id').map((name) => `"${name}"`).join(', ');
  sql(server.db, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
    INSERT INTO interaction (${columns}) SELECT ${columns} FROM interaction, n WHERE id = ${one.id}`);
  const filter = { or: Array.from({ length: 40 }, (_, i) => ({ field: 'content', op: 'contains', value: `无${i}` })) };
  const begun = performance.now();
  const answer = await client.post('/interactions/search', { filter, count: 'exact' });
  assert.equal(answer.status, 422, answer.text);
  assert.equal(answer.body.errors[0].code, 'query_too_broad');
  assert.ok(performance.now() - begun < 20000, 'it was stopped');
  assert.equal((await client.get(`/interactions/${one.id}`)).status, 200);
});

test('the server goes on', async () => {
  assert.equal((await client.get('/customers')).status, 200);
  const { code, err } = await server.stop();
  assert.equal(code, 0, err);
});

/* On SQLite a GET is answered by the loop thread. */
test('a short read doesn’t wait behind long ones', { skip: KIND !== 'postgresql' }, async () => {
  const server = await startServer({ admin: true });
  const admin = await server.signIn();
  const { body: { id } } = await admin.post('/customers', { name: '短' });
  const holder = pgSession(server.db);
  holder.send('BEGIN; LOCK TABLE change_log IN ACCESS EXCLUSIVE MODE;');
  await holder.done();
  let ended = 0;
  const long = Array.from({ length: 8 }, () => admin.get('/changes').finally(() => ended++));
  const waiting = () => Number(sql(server.db, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'change_log'::regclass"));
  await until(waiting, (n) => n >= 2, 60000);
  const answer = await admin.get(`/customers/${id}`);
  assert.equal(answer.status, 200, answer.text);
  assert.ok(ended < long.length, 'it was answered last');
  holder.send('COMMIT;');
  await holder.end();
  await Promise.all(long);
});
