/* Imports of records: which record a row means, what happens to it, who made
 * it and when, kept mappings, refusals by the database, being stopped. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KIND, addUser, freshDatabase, guanxi, initCompany, sql, startServer } from './lib.mjs';
import { csvRows, dryRun, follow, importAll, run, uploadGood } from './jobs.mjs';

const TORTURE = process.env.TORTURE === '1';
const KILLS = TORTURE ? 40 : 4;

async function list(client, filter) {
  const answer = await client.get(`/customers?${filter}&sort=id`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data;
}

async function errors(client, made) {
  return csvRows((await client.get(`/imports/${made.id}/errors`)).text).slice(1);
}

describe('which record a row means', () => {
  let server;
  let admin;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
  });
  after(() => server.stop());
  const put = (text, options) => importAll(admin, 'customers', text, { options });

  test('the key chosen, whatever else the row says', async () => {
    await put('code,name,phone,tax_number,email\nA1,Ann,13100000001,TX1,ann@a.cn\nA2,Bob,13100000002,TX2,bob@a.cn\n', {});
    for (const [key, cell] of [['phone', '131-0000-0001'], ['tax_number', 'TX1'], ['email', 'ann@a.cn'], ['code', 'A1']]) {
      const { report } = await put(`${key},name\n${cell},By ${key}\n`, { key });
      assert.deepEqual([report.updated, report.created], [1, 0], key);
      assert.equal((await list(admin, 'code=A1'))[0].name, `By ${key}`);
    }
    /* a unique value of another record: no row, and no chunk, gets lost */
    const clash = await put('tax_number,code,name\nTX1,A2,Clash\nTX2,,Fine\n', { key: 'tax_number' });
    assert.deepEqual([clash.report.updated, clash.report.error_lines], [1, 1]);
    const [row] = await errors(admin, clash.made);
    assert.deepEqual([...row.slice(0, 3), ...row.slice(4, 7)], ['TX1', 'A2', 'Clash', 'duplicate_value', '2', 'code']);
    /* a key that two records have */
    await put('name,phone\nOne,13100000009\nTwo,13100000009\n', {});
    const both = await put('name,phone\nThree,13100000009\n', { key: 'phone' });
    assert.equal(both.report.error_lines, 1);
    for (const key of ['city', 'nothing', 'note']) {
      const made = await uploadGood(admin, 'customers', 'name,city\nA,B\n');
      assert.equal((await admin.patch(`/imports/${made.id}`, { options: { key } })).status, key === 'city' ? 200 : 422, key);
    }
    assert.ok(both.made.fields.find((f) => f.name === 'customer.tax_number').key);
    assert.ok(!both.made.fields.find((f) => f.name === 'customer.note').key);
  });

  test('skip, update, fill, create, error', async () => {
    const base = 'code,name,phone,city\n';
    await put(`${base}P1,Pam,13200000001,\nP2,Pat,13200000002,Here\n`, {});
    const text = `${base},Pam,13200000001,There\n,Pat,13200000002,There\n`;
    const count = async (policy, ...want) => {
      const { report } = await put(text, { on_duplicate: policy });
      assert.deepEqual([report.created, report.updated, report.skipped, report.error_lines], want, policy);
    };
    const cities = async () => (await list(admin, 'code=P1')).concat(await list(admin, 'code=P2')).map((c) => c.city);
    await count('skip', 0, 0, 2, 0);
    await count('error', 0, 0, 0, 2);
    assert.deepEqual(await cities(), [null, 'Here']);
    await count('fill', 0, 2, 0, 0);
    assert.deepEqual(await cities(), ['There', 'Here']);
    await count('update', 0, 2, 0, 0);
    assert.deepEqual(await cities(), ['There', 'There']);
    await count('create', 2, 0, 0, 0);
    assert.equal((await list(admin, 'name=Pam')).length, 2);
    /* what is unique can't be made twice */
    const unique = await put(`${base}P1,Pam,,\nP9,Pia,,\n`, { on_duplicate: 'create' });
    assert.deepEqual([unique.report.created, unique.report.error_lines], [1, 1]);
    const orders = await uploadGood(admin, 'orders', 'Order No,Date,Product,Quantity,Unit price,Customer\n1,2024-01-01,a,1,1,b\n');
    assert.equal((await admin.patch(`/imports/${orders.id}`, { options: { on_duplicate: 'fill' } })).status, 422);
  });

  test('a dry run says the same and writes nothing', async () => {
    let text = 'code,name\n';
    for (let i = 0; i < 5000; i++) text += `Y${i % 4000},Dry ${i}\n`;
    const made = await uploadGood(admin, 'customers', text);
    const dry = await dryRun(admin, made);
    assert.deepEqual([dry.result.created, dry.result.updated], [4000, 1000]);
    assert.equal((await list(admin, 'code=Y1')).length, 0);
    const real = await run(admin, made);
    assert.deepEqual([real.result.created, real.result.updated], [4000, 1000]);
    assert.equal((await list(admin, 'code=Y1'))[0].name, 'Dry 4001');
  });

  test('a score that rests on nothing is told by the dry run already', async () => {
    const made = await uploadGood(admin, 'customers', 'code,name,credit_score,credit_source,credit_on\nS1,One,4,,\nS2,Two,4,bank,2026-01-05\nS3,Three,,,\nA1,Ann,3,,\n');
    const dry = await dryRun(admin, made);
    assert.equal(dry.state, 'done', dry.error);
    assert.deepEqual([dry.result.created, dry.result.updated, dry.result.error_lines], [2, 0, 2]);
    const told = await errors(admin, made);
    assert.deepEqual(told.map((row) => row.slice(7, 9)), [['2', 'credit_source'], ['5', 'credit_source']]);
    const job = await run(admin, made);
    assert.deepEqual([job.result.created, job.result.error_lines], [2, 2]);
    assert.deepEqual(await errors(admin, made), told);
    assert.deepEqual((await list(admin, 'code[starts]=S')).map((c) => [c.code, c.credit_score]), [['S2', 4], ['S3', null]]);
  });

  test('a row the database refuses does not spoil its chunk', async () => {
    sql(server.db, "CREATE UNIQUE INDEX only_here ON customer (wechat) WHERE wechat IS NOT NULL");
    let text = 'code,name,wechat\n';
    for (let i = 0; i < 60; i++) text += `Z${i},Zoe ${i},${i % 20 === 0 ? 'same' : `w${i}`}\n`;
    const { made, report } = await put(text, {});
    sql(server.db, 'DROP INDEX only_here');
    assert.deepEqual([report.created, report.error_lines, report.lines], [58, 2, 60]);
    assert.deepEqual((await errors(admin, made)).map((r) => r[0]), ['Z20', 'Z40']);
    assert.equal(Number(sql(server.db, `SELECT count(*) FROM customer WHERE import_id = ${made.id}`)), 58);
  });

  test('points, search and one audit entry a chunk follow', async () => {
    const { made } = await put('code,name,phone,email\nW1,Walter Unusual,13300000001,w@a.cn\nW2,Nobody,,\n', {});
    const [one] = await list(admin, 'code=W1');
    assert.equal(sql(server.db, `SELECT kind || ':' || value || ':' || coalesce(digits, '-') FROM contact_point WHERE entity = 'customer' AND record_id = ${one.id} ORDER BY kind`),
      'email:w@a.cn:-\nphone:13300000001:13300000001');
    assert.deepEqual((await list(admin, 'q=unusual')).map((c) => c.id), [one.id]);
    const log = sql(server.db, `SELECT op || rev FROM change_log WHERE entity = 'customer' AND record_id = ${one.id}`);
    assert.equal(log, 'create1');
    const entries = (await admin.get(`/audit_entries?entity=import&record_id=${made.id}&action=import`)).body.data;
    assert.equal(entries.length, 1);
    assert.equal(entries[0].changes.customers.length, 2);
  });
});

