// The benchmark table: the server beside bare C programs over the same
// libraries and data, measured in turns so that a busy machine hurts both.
//
//   node bench/run.mjs [--seconds N] [--rounds N] [--rows N] [--only a,b] [--bin FILE]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { analytics } from './analytics.mjs';
import { beside, besideLists } from './beside.mjs';
import { searchTerms, writeCustomers, writeOrderLines } from './data.mjs';
import { million } from './million.mjs';
import { overload } from './overload.mjs';
import { servePocketBase } from './pocketbase.mjs';
import { BOTH_CORES, PINNED, finish, freePort, load, pssKib, start, stop } from './process.mjs';

const BARE = 'build-bench/bench/';
const RETAIL = '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz';
const SYNTHETIC_LINES = 200000;
const DEEP_PAGES = 100; // of 500 rows: as far as 1,000 of 50
const PAGE = 50;
const PG_ROWS = 10000;
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
    bin: { type: 'string', default: 'build/guanxi' },
    help: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const GUANXI = options.bin;
const rounds = Number(options.rounds);
const rows = Number(options.rows);
const only = new Set(options.only.split(',').filter(Boolean));

const folder = mkdtempSync(join(tmpdir(), 'guanxi-bench-'));
const inFolder = (name) => join(folder, name);
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const environment = { ...process.env, GUANXI_ADMIN_PASSWORD: PASSWORD, GUANXI_NIGHT_TIME: '' };

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

async function serve(db, { cores, ...more } = {}) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const began = performance.now();
  const args = Object.entries(more).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = start([GUANXI, 'serve', '--db', db, '--listen', `127.0.0.1:${port}`, ...args],
    { env: { ...environment, GUANXI_LIMIT_USER_RATE: '0', GUANXI_LIMIT_ADDRESS_RATE: '0' }, ...(cores ? { cores } : {}) });
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
    `${count(base.rows_per_second)} rows/s`, percent(ours / base.rows_per_second), '≥ 20,000 rows/s');
}

// --- requests ----------------------------------------------------------------

const shown = (r) => `${count(r.perSecond)}/s, ${r.cpuUs.toFixed(0)} µs CPU, p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms`;

// Everybody in turns, medians of the rounds.
async function measure(sides, job) {
  const runs = sides.map(() => []);
  for (let i = 0; i < rounds; i++)
    for (const [k, { server, url, token, ask, cores }] of sides.entries())
      runs[k].push(await load(server, { url, token, seconds, connections: job.connections, cores, ...ask }));
  return runs.map((list) => ({
    perSecond: median(list.map((r) => r.perSecond)),
    p50: median(list.map((r) => r.p50)),
    p99: median(list.map((r) => r.p99)),
    cpuUs: median(list.map((r) => r.cpuUs)),
  }));
}

