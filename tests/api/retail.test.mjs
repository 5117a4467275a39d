/* Half a year of real orders, imported: what the server says of them is what
 * `guanxi analyze` says of the file, to which tests of its own give a slow second
 * opinion. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { RETAIL, RETAIL_COUNTS, RETAIL_SKIP } from './jobs.mjs';
import { ADMIN, freshDatabase, guanxi, initCompany, newToken, startServer } from './lib.mjs';
import { patiently, readAll } from './random.mjs';


describe('half a year of retail', { skip: RETAIL_SKIP }, () => {
  let client;
  let customers; /* with sales */
  let idOf; /* the file's id → ours */

  async function get(path) {
    for (let tries = 0; ; tries++) {
      const answer = await patiently(() => client.get(path));
      if (answer.status === 200) return answer.body;
      /* the columns are being made */
      assert.ok(answer.status === 503 && tries < 100, `${path}: ${answer.status} ${answer.text}`);
      await new Promise((done) => setTimeout(done, 250));
    }
  }

  function analyze(what, ...more) {
    const result = guanxi(['analyze', what, RETAIL, '--format', 'json', ...more]);
    assert.equal(result.code, 0, result.err);
    return JSON.parse(result.out);
  }

  /* By our ids, in their order. */
  const named = (rows) => rows.map((row) => ({ ...row, id: idOf.get(row.id.replace(/\.0$/, '')) })).sort((a, b) => a.id - b.id);
  const ours = (rows) => rows.map((row) => ({ ...row, id: Number(row.id) })).sort((a, b) => a.id - b.id);

  before(async () => {
    const db = freshDatabase();
    initCompany(db);
    const done = guanxi(['import', 'orders', RETAIL, '--db', db.url, '--currency', 'CNY']);
    assert.equal(done.code, 0, done.err);
    const server = await startServer({ db });
    client = server.client({ token: newToken(db, ADMIN.login) });
    customers = await readAll(client, '/customers?orders[gte]=1');
    idOf = new Map(customers.map((c) => [c.external_id, c.id]));
    assert.equal(customers.length, 2718);
  });

  test('recency, frequency, monetary value', async () => {
    const { rows, ...told } = await get('/analytics/rfm');
    const { rows: want, ...all } = analyze('rfm', '--as-of', told.as_of);
    /* lines of nobody become no order */
    assert.deepEqual({ ...told, lines: told.lines + RETAIL_COUNTS.no_customer_lines }, all);
    assert.deepEqual(ours(rows), named(want));
  });

  test('classes', async () => {
    const { rows, classes } = await get('/analytics/abc');
    const want = analyze('abc');
    const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} and ${b}`);
    for (const [name, { share, ...rest }] of Object.entries(want.classes)) {
      const { share: told, ...same } = classes[name];
      assert.deepEqual(same, rest, name);
      close(told, share);
    }
    const [a, b] = [ours(rows), named(want.rows)];
    a.forEach((row, k) => {
      assert.deepEqual([row.id, row.sales, row.class], [b[k].id, b[k].sales, b[k].class]);
    });
  });

  test('the pyramid', async () => {
    const { rows, tiers } = await get('/analytics/pyramid');
    const want = analyze('pyramid');
    assert.deepEqual(tiers.map((t) => [t.tier, t.customers, t.sales]), want.tiers.map((t) => [t.tier, t.customers, t.sales]));
    assert.deepEqual(ours(rows), named(want.rows));
  });

  test('cohorts', async () => {
    assert.deepEqual(await get('/analytics/cohorts'), analyze('cohort'));
  });

  test('what is expected of each, and that no loss is to be seen', async () => {
    const [run] = (await get('/grade_runs?sort=-id&limit=1')).data;
    assert.deepEqual(run.fitted.bgnbd, { r: null, alpha: null, a: null, b: null, ll: run.fitted.bgnbd.ll, why: 'no_measurable_dropout' });
    assert.ok(run.fitted.nbd.r > 0);
    const { model, customers: want } = analyze('clv', '--as-of', run.as_of);
    assert.equal(model.bgnbd.why, 'no_measurable_dropout');
    for (const [name, parameters] of Object.entries({ nbd: ['r', 'alpha'], gamma_gamma: ['p', 'q', 'v'] }))
      for (const key of parameters)
        assert.ok(Math.abs(run.fitted[name][key] / model[name][key] - 1) < 1e-6, `${name} ${key}: ${run.fitted[name][key]} and ${model[name][key]}`);
    const byId = new Map(customers.map((c) => [c.id, c]));
    for (const one of named(want)) {
      const c = byId.get(one.id);
      assert.equal(c.p_alive, null);
      assert.ok(Math.abs(Number(c.expected_52w) - one.expected_52w) < 1e-4, `customer ${c.id}`);
      assert.ok(Math.abs(Number(c.clv_12m) - one.clv_12m) < 0.02 + 1e-6 * one.clv_12m, `customer ${c.id}: ${c.clv_12m} and ${one.clv_12m}`);
    }
  });

  /* Nothing is known of them but their orders: similar customers tell the same
   * of all. */
  test('each type of the value matrix has somebody', async () => {
    const { types } = await get('/analytics/matrix');
    assert.deepEqual(types.map((t) => t.type), ['vip', 'improve', 'maintain', 'abandon']);
    for (const t of types) assert.ok(t.customers > customers.length / 200, JSON.stringify(types.map((x) => [x.type, x.customers])));
  });
});
