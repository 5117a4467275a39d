/* Repeatable chance: the same seed, the same story. GUANXI_SEED overrides. */
export const SEED = Number(process.env.GUANXI_SEED ?? 20260321);

/* mulberry32 */
export class Random {
  constructor(seed = SEED) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /* Whole number in [low, high]. */
  int(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick(list) {
    return list[this.int(0, list.length - 1)];
  }

  /* True once in n. */
  once(n) {
    return this.int(1, n) === 1;
  }

  /* A day between two years. */
  day(from = 2022, to = 2024) {
    const ms = Date.UTC(from, 0, 1) + this.int(0, (to - from + 1) * 365 - 1) * 86400000;
    return new Date(ms).toISOString().slice(0, 10);
  }
}

/* Runs the works side by side and waits for all; the first failure counts. */
export async function together(n, work) {
  await Promise.all(Array.from({ length: n }, (_, k) => work(k)));
}

/* Reads have a budget of time, which a busy machine may use up without the
 * question being too broad: asks again. */
export async function patiently(ask) {
  for (let tries = 0; ; tries++) {
    const answer = await ask();
    if (answer.body?.code !== 'query_too_broad' || tries === 50) return answer;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/* Every row of a list, page by page. */
export async function readAll(client, path) {
  const rows = [];
  let next = `${path}${path.includes('?') ? '&' : '?'}limit=500&count=none`;
  while (next !== null) {
    const answer = await patiently(() => client.get(next));
    if (answer.status !== 200) throw new Error(`${next}: ${answer.status} ${answer.text}`);
    rows.push(...answer.body.data);
    next = answer.body.links.next;
  }
  return rows;
}
