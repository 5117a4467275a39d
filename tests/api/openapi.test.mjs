/* The OpenAPI document: complete, in order, true of what the server answers;
 * health and figures. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { faults, resolve } from './json_schema.mjs';
import { ADMIN, addUser, guanxi, KIND, newToken, ROOT, sql, startServer } from './lib.mjs';
import { NOT_CREATED, Samples } from './sample.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

let server;
let client;
let document;
let samples;

before(async () => {
  server = await startServer({ admin: true });
  client = await server.signIn();
  document = (await client.get('/openapi.json')).body;
  samples = new Samples((await client.get('/schema')).body);
  for (const name of ['user', 'role']) samples.see(name, 1);
});

function operations() {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((m) => item[m]).map((m) => ({ path, method: m.toUpperCase(), op: item[m] })));
}

function walk(value, visit, path = '#') {
  if (value === null || typeof value !== 'object') return;
  visit(value, path);
  for (const [key, one] of Object.entries(value)) walk(one, visit, `${path}/${key}`);
}

/* An id is a number, so /contacts/by/… is no /contacts/{id}/…. */
const LINT = ['--skip-rule=no-ambiguous-paths'];

describe('the document', () => {
  test('is printed by the command line without a server', () => {
    const { code, out, err } = guanxi(['openapi']);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out), document);
    assert.equal(document.openapi, '3.1.0');
  });

  test('passes redocly lint with the recommended rules', (t) => {
    const installed = spawnSync('scripts/npm-ci.sh', ['tests'], { cwd: ROOT, encoding: 'utf8' });
    if (installed.status !== 0) return t.skip(`skipped: @redocly/cli can't be installed: ${installed.stderr.trim().split('\n').at(-1)}`);
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12))
      return t.skip(`skipped: @redocly/cli needs Node 20.19 or 22.12, this is ${process.version}`);
    const folder = mkdtempSync(join(tmpdir(), 'guanxi-openapi-'));
    try {
      const file = join(folder, 'openapi.json');
      writeFileSync(file, JSON.stringify(document));
      const lint = spawnSync(join(ROOT, 'tests/node_modules/.bin/redocly'), ['lint', '--extends=recommended', ...LINT, '--format=json', file],
        { cwd: folder, encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } });
      assert.equal(lint.status, 0, lint.stderr + lint.stdout);
      const report = JSON.parse(lint.stdout.slice(lint.stdout.indexOf('{')));
      assert.deepEqual(report.totals, { errors: 0, warnings: 0, ignored: 0 }, lint.stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('refers to nothing that is not there, and names nothing twice', () => {
    const used = new Set();
    walk(document, (value, path) => {
      if (typeof value.$ref !== 'string') return;
      assert.ok(resolve(document, value.$ref), `${path}: ${value.$ref}`);
      used.add(value.$ref);
    });
    for (const kind of ['schemas', 'responses', 'parameters'])
      for (const name of Object.keys(document.components[kind]))
        if (kind !== 'responses') assert.ok(used.has(`#/components/${kind}/${name}`), `${kind}/${name} is never used`);
    const ids = operations().map(({ op }) => op.operationId);
    assert.equal(new Set(ids).size, ids.length);
    const tags = document.tags.map((tag) => tag.name);
    assert.equal(new Set(tags).size, tags.length);
    for (const { path, method, op } of operations()) {
      assert.ok(op.summary.length > 0 && op.tags.every((tag) => tags.includes(tag)), `${method} ${path}`);
      const inPath = op.parameters.filter((p) => p.in === 'path').map((p) => `{${p.name}}`);
      assert.deepEqual(path.match(/\{[^}]+\}/g) ?? [], inPath, path);
    }
  });

  test('has the routes of every entity of the schema, and no other', () => {
    for (const entity of samples.entities.values()) {
      const base = `/api/v1/${entity.plural}`;
      const expected = [[base, 'get'], [`${base}/search`, 'post'], [`${base}/{id}`, 'get']];
      if (entity.writable)
        expected.push([base, 'post'], [`${base}/{id}`, 'patch'], [`${base}/{id}`, 'delete'], [`${base}/{id}/restore`, 'post']);
      for (const [path, method] of expected) assert.ok(document.paths[path]?.[method], `${method} ${path}`);
      if (!entity.writable && !document.paths[base].post?.requestBody)
        assert.equal(document.paths[base].post, undefined, base);
    }
    for (const name of ['session', 'change_log', 'contact_point', 'setting'])
      assert.equal(document.components.schemas[`${name}_row`], undefined, name);
  });

  test('tells fields as the schema does', () => {
    for (const entity of samples.entities.values()) {
      const row = document.components.schemas[`${entity.name}_row`];
      assert.deepEqual(Object.keys(row.properties), entity.fields.map((f) => f.name), entity.name);
      for (const f of entity.fields) {
        const schema = row.properties[f.name];
        const about = `${entity.name}.${f.name}`;
        assert.ok(schema.description.includes(f.label.zh) && schema.description.includes(f.label.en), about);
        const options = f.type === 'set' ? schema.items.enum : schema.enum?.filter((o) => o !== null);
        if (f.options) assert.deepEqual(options, f.options.map((o) => o.value), about);
        if (f.type === 'text') assert.equal(schema.maxLength, f.max, about);
        if (entity.writable) assert.equal(schema.readOnly ?? false, f.readonly, about);
      }
      if (!entity.writable || NOT_CREATED[entity.name]) continue;
      const { properties, required = [] } = document.components.schemas[`${entity.name}_create`];
      const lines = entity.name === 'order' ? ['lines'] : [];
      assert.deepEqual(Object.keys(properties), [...entity.fields.filter((f) => !f.readonly).map((f) => f.name), ...lines], entity.name);
      assert.deepEqual(required, entity.fields.filter((f) => f.required && !f.readonly && !f.made && f.default === undefined).map((f) => f.name), entity.name);
      const change = document.components.schemas[`${entity.name}_change`];
      assert.deepEqual(Object.keys(change.properties),
        [...entity.fields.filter((f) => !f.readonly && !f.create_only).map((f) => f.name), ...lines], entity.name);
    }
  });

  test('leaves out what the caller may not read', async () => {
    addUser(server.db, 'desk', 'service');
    const desk = await server.signIn('desk');
    const seen = (await desk.get('/openapi.json')).body;
    const { entities } = (await desk.get('/schema')).body;
    const names = entities.map((e) => e.name);
    for (const name of samples.entities.keys())
      assert.equal(seen.components.schemas[`${name}_row`] !== undefined, names.includes(name), name);
    for (const entity of entities)
      assert.deepEqual(Object.keys(seen.components.schemas[`${entity.name}_row`].properties), entity.fields.map((f) => f.name), entity.name);
    walk(seen, (value) => {
      if (typeof value.$ref === 'string') assert.ok(resolve(seen, value.$ref), value.$ref);
    });
  });

  test('tells truly which operations need somebody', async () => {
    const nobody = server.client();
    for (const { path, method, op } of operations()) {
      const body = op.requestBody && method !== 'GET' ? {} : undefined;
      const url = path.replace('{id}', '1').replace(/\{[^}]+\}/g, 'customers');
      const answer = await fetch(server.url + url, {
        method, body: body && '{}', headers: body ? { 'content-type': 'application/json' } : {} });
      await answer.text();
      if (op.security.length > 0) assert.equal(answer.status, 401, `${method} ${path}`);
      else assert.ok(answer.status !== 403 && answer.status < 500, `${method} ${path}: ${answer.status}`);
    }
    assert.equal((await nobody.get('/session')).status, 401);
  });
});

