/* How values become R, F and M (domain R33): by shares, by fifths, by limits of
 * the company's own. Each is computed here from the orders alone, tried before
 * it is saved, and told by the reasons of every customer. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exact } from './ledger.mjs';
import { startServer, until } from './lib.mjs';
import { Random, readAll } from './random.mjs';
import { judge } from './recompute.mjs';
import { dayNumber, dayText, shopOf } from './shop.mjs';

const FIRST = dayNumber('2025-01-01');
const CUSTOMERS = 83; // no multiple of five
const BANDS = { days: [10, 40, 41, 120], orders: [2, 3, 4, 9], money: ['300', '600.5', '1200', '5000'] };
const FIXED = {
  'value.rfm_mode': 'fixed', 'value.rfm_days': '10, 40，41、120', 'value.rfm_orders': '2,3,4,9', 'value.rfm_money': '300,600.50,1200,5000',
};

let server;
let admin;
const shop = []; /* { id, orders: [{ day, amount }] } by id */
const r = new Random(33);
const { post, read, buy, gradeAlone: grade } = shopOf(() => admin);

async function setRules(values) {
  const answer = await admin.request('PUT', '/settings', values);
  assert.ok(answer.status < 300, answer.text);
}

/* --- a second opinion ------------------------------------------------------ */

const facts = (c) => ({
  id: c.id, r: Math.max(...c.orders.map((o) => o.day)), f: c.orders.length, m: c.orders.reduce((n, o) => n + o.amount, 0),
});
const better = (x, y) => (x < y ? -1 : x > y ? 1 : 0);

const modes = {
  share: (all, key) => (c) => 1 + Math.floor((5 * all.filter((x) => x[key] < c[key]).length) / all.length),
  ntile: (all, key) => {
    const order = [...all].sort((x, y) => better(x[key], y[key]) || x.id - y.id).map((c) => c.id);
    const [part, more] = [Math.floor(all.length / 5), all.length % 5];
    const tiles = [1, 2, 3, 4, 5].flatMap((k) => Array(part + (k <= more ? 1 : 0)).fill(k));
    return (c) => tiles[order.indexOf(c.id)];
  },
  fixed: (all, key) => {
    const asOf = Math.max(...all.map((c) => c.r)) + 1;
    if (key === 'r') return (c) => 5 - BANDS.days.filter((limit) => asOf - c.r > limit).length;
    if (key === 'f') return (c) => 1 + BANDS.orders.filter((limit) => c.f >= limit).length;
    return (c) => 1 + BANDS.money.filter((limit) => c.m >= Number(limit)).length;
  },
};

function opinion(mode) {
  const all = shop.map(facts);
  const [R, F, M] = ['r', 'f', 'm'].map((key) => modes[mode](all, key));
  return new Map(all.map((c) => [c.id, [R(c), F(c), M(c)]]));
}

const stored = async () =>
  new Map((await readAll(admin, '/customers?sort=id&fields=id,r_score,f_score,m_score')).map((c) => [c.id, [c.r_score, c.f_score, c.m_score]]));
const spread = (scores) => [0, 1, 2].map((at) => [1, 2, 3, 4, 5].map((k) => [...scores.values()].filter((s) => s[at] === k).length));

/* Every customer's reasons give what stands there. */
async function checkWhy(mode) {
  for (const { id } of shop) {
    const customer = await read(`/customers/${id}`);
    const why = await read(`/customers/${id}/why`);
    assert.equal(why.rfm.mode, mode);
    if (mode === 'fixed') assert.deepEqual(why.rfm, { mode, ...BANDS });
    for (const part of [why.r, why.f, why.m]) assert.equal('ties' in part, mode === 'ntile');
    const judged = judge(why);
    for (const name of ['grade', 'abc_class', 'r_score', 'f_score', 'm_score']) assert.equal(customer[name], judged[name], `${mode}: customer ${id} ${name}`);
  }
}

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  for (let i = 0; i < CUSTOMERS; i++) {
    const customer = { id: (await post('/customers', { name: `c${i}` })).id, orders: [] };
    shop.push(customer);
    /* few distinct values: ties at every border */
    for (let k = r.int(1, 4); k > 0; k--) await buy(customer, FIRST + 10 * r.int(0, 14), 100 * r.int(1, 4));
  }
  await grade();
});

test('without a word of its own a company scores by shares', async () => {
  assert.deepEqual(await stored(), opinion('share'));
  await checkWhy('share');
});

