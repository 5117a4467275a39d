// The benchmark table: the server beside bare C programs over the same
// libraries and data, measured in turns so that a busy machine hurts both.
//
//   node bench/run.mjs [--seconds N] [--rounds N] [--rows N] [--only a,b]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { searchTerms, writeCustomers, writeOrderLines } from './data.mjs';
import { PINNED, finish, freePort, load, pssKib, start, stop } from './process.mjs';

const GUANXI = 'build/guanxi';
const BARE = 'build-bench/bench/';
const RETAIL = '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz';
const SYNTHETIC_LINES = 200000;
const DEEP_PAGES = 100; // of 500 rows: as far as 1,000 of 50
const PAGE = 50;
// What a list shows: the columns of model/customer.json and what every row needs.
const LIST = 'id,rev,owner_id,name,grade,kind,phone,sales,orders,last_order_on';
const IDLE_SETTLE_MS = 2000;
const START_TRIES_MS = 10000;
const PASSWORD = 'bench-Passw0rd-of-this-run';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    rows: { type: 'string', default: '100000' },
    only: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const rounds = Number(options.rounds);
const rows = Number(options.rows);
const only = new Set(options.only.split(',').filter(Boolean));

const folder = mkdtempSync(join(tmpdir(), 'guanxi-bench-'));
const inFolder = (name) => join(folder, name);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, GUANXI_ADMIN_PASSWORD: PASSWORD };

const table = [];

function note(measure, ours, bare = '', ratio = '', goal = '') {
  table.push([measure, ours, bare, ratio, goal]);
  process.stderr.write(`${measure}: ${ours}${bare ? ` | bare ${bare}` : ''}${ratio ? ` | ${ratio}` : ''}\n`);
}

