/* The audit trail is sealed within a second, and whatever is done to it behind
 * the server's back is found. TORTURE=1: 10,000 changes instead of some
 * hundred. */
import assert from 'node:assert/strict';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addUser, freshDatabase, guanxi, initCompany, KIND, settled, sql, startServer, until } from './lib.mjs';

const ROUNDS = process.env.TORTURE === '1' ? 10000 : 200;
const folder = freshDatabase('sqlite').folder;
const keyFile = join(folder, 'master');
writeFileSync(keyFile, '0123456789abcdef'.repeat(4), { mode: 0o600 });
const env = { GUANXI_MASTER_KEY_FILE: keyFile };

function verify(db, more = [], own = env) {
  const { code, out, err } = guanxi(['doctor', '--verify', '--format', 'json', '--db', db.url, ...more], { env: own });
  const audit = JSON.parse(out || '{"checks":[]}').checks.find((c) => c.name === 'audit');
  assert.ok(audit, err + out);
  return { code, ok: audit.ok, detail: audit.detail };
}

const state = (client) => client.get('/audit/state');

/* On PostgreSQL an entry waits for every older transaction in the whole of the
 * database server, other tests' too. */
const allSealed = (client) => until(() => state(client), (a) => a.body.unsealed === 0, 60000);

/* The same numbers for every run. */
function random(seed) {
  let x = seed;
  return (n) => {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    return Math.floor((x / 4294967296) * n);
  };
}

describe('the audit trail', () => {
  let db, server, admin;
  after(() => server.stop());
  before(async () => {
    db = freshDatabase();
    initCompany(db);
    server = await startServer({ db, env });
    admin = await server.signIn();
  });

  test('is sealed within a second', async () => {
    const took = [];
    for (let i = 0; i < 5; i++) {
      const made = await admin.post('/customers', { name: `客户 ${i}` });
      assert.equal(made.status, 201, made.text);
      await settled(db); /* other tests' transactions are no matter of the seal */
      took.push(await allSealed(admin));
    }
    took.sort((a, b) => a - b);
    assert.ok(took[2] <= 1000, `${took} ms`);
    const { body } = await state(admin);
    assert.match(body.hash, /^[0-9a-f]{64}$/);
    assert.equal(body.keyed, true);
    assert.equal(body.sealed, Number(sql(db, 'SELECT COUNT(*) FROM audit_entry')));
  });

  test('is whole while it grows', async () => {
    const writes = Promise.all(Array.from({ length: 60 }, (_, i) => admin.post('/customers', { name: `更多 ${i}` })));
    for (let i = 0; i < 3; i++) {
      const seen = verify(db);
      assert.ok(seen.ok, seen.detail);
    }
    await writes;
    await allSealed(admin);
    const seen = verify(db);
    assert.ok(seen.ok, seen.detail);
    assert.match(seen.detail, /, 0 not sealed yet$/);
  });

  test('is read by whoever may read it', async () => {
    addUser(db, 'wu', 'sales');
    const wu = await server.signIn('wu');
    assert.equal((await state(wu)).status, (await wu.get('/audit_entries')).status);
  });
});

test('two servers on one database make one chain', { skip: KIND !== 'postgresql' && 'SQLite has one server' }, async () => {
  const db = freshDatabase();
  initCompany(db);
  const servers = [await startServer({ db, env }), await startServer({ db, env })];
  const clients = await Promise.all(servers.map((s) => s.signIn()));
  for (let round = 0; round < 4; round++)
    await Promise.all(Array.from({ length: 40 }, (_, i) =>
      clients[i % 2].post('/customers', { name: `客户 ${round} ${i}` })));
  await allSealed(clients[0]);
  assert.ok(verify(db).ok);
  const seqs = sql(db, 'SELECT seq FROM audit_seal ORDER BY seq').split('\n').map(Number);
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1));
  assert.equal(sql(db, 'SELECT SUM(entries) FROM audit_seal'), sql(db, 'SELECT COUNT(*) FROM audit_entry'));
  for (const s of servers) await s.stop();
});