test('a mode is tried before it is saved, and then moves the scores', async () => {
  for (const [mode, values] of Object.entries({ ntile: { 'value.rfm_mode': 'ntile' }, fixed: FIXED, share: { 'value.rfm_mode': 'share' } })) {
    const was = await stored();
    const want = opinion(mode);
    const rfm = { mode, ...(mode === 'fixed' && { days: '10,40,41,120', orders: '2,3,4,9', money: '300,600.5,1200,5000' }) };
    let trial;
    await until(async () => {
      trial = await post('/grading/what_if', { rfm }, 200);
      return { status: 200, text: `${mode}: ${JSON.stringify(trial.rfm)} and not ${spread(want)}` };
    }, () => JSON.stringify([trial.rfm.R, trial.rfm.F, trial.rfm.M]) === JSON.stringify(spread(want)), 60000);
    assert.equal(trial.rfm.mode, mode);
    assert.equal(trial.rfm.moved, [...want].filter(([id, s]) => String(s) !== String(was.get(id))).length, mode);
    assert.ok(trial.rfm.moved > 0);
    assert.deepEqual(await stored(), was, 'nothing is saved');
    await setRules(values); /* what changes rules grades by them, unasked */
    await until(async () => ({ status: 200, text: `${mode}: scores by it`, now: await stored() }),
      ({ now }) => JSON.stringify([...now]) === JSON.stringify([...want]), 60000);
    await grade();
    assert.deepEqual(await stored(), want, mode);
    await checkWhy(mode);
    const cells = await read('/analytics/rfm_cells');
    assert.deepEqual(cells.rfm, mode === 'fixed' ? { mode, ...BANDS } : { mode });
    for (const cell of cells.cells) assert.equal(cell.customers, [...want.values()].filter(([R, F]) => R === cell.R && F === cell.F).length);
    const report = await read('/analytics/rfm?rows=false');
    assert.deepEqual([report.hist.R, report.hist.F, report.hist.M], spread(want));
  }
});

test('an order scores its customer by the ruler in force, as it stands in the reasons', async () => {
  for (const [mode, values] of Object.entries({ ntile: { 'value.rfm_mode': 'ntile' }, fixed: FIXED })) {
    await setRules({ ...values, 'value.weight_frequency': 50 });
    await grade();
    const others = await stored();
    const touched = new Set();
    for (let k = 0; k < 12; k++) {
      const customer = shop[r.int(0, CUSTOMERS - 1)];
      touched.add(customer.id);
      await buy(customer, FIRST + 10 * r.int(0, 14), 100 * r.int(1, 9));
    }
    await checkWhy(mode);
    for (const [id, scores] of await stored()) if (!touched.has(id)) assert.deepEqual(scores, others.get(id), 'the others move at the next run');
    await grade();
    assert.deepEqual(await stored(), opinion(mode), mode);
    await checkWhy(mode);
  }
  /* limits hold for values that nobody had when the ruler was made */
  const rich = shop[0];
  await buy(rich, FIRST + 139, 90000);
  const why = await read(`/customers/${rich.id}/why`);
  assert.deepEqual([why.m.score, why.m.value], [5, String(facts(rich).m)]);
  assert.ok(exact(why.m.thresholds[3]) === exact('5000'));
});

test('limits that make no sense are refused in words', async () => {
  const bad = [
    ['value.rfm_mode', 'thirds', 'not_option'], ['value.rfm_days', '10,20,30', 'limits_count'], ['value.rfm_days', '10,20,30,40,50', 'limits_count'],
    ['value.rfm_days', '10,40,40,120', 'limits_rise'], ['value.rfm_orders', '9,4,3,2', 'limits_rise'], ['value.rfm_orders', '0,1,2,3', 'out_of_range'],
    ['value.rfm_days', '-1,2,3,4', 'out_of_range'], ['value.rfm_orders', '1.5,2,3,4', 'number_decimals'], ['value.rfm_money', '1,2,3,x', 'number_syntax'],
    ['value.rfm_money', '', 'required'], ['value.rfm_money', 5, 'limits_count'], ['value.rfm_days', true, 'wrong_type'],
  ];
  for (const [key, value, code] of bad) {
    const answer = await admin.request('PUT', '/settings', { [key]: value });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field, answer.body.errors?.[0]?.code], [422, key, code], `${key} ${value}: ${answer.text}`);
  }
  for (const [rfm, field] of [
    [{ mode: 'thirds' }, 'mode'], [{ mode: 5 }, 'mode'], [{ mode: 'fixed', days: '4,3,2,1' }, 'days'], [{ orders: [1, 2, 3, 4] }, 'orders'],
    [{ money: '1,2,3' }, 'money'], [{ nose: 1 }, 'nose'], ['fixed', 'rfm'],
  ]) {
    const answer = await admin.post('/grading/what_if', { rfm });
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.field], [422, field], `${JSON.stringify(rfm)}: ${answer.text}`);
  }
  const words = async (language) => {
    const answer = await admin.request('PUT', '/settings', { 'value.rfm_days': '10,40,40,120' }, { 'accept-language': language });
    return answer.body.errors[0].message;
  };
  assert.match(await words('zh'), /必须递增/);
  assert.match(await words('en'), /must rise/);
});
