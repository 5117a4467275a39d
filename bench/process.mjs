// Programs under measurement: started on a core of their own, asked for their
// memory and processor time, ended with the run.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus } from 'node:os';

const TICKS_PER_SECOND = 100; // USER_HZ
const running = new Set();

export const PINNED = cpus().length >= 2;
const SERVER_CORE = '1';
export const CLIENT_CORE = '0';
const PSS_LOOK_MS = 250;

function pinned(core, command) {
  return PINNED ? ['taskset', '-c', core, ...command] : command;
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export const BOTH_CORES = `${CLIENT_CORE},${SERVER_CORE}`;

// cores: where it may run; by default the server's own one.
export function start(command, { cores = SERVER_CORE, ...options } = {}) {
  const [file, ...args] = pinned(cores, command);
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  const server = { child, pid: child.pid, output: '' };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part) => { server.output += part; });
  running.add(server);
  child.on('exit', () => running.delete(server));
  return server;
}

export async function stop(server) {
  if (server.child.exitCode !== null || server.child.signalCode !== null) return;
  const gone = once(server.child, 'exit');
  server.child.stdin.end();
  server.child.kill('SIGTERM');
  await gone;
}

process.on('exit', () => { for (const server of running) server.child.kill('SIGKILL'); });
process.on('SIGINT', () => process.exit(130));

// Runs to the end; the highest resident memory it ever had, in KiB.
export async function finish(command, options = {}) {
  const began = performance.now();
  const server = start(command, options);
  server.child.stdin.end();
  let peak = 0;
  const look = setInterval(() => { peak = Math.max(peak, field(server.pid, 'status', 'VmHWM')); }, 20);
  const [code] = await once(server.child, 'close');
  clearInterval(look);
  return { code, output: server.output, peakKib: peak, seconds: (performance.now() - began) / 1000 };
}

function field(pid, file, name) {
  const path = `/proc/${pid}/${file}`;
  if (!existsSync(path)) return 0;
  try {
    const found = readFileSync(path, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+)`, 'm'));
    return found ? Number(found[1]) : 0;
  } catch {
    return 0; // it ended between the two lines above
  }
}

export const pssKib = (pid) => field(pid, 'smaps_rollup', 'Pss');

export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

const MS = { us: 0.001, ms: 1, s: 1000, m: 60000 };

// Runs to the end while the server's memory is looked at; server.peakKib keeps
// the most it has had (PSS).
async function watched(server, command, cores) {
  const wrk = start(command, { cores });
  wrk.child.stdin.end();
  const look = setInterval(() => { server.peakKib = Math.max(server.peakKib ?? 0, pssKib(server.pid)); }, PSS_LOOK_MS);
  await once(wrk.child, 'close');
  clearInterval(look);
  return wrk.output;
}

// One run of wrk against a server. Throws when answers were not 2xx, unless
// refusals (a list that is too broad) are to be counted.
export async function load(server, { url, connections, seconds, mode, prefix, token = '-', file = '-',
  cores = CLIENT_CORE, refused = false }) {
  const before = cpuSeconds(server.pid);
  const text = await watched(server, ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '--timeout', '30s',
    '-s', 'bench/wrk.lua', url, '--', mode, prefix, token, file], cores);
  const cpu = cpuSeconds(server.pid) - before;
  const perSecond = Number(text.match(/Requests\/sec:\s+([\d.]+)/)?.[1] ?? 0);
  const requests = Number(text.match(/(\d+) requests in/)?.[1] ?? 0);
  const others = text.match(/Non-2xx or 3xx responses: (\d+)/);
  const bad = (refused ? null : others) ?? text.match(/Socket errors: (.*)/);
  if (requests === 0 || bad)
    throw new Error(`wrk ${mode} ${url}: ${bad ? bad[0] : text}`);
  const centile = (name) => {
    const [, value, unit] = text.match(new RegExp(`${name}%\\s+([\\d.]+)(us|ms|s|m)`)) ?? [null, NaN, 'ms'];
    return Number(value) * MS[unit];
  };
  return { perSecond, p50: centile('50'), p99: centile('99'), cpuUs: (cpu / requests) * 1e6, refused: Number(others?.[1] ?? 0) };
}
