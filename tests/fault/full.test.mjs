/* A full disk and a failing COMMIT: whoever is told "done" finds it there,
 * whoever is refused finds nothing of it, reading goes on. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { awake, freshDatabase, initCompany, newToken, sql, startServer, until } from '../api/lib.mjs';
import { checkLedger } from '../api/ledger.mjs';
import { SEED } from '../api/random.mjs';
import { checkWhole } from './whole.mjs';
import { Writer, linesDecide } from './load.mjs';

const WRITERS = 8;
/* What is left of the disk is soon full; without the ballast there is room for
 * the log (it starts again after about 4 MiB) and for what the tests write. */
const DISK = 64 << 20;
const BALLAST = 58 << 20;
const mounts = [];

after(() => {
  for (const folder of mounts) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
});

/* A small disk of its own, or null: only root can mount one. */
function smallDisk(size = DISK) {
  const folder = mkdtempSync(join(tmpdir(), 'guanxi-full-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  mounts.push(folder);
  return folder;
}

function databaseOn(folder) {
  const path = join(folder, 'company.db');
  const db = { url: `sqlite:${path}`, path, folder };
  initCompany(db);
  return db;
}

/* Grows the file until nothing goes in any more. */
function fillWith(path) {
  const file = openSync(path, 'w');
  try {
    for (const piece = Buffer.alloc(4096, 1); ; ) writeSync(file, piece);
  } catch (error) {
    assert.equal(error.code, 'ENOSPC');
  } finally {
    closeSync(file);
  }
}

const crew = (tag) => Array.from({ length: WRITERS }, (_, k) => new Writer(k, SEED, tag));
const count = (writers, status) => writers.reduce((n, w) => n + (w.refused.get(status) ?? 0), 0);
const acknowledged = (writers) => writers.reduce((n, w) => n + w.acknowledged, 0);

async function load(server, token, writers, ms, refusals) {
  await Promise.all(writers.map((w) => w.write(server.client({ token }), Date.now() + ms, new Set(refusals))));
}

/* Until it is so, by rounds of load. */
async function loaded(server, token, writers, ms, refusals, so) {
  for (let rounds = 0; !so(); rounds++) {
    assert.ok(rounds < 200, 'not so under load');
    await load(server, token, writers, ms, refusals);
  }
}

/* A refusal comes at once, and /readyz says why: unless a small write of the
 * server's own has found room in between. */
async function promptly(server, token, t) {
  const client = server.client({ token });
  const times = [];
  const write = async () => {
    const begun = awake();
    const { status } = await client.post('/customers', { name: '满', note: 'x'.repeat(20000) });
    if (status === 507) times.push(awake() - begun);
  };
  for (let i = 0; i < 20; i++) await write();
  times.sort((a, b) => a - b);
  assert.ok(times.length > 0, 'the disk is full');
  t.diagnostic(`refused in ${times[times.length >> 1].toFixed(1)} ms`);
  assert.ok(times[times.length >> 1] < 300, 'refusals come at once');
  const ready = async () => {
    await write();
    const answer = await fetch(`${server.url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  let why;
  await until(ready, (answer) => (why = answer).status === 503, 20000);
  assert.equal(JSON.parse(why.text).errors[0].code, 'storage_full');
}

/* Everything promised is there, everything refused is not. */
async function checkAll(server, token, writers) {
  const client = server.client({ token });
  await Promise.all(writers.map((w) => w.settle(client)));
  linesDecide(writers);
  await Promise.all(writers.map((w) => w.check(client)));
  await checkLedger(client);
}

test('a full disk refuses, keeps its word, reads on, and goes on when there is room', async (t) => {
  const folder = smallDisk();
  if (folder === null) return t.skip('a small disk can be mounted by root only');
  const db = databaseOn(folder);
  const token = newToken(db, 'admin');
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(BALLAST, 1));
  const writers = crew();
  let server = await startServer({ db });

  await loaded(server, token, writers, 100, [507], () => count(writers, 507) > 0);
  await load(server, token, writers, 300, [507]);
  await loaded(server, token, writers, 100, [507], () => count(writers, 507) >= WRITERS);
  t.diagnostic(`${acknowledged(writers)} acknowledged, ${count(writers, 507)} refused`);
  await promptly(server, token, t);
  await checkAll(server, token, writers);

  /* Killed and started again while the disk is full: it still reads. */
  await server.stop('SIGKILL');
  server = await startServer({ db });
  for (const w of writers) for (const r of w.records) w.fresh.add(r);
  await checkAll(server, token, writers);

  rmSync(ballast);
  const before = acknowledged(writers);
  await loaded(server, token, writers, 150, [], () => acknowledged(writers) > before + WRITERS);
  await until(() => fetch(`${server.url}/readyz`), (answer) => answer.status === 200, 20000);
  await checkAll(server, token, writers);
  await server.stop();
  checkWhole(db);
});

test('space that comes and goes is used without a restart', async (t) => {
  const folder = smallDisk();
  if (folder === null) return t.skip('a small disk can be mounted by root only');
  const db = databaseOn(folder);
  const token = newToken(db, 'admin');
  const ballast = join(folder, 'ballast');
  const writers = crew();
  const server = await startServer({ db });
  for (let turn = 0; turn < 3; turn++) {
    fillWith(ballast);
    for (const w of writers) w.refused.clear();
    await loaded(server, token, writers, 50, [507], () => count(writers, 507) > 0);
    rmSync(ballast);
    const before = acknowledged(writers);
    await load(server, token, writers, 50, []);
    assert.ok(acknowledged(writers) > before, 'writing goes on');
  }
  await checkAll(server, token, writers);
});

/* The tables on a small disk, the log of PostgreSQL on the large one: a disk
 * without room for that ends PostgreSQL itself. */
test('a full disk under PostgreSQL refuses writes, reads on, and goes on when there is room', async (t) => {
  const base = process.env.GUANXI_TEST_PG;
  if (!base) return t.skip('GUANXI_TEST_PG is not set');
  const folder = smallDisk(64 << 20);
  if (folder === null) return t.skip('a small disk can be mounted by root only');
  assert.equal(spawnSync('chown', ['postgres', folder]).status, 0);
  const space = `small_${process.pid}`;
  sql({ url: base }, `CREATE TABLESPACE ${space} LOCATION '${folder}'`);
  const db = freshDatabase('postgresql', { tablespace: space });
  initCompany(db);
  const token = newToken(db, 'admin');
  const server = await startServer({ db });
  const client = server.client({ token });
  /* What can't be packed. */
  const write = () => client.post('/customers', { name: '满', note: randomBytes(12000).toString('base64') });
  const kept = [];
  const one = await write();
  assert.equal(one.status, 201, one.text);
  kept.push(one.body.id);
  const ballast = join(folder, 'ballast');
  fillWith(ballast);
  let refused = null;
  for (let tries = 0; refused === null; tries++) {
    assert.ok(tries < 2000, 'the disk never gets full');
    const answer = await write();
    if (answer.status === 201) kept.push(answer.body.id);
    else refused = answer;
  }
  assert.equal(refused.status, 507, refused.text);
  assert.equal(refused.body.errors[0].code, 'storage_full', refused.text);
  const there = async () => (await client.get('/customers?limit=500&fields=id&count=exact')).body.data.map((r) => r.id).sort((a, b) => a - b);
  assert.deepEqual(await there(), kept, 'reading goes on, and what was refused left nothing');
  /* A small write of the server's own that still finds room takes it back. */
  const ready = async () => {
    assert.equal((await write()).status, 507);
    const answer = await fetch(`${server.url}/readyz`);
    return { status: answer.status, text: await answer.text() };
  };
  let why;
  await until(ready, (answer) => (why = answer).status === 503, 20000);
  assert.equal(JSON.parse(why.text).errors[0].code, 'storage_full');
  rmSync(ballast);
  await until(async () => {
    const answer = await write();
    if (answer.status === 201) kept.push(answer.body.id);
    return answer;
  }, (answer) => answer.status === 201, 20000);
  await until(() => fetch(`${server.url}/readyz`), (answer) => answer.status === 200, 20000);
  assert.deepEqual(await there(), kept);
  await server.stop();
  checkWhole(db);
  sql({ url: base }, `DROP DATABASE ${new URL(db.url).pathname.slice(1)}`);
  sql({ url: base }, `DROP TABLESPACE ${space}`);
});

for (const kind of ['sqlite', 'postgresql'])
  test(`a COMMIT that fails in mid-group promises nothing (${kind})`, async (t) => {
    if (kind === 'postgresql' && !process.env.GUANXI_TEST_PG) return t.skip('GUANXI_TEST_PG is not set');
    const db = freshDatabase(kind);
    initCompany(db);
    const token = newToken(db, 'admin');
    let largest = 0;
    let own = 0;
    const turns = [15, 23, 60, 61, 62, 63, 64, 65, 66];
    for (let nth = turns.shift(); nth !== undefined; nth = turns.shift()) {
      if (nth > 60 && (kind === 'postgresql' || largest > 1)) break;
      const writers = crew(`c${nth}w`);
      const server = await startServer({ db, workers: WRITERS, env: { GUANXI_FAULT: `db.commit:${nth}` } });
      for (let rounds = 0; count(writers, 500) === 0 && rounds < 200; rounds++)
        await load(server, token, writers, 100, [500, 503]);
      await load(server, token, writers, 50, [500, 503]);
      const failed = count(writers, 500);
      t.diagnostic(`commit ${nth}: ${acknowledged(writers)} acknowledged, ${failed} failed, ${count(writers, 503)} refused after`);
      if (failed === 0) { /* it was one of the server's own */
        assert.ok(own++ < 3, 'the commit has failed');
        await server.stop('SIGKILL');
        turns.unshift(nth + 1);
        continue;
      }
      largest = Math.max(largest, failed);
      assert.equal((await server.client({ token }).get('/customers')).status, 200, 'reading goes on');
      if (kind === 'sqlite') {
        const late = await server.client({ token }).post('/customers', { name: 'late' });
        assert.equal(late.status, 503, late.text);
        assert.equal(late.body.errors[0].code, 'read_only');
        const ready = await fetch(`${server.url}/readyz`);
        assert.equal(ready.status, 503);
        assert.equal((await ready.json()).errors[0].code, 'read_only');
        if (nth < 60) assert.deepEqual(await server.ended(), { code: 1, signal: null }, 'and it ends by itself');
      }
      await server.stop('SIGKILL');
      const again = await startServer({ db });
      await checkAll(again, token, writers);
      await again.stop();
      checkWhole(db);
    }
    if (kind === 'sqlite') assert.ok(largest > 1, 'a group of several has failed together');
  });

test('a sync of the file that fails ends the writing, and loses nothing', async () => {
  const db = freshDatabase('sqlite');
  initCompany(db);
  const token = newToken(db, 'admin');
  const writers = crew('s');
  const server = await startServer({ db, workers: WRITERS, env: { GUANXI_FAULT: 'io.sync:1' } });
  /* until the log is worth copying */
  const writing = async () => {
    await load(server, token, writers, 500, [500, 503]).catch(() => {});
    return fetch(`${server.url}/readyz`).catch(() => ({ status: 503, text: 'gone' }));
  };
  await until(writing, (answer) => answer.status === 503, 60000);
  assert.deepEqual(await server.ended(), { code: 1, signal: null }, 'and the server ends by itself');
  const again = await startServer({ db });
  await checkAll(again, token, writers);
  await again.stop();
  checkWhole(db);
});
