/* Starts the real program on a fresh database and talks to it.
 *
 *   const server = await startServer({ admin: true });
 *   const admin = await server.signIn();          // cookie and CSRF token
 *   const { status, body } = await admin.post('/customers', { name: '王' });
 *
 * GUANXI_BIN (or GUANXI) is the program, GUANXI_DB_KIND sqlite or postgresql,
 * GUANXI_TEST_PG the URL of a PostgreSQL where databases may be made. What a
 * file starts ends with it. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN =
  process.env.GUANXI_BIN ?? process.env.GUANXI ?? join(ROOT, 'build/guanxi');
export const KIND = process.env.GUANXI_DB_KIND ?? 'sqlite';
export const ADMIN = { login: 'admin', password: 'correct horse staple' };

const READY = /^Guanxi is ready: (http:\/\/\S+)$/m;
/* Files run side by side on one PostgreSQL with 100 connections. */
const WORKERS = '2';
const TRIES = 20;
const START_MS = 120000;
const STOP_MS = 60000;
/* Tests ask faster than people and programs may, and mean the same whatever the
 * hour: the work of the night runs where they ask for it. */
export const UNDISTURBED = {
  GUANXI_LIMIT_USER_RATE: '0', GUANXI_LIMIT_ADDRESS_RATE: '0', GUANXI_LIMIT_WAIT_MS: '0', GUANXI_NIGHT_TIME: '',
};
const cleanups = [];

after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

/* Two databases of one process never share a name. */
let made = 0;

/* A fresh database: { url, path }, gone at the end of the file; on PostgreSQL
 * in a tablespace if so wished. */
export function freshDatabase(kind = KIND, { tablespace } = {}) {
  const name = `gx_${process.pid}_${++made}`;
  if (kind !== 'postgresql') {
    const folder = mkdtempSync(join(tmpdir(), `${name}_`));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, 'company.db');
    return { url: `sqlite:${path}`, path, folder };
  }
  const base = process.env.GUANXI_TEST_PG;
  assert.ok(base, 'GUANXI_TEST_PG is not set');
  psql(base, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'${tablespace ? ` TABLESPACE ${tablespace}` : ''}`);
  cleanups.push(() => psql(base, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  const url = new URL(base);
  url.pathname = `/${name}`;
  return { url: url.href };
}

function psql(url, text) {
  const out = execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', url,
    '-c', text], { encoding: 'utf8', maxBuffer: 64 << 20, stdio: ['ignore', 'pipe', 'pipe'] });
  return out.trim();
}

/* psql that runs what it is sent, in order, in one session: { send, done, end };
 * done() is kept once all that was sent has been run. PostgreSQL only. */
export function pgSession(db) {
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', db.url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done, failed) => {
    child.once('exit', (code) => (code === 0 ? done() : failed(new Error(`psql ended with ${code}`))));
  });
  ended.catch(() => {}); /* told by end() and done() */
  let out = '';
  let asked = 0;
  child.stdout.on('data', (text) => { out += text; });
  return {
    send: (text) => child.stdin.write(`${text}\n`),
    async done() {
      const mark = `done ${++asked}.`;
      child.stdin.write(`\\echo ${mark}\n`);
      while (!out.includes(mark)) await Promise.race([new Promise((look) => setTimeout(look, 5)), ended]);
    },
    end() {
      child.stdin.end();
      return ended;
    },
  };
}

/* Runs SQL behind the server's back: to make time pass, or to look. */
export function sql(db, text) {
  if (db.path === undefined) return psql(db.url, text);
  return execFileSync('sqlite3', ['-cmd', '.timeout 5000', db.path, text],
    { encoding: 'utf8', maxBuffer: 64 << 20 }).trim();
}

/* Runs the program to its end: { code, out, err }. */
export function guanxi(args, { env = {}, input } = {}) {
  const result = spawnSync(BIN, args, {
    encoding: 'utf8',
    input,
    maxBuffer: 64 << 20,
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...env },
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

/* guanxi init with ADMIN. */
export function initCompany(db) {
  const { code, err } = guanxi(['init', '--db', db.url, '--admin', ADMIN.login],
    { env: { GUANXI_ADMIN_PASSWORD: ADMIN.password } });
  assert.equal(code, 0, err);
}

/* The demonstration company. On PostgreSQL it is made in a file and copied: that is
 * faster. */
export function demoCompany(customers) {
  const file = freshDatabase('sqlite');
  const made = guanxi(['demo', '--db', file.url, '--customers', String(customers)]);
  assert.equal(made.code, 0, made.err);
  if (KIND === 'sqlite') return file;
  const db = freshDatabase();
  const copied = guanxi(['copy', '--from', file.url, '--to', db.url]);
  assert.equal(copied.code, 0, copied.err);
  return db;
}

/* Adds a user of a role with a password, by the command line. */
export function addUser(db, login, role, password = ADMIN.password) {
  const { code, out, err } = guanxi(
    ['user', 'add', '--db', db.url, '--login', login, '--role', role, '--format', 'json'],
    { env: { GUANXI_USER_PASSWORD: password } });
  assert.equal(code, 0, err);
  return JSON.parse(out).id;
}

export function newToken(db, login, ...more) {
  const { code, out, err } = guanxi(['user', 'token', '--db', db.url, '--login', login, ...more]);
  assert.equal(code, 0, err);
  return out.trim();
}

/* Starts `guanxi serve` on a free port.
 *   admin: true   guanxi init first
 *   db            an existing database instead of a fresh one
 *   args, env     more for serve
 *   workers       threads for slow work
 * → { url, db, output(), signIn(), client(), stop() } */
export async function startServer({ admin = false, db = freshDatabase(), args = [], env = {}, workers = WORKERS } = {}) {
  if (admin) initCompany(db);
  const child = spawn(BIN, ['serve', '--db', db.url, '--listen', '127.0.0.1:0',
    '--workers', String(workers), ...args], {
    env: { ...process.env, LC_ALL: 'C.UTF-8', ...UNDISTURBED, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const exited = new Promise((done) => child.once('exit', (code, signal) => done({ code, signal })));
  const url = await ready(child, exited, () => out, () => err);
  const server = {
    url,
    db,
    pid: child.pid,
    output: () => ({ out, err }),
    client: (more = {}) => new Client(url, more),
    signIn: async (login = ADMIN.login, password = ADMIN.password) => {
      const client = new Client(url);
      const answer = await client.signIn(login, password);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return client;
    },
    /* Waits for an end of its own. */
    async ended() {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const end = await exited;
      clearTimeout(timer);
      return end;
    },
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const end = await exited;
      clearTimeout(timer);
      return { ...end, out, err };
    },
  };
  cleanups.push(() => server.stop());
  return server;
}

function ready(child, exited, out, err) {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      failed(new Error(`not ready in ${START_MS} ms: ${out()}${err()}`));
    }, START_MS);
    const look = () => {
      const match = READY.exec(out());
      if (!match) return;
      clearTimeout(timer);
      done(match[1]);
    };
    child.stdout.on('data', look);
    exited.then(({ code }) => {
      clearTimeout(timer);
      failed(new Error(`guanxi serve ended with ${code}: ${out()}${err()}`));
    });
  });
}

