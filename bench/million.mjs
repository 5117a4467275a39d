// A million customers beside a hundred thousand, on both databases: what grows
// with the company, and what each scope pays for its lists. One request at a
// time, so latencies are those of a quiet server.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { cpuSeconds, freePort, start, stop } from './process.mjs';

const GENERATOR = 'build-bench/bench/million';
const START_MS = 60000;
const READY_POLL_MS = 50;
const JOB_POLL_MS = 100;
const PLAN_MS = 3000;
const WARM = 5;
const TRIES = 5;
/* Whoever buys moves somebody else across a border, so about twice as many change: the goal is for five per cent. */
const ONE_BUYS_OF = 26; /* behind the server's back: 5 % of the scored, with those whose scores move along */
const ONE_ORDERS_OF = 22; /* through it: 4.9 % of them */
const BATCH = 200;
const DAY_MS = 86_400_000;
const SCOPES = { all: 'bench', tree: 'bench_tree', team: 'bench_team', own: 'bench_own' };
const SCOPE_NAMES = { all: 'all', tree: 'tree of 1,000', team: 'team of 10', own: 'one user' };

// Fields of the customer list with an index of their own.
const SORTS = ['name', 'code', 'email', 'city', 'source_channel', 'tax_number', 'import_id', 'created_at', 'updated_at',
  'owner_id', 'id', 'grade', 'sales', 'orders', 'last_order_on', 'abc_class', 'r_score', 'f_score', 'm_score',
  'open_amount', 'last_contact_at', 'next_contact_on'];
const CHILD_SORTS = {
  orders: ['id', 'number', 'ordered_on', 'amount', 'status'],
  contacts: ['id', 'name', 'email'],
  interactions: ['id', 'happened_at', 'next_on'],
  tasks: ['id', 'due_on'],
  order_lines: ['id'],
};
const FIELDS = 'fields=name,grade,kind,phone,sales,orders,last_order_on,owner_id';

// Anything else a person may ask: an answer within the budget, or a 422.
const OTHER = [
  'customers?sort=phone', 'customers?sort=-address', 'customers?note[contains]=批导入', 'customers?note[contains]=第89批导入',
  'customers?address[contains]=路88号&sort=name', 'customers?city=上海&sort=-sales', 'customers?city=上海&grade=vip&sort=name',
  'customers?sales[gt]=100000&sort=name', 'customers?name[contains]=华联&sort=-sales', 'customers?name[contains]=有限公司&sort=created_at',
  'customers?q=上海&sort=-sales', 'customers?q=有限公司&sort=name', 'customers?sort=city,-sales', 'customers?kind=person',
  'customers?email[empty]=true&sort=-updated_at', 'customers?owner_id=my_team&city=上海', 'customers?bin=true&sort=name',
  'customers?count=exact&sort=name', 'customers?city[ne]=上海&count=exact', 'orders?sales[gt]=5000000&sort=-amount',
  'orders?status=completed&sort=-ordered_on&count=exact', 'order_lines?quantity[gt]=19&sort=-amount',
  'interactions?content[contains]=报价&sort=-happened_at', 'interactions?content[contains]=没有的词',
];

const quantile = (list, q) => list[Math.min(list.length - 1, Math.floor(list.length * q))];
const ms = (x) => (x < 10 ? x.toFixed(2) : x.toFixed(0));

