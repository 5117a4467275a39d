// DuckDB in a process of its own, which answers one request a line: { sql } or
// { open } gives { rows, wall, cpu } or { error }. Times are of the statement
// alone: wall clock and the processor time of all its threads.
//
//   node bench/duck.mjs FOLDER     (where @duckdb/node-api is installed)
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const installed = createRequire(join(process.argv[2], 'package.json')).resolve('@duckdb/node-api');
const { DuckDBInstance, version } = await import(pathToFileURL(installed).href);

let connection;

const handlers = {
  open: async (threads) => {
    const instance = await DuckDBInstance.create(':memory:', { threads: String(threads) });
    connection = await instance.connect();
    return [{ version: version() }];
  },
  sql: async (text) => (await connection.runAndReadAll(text)).getRowObjectsJson(),
};

function say(answer) {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const [[name, argument]] = Object.entries(JSON.parse(line));
  const began = { wall: performance.now(), cpu: process.cpuUsage() };
  try {
    const rows = await handlers[name](argument);
    const cpu = process.cpuUsage(began.cpu);
    say({ rows, wall: (performance.now() - began.wall) / 1000, cpu: (cpu.user + cpu.system) / 1e6 });
  } catch (error) {
    say({ error: error.message });
  }
}