function guanxi(...args) {
  const ran = spawnSync(GUANXI, args, { encoding: 'utf8', env: environment });
  if (ran.status !== 0) throw new Error(`guanxi ${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
  return ran.stdout.trim();
}

const wanted = (name) => only.size === 0 || only.has(name);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;
const count = (n) => Math.round(n).toLocaleString('en-US');
const percent = (x) => `${(100 * x).toFixed(0)} %`;

function request(url, headers = {}) {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      let text = '';
      answer.on('data', (part) => { text += part; });
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
  });
}

// Milliseconds from exec to the first answer of any kind.
async function firstAnswer(began, url) {
  for (;;) {
    try {
      await request(url);
      return performance.now() - began;
    } catch (error) {
      if (performance.now() - began > START_TRIES_MS) throw error;
    }
  }
}

async function serve(db) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const server = start([GUANXI, 'serve', '--db', db, '--listen', `127.0.0.1:${port}`],
    { env: { ...environment, GUANXI_LIMIT_USER_RATE: '0', GUANXI_LIMIT_ADDRESS_RATE: '0' } });
  const startMs = await firstAnswer(began, `${url}/healthz`).catch((error) => {
    throw new Error(`${error.message}: ${server.output}`);
  });
  return { server, url, startMs };
}

// The bare server over a copy of our rows, answering the fields we answer.
async function serveBare(ours) {
  const whole = Object.keys((await json(ours, '/api/v1/customers?limit=1')).data[0]);
  const server = start([`${BARE}http_mhd_sqlite`, '--db', inFolder('bare.db'), '--from', inFolder('customers.db'),
    '--fields', whole.join(','), '--list', LIST]);
  while (!server.output.includes('listening')) {
    if (server.child.exitCode !== null) throw new Error(server.output);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return { server, url: `http://127.0.0.1:${server.output.match(/listening (\d+)/)[1]}` };
}

// --- at rest -----------------------------------------------------------------

async function atRest() {
  const db = `sqlite:${inFolder('empty.db')}`;
  guanxi('init', '--db', db, '--admin', 'bench');
  const starts = [];
  for (let i = 0; i < rounds * 3; i++) {
    const { server, startMs } = await serve(db);
    starts.push(startMs);
    await stop(server);
  }
  note('start to first answer', `${median(starts).toFixed(0)} ms`, '', '', '≤ 50 ms');
  const { server } = await serve(db);
  await new Promise((resolve) => { setTimeout(resolve, IDLE_SETTLE_MS); });
  note('idle memory (PSS), empty database', mib(pssKib(server.pid)), '', '', '≤ 16 MiB');
  await stop(server);
  note('size of the binary', mib(statSync(GUANXI).size / 1024), '', '', '≤ 8 MiB');
}

// --- imports -----------------------------------------------------------------

function importJson(text) {
  const line = text.trim().split('\n').reverse().find((one) => one.startsWith('{'));
  return line ? JSON.parse(line) : {};
}

async function bareImport(csv, name) {
  const ran = await finish([`${BARE}sqlite_import`, '--db', inFolder(name), '--csv', csv]);
  if (ran.code !== 0) throw new Error(ran.output);
  return importJson(ran.output);
}

async function importOrders() {
  let csv = RETAIL;
  if (!existsSync(csv)) {
    csv = inFolder('orders.csv');
    await writeOrderLines(csv, SYNTHETIC_LINES);
  }
  const ours = [];
  const bare = [];
  let peak = 0;
  for (let i = 0; i < rounds; i++) {
    const db = `sqlite:${inFolder(`orders${i}.db`)}`;
    guanxi('init', '--db', db, '--admin', 'bench', '--currency', 'GBP');
    const base = await bareImport(csv, `bare-orders${i}.db`);
    const ran = await finish([GUANXI, 'import', 'orders', csv, '--db', db, '--currency', 'GBP',
      '--format', 'json'], { env: environment });
    if (ran.code !== 0) throw new Error(`import orders: ${ran.output}`);
    bare.push(base.rows_per_second);
    ours.push(base.rows / ran.seconds);
    peak = Math.max(peak, ran.peakKib);
  }
  note('import of order lines, whole command', `${count(median(ours))} lines/s`, `${count(median(bare))} lines/s`,
    percent(median(ours) / median(bare)), '≥ 40,000 lines/s');
  note('peak memory of that import', mib(peak), '', '', '≤ 96 MiB');
}

async function loadCustomers(db) {
  const csv = inFolder('customers.csv');
  await writeCustomers(csv, rows);
  guanxi('init', '--db', db, '--admin', 'bench');
  const base = await bareImport(csv, 'bare-customers.db');
  const ran = await finish([GUANXI, 'import', 'customers', csv, '--db', db, '--format', 'json'],
    { env: environment });
  if (ran.code !== 0) throw new Error(`import customers: ${ran.output}`);
  const ours = rows / ran.seconds;
  note(`import of ${count(rows)} customers, whole command`, `${count(ours)} rows/s`,
    `${count(base.rows_per_second)} rows/s`, percent(ours / base.rows_per_second), '≥ 20 % of bare');
}

// --- requests ----------------------------------------------------------------

function compare(ours, bare, job) {
  const a = [];
  const b = [];
  for (let i = 0; i < rounds; i++) {
    a.push(load(ours.server, { url: ours.url, token: ours.token, seconds, ...job, ...job.ours }));
    b.push(load(bare.server, { url: bare.url, seconds, ...job, ...job.bare }));
  }
  const [mine, base] = [a, b].map((runs) => ({
    perSecond: median(runs.map((r) => r.perSecond)),
    p99: median(runs.map((r) => r.p99)),
    cpuUs: median(runs.map((r) => r.cpuUs)),
  }));
  const show = (r) => `${count(r.perSecond)}/s, ${r.cpuUs.toFixed(0)} µs CPU, p99 ${r.p99.toFixed(1)} ms`;
  note(job.title, show(mine), show(base), percent(mine.perSecond / base.perSecond), job.goal);
}

function lines(name, list) {
  writeFileSync(inFolder(name), `${list.join('\n')}\n`);
  return inFolder(name);
}

async function json(ours, path) {
  const answer = await request(ours.url + path, { Authorization: `Bearer ${ours.token}` });
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return JSON.parse(answer.text);
}

// Walks the list by name to where page 1,000 begins, on both sides.
async function deepPage(ours) {
  let path = '/api/v1/customers?limit=500&sort=name&fields=id,name&count=none';
  let page;
  for (let i = 0; i < DEEP_PAGES && path; i++) {
    page = await json(ours, path);
    path = page.links.next;
  }
  const last = page.data.at(-1);
  const url = new URL(path ?? '/api/v1/customers?sort=name', ours.url);
  url.searchParams.set('limit', PAGE);
  url.searchParams.set('fields', LIST);
  return { name: last.name, id: last.id, path: url.pathname + url.search };
}

async function customerIds(ours) {
  const ids = [];
  let path = '/api/v1/customers?limit=500&fields=id,name&count=none';
  for (let i = 0; i < 8 && path; i++) {
    const page = await json(ours, path);
    ids.push(...page.data.map((one) => one.id));
    path = page.links.next;
  }
  return ids;
}

function requestJobs(ours, ids, deep) {
  const page = `/customers?limit=${PAGE}&sort=name`;
  const shown = `fields=${LIST}`;
  const terms = searchTerms(200).map(encodeURIComponent);
  const bareDeep = `/customers?name=${encodeURIComponent(deep.name)}&id=${deep.id}`;
  const api = { prefix: '/api/v1' };
  const bare = { prefix: '' };
  return [
    { name: 'get', title: 'GET of one record', goal: '≥ 35 %', connections: 64, mode: 'get',
      ours: { ...api, file: lines('ids', ids) }, bare: { ...bare, file: lines('bare-ids', ids) } },
    { name: 'list', title: 'first page of 50 by name, capped count', goal: '≥ 40 %', connections: 8, mode: 'paths',
      ours: { ...api, file: lines('list', [`${page}&${shown}`]) }, bare: { ...bare, file: lines('bare-list', ['/customers']) } },
    { name: 'whole', title: 'the same page, whole records', goal: '', connections: 8, mode: 'paths',
      ours: { ...api, file: lines('whole', [page]) }, bare: { ...bare, file: lines('bare-whole', ['/customers?whole=1']) } },
    { name: 'deep', title: 'page 1,000 by cursor', goal: '', connections: 8, mode: 'paths',
      ours: { prefix: '', file: lines('deep', [deep.path]) },
      bare: { ...bare, file: lines('bare-deep', [bareDeep]) } },
    { name: 'search', title: 'search of three characters', goal: '≥ 50 %', connections: 8, mode: 'paths',
      ours: { ...api, file: lines('search', terms.map((q) => `/customers?limit=${PAGE}&${shown}&q=${q}`)) },
      bare: { ...bare, file: lines('bare-search', terms.map((q) => `/customers?q=${q}`)) } },
    { name: 'create', title: 'create, durable', goal: '', connections: 64, mode: 'create', ours: api, bare },
  ].filter((job) => wanted(job.name));
}

async function requests() {
  const db = `sqlite:${inFolder('customers.db')}`;
  await loadCustomers(db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const ours = { ...await serve(db), token };
  const bare = await serveBare(ours);
  const ids = await customerIds(ours);
  const deep = await deepPage(ours);
  for (const job of requestJobs(ours, ids, deep)) compare(ours, bare, job);
  note('memory (PSS) after all that', mib(pssKib(ours.server.pid)), mib(pssKib(bare.server.pid)), '', '≤ 96 MiB');
  await stop(ours.server);
  await stop(bare.server);
}

async function inserts() {
  for (const group of [1, 10]) {
    const ran = await finish([`${BARE}sqlite_import`, '--db', inFolder(`insert${group}.db`), '--insert', String(group)]);
    note(`bare inserts, ${group} a commit, synchronous=FULL`, '', `${count(importJson(ran.output).rows_per_second)}/s`);
  }
}

// --- main --------------------------------------------------------------------

function print() {
  const head = ['measure', 'guanxi', 'bare', 'ratio', 'goal'];
  const shown = [head, head.map(() => '---'), ...table];
  process.stdout.write(`${shown.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`);
  process.stdout.write(`\n${cpus().length} × ${cpus()[0].model}, ${PINNED ? 'server and load pinned to a core each'
    : 'one core'}, ${rounds} rounds of ${seconds} s, medians.\n`);
}

const PARTS = [
  ['rest', atRest],
  ['orders', importOrders],
  ['inserts', inserts],
  ['requests', requests],
];
const REQUEST_NAMES = ['get', 'list', 'whole', 'deep', 'search', 'create'];

async function main() {
  if (options.help) {
    process.stdout.write(`usage: bench/run [--seconds N] [--rounds N] [--rows N] [--only ${
      [...PARTS.map(([name]) => name), ...REQUEST_NAMES].join(',')}]\n`);
    return;
  }
  if (!(seconds > 0) || !(rounds > 0) || !(rows >= PAGE)) throw new Error('bad number: see --help');
  for (const [name, part] of PARTS)
    if (wanted(name) || (name === 'requests' && REQUEST_NAMES.some((one) => only.has(one)))) await part();
  print();
}

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
});
