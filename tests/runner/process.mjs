/* Child processes with a time limit, each in a process group of its own so
 * that what a test started ends with it. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const CORES = availableParallelism?.() ?? 2;

const MAX_OUTPUT = 8 << 20;
/* A file takes minutes; one that takes so long on a slow machine, too, hangs. */
const TIMEOUT_S = 2400;
const groups = new Set();

function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    /* already gone */
  }
}

export function killAll() {
  for (const pid of groups) killGroup(pid);
}

/* Runs a command; answers {code, output, seconds, timedOut}. code is 127 when
 * it could not be started, 128 + n when signal n ended it. */
export function run(command, args, { env = {}, timeoutS = TIMEOUT_S, cwd = ROOT } = {}) {
  return new Promise((done) => {
    const start = Date.now();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    let timedOut = false;
    const add = (text) => {
      if (output.length < MAX_OUTPUT) output += text;
    };
    if (child.pid) groups.add(child.pid);
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup(child.pid);
    }, timeoutS * 1000);
    const end = (code) => {
      clearTimeout(timer);
      if (child.pid) {
        killGroup(child.pid);
        groups.delete(child.pid);
      }
      done({ code, output, timedOut, seconds: (Date.now() - start) / 1000 });
    };
    child.on('error', (error) => {
      add(`${command}: ${error.message}\n`);
      end(127);
    });
    /* Not 'close': a process left behind may hold the pipes open. */
    child.on('exit', (code, signal) => {
      if (code !== null) setTimeout(end, 50, code);
      else {
        add(`ended by ${signal}\n`);
        setTimeout(end, 50, 128);
      }
    });
  });
}

/* Runs job(item) for all items, at most `width` at a time. */
export async function pool(items, width, job) {
  const queue = [...items];
  const worker = async () => {
    while (queue.length > 0) await job(queue.shift());
  };
  await Promise.all(Array.from({ length: width }, worker));
}