/* The schema of an answer, found as a client would find it. */
function declared(path, method, answer) {
  const responses = document.paths[path][method.toLowerCase()].responses;
  let response = responses[answer.status];
  assert.ok(response, `${method} ${path} answers ${answer.status}, which is not declared`);
  if (response.$ref) response = resolve(document, response.$ref);
  const type = (answer.headers.get('content-type') ?? '').split(';')[0];
  if (answer.text === '') return assert.equal(response.content, undefined, `${method} ${path}`);
  assert.ok(response.content?.[type], `${method} ${path}: ${type} is not declared`);
  return response.content[type].schema;
}

async function fits(path, method, answer) {
  const schema = declared(path, method, answer);
  if (schema) assert.deepEqual(faults(document, schema, answer.body), [], `${method} ${path}: ${answer.text.slice(0, 300)}`);
  return answer;
}

describe('answers', () => {
  test('of every entity are as declared', async () => {
    for (const entity of samples.creatable()) {
      const base = `/api/v1/${entity.plural}`;
      const body = samples.body(entity, { full: true });
      assert.deepEqual(faults(document, document.components.schemas[`${entity.name}_create`], body), [], entity.name);
      const made = await fits(base, 'POST', await client.post(base, body));
      assert.equal(made.status, 201, made.text);
      const { id } = made.body;
      samples.see(entity.name, id);
      const one = `${base}/${id}`;
      await fits(`${base}/{id}`, 'GET', await client.get(one));
      await fits(`${base}/{id}`, 'PATCH', await client.patch(one, { source: 'x' }));
      await fits(`${base}/{id}`, 'PATCH', await client.patch(one, { id: 5 }));
      await fits(`${base}/{id}`, 'PATCH', await client.patch(one, {}, { 'if-match': '"9.9"' }));
      await fits(base, 'GET', await client.get(`${base}?include=created_by`));
      await fits(base, 'GET', await client.get(`${base}?fields=id&count=none`));
      await fits(base, 'GET', await client.get(`${base}?nope=1`));
      await fits(`${base}/search`, 'POST', await client.post(`${base}/search`, { filter: { field: 'id', value: id } }));
      await fits(`${base}/{id}`, 'DELETE', await client.delete(one));
      await fits(`${base}/{id}`, 'GET', await client.get(one));
      await fits(`${base}/{id}/restore`, 'POST', await client.post(`${one}/restore`));
    }
    for (const entity of samples.entities.values())
      if (!entity.writable || NOT_CREATED[entity.name])
        await fits(`/api/v1/${entity.plural}`, 'GET', await client.get(`/${entity.plural}`));
  });

  test('of the routes of their own are as declared', async () => {
    const customer = samples.ids('customer')[0];
    const get = async (path, url = path) => fits(path, 'GET', await client.get(url));
    await fits('/api/v1/session', 'POST', await server.client().post('/session', ADMIN));
    await fits('/api/v1/session', 'POST', await server.client().post('/session', { login: 'x', password: 'y' }));
    await fits('/api/v1/session', 'PATCH', await client.patch('/session', { language: 'en' }));
    await fits('/api/v1/api_tokens', 'POST', await client.post('/api_tokens', { name: 'doc', expires_on: '2099-01-01' }));
    for (const path of ['session', 'setup', 'settings', 'schema', 'overview', 'api_tokens', 'analytics/rfm', 'analytics/abc', 'analytics/pyramid', 'analytics/rfm_cells', 'analytics/pareto', 'analytics/cohorts'])
      await get(`/api/v1/${path}`);
    await get('/api/v1/analytics/rfm', '/api/v1/analytics/rfm?rows=false');
    await get('/api/v1/schema/{object}', '/api/v1/schema/order');
    await get('/api/v1/search', '/api/v1/search?q=a');
    await get('/api/v1/search');
    await get('/api/v1/customers/{id}/timeline', `/api/v1/customers/${customer}/timeline`);
    await get('/api/v1/customers/{id}/why', `/api/v1/customers/${customer}/why`);
    await get('/api/v1/customers/{id}/why', '/api/v1/customers/999999/why');
  });
});