/* A browser (cookie and CSRF token) or a program (token). Paths without
 * /api/v1 get it. */
export class Client {
  constructor(url, { token, headers = {} } = {}) {
    this.url = url;
    this.headers = { ...headers };
    if (token) this.headers.authorization = `Bearer ${token}`;
    this.cookie = null;
    this.csrf = null;
  }

  async signIn(login, password) {
    const answer = await this.post('/session', { login, password });
    if (answer.status === 200) this.csrf = answer.body.csrf;
    return answer;
  }

  /* → { status, headers, body (JSON or text), text } */
  async request(method, path, body, headers = {}) {
    const all = { ...this.headers };
    if (this.cookie) all.cookie = this.cookie;
    if (this.csrf && method !== 'GET') all['x-csrf-token'] = this.csrf;
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    if (body !== undefined && !raw) all['content-type'] = 'application/json';
    for (const [name, value] of Object.entries(headers))
      if (value === null) delete all[name];
      else all[name] = value;
    const response = await fetch(this.url + (path.startsWith('/api/') ? '' : '/api/v1') + path, {
      method,
      headers: all,
      body: body === undefined || raw ? body : JSON.stringify(body),
      redirect: 'manual',
    }).catch((error) => {
      throw new Error(`${method} ${path}: ${error.cause ?? error.message}`, { cause: error });
    });
    const text = await response.text();
    const set = response.headers.get('set-cookie');
    if (set) this.cookie = /Max-Age=0/.test(set) ? null : set.split(';')[0];
    const json = /[/+]json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : text };
  }

  /* Reads have a budget of time, which a machine that stood still has used up
   * without the question being too broad: asks again. */
  async get(path, headers) {
    for (let tries = 1; ; tries++) {
      const answer = await this.request('GET', path, undefined, headers);
      if (answer.body?.code !== 'query_too_broad' || tries === TRIES) return answer;
    }
  }
  post(path, body, headers) {
    return this.request('POST', path, body, headers);
  }
  put(path, body, headers) {
    return this.request('PUT', path, body, headers);
  }
  patch(path, body, headers) {
    return this.request('PATCH', path, body, headers);
  }
  delete(path, headers) {
    return this.request('DELETE', path, undefined, headers);
  }
}

/* What a question may count for: one that takes longer says that the machine
 * is busy with other things, not that its effect is late. */
const ANSWER_MS = 100;

/* The feed has told of all there is: on PostgreSQL a change waits for every older
 * transaction in the whole of the database server, other tests' too. */
export async function settled(db) {
  if (KIND !== 'postgresql') return;
  const waiting = "SELECT count(*) FROM change_log WHERE xid >= (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint";
  await until(() => ({ text: sql(db, waiting) }), ({ text }) => text === '0', 120000);
}

const PAUSE_MS = 5;

/* Asks again until `good` is true of the answer, at most for limitMs; answers
 * how long it took, a slow answer counted as ANSWER_MS. For what must follow
 * "within a second", also where the machine is held up meanwhile. The pause lets
 * what comes to this process itself in. */
export async function until(ask, good, limitMs) {
  for (let took = 0; ;) {
    const start = performance.now();
    const answer = await ask();
    if (good(answer)) return took + Math.min(performance.now() - start, ANSWER_MS);
    if (took > limitMs)
      assert.fail(`not so after ${limitMs} ms: ${answer.status} ${answer.text}`);
    await new Promise((look) => setTimeout(look, PAUSE_MS));
    took += Math.min(performance.now() - start, ANSWER_MS);
  }
}

const TICK_MS = 20;
const LEAP_MS = 100;
let awakeMs = 0;
let tickedMs = null;

/* A clock in milliseconds that stands still with the machine: for how long
 * somebody waited for the server, not for the machine's hiccups. A tick that is
 * late counts as LEAP_MS. */
export function awake() {
  const tick = () => {
    const now = performance.now();
    awakeMs += Math.min(now - (tickedMs ?? now), LEAP_MS);
    tickedMs = now;
  };
  if (tickedMs === null) setInterval(tick, TICK_MS).unref();
  tick();
  return awakeMs;
}
