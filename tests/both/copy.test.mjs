/* A whole company moves from SQLite to PostgreSQL and back: the same rows, the
 * same ids, nothing forgotten, and work goes on there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { BIN, freshDatabase, guanxi, newToken, sql, startServer } from '../api/lib.mjs';
import { checkLedger } from '../api/ledger.mjs';

const skip = process.env.GUANXI_TEST_PG ? false : 'skipped: GUANXI_TEST_PG is not set: there is no PostgreSQL to move to';
const CUSTOMERS = '800';
/* While the schema is made, too; the further ones where the machine was so quick or
 * slow that none of the first was in the middle. */
const STOPPED_AFTER = [150, 400, 800, 60, 100, 250, 600, 1200, 1800, 2700, 4000];
const ALWAYS = 3;

function copy(from, to) {
  const { code, out, err } = guanxi(['copy', '--from', from.url, '--to', to.url, '--format', 'json']);
  assert.equal(code, 0, err + out);
  const report = JSON.parse(out);
  assert.equal(report.equal, true);
  for (const table of report.tables) {
    assert.equal(table.rows, table.rows_there, table.name);
    assert.equal(table.hash, table.hash_there, table.name);
    assert.match(table.hash, /^[0-9a-f]{32}$/);
  }
  return new Map(report.tables.map((table) => [table.name, `${table.rows} ${table.hash}`]));
}

/* Demonstration data, and what it does not have: custom fields, files, rows in
 * the bin, ids that are no longer there. */
async function fill(db) {
  assert.equal(guanxi(['demo', '--db', db.url, '--customers', CUSTOMERS]).code, 0);
  const token = newToken(db, 'admin');
  const server = await startServer({ db });
  const client = server.client({ token });
  const made = async (path, body, headers) => {
    const answer = await client.post(path, body, headers);
    assert.ok(answer.status < 300, `${path}: ${answer.text}`);
    return answer.body;
  };
  await made('/custom_fields', { entity: 'customer', type: 'text', search: true, label: { zh: '绰号', en: 'Nickname' }, name: 'x_nick' });
  await made('/custom_fields', { entity: 'customer', type: 'int', unique: true, label: { zh: '门牌', en: 'Door' }, name: 'x_door' });
  await made('/custom_fields', { entity: 'order', type: 'ref', to: 'product', label: { zh: '赠品', en: 'Gift' }, name: 'x_gift' });
  const one = await made('/customers', { name: '绰号公司\t反斜杠\\ 行', x_nick: '大熊猫 Ωμέγα', x_door: 77, note: '第一行\n第二行\r\n\\N \\. end' });
  const file = await made(`/customers/${one.id}/files?name=a.txt`, new TextEncoder().encode('附件的内容'), { 'content-type': 'text/plain' });
  const typed = await everyType(made, client, one.id);
  const lost = await made('/customers', { name: '最后一个' });
  sql(db, `PRAGMA foreign_keys = ON; DELETE FROM customer WHERE id = ${lost.id}`);
  const bytes = new TextEncoder().encode(`name,phone\n${'甲,13900000000\n'.repeat(40000)}`);
  await made('/imports?entity=customers&filename=a.csv', bytes, { 'content-type': 'application/octet-stream' });
  const binned = await made('/customers', { name: '在回收站' });
  const asIs = (await client.get(`/customers/${one.id}`)).body;
  assert.equal((await client.delete(`/customers/${binned.id}`)).status, 204);
  await server.stop();
  return { token, one: asIs, lost, binned, file, typed };
}