// The ratio of answers a second, and in brackets that of processor time, which
// is the same where nothing else runs on the machine.
async function compare(ours, bare, pocketbase, job) {
  const sides = [{ ...ours, ask: { mode: job.mode, ...job.ours } }, { ...bare, ask: { mode: job.mode, ...job.bare } }];
  if (job.pocketbase && pocketbase.server) sides.push({ ...pocketbase, ask: job.pocketbase });
  const [mine, base, other] = await measure(sides, job);
  note(job.title, shown(mine), shown(base),
    `${percent(mine.perSecond / base.perSecond)} (${percent(base.cpuUs / mine.cpuUs)})`, job.goal);
  if (other)
    note(`PocketBase: ${job.title}`, `${(mine.perSecond / other.perSecond).toFixed(1)} × (${
      (other.cpuUs / mine.cpuUs).toFixed(1)} ×)`, shown(other), '', job.times ?? '');
  return mine;
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

// What PocketBase is asked for the same answers.
const RECORDS = '/api/collections/customers/records';

function pocketBaseJobs(pocketbase, ids) {
  if (!pocketbase.server) return {};
  const paths = (name, list) => ({ mode: 'paths', prefix: '', file: lines(`pb-${name}`, list) });
  return {
    get: paths('get', ids.map((id) => `${RECORDS}/${pocketbase.id(id)}`)),
    list: paths('list', [`${RECORDS}?perPage=${PAGE}&sort=name&fields=${LIST}`]),
    create: { mode: 'create', prefix: '', file: lines('pb-create', [RECORDS]) },
  };
}

function requestJobs(ids, deep, pocketbase) {
  const pb = pocketBaseJobs(pocketbase, ids);
  const page = `/customers?limit=${PAGE}&sort=name`;
  const fields = `fields=${LIST}`;
  const terms = searchTerms(200).map(encodeURIComponent);
  const bareDeep = `/customers?name=${encodeURIComponent(deep.name)}&id=${deep.id}`;
  const api = { prefix: '/api/v1' };
  const bare = { prefix: '' };
  return [
    { name: 'get', title: 'GET of one record', goal: '≥ 50 %', times: '≥ 35 ×', connections: 64, mode: 'get',
      pocketbase: pb.get,
      ours: { ...api, file: lines('ids', ids) }, bare: { ...bare, file: lines('bare-ids', ids) } },
    { name: 'list', title: 'first page of 50 by name, capped count', goal: '≥ 40 %', connections: 8, mode: 'paths',
      pocketbase: pb.list,
      ours: { ...api, file: lines('list', [`${page}&${fields}`]) }, bare: { ...bare, file: lines('bare-list', ['/customers']) } },
    { name: 'whole', title: 'the same page, whole records', goal: '', connections: 8, mode: 'paths',
      ours: { ...api, file: lines('whole', [page]) }, bare: { ...bare, file: lines('bare-whole', ['/customers?whole=1']) } },
    { name: 'deep', title: 'page 1,000 by cursor', goal: '≤ 1.2 × page 1', connections: 8, mode: 'paths',
      ours: { prefix: '', file: lines('deep', [deep.path]) },
      bare: { ...bare, file: lines('bare-deep', [bareDeep]) } },
    { name: 'search', title: 'search of three characters', goal: '≥ 50 %', connections: 8, mode: 'paths',
      ours: { ...api, file: lines('search', terms.map((q) => `/customers?limit=${PAGE}&${fields}&q=${q}`)) },
      bare: { ...bare, file: lines('bare-search', terms.map((q) => `/customers?q=${q}`)) } },
    { name: 'create', title: 'create, durable, 64 clients', goal: 'p99 ≤ 20 ms', times: '≥ 5 ×', connections: 64, mode: 'create', ours: api, bare,
      pocketbase: pb.create },
  ].filter((job) => wanted(job.name));
}

async function requests() {
  const db = `sqlite:${inFolder('customers.db')}`;
  await loadCustomers(db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const ours = { ...await serve(db), token };
  const bare = await serveBare(ours);
  const whole = Object.keys((await json(ours, '/api/v1/customers?limit=1')).data[0]);
  const pocketbase = wanted('pocketbase')
    ? await servePocketBase(inFolder('pocketbase'), inFolder('customers.db'), whole) : { why: 'not asked for' };
  if (!pocketbase.server) note('PocketBase', `left out: ${pocketbase.why}`);
  const ids = await customerIds(ours);
  const deep = await deepPage(ours);
  const found = {};
  for (const job of requestJobs(ids, deep, pocketbase))
    found[job.name] = await compare(ours, bare, pocketbase, job);
  if (found.list && found.deep)
    note('page 1,000 beside page 1', `${(found.deep.cpuUs / found.list.cpuUs).toFixed(2)} × the CPU`, '', '', '≤ 1.2 ×');
  note('peak memory (PSS) in all that', mib(ours.server.peakKib), mib(bare.server.peakKib), '', '≤ 96 MiB');
  for (const side of [ours, bare, pocketbase]) if (side.server) await stop(side.server);
  if (wanted('cores')) await twoCores(db, token, ids);
}

// One loop on one core against two loops on both. The load needs a core too, so
// what counts is how much dearer a request gets: 2 × is no dearer at all.
async function twoCores(db, token, ids) {
  if (!PINNED) {
    note('two cores against one', 'left out: there is one core');
    return;
  }
  const file = lines('cores-ids', ids);
  const costs = [];
  for (const [loops, cores] of [[1, undefined], [2, BOTH_CORES]]) {
    const side = { ...await serve(db, { loops, cores }), token, cores,
      ask: { mode: 'get', prefix: '/api/v1', file } };
    costs.push(...await measure([side], { connections: 64 }));
    await stop(side.server);
  }
  const [one, two] = costs;
  note('two cores against one, GET', `${(2 * one.cpuUs / two.cpuUs).toFixed(2)} × (${shown(one)}; ${shown(two)})`,
    '', '', '≥ 1.8 ×');
}

// --- PostgreSQL ----------------------------------------------------------------

// In a server of its own, with as many customers as are in by then.
/* A server of its own: { pg, db }, db empty where none starts. */
async function startPostgres() {
  const pg = start(['tests/pg.sh', 'serve'], { cores: BOTH_CORES });
  const until = performance.now() + START_TRIES_MS * 3;
  while (!pg.output.includes('\n') && pg.child.exitCode === null && performance.now() < until)
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  const db = pg.output.split('\n')[0];
  if (db.startsWith('postgres')) return { pg, db };
  note('PostgreSQL', `left out: ${pg.output.trim().split('\n')[0] || 'it does not start'}`);
  return { pg, db: '' };
}

/* A quarter of an hour and 6 GB: asked for by name only. GUANXI_BENCH_FOLDER
 * keeps the companies for another run. */
async function growth() {
  const { pg, db } = await startPostgres();
  await million({
    guanxi: GUANXI,
    folder: process.env.GUANXI_BENCH_FOLDER ?? folder,
    postgres: db,
    environment,
    kinds: db === '' ? ['sqlite'] : ['sqlite', 'postgresql'],
    sizes: [100000, 1000000],
    parts: [],
    samples: rounds * 50,
  });
  await stop(pg);
}

async function postgres() {
  const { pg, db } = await startPostgres();
  if (db === '') return;
  const csv = inFolder('pg.csv');
  await writeCustomers(csv, PG_ROWS);
  guanxi('init', '--db', db, '--admin', 'bench');
  guanxi('import', 'customers', csv, '--db', db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const ours = { ...await serve(db), token };
  const whole = Object.keys((await json(ours, '/api/v1/customers?limit=1')).data[0]);
  const side = { ...ours, ask: { mode: 'get', prefix: '/api/v1', file: lines('pg-ids', await customerIds(ours)) } };
  const reads = [];
  const answers = [];
  for (let i = 0; i < rounds; i++) {
    const ran = await finish([`${BARE}pg_get`, '--db', db, '--fields', whole.join(','), '--rows', String(PG_ROWS),
      '--seconds', String(seconds)]);
    if (ran.code !== 0) throw new Error(ran.output);
    reads.push(importJson(ran.output).reads_per_second);
    answers.push(await load(side.server, { url: side.url, token, seconds, connections: 16, ...side.ask }));
  }
  const mine = median(answers.map((r) => r.perSecond));
  note('PostgreSQL: GET of one record', `${count(mine)}/s, p99 ${median(answers.map((r) => r.p99)).toFixed(1)} ms`,
    `${count(median(reads))}/s (libpq, pipeline of 8)`, percent(mine / median(reads)), '≥ 25 %');
  await stop(ours.server);
  await stop(pg);
}

async function besideSlowLists() {
  const tools = { folder, rows, seconds, guanxi, serve, lines, note };
  await besideLists('SQLite', `sqlite:${inFolder('beside-lists.db')}`, tools);
  const { pg, db } = await startPostgres();
  if (db === '') return;
  await besideLists('PostgreSQL', db, tools);
  await stop(pg);
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
  ['analytics', () => analytics({ binary: GUANXI, folder, rounds, retail: RETAIL, guanxi, note, count,
    ...(PINNED ? { cores: BOTH_CORES, threads: 2 } : { threads: 1 }) })],
  ['rest', atRest],
  ['orders', importOrders],
  ['inserts', inserts],
  ['requests', requests],
  ['beside', () => beside({ binary: GUANXI, folder, rows, seconds, guanxi, serve, lines, note, mib, count })],
  ['slow', besideSlowLists],
  ['overload', () => overload({ folder, seconds, guanxi, serve, note, count })],
  ['postgresql', postgres],
  ['million', growth],
];
const BY_NAME = new Set(['million']);
const REQUEST_NAMES = ['get', 'list', 'whole', 'deep', 'search', 'create', 'pocketbase', 'cores'];

async function main() {
  if (options.help) {
    process.stdout.write(`usage: bench/run [--seconds N] [--rounds N] [--rows N] [--only ${
      [...PARTS.map(([name]) => name), ...REQUEST_NAMES].join(',')}]\n`);
    return;
  }
  if (!(seconds > 0) || !(rounds > 0) || !(rows >= PAGE)) throw new Error('bad number: see --help');
  for (const [name, part] of PARTS)
    if ((wanted(name) && (only.size > 0 || !BY_NAME.has(name))) || (name === 'requests' && REQUEST_NAMES.some((one) => only.has(one)))) await part();
  print();
}

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exit(1);
});