/* A company with a sealed trail, no server on it. */
async function sealed() {
  const db = freshDatabase();
  initCompany(db);
  const server = await startServer({ db, env });
  const admin = await server.signIn();
  for (let i = 0; i < 30; i++) {
    const { body } = await admin.post('/customers', { name: `客户 ${i}` });
    await admin.patch(`/customers/${body.id}`, { name: `顾客 ${i}` });
    if (i % 7 === 0) await allSealed(admin);
  }
  await allSealed(admin);
  await server.stop();
  await assertSealed(db);
  assert.ok(verify(db).ok, verify(db).detail);
  return db;
}

/* Nothing of the audit trail is left unsealed by signing off. */
async function assertSealed(db) {
  assert.equal(sql(db, 'SELECT COUNT(*) FROM audit_entry'), sql(db, 'SELECT SUM(entries) FROM audit_seal'));
}

/* Each: (ids, seqs, pick, db) → SQL that changes something an auditor minds. */
const CRIMES = {
  edit: ({ id, pick }) => `UPDATE audit_entry SET ${[
    "changes = '{\"name\":[\"a\",\"b\"]}'", 'at = at + 1', 'user_id = coalesce(user_id, 0) + 1', "action = 'read'",
    'record_id = coalesce(record_id, 0) + 1', "entity = 'order'", 'rev = coalesce(rev, 0) + 1', "request_id = 'x'",
    "peer = '10.0.0.1'", 'user_id = 4711', 'hash = NULL'][pick(11)]} WHERE id = ${id}`,
  forge: ({ id }) => [`UPDATE audit_entry SET action = 'read', hash = (SELECT hash FROM audit_entry WHERE id <> ${id} ORDER BY id LIMIT 1) WHERE id = ${id}`],
  delete: ({ id }) => `DELETE FROM audit_entry WHERE id = ${id}`,
  'delete a run': ({ id, pick }) => `DELETE FROM audit_entry WHERE id BETWEEN ${id} AND ${id + pick(20)}`,
  truncate: ({ id }) => `DELETE FROM audit_entry WHERE id >= ${id}`,
  reorder: ({ id, other }) => [`UPDATE audit_entry SET id = -1 WHERE id = ${id}`,
    `UPDATE audit_entry SET id = ${id} WHERE id = ${other}`, `UPDATE audit_entry SET id = ${other} WHERE id = -1`],
  move: ({ id }) => `UPDATE audit_entry SET id = id + 100000 WHERE id = ${id}`,
  insert: () => `INSERT INTO audit_entry (id, at, action) VALUES (-5, 1, 'create')`,
  'cut seals': ({ seq }) => `DELETE FROM audit_seal WHERE seq >= ${seq}`,
  'cut seals and entries': ({ seq, last }) => [`DELETE FROM audit_entry WHERE id > ${last}`,
    `DELETE FROM audit_seal WHERE seq >= ${seq}`],
  'cut all and the head': () => ['DELETE FROM audit_entry', 'DELETE FROM audit_seal',
    "UPDATE setting SET value = '0' WHERE key = 'audit.head'"],
  'edit a seal': ({ seq, pick }) => `UPDATE audit_seal SET ${['at = at + 1', 'entries = entries - 1', "hash = 'ff'",
    "ids = '1'", 'max_id = max_id + 1', 'seq = seq + 1000'][pick(6)]} WHERE seq = ${seq}`,
  'move the head': ({ seq }) => [`DELETE FROM audit_seal WHERE seq >= ${seq + 1}`,
    `UPDATE setting SET value = (SELECT seq || ' ' || hash || ' ' || '${'0'.repeat(64)}' FROM audit_seal WHERE seq = ${seq}) WHERE key = 'audit.head'`],
};

