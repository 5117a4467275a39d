/* A whole company moves from SQLite to PostgreSQL and back: the same rows, the
 * same ids, nothing forgotten, and work goes on there. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { BIN, freshDatabase, guanxi, newToken, sql, startServer } from '../api/lib.mjs';
import { checkLedger } from '../api/ledger.mjs';

const skip = process.env.GUANXI_TEST_PG ? false : 'skipped: GUANXI_TEST_PG is not set: there is no PostgreSQL to move to';
const CUSTOMERS = '800';

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
  const lost = await made('/customers', { name: '最后一个' });
  sql(db, `PRAGMA foreign_keys = ON; DELETE FROM customer WHERE id = ${lost.id}`);
  const bytes = new TextEncoder().encode(`name,phone\n${'甲,13900000000\n'.repeat(40000)}`);
  await made('/imports?entity=customers&filename=a.csv', bytes, { 'content-type': 'application/octet-stream' });
  const binned = await made('/customers', { name: '在回收站' });
  assert.equal((await client.delete(`/customers/${binned.id}`)).status, 204);
  await server.stop();
  return { token, one, lost, binned };
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
    for (const wait of [150, 400, 800]) { /* while the schema is made, too */
      const child = spawn(BIN, ['copy', '--from', db.url, '--to', to.url], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      const ended = new Promise((done) => child.once('exit', (code) => done(code)));
      let err = '';
      child.stderr.on('data', (text) => (err += text));
      const timer = setTimeout(() => child.kill('SIGINT'), wait);
      const code = await ended;
      clearTimeout(timer);
      if (code === null) continue; /* before it had begun */
      assert.notEqual(code, 0, 'too quick to be stopped');
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