class Client {
  constructor(url, token) {
    this.url = url;
    this.token = token;
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  // → { status, body, ms }
  ask(method, path, body) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = { Authorization: `Bearer ${this.token}`, ...(text && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }) };
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const sent = httpRequest(this.url + (path.startsWith('/api/') ? path : `/api/v1/${path}`), { method, agent: this.agent, headers }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () => {
          const took = performance.now() - began;
          const whole = Buffer.concat(parts).toString();
          resolve({ status: answer.statusCode, body: whole === '' ? null : JSON.parse(whole), ms: took });
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  }
}

/* Asks path(i) n times after a few in vain: { p50, p99, cpuMs }. */
async function times(company, client, n, path, method = 'GET', body = () => undefined) {
  for (let i = 0; i < WARM; i++) await expect(client, method, path(i), body(i));
  const cpu = cpuSeconds(company.server.pid);
  const all = [];
  for (let i = 0; i < n; i++) all.push(await expect(client, method, path(i + WARM), body(i + WARM)));
  all.sort((a, b) => a - b);
  return { p50: quantile(all, 0.5), p99: quantile(all, 0.99), cpuMs: ((cpuSeconds(company.server.pid) - cpu) * 1000) / n };
}

/* A busy machine may use up a read's budget: asked again, and all of it counts. */
async function expect(client, method, path, body) {
  let answer;
  let spent = 0;
  for (let tries = 0; tries < TRIES; tries++) {
    answer = await client.ask(method, encodeURI(path), body);
    spent += answer.ms;
    if (answer.body?.code !== 'query_too_broad') break;
  }
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return spent;
}

// --- companies -------------------------------------------------------------------

function run(command, args, env) {
  const ran = spawnSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (ran.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${ran.status} ${ran.stdout}`);
  return ran.stdout.trim();
}

/* The URL of a company of n customers, made unless it is there. */
function company(bench, kind, n) {
  let url = `sqlite:${join(bench.folder, `s${n}.db`)}`;
  let there = existsSync(url.slice('sqlite:'.length));
  if (kind === 'postgresql') {
    const at = new URL(bench.postgres);
    const psql = (database, text) => run('psql', ['-X', '-q', '-A', '-t', '-d', new URL(database, at).href, '-c', text]);
    there = psql('/postgres', `SELECT 1 FROM pg_database WHERE datname = 'p${n}'`) === '1';
    if (!there) psql('/postgres', `CREATE DATABASE p${n} TEMPLATE template0 ENCODING 'UTF8'`);
    url = new URL(`/p${n}`, at).href;
  }
  if (!there) {
    run(bench.guanxi, ['init', '--db', url, '--admin', 'bench'], bench.environment);
    run(GENERATOR, ['--db', url, '--customers', String(n)]);
  }
  return { kind, n, url };
}

async function open(bench, one) {
  const tokens = {};
  run(bench.guanxi, ['migrate', '--db', one.url], bench.environment);
  for (const [scope, login] of Object.entries(SCOPES))
    tokens[scope] = run(bench.guanxi, ['user', 'token', '--db', one.url, '--login', login], bench.environment).split('\n').pop();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  one.server = start([bench.guanxi, 'serve', '--db', one.url, '--listen', `127.0.0.1:${port}`],
    { env: { ...bench.environment, GUANXI_LIMIT_USER_RATE: '0', GUANXI_LIMIT_ADDRESS_RATE: '0' } });
  one.client = Object.fromEntries(Object.keys(SCOPES).map((scope) => [scope, new Client(url, tokens[scope])]));
  for (const began = performance.now(); ;) {
    try {
      await one.client.all.ask('GET', '/api/v1/schema/customer');
      return;
    } catch (error) {
      if (performance.now() - began > START_MS) throw new Error(`${error.message}: ${one.server.output}`);
      await new Promise((resolve) => { setTimeout(resolve, READY_POLL_MS); });
    }
  }
}

// --- measures --------------------------------------------------------------------

const NAMES = ['上海', '北京', '广州', '深圳', '杭州', '南京', '苏州', '成都', '武汉', '西安'];
const FIRST = [...'华鑫宏泰恒瑞盛达兴隆天海金永安和顺源丰祥'];
const SECOND = [...'联诚信邦通凯博润辉腾创源科瑞嘉利德美'];
const TRADES = [...'机电贸物医食服建化软'];
const turn = (list, i, step) => list[(i * step) % list.length];
const idOf = (i, n) => 1 + ((i * 7919 + 13) % n);

/* What somebody types who looks for a company or a number, letter by letter. */
function typed(i) {
  const whole = [
    `${turn(NAMES, i, 7)}${turn(FIRST, i, 3)}${turn(SECOND, i, 5)}${turn(TRADES, i, 3)}`,
    `13${String((i * 104729) % 1e9).padStart(9, '0')}`,
    `${turn(FIRST, i, 7)}${turn(SECOND, i, 11)}`,
    `K${String(1 + ((i * 7919) % 99999)).padStart(7, '0')}`,
    ['hualian', 'xinda', 'shht', 'ruike', 'tianmei'][i % 5],
  ][i % 5];
  const letters = [...whole];
  return letters.slice(0, 1 + ((i * 13) % letters.length)).join('');
}

async function threeSixty(client, n, i) {
  const id = idOf(i, n);
  let sum = 0;
  for (const path of [`customers/${id}`, `customers/${id}/timeline`, `customers/${id}/why`, `contacts?customer_id=${id}&count=none`])
    sum += await expect(client, 'GET', path);
  return sum;
}

async function growth(one, samples) {
  const { all } = one.client;
  const out = {};
  out.get = await times(one, all, samples, (i) => `customers/${idOf(i, one.n)}`);
  out.list = await times(one, all, samples, () => `customers?sort=name&${FIELDS}`);
  out.search = await times(one, all, samples, (i) => `customers?${FIELDS}&q=${turn(FIRST, i, 3)}${turn(SECOND, i, 7)}${turn(TRADES, i, 1)}`);
  out.typing = await times(one, all, samples * 3, (i) => `search?q=${typed(i)}&limit=5`);
  out.typingList = await times(one, all, samples * 3, (i) => `customers?${FIELDS}&limit=20&count=none&q=${typed(i)}`);
  out.create = await times(one, all, samples, () => 'customers', 'POST', (i) => ({ name: `新客户${turn(FIRST, i, 3)}${i}`, phone: `139${String(i).padStart(8, '0')}`, city: '上海' }));
  const pages = [];
  for (let i = 0; i < samples + WARM; i++) pages.push(await threeSixty(all, one.n, i));
  const sorted = pages.slice(WARM).sort((a, b) => a - b);
  out.page360 = { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), cpuMs: NaN };
  return out;
}

/* Every list by every indexed field, first and last page, under each scope. */
async function lists(one, samples) {
  const rows = [];
  const objects = { customers: SORTS, ...CHILD_SORTS };
  for (const scope of Object.keys(SCOPES))
    for (const [object, sorts] of Object.entries(objects))
      for (const sort of sorts)
        for (const [page, more] of [['first', ''], ['last', '&cursor=last']]) {
          const path = `${object}?sort=${sort}${object === 'customers' ? `&${FIELDS}` : ''}${more}`;
          const t = await tolerant(one, one.client[scope], samples, path);
          rows.push({ scope, object, sort, page, ...t });
          if (process.env.GUANXI_BENCH_VERBOSE) console.log(scope, object, sort, page, ms(t.p50), ms(t.p99), t.cpuMs.toFixed(1), t.error?.slice(0, 160) ?? '');
        }
  return rows;
}

async function tolerant(one, client, samples, path) {
  try {
    return await times(one, client, samples, () => path);
  } catch (error) {
    return { p50: Infinity, p99: Infinity, cpuMs: NaN, error: error.message };
  }
}

async function others(one, samples) {
  const rows = [];
  for (const scope of Object.keys(SCOPES))
    for (const path of OTHER) {
      const all = [];
      let last;
      for (let i = 0; i < samples; i++) {
        last = await one.client[scope].ask('GET', encodeURI(path));
        all.push(last.ms);
      }
      all.sort((a, b) => a - b);
      const named = last.body?.errors?.map((e) => `${e.field}: ${e.code}`).join(', ');
      rows.push({ scope, path, status: last.status, worst: all.at(-1), named });
    }
  return rows;
}

/* A grading: until its grades are in force, and until the end of its job with
 * all that follows (value matrix, ladder, tasks of policies, losses):
 * { seconds, cpu, changed, whole, wholeCpu, result }. */
async function grade(one) {
  const client = one.client.all;
  const newest = async () => (await client.ask('GET', '/api/v1/grade_runs?finished_at[empty]=false&sort=-id&limit=1')).body.data[0];
  const before = (await newest())?.id ?? 0;
  const cpu = cpuSeconds(one.server.pid);
  const planned = (await client.ask('GET', '/api/v1/jobs?kind=grade&sort=-id')).body.data.find((job) => ['queued', 'running'].includes(job.state));
  const body = planned ? { job: planned } : (await client.ask('POST', 'grading/run', {})).body;
  let graded;
  const steps = {}; /* seconds of processor in each, as far as it told of it */
  for (let last = cpu; ;) {
    const job = (await client.ask('GET', `jobs/${body.job.id}`)).body;
    if (job.state === 'failed' || job.state === 'cancelled') throw new Error(JSON.stringify(job));
    const run = graded ? null : await newest();
    const now = cpuSeconds(one.server.pid);
    const used = now - cpu;
    if (job.message) steps[job.message] = Math.round(((steps[job.message] ?? 0) + now - last) * 10) / 10;
    last = now;
    if (run?.id > before)
      graded = { seconds: (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000, cpu: used, changed: run.changed };
    if (job.state === 'done')
      return { ...graded, whole: (Date.parse(job.finished_at) - Date.parse(job.started_at)) / 1000, wholeCpu: used, steps, result: job.result };
    await pause();
  }
}

const pause = () => new Promise((resolve) => { setTimeout(resolve, JOB_POLL_MS); });

/* One order each for one customer in twenty, on the day of somebody's last
 * order, behind the server's back but in the change log, as another server on
 * the same database would write them. The scores are left to the grading. */
function sell(one) {
  const now = Date.now();
  const chosen = `s.id % ${ONE_BUYS_OF} = ${now % ONE_BUYS_OF}`;
  const text = `INSERT INTO "order" (created_at, updated_at, customer_id, number, number_fold, number_sort, ordered_on,
      amount, base_amount, sales) SELECT ${now}, ${now}, s.id, 'R${now}-' || s.id, 'r${now}-' || s.id, 'r${now}-' || s.id,
      coalesce(s.last_order_on, 20400), 500000, 500000, 5000000000 FROM customer_stats s WHERE ${chosen} ORDER BY s.id;
    INSERT INTO change_log (entity, record_id, rev, op, at) SELECT 'order', o.id, 1, 'create', ${now} FROM "order" o
      WHERE o.created_at = ${now} ORDER BY o.id;
    UPDATE customer_stats AS s SET orders = orders + 1, sales = sales + 5000000000,
      last_order_on = coalesce(last_order_on, 20400), first_order_on = coalesce(first_order_on, 20400),
      first_day_sales = CASE WHEN purchase_days <= 1 THEN first_day_sales + 5000000000 ELSE first_day_sales END,
      purchase_days = CASE WHEN purchase_days = 0 THEN 1 ELSE purchase_days END WHERE ${chosen};`;
  if (one.kind === 'sqlite') run('sqlite3', ['-cmd', '.timeout 60000', one.url.slice('sqlite:'.length), text]);
  else run('psql', ['-X', '-q', '-d', one.url, '-c', text]);
}

/* The same through the server, as people and programs sell: each order scores
 * its customer at once. */
async function sellThrough(one) {
  const client = one.client.all;
  const run = (await client.ask('GET', 'grade_runs?finished_at[empty]=false&sort=-id&limit=1')).body.data[0];
  const day = new Date(Date.parse(run.as_of) - DAY_MS).toISOString().slice(0, 10); /* a later one would change everybody's recency */
  const buyers = Array.from({ length: Math.floor(one.n / ONE_ORDERS_OF) }, (_, i) => (i + 1) * ONE_ORDERS_OF);
  const began = performance.now();
  for (let i = 0; i < buyers.length; i += BATCH) {
    const operations = buyers.slice(i, i + BATCH).map((id) => ({ op: 'create', object: 'orders',
      data: { customer_id: id, number: `T${Date.now()}-${id}`, ordered_on: day, amount: 500000 } }));
    const { status, body } = await client.ask('POST', 'batch', { operations });
    if (status !== 200) throw new Error(JSON.stringify(body));
  }
  return { orders: buyers.length, seconds: (performance.now() - began) / 1000 };
}

/* First, then with nothing changed (the columns are in memory by now), then
 * with 5 % of the customers changed: through the server, behind its back. */
async function regrade(one) {
  await new Promise((resolve) => { setTimeout(resolve, PLAN_MS); }); // the grading of the night may be due
  const out = { first: await grade(one), same: await grade(one) };
  out.sold = await sellThrough(one);
  out.through = await grade(one);
  sell(one);
  out.again = await grade(one);
  return out;
}

// --- report ----------------------------------------------------------------------

const MEASURES = [
  ['get', 'GET of one record', 1.3], ['list', 'first page of 50 by name, capped count', 1.3], ['create', 'create', 1.3],
  ['search', 'search of three characters', 3], ['typing', 'as-you-type, all objects', 3],
  ['typingList', 'as-you-type, list of 20', 3], ['page360', '360 page (customer, timeline, why, contacts)', NaN],
];

function growthTable(kind, small, large) {
  const show = (t) => `${ms(t.p50)} / ${ms(t.p99)}`;
  const lines = [`\n### ${kind}: 100 k and 1 M customers, ms p50 / p99\n`, '| measure | 100 k | 1 M | ratio of p50 | CPU ms | goal |', '|---|---|---|---|---|---|'];
  for (const [key, title, goal] of MEASURES)
    if (small[key] && large[key])
      lines.push(`| ${title} | ${show(small[key])} | ${show(large[key])} | ${(large[key].p50 / small[key].p50).toFixed(2)} | ${
        Number.isNaN(large[key].cpuMs) ? '' : `${small[key].cpuMs.toFixed(2)} → ${large[key].cpuMs.toFixed(2)}`} | ${Number.isNaN(goal) ? '≤ 10 ms' : `≤ ${goal}`} |`);
  return lines.join('\n');
}

function listTable(kind, rows) {
  const lines = [`\n### ${kind}: lists by an indexed field at 1 M, ms\n`, '| scope | lists | median | worst p99 | which |', '|---|---|---|---|---|'];
  for (const scope of Object.keys(SCOPES)) {
    const mine = rows.filter((r) => r.scope === scope).sort((a, b) => a.p99 - b.p99);
    const worst = mine.at(-1);
    lines.push(`| ${SCOPE_NAMES[scope]} | ${mine.length} | ${ms(quantile(mine.map((r) => r.p50).sort((a, b) => a - b), 0.5))} | ${ms(worst.p99)} | ${worst.object} by ${worst.sort}, ${worst.page} page |`);
  }
  const slow = rows.filter((r) => r.p99 > 20).sort((a, b) => b.p99 - a.p99);
  for (const r of slow) lines.push(`<!-- over 20 ms: ${r.scope} ${r.object} by ${r.sort} ${r.page}: ${ms(r.p50)} / ${ms(r.p99)} ${r.error ?? ''} -->`);
  return lines.join('\n');
}

function otherTable(kind, rows) {
  const refused = rows.filter((r) => r.status === 422);
  const worst = rows.reduce((a, b) => (a.worst > b.worst ? a : b));
  const lines = [`\n### ${kind}: ${rows.length} other queries at 1 M\n`,
    `${rows.filter((r) => r.status === 200).length} answered, ${refused.length} refused as too broad; the slowest answer of any kind took ${ms(worst.worst)} ms (${SCOPE_NAMES[worst.scope]}: ${worst.path}).`];
  for (const r of rows.filter((x) => x.worst > 100 || x.status !== 200)) lines.push(`<!-- ${r.scope} ${r.path}: ${r.status} ${ms(r.worst)} ms ${r.named ?? ''} -->`);
  return lines.join('\n');
}

/* bench: { guanxi, folder, postgres, environment, samples, parts }. Prints as
 * it goes. */
export async function million(bench) {
  mkdirSync(bench.folder, { recursive: true });
  const wanted = (part) => bench.parts.length === 0 || bench.parts.includes(part);
  for (const kind of bench.kinds) {
    const seen = {};
    for (const n of bench.sizes) {
      const one = company(bench, kind, n);
      await open(bench, one);
      if (wanted('grade')) {
        const graded = await regrade(one);
        const show = (g) => `${g.seconds.toFixed(1)} s, ${g.cpu.toFixed(1)} s of processor, ${g.changed} changed, the whole job ${
          g.whole.toFixed(1)} s, ${g.wholeCpu.toFixed(1)} s of processor, ${JSON.stringify(g.steps)}, ${JSON.stringify(g.result)}`;
        console.log(`\n${kind}, ${n} customers, grading: first ${show(graded.first)}; nothing new ${show(graded.same)}; ${
          graded.sold.orders} new orders through the server (in ${graded.sold.seconds.toFixed(0)} s) ${show(graded.through)}; one of ${ONE_BUYS_OF} with one behind its back ${show(graded.again)}`);
      }
      if (wanted('growth')) seen[n] = await growth(one, bench.samples);
      if (n === 1000000 && wanted('lists')) console.log(listTable(kind, await lists(one, Math.ceil(bench.samples / 5))));
      if (n === 1000000 && wanted('others')) console.log(otherTable(kind, await others(one, 3)));
      await stop(one.server);
    }
    if (bench.sizes.length === 2 && wanted('growth')) console.log(growthTable(kind, seen[bench.sizes[0]], seen[bench.sizes[1]]));
    else if (wanted('growth')) console.log(JSON.stringify(seen, null, 1));
  }
}

/* By hand, over companies that are kept:
 *   GUANXI_BENCH_FOLDER=… GUANXI_TEST_PG=… node bench/million.mjs [kind,…] [size,…] [part,…] [samples] */
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const list = (i) => (process.argv[i] ?? '').split(',').filter(Boolean);
  million({
    guanxi: process.env.GUANXI_BIN ?? 'build/guanxi',
    folder: process.env.GUANXI_BENCH_FOLDER,
    postgres: process.env.GUANXI_TEST_PG,
    environment: { ...process.env, GUANXI_ADMIN_PASSWORD: 'bench-Passw0rd-of-this-run', GUANXI_NIGHT_TIME: '' },
    kinds: list(2).length > 0 ? list(2) : ['sqlite', 'postgresql'],
    sizes: list(3).length > 0 ? list(3).map(Number) : [100000, 1000000],
    parts: list(4),
    samples: Number(process.argv[5] ?? 100),
  }).catch((error) => {
    process.stderr.write(`million: ${error.stack}\n`);
    process.exit(1);
  });
}
