// GET of one record while the same server imports: what the readers notice of
// the writer, and the memory and processor time the import took.
import { once } from 'node:events';
import { join } from 'node:path';

import { writeCustomers } from './data.mjs';
import { BOTH_CORES, cpuSeconds, load, pssKib, start, stop } from './process.mjs';

const FIRST = 2000; // customers to get; the import finds them there
const CONNECTIONS = 4;
const LOOK_MS = 250;

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
