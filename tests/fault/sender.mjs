/* Sends more than can be done, whether or not answers come (overload.test.mjs,
 * bench/overload.mjs). The requests are heavy, so that the sender is no match
 * for the machine. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { awake } from '../api/lib.mjs';

const SATURATE_MS = 1500;

export const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))] ?? 0;

export class Sender {
  constructor(server, token) {
    this.url = new URL(server.url);
    this.token = token;
    this.agent = new Agent({ keepAlive: true });
    this.n = 0;
  }

  /* → { status, ms, retry } */
  one({ method, path, body }) {
    const begun = awake();
    return new Promise((done, failed) => {
      const r = request({
        agent: this.agent, host: this.url.hostname, port: this.url.port, method, path: `/api/v1${path}`,
        headers: { authorization: `Bearer ${this.token}`, ...(body ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } : {}) },
      }, (answer) => {
        answer.resume();
        answer.on('end', () => done({ status: answer.statusCode, ms: awake() - begun, retry: answer.headers['retry-after'] }));
      });
      r.on('error', failed);
      r.end(body);
    });
  }

  /* What it can do: so many at a time, each after the other, a second. */
  async saturate(make, atATime) {
    const until = performance.now() + SATURATE_MS;
    let n = 0;
    await Promise.all(Array.from({ length: atATime }, async () => {
      while (performance.now() < until) if ((await this.one(make(this.n++))).status < 300) n++;
    }));
    return (n * 1000) / SATURATE_MS;
  }

  /* rate a second for ms, whatever the answers do. */
  async flood(make, rate, ms) {
    const answers = [];
    const begun = performance.now();
    for (let sent = 0; performance.now() - begun < ms; ) {
      const due = Math.floor(((performance.now() - begun) / 1000) * rate);
      while (sent < due) {
        sent++;
        answers.push(this.one(make(this.n++)));
      }
      await pause(2);
    }
    return Promise.all(answers);
  }
}

const reads = (n) => ({ method: 'POST', path: '/customers/search', body: JSON.stringify({ filter: { field: 'name', op: 'ne', value: `无${n}` }, limit: 1, count: 'exact' }) });
const writes = (n) => ({
  method: 'POST', path: '/batch',
  body: JSON.stringify({ operations: Array.from({ length: 40 }, (_, i) => ({ op: 'create', object: 'customers', data: { name: `批${n}-${i}` } })) }),
});
const both = (n) => (n % 2 === 0 ? reads(n) : writes(n));
export const works = { reads, writes, both };
