// The guard of the read and write paths: machine instructions one request
// costs, counted by callgrind, beside those kept in bench/instructions.json.
// A count is the same on a busy machine; time is not. More than 5 % above what
// is kept fails; a change that is meant to cost writes the file anew.
//
//   node bench/instructions.mjs [--bin build/guanxi] [--write] [--profile NAME]
//
// --profile prints where the instructions of one work go, instead.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { searchTerms, writeCustomers } from './data.mjs';

const KEPT = 'bench/instructions.json';
const ALLOWED = 1.05;
const ROWS = 2000;
const WARM = 30;
// The cheapest of several turns: once a second a request asks anew who it is.
const TURNS = 10;
const COUNTED = 20;
const TERMS = 5;
const TRIES = 10;
const START_MS = 60000;
const PROFILE_LINES = 70;

const { values: options } = parseArgs({
  options: { bin: { type: 'string', default: 'build/guanxi' }, write: { type: 'boolean', default: false },
    profile: { type: 'string' } },
});

const terms = searchTerms(TERMS).map(encodeURIComponent);
const LIST = 'fields=id,rev,owner_id,name,grade,kind,phone,sales,orders,last_order_on';
const WORKS = {
  get: (i) => ['GET', `/customers/${(i * 37) % ROWS + 1}`],
  list: () => ['GET', `/customers?limit=50&sort=name&${LIST}`],
  search: (i) => ['GET', `/customers?limit=50&${LIST}&q=${terms[i % terms.length]}`],
  create: (i) => ['POST', '/customers', { kind: 'organization', name: `计数第${10000 + i}号`, phone: `139${10000000 + i}` }],
};

const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'guanxi-instructions-'));
const db = `sqlite:${join(folder, 'company.db')}`;
const env = { ...process.env, GUANXI_ADMIN_PASSWORD: 'count-Passw0rd-of-this-run',
  GUANXI_LIMIT_USER_RATE: '0', GUANXI_LIMIT_ADDRESS_RATE: '0', GUANXI_NIGHT_TIME: '' };
let server;

process.on('exit', () => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function guanxi(...args) {
  const ran = spawnSync(options.bin, args, { encoding: 'utf8', env });
  if (ran.status !== 0) throw new Error(`guanxi ${args.join(' ')}: ${ran.error ?? ran.stderr + ran.stdout}`);
  return ran.stdout.trim();
}

async function company() {
  const csv = join(folder, 'customers.csv');
  await writeCustomers(csv, ROWS);
  guanxi('init', '--db', db, '--admin', 'count');
  guanxi('import', 'customers', csv, '--db', db);
  return guanxi('user', 'token', '--db', db, '--login', 'count').split('\n').pop();
}

async function serve() {
  server = spawn('valgrind', ['--tool=callgrind', `--callgrind-out-file=${join(folder, 'out')}`,
    options.bin, 'serve', '--db', db, '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (part) => { said += part; });
  const until = Date.now() + START_MS;
  while (!said.includes('ready: ')) {
    if (server.exitCode !== null || Date.now() > until) throw new Error(`no server under valgrind: ${said}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  return Number(said.match(/ready: http:\/\/[^:]+:(\d+)/)[1]);
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

// Under valgrind on a busy machine a read may use up its budget: it is asked
// again, and its turn will not be the cheapest.
async function ask(port, token, what) {
  for (let tries = 1; ; tries++) {
    const status = await send(port, token, what);
    if (status < 300) return;
    if (tries === TRIES || what[0] !== 'GET') throw new Error(`${what[0]} ${what[1]}: ${status}`);
  }
}

function send(port, token, [method, path, body]) {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    if (body) headers['Content-Type'] = 'application/json';
    const rq = request({ agent, host: '127.0.0.1', port, method, path: `/api/v1${path}`, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    rq.on('error', reject);
    rq.end(body && JSON.stringify(body));
  });
}

// The callgrind file of what ran since the last call.
function dump() {
  const before = new Set(readdirSync(folder));
  const ran = spawnSync('callgrind_control', ['--dump', String(server.pid)], { encoding: 'utf8' });
  const file = readdirSync(folder).find((name) => name.startsWith('out.') && !before.has(name));
  if (ran.status !== 0 || !file) throw new Error(`callgrind_control: ${ran.stdout}${ran.stderr}`);
  return join(folder, file);
}

const total = (file) => Number(readFileSync(file, 'utf8').match(/^(?:totals|summary): (\d+)/m)[1]);

// Instructions a request by function, itself and with what it calls.
function print(file) {
  const names = new Map();
  const named = (text) => {
    const [, number, name] = text.match(/^\((\d+)\)(?: (.*))?$/) ?? [null, text, text];
    if (name) names.set(number, name);
    return names.get(number) ?? number;
  };
  const own = new Map();
  const called = new Map();
  let fn = '';
  let callee = null;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, kind, text] = line.match(/^(c?fn)=(.*)/) ?? [];
    const cost = Number(line.match(/^(?:[+-]?\d+|\*) (\d+)$/)?.[1] ?? 0);
    if (kind === 'fn') fn = named(text);
    else if (kind === 'cfn') callee = named(text);
    else if (cost > 0 && callee !== null) called.set(callee, (called.get(callee) ?? 0) + cost);
    else if (cost > 0) own.set(fn, (own.get(fn) ?? 0) + cost);
    if (cost > 0) callee = null;
  }
  for (const [title, map] of [['itself', own], ['with what it calls', called]]) {
    console.log(title);
    for (const [name, n] of [...map].sort((a, b) => b[1] - a[1]).slice(0, PROFILE_LINES))
      console.log(`${Math.round(n / COUNTED).toLocaleString('en-US').padStart(12)} ${name}`);
  }
}

async function measure(port, token, work) {
  let sent = 0;
  let best = null;
  while (sent < WARM) await ask(port, token, work(sent++));
  dump();
  for (let turn = 0; turn < TURNS; turn++) {
    for (let i = 0; i < COUNTED; i++) await ask(port, token, work(sent++));
    const file = dump();
    if (best === null || total(file) < total(best)) best = file;
  }
  return best;
}

async function main() {
  for (const program of ['valgrind', 'callgrind_control'])
    if (!has(program)) {
      console.log(`instructions a request: skipped, ${program} is not installed (scripts/install-deps.sh test)`);
      return;
    }
  const token = await company();
  const port = await serve();
  const found = {};
  for (const [name, work] of Object.entries(WORKS)) {
    if (options.profile && options.profile !== name) continue;
    const file = await measure(port, token, work);
    found[name] = Math.round(total(file) / COUNTED);
    if (options.profile) print(file);
  }
  agent.destroy();
  server.kill('SIGTERM');
  await once(server, 'exit');
  if (options.profile) return;
  if (options.write) writeFileSync(KEPT, `${JSON.stringify(found, null, 2)}\n`);
  const kept = JSON.parse(readFileSync(KEPT, 'utf8'));
  let bad = 0;
  for (const [name, n] of Object.entries(found)) {
    const over = n > kept[name] * ALLOWED;
    bad += over;
    console.log(`${name}: ${n.toLocaleString('en-US')} instructions a request, kept ${
      kept[name].toLocaleString('en-US')}, ${(100 * n / kept[name]).toFixed(1)} %${over ? ': more than 5 % above' : ''}`);
  }
  if (bad > 0) console.log('What is meant to cost more: node bench/instructions.mjs --write, and say why in the commit.');
  process.exitCode = bad > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(`instructions: ${error.message}`);
  process.exit(1);
});
