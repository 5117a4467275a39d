// GET of one record while the same server has other things to do: while it
// imports (what readers notice of the writer, and the memory and processor time
// the import took), and while eight clients ask for the slowest list there is.
import { once } from 'node:events';
import { join } from 'node:path';

import { writeCustomers } from './data.mjs';
import { BOTH_CORES, cpuSeconds, load, pssKib, start, stop } from './process.mjs';

const FIRST = 2000; // customers to get; the import finds them there
const CONNECTIONS = 4;
const LOOK_MS = 250;
const SLOW_CLIENTS = 8;
const PROBES = 5;
const WARM_SECONDS = 1;

// Lists that no index answers: read through and sorted, counted, searched.
const SLOW_LISTS = ['sort=phone', 'sort=-address', 'note[contains]=第89批导入', 'address[contains]=路88号&sort=name',
  'city=上海&sort=-sales', 'name[contains]=有限公司&sort=created_at', 'q=上海&sort=-sales', 'q=有限公司&sort=name',
  'sort=city,-sales', 'city[ne]=上海&count=exact', 'email[empty]=false&sort=-website&count=exact'];

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

// wrk, as long as the import goes on; only whole runs beside it count.
async function readBeside(side, importing, { seconds, file }) {
  const runs = [];
  const ended = () => importing.child.exitCode !== null;
  while (!ended()) {
    const run = await load(side.server, { url: side.url, token: side.token, seconds, connections: CONNECTIONS,
      mode: 'get', prefix: '/api/v1', file });
    if (!ended()) runs.push(run);
  }
  return runs;
}

// tools: what run.mjs measures everything with.
export async function beside({ binary, folder, rows, seconds, guanxi, serve, lines, note, mib, count }) {
  const db = `sqlite:${join(folder, 'beside.db')}`;
  const csv = join(folder, 'beside.csv');
  await writeCustomers(csv, FIRST);
  guanxi('init', '--db', db, '--admin', 'bench');
  guanxi('import', 'customers', csv, '--db', db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const side = { ...await serve(db), token };
  const file = lines('beside-ids', Array.from({ length: FIRST }, (_, i) => i + 1));
  const ask = { url: side.url, token, seconds, connections: CONNECTIONS, mode: 'get', prefix: '/api/v1', file };
  const alone = await load(side.server, ask);
  await writeCustomers(csv, rows);

  const cpu = cpuSeconds(side.server.pid);
  const began = performance.now();
  let peak = 0;
  const look = setInterval(() => { peak = Math.max(peak, pssKib(side.server.pid)); }, LOOK_MS);
  const command = [binary, 'import', 'customers', csv, '--server', side.url, '--token', token, '--format', 'json'];
  const quiet = start(command, { cores: BOTH_CORES });
  const [code] = await once(quiet.child, 'close');
  if (code !== 0) throw new Error(`import: ${quiet.output}`);
  const took = cpuSeconds(side.server.pid) - cpu;
  const clock = (performance.now() - began) / 1000;
  clearInterval(look);
  note(`import of ${count(rows)} customers through the server`, `${count(rows / clock)} rows/s, ${
    count(rows / took)} rows per CPU second`, '', '', '≥ 20,000 rows/s');
  note('peak memory (PSS) of the server in it', mib(peak), '', '', '≤ 96 MiB');

  const again = start([...command, '--on-duplicate', 'create', '--map', 'code=', '--source', 'again'], { cores: BOTH_CORES });
  const runs = await readBeside(side, again, { seconds, file });
  if (again.child.exitCode !== 0) throw new Error(`import: ${again.output}`);
  note('GET of one record, nothing else', `p50 ${alone.p50.toFixed(1)} ms, p99 ${alone.p99.toFixed(1)} ms`);
  note('GET of one record while an import runs', runs.length === 0 ? 'the import ended first: take more rows'
    : `p50 ${median(runs.map((r) => r.p50)).toFixed(1)} ms, p99 ${median(runs.map((r) => r.p99)).toFixed(1)} ms`,
  '', '', 'p99 ≤ 5 ms');
  await stop(side.server);
}

// --- slow lists ------------------------------------------------------------------

// The list that takes longest of those that are answered each time, and how
// long that is.
async function slowest(side) {
  let found = { ms: 0 };
  for (const query of SLOW_LISTS) {
    const path = `/api/v1/customers?limit=50&${encodeURI(query)}`;
    const took = [];
    for (let i = 0; i < PROBES; i++) {
      const began = performance.now();
      const answer = await fetch(side.url + path, { headers: { authorization: `Bearer ${side.token}` } });
      await answer.arrayBuffer();
      if (answer.status === 200) took.push(performance.now() - began);
    }
    if (took.length === PROBES && median(took) > found.ms) found = { ms: median(took), query, path };
  }
  return found;
}

// kind: "SQLite" or "PostgreSQL"; db: an empty database of it.
export async function besideLists(kind, db, { folder, rows, seconds, guanxi, serve, lines, note }) {
  const csv = join(folder, 'beside-lists.csv');
  await writeCustomers(csv, rows);
  guanxi('init', '--db', db, '--admin', 'bench');
  guanxi('import', 'customers', csv, '--db', db);
  const token = guanxi('user', 'token', '--db', db, '--login', 'bench').split('\n').pop();
  const side = { ...await serve(db), token };
  const get = { url: side.url, token, seconds, connections: CONNECTIONS, mode: 'get', prefix: '/api/v1',
    file: lines('beside-get', Array.from({ length: FIRST }, (_, i) => i + 1)), refused: true };
  const slow = await slowest(side);
  const lists = { url: side.url, token, connections: SLOW_CLIENTS, mode: 'paths', prefix: '',
    file: lines('beside-list', [slow.path]), refused: true };
  const alone = await load(side.server, get);
  const under = load(side.server, { ...lists, seconds: seconds + 2 * WARM_SECONDS });
  await new Promise((resolve) => { setTimeout(resolve, WARM_SECONDS * 1000); });
  const beneath = await load(side.server, get);
  const told = await under;
  const shown = (r) => `p50 ${r.p50.toFixed(1)} ms, p99 ${r.p99.toFixed(1)} ms${r.refused > 0 ? `, ${r.refused} refused` : ''}`;
  note(`${kind}: GET of one record, nothing else`, shown(alone));
  note(`${kind}: the same while ${SLOW_CLIENTS} clients ask for customers?${slow.query} (${slow.ms.toFixed(0)} ms alone)`,
    `${shown(beneath)}; ${told.perSecond.toFixed(1)} lists/s, p50 ${told.p50.toFixed(0)} ms${
      told.refused > 0 ? `, ${told.refused} refused` : ''}`, '', '', 'p99 ≤ 10 ms');
  await stop(side.server);
}