describe('what is done to it behind the server\'s back', () => {
  let db;
  before(async () => (db = await sealed()));

  test(`is found, every one of ${ROUNDS} times`, { timeout: 3600000 }, async () => {
    const pick = random(20261122);
    const names = Object.keys(CRIMES);
    const max = Number(sql(db, 'SELECT MAX(id) FROM audit_entry'));
    const seals = Number(sql(db, 'SELECT MAX(seq) FROM audit_seal'));
    const dump = snapshot(db);
    let found = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const name = names[round % names.length];
      const id = 1 + pick(max);
      let other = 1 + pick(max);
      if (other === id) other = (id % max) + 1;
      const seq = 1 + pick(seals - 1) + (name === 'move the head' ? 0 : 1);
      const last = Number(sql(db, `SELECT max_id FROM audit_seal WHERE seq = ${Math.max(1, seq - 1)}`));
      const script = [CRIMES[name]({ id, other, seq, last, pick })].flat().join('; ');
      sql(db, script);
      const seen = verify(db);
      assert.equal(seen.ok, false, `${name}: ${script}: ${seen.detail}`);
      assert.equal(seen.code, 1);
      assert.match(seen.detail, /first broken place: (entry|seal|the signed head)/, seen.detail);
      found++;
      dump.restore();
    }
    assert.equal(found, ROUNDS);
    assert.ok(verify(db).ok, 'as it was');
  });

  test('the place is named', () => {
    const dump = snapshot(db);
    sql(db, "UPDATE audit_entry SET action = 'read' WHERE id = 17");
    assert.match(verify(db).detail, /first broken place: entry 17 was changed/);
    sql(db, 'DELETE FROM audit_entry WHERE id = 9');
    assert.match(verify(db).detail, /first broken place: entry 9 is missing/);
    dump.restore();
  });

  test('cannot be hidden by a server that goes on sealing', async () => {
    const dump = snapshot(db);
    const seals = Number(sql(db, 'SELECT MAX(seq) FROM audit_seal'));
    const last = sql(db, `SELECT max_id FROM audit_seal WHERE seq = ${seals - 1}`);
    sql(db, `DELETE FROM audit_entry WHERE id > ${last}; DELETE FROM audit_seal WHERE seq = ${seals}`);
    const server = await startServer({ db, env });
    const admin = await server.signIn();
    await allSealed(admin);
    assert.match(verify(db).detail, /signed head/);
    await server.stop();
    dump.restore();
  });

  test('the head of another key is trusted only when somebody says so', () => {
    const dump = snapshot(db);
    const other = join(folder, 'other');
    writeFileSync(other, 'fedcba9876543210'.repeat(4), { mode: 0o600 });
    const own = { GUANXI_MASTER_KEY_FILE: other };
    assert.equal(verify(db, [], own).ok, false);
    assert.equal(verify(db, ['--trust'], own).ok, true);
    assert.equal(verify(db, [], own).ok, true);
    assert.equal(verify(db).ok, false);
    dump.restore();
    sql(db, 'DELETE FROM audit_entry WHERE id = 9');
    assert.equal(verify(db, ['--trust'], own).ok, false, 'a broken chain is never trusted');
    dump.restore();
  });
});

/* Puts audit_entry, audit_seal and the head back as they are now. */
function snapshot(db) {
  if (db.path !== undefined) {
    const copy = `${db.path}.good`;
    sql(db, 'PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(db.path, copy);
    return {
      restore: () => {
        for (const tail of ['-wal', '-shm']) rmSync(db.path + tail, { force: true });
        copyFileSync(copy, db.path);
      },
    };
  }
  const tables = ['audit_entry', 'audit_seal', 'setting'];
  for (const t of tables) sql(db, `DROP TABLE IF EXISTS good_${t}; CREATE TABLE good_${t} AS SELECT * FROM ${t}`);
  return {
    restore: () => sql(db, tables.map((t) => `DELETE FROM ${t}; INSERT INTO ${t} SELECT * FROM good_${t}`).join('; ')),
  };
}