/* A column of every type, with a value; one retired, one another table's. */
async function everyType(made, client, id) {
  const options = ['a', 'b'].map((value) => ({ value, label: { zh: value, en: value } }));
  const values = { text: '文', longtext: '一\n二', int: -7, decimal: '2.125', money: 990, bool: true, date: '1969-07-20', instant: '2026-03-21T08:00:00Z',
    enum: 'b', set: ['a', 'b'], email: 'a@b.cn', phone: '138-0000-0000', url: 'https://a.cn/x', json: { a: [1, '二', null] }, ref: id };
  const more = { decimal: { scale: 3 }, enum: { options }, set: { options }, ref: { to: 'customer' } };
  const label = { zh: '字段', en: 'Field' };
  const want = {};
  for (const [type, value] of Object.entries(values)) {
    const sortable = ['text', 'int', 'date'].includes(type);
    await made('/custom_fields', { entity: 'customer', name: `x_t_${type}`, type, label, ...(sortable ? { sortable } : {}), ...more[type] });
    want[`x_t_${type}`] = value;
  }
  assert.equal((await client.patch(`/customers/${id}`, want)).status, 200);
  const old = await made('/custom_fields', { entity: 'customer', name: 'x_old', type: 'text', search: true, label });
  assert.equal((await client.patch(`/customers/${id}`, { x_old: '从前的话' })).status, 200);
  await made(`/custom_fields/${old.id}/retire`);
  return { want, old: old.id };
}

/* What stands in columns of the company's own, the file and its bytes, the
 * audit chain. */
async function checkOwn(client, was, db) {
  const now = (await client.get(`/customers/${was.one.id}`)).body;
  for (const [name, value] of Object.entries(was.typed.want)) assert.deepEqual(now[name], value, name);
  assert.equal('x_old' in now, false);
  assert.equal((await client.post(`/custom_fields/${was.typed.old}/restore`)).status, 200);
  assert.equal((await client.get(`/customers/${was.one.id}`)).body.x_old, '从前的话');
  assert.deepEqual((await client.get(`/customers?q=${encodeURIComponent('从前的话')}`)).body.data.map((r) => r.id), [was.one.id]);
  for (const [filter, n] of [['x_t_date=1969-07-20', 1], ['x_t_decimal=2.125', 1], ['x_t_set[has]=b', 1], ['x_t_enum=a', 0], [`x_t_ref=${was.one.id}`, 1]])
    assert.equal((await client.get(`/customers?${filter}`)).body.data.length, n, filter);
  const got = await client.get(`/files/${was.file.id}`);
  assert.equal(createHash('sha256').update(got.text).digest('hex'), was.file.sha256);
  assert.equal((await client.get(`/customers/${was.one.id}/files`)).body.data[0].name, 'a.txt');
  /* A field made there goes on where the columns of here end. */
  assert.equal((await client.post('/custom_fields', { entity: 'customer', name: 'x_there', type: 'int', label: { zh: '那边', en: 'There' } })).status, 201);
  assert.equal((await client.patch(`/customers/${was.one.id}`, { x_there: 5 })).status, 200);
  const { code, out, err } = guanxi(['doctor', '--verify', '--trust', '--db', db.url]);
  assert.equal(code, 0, out + err);
}

/* The company works there as it did here. */
async function checkWork(db, was) {
  const server = await startServer({ db });
  const client = server.client({ token: was.token });
  const same = (await client.get(`/customers/${was.one.id}`)).body;
  for (const field of ['name', 'note', 'x_nick', 'x_door', 'created_at', 'rev']) assert.deepEqual(same[field], was.one[field], field);
  const search = (q) => client.get(`/customers?q=${encodeURIComponent(q)}&limit=5`);
  assert.deepEqual((await search('大熊猫')).body.data.map((r) => r.id), [was.one.id], 'search finds a custom field');
  assert.deepEqual((await search('绰号公司')).body.data.map((r) => r.id), [was.one.id]);
  assert.deepEqual((await client.get('/customers?x_door=77')).body.data.map((r) => r.id), [was.one.id]);
  assert.equal((await client.post('/customers', { name: '门牌重复', x_door: 77 })).status, 409);
  assert.equal((await client.post(`/customers/${was.binned.id}/restore`)).status, 200);
  const next = (await client.post('/customers', { name: '新' })).body;
  assert.ok(next.id > was.lost.id && next.id > was.binned.id, 'no id comes twice');
  const gone = await search('新来的');
  assert.equal(gone.status, 200);
  await client.patch(`/customers/${was.one.id}`, { x_nick: '小熊猫' });
  assert.deepEqual((await search('大熊猫')).body.data, [], 'the old words are gone from the index');
  assert.deepEqual((await search('小熊猫')).body.data.map((r) => r.id), [was.one.id]);
  await checkLedger(client);
  await checkOwn(client, was, db);
  await server.stop();
  const { code, out } = guanxi(['doctor', '--db', db.url, '--format', 'json']);
  assert.equal(code, 0, out);
}

