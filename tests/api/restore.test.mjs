/* Putting a backup in the company's place from the web: who may, what is
 * checked first, what is there afterwards, and that nothing is lost when it
 * can't be done. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN, KIND, addUser, guanxi, sql, startServer, until } from './lib.mjs';

const END = KIND === 'sqlite' ? 'db' : 'dump';
const LIMIT_MS = 60000;

describe('a backup put back from the web', () => {
  let server, admin, dir, first;

  async function over(client, started) {
    assert.equal(started.status, 202, started.text);
    let job;
    await until(async () => (job = (await client.get(`/jobs/${started.body.job.id}`)).body),
      (one) => ['done', 'failed', 'cancelled'].includes(one.state), LIMIT_MS);
    return job;
  }

  const names = async () => (await admin.get('/customers?limit=200')).body.data.map((c) => c.name).sort();
  const find = async (name) => (await admin.get('/backups')).body.data.find((b) => b.name === name);
  const restore = (name, more = {}) =>
    admin.post(`/backups/${name}/restore`, { password: ADMIN.password, confirm: name, ...more });

  /* Asks until the other company is served; everything on the way is 503, or
   * nobody listens for a moment. */
  async function served(name) {
    let told = null;
    await until(async () => {
      try {
        const client = server.client();
        const answer = await client.signIn(ADMIN.login, ADMIN.password);
        assert.ok([200, 503].includes(answer.status), answer.text);
        if (answer.status !== 200) assert.equal(answer.body.code, 'unavailable');
        if (answer.status !== 200) return null;
        const { restored } = (await client.get('/backups')).body;
        if (restored?.name !== name) return null;
        admin = client;
        return (told = restored);
      } catch (e) {
        if (e instanceof assert.AssertionError) throw e;
        return null;
      }
    }, (it) => it !== null, LIMIT_MS);
    assert.equal(told.by, ADMIN.login);
    return told;
  }

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), 'gx_restores_'));
    server = await startServer({ admin: true, env: { GUANXI_BACKUP_DIR: dir } });
    addUser(server.db, 'boss', 'manager');
    admin = await server.signIn();
    await admin.post('/customers', { name: '旧' });
    first = (await over(admin, await admin.post('/backups'))).result.name;
    await admin.post('/customers', { name: '新' });
  });
  after(async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('not by others, not without the password, not without the name typed', async () => {
    const boss = await server.signIn('boss');
    const path = `/backups/${first}/restore`;
    assert.equal((await boss.post(path, { password: ADMIN.password, confirm: first })).status, 403);
    assert.equal((await boss.request('POST', '/backups/upload', 'x')).status, 403);
    assert.equal((await server.client().post(path, { password: 'x', confirm: first })).status, 401);
    const wrong = await restore(first, { password: 'not it at all' });
    assert.equal(wrong.status, 422, wrong.text);
    assert.equal(wrong.body.errors[0].field, 'password');
    const other = await restore(first, { confirm: 'guanxi' });
    assert.equal(other.status, 422);
    assert.equal(other.body.errors[0].field, 'confirm');
    assert.equal((await restore(`guanxi-none.${END}`)).status, 404);
    assert.deepEqual(await names(), ['新', '旧']);
    assert.equal((await admin.get('/backups')).body.restored, null);
  });

  test('everything is as it was then, and everybody is signed out', async () => {
    const old = admin;
    const { cursor } = (await admin.get('/changes?limit=1')).body;
    await over(admin, await restore(first));
    const told = await served(first);
    assert.equal(told.state, 'done', told.error);
    assert.equal(told.error, null);
    assert.deepEqual(await names(), ['旧']);
    assert.equal((await old.get('/customers')).status, 401, 'the session ended');
    /* Whoever follows the changes is told that his place is of another story. */
    assert.equal((await admin.get(`/changes?since=${encodeURIComponent(cursor)}`)).status, 400);
    assert.equal(sql(server.db, "SELECT COUNT(*) FROM audit_entry WHERE action = 'backup_restored'"), '1');
    assert.equal(sql(server.db, "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')"), '0');
    const made = await admin.post('/customers', { name: '再' });
    assert.equal(made.status, 201, made.text);
    const { code, out } = guanxi(['doctor', '--db', server.db.url, '--verify', '--format', 'json']);
    assert.equal(code, 0, out);
    const safety = await find(told.safety);
    assert.equal(safety.kind, 'safety');
    assert.equal(safety.state, 'verified');
  });

  test('what there was before is put back the same way', async () => {
    const { safety } = (await admin.get('/backups')).body.restored;
    await over(admin, await restore(safety));
    const told = await served(safety);
    assert.equal(told.state, 'done', told.error);
    assert.deepEqual(await names(), ['新', '旧']);
    assert.equal(sql(server.db, "SELECT COUNT(*) FROM audit_entry WHERE action = 'backup_restore'"), '1',
      'who asked stands in the company that was left');
  });

  test('a file that is brought along is checked, then put back', async () => {
    const bytes = readFileSync(join(dir, first));
    const none = await admin.request('POST', '/backups/upload', new TextEncoder().encode('id,name\n1,x\n'));
    assert.equal(none.status, 422, none.text);
    const job = await over(admin, await admin.request('POST', '/backups/upload', bytes));
    assert.equal(job.state, 'done', job.error);
    const { name } = job.result;
    const taken = await find(name);
    assert.equal(taken.kind, 'uploaded');
    assert.equal(taken.state, 'verified');
    assert.ok(taken.rows > 10);
    await over(admin, await restore(name));
    const told = await served(name);
    assert.equal(told.state, 'done', told.error);
    assert.deepEqual(await names(), ['旧']);
  });

  test('a damaged one is refused and nothing changes', async () => {
    const bytes = Buffer.from(readFileSync(join(dir, first)));
    bytes.fill(0xa5, bytes.length >> 1, (bytes.length >> 1) + 4096);
    const job = await over(admin, await admin.request('POST', '/backups/upload', bytes));
    assert.equal(job.state, 'failed');
    const broken = (await admin.get('/backups')).body.data.find((b) => b.state !== 'verified').name;
    const again = await over(admin, await restore(broken));
    assert.equal(again.state, 'failed');
    assert.deepEqual(await names(), ['旧'], 'and the session is good');
    await admin.post('/customers', { name: '现' });
  });

  test('what can’t be replaced stays, and says why', async () => {
    /* A folder where the copy is to be written; somebody else in the database. */
    const inTheWay = KIND === 'sqlite' ? `${server.db.path}.again.part` : null;
    const guest = inTheWay ? null : spawn('psql', ['-X', '-q', '-d', server.db.url, '-c', 'SELECT pg_sleep(600)'], { stdio: 'ignore' });
    if (inTheWay) mkdirSync(inTheWay);
    else await until(() => sql(server.db, "SELECT COUNT(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()"), (n) => n === '1', LIMIT_MS);
    await over(admin, await restore(first));
    const told = await served(first);
    if (inTheWay) rmdirSync(inTheWay);
    guest?.kill();
    assert.equal(told.state, 'failed');
    assert.ok(told.error.length > 5, told.error);
    assert.deepEqual(await names(), ['旧', '现'].sort());
  });

  test('deleting and fetching stand in the audit', async () => {
    await admin.get(`/backups/${first}/file`);
    assert.equal((await admin.delete(`/backups/${first}`)).status, 204);
    assert.equal((await admin.delete(`/backups/${first}`)).status, 404);
    assert.deepEqual(readdirSync(dir).filter((file) => file.startsWith(first)), []);
    for (const action of ['backup_download', 'backup_delete', 'backup_upload'])
      assert.notEqual(sql(server.db, `SELECT COUNT(*) FROM audit_entry WHERE action = '${action}'`), '0', action);
  });
});
