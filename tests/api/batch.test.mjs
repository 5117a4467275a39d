/* Writes that must happen once, many writes at once, upserts, tags, entity
 * tags with several values, limits. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { KIND, addUser, awake, freshDatabase, initCompany, newToken, sql, startServer } from './lib.mjs';

let server;
let admin;
let seller;
let made = 0;

const unique = (word) => `${word} ${process.pid} ${++made}`;
const key = () => unique('key');
const customer = async (client = admin, more = {}) => {
  const answer = await client.post('/customers', { kind: 'organization', name: unique('Company'), ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};
const count = async (object, query = '') => (await admin.get(`/${object}?count=exact&limit=1${query}`)).body.count.value;

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  addUser(server.db, 'seller', 'sales');
  seller = await server.signIn('seller');
});

describe('Idempotency-Key', () => {
  test('repeats the answer of the first request', async () => {
    const headers = { 'idempotency-key': key() };
    const body = { kind: 'person', name: unique('Once') };
    const was = await count('customers');
    const first = await admin.post('/customers', body, headers);
    const second = await admin.post('/customers', body, headers);
    assert.equal(first.status, 201, first.text);
    assert.equal(second.status, 201);
    assert.equal(second.text, first.text);
    for (const name of ['location', 'etag', 'content-type'])
      assert.equal(second.headers.get(name), first.headers.get(name), name);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
    assert.equal(await count('customers'), was + 1);
    const change = { 'idempotency-key': key() };
    const path = `/customers/${first.body.id}`;
    const one = await admin.patch(path, { name: 'Twice' }, change);
    await admin.patch(path, { name: 'Later' });
    const two = await admin.patch(path, { name: 'Twice' }, change);
    assert.equal(two.text, one.text);
    assert.equal((await admin.get(path)).body.name, 'Later');
  });

  test('refuses another request with the same key', async () => {
    const headers = { 'idempotency-key': key() };
    assert.equal((await admin.post('/customers', { kind: 'person', name: 'A' }, headers)).status, 201);
    for (const [method, path, body] of [['POST', '/customers', { kind: 'person', name: 'B' }],
      ['POST', '/tags', { name: unique('x') }], ['POST', '/customers?view_as=', { kind: 'person', name: 'A' }]]) {
      const answer = await admin.request(method, path, body, headers);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.body.errors[0].code, 'idempotency_mismatch');
    }
  });

  test('is of one user', async () => {
    const headers = { 'idempotency-key': key() };
    const body = { kind: 'person', name: unique('Mine') };
    const one = await admin.post('/customers', body, headers);
    const two = await seller.post('/customers', body, headers);
    assert.equal(two.status, 201, two.text);
    assert.notEqual(two.body.id, one.body.id);
  });

  test('repeats nothing that was answered under other rights', async () => {
    const id = addUser(server.db, 'waning', 'sales');
    const waning = await server.signIn('waning');
    const headers = { 'idempotency-key': key() };
    const body = { kind: 'person', name: unique('Shown') };
    assert.equal((await waning.post('/customers', body, headers)).status, 201);
    assert.equal((await waning.post('/customers', body, headers)).status, 201);
    const roles = (await admin.get('/roles?limit=100')).body.data;
    await admin.patch(`/users/${id}`, { role_id: roles.find((r) => r.key === 'analyst').id });
    await new Promise((done) => setTimeout(done, 1200));
    const was = await count('customers');
    const answer = await waning.post('/customers', body, headers);
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.body.errors[0].code, 'idempotency_no_answer');
    assert.equal(await count('customers'), was);
    const mixed = await waning.post('/customers', { ...body, name: 'Z' }, headers);
    assert.equal(mixed.body.errors[0].code, 'idempotency_mismatch');
  });

  test('leaves nothing of what was refused', async () => {
    const headers = { 'idempotency-key': key() };
    assert.equal((await admin.post('/customers', { kind: 'person' }, headers)).status, 422);
    assert.equal((await admin.post('/customers', { kind: 'person', name: 'Now' }, headers)).status, 201);
    for (const bad of [' ', 'x'.repeat(201), '\u00e9'])
      assert.ok([400, 201].includes((await admin.post('/tags', { name: unique('t') }, { 'idempotency-key': bad })).status));
    assert.equal((await admin.post('/tags', { name: unique('t') }, { 'idempotency-key': 'x'.repeat(201) })).status, 400);
  });

  test('of many at once lets one through', async () => {
    const headers = { 'idempotency-key': key() };
    const body = { kind: 'person', name: unique('Race') };
    const answers = await Promise.all(Array.from({ length: 12 }, () => admin.post('/customers', body, headers)));
    const good = answers.filter((a) => a.status === 201);
    assert.ok(good.length >= 1);
    assert.equal(new Set(good.map((a) => a.body.id)).size, 1);
    for (const answer of answers.filter((a) => a.status !== 201)) {
      assert.equal(answer.status, 409, answer.text);
      assert.equal(answer.body.errors[0].code, 'idempotency_in_flight');
    }
    assert.equal(await count('customers', `&name=${encodeURIComponent(body.name)}`), 1);
  });

  test('lasts a day', async () => {
    const headers = { 'idempotency-key': key() };
    const body = { kind: 'person', name: unique('Day') };
    const first = await admin.post('/customers', body, headers);
    sql(server.db, `UPDATE idempotency_key SET created_at = created_at - 86400001 WHERE key = '${headers['idempotency-key']}'`);
    const second = await admin.post('/customers', body, headers);
    assert.equal(second.status, 201);
    assert.notEqual(second.body.id, first.body.id);
  });

  test('holds for uploads, and not for secrets', async () => {
    const headers = { 'idempotency-key': key() };
    const file = 'name,kind\nUpload,person\n';
    const path = '/imports?entity=customers&filename=a.csv';
    const one = await admin.request('POST', path, file, headers);
    const two = await admin.request('POST', path, file, headers);
    assert.equal(one.status, 201, one.text);
    assert.equal(two.body.id, one.body.id);
    assert.equal((await admin.request('POST', path, `${file}More,person\n`, headers)).status, 422);
    const token = { 'idempotency-key': key() };
    const asked = { name: 'program', expires_on: '2099-01-01' };
    assert.equal((await admin.post('/api_tokens', asked, token)).status, 201);
    const again = await admin.post('/api_tokens', asked, token);
    assert.equal(again.status, 409, again.text);
    assert.equal(again.body.errors[0].code, 'idempotency_no_answer');
    assert.equal(sql(server.db, `SELECT count(*) FROM idempotency_key WHERE body LIKE '%gx_%'`), '0');
  });

  test('is in flight while the first is not done', { skip: KIND !== 'postgresql' && 'SQLite has one writer' }, async () => {
    const name = unique('flight');
    const user = sql(server.db, `SELECT id FROM "user" WHERE login = 'admin'`);
    const hold = (await import('node:child_process')).spawn('psql', ['-X', '-q', '-d', server.db.url, '-c',
      `BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('idempotency:${user}:${name}', 0)); SELECT pg_sleep(1); COMMIT`], { stdio: 'ignore' });
    const ended = new Promise((done) => hold.once('exit', done));
    for (;;) {
      const held = sql(server.db, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
      if (held !== '0') break;
    }
    const busy = await admin.post('/customers', { kind: 'person', name }, { 'idempotency-key': name });
    assert.equal(busy.status, 409, busy.text);
    await ended;
    assert.equal((await admin.post('/customers', { kind: 'person', name }, { 'idempotency-key': name })).status, 201);
  });
});

describe('batch', () => {
  test('does all, with a status each', async () => {
    const c = await customer();
    const gone = await customer();
    const { body: tag } = await admin.post('/tags', { name: unique('Tag') });
    await admin.delete(`/customers/${gone.id}`);
    const answer = await admin.post('/batch', { operations: [
      { op: 'create', object: 'customers', data: { kind: 'person', name: 'Batch' } },
      { op: 'update', object: 'customers', id: c.id, rev: c.rev, data: { name: 'Changed' } },
      { op: 'restore', object: 'customers', id: gone.id },
      { op: 'upsert', object: 'products', field: 'code', value: unique('P'), data: { name: 'Thing' } },
      { op: 'tag', object: 'customers', id: c.id, tag: tag.id },
      { op: 'untag', object: 'customers', id: c.id, tag: tag.id },
      { op: 'delete', object: 'customers', id: gone.id },
    ], records: true });
    assert.equal(answer.status, 200, answer.text);
    const { results } = answer.body;
    assert.deepEqual(results.map((r) => r.status), [201, 200, 200, 201, 204, 204, 204]);
    assert.equal(answer.body.done, 7);
    assert.equal(answer.body.failed, 0);
    assert.equal(results[1].record.name, 'Changed');
    assert.equal((await admin.get(`/customers/${results[0].id}`)).body.name, 'Batch');
    assert.equal((await admin.get(`/customers/${gone.id}`)).status, 404);
  });

  test('atomic: one refusal undoes all, and says which', async () => {
    const c = await customer();
    const was = await count('customers');
    const answer = await admin.post('/batch', { atomic: true, operations: [
      { op: 'update', object: 'customers', id: c.id, data: { name: 'Never' } },
      { op: 'create', object: 'customers', data: { kind: 'person', name: 'Never' } },
      { op: 'create', object: 'customers', data: { kind: 'person' } },
      { op: 'delete', object: 'customers', id: c.id },
    ] });
    assert.equal(answer.status, 422, answer.text);
    assert.deepEqual(answer.body.results.map((r) => r.status), [424, 424, 422, 424]);
    assert.equal(answer.body.results[2].problem.errors[0].field, 'name');
    assert.equal(answer.body.errors[0].field, 'operations[2]');
    assert.equal(await count('customers'), was);
    assert.equal((await admin.get(`/customers/${c.id}`)).body.name, c.name);
  });

  test('not atomic: each for itself, at most a savepoint is lost', async () => {
    const c = await customer();
    const code = unique('dup');
    await customer(admin, { code });
    const answer = await admin.post('/batch', { atomic: false, operations: [
      { op: 'create', object: 'customers', data: { kind: 'person', name: 'One' } },
      { op: 'create', object: 'customers', data: { kind: 'person', name: 'Two', code } },
      { op: 'update', object: 'customers', id: 999999999, data: { name: 'x' } },
      { op: 'update', object: 'customers', id: c.id, rev: 77, data: { name: 'x' } },
      { op: 'fly', object: 'customers' },
      { op: 'create', object: 'birds', data: {} },
      { op: 'delete', object: 'audit_entries', id: 1 },
      'no object',
      { op: 'update', object: 'customers', id: c.id, data: { name: 'Good' } },
    ] });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.body.results.map((r) => r.status), [201, 409, 404, 412, 422, 404, 405, 422, 200]);
    assert.equal(answer.body.done, 2);
    assert.equal(answer.body.failed, 7);
    assert.equal((await admin.get(`/customers/${c.id}`)).body.name, 'Good');
    assert.equal((await admin.get(`/customers/${answer.body.results[0].id}`)).status, 200);
  });

  test('has the rights of the single routes', async () => {
    const c = await customer();
    for (const atomic of [true, false]) {
      const answer = await seller.post('/batch', { atomic, operations: [
        { op: 'update', object: 'customers', id: c.id, data: { name: 'Mine' } },
        { op: 'delete', object: 'customers', id: c.id },
        { op: 'create', object: 'users', data: { login: 'x', name: 'x' } },
      ] });
      const { results } = answer.body;
      assert.deepEqual(results.map((r) => r.status), atomic ? [404, 424, 424] : [404, 404, 403]);
    }
    assert.deepEqual((await admin.get(`/customers/${c.id}`)).body.name, c.name);
  });

  test('has its limits', async () => {
    const one = { op: 'create', object: 'tags', data: {} };
    for (const [operations, status] of [[[], 422], [Array(501).fill(one), 422], ['x', 422], [undefined, 422]])
      assert.equal((await admin.post('/batch', { operations })).status, status);
    const start = awake();
    const answer = await admin.post('/batch', {
      operations: Array.from({ length: 500 }, (_, k) => ({ op: 'create', object: 'customers', data: { kind: 'person', name: `B${k}` } })),
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.done, 500);
    assert.ok(awake() - start < 20000);
  });

  test('bounds the lines of all its orders together', async () => {
    const { id: customer_id } = await customer();
    const lines = (n) => Array.from({ length: n }, () => ({ product_name: 'p', quantity: '1', unit_price: '1' }));
    const order = (n) => ({ op: 'create', object: 'orders', data: { customer_id, ordered_on: '2026-03-21', lines: lines(n) } });
    const was = await count('orders');
    for (const atomic of [true, false]) {
      const answer = await admin.post('/batch', { atomic, operations: [order(500), order(500), order(500), order(500), order(1)] });
      assert.equal(answer.status, 422, answer.text);
      assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [['operations', 'batch_parts']]);
      assert.match(answer.body.errors[0].message, /2001/);
    }
    assert.equal(await count('orders'), was, 'none was begun');
    const few = await admin.post('/batch', { operations: [order(3), order(4)] });
    assert.equal(few.status, 200, few.text);
    assert.equal(await count('orders'), was + 2);
  });

  test('happens once with a key', async () => {
    const headers = { 'idempotency-key': key() };
    const body = { operations: [{ op: 'create', object: 'customers', data: { kind: 'person', name: unique('Once') } }] };
    const one = await admin.post('/batch', body, headers);
    const two = await admin.post('/batch', body, headers);
    assert.equal(two.text, one.text);
    assert.equal(two.headers.get('idempotency-replayed'), 'true');
  });
});

describe('upsert', () => {
  test('by a unique field makes, then changes', async () => {
    const code = unique('C/1 %');
    const path = `/customers/by/code/${encodeURIComponent(code)}`;
    const first = await admin.put(path, { kind: 'person', name: 'First' });
    assert.equal(first.status, 201, first.text);
    assert.equal(first.body.code, code);
    assert.equal(first.headers.get('location'), `/api/v1/customers/${first.body.id}`);
    const second = await admin.put(path, { name: 'Second', code });
    assert.equal(second.status, 200, second.text);
    assert.equal(second.body.id, first.body.id);
    assert.equal(second.body.name, 'Second');
    assert.equal((await admin.put(path, { name: 'x', code: 'other' })).status, 422);
    assert.equal((await admin.put(path, { name: 'x' }, { 'if-match': first.headers.get('etag') })).status, 412);
    assert.equal((await admin.put(path, { name: 'x' }, { 'if-match': second.headers.get('etag') })).status, 200);
    assert.equal((await admin.put('/customers/by/code/new-one', { name: 'x' }, { 'if-match': '"1.x"' })).status, 412);
    assert.equal((await admin.put('/customers/by/name/x', { name: 'x' })).status, 422);
    assert.equal((await admin.put('/customers/by/code/y', { kind: 'person' })).status, 422);
    assert.equal((await admin.put('/users/by/password_hash/x', { name: 'x' })).status, 422);
  });

  test('by source and external id', async () => {
    const path = '/customers/by/external_id/77';
    const one = await admin.put(`${path}?source=erp`, { kind: 'person', name: 'E' });
    const other = await admin.put(`${path}?source=shop`, { kind: 'person', name: 'S' });
    const again = await admin.put(`${path}?source=erp`, { name: 'E2' });
    assert.deepEqual([one.status, other.status, again.status], [201, 201, 200], again.text);
    assert.equal(again.body.id, one.body.id);
    assert.notEqual(other.body.id, one.body.id);
    assert.equal(again.body.source, 'erp');
    assert.equal((await admin.put(path, { name: 'x' })).status, 422);
  });

  test('of a record out of sight is a conflict and tells nothing', async () => {
    const code = unique('secret');
    const c = await customer(admin, { code });
    const answer = await seller.put(`/customers/by/code/${encodeURIComponent(code)}`, { kind: 'person', name: 'Mine' });
    assert.equal(answer.status, 409, answer.text);
    assert.ok(!answer.text.includes(c.name));
    assert.equal((await admin.get(`/customers/${c.id}`)).body.name, c.name);
  });

  test('of many at once makes one', async () => {
    const path = `/customers/by/code/${encodeURIComponent(unique('race'))}`;
    const answers = await Promise.all(Array.from({ length: 10 }, () => admin.put(path, { kind: 'person', name: 'Race' })));
    assert.equal(new Set(answers.map((a) => a.body.id)).size, 1, answers.map((a) => a.text).join('\n'));
    assert.equal(answers.filter((a) => a.status === 201).length, 1);
  });
});

describe('tags on records', () => {
  test('are put on, listed, filtered by and taken off', async () => {
    const [a, b, plain] = [await customer(), await customer(), await customer()];
    const { body: red } = await admin.post('/tags', { name: unique('Red'), color: 'red' });
    const { body: blue } = await admin.post('/tags', { name: unique('Blue'), color: 'blue' });
    for (const [c, tag] of [[a, red], [a, blue], [b, blue], [b, blue]])
      assert.equal((await admin.post(`/customers/${c.id}/tags/${tag.id}`)).status, 204);
    assert.deepEqual((await admin.get(`/customers/${a.id}/tags`)).body.data,
      [{ id: blue.id, name: blue.name, color: 'blue' }, { id: red.id, name: red.name, color: 'red' }]);
    const ids = async (query) => (await admin.get(`/customers?${query}&count=exact`)).body.data.map((r) => r.id).sort((x, y) => x - y);
    assert.deepEqual(await ids(`tag=${blue.id}`), [a.id, b.id]);
    assert.deepEqual(await ids(`tag[in]=${red.id}`), [a.id]);
    assert.deepEqual(await ids(`tag[in]=${red.id},${blue.id}&sort=name`), [a.id, b.id]);
    const found = await admin.post('/customers/search', { tag: String(blue.id), include: ['tags'] });
    assert.deepEqual(Object.keys(found.body.tags).map(Number).sort((x, y) => x - y), [a.id, b.id]);
    assert.deepEqual(found.body.tags[a.id].map((t) => t.id), [blue.id, red.id]);
    const list = await admin.get(`/customers?include=tags&id[in]=${plain.id},${b.id}`);
    assert.deepEqual(Object.keys(list.body.tags), [String(b.id)]);
    assert.equal((await admin.delete(`/customers/${a.id}/tags/${blue.id}`)).status, 204);
    assert.deepEqual(await ids(`tag=${blue.id}`), [b.id]);
    assert.equal((await admin.get('/customers?tag=x')).status, 422);
    assert.equal((await admin.post(`/customers/${a.id}/tags/999999`)).status, 422);
    await admin.delete(`/tags/${red.id}`);
    assert.deepEqual((await admin.get(`/customers/${a.id}/tags`)).body.data, []);
    const trail = await admin.get(`/audit_entries?entity=customer&record_id=${a.id}&sort=id`);
    assert.deepEqual(trail.body.data.map((e) => e.action).filter((x) => /tag/.test(x)), ['tag', 'tag', 'untag']);
  });

  test('need the record to be in sight', async () => {
    const c = await customer();
    const { body: tag } = await admin.post('/tags', { name: unique('T') });
    for (const [method, path] of [['GET', ''], ['POST', `/${tag.id}`], ['DELETE', `/${tag.id}`]])
      assert.equal((await seller.request(method, `/customers/${c.id}/tags${path}`)).status, 404);
    assert.deepEqual((await admin.get(`/customers/${c.id}/tags`)).body.data, []);
  });
});

describe('entity tags', () => {
  test('If-Match names several', async () => {
    const c = await customer();
    const path = `/customers/${c.id}`;
    const tag = (await admin.get(path)).headers.get('etag');
    assert.equal((await admin.patch(path, { name: 'x' }, { 'if-match': `"98.ab", ${tag}, "99.cd"` })).status, 200);
    assert.equal((await admin.patch(path, { name: 'y' }, { 'if-match': `"98.ab", ${tag}` })).status, 412);
    assert.equal((await admin.delete(path, { 'if-match': '"98.ab","97.ab"' })).status, 412);
    assert.equal((await admin.delete(path, { 'if-match': `"98.ab","${(await admin.get(path)).body.rev}.cd"` })).status, 204);
  });

  test('If-None-Match of a list answers 304 until something in it changes', async () => {
    const c = await customer();
    const path = `/customers?id[in]=${c.id}`;
    const first = await admin.get(path);
    const tag = first.headers.get('etag');
    assert.match(tag, /^W\/"/);
    const same = await admin.get(path, { 'if-none-match': tag });
    assert.equal(same.status, 304);
    assert.equal(same.text, '');
    await admin.patch(`/customers/${c.id}`, { name: 'Other' });
    const changed = await admin.get(path, { 'if-none-match': tag });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.data[0].name, 'Other');
    const one = await admin.get(`/customers/${c.id}`);
    assert.equal((await admin.get(`/customers/${c.id}`, { 'if-none-match': one.headers.get('etag') })).status, 304);
  });
});

describe('the bin', () => {
  test('gives back what went together, once its keys are free', async () => {
    const code = unique('bin');
    const c = await customer(admin, { code });
    const { body: k } = await admin.post('/contacts', { name: 'Kept', customer_id: c.id });
    const { body: gone } = await admin.post('/contacts', { name: 'Gone before', customer_id: c.id });
    await admin.delete(`/contacts/${gone.id}`);
    await admin.delete(`/customers/${c.id}`);
    assert.equal((await admin.get(`/contacts/${k.id}`)).status, 404);
    const refused = await admin.post(`/contacts/${k.id}/restore`);
    assert.equal(refused.status, 409, refused.text);
    const other = await customer(admin, { code });
    const conflict = await admin.post(`/customers/${c.id}/restore`);
    assert.equal(conflict.status, 409, conflict.text);
    assert.equal(conflict.body.errors[0].field, 'code');
    await admin.delete(`/customers/${other.id}`);
    assert.equal((await admin.post(`/customers/${c.id}/restore`)).status, 200);
    assert.equal((await admin.get(`/contacts/${k.id}`)).body.name, 'Kept');
    assert.equal((await admin.get(`/contacts/${gone.id}`)).status, 404);
  });
});

describe('budgets', () => {
  test('of requests: 429 with Retry-After, never for health', async () => {
    const db = freshDatabase();
    initCompany(db);
    const token = newToken(db, 'admin');
    const limited = await startServer({ db, env: { GUANXI_LIMIT_USER_RATE: '2', GUANXI_LIMIT_USER_BURST: '5',
      GUANXI_LIMIT_ADDRESS_RATE: '1', GUANXI_LIMIT_ADDRESS_BURST: '4' } });
    const program = limited.client({ token });
    const isRefused = (a) => a.status === 429;
    const eight = (client, path) => Promise.all(Array.from({ length: 8 }, () => client.get(path)));
    const answers = [await program.get('/tags?limit=1')];
    /* Who is held up for long has a new budget by then. */
    for (let k = 0; k < 10 && !answers.some(isRefused); k++) answers.push(...(await eight(program, '/tags?limit=1')));
    assert.equal(answers[0].status, 200, answers[0].text);
    assert.equal(answers[0].headers.get('ratelimit-limit'), '5');
    assert.equal(answers[0].headers.get('ratelimit-remaining'), '4');
    const refused = answers.find(isRefused);
    assert.ok(refused, 'nobody was refused');
    assert.equal(refused.body.errors[0].code, 'rate_limited');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    const nobody = limited.client();
    let strangers = 0;
    for (let k = 0; k < 10 && strangers < 3; k++) strangers = (await eight(nobody, '/tags')).filter(isRefused).length;
    assert.ok(strangers >= 3, `${strangers} of 8 refused`);
    for (let k = 0; k < 20; k++)
      assert.equal((await fetch(`${limited.url}/healthz`)).status, 200);
    await new Promise((done) => setTimeout(done, Number(refused.headers.get('retry-after')) * 1000));
    assert.equal((await program.get('/tags?limit=1')).status, 200);
  });

  test('of rows and depth', async () => {
    assert.equal((await admin.get('/customers?limit=501')).status, 422);
    let deep = { field: 'name', op: 'eq', value: 'x' };
    for (let k = 0; k < 40; k++) deep = { not: deep };
    const answer = await admin.post('/customers/search', { filter: deep });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.body.errors[0].code, 'json_too_deep');
  });
});
