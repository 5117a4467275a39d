/* Jobs that are under way while the server is killed: imports of customers and
 * of orders, gradings, exports. Each ends whole, however often it was
 * interrupted: no row is missing and none is there twice. */
import assert from 'node:assert/strict';
import { sql } from '../api/lib.mjs';
import { csvRows, follow, jobFile, readJob, uploadGood } from '../api/jobs.mjs';

const ROWS = 2500;
const GIVEN_UP = /interrupted too many times|中断次数过多/;
const ended = (job) => !['queued', 'running'].includes(job.state);

const customersFile = (k) =>
  `code,name\n${Array.from({ length: ROWS }, (_, i) => `I${k}-${i},进${k}-${i}\n`).join('')}`;
const ordersFile = (k) =>
  `单号,日期,客户名称,品名,数量,单价\n${Array.from({ length: ROWS }, (_, i) =>
    `J${k}-${i},2024-0${1 + (i % 9)}-05,买${k}-${i % 50},杯${i % 7},${1 + (i % 3)},2.5\n`).join('')}`;

export class Jobs {
  constructor(db) {
    this.db = db;
    this.running = new Map(); /* kind → job id */
    this.again = new Map(); /* kind → what takes a job up that was given up */
    this.givenUp = 0;
    this.imports = 0;
    this.done = new Map(); /* kind → how many have ended well */
    this.resumed = 0;
  }

  /* A server that is killed keeps the lease of its jobs for a while; where
   * several may share a database, the next one waits for its end. */
  killed() {
    if (this.db.path === undefined) sql(this.db, "UPDATE job SET lease_until = 0 WHERE state = 'running'");
  }

  /* Looks after what runs and starts what does not; imports only when asked:
   * they make the database larger. */
  async go(client, imports) {
    for (const [kind, id] of this.running) {
      const job = await readJob(client, id);
      if (ended(job)) await this.finish(client, kind, job);
      else this.resumed++;
    }
    if (imports && !this.running.has('customers') && !this.running.has('orders')) {
      const k = this.imports++;
      await this.import(client, 'customers', customersFile(k));
      await this.import(client, 'orders', ordersFile(k));
    }
    if (!this.running.has('grade')) await this.begin(client, 'grade', '/grading/run', {});
    if (!this.running.has('export') && this.done.has('customers'))
      await this.begin(client, 'export', '/exports', {
        entity: 'customers', format: 'csv', fields: ['code'],
        filter: { field: 'code', op: 'starts', value: 'I0-' },
      });
  }

  async import(client, entity, text) {
    const made = await uploadGood(client, entity, text);
    this.again.set(entity, `/imports/${made.id}/run`);
    await this.begin(client, entity, this.again.get(entity));
  }

  async begin(client, kind, path, body) {
    const answer = await client.post(path, body);
    assert.ok(answer.status === 202 || answer.status === 200, `${path}: ${answer.status} ${answer.text}`);
    this.running.set(kind, answer.body.job?.id ?? answer.body.id);
  }

  async finish(client, kind, job) {
    this.running.delete(kind);
    if (job.state === 'failed' && GIVEN_UP.test(job.error)) {
      /* Its server died too often under it: taken up by hand, it goes on where
       * it was. */
      this.givenUp++;
      await this.begin(client, kind, this.again.get(kind) ?? `/jobs/${job.id}/retry`);
      return;
    }
    assert.equal(job.state, 'done', `${kind}: ${JSON.stringify(job)}`);
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    if (kind !== 'export') return;
    const { bytes } = await jobFile(client, job.id);
    const codes = csvRows(new TextDecoder().decode(bytes)).slice(1).map((row) => row[0]);
    assert.equal(codes.length, ROWS, 'rows of an export');
    assert.equal(new Set(codes).size, ROWS, 'different rows of an export');
  }

  /* Waits for all of it. */
  async settle(client) {
    while (this.running.size > 0)
      for (const [kind, id] of [...this.running]) await this.finish(client, kind, await follow(client, id));
  }

  /* Every row of every import once; after settle. */
  check() {
    const n = String(this.imports * ROWS);
    const count = (text) => sql(this.db, `SELECT ${text}`);
    assert.equal(count("count(*) FROM customer WHERE code LIKE 'I%'"), n, 'imported customers');
    assert.equal(count("count(DISTINCT code) FROM customer WHERE code LIKE 'I%'"), n, 'different customers');
    assert.equal(count(`count(*) FROM "order" WHERE number LIKE 'J%'`), n, 'imported orders');
    assert.equal(count(`count(DISTINCT number) FROM "order" WHERE number LIKE 'J%'`), n, 'different orders');
    assert.equal(count(`count(*) FROM order_line l JOIN "order" o ON o.id = l.order_id WHERE o.number LIKE 'J%'`), n, 'imported lines');
    assert.equal(count("count(*) FROM customer WHERE name LIKE '买%'"), String(this.imports * 50), 'customers of imported orders');
  }
}
