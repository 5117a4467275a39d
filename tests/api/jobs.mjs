/* Imports, exports and their jobs, as a test walks through them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from './lib.mjs';

const POLL_MS = 25;
const LIMIT_MS = 240000;

export const RETAIL = join(ROOT, '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz');
export const RETAIL_SKIP = existsSync(RETAIL) ? false : 'skipped: ../shared/data is not there';

/* What that file holds, by an independent count. */
export const RETAIL_COUNTS = {
  lines: 209029,
  sale_lines: 145450,
  cancelled_lines: 3590,
  return_lines: 0,
  free_lines: 13,
  adjustment_lines: 0,
  no_customer_lines: 59976,
  duplicate_lines: 0,
  error_lines: 0,
  customers_created: 2767,
  orders_created: 8998,
  products_created: 3132,
  sales: '3332591.961',
};

export function pick(from, names) {
  return Object.fromEntries(Object.keys(names).map((name) => [name, from[name]]));
}

export async function upload(client, entity, bytes, filename = `${entity}.csv`) {
  const path = `/imports?entity=${entity}&filename=${encodeURIComponent(filename)}`;
  const body = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  return client.post(path, body, { 'content-type': 'application/octet-stream' });
}

export async function uploadGood(client, entity, bytes, filename) {
  const answer = await upload(client, entity, bytes, filename);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

export async function readJob(client, id) {
  const answer = await client.get(`/jobs/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/* Until good(job), by default its end. */
export async function follow(client, id, good = (j) => !['queued', 'running'].includes(j.state)) {
  const start = performance.now();
  for (;;) {
    const job = await readJob(client, id);
    if (good(job)) return job;
    assert.ok(performance.now() - start < LIMIT_MS, `job ${id}: ${JSON.stringify(job)}`);
    await pause(POLL_MS);
  }
}

/* POST path, then the job's end. */
export async function work(client, path, body) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, 202, answer.text);
  assert.equal(answer.headers.get('location'), `/api/v1/jobs/${answer.body.job.id}`);
  return follow(client, answer.body.job.id);
}

export const dryRun = (client, made) => work(client, `/imports/${made.id}/dry_run`);
export const run = (client, made) => work(client, `/imports/${made.id}/run`);

/* Uploads, runs, gives the report. */
export async function importAll(client, entity, text, change, filename) {
  const made = await uploadGood(client, entity, text, filename);
  if (change) {
    const patched = await client.patch(`/imports/${made.id}`, change);
    assert.equal(patched.status, 200, patched.text);
  }
  const job = await run(client, made);
  assert.equal(job.state, 'done', job.error);
  return { made, job, report: job.result };
}

/* The bytes of a job's file. */
export async function jobFile(client, id) {
  const headers = { ...client.headers };
  if (client.cookie) headers.cookie = client.cookie;
  const answer = await fetch(`${client.url}/api/v1/jobs/${id}/file`, { headers });
  return { status: answer.status, headers: answer.headers, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

export async function exportAll(client, body) {
  const job = await work(client, '/exports', body);
  assert.equal(job.state, 'done', job.error);
  const file = await jobFile(client, job.id);
  assert.equal(file.status, 200);
  return { job, file, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(file.bytes) };
}

/* RFC 4180 lines of a text without line breaks in cells. */
export function csvRows(text) {
  const bare = text.replace(/^\uFEFF/, '').replace(/\r\n$/, '');
  return bare.split('\r\n').map((line) =>
    [...line.matchAll(/("((?:[^"]|"")*)"|[^,]*)(,|$)/g)]
      .slice(0, line.endsWith(',') ? undefined : -1 || undefined)
      .map((m) => (m[2] !== undefined ? m[2].replaceAll('""', '"') : m[1])));
}