describe('the service', () => {
  const at = (path, headers = {}) => fetch(server.url + path, { headers });

  test('is up and ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await at(path);
      assert.equal(answer.status, 200);
      assert.deepEqual(await answer.json(), { status: 'ok' });
    }
  });

  function figures(text) {
    const map = new Map();
    for (const line of text.split('\n')) {
      const match = /^([a-z_]+(?:\{.*\})?) (-?[0-9.e+]+)$/.exec(line);
      if (match) map.set(match[1], Number(match[2]));
      else assert.match(line, /^(# (HELP|TYPE) guanxi_[a-z_]+ .+)?$/);
    }
    return map;
  }

  test('counts what it does', async () => {
    const before = figures(await (await at('/metrics')).text());
    for (let k = 0; k < 5; k++) await at('/healthz');
    for (let k = 0; k < 3; k++) await at('/api/v1/nope');
    assert.equal((await client.post('/tags', { name: 'counted' })).status, 201);
    const answer = await at('/metrics');
    assert.match(answer.headers.get('content-type'), /^text\/plain; version=0\.0\.4/);
    const now = figures(await answer.text());
    const grown = (name) => now.get(name) - before.get(name);
    assert.ok(grown('guanxi_http_requests_total{status="2xx"}') >= 6);
    assert.equal(grown('guanxi_http_requests_total{status="4xx"}'), 3);
    assert.equal(now.get('guanxi_http_requests_total{status="5xx"}'), 0);
    assert.ok(now.get('guanxi_http_connections') >= 1);
    assert.equal(now.get('guanxi_read_only'), 0);
    assert.ok(now.get('guanxi_pool_queue') >= 0);
    if (KIND === 'sqlite') {
      assert.ok(grown('guanxi_writer_groups_total') >= 1);
      assert.ok(grown('guanxi_writer_writes_total') >= grown('guanxi_writer_groups_total'));
    } else assert.equal(now.get('guanxi_writer_groups_total'), undefined);
  });

  test('tells its figures to other machines with an administrator’s token only', async () => {
    const proxied = await startServer({ admin: true, args: ['--tls-proxy'] });
    addUser(proxied.db, 'seller', 'sales');
    const ask = async (headers) => {
      const answer = await fetch(`${proxied.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9', ...headers } });
      await answer.text();
      return answer.status;
    };
    assert.equal(await ask({}), 401);
    assert.equal(await ask({ authorization: `Bearer ${newToken(proxied.db, 'seller')}` }), 403);
    assert.equal(await ask({ authorization: `Bearer ${newToken(proxied.db, ADMIN.login)}` }), 200);
    await proxied.stop();
  });

  test('is not ready when it can no longer write, and says so', { skip: KIND !== 'sqlite' && 'skipped: PostgreSQL has no writer of ours that could break' }, async () => {
    const broken = await startServer({ admin: true });
    await broken.stop();
    const again = await startServer({ db: broken.db, env: { GUANXI_FAULT: 'db.commit:12' } });
    const admin = await again.signIn();
    let failed = 0;
    for (let k = 0; k < 20 && failed === 0; k++)
      if ((await admin.post('/tags', { name: `t${k}` })).status >= 500) failed = k + 1;
    assert.ok(failed > 0, 'no commit failed');
    const ready = await fetch(`${again.url}/readyz`);
    assert.equal(ready.status, 503);
    assert.equal((await ready.json()).code, 'unavailable');
    assert.ok(ready.headers.get('retry-after'));
    assert.equal((await fetch(`${again.url}/healthz`)).status, 200);
    assert.match(await (await fetch(`${again.url}/metrics`)).text(), /^guanxi_read_only 1$/m);
    assert.equal((await admin.post('/tags', { name: 'late' })).status, 503);
    assert.equal((await admin.get('/tags')).status, 200, 'reading goes on');
    await again.stop();
  });

  test('is not ready when the database is gone', { skip: KIND !== 'postgresql' && 'skipped: a SQLite file does not go away' }, async () => {
    const alone = await startServer({ admin: true });
    assert.equal((await fetch(`${alone.url}/readyz`)).status, 200);
    const name = new URL(alone.db.url).pathname.slice(1);
    const base = { url: process.env.GUANXI_TEST_PG };
    for (let tries = 1; ; tries++) {
      sql(base, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
      try {
        sql(base, `ALTER DATABASE ${name} RENAME TO ${name}_away`);
        break;
      } catch (error) { /* the server, or a vacuum, has come back in between */
        assert.ok(tries < 20, error.stderr);
      }
    }
    try {
      const away = await fetch(`${alone.url}/readyz`);
      assert.equal(away.status, 503, await away.text());
      assert.equal((await fetch(`${alone.url}/healthz`)).status, 200);
    } finally {
      sql(base, `ALTER DATABASE ${name}_away RENAME TO ${name}`);
    }
    /* Each worker finds out for itself that its connection is lost. */
    let status = 503;
    for (let k = 0; k < 8 && status !== 200; k++) status = (await fetch(`${alone.url}/readyz`)).status;
    assert.equal(status, 200);
    await alone.stop();
  });
});
