/* Asking long work to stop: heard in each step of a job, also in one that tells
 * nothing for long, and so is the loss of its lease. The testing build holds a
 * job at the step that a file names. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { follow } from './jobs.mjs';
import { sql, startServer } from './lib.mjs';

/* A held job has a minute of work to do. */
const HEARD_MS = 20000;

const folder = mkdtempSync(join(tmpdir(), 'gx_hold_'));
const file = join(folder, 'step');
const hold = (step) => writeFileSync(file, `${step}\n`);

let server;
let admin;

async function post(path, body, status) {
  const answer = await admin.post(path, body);
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}

/* Gradings by the calendar would be held as well, and keep a runner. */
const endPlanned = () => sql(server.db, "UPDATE job SET cancel = 1 WHERE owner_id IS NULL AND state IN ('queued', 'running')");

async function isHeld(step) {
  endPlanned();
  const { job } = await post('/grading/run', undefined, 202);
  const now = await follow(admin, job.id, (j) => j.message === step || !['queued', 'running'].includes(j.state));
  assert.equal(now.state, 'running', `${step}: ${JSON.stringify(now)}`);
  return now;
}

before(async () => {
  server = await startServer({ admin: true, env: { GUANXI_TEST_HOLD: file } });
  admin = await server.signIn();
  hold('');
  for (let i = 0; i < 3; i++) {
    const customer = await post('/customers', { name: `c${i}` }, 201);
    const order = await post('/orders', { customer_id: customer.id, number: `o${i}`, ordered_on: '2025-03-01' }, 201);
    await post('/order_lines', { order_id: order.id, product_name: 'p', quantity: '1', unit_price: '10' }, 201);
  }
  const { job } = await post('/grading/run', undefined, 202); /* none is due by the calendar */
  assert.equal((await follow(admin, job.id)).state, 'done');
});
after(() => rmSync(folder, { recursive: true }));

test('a grading stops soon in whichever step it is, and says which', async () => {
  for (const step of ['figures', 'grades', 'pairs', 'matrix', 'ladder', 'tasks', 'losses']) {
    hold(step);
    const job = await isHeld(step);
    const asked = performance.now();
    assert.ok((await admin.post(`/jobs/${job.id}/cancel`)).status < 300);
    const ended = await follow(admin, job.id);
    assert.equal(ended.state, 'cancelled', `${step}: ${JSON.stringify(ended)}`);
    assert.ok(performance.now() - asked < HEARD_MS, `${step}: not heard`);
  }
  hold('');
  const { job } = await post('/grading/run', undefined, 202);
  assert.equal((await follow(admin, job.id)).state, 'done');
});

test('a job tried again tells its steps anew', async () => {
  hold('ladder');
  const job = await isHeld('ladder');
  await admin.post(`/jobs/${job.id}/cancel`);
  await follow(admin, job.id);
  hold('');
  assert.ok((await admin.post(`/jobs/${job.id}/retry`)).status < 300);
  const ended = await follow(admin, job.id);
  assert.equal(ended.state, 'done', JSON.stringify(ended));
});

test('whoever has lost a job leaves it alone, and takes the next one', async () => {
  hold('ladder');
  const lost = [await isHeld('ladder'), await isHeld('ladder')]; /* all runners */
  const ids = lost.map((job) => job.id).join();
  sql(server.db, `UPDATE job SET attempt = attempt + 1, lease_until = lease_until + 3600000 WHERE id IN (${ids})`);
  hold('');
  const { job } = await post('/grading/run', undefined, 202);
  assert.equal((await follow(admin, job.id)).state, 'done');
  const states = sql(server.db, `SELECT id, state, attempt, error FROM job WHERE id IN (${ids}) ORDER BY id`);
  assert.equal(sql(server.db, `SELECT count(*) FROM job WHERE id IN (${ids}) AND state = 'running'`), '2', states);
});

test('a server that stops does not wait for a step', async () => {
  hold('matrix');
  const job = await isHeld('matrix');
  const asked = performance.now();
  const end = await server.stop();
  assert.equal(end.signal, null, end.err);
  assert.ok(performance.now() - asked < HEARD_MS);
  assert.equal(sql(server.db, `SELECT state FROM job WHERE id = ${job.id}`), 'queued');
});