describe('who made it and when', () => {
  test('comes from columns, for who may create for anybody', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const id = addUser(server.db, 'old', 'manager');
    const text = 'code,name,Created at,Created by,Updated at\nO1,Old,2019-05-06 07:08:09,old,2020-01-02 03:04:05\n';
    const { made } = await importAll(admin, 'customers', text);
    assert.deepEqual(made.columns.map((c) => c.field), ['customer.code', 'customer.name', 'customer.created_at', 'customer.created_by', 'customer.updated_at']);
    const [one] = await list(admin, 'code=O1');
    assert.equal(Date.parse(one.created_at), Date.parse('2019-05-06T07:08:09+08:00'));
    assert.equal(Date.parse(one.updated_at), Date.parse('2020-01-02T03:04:05+08:00'));
    assert.equal(one.created_by, id);
    /* they are of the record's beginning: a later file does not change them */
    await importAll(admin, 'customers', text.replace('2019', '2011').replace('Old', 'New'));
    const [now] = await list(admin, 'code=O1');
    assert.deepEqual([now.name, now.created_at], ['New', one.created_at]);
    const old = await server.signIn('old');
    const his = await uploadGood(old, 'customers', text);
    assert.deepEqual(his.columns.map((c) => c.field), ['customer.code', 'customer.name', null, null, null]);
    const refused = await old.patch(`/imports/${his.id}`, { mapping: { 2: 'customer.created_at' } });
    assert.equal(refused.status, 422, refused.text);
    await server.stop();
  });
});

