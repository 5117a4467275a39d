/* Every figure of the value pages opens the list of those it counts: as many,
 * for who sees everybody and for a seller who sees his own. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { demoCompany, newToken, startServer } from './lib.mjs';
import { patiently, together } from './random.mjs';

const CUSTOMERS = 300;
const seen = {}; /* by whom → client */

/* Two who bought five and a half years ago, one of them this year too: the
 * other one is lost, with an account of it. */
async function longAgo(by) {
  const day = (age) => new Date(Date.now() - age * 86400000).toISOString().slice(0, 10);
  for (const [name, ages] of [['Gone', [2000, 1990]], ['Stayed', [2000, 40]]]) {
    const { id } = (await by.post('/customers', { name })).body;
    for (const age of ages) {
      const made = await by.post('/orders', { customer_id: id, number: `${name}${age}`, ordered_on: day(age), amount: 123456 });
      assert.equal(made.status, 201, made.text);
    }
  }
}

before(async () => {
  const db = demoCompany(CUSTOMERS);
  const server = await startServer({ db });
  seen.everybody = server.client({ token: newToken(db, 'admin') });
  seen['his own'] = server.client({ token: newToken(db, 'liwei') });
  await longAgo(seen.everybody);
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
    if (answer.status === 503 && tries < 240) { /* the columns are being made */
      await new Promise((done) => setTimeout(done, 250));
      continue;
    }
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.body;
  }
}

