/* A shop whose customers buy and are graded, for tests of what grading makes. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { patiently } from './random.mjs';

const DAY = 86400000;
const WAIT_MS = 120000;
export const dayNumber = (text) => Date.parse(text) / DAY;
export const dayText = (n) => new Date(n * DAY).toISOString().slice(0, 10);

/* What is read once it is as wanted. */
async function settled(read, good) {
  for (const end = performance.now() + WAIT_MS; ; await pause(30)) {
    const now = await read();
    if (good(now)) return now;
    assert.ok(performance.now() < end, `not so after ${WAIT_MS} ms: ${JSON.stringify(now)}`);
  }
}

/* client: a function, for the client comes after the module. */
export function shopOf(client) {
  async function post(path, body, status = 201) {
    const answer = await patiently(() => client().post(path, body));
    assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
    return answer.body;
  }

  async function read(path) {
    const answer = await patiently(() => client().get(path));
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.body;
  }

  /* amount in whole units; orders take cents */
  async function buy(customer, day, amount) {
    await post('/orders', { customer_id: customer.id, number: `o${customer.id}-${customer.orders.length}`, ordered_on: dayText(day), amount: amount * 100 });
    customer.orders.push({ day, amount });
  }

  /* What the job tells at its end. */
  async function grade() {
    const { job } = await post('/grading/run', undefined, 202);
    const ended = await settled(() => read(`/jobs/${job.id}`), ({ state }) => ['done', 'failed', 'cancelled'].includes(state));
    assert.equal(ended.state, 'done', JSON.stringify(ended));
    return ended.result;
  }

  /* The one that changed rules have begun may be at work beside it. */
  async function gradeAlone() {
    const result = await grade();
    await settled(() => read('/jobs?kind=grade&state[in]=queued,running&limit=1'), ({ data }) => data.length === 0);
    return result;
  }

  return { post, read, buy, grade, gradeAlone };
}
