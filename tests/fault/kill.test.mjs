/* A server killed at any moment loses nothing it has acknowledged: kill -9
 * under the load of eight writers, again and again, on both databases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase, guanxi, initCompany, newToken, startServer } from '../api/lib.mjs';
import { checkLedger } from '../api/ledger.mjs';
import { Random, SEED } from '../api/random.mjs';
import { Writer, checkSearch, linesDecide } from './load.mjs';
import { checkWhole } from './whole.mjs';

const WRITERS = 8;
const LOAD_MS = [60, 400];

async function cycles(t, kind, count, everyNth) {
  const db = freshDatabase(kind);
  initCompany(db);
  const token = newToken(db, 'admin');
  const random = new Random(SEED);
  const writers = Array.from({ length: WRITERS }, (_, k) => new Writer(k, SEED));
  let server = await startServer({ db, workers: WRITERS });
  for (let cycle = 1; cycle <= count; cycle++) {
    const client = () => server.client({ token });
    const load = writers.map((w) => w.write(client(), Infinity));
    await new Promise((done) => setTimeout(done, random.int(...LOAD_MS)));
    await server.stop('SIGKILL');
    await Promise.all(load);
    server = await startServer({ db, workers: WRITERS });
    await Promise.all(writers.map((w) => w.settle(client())));
    linesDecide(writers);
    const fresh = writers.flatMap((w) => [...w.fresh].filter((r) => r.plural !== 'order_lines'));
    await Promise.all(writers.map((w) => w.check(client())));
    for (let i = 0; i < 5; i++) await checkSearch(client(), random.pick(fresh));
    if (cycle % everyNth === 0) await checkLedger(client());
  }
  const all = writers.reduce((n, w) => n + w.acknowledged, 0);
  for (const w of writers) for (const r of w.records) w.fresh.add(r);
  await Promise.all(writers.map((w) => w.check(server.client({ token }))));
  await checkLedger(server.client({ token }));
  await server.stop();
  checkWhole(db);
  const doctor = guanxi(['doctor', '--db', db.url]);
  assert.equal(doctor.code, 0, doctor.out + doctor.err);
  t.diagnostic(`${count} kills, ${all} acknowledged writes`);
  assert.ok(all > count * WRITERS, `${all} writes are no load`);
}

test('SQLite, 50 times', async (t) => {
  await cycles(t, 'sqlite', process.env.TORTURE ? 500 : 50, 10);
});

const unable = process.env.GUANXI_TEST_PG ? false : 'GUANXI_TEST_PG is not set';

test('PostgreSQL, 10 times', { skip: unable }, async (t) => {
  await cycles(t, 'postgresql', process.env.TORTURE ? 100 : 10, 5);
});