/* [what, how many, the list's address] */
async function check(by, figures, needed = []) {
  for (const name of needed) assert.ok(figures.some(([what, n]) => what === name && n > 0), `${name} has somebody`);
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
  async 'profit of the tiers'(by) {
    const told = await get(by, '/analytics/tier_profits');
    assert.ok(Number(told.profit) > 0 && told.known > 0, JSON.stringify(told));
    for (const t of told.tiers) assert.ok(Math.abs(t.share - Number(t.profit) / Number(told.profit)) < 1e-9, JSON.stringify(t));
    assert.ok(Math.abs(told.tiers.reduce((sum, t) => sum + t.share, 0) - 1) < 1e-9);
    return [['without a profit', told.customers - told.known, customers(told.unknown_query)],
      ...told.tiers.map((t) => [t.tier, t.customers, customers(`grade=${t.tier}`)])];
  },
  async abc(by) {
    const { classes } = await get(by, '/analytics/abc?rows=false');
    return Object.entries(classes).map(([name, c]) => [name, c.customers, customers(`abc_class=${name.toLowerCase()}`)]);
  },
  async 'rfm scores'(by) {
    const odd = await by.get('/analytics/rfm?rows=no');
    assert.deepEqual([odd.status, odd.body.errors[0].field, odd.body.errors[0].code], [422, 'rows', 'not_bool'], odd.text);
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
    const { cost, five_years } = spans[0];
    return [
      ...spans.flatMap(({ periods }) => periods.slice(-4).flatMap((p) =>
        ['active', 'new', 'base', 'kept'].map((k) => [`${k} ${p.from}`, p[k], customers(p.queries[k])]))),
      ...['winning', 'keeping'].map((side) => [side, cost[side].customers, customers(cost[side].query)]),
      ['ledger', cost.winning.entries + cost.keeping.entries, `/cost_entries?${cost.ledger_query}`],
      ...['base', 'lost'].map((k) => [`five years ${k}`, five_years[k], customers(five_years.queries[k])]),
    ];
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
  async cohorts(by) {
    const { cohorts } = await get(by, '/analytics/cohorts');
    const month = (start, k) => new Date(Date.UTC(Number(start.slice(0, 4)), Number(start.slice(5)) - 1 + k)).toISOString().slice(0, 7);
    const first = (c) => `first_order_on[gte]=${c.cohort}-01&first_order_on[lt]=${month(c.cohort, 1)}-01`;
    const cells = cohorts.slice(-14).flatMap((c) => [0, 1, 5].filter((k) => k < c.active.length)
      .map((k) => [`${c.cohort} ${k}`, c.active[k], customers(k === 0 ? first(c) : `${first(c)}&bought=${month(c.cohort, k)}`)]));
    const averages = [0, 1, 2, 7].flatMap((k) => {
      const old = cohorts.slice(-24).filter((c) => c.active.length > k);
      if (old.length === 0) return [];
      return [[`month ${k}`, old.reduce((n, c) => n + c.active[k], 0), customers(`returned=${k}:${old[0].cohort}..${old.at(-1).cohort}`)]];
    });
    return [...cells, ...averages];
  },
  async matrix(by) {
    const { types, cells } = await get(by, '/analytics/matrix');
    return [...types, ...cells].map((x) => [x.type, x.customers, customers(x.query)]);
  },
  async lifetimes(by) {
    const told = await get(by, '/analytics/lifetimes');
    return Object.entries({ clv: 'clv_12m', alive: 'p_alive', due: 'due_on' }).flatMap(([key, field]) => [
      ...told[key].bars.map((b) => [`${key} ${b.from}`, b.customers, customers(b.query)]),
      [`${key} known`, told[key].customers, customers(`orders[gte]=1&${field}[empty]=false`)],
      [`${key} unknown`, told[key].unknown, customers(`orders[gte]=1&${field}[empty]=true`)]]);
  },
  async 'rules under trial'(by) {
    const found = [];
    for (const rules of [{ tiers: { vip: 10, main: '30.5', ordinary: 60 } }, { window_months: 3, weights: { frequency: 100, loyalty: 7 } }, {},
      { weights: { frequency: 90 }, rfm: { mode: 'fixed', orders: '1,2,3,5' } }, { weights: { frequency: 90 }, rfm: { mode: 'ntile' } }]) {
      const answer = await by.post('/grading/what_if', rules);
      assert.equal(answer.status, 200, answer.text);
      const { tiers, moves, moved, query, rfm } = answer.body;
      found.push(['moved', moved, customers(query)], ['rescored', rfm.moved, customers(rfm.query)]);
      for (const key of ['R', 'F', 'M']) found.push(...rfm[key].map((n, k) => [`${key}${k + 1}`, n, customers(rfm.queries[key][k])]));
      assert.equal(moves.reduce((n, m) => n + m.customers, 0), moved);
      found.push(...tiers.map((x) => [x.tier, x.customers, customers(x.query)]), ...moves.map((m) => [`${m.from} ${m.to}`, m.customers, customers(m.query)]));
    }
    return found;
  },
  async churn(by) {
    const { bands } = await get(by, '/analytics/churn');
    return bands.map((b) => [b.band, b.customers, customers(`risk_band=${b.band}`)]);
  },
};

/* Figures that must count somebody where everybody is seen. */
const NEEDED = { retention: ['winning', 'keeping', 'ledger', 'five years base', 'five years lost'] };

for (const [page, figures] of Object.entries(PAGES))
  describe(page, () => {
    for (const who of ['everybody', 'his own'])
      test(`for who sees ${who}`, async () => check(seen[who], await figures(seen[who]), who === 'everybody' ? NEEDED[page] : []));
  });

test('losses by state and by cause', async () => {
  const by = seen.everybody;
  const { accounts, states, causes } = await get(by, '/analytics/losses');
  assert.ok(accounts > 0 && causes.length > 0 && states.length > 0, 'somebody is lost');
  await check(by, [
    ['all', accounts, '/loss_accounts?state[not_in]=rejected'],
    ...states.map((s) => [s.state, s.accounts, `/loss_accounts?state=${s.state}`]),
    ...causes.map((c) => [c.cause, c.accounts, `/loss_accounts?${c.cause === null ? 'cause[empty]=true' : `cause=${c.cause}`}&state[not_in]=rejected`]),
  ]);
});

/* Of days, orders, money: what the settings would not take either. */
const LIMITS = ['-9223372036854775808.1.2.3.1.2.3.4.10000.20000.30000.40000', '-1.1.2.3.1.2.3.4.10000.20000.30000.40000',
  '1.2.3.36501.1.2.3.4.10000.20000.30000.40000', '4.3.2.1.1.2.3.4.10000.20000.30000.40000', '1.1.2.3.1.2.3.4.10000.20000.30000.40000',
  '1.2.3.4.0.1.2.3.10000.20000.30000.40000', '1.2.3.4.1.2.3.1000001.10000.20000.30000.40000', '1.2.3.4.1.2.3.4.0.20000.30000.40000',
  '1.2.3.4.1.2.3.4.10000.20000.30000.9223372036854775807', '1.2.3.4.1.2.3.4.10000.20001.30000.40000', '1.2.3.4.1.2.3.4.10000.20000.30000',
  '1.2.3.4.1.2.3.4.10000.20000.30000.40000.50000'];

test('what is no month, span, move or rung is refused by name', async () => {
  for (const [query, code] of [['bought=2026', 'not_month'], ['bought=2026-03,', null], ['bought=2026-03-01..2026-02-01', 'not_days'],
    ['bought=2026-03-01..', 'not_days'], ['bought=2026-01,2026-02,2026-03,2026-04,2026-05', 'too_many_values'],
    ['returned=3', 'not_return'], ['returned=3:2025-01..2024-01', 'not_return'], ['returned=481:2025-01..2025-02', 'not_return'],
    ['returned=1:1900-01..2025-02', 'not_return'], ['would=vip', 'not_trial'], ['would=any:none:1.2.3:1.2:0:sales:0.0.0.0.0:share', 'not_trial'],
    ['would=moved:vip:1.2.3:1.2:0:sales:0.0.0.0.0:share', 'not_trial'], ['would=any:r6:1.2.3:1.2:0:sales:0.0.0.0.0:share', 'not_trial'],
    ['would=any:vip:3.2.1:1.2:0:sales:0.0.0.0.0:share', 'not_trial'], ['would=any:vip:1.2.3:1.2:0:sales:0.0.0.0:share', 'not_trial'],
    ...LIMITS.map((limits) => [`would=any:vip:1.2.3:1.2:0:sales:0.0.0.0.0:fixed:${limits}`, 'not_trial']),
    ['would=any:vip:1.2.3:1.2:0:sales:0.0.0.0.0:fixed:0.1.2.36500.1.2.3.1000000.10000.20000.30000.1000000000000000000', null],
    ['awaits=heaven:1', 'not_awaited'], ['awaits=contact:x', 'not_awaited'], ['moved=2026-03', 'not_move'], ['reached=heaven', 'not_option'], ['reached=member', 'not_option']]) {
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