describe('kept mappings', () => {
  test('are suggested by headers, taken over by number, shared or not', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    addUser(server.db, 'mia', 'manager');
    const mia = await server.signIn('mia');
    const keep = async (client, name, shared, mapping, options) => {
      const answer = await client.post('/import_mappings', { name, entity: 'customers', shared, mapping, options });
      assert.equal(answer.status, 201, answer.text);
      return answer.body.data?.id ?? answer.body.id;
    };
    const mapping = { aa: 'customer.code', bb: 'customer.name', cc: null };
    const mine = await keep(admin, 'Mine', false, mapping, { key: 'code', on_duplicate: 'fill' });
    const made = await uploadGood(admin, 'customers', 'aa,bb,cc\n1,One,x\n');
    assert.deepEqual(made.columns.map((c) => c.field), ['customer.code', 'customer.name', null]);
    assert.deepEqual([made.options.key, made.options.on_duplicate], ['code', 'fill']);
    assert.deepEqual(made.mappings, [{ id: mine, name: 'Mine', shared: false }]);
    const hers = await uploadGood(mia, 'customers', 'aa,bb,cc\n2,Two,x\n');
    assert.deepEqual([hers.mappings, hers.columns[0].field], [[], null]);
    assert.equal((await mia.patch(`/imports/${hers.id}`, { mapping_id: mine })).status, 422);
    const ours = await keep(admin, 'Ours', true, { aa: 'customer.name', bb: 'customer.code' }, null);
    const more = await uploadGood(mia, 'customers', 'aa,bb,zz\n2,Two,x\n'); // not the same headers: offered, not taken
    assert.deepEqual([more.mappings.map((m) => m.id), more.columns[0].field], [[ours], null]);
    const taken = await mia.patch(`/imports/${more.id}`, { mapping_id: ours });
    assert.deepEqual(taken.body.columns.map((c) => c.field), ['customer.name', 'customer.code', null]);
    await server.stop();
  });

  test('are of what can be imported, and hold fields by header', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const keep = (more) => admin.post('/import_mappings', { name: 'm', entity: 'customers', mapping: {}, ...more });
    for (const entity of ['customer', 'users', 'imports', 'Customers', 'x']) {
      const answer = await keep({ entity });
      assert.deepEqual([answer.status, answer.body.errors?.[0].field, answer.body.errors?.[0].code], [422, 'entity', 'import_entity'], entity);
    }
    for (const mapping of [['customer.name'], 'customer.name', 7]) {
      const answer = await keep({ mapping });
      assert.deepEqual([answer.status, answer.body.errors[0].field], [422, 'mapping'], answer.text);
    }
    for (const entity of ['customers', 'contacts', 'products', 'orders'])
      assert.equal((await keep({ entity })).status, 201, entity);
    const { id } = (await keep({})).body;
    assert.equal((await admin.patch(`/import_mappings/${id}`, { mapping: [1] })).status, 422);
    assert.equal((await admin.patch(`/import_mappings/${id}`, { name: 'other' })).status, 200);
    await server.stop();
  });
});

/* Rows 1 to n, each seventh bad. */
function rowsOf(n) {
  let text = 'code,name,email\n';
  for (let i = 1; i <= n; i++) text += `Q${i},Row ${i},${i % 7 === 0 ? 'bad' : `q${i}@a.cn`}\n`;
  return text;
}

async function checkWhole(server, admin, made, n) {
  const bad = Math.floor(n / 7);
  assert.equal(Number(sql(server.db, 'SELECT count(*) FROM customer WHERE deleted_at IS NULL')), n - bad);
  assert.equal(Number(sql(server.db, 'SELECT count(DISTINCT code) FROM customer')), n - bad);
  const rows = await errors(admin, made);
  assert.deepEqual(rows.map((r) => r[0]), Array.from({ length: bad }, (_, i) => `Q${7 * (i + 1)}`));
  const report = (await admin.get(`/imports/${made.id}`)).body.report;
  assert.deepEqual([report.lines, report.created, report.error_lines, report.skipped, report.updated], [n, n - bad, bad, 0, 0]);
}