test('a company moves to PostgreSQL and back with equal hashes, and works there', { skip }, async () => {
  const first = freshDatabase('sqlite');
  const there = freshDatabase('postgresql');
  const back = freshDatabase('sqlite');
  const was = await fill(first);
  const went = copy(first, there);
  assert.ok(went.has('file_chunk') && !went.get('file_chunk').startsWith('0 '));
  assert.ok(!went.get('audit_entry').startsWith('0 '));
  const came = copy(there, back);
  assert.deepEqual([...came], [...went], 'what came back is what went');
  await checkWork(there, was);
  await checkWork(back, was);
  /* And what was made on PostgreSQL itself goes home too. */
  const home = freshDatabase('sqlite');
  copy(there, home);
  const server = await startServer({ db: home });
  const client = server.client({ token: was.token });
  assert.equal((await client.get(`/customers/${was.one.id}`)).body.x_there, 5);
  assert.deepEqual((await client.get('/customers?x_there=5')).body.data.map((r) => r.id), [was.one.id]);
  await server.stop();
});

test('only into an empty database, only from one that rests, and only known addresses', { skip }, async () => {
  const db = freshDatabase('sqlite');
  const pg = freshDatabase('postgresql');
  assert.equal(guanxi(['demo', '--db', db.url, '--customers', '20']).code, 0);
  const refused = (from, to) => guanxi(['copy', '--from', from, '--to', to]);
  for (const [args, code] of [[['copy'], 2], [['copy', '--from', db.url], 2]]) assert.equal(guanxi(args).code, code);
  assert.equal(refused(db.url, db.url).code, 2);
  assert.equal(refused(`${db.url}x`, pg.url).code, 1);
  assert.equal(refused(db.url, 'mysql://nowhere').code, 1);
  const server = await startServer({ db });
  const busy = refused(db.url, pg.url);
  assert.equal(busy.code, 1);
  assert.match(busy.err, /in use|process/);
  await server.stop();
  copy(db, pg);
  const full = refused(db.url, pg.url);
  assert.equal(full.code, 1);
  assert.match(full.err, /not empty/);
});

test('a copy that is stopped leaves the target empty, and can be made again', { skip }, async () => {
  const db = freshDatabase('sqlite');
  assert.equal(guanxi(['demo', '--db', db.url, '--customers', '1500']).code, 0);
  for (const kind of ['postgresql', 'sqlite']) {
    let to = freshDatabase(kind);
    let stopped = 0;
    for (const [n, wait] of STOPPED_AFTER.entries()) {
      if (n >= ALWAYS && stopped > 0) break;
      const child = spawn(BIN, ['copy', '--from', db.url, '--to', to.url], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      const ended = new Promise((done) => child.once('exit', (code) => done(code)));
      let err = '';
      child.stderr.on('data', (text) => (err += text));
      const timer = setTimeout(() => child.kill('SIGINT'), wait);
      const code = await ended;
      clearTimeout(timer);
      if (code === null || code === 0) { /* before it had begun, or at its end */
        to = freshDatabase(kind);
        continue;
      }
      assert.equal(code, 1);
      assert.match(err, /cancelled/);
      stopped++;
      if (/comparing/.test(err)) {
        assert.equal(sql(to, 'SELECT COUNT(*) FROM customer'), '1500');
        to = freshDatabase(kind);
        continue;
      }
      assert.equal(sql(to, 'SELECT COUNT(*) FROM customer'), '0');
      assert.equal(sql(to, 'SELECT COUNT(*) FROM setting'), '0');
    }
    assert.ok(stopped > 0, 'none was stopped in the middle');
    copy(db, to);
  }
});
