/* Backups: made beside the work, read back, listed, fetched, deleted, kept for
 * so long, put back. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN, KIND, addUser, awake, freshDatabase, guanxi, newToken, sql, startServer, until } from './lib.mjs';
import { checkLedger } from './ledger.mjs';

const END = KIND === 'sqlite' ? 'db' : 'dump';
const LIMIT_MS = 60000;
const DAY_MS = 86400000;

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'gx_backups_'));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function wait(client, started) {
  assert.equal(started.status, 202, started.text);
  let job;
  await until(async () => (job = (await client.get(`/jobs/${started.body.job.id}`)).body),
    (one) => ['done', 'failed', 'cancelled'].includes(one.state), LIMIT_MS);
  return job;
}

/* Puts a copy back into a database of its own. */
function restored(file) {
  const db = freshDatabase();
  const { code, err } = guanxi(['restore', file, '--db', db.url, '--force']);
  assert.equal(code, 0, err);
  return db;
}

function checkDoctor(db) {
  const { code, out } = guanxi(['doctor', '--db', db.url, '--format', 'json']);
  assert.equal(code, 0, out);
}

describe('on the web', () => {
  let server, admin, dir;
  before(async () => {
    dir = folder();
    server = await startServer({ admin: true, env: { GUANXI_BACKUP_DIR: dir } });
    admin = await server.signIn();
    for (let i = 0; i < 20; i++) await admin.post('/customers', { name: `客户${i}`, phone: `1390000${1000 + i}` });
  });
  after(() => server.stop());

  test('one is made, read back, listed, fetched whole and put back', async () => {
    assert.deepEqual((await admin.get('/backups')).body, { folder: dir, next_at: null, data: [], restored: null });
    const job = await wait(admin, await admin.post('/backups'));
    assert.equal(job.state, 'done', job.error);
    assert.equal(job.result.state, 'verified');
    const { data } = (await admin.get('/backups')).body;
    assert.equal(data.length, 1);
    const [one] = data;
    assert.match(one.name, new RegExp(`^guanxi-\\d{8}T\\d{6}Z-${job.id}\\.${END}$`));
    assert.equal(one.kind, 'manual');
    assert.equal(one.engine, KIND);
    assert.equal(one.wrong, null);
    assert.ok(one.rows > 40 && one.size > 1000 && one.schema >= 1);
    const answer = await fetch(`${server.url}/api/v1/backups/${one.name}/file`, { headers: { cookie: admin.cookie } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-disposition'), `attachment; filename="${one.name}"`);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.equal(bytes.length, one.size);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), one.sha256);
    const file = join(dir, `fetched.${END}`);
    writeFileSync(file, bytes);
    const db = restored(file);
    assert.equal(sql(db, 'SELECT COUNT(*) FROM customer'), '20');
    checkDoctor(db);
    rmSync(file);
    const audit = sql(server.db, "SELECT COUNT(*) FROM audit_entry WHERE action = 'backup_download'");
    assert.equal(audit, '1');
  });

  test('only an administrator sees, makes, fetches or deletes them', async () => {
    addUser(server.db, 'boss', 'manager');
    const boss = await server.signIn('boss');
    const { name } = (await admin.get('/backups')).body.data[0];
    for (const [method, path] of [['GET', '/backups'], ['POST', '/backups'], ['GET', `/backups/${name}/file`],
      ['POST', `/backups/${name}/check`], ['DELETE', `/backups/${name}`]])
      assert.equal((await boss.request(method, path)).status, 403, `${method} ${path}`);
    assert.ok(existsSync(join(dir, name)));
  });

  test('names lead nowhere else', async () => {
    writeFileSync(join(dir, 'secret.db'), 'x');
    for (const name of ['..%2Fcompany.db', '%2Fetc%2Fpasswd', 'secret.db', 'guanxi-..%2F..%2Fx.db', 'guanxi-nothing.db',
      `guanxi-${'x'.repeat(200)}.db`, '.db', 'guanxi-.json']) {
      for (const [method, tail] of [['GET', '/file'], ['POST', '/check'], ['DELETE', '']])
        assert.equal((await admin.request(method, `/backups/${name}${tail}`)).status, 404, `${method} ${name}`);
    }
    assert.ok(existsSync(join(dir, 'secret.db')));
    rmSync(join(dir, 'secret.db'));
  });

  test('a damaged one is found, and deleting takes the file away', async () => {
    const job = await wait(admin, await admin.post('/backups'));
    const { name } = job.result;
    const good = await wait(admin, await admin.post(`/backups/${name}/check`));
    assert.equal(good.state, 'done', good.error);
    const bytes = readFileSync(join(dir, name));
    bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 4096);
    writeFileSync(join(dir, name), bytes);
    const bad = await wait(admin, await admin.post(`/backups/${name}/check`));
    assert.equal(bad.state, 'failed');
    assert.match(bad.error, new RegExp(name.replaceAll('.', '\\.')));
    const listed = (await admin.get('/backups')).body.data.find((b) => b.name === name);
    assert.equal(listed.state, 'failed');
    assert.ok(listed.wrong.length > 0);
    assert.equal((await admin.delete(`/backups/${name}`)).status, 204);
    assert.equal((await admin.delete(`/backups/${name}`)).status, 404);
    assert.deepEqual(readdirSync(dir).filter((file) => file.startsWith(name)), []);
  });

  test('a folder that can’t be written to is a failed job that says so', async () => {
    const file = join(dir, 'occupied');
    writeFileSync(file, '');
    const other = await startServer({ admin: true, env: { GUANXI_BACKUP_DIR: join(file, 'deeper') } });
    const client = await other.signIn();
    const job = await wait(client, await client.post('/backups'));
    assert.equal(job.state, 'failed');
    assert.match(job.error, /occupied/);
    await other.stop();
    rmSync(file);
  });
});

describe('beside the work', () => {
  test('at a hundred writes a second and more, the copy is one moment of the company', async (t) => {
    const dir = folder();
    const db = freshDatabase();
    assert.equal(guanxi(['demo', '--db', db.url, '--customers', '100']).code, 0);
    const server = await startServer({ db, workers: 6, env: { GUANXI_BACKUP_DIR: dir, GUANXI_LOG: 'warn' } });
    const client = server.client({ token: newToken(db, ADMIN.login) });
    let writing = true;
    let slowest = 0;
    const acknowledged = [];
    const writer = async (k) => {
      for (let i = 0; writing; i++) {
        const start = awake();
        const made = await client.post('/customers', { name: `w${k}-${i}` });
        slowest = Math.max(slowest, awake() - start);
        assert.equal(made.status, 201, made.text);
        acknowledged.push(made.body.id);
        const order = await client.post('/orders', { customer_id: made.body.id, number: `w${k}-${i}`, ordered_on: '2024-05-01' });
        assert.equal(order.status, 201, order.text);
        await client.post('/order_lines', { order_id: order.body.id, product_name: 'p', quantity: '2', unit_price: '3.5' });
      }
    };
    const writers = Array.from({ length: 16 }, (_, k) => writer(k));
    const alone = awake();
    await new Promise((done) => setTimeout(done, 2000));
    const calm = (acknowledged.length * 3000) / (awake() - alone);
    const before = acknowledged.length;
    const start = awake();
    const jobs = [];
    while (jobs.length < 3 || awake() - start < 2000)
      jobs.push(await wait(client, await client.post('/backups')));
    const seconds = (awake() - start) / 1000;
    writing = false;
    await Promise.all(writers);
    const rate = ((acknowledged.length - before) * 3) / seconds;
    t.diagnostic(`${calm.toFixed(0)} writes a second before, ${rate.toFixed(0)} beside ${jobs.length} backups; slowest ${slowest.toFixed(0)} ms`);
    /* A machine that is busy with other things may not reach it even alone. */
    assert.ok(rate >= Math.min(100, calm / 3), `${rate} writes a second, ${calm} without`);
    assert.ok(slowest < 5000, `a write took ${slowest} ms`);
    for (const job of jobs.slice(-1)) {
      assert.equal(job.state, 'done', job.error);
      const copy = restored(join(dir, job.result.name));
      checkDoctor(copy);
      /* No order without its customer's statistics, no line without its order:
       * the doctor has looked. What is there has no holes. */
      const [count, last] = sql(copy, 'SELECT COUNT(*), MAX(id) FROM customer').split('|').map(Number);
      if (KIND === 'sqlite') assert.equal(count, last);
      const again = await startServer({ db: copy, env: { GUANXI_LOG: 'warn' } });
      await checkLedger(again.client({ token: newToken(copy, ADMIN.login) }));
      await again.stop();
    }
    await server.stop();
  });
});

describe('by the calendar', () => {
  /* "HH:MM" in the company's zone, so long ago. */
  const clock = (ms) => new Date(Date.now() - ms + 8 * 3600000).toISOString().slice(11, 16);

  function manifest(dir, ageDays, kind = 'scheduled', state = 'verified') {
    const at = Date.now() - ageDays * DAY_MS;
    const name = `guanxi-${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-${Math.floor(ageDays * 10)}.${END}`;
    writeFileSync(join(dir, name), 'old');
    writeFileSync(join(dir, `${name}.json`), JSON.stringify({ kind, state, engine: KIND, sha256: '', wrong: state === 'failed' ? 'x' : '',
      created_at: Math.floor(at), verified_at: Math.floor(at), size: 3, schema: 1, rows: 0, ms: 1, tables: {} }));
    return name;
  }

  test('one is made when its time has come, by one server only, and old ones go', async () => {
    const dir = folder();
    const first = await startServer({ admin: true, env: { GUANXI_BACKUP_DIR: dir } });
    const admin = await first.signIn();
    assert.equal((await admin.put('/settings', { 'backup.time': '7:30' })).status, 422);
    assert.equal((await admin.put('/settings', { 'backup.time': '24:00' })).status, 422);
    const set = await admin.put('/settings', { 'backup.time': clock(60000), 'backup.keep_daily': 3, 'backup.keep_weekly': 2 });
    assert.equal(set.status, 200, set.text);
    assert.notEqual((await admin.get('/backups')).body.next_at, null);
    const db = first.db;
    await first.stop();
    const manual = manifest(dir, 40, 'manual');
    const failed = manifest(dir, 0.5, 'scheduled', 'failed');
    const days = [1, 2, 3, 4, 9, 16, 23].map((age) => manifest(dir, age));
    const one = await startServer({ db, env: { GUANXI_BACKUP_DIR: dir } });
    const two = KIND === 'postgresql' ? await startServer({ db, env: { GUANXI_BACKUP_DIR: dir } }) : null;
    const client = await one.signIn();
    await until(() => sql(db, "SELECT COUNT(*) FROM job WHERE kind = 'backup' AND state = 'done'"), (n) => n === '1', LIMIT_MS);
    const left = (await client.get('/backups')).body.data.map((b) => b.name);
    assert.equal(left.filter((name) => !days.includes(name) && name !== manual).length, 1, 'today’s');
    assert.ok(left.includes(manual), 'what a person made stays');
    assert.ok(!left.includes(failed), 'one that failed goes when a better one is there');
    assert.deepEqual(days.slice(0, 2).filter((name) => !left.includes(name)), [], 'three days with today');
    assert.ok(left.length <= 2 + 2 + 2, left.join());
    assert.ok(!left.includes(days[5]) && !left.includes(days[6]), 'weeks beyond the second go');
    assert.equal(sql(db, "SELECT COUNT(*) FROM job WHERE schedule = 'backup'"), '1');
    await one.stop();
    if (two) await two.stop();
  });

  test('not when nobody wants it', async () => {
    const dir = folder();
    const server = await startServer({ admin: true, env: { GUANXI_BACKUP_DIR: dir, GUANXI_BACKUP_TIME: '' } });
    const admin = await server.signIn();
    assert.equal((await admin.get('/backups')).body.next_at, null);
    await server.stop();
    assert.deepEqual(readdirSync(dir), []);
  });
});
