/* A job keeps its lease however long one of its transactions takes: it is
 * renewed beside it, and what is written behind a wait is not taken for work
 * that somebody has given up. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freshDatabase, sql, startServer } from '../api/lib.mjs';
import { follow, uploadGood } from '../api/jobs.mjs';

const LEASE_MS = 30000;
const BEAT_MS = 5000; /* less than between two beats, more than what else moves a lease */
const PATIENCE_MS = 60000;

/* A session that holds, or waits for, the table of customers until let go. */
function holder(db) {
  const child = spawn('psql', ['-X', '-q', '-A', '-t', '-d', db.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const held = new Promise((done) => child.stdout.on('data', done));
  child.stdin.write("BEGIN; LOCK TABLE customer IN SHARE ROW EXCLUSIVE MODE; SELECT 'held';\n");
  return { held, letGo: () => child.stdin.end('COMMIT;\n') };
}

/* Until so many wait for the table. */
async function queued(db, n) {
  const end = performance.now() + PATIENCE_MS;
  const waiting = () => Number(sql(db, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'customer'::regclass"));
  while (waiting() < n) {
    assert.ok(performance.now() < end, `${n} don't wait`);
    await pause(50);
  }
}

/* Until the table of jobs tells so. */
async function seen(ask, good) {
  for (const end = performance.now() + PATIENCE_MS; ; await pause(100)) {
    const now = ask();
    if (good(now)) return now;
    assert.ok(performance.now() < end, `${now} is not so`);
  }
}

test('a chunk that waits keeps its lease, and what it saves counts from the end of the wait', async () => {
  const server = await startServer({ db: freshDatabase('postgresql'), admin: true });
  const admin = await server.signIn();
  const rows = Array.from({ length: 9000 }, (_, i) => `L${i},租约${i}\n`);
  const made = await uploadGood(admin, 'customers', `code,name\n${rows.join('')}`);
  const first = holder(server.db);
  await first.held;
  const { job } = (await admin.post(`/imports/${made.id}/run`)).body;
  await queued(server.db, 1);
  const second = holder(server.db); /* behind the first chunk, before the second */
  await queued(server.db, 2);
  const lease = () => Number(sql(server.db, `SELECT lease_until FROM job WHERE id = ${job.id}`));
  const attempts = () => sql(server.db, `SELECT attempt FROM job WHERE id = ${job.id}`);
  const had = lease();
  await seen(lease, (until) => until > had + BEAT_MS);
  const letGo = Date.now();
  first.letGo();
  await second.held;
  assert.ok(lease() >= letGo + LEASE_MS, 'the lease of a chunk counts from before its wait');
  assert.equal(attempts(), '1', 'taken over');
  second.letGo();
  const ended = await follow(admin, job.id);
  assert.equal(ended.state, 'done', ended.error);
  assert.equal(ended.result.created, rows.length);
  assert.equal(attempts(), '1');
});
