// The value engine beside DuckDB, in turns: R-F-M scores, ABC classes and tiers
// of 5.4 million sale lines, from the product's own store and from CSV; then
// the purchase models and one order by the clock alone. Both sides must say the
// same of every score, class and tier, or the run fails.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { writeLines } from './analytics_data.mjs';

const PACKAGE = '@duckdb/node-api';
const INSTALL_MS = 300000;
const ORDERS = 2000; // scored one by one
const TICKS_PER_SECOND = 100; // USER_HZ

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const medians = (runs) => ({ wall: median(runs.map((r) => r.wall)), cpu: median(runs.map((r) => r.cpu)) });

// --- processes that answer line by line ------------------------------------------

function resident(command, { cores, ...options } = {}) {
  const [file, ...args] = cores ? ['taskset', '-c', cores, ...command] : command;
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  process.on('exit', () => child.kill('SIGKILL'));
  return {
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command[0]} ended`);
      const answer = JSON.parse(value);
      if (answer.error) throw new Error(answer.error);
      return answer;
    },
    async ask(text) {
      child.stdin.write(`${text}\n`);
      return this.next();
    },
    async end() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

// Processor time of this process's ended children.
function childrenCpu() {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

// A whole program, its output thrown away unless `keep`.
function whole(command, { cores, keep = false }) {
  const [file, ...args] = cores ? ['taskset', '-c', cores, ...command] : command;
  const began = { wall: performance.now(), cpu: childrenCpu() };
  const ran = spawnSync(file, args, { stdio: ['ignore', keep ? 'pipe' : 'ignore', 'pipe'], maxBuffer: 1 << 30,
    env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  if (ran.status !== 0) throw new Error(`${command.join(' ')}: ${ran.error ?? ran.stderr}`);
  return { wall: (performance.now() - began.wall) / 1000, cpu: childrenCpu() - began.cpu, output: ran.stdout };
}

// --- DuckDB ------------------------------------------------------------------------

function installDuck(folder) {
  mkdirSync(folder, { recursive: true });
  const ran = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, PACKAGE],
    { encoding: 'utf8', timeout: INSTALL_MS });
  return ran.status === 0 ? null : (ran.stderr || String(ran.error)).trim().split('\n')[0];
}

async function openDuck(folder, threads, cores) {
  const duck = resident(['node', 'bench/duck.mjs', folder], { cores });
  await duck.next();
  const { rows: [{ version }] } = await duck.ask(JSON.stringify({ open: threads }));
  return { version, sql: (sql) => duck.ask(JSON.stringify({ sql })), end: () => duck.end() };
}

// The cheapest types that hold the columns; those not asked for are skipped.
const COLUMNS = `{'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'Description': 'VARCHAR', 'Quantity': 'INTEGER',
  'InvoiceDate': 'TIMESTAMP', 'UnitPrice': 'DOUBLE', 'CustomerID': 'DOUBLE', 'Country': 'VARCHAR'}`;

// Amounts as whole thousandths: sums of doubles would tell equal customers apart.
const fromCsv = (csv) => `SELECT CAST(CustomerID AS INTEGER) AS customer, InvoiceNo AS invoice,
  CAST(InvoiceDate AS DATE) AS day, Quantity AS quantity, CAST(round(UnitPrice * 1000) AS BIGINT) AS milli
  FROM read_csv('${csv}', header = true, delim = ',', quote = '"', escape = '"', auto_detect = false, columns = ${COLUMNS})`;

const SALES = 'customer IS NOT NULL AND quantity > 0 AND milli > 0';

// lines: what gives customer, day, and what orders and sales are made of.
const scored = (lines, orders, sales) => `CREATE OR REPLACE TEMP TABLE scored AS
  WITH customers AS (SELECT customer, max(day) AS last_day, ${orders} AS orders, CAST(sum(${sales}) AS BIGINT) AS sales
    FROM ${lines} GROUP BY customer),
  ranked AS (SELECT *, count(*) OVER () AS n, CAST(sum(sales) OVER () AS BIGINT) AS total,
    rank() OVER (ORDER BY last_day) - 1 AS older, rank() OVER (ORDER BY orders) - 1 AS rarer,
    rank() OVER (ORDER BY sales) - 1 AS poorer, row_number() OVER (ORDER BY sales DESC, customer) AS place,
    CAST(coalesce(sum(sales) OVER (ORDER BY sales DESC, customer ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
      AS BIGINT) AS before FROM customers)
  SELECT customer, sales, 1 + 5 * older // n AS r, 1 + 5 * rarer // n AS f, 1 + 5 * poorer // n AS m,
    CASE WHEN CAST(before AS HUGEINT) * 100 < CAST(total AS HUGEINT) * 80 THEN 0
      WHEN CAST(before AS HUGEINT) * 100 < CAST(total AS HUGEINT) * 95 THEN 1 ELSE 2 END AS class,
    CASE WHEN place <= (n * 1 + 99) // 100 THEN 0 WHEN place <= (n * 20 + 99) // 100 THEN 1
      WHEN place <= (n * 50 + 99) // 100 THEN 2 ELSE 3 END AS tier FROM ranked`;

const fromLines = (lines) => scored(`(${lines} WHERE ${SALES} AND NOT starts_with(invoice, 'C'))`,
  'count(DISTINCT invoice)', 'quantity * milli');
const fromTable = scored(`(SELECT * FROM lines WHERE ${SALES} AND NOT cancelled)`, 'count(DISTINCT invoice)',
  'quantity * milli');
const fromOrders = scored('orders', 'count(*)', 'milli');

// --- the same figures from both sides -------------------------------------------------

const BANDS = [1, 2, 3, 4, 5];

async function digestOfDuck(duck) {
  const ask = async (sql) => (await duck.sql(sql)).rows;
  const [{ n, total }] = await ask('SELECT count(*) AS n, sum(sales) AS total FROM scored');
  const digest = { customers: Number(n), sales: `${total}000` };
  for (const score of ['r', 'f', 'm']) {
    const rows = await ask(`SELECT ${score} AS k, count(*) AS n FROM scored GROUP BY k`);
    digest[score] = BANDS.map((band) => Number(rows.find((row) => Number(row.k) === band)?.n ?? 0));
  }
  for (const [group, size] of [['class', 3], ['tier', 4]]) {
    const rows = await ask(`SELECT ${group} AS k, count(*) AS n, sum(sales) AS s FROM scored GROUP BY k`);
    digest[group === 'class' ? 'classes' : 'tiers'] = Array.from({ length: size }, (_, k) => {
      const row = rows.find((one) => Number(one.k) === k);
      return row ? [Number(row.n), `${row.s}000`] : [0, '0'];
    });
  }
  return digest;
}

// 10^-6 as the program's decimal strings tell them.
function micros(text) {
  const [wholePart, fraction = ''] = text.split('.');
  return String(BigInt(wholePart + fraction.padEnd(6, '0')));
}

function digestOfCommand(command, cores) {
  const json = (what) => JSON.parse(whole([...command(what), '--format', 'json'], { cores, keep: true }).output);
  const rfm = json('rfm');
  const { classes } = json('abc');
  const { tiers } = json('pyramid');
  const group = (one) => [one.customers, micros(one.sales)];
  return { customers: rfm.customers, sales: micros(rfm.sales), r: rfm.hist.R, f: rfm.hist.F, m: rfm.hist.M,
    classes: ['A', 'B', 'C'].map((name) => group(classes[name])), tiers: tiers.map(group) };
}

const digestOfStore = ({ customers, sales, r, f, m, classes, tiers }) => ({ customers, sales, r, f, m, classes, tiers });

function mustAgree(what, ours, theirs) {
  const [a, b] = [JSON.stringify(ours), JSON.stringify(theirs)];
  if (a !== b) throw new Error(`${what}: the results differ\n  ours   ${a}\n  DuckDB ${b}`);
}

// --- parts ------------------------------------------------------------------------------

const seconds = (t) => `${t.wall.toFixed(3)} s, ${t.cpu.toFixed(3)} s CPU`;
const times = (ours, theirs) => `${(theirs.wall / ours.wall).toFixed(1)} × (${(theirs.cpu / ours.cpu).toFixed(1)} ×)`;

async function csvPart(t, duck) {
  const command = (what) => [t.binary, 'analyze', what, t.csv];
  const ours = [];
  const theirs = [];
  for (let i = 0; i < t.rounds; i++) {
    ours.push(whole([...command('rfm'), '--format', 'csv'], { cores: t.cores }));
    if (duck) theirs.push(await duck.sql(fromLines(fromCsv(t.csv))));
  }
  const mine = medians(ours);
  const title = `R-F-M, ABC and tiers of ${t.count(t.lines)} lines from CSV (${Math.round(statSync(t.csv).size / 1e6)} MB)`;
  const digest = digestOfCommand(command, t.cores);
  if (!duck) return t.note(title, seconds(mine), '', '', '≥ 3 ×');
  mustAgree('from CSV', digest, await digestOfDuck(duck));
  return t.note(title, seconds(mine), `DuckDB ${seconds(medians(theirs))}`, times(mine, medians(theirs)), '≥ 3 ×');
}

async function fillDuck(duck, csv) {
  await duck.sql(`CREATE TABLE lines AS SELECT customer, TRY_CAST(replace(invoice, 'C', '') AS INTEGER) AS invoice,
    starts_with(invoice, 'C') AS cancelled, day, quantity, milli FROM (${fromCsv(csv)})`);
  await duck.sql(`CREATE TABLE orders AS SELECT customer, max(day) AS day, sum(quantity * milli)::BIGINT AS milli FROM lines
    WHERE ${SALES} AND NOT cancelled GROUP BY customer, invoice`);
}

async function storePart(t, ducks) {
  const store = resident(['build-bench/bench/value', 'serve', '--db', t.db], { cores: t.cores });
  await store.next();
  let last = await store.ask('full'); // makes the columns
  const ours = [];
  const theirs = ducks.map(() => ({ lines: [], orders: [] }));
  for (let i = 0; i < t.rounds * 3; i++) {
    ours.push(last = await store.ask('full'));
    for (const [k, duck] of ducks.entries()) {
      theirs[k].lines.push(await duck.sql(fromTable));
      if (i === 0) mustAgree('from the store', digestOfStore(last), await digestOfDuck(duck));
      theirs[k].orders.push(await duck.sql(fromOrders));
      if (i === 0) mustAgree('from orders', digestOfStore(last), await digestOfDuck(duck));
    }
  }
  const mine = medians(ours);
  const shown = `${(mine.wall * 1000).toFixed(1)} ms, ${(mine.cpu * 1000).toFixed(1)} ms CPU`;
  const title = `the same from the store's columns (${t.count(last.orders)} orders of ${t.count(last.customers)} customers)`;
  if (ducks.length === 0) t.note(title, shown, '', '', '≥ 6 ×');
  for (const [k, runs] of theirs.entries()) {
    const threads = `${k + 1} thread${k ? 's' : ''}`;
    t.note(title, shown, `DuckDB in memory, lines, ${threads}: ${seconds(medians(runs.lines))}`,
      times(mine, medians(runs.lines)), '≥ 6 ×');
    t.note('DuckDB over the orders alone', shown, `${threads}: ${seconds(medians(runs.orders))}`,
      times(mine, medians(runs.orders)));
  }
  return store;
}

async function orderPart(t, store) {
  const one = await store.ask(`rescore ${ORDERS}`);
  if (one.wrong !== 0) throw new Error(`${one.wrong} customers are scored otherwise than by a full run`);
  t.note(`one order → its customer's scores, ${t.count(one.customers)} customers (${t.count(one.by_model)} valued), all equal`,
    `median ${one.scores.median_us.toFixed(0)} µs, ${one.cpu.median_us.toFixed(0)} µs CPU, p99 ${one.scores.p99_us.toFixed(0)} µs`, '', '', '< 50 µs');
  t.note('… and the statistics before them', `median ${one.statistics.median_us.toFixed(0)} µs`);
}

function modelPart(t, customers, rounds, goals) {
  const ran = whole(['build-bench/bench/btyd', '--customers', String(customers), '--rounds', String(rounds)],
    { cores: t.cores, keep: true });
  const got = JSON.parse(ran.output);
  if (!got.identified) throw new Error('the models do not fit their own data');
  const ms = ({ wall, cpu }) => `${(wall * 1000).toFixed(1)} ms, ${(cpu * 1000).toFixed(1)} ms CPU`;
  t.note(`BG/NBD + Gamma-Gamma, fit and scores, ${t.count(customers)} customers`, ms(got.value), '', '', goals[0]);
  t.note(`Pareto/NBD, fit, ${t.count(customers)} customers`, ms(got.pareto), '', '', goals[1]);
}

// tools: what run.mjs measures everything with.
export async function analytics({ binary, folder, rounds, cores, threads, retail, guanxi, note, count }) {
  const t = { binary, rounds, cores, note, count, csv: join(folder, 'lines.csv'), db: `sqlite:${join(folder, 'value.db')}` };
  modelPart(t, 23570, 11, ['≤ 20 ms', '≤ 60 ms']);
  modelPart(t, 1000000, 3, ['≤ 400 ms', '']);
  t.lines = await writeLines(retail, folder, t.csv, join(folder, 'orders.txt'));
  guanxi('init', '--db', t.db, '--admin', 'bench', '--currency', 'GBP');
  whole(['build-bench/bench/value', 'fill', '--db', t.db, '--orders', join(folder, 'orders.txt')], {});
  const failed = installDuck(join(folder, 'duckdb'));
  const ducks = [];
  if (failed !== null) note('DuckDB', `left out: ${PACKAGE} can't be installed: ${failed}`);
  for (let n = 1; failed === null && n <= threads; n++) ducks.push(await openDuck(join(folder, 'duckdb'), n, cores));
  if (ducks.length > 0) note('DuckDB', ducks[0].version);
  await csvPart(t, ducks.at(-1));
  for (const duck of ducks) await fillDuck(duck, t.csv);
  const store = await storePart(t, ducks);
  for (const duck of ducks) await duck.end();
  await orderPart(t, store);
  await store.end();
}
