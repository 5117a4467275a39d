/* Every route, as the OpenAPI document lists them, with what is too much: a
 * long target, many headers, a large head, a large body, deep JSON. Each is
 * refused with a 4xx of its own, and nothing is written. What is too slow is
 * tested in tests/unit/test_http_limits.c. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, test } from 'node:test';
import { startServer } from './lib.mjs';

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

test('the server goes on', async () => {
  assert.equal((await client.get('/customers')).status, 200);
  const { code, err } = await server.stop();
  assert.equal(code, 0, err);
});
