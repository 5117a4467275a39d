// Three times more than can be done, for some seconds: how long those wait that
// are taken, and how soon the others are told to come again.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { Sender, quantile, works } from '../tests/fault/sender.mjs';
import { writeCustomers } from './data.mjs';
import { BOTH_CORES, CLIENT_CORE, PINNED, stop } from './process.mjs';

const ROWS = 15000;
const TIMES = 3;
const WAIT_MS = 1000; // between two works: what is queued is done by then

const ms = (answers, q) => Math.round(quantile(answers.map((one) => one.ms), q));

// tools: what run.mjs measures everything with.
export async function overload({ folder, seconds, guanxi, serve, note, count }) {
  const db = `sqlite:${join(folder, 'overload.db')}`;
  const csv = join(folder, 'overload.csv');
  await writeCustomers(csv, ROWS);
  guanxi('init', '--db', db, '--admin', 'bench');
  guanxi('import', 'customers', csv, '--db', db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const { server, url } = await serve(db);
  // the sender stays off the server's core
  if (PINNED) spawnSync('taskset', ['-a', '-cp', CLIENT_CORE, String(process.pid)]);
  for (const [name, make] of Object.entries(works)) {
    const sender = new Sender({ url }, token);
    const able = await sender.saturate(make, 8);
    const answers = await sender.flood(make, able * TIMES, seconds * 1000);
    const taken = answers.filter((one) => one.status < 300);
    const refused = answers.filter((one) => one.status === 503);
    const told = refused.every((one) => Number(one.retry) >= 1);
    note(`${TIMES} × what can be done, ${name}: ${count(able * TIMES)}/s`,
      `${count(taken.length / seconds)}/s taken, p50 ${ms(taken, 0.5)} ms, p99 ${ms(taken, 0.99)} ms; ${
        count(refused.length / seconds)}/s refused, p50 ${ms(refused, 0.5)} ms, p99 ${ms(refused, 0.99)} ms${
        told ? '' : ', not all told when to come again'}; ${answers.length - taken.length - refused.length} others`,
      '', '', 'taken: p99 ≤ 250 ms');
    sender.agent.destroy();
    await new Promise((resolve) => { setTimeout(resolve, WAIT_MS); });
  }
  if (PINNED) spawnSync('taskset', ['-a', '-cp', BOTH_CORES, String(process.pid)]);
  await stop(server);
}