describe('stopped at any moment', () => {
  test('killed again and again: whole chunks, every error, no row twice', async () => {
    const n = TORTURE ? 60000 : 20000;
    const db = freshDatabase();
    initCompany(db);
    let server = await startServer({ db });
    let admin = await server.signIn();
    const made = await uploadGood(admin, 'customers', rowsOf(n));
    assert.equal((await admin.patch(`/imports/${made.id}`, { options: { on_duplicate: 'error' } })).status, 200);
    const { id } = (await admin.post(`/imports/${made.id}/run`)).body.job;
    for (let k = 0; k < KILLS; k++) {
      await new Promise((done) => setTimeout(done, Math.random() * 400));
      await server.stop('SIGKILL');
      const position = Number(sql(db, `SELECT done FROM job WHERE id = ${id}`));
      const bad = Math.floor(position / 7);
      assert.equal(Number(sql(db, 'SELECT count(*) FROM customer')), position - bad);
      sql(db, `UPDATE job SET attempt = 1${KIND === 'postgresql' ? ', lease_until = 0' : ''} WHERE id = ${id}`);
      server = await startServer({ db });
      admin = await server.signIn();
    }
    const job = await follow(admin, id);
    assert.equal(job.state, 'done', job.error);
    await checkWhole(server, admin, made, n);
    await server.stop();
  });

  test('cancelled again and again it goes on to the same end', async () => {
    const n = 20000;
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const made = await uploadGood(admin, 'customers', rowsOf(n));
    assert.equal((await admin.patch(`/imports/${made.id}`, { options: { on_duplicate: 'error' } })).status, 200);
    let position = 0; // a job that was stopped before its first chunk tells 0
    for (let k = 0; k < 50; k++) {
      const { id } = (await admin.post(`/imports/${made.id}/run`)).body.job;
      await new Promise((done) => setTimeout(done, Math.random() * 200));
      await admin.post(`/jobs/${id}/cancel`);
      const job = await follow(admin, id);
      const there = Number(sql(server.db, 'SELECT count(*) FROM customer'));
      position = Math.max(position, job.done);
      assert.equal(there, position - Math.floor(position / 7));
      if (job.state === 'done') break;
      assert.equal(job.state, 'cancelled', job.error);
    }
    if ((await admin.get(`/imports/${made.id}`)).body.state !== 'done') await run(admin, made);
    await checkWhole(server, admin, made, n);
    await server.stop();
  });
});

test('the command takes an import back, with and without a server', async () => {
  const db = freshDatabase();
  initCompany(db);
  const file = join(tmpdir(), `guanxi-${process.pid}-back.csv`);
  writeFileSync(file, 'code,name,phone\nC1,Cli,13400000001\nC2,Cli too,13400000002\n');
  const bring = () => guanxi(['import', 'customers', file, '--db', db.url, '--key', 'code', '--on-duplicate', 'update', '--format', 'json']);
  assert.equal(JSON.parse(bring().out).created, 2);
  const first = guanxi(['import', 'revert', '1', '--db', db.url, '--format', 'json']);
  assert.equal(first.code, 0, first.err);
  assert.deepEqual(JSON.parse(first.out), { rows: 2, deleted: 2, restored: 0, kept: 0 });
  assert.equal(guanxi(['import', 'revert', '1', '--db', db.url]).code, 1);
  assert.equal(guanxi(['import', 'revert', 'x', '--db', db.url]).code, 2);
  assert.equal(JSON.parse(bring().out).created, 2);
  const token = guanxi(['user', 'token', '--db', db.url, '--login', 'admin']).out.trim();
  const server = await startServer({ db });
  const admin = await server.signIn();
  const [one] = await list(admin, 'code=C1');
  await admin.patch(`/customers/${one.id}`, { city: 'Here' });
  const kept = join(tmpdir(), `guanxi-${process.pid}-kept.jsonl`);
  const second = guanxi(['import', 'revert', '2', '--server', server.url, '--token', token, '--format', 'json', '--errors', kept]);
  assert.equal(second.code, 0, second.err);
  assert.deepEqual(JSON.parse(second.out), { rows: 2, deleted: 1, restored: 0, kept: 1 });
  const { readFileSync } = await import('node:fs');
  assert.equal(JSON.parse(readFileSync(kept, 'utf8')).reason, 'changed');
});
