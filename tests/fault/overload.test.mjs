/* Three times more than can be done, sent whether or not answers come: what is
 * taken is answered in time, the rest is told at once to come again, memory
 * stays flat, and a moment later all is as before. The requests are heavy, so
 * that the sender is no match for the machine; the bounds are wide, so that a
 * busy machine does not break them; without the limit (setting limit.wait_ms)
 * nothing is refused and the last ones wait twice as long as it is sent. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freshDatabase, initCompany, newToken, startServer } from '../api/lib.mjs';
import { importAll } from '../api/jobs.mjs';

const WORKERS = 2;
const ROWS = 15000;
const SATURATE_MS = 1500;
const SEND_MS = process.env.TORTURE ? 20000 : 4000;
const TIMES = 3;
/* Of the targets (accepted p99 250 ms, refused 50 ms) so much is allowed for a
 * machine that does other things as well, the sender among them. */
const ACCEPTED_MS = 2500;
const REFUSED_MS = 1000;
const GROWTH = 96 << 20;

const kinds = ['sqlite', ...(process.env.GUANXI_TEST_PG ? ['postgresql'] : [])];

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;
const resident = (server) => 4096 * Number(readFileSync(`/proc/${server.pid}/statm`, 'utf8').split(' ')[1]);

class Sender {
  constructor(server, token) {
    this.url = new URL(server.url);
    this.token = token;
    this.agent = new Agent({ keepAlive: true });
    this.n = 0;
  }

  /* → { status, ms, retry } */
  one({ method, path, body }) {
    const begun = performance.now();
    return new Promise((done, failed) => {
      const r = request({
        agent: this.agent, host: this.url.hostname, port: this.url.port, method, path: `/api/v1${path}`,
        headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}) },
      }, (answer) => {
        answer.resume();
        answer.on('end', () => done({ status: answer.statusCode, ms: performance.now() - begun, retry: answer.headers['retry-after'] }));
      });
      r.on('error', failed);
      r.end(body);
    });
  }

  /* What it can do: so many at a time, each after the other, a second. */
  async saturate(make, atATime) {
    const until = performance.now() + SATURATE_MS;
    let n = 0;
    await Promise.all(Array.from({ length: atATime }, async () => {
      while (performance.now() < until) if ((await this.one(make(this.n++))).status < 300) n++;
    }));
    return (n * 1000) / SATURATE_MS;
  }

  /* rate a second for ms, whatever the answers do. */
  async flood(make, rate, ms) {
    const answers = [];
    const begun = performance.now();
    for (let sent = 0; performance.now() - begun < ms; ) {
      const due = Math.floor(((performance.now() - begun) / 1000) * rate);
      while (sent < due) {
        sent++;
        answers.push(this.one(make(this.n++)));
      }
      await pause(2);
    }
    return Promise.all(answers);
  }
}

const read = (n) => ({ method: 'POST', path: '/customers/search', body: JSON.stringify({ filter: { field: 'name', op: 'contains', value: `无${n}` }, limit: 1, count: 'exact' }) });
const write = (n) => ({
  method: 'POST', path: '/batch',
  body: JSON.stringify({ operations: Array.from({ length: 40 }, (_, i) => ({ op: 'create', object: 'customers', data: { name: `批${n}-${i}` } })) }),
});
const mixed = (n) => (n % 2 === 0 ? read(n) : write(n));

for (const kind of kinds)
  describe(`three times more than can be done (${kind})`, () => {
    let server;
    let token;
    before(async () => {
      const db = freshDatabase(kind);
      initCompany(db);
      token = newToken(db, 'admin');
      server = await startServer({ db, workers: WORKERS, env: { GUANXI_LIMIT_WAIT_MS: '150' } });
      let text = 'code,name\n';
      for (let i = 0; i < ROWS; i++) text += `c${i},客户名称${i}\n`;
      await importAll(server.client({ token }), 'customers', text);
    });
    after(() => server.stop());

    for (const [name, make] of [['reads', read], ['writes', write], ['both', mixed]])
      test(name, { timeout: 120000 }, async (t) => {
        const sender = new Sender(server, token);
        const able = await sender.saturate(make, 8);
        const memory = resident(server);
        const answers = await sender.flood(make, able * TIMES, SEND_MS);
        const grown = resident(server) - memory;
        const taken = answers.filter((a) => a.status < 300).map((a) => a.ms);
        const refused = answers.filter((a) => a.status === 503);
        const other = answers.filter((a) => a.status >= 300 && a.status !== 503);
        t.diagnostic(`${Math.round(able)}/s possible, ${answers.length} sent, ${taken.length} taken: p50 ${Math.round(quantile(taken, 0.5))} p99 ${Math.round(quantile(taken, 0.99))} ms; ` +
          `${refused.length} refused: p50 ${Math.round(quantile(refused.map((a) => a.ms), 0.5))} p99 ${Math.round(quantile(refused.map((a) => a.ms), 0.99))} ms; memory ${(grown / 1048576).toFixed(1)} MiB more`);
        assert.deepEqual([...new Set(other.map((a) => a.status))].filter((status) => status !== 422), [], 'nothing but answers and 503');
        assert.ok(refused.length > answers.length / 10, 'much is refused');
        assert.ok(refused.every((a) => Number(a.retry) >= 1), 'and told when to come again');
        assert.ok(taken.length > (able * SEND_MS) / 1000 / 20, `work goes on: ${taken.length}`);
        assert.ok(quantile(taken, 0.99) < ACCEPTED_MS, 'what is taken is answered in time');
        assert.ok(quantile(refused.map((a) => a.ms), 0.5) < REFUSED_MS, 'what is refused is told at once');
        assert.ok(grown < GROWTH, `${grown} bytes more`);
        const begun = performance.now();
        for (let good = 0; good < 5; ) {
          const { status } = await sender.one(make(sender.n++));
          good = status < 300 ? good + 1 : 0;
          assert.ok(performance.now() - begun < 5000, 'normal again within five seconds');
        }
        sender.agent.destroy();
      });

    test('health is told all the time', async () => {
      const sender = new Sender(server, token);
      const flood = sender.flood(read, 400, 1000);
      for (let i = 0; i < 5; i++) {
        const answer = await fetch(`${server.url}/readyz`);
        assert.equal(answer.status, 200, await answer.text());
      }
      await flood;
      sender.agent.destroy();
    });
  });
