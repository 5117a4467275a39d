/* What happens when the process can't write or has no memory: a file that
 * can't be written refuses its own request or job, which then goes through
 * again; a process without memory ends, and the next one has all that was
 * acknowledged. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshDatabase, initCompany, newToken, startServer } from '../api/lib.mjs';
import { follow, importAll, upload } from '../api/jobs.mjs';
import { checkLedger } from '../api/ledger.mjs';
import { SEED } from '../api/random.mjs';
import { Writer, linesDecide } from './load.mjs';
import { checkWhole } from './whole.mjs';

const kinds = ['sqlite', ...(process.env.GUANXI_TEST_PG ? ['postgresql'] : [])];
const ALLOCATIONS = process.env.TORTURE
  ? Array.from({ length: 60 }, (_, i) => 40 + i * 7)
  : [70, 100, 130, 170, 220];

const ROUNDS = 10;

function company(kind) {
  const db = freshDatabase(kind);
  initCompany(db);
  return { db, token: newToken(db, 'admin') };
}

for (const kind of kinds) {
  test(`a file that can't be written refuses one request or job (${kind})`, async () => {
    const { db, token } = company(kind);
    const server = await startServer({ db, env: { GUANXI_FAULT: 'io.write:1' } });
    const client = server.client({ token });
    const refused = await upload(client, 'customers', 'code,name\nA,甲\n');
    assert.equal(refused.status, 507, refused.text);
    assert.equal((await client.get('/customers')).status, 200, 'reading goes on');
    await importAll(client, 'customers', 'code,name\nA,甲\n');
    const found = await client.get('/customers?code=A');
    assert.deepEqual(found.body.data.map((row) => row.name), ['甲']);
    await server.stop();
  });

  test(`an export without room fails and can be tried again (${kind})`, async () => {
    const { db, token } = company(kind);
    const server = await startServer({ db, env: { GUANXI_FAULT: 'io.write:1' } });
    const client = server.client({ token });
    assert.equal((await client.post('/customers', { name: '甲' })).status, 201);
    const { body } = await client.post('/exports', { entity: 'customers', format: 'csv', fields: ['name'] });
    const failed = await follow(client, body.job.id);
    assert.equal(failed.state, 'failed', JSON.stringify(failed));
    const again = await client.post(`/jobs/${body.job.id}/retry`);
    assert.ok(again.status < 300, again.text);
    const job = await follow(client, body.job.id);
    assert.equal(job.state, 'done', JSON.stringify(job));
    await server.stop();
  });

  test(`without memory the process ends and loses nothing (${kind})`, { timeout: 300000 }, async (t) => {
    const { db, token } = company(kind);
    let died = 0;
    let acknowledged = 0;
    for (const nth of ALLOCATIONS) {
      const writers = Array.from({ length: 4 }, (_, k) => new Writer(k, SEED, `m${nth}w`));
      let server;
      try {
        server = await startServer({ db, workers: 4, env: { GUANXI_FAULT: `alloc.block:${nth}` } });
      } catch (error) {
        assert.match(error.message, /out of memory/);
        died++;
        continue;
      }
      /* Until it is gone: a slow machine asks for the memory later. */
      for (let rounds = 0; rounds < ROUNDS && writers.every((w) => w.pending === null); rounds++)
        await Promise.all(writers.map((w) => w.write(server.client({ token }), Date.now() + 800)));
      const { signal, err } = await server.stop('SIGKILL');
      if (/out of memory/.test(err)) {
        assert.equal(signal, 'SIGABRT');
        died++;
      }
      const again = await startServer({ db, workers: 4 });
      const client = again.client({ token });
      await Promise.all(writers.map((w) => w.settle(client)));
      linesDecide(writers);
      await Promise.all(writers.map((w) => w.check(client)));
      await checkLedger(client);
      await again.stop();
      acknowledged += writers.reduce((n, w) => n + w.acknowledged, 0);
    }
    checkWhole(db);
    t.diagnostic(`${died} of ${ALLOCATIONS.length} ran out of memory, ${acknowledged} acknowledged writes kept`);
    assert.ok(died > 1, `${died} ran out of memory`);
    assert.ok(acknowledged > 0);
  });
}

test('a backup without room fails, the next one is made', async () => {
  const { db, token } = company('sqlite');
  const server = await startServer({ db, env: { GUANXI_FAULT: 'io.backup:1' } });
  const client = server.client({ token });
  const made = [];
  for (let i = 0; i < 2; i++) {
    const answer = await client.post('/backups');
    assert.equal(answer.status, 202, answer.text);
    made.push((await follow(client, answer.body.job.id)).state);
  }
  assert.deepEqual(made, ['failed', 'done']);
  await server.stop();
});
