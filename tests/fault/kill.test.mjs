/* A server killed at any moment loses nothing it has acknowledged: kill -9
 * under the load of eight writers, again and again, on both databases, while
 * imports, gradings and exports are under way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase, guanxi, initCompany, newToken, startServer } from '../api/lib.mjs';
import { checkLedger } from '../api/ledger.mjs';
import { Random, SEED } from '../api/random.mjs';
import { Jobs } from './jobs.mjs';
import { Writer, checkSearch, linesDecide } from './load.mjs';
import { checkWhole } from './whole.mjs';

const WRITERS = 8;
const LOAD_MS = [60, 400];
const IMPORTS = 4; /* of each kind, spread over the cycles */

/* A failure says what the server said. */
async function cycles(t, kind, count, everyNth) {
  const now = {};
  try {
    await manyCycles(t, kind, count, everyNth, now);
  } catch (error) {
    const { err, code, signal } = await now.server.stop();
    const said = err.split('\n').filter((line) => !line.includes('"msg":"request"'));
    t.diagnostic(`${error.cause ?? ''}; the server ended with ${code ?? signal}: ${said.slice(-20).join('\n')}`);
    throw error;
  }
}

async function manyCycles(t, kind, count, everyNth, now) {
  const db = freshDatabase(kind);
  initCompany(db);
  const token = newToken(db, 'admin');
  const random = new Random(SEED);
  const writers = Array.from({ length: WRITERS }, (_, k) => new Writer(k, SEED));
  const jobs = new Jobs(db);
  const everyImport = Math.ceil(count / IMPORTS);
  let server = await startServer({ db, workers: WRITERS });
  now.server = server;
  for (let cycle = 1; cycle <= count; cycle++) {
    const client = () => server.client({ token });
    await jobs.go(client(), cycle % everyImport === 1);
    const load = writers.map((w) => w.write(client(), Infinity));
    await new Promise((done) => setTimeout(done, random.int(...LOAD_MS)));
    await server.stop('SIGKILL');
    await Promise.all(load);
    jobs.killed();
    server = await startServer({ db, workers: WRITERS });
    now.server = server;
    await Promise.all(writers.map((w) => w.settle(client())));
    linesDecide(writers);
    const fresh = writers.flatMap((w) => [...w.fresh].filter((r) => r.plural !== 'order_lines'));
    await Promise.all(writers.map((w) => w.check(client())));
    for (let i = 0; i < 5 && fresh.length > 0; i++) await checkSearch(client(), random.pick(fresh));
    if (cycle % everyNth !== 0) continue;
    await jobs.settle(client());
    jobs.check();
    await checkLedger(client());
  }
  const all = writers.reduce((n, w) => n + w.acknowledged, 0);
  for (const w of writers) for (const r of w.records) w.fresh.add(r);
  await Promise.all(writers.map((w) => w.check(server.client({ token }))));
  await jobs.settle(server.client({ token }));
  jobs.check();
  await checkLedger(server.client({ token }));
  await server.stop();
  checkWhole(db, { imported: true });
  const doctor = guanxi(['doctor', '--db', db.url]);
  assert.equal(doctor.code, 0, doctor.out + doctor.err);
  t.diagnostic(`${count} kills, ${all} acknowledged writes, jobs ${JSON.stringify([...jobs.done])}, ${jobs.resumed} times interrupted, ${jobs.givenUp} times given up`);
  assert.ok(jobs.resumed > 0, 'no job was interrupted');
  assert.ok(all > count, `${all} writes are no load`);
}

test('SQLite, 70 times', async (t) => {
  await cycles(t, 'sqlite', process.env.TORTURE ? 500 : 70, 35);
});

const unable = process.env.GUANXI_TEST_PG ? false : 'GUANXI_TEST_PG is not set';

test('PostgreSQL, 30 times', { skip: unable }, async (t) => {
  await cycles(t, 'postgresql', process.env.TORTURE ? 300 : 30, 15);
});
