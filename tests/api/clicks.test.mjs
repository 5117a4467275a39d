/* Every figure of the value pages opens the list of those it counts: as many,
 * for who sees everybody and for a seller who sees his own. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { KIND, freshDatabase, guanxi, newToken, startServer } from './lib.mjs';
import { patiently, together } from './random.mjs';

const CUSTOMERS = 300;
const seen = {}; /* by whom → client */

/* The demonstration company; on PostgreSQL a copy of it, which is faster. */
function company() {
  const file = freshDatabase('sqlite');
  const made = guanxi(['demo', '--db', file.url, '--customers', String(CUSTOMERS)]);
  assert.equal(made.code, 0, made.err);
  if (KIND === 'sqlite') return file;
  const db = freshDatabase();
  const copied = guanxi(['copy', '--from', file.url, '--to', db.url]);
  assert.equal(copied.code, 0, copied.err);
  return db;
}

before(async () => {
  const db = company();
  const server = await startServer({ db });
  seen.everybody = server.client({ token: newToken(db, 'admin') });
  seen['his own'] = server.client({ token: newToken(db, 'liwei') });
  const { body } = await seen.everybody.post('/grading/run');
  for (let tries = 0; ; tries++) {
    const job = (await seen.everybody.get(`/jobs/${body.job.id}`)).body;
    if (job.state === 'done') break;
    assert.ok(tries < 2400 && job.state !== 'failed', JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
  }
});

async function get(by, path) {
  for (let tries = 0; ; tries++) {
    const answer = await patiently(() => by.get(path));
    if (answer.status === 503 && tries < 20) { /* the columns are being made */
      await new Promise((done) => setTimeout(done, 250));
      continue;
    }
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.body;
  }
}

/* [what, how many, the list's address] */
async function check(by, figures) {
  assert.ok(figures.some(([, n]) => n > 0), 'there is something to count');
  const left = [...figures];
  await together(3, async () => {
    while (left.length > 0) {
      const [what, n, path] = left.pop();
      const { count } = await get(by, `${path}${path.includes('?') ? '&' : '?'}limit=1&count=exact`);
      assert.deepEqual(count, { value: n, capped: false }, `${what}: ${path}`);
    }
  });
}

const customers = (query) => `/customers?${query}`;

/* Each page's figures. */
const PAGES = {
  async pyramid(by) {
    const { tiers } = await get(by, '/analytics/pyramid?rows=false');
    return tiers.map((t) => [t.tier, t.customers, customers(`grade=${t.tier}`)]);
  },
  async abc(by) {
    const { classes } = await get(by, '/analytics/abc?rows=false');
    return Object.entries(classes).map(([name, c]) => [name, c.customers, customers(`abc_class=${name.toLowerCase()}`)]);
  },
  async 'rfm scores'(by) {
    const { hist } = await get(by, '/analytics/rfm?rows=false');
    return Object.entries(hist).flatMap(([key, counts]) =>
      counts.map((n, k) => [`${key} ${k + 1}`, n, customers(`${key.toLowerCase()}_score=${k + 1}`)]));
  },
  async 'rfm cells'(by) {
    const { cells } = await get(by, '/analytics/rfm_cells');
    return cells.map((c) => [`${c.R} ${c.F}`, c.customers, customers(`r_score=${c.R}&f_score=${c.F}`)]);
  },
  async 'pareto points'(by) {
    const { points, customers: all } = await get(by, '/analytics/pareto');
    assert.equal(points.at(-1).n, all);
    assert.ok(points.every((p, k) => k === 0 || (p.n > points[k - 1].n && p.sales >= points[k - 1].sales)));
    assert.ok(points.every((p) => Math.abs(p.customers - p.n / all) < 1e-12) && Math.abs(points.at(-1).sales - 1) < 1e-12);
    return points.filter((_, k) => k % 5 === 0 || k === points.length - 1).map((p) => [`best ${p.n}`, p.n, customers(p.query)]);
  },
  async 'grade moves'(by) {
    const { months } = await get(by, '/analytics/grade_moves');
    return months.flatMap((m) => m.moves.map((x) => [`${m.month} ${x.from} ${x.to}`, x.customers, customers(x.query)]));
  },
  async retention(by) {
    const spans = await Promise.all(['month', 'quarter', 'year'].map((p) => get(by, `/analytics/retention?period=${p}`)));
    return spans.flatMap(({ periods }) => periods.slice(-4).flatMap((p) =>
      ['active', 'new', 'base', 'kept'].map((k) => [`${k} ${p.from}`, p[k], customers(p.queries[k])])));
  },
  async ladder(by) {
    const { rungs, classes, stages } = await get(by, '/analytics/ladder');
    return [
      ...rungs.flatMap((r) => [[r.ladder_rung, r.customers, customers(`ladder_rung=${r.ladder_rung}`)],
        [`reached ${r.ladder_rung}`, r.reached, customers(`reached=${r.ladder_rung}`)]]),
      ...classes.map((c) => [c.relation_class, c.customers, customers(`relation_class=${c.relation_class}`)]),
      ...stages.map((s) => [s.lifecycle_stage, s.customers, customers(`lifecycle_stage=${s.lifecycle_stage}`)]),
    ];
  },
  async churn(by) {
    const { bands } = await get(by, '/analytics/churn');
    return bands.map((b) => [b.band, b.customers, customers(`risk_band=${b.band}`)]);
  },
};

for (const [page, figures] of Object.entries(PAGES))
  describe(page, () => {
    for (const who of ['everybody', 'his own'])
      test(`for who sees ${who}`, async () => check(seen[who], await figures(seen[who])));
  });

test('losses by state and by cause', async () => {
  const by = seen.everybody;
  const { accounts, states, causes } = await get(by, '/analytics/losses');
  if (accounts === 0) return;
  await check(by, [
    ['all', accounts, '/loss_accounts?state[not_in]=rejected'],
    ...states.map((s) => [s.state, s.accounts, `/loss_accounts?state=${s.state}`]),
    ...causes.map((c) => [c.cause, c.accounts, `/loss_accounts?${c.cause === null ? 'cause[empty]=true' : `cause=${c.cause}`}&state[not_in]=rejected`]),
  ]);
});

test('what is no month, span, move or rung is refused by name', async () => {
  for (const [query, code] of [['bought=2026', 'not_month'], ['bought=2026-03,', null], ['bought=2026-03-01..2026-02-01', 'not_days'],
    ['bought=2026-03-01..', 'not_days'], ['bought=2026-01,2026-02,2026-03,2026-04,2026-05', 'too_many_values'],
    ['moved=2026-03', 'not_move'], ['reached=heaven', 'not_option'], ['reached=member', 'not_option']]) {
    const answer = await seen.everybody.get(customers(query));
    if (code === null) assert.equal(answer.status, 200, query);
    else assert.deepEqual([answer.status, answer.body.errors[0].code], [422, code], query);
  }
  assert.equal((await seen.everybody.get('/orders?moved=2026-03:small:vip')).status, 422, 'customers alone are asked for so');
});

test('they page, search, and export like filters', async () => {
  const by = seen.everybody;
  const { rungs } = await get(by, '/analytics/ladder');
  const { reached } = rungs.find((r) => r.ladder_rung === 'first_purchase');
  const found = new Set();
  for (let next = customers('reached=first_purchase&sort=-sales&limit=100'); next !== null;) {
    const page = await get(by, next);
    for (const c of page.data) found.add(c.id);
    next = page.links.next;
  }
  assert.equal(found.size, reached);
  const asked = await by.post('/customers/search', { reached: 'first_purchase', limit: 1, count: 'exact' });
  assert.equal(asked.body.count.value, reached, asked.text);
  const started = await by.post('/exports', { entity: 'customer', format: 'csv', reached: 'first_purchase', fields: ['id'] });
  assert.equal(started.status, 202, started.text);
  const { id } = started.body.job;
  for (let tries = 0; (await get(by, `/jobs/${id}`)).state !== 'done'; tries++) {
    assert.ok(tries < 1200);
    await new Promise((done) => setTimeout(done, 50));
  }
  const file = await by.get(`/jobs/${id}/file`);
  assert.equal(file.text.trim().split('\n').length - 1, reached);
  const cursor = (await get(by, customers('reached=first_purchase&limit=1'))).links.next;
  assert.equal((await by.get(cursor.replace('reached=first_purchase', 'reached=client'))).status, 400, 'a page is of one question');
});
