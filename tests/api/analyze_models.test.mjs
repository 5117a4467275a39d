/* `guanxi analyze clv` and the other models against published figures, exact
 * values and second ways that share nothing with the program. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.GUANXI_BIN ?? process.env.GUANXI ?? join(ROOT, 'build/guanxi');
const DATA = join(ROOT, '../shared/data');
const STRESS = join(DATA, 'btyd-stress/stress.csv');
const CDNOW = join(DATA, 'cdnow/CDNOW_sample.txt');
const SUMMARY = join(DATA, 'cdnow/cdnow_customers_summary_with_transactions.csv');
const RETAIL = join(DATA, 'online-retail/online-retail-2010-12_2011-05.csv.gz');

const folder = mkdtempSync(join(tmpdir(), 'guanxi-models-'));
after(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function analyze(args) {
  const result = spawnSync(BIN, ['analyze', ...args],
    { encoding: 'utf8', maxBuffer: 256 << 20, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function json(args) {
  const result = analyze([...args, '--format', 'json']);
  assert.equal(result.code, 0, result.err);
  assert.doesNotMatch(result.out, /nan|inf/i);
  return JSON.parse(result.out);
}

function near(got, want, relative, name) {
  assert.ok(typeof got === 'number' && Math.abs(got - want) <= relative * Math.abs(want) + 1e-12,
    `${name ?? ''} ${got}, want ${want}`);
}

function need(path) {
  return { skip: !existsSync(path) && 'skipped: no shared data' };
}

const rowsOf = (text) => text.trimEnd().split(/\r?\n/).map((line) => line.split(','));

/* --- evaluate ------------------------------------------------------------- */

test('evaluate is right at every hard corner', need(STRESS), () => {
  const want = rowsOf(readFileSync(STRESS, 'utf8')).slice(1);
  const result = analyze(['evaluate', STRESS, '--format', 'csv']);
  assert.equal(result.code, 0, result.err);
  const [heading, ...got] = rowsOf(result.out);
  assert.deepEqual(heading, ['ll', 'palive', 'expected_t']);
  assert.equal(got.length, want.length);
  want.forEach((row, i) => row.slice(9).forEach((value, k) =>
    near(Number(got[i][k]), Number(value), 1e-9, `line ${i + 2}, ${heading[k]}:`)));
  const same = json(['evaluate', STRESS]);
  assert.deepEqual(same.map((row) => row.ll), got.map((row) => Number(row[0])));
});

const EVALUATE = 'model,p1,p2,p3,p4,x,t_x,T,t\n';
for (const [name, row, message] of [
  ['an unknown model', 'abc,1,1,1,1,0,0,1,1', /line 2, model .*bgnbd/],
  ['a parameter of 0', 'bgnbd,1,0,1,1,0,0,1,1', /line 2, p2/],
  ['text for a number', 'pnbd,1,1,one,1,0,0,1,1', /line 2, p3 .*one/],
  ['an endless number', 'pnbd,1,1,1e999,1,0,0,1,1', /line 2, p3/],
  ['a purchase after the end', 'bgnbd,1,1,1,1,1,2,1,1', /line 2/],
  ['half a purchase', 'bgnbd,1,1,1,1,0.5,0.5,1,1', /line 2/],
  ['an empty cell', 'bgnbd,1,1,1,1,,0,1,1', /line 2, x/],
]) {
  test(`evaluate refuses ${name}`, () => {
    const result = analyze(['evaluate', file('bad.csv', `${EVALUATE}${row}\n`)]);
    assert.equal(result.code, 1);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });
}

/* --- clv ------------------------------------------------------------------ */

/* The lines of the sample as CSV: white space between its columns. */
function cdnowLines() {
  const lines = readFileSync(CDNOW, 'utf8').trimEnd().split('\n').map((line) => {
    const [, id, day, , amount] = line.trim().split(/\s+/);
    return `${id},${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)},${amount}`;
  });
  return file('cdnow.csv', `customer,date,amount\n${lines.join('\n')}\n`);
}

function checkCdnowFit({ bgnbd, pareto_nbd: pareto, gamma_gamma: spend }, scored_by) {
  assert.ok(bgnbd.identified && pareto.identified && spend.identified);
  assert.equal(scored_by, 'bgnbd');
  for (const [got, want] of [[bgnbd.r, 0.242595], [bgnbd.alpha, 4.413602], [bgnbd.a, 0.792922],
    [bgnbd.b, 2.425907], [pareto.r, 0.553277], [pareto.alpha, 10.577684], [pareto.s, 0.60624],
    [pareto.beta, 11.668734], [spend.p, 6.24957], [spend.q, 3.74422], [spend.v, 15.44352]])
    near(got, want, 1e-3);
  assert.ok(Math.abs(bgnbd.ll + 9582.4292) < 1e-3, bgnbd.ll);
  assert.ok(Math.abs(pareto.ll + 9594.9762) < 1e-3, pareto.ll);
}

describe('CDNOW', need(CDNOW), () => {
  test('the lines give the published fits', () => {
    const got = json(['clv', cdnowLines(), '--until', '1997-09-30']);
    checkCdnowFit(got.model, got.model.scored_by);
    assert.ok(Math.abs(got.model.gamma_gamma.ll + 4055.9177) < 1e-3);
    assert.equal(got.customers.length, 2357);
    const { id, x, t_x, T, m } = got.customers[0];
    assert.deepEqual({ id, x, t_x, T }, { id: '0001', x: 2, t_x: 213 / 7, T: 272 / 7 });
    near(m, (29.73 + 14.96) / 2, 1e-12);
  });

  test('so does the summary, whose weeks are rounded', () => {
    const got = json(['clv', SUMMARY, '--summary']);
    checkCdnowFit(got.model, got.model.scored_by);
    assert.equal(got.customers.length, 2357);
    assert.equal(got.customers[0].t_x, 30.43);
  });

  test('a value is its months added up, each by evaluate', () => {
    const given = ['0.243', '4.414', '0.793', '2.426', '6.25', '3.74', '15.44'];
    const got = json(['clv', SUMMARY, '--summary', '--given', given.join(',')]);
    assert.deepEqual(got.model.bgnbd.given, true);
    const people = got.customers.filter((one, i) => i % 100 === 0);
    const months = Array.from({ length: 12 }, (_, i) => (i + 1) * 4.345);
    const times = [...months, 52];
    const rows = people.flatMap((one) => times.map((t) =>
      ['bgnbd', ...given.slice(0, 4), one.x, one.t_x, one.T, t].join(',')));
    const result = analyze(['evaluate', file('months.csv', `${EVALUATE}${rows.join('\n')}\n`),
      '--format', 'csv']);
    const values = rowsOf(result.out).slice(1).map((row) => row.map(Number));
    people.forEach((one, i) => {
      const own = values.slice(i * times.length, (i + 1) * times.length);
      const [p, q, v] = given.slice(4).map(Number);
      const mean = p * (v + one.x * (one.m ?? 0)) / (p * one.x + q - 1);
      const worth = months.reduce((sum, _, k) =>
        sum + (own[k][2] - (k > 0 ? own[k - 1][2] : 0)) / 1.01 ** (k + 1), 0) * mean;
      near(one.clv_12m, worth, 1e-9, one.id);
      near(one.expected_52w, own[12][2], 1e-12, one.id);
      near(one.p_alive, own[12][1], 1e-12, one.id);
    });
  });

  test('the published 39 weeks of customer 1', () => {
    const row = 'bgnbd,0.243,4.414,0.793,2.426,2,30.43,38.86,39';
    const result = analyze(['evaluate', file('one.csv', `${EVALUATE}${row}\n`), '--format', 'csv']);
    near(Number(rowsOf(result.out)[1][2]), 1.226, 1e-4);
  });

  test('csv holds the same rows', () => {
    const got = json(['clv', SUMMARY, '--summary']);
    const result = analyze(['clv', SUMMARY, '--summary', '--format', 'csv']);
    const [heading, ...rows] = rowsOf(result.out);
    assert.deepEqual(heading, Object.keys(got.customers[0]));
    const value = (cell) => (cell === '' ? null : Number(cell));
    assert.deepEqual(rows.map(([id, ...rest]) => [id, ...rest.map(value)]),
      got.customers.map((one) => Object.values(one)));
  });
});

test('half a year of retail shows no loss, and says so', need(RETAIL), () => {
  const result = analyze(['clv', RETAIL, '--format', 'json']);
  assert.equal(result.code, 0);
  assert.match(result.err, /bgnbd is not identified \(no_measurable_dropout\)/);
  const { model, customers } = JSON.parse(result.out);
  assert.equal(model.bgnbd.identified, false);
  assert.equal(model.bgnbd.why, 'no_measurable_dropout');
  assert.equal(model.scored_by, 'nbd');
  assert.deepEqual(['r', 'alpha', 'a', 'b'].map((p) => model.bgnbd[p]), [null, null, null, null]);
  assert.ok(model.bgnbd.ll < 0 && model.nbd.r > 0);
  assert.doesNotMatch(analyze(['clv', RETAIL]).out, /bgnbd +r /);
  assert.equal(customers.length, 2718);
  for (const one of customers) {
    assert.equal(one.p_alive, null);
    near(one.expected_52w, (model.nbd.r + one.x) / (model.nbd.alpha + one.T) * 52, 1e-12);
  }
});

/* --- clv: files that tell little ------------------------------------------ */

const LINES = 'customer,date,amount\n';
const days = (n, make) => LINES + Array.from({ length: n }, (_, i) => make(i)).join('');
const day = (i) => `2024-${String(1 + Math.floor(i / 28) % 12).padStart(2, '0')}-` +
  `${String(1 + i % 28).padStart(2, '0')}`;

for (const [name, content, why] of [
  ['no repeat buyers', days(50, (i) => `c${i},${day(i)},5\n`), 'no_repeat_buyers'],
  ['one customer once', `${LINES}a,2024-01-01,5\nb,2024-02-01,0\n`, 'no_repeat_buyers'],
  ['all on one day', days(50, (i) => `c${i % 20},2024-01-01,5\n`), 'no_time'],
  ['returns alone', days(50, (i) => `c${i % 20},${day(i)},-1\n`), 'no_customers'],
]) {
  test(`clv of a file with ${name}`, () => {
    const path = file('little.csv', content);
    const result = analyze(['clv', path, '--format', 'json']);
    assert.equal(result.code, 0, result.err);
    assert.match(result.err, new RegExp(why));
    assert.doesNotMatch(result.out, /nan|inf/i);
    const { model, customers } = JSON.parse(result.out);
    assert.deepEqual([model.bgnbd.identified, model.bgnbd.why, model.scored_by],
      [false, why, null]);
    for (const one of customers)
      assert.deepEqual([one.p_alive, one.expected_52w, one.clv_12m], [null, null, null]);
    assert.equal(analyze(['clv', path]).code, 0);
  });
}

test('zero amounts are purchases that are worth nothing', () => {
  const path = file('zero.csv', days(90, (i) => `c${i % 20},${day(i)},0\n`));
  const result = analyze(['clv', path, '--format', 'json']);
  assert.match(result.err, /no_repeat_spend/);
  const { model, customers } = JSON.parse(result.out);
  assert.equal(model.gamma_gamma.why, 'no_repeat_spend');
  assert.deepEqual(customers.slice(0, 1).map((one) => [one.x, one.m, one.clv_12m]),
    [[4, null, null]]);
  const free = file('free.csv', 'customer,date,quantity,price\na,2024-01-01,1,0\n');
  assert.deepEqual(json(['clv', free]).customers, []);
});

test('clv of one customer who bought often, and of one who bought a thousand days', () => {
  for (const n of [5, 330]) {
    const got = json(['clv', file('one.csv', days(n, (i) => `a,${day(i)},5\n`))]);
    assert.equal(got.customers.length, 1);
    for (const fit of Object.values(got.model).filter((one) => one?.identified === false))
      assert.deepEqual(['r', 'alpha', 'a', 'b', 's', 'beta', 'p', 'q', 'v'].filter((p) => typeof fit[p] === 'number'), [], JSON.stringify(fit));
    assert.equal(got.model.bgnbd.identified, false);
  }
  const crowd = days(300, (i) => `a,${day(i)},5\n`) +
    Array.from({ length: 200 }, (_, i) => `c${i % 90},${day((i * 7) % 300)},${i % 9 + 1}\n`).join('');
  const got = json(['clv', file('crowd.csv', crowd)]);
  assert.equal(got.customers[0].x, 299);
});

test('clv counts days, ends at --until, at --as-of, or with the last line', () => {
  const path = file('days.csv', `${LINES}a,2024-01-01,1\na,2024-01-15,2\na,2024-01-15,3\n` +
    'a,2024-01-22,7\nb,2024-01-29,1\n');
  const first = (args) => {
    const { x, t_x, T, m } = json(['clv', path, ...args]).customers[0];
    return [x, t_x, T, m];
  };
  assert.deepEqual(first([]), [2, 3, 4, 6]);
  assert.deepEqual(first(['--as-of', '2024-02-05']), [2, 3, 5, 6]);
  assert.deepEqual(first(['--until', '2024-01-21']), [1, 2, 20 / 7, 5]);
  const early = analyze(['clv', path, '--as-of', '2024-01-28']);
  assert.equal(early.code, 1);
  assert.match(early.err, /2024-01-29/);
});

for (const [name, args, content, code, message] of [
  ['an empty file', [], '', 1, /empty/],
  ['a heading alone', [], LINES, 1, /no line/],
  ['a summary without T', ['--summary'], 'x,t_x\n1,1\n', 1, /“t”.*x, t_x/i],
  ['a summary with t_x after T', ['--summary'], 'x,t_x,T\n1,2,1\n', 1, /line 2/],
  ['a summary with a negative x', ['--summary'], 'x,t_x,T\n-1,0,1\n', 1, /line 2/],
  ['a summary with a negative mean', ['--summary'], 'x,t_x,T,m\n1,1,2,-1\n', 1, /line 2/],
  ['three given numbers', ['--given', '1,2,3'], LINES, 2, /--given/],
  ['a given 0', ['--given', '1,2,3,0'], LINES, 2, /--given/],
  ['given words', ['--given', 'a,b,c,d'], LINES, 2, /--given/],
]) {
  test(`clv refuses ${name}`, () => {
    const result = analyze(['clv', file('bad.csv', content), ...args, '--format', 'json']);
    assert.equal(result.code, code, result.err);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });
}

test('a given spend model without a mean tells nothing of those without repeats', () => {
  const path = file('q.csv', 'id,x,t_x,T,m\na,0,0,10,\nb,2,5,10,3\n');
  const [a, b] = json(['clv', path, '--summary', '--given', '0.2,4,0.8,2,6,0.5,15']).customers;
  assert.equal(a.clv_12m, null);
  assert.ok(b.clv_12m > 0);
});

/* --- churn ---------------------------------------------------------------- */

const TELCO = join(DATA, 'telco-churn/telco-churn.csv');

/* S(t) and Greenwood's error by the definition, one time after the other. */
function slowSurvival(stays) {
  const times = [...new Set(stays.filter((one) => one.lost).map((one) => one.time))]
    .sort((a, b) => a - b);
  let survival = 1;
  let sum = 0;
  return times.map((t) => {
    const at_risk = stays.filter((one) => one.time >= t).length;
    const lost = stays.filter((one) => one.lost && one.time === t).length;
    survival *= 1 - lost / at_risk;
    sum += lost / (at_risk * (at_risk - lost));
    return { t, at_risk, lost, survival, se: survival * Math.sqrt(sum) };
  });
}

/* Ridge logistic regression by weighted least squares, solved by elimination
 * with pivots. */
function slowLogistic(rows, outcomes, ridge) {
  const k = rows[0].length;
  const beta = new Array(k + 1).fill(0);
  for (let step = 0; step < 30; step++) {
    const m = Array.from({ length: k + 1 }, (_, i) => {
      const line = new Array(k + 2).fill(0);
      if (i < k) {
        line[i] = ridge;
        line[k + 1] = -ridge * beta[i];
      }
      return line;
    });
    rows.forEach((row, n) => {
      const x = [...row, 1];
      const p = 1 / (1 + Math.exp(-x.reduce((sum, v, i) => sum + v * beta[i], 0)));
      for (let i = 0; i <= k; i++) {
        if (x[i] === 0) continue;
        m[i][k + 1] += x[i] * (outcomes[n] - p);
        for (let j = 0; j <= k; j++) m[i][j] += x[i] * x[j] * p * (1 - p);
      }
    });
    for (let i = 0; i <= k; i++) {
      const best = m.findIndex((line, r) => r >= i &&
        Math.abs(line[i]) === Math.max(...m.slice(i).map((one) => Math.abs(one[i]))));
      [m[i], m[best]] = [m[best], m[i]];
      for (let r = 0; r <= k; r++) {
        if (r === i) continue;
        const factor = m[r][i] / m[i][i];
        for (let j = i; j < k + 2; j++) m[r][j] -= factor * m[i][j];
      }
    }
    for (let i = 0; i <= k; i++) beta[i] += m[i][k + 1] / m[i][i];
  }
  return beta;
}

describe('telco', need(TELCO), () => {
  const [heading, ...rows] = existsSync(TELCO) ? rowsOf(readFileSync(TELCO, 'utf8')) : [[]];
  const column = (name) => rows.map((row) => row[heading.indexOf(name)].trim());
  const lost = () => column('Churn').map((text) => text === 'Yes');

  test('survival equals the definition', () => {
    const got = json(['churn', TELCO]);
    const outcomes = lost();
    const want = slowSurvival(column('tenure').map((text, i) =>
      ({ time: Number(text), lost: outcomes[i] })));
    assert.equal(got.survival.length, want.length);
    got.survival.forEach((row, i) => {
      for (const [key, value] of Object.entries(want[i])) near(row[key], value, 1e-9, key);
      assert.ok(row.low < row.survival && row.survival < row.high);
    });
    assert.equal(got.lost, outcomes.filter(Boolean).length);
    assert.equal(got.median, null);
  });

  test('coefficients equal those of another way', () => {
    const { model, customers } = json(['churn', TELCO, '--ridge', '2.5']);
    assert.equal(model.converged, true);
    const facts = model.coefficients.map((one) => {
      const texts = column(one.name);
      if (one.level !== undefined) return texts.map((text) => (text === one.level ? 1 : 0));
      const known = texts.filter((text) => text !== '').map(Number);
      const mean = known.reduce((sum, v) => sum + v, 0) / known.length;
      const sd = Math.sqrt(known.reduce((sum, v) => sum + (v - mean) ** 2, 0) / known.length);
      near(one.mean, mean, 1e-12);
      near(one.sd, sd, 1e-12);
      return texts.map((text) => (text === '' ? 0 : (Number(text) - mean) / sd));
    });
    assert.equal(facts.length, 30);
    const design = rows.map((_, i) => facts.map((fact) => fact[i]));
    const beta = slowLogistic(design, lost().map(Number), 2.5);
    model.coefficients.forEach((one, i) => near(one.coefficient, beta[i], 1e-6, one.name));
    near(model.intercept, beta[30], 1e-6);
    const chance = (row) =>
      1 / (1 + Math.exp(-row.reduce((sum, v, i) => sum + v * beta[i], beta[30])));
    for (const i of [0, 1, 100, 3526]) {
      assert.equal(customers[i].id, column('customerID')[i]);
      near(customers[i].risk, chance(design[i]), 1e-6);
      const terms = facts.map((fact, j) => ({
        ...(model.coefficients[j].level === undefined ? {} :
          { level: model.coefficients[j].level }),
        name: model.coefficients[j].name,
        effect: beta[j] * (fact[i] - fact.reduce((sum, v) => sum + v, 0) / fact.length),
      })).filter((one) => one.effect > 0).sort((a, b) => b.effect - a.effect).slice(0, 3);
      assert.equal(customers[i].reasons.length, terms.length);
      customers[i].reasons.forEach((one, r) => {
        assert.deepEqual([one.name, one.level], [terms[r].name, terms[r].level]);
        near(one.effect, terms[r].effect, 1e-6);
      });
    }
    assert.ok(model.cross_validated.auc > 0.83 && model.cross_validated.auc < 0.86);
  });

  test('a column may be left out', () => {
    const { model } = json(['churn', TELCO, '--leave-out', 'tenure, totalcharges']);
    const names = new Set(model.coefficients.map((one) => one.name));
    assert.ok(!names.has('tenure') && !names.has('TotalCharges') && names.has('Contract'));
  });
});

const BANK = join(DATA, 'bank-marketing/bank.csv.gz');

describe('boosted trees', need(BANK), () => {
  test('take the place of coefficients where they win by .005', () => {
    const { model, customers } = json(['churn', BANK, '--event', 'y', '--leave-out', 'duration']);
    const gain = model.boosted.cross_validated.auc - model.cross_validated.auc;
    assert.ok(gain > 0.02 && gain < 0.05, String(gain));
    assert.ok(model.boosted.cross_validated.log_loss < model.cross_validated.log_loss);
    assert.equal(model.scored_by, 'boosted');
    assert.ok(customers.every((one) => one.risk > 0 && one.risk < 1));
    assert.ok(customers.some((one) => one.reasons.length === 3));
  });
  test('are not tried where they were not asked for, and win nothing on telco', need(TELCO), () => {
    assert.equal(json(['churn', TELCO]).model.scored_by, 'logistic');
    const plain = json(['churn', TELCO, '--method', 'logistic']).model;
    assert.equal(plain.boosted, null);
    const forced = json(['churn', TELCO, '--method', 'boosted']);
    assert.equal(forced.model.scored_by, 'boosted');
    const risks = forced.customers.map((one) => one.risk);
    const mean = risks.reduce((sum, one) => sum + one, 0) / risks.length;
    assert.ok(Math.abs(mean - forced.lost / forced.rows) < 0.01);
    assert.equal(analyze(['churn', TELCO, '--method', 'trees']).code, 2);
  });
});

test('churn without one of the outcomes has no model', () => {
  const path = file('none.csv', 'id,months,churn,plan\na,1,no,x\nb,2,no,y\n');
  const got = json(['churn', path]);
  assert.deepEqual([got.model.why, got.survival, got.median, got.customers[0].risk],
    ['one_outcome', [], null, null]);
  const all = json(['churn', file('all.csv', 'id,months,churn,plan\na,1,1,x\nb,2,1,y\n')]);
  assert.equal(all.model.why, 'one_outcome');
  assert.deepEqual(all.survival.map((row) => [row.survival, row.low]), [[0.5, all.survival[0].low],
    [0, null]]);
});

test('churn says which columns tell nothing', () => {
  const lines = Array.from({ length: 60 }, (_, i) => `c${i},${i % 3 === 0 ? 'yes' : 'no'},same,w${i},7`);
  const got = json(['churn', file('dull.csv', `id,churn,one,many,seven\n${lines.join('\n')}\n`)]);
  assert.deepEqual(got.model.left_out, [{ name: 'one', why: 'constant' },
    { name: 'many', why: 'too_many_levels' }, { name: 'seven', why: 'constant' }]);
  assert.equal(got.model.why, 'no_facts');
  assert.equal(got.survival, null);
});

for (const [name, content, message] of [
  ['an outcome that is none', 'id,churn\na,perhaps\n', /line 2, churn .*perhaps/],
  ['a negative duration', 'id,churn,months\na,1,-1\n', /line 2, months/],
  ['no outcome', 'id,months\na,1\n', /churn.*id, months/],
  ['no line', 'id,churn\n', /no line/],
]) {
  test(`churn refuses ${name}`, () => {
    const result = analyze(['churn', file('bad.csv', content)]);
    assert.equal(result.code, 1);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });
}

/* --- cohorts and baskets -------------------------------------------------- */

describe('half a year of retail', need(RETAIL), () => {
  const lines = () => rowsOfQuoted(gunzipSync(readFileSync(RETAIL)).toString('utf8'))
    .filter((row) => row.CustomerID !== '' && !row.InvoiceNo.startsWith('C') &&
      Number(row.Quantity) > 0 && Number(row.UnitPrice) > 0);

  test('cohorts equal the slow way', () => {
    const months = new Map();
    for (const row of lines()) {
      const month = row.InvoiceDate.slice(0, 7);
      if (!months.has(row.CustomerID)) months.set(row.CustomerID, new Set());
      months.get(row.CustomerID).add(month);
    }
    const all = [...new Set([...months.values()].flatMap((set) => [...set]))].sort();
    const want = all.map((cohort, i) => {
      const members = [...months.values()].filter((set) => [...set].sort()[0] === cohort);
      return { cohort, customers: members.length,
        active: all.slice(i).map((month) => members.filter((set) => set.has(month)).length) };
    });
    assert.deepEqual(json(['cohort', RETAIL]), { unit: 'month', cohorts: want });
  });

  test('pairs equal the slow way', () => {
    const orders = new Map();
    for (const row of lines()) {
      if (!orders.has(row.InvoiceNo)) orders.set(row.InvoiceNo, new Set());
      orders.get(row.InvoiceNo).add(row.StockCode);
    }
    const count = new Map();
    for (const set of orders.values())
      for (const code of set) count.set(code, (count.get(code) ?? 0) + 1);
    const least = Math.ceil(orders.size / 100);
    const pairs = new Map();
    for (const set of orders.values()) {
      const list = [...set].filter((code) => count.get(code) >= least).sort();
      list.forEach((a, i) => list.slice(i + 1).forEach((b) =>
        pairs.set(`${a} ${b}`, (pairs.get(`${a} ${b}`) ?? 0) + 1)));
    }
    const want = [...pairs].filter(([, n]) => n >= least)
      .sort(([x, n], [y, k]) => k - n || (x < y ? -1 : 1));
    const got = json(['basket', RETAIL]);
    assert.equal(got.orders, orders.size);
    assert.equal(got.min_orders, least);
    assert.deepEqual(got.pairs.map((one) => [`${one.a} ${one.b}`, one.together]), want);
    for (const one of got.pairs) {
      assert.equal(one.orders_a, count.get(one.a));
      near(one.lift, one.together * orders.size / (count.get(one.a) * count.get(one.b)), 1e-12);
      near(one.confidence_ba, one.together / count.get(one.b), 1e-12);
    }
  });
});

/* CSV with quotes, as objects. */
function rowsOfQuoted(text) {
  const [heading, ...rows] = text.trimEnd().split(/\r?\n/).map((line) =>
    [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((one) =>
      one[1].replace(/^"|"$/g, '').replaceAll('""', '"')));
  return rows.map((row) => Object.fromEntries(heading.map((name, i) => [name, row[i]])));
}

test('small baskets', () => {
  const path = file('basket.csv', 'customer,order,product,amount\n' +
    'a,1,x,1\na,1,y,1\na,1,x,1\nb,2,y,1\nb,2,z,1\nb,2,x,1\nc,3,z,1\nc,C4,x,1\nc,5,x,-1\n');
  const got = json(['basket', path, '--support', '50']);
  assert.deepEqual(got.pairs, [{ a: 'x', b: 'y', orders_a: 2, orders_b: 2, together: 2,
    support: 2 / 3, confidence_ab: 1, confidence_ba: 1, lift: 1.5, chi2: 3 }]);
  assert.deepEqual(json(['basket', file('no.csv', 'customer,order,product,amount\na,1,x,-1\n')])
    .pairs, []);
  const without = analyze(['basket', file('bad.csv', 'customer,product,amount\na,x,1\n')]);
  assert.equal(without.code, 1);
  assert.match(without.err, /--order/);
});

test('cohorts of nothing, and of a thousand years', () => {
  assert.deepEqual(json(['cohort', file('none.csv', `${LINES}a,2024-01-01,-1\n`)]).cohorts, []);
  const result = analyze(['cohort', file('wide.csv', `${LINES}a,0999-01-01,1\nb,2024-01-01,1\n`)]);
  assert.equal(result.code, 1);
  assert.match(result.err, /hundred years/);
});

/* --- forecast ------------------------------------------------------------- */

const PIPELINE = join(DATA, 'crm-opportunities/sales_pipeline.csv');
const dayOf = (text) => (text === '' ? null : Date.parse(`${text} UTC`) / 86400000);

/* What the program should expect, one day and one deal after the other. */
function slowForecast(deals, asOf, days) {
  const from = asOf - Math.max(days, 92);
  const at = (age) => (seen[age] ??= { risk: 0, won: 0, lost: 0 });
  const seen = [];
  const values = new Map();
  for (const one of deals) {
    if (one.opened === null || one.opened >= asOf) continue;
    const closed = one.closed !== null && one.closed < asOf;
    const last = closed ? one.closed : asOf - 1;
    for (let day = Math.max(one.opened, from); day <= last; day++) at(day - one.opened).risk++;
    if (closed && last >= from) at(last - one.opened)[one.end]++;
    if (closed && one.end === 'won')
      values.set(one.group, [...(values.get(one.group) ?? []), one.value]);
  }
  const band = (age) => {
    for (let width = 7; ; width *= 2) {
      const lo = Math.max(0, age - width);
      const hi = Math.min(seen.length, age + width + 1);
      const sum = { risk: 0, won: 0, lost: 0 };
      for (let t = lo; t < hi; t++)
        for (const key of ['risk', 'won', 'lost']) sum[key] += at(t)[key];
      if (sum.risk >= 200 || (lo === 0 && hi === seen.length)) return sum;
    }
  };
  const bands = Array.from({ length: seen.length }, (_, age) => band(age));
  const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;
  return deals.filter((one) => one.opened !== null && one.opened < asOf &&
    !(one.closed !== null && one.closed < asOf)).map((one) => {
    let open = 1;
    let won = 0;
    for (let t = asOf - one.opened; t < asOf - one.opened + days; t++) {
      const sum = bands[Math.min(t, bands.length - 1)];
      won += open * sum.won / sum.risk;
      open *= 1 - (sum.won + sum.lost) / sum.risk;
    }
    return { id: one.id, won, expected: won * mean(values.get(one.group) ?? [...values.values()].flat()) };
  });
}

describe('forecast of real deals', need(PIPELINE), () => {
  const deals = existsSync(PIPELINE)
    ? rowsOf(readFileSync(PIPELINE, 'utf8')).slice(1).map((row) => ({
      id: row[0], group: row[2], opened: dayOf(row[5]), closed: dayOf(row[6]),
      end: row[4].toLowerCase(), value: Number(row[7]) }))
    : [];
  for (const day of ['2017-04-01', '2017-07-01', '2017-09-01', '2017-10-01']) {
    test(`as of ${day} equals the slow way, and the range holds what came`, () => {
      const asOf = dayOf(day);
      const got = json(['forecast', PIPELINE, '--date-order', 'mdy', '--as-of', day]);
      const want = slowForecast(deals, asOf, 92);
      assert.equal(got.open, want.length);
      want.forEach((one, i) => {
        assert.equal(got.deals[i].id, one.id);
        near(got.deals[i].p_won, one.won, 1e-9, one.id);
        near(got.deals[i].expected, one.expected, 1e-9, one.id);
      });
      near(got.expected, want.reduce((sum, one) => sum + one.expected, 0), 1e-9, 'expected');
      const came = deals.filter((one) => one.opened !== null && one.opened < asOf &&
        one.closed !== null && one.closed >= asOf && one.closed < asOf + 92 && one.end === 'won');
      assert.deepEqual(got.actual,
        { won: came.length, value: came.reduce((sum, one) => sum + one.value, 0) });
      assert.ok(got.p10 < got.actual.value && got.actual.value < got.p90);
      assert.ok(Math.abs(got.expected - got.actual.value) < (got.weighted - got.actual.value) / 1.5);
      near(got.groups.reduce((sum, one) => sum + one.expected, 0), got.expected, 1e-9, 'groups');
    });
  }
  test('from the end of the file there is nothing to compare with', () => {
    const args = ['forecast', PIPELINE, '--date-order', 'mdy', '--days', '30'];
    const got = json(args);
    assert.deepEqual([got.as_of, got.days, got.actual, got.unopened], ['2018-01-01', 30, null, 272]);
    assert.equal(analyze([...args, '--format', 'json']).out, analyze([...args, '--format', 'json']).out);
    const csv = rowsOf(analyze([...args, '--format', 'csv']).out);
    assert.equal(csv.length, got.open + 1);
    assert.deepEqual(csv[1].slice(0, 3), [got.deals[0].id, got.deals[0].group, String(got.deals[0].age_days)]);
  });
});

const DEALS = 'id,stage,opened,closed,value\n';
test('forecast without a won deal expects nothing it knows of', () => {
  const got = json(['forecast', file('open.csv', `${DEALS}a,new,2024-01-01,,100\n`)]);
  assert.deepEqual([got.why, got.open, got.expected, got.p90, got.deals[0].p_won, got.deals[0].value],
    ['no_won_deal', 1, null, null, null, 100]);
});

test('forecast takes an open deal at its own value', () => {
  const got = json(['forecast', file('own.csv', `${DEALS}a,Won,2024-01-01,2024-01-11,50\n` +
    'b,new,2024-01-01,,1000\n'), '--days', '1']);
  assert.equal(got.as_of, '2024-01-12');
  const risk = 11 + 11;
  near(got.deals[0].p_won, 1 / risk, 1e-12, 'chance');
  near(got.expected, 1000 / risk, 1e-12, 'expected');
});

for (const [name, content, message] of [
  ['a day that is none', `${DEALS}a,won,2024-13-01,2024-01-01,1\n`, /line 2, opened.*2024-13-01/],
  ['a won deal that never closed', `${DEALS}a,won,2024-01-01,,1\n`, /line 2, closed/],
  ['a deal closed before it began', `${DEALS}a,lost,2024-01-02,2024-01-01,1\n`, /line 2, closed/],
  ['text for a value', `${DEALS}a,new,2024-01-02,,much\n`, /line 2, value.*much/],
  ['no stage', 'id,opened,closed,value\n', /stage/],
]) {
  test(`forecast refuses ${name}`, () => {
    const result = analyze(['forecast', file('bad.csv', content)]);
    assert.equal(result.code, 1);
    assert.match(result.err, message);
    assert.equal(result.out, '');
  });
}

/* --- groups --------------------------------------------------------------- */

/* Customers of three kinds, some twice the same. */
function shopFile() {
  const lines = ['customer,order,date,quantity,price'];
  const add = (name, orders, day, price) => {
    for (let k = 0; k < orders; k++) lines.push(`${name},${name}-${k},2025-${String(1 + ((day + k) % 12)).padStart(2, '0')}-${String(1 + ((day * 7 + k) % 28)).padStart(2, '0')},1,${price}`);
  };
  for (let i = 0; i < 20; i++) add(`rich${i}`, 8 + (i % 3), i, 500 + i);
  for (let i = 0; i < 40; i++) add(`some${i}`, 2 + (i % 2), i, 40 + (i % 5));
  for (let i = 0; i < 30; i++) add(`once${i}`, 1, 2, 9.99);
  return `${lines.join('\n')}\n`;
}

test('groups stand where k-means stands still', () => {
  const path = file('shop.csv', shopFile());
  const rfm = json(['rfm', path]).rows;
  const x = rfm.map((r) => [Math.log1p(r.recency_days), Math.log(r.frequency), Math.log1p(Number(r.monetary))]);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  for (const k of [2, 3, 7, 12]) {
    const got = json(['groups', path, '--k', String(k)]);
    assert.equal(got.customers, rfm.length);
    const scaled = x.map((v) => v.map((one, j) => (one - got.facts[j].mean) / got.facts[j].sd));
    got.facts.forEach((f, j) => {
      near(f.mean, sum(x.map((v) => v[j])) / x.length, 1e-9, f.fact);
      near(f.sd, Math.sqrt(sum(x.map((v) => (v[j] - f.mean) ** 2)) / x.length), 1e-9, f.fact);
    });
    assert.ok(got.groups.length >= 2 && got.groups.length <= k);
    got.rows.forEach((row, i) => {
      assert.equal(row.id, rfm[i].id);
      const apart = got.groups.map((g) => Math.hypot(...g.centre.map((v, j) => v - scaled[i][j])));
      near(row.distance, Math.min(...apart), 1e-9, row.id);
      assert.ok(apart[row.group - 1] <= Math.min(...apart) + 1e-9, row.id);
    });
    for (const g of got.groups) {
      const mine = got.rows.flatMap((row, i) => (row.group === g.group ? [i] : []));
      assert.equal(g.customers, mine.length);
      near(Number(g.sales), sum(mine.map((i) => Number(rfm[i].monetary))), 1e-9);
      near(g.mean.frequency, sum(mine.map((i) => rfm[i].frequency)) / mine.length, 1e-9);
      near(g.mean.recency_days, sum(mine.map((i) => rfm[i].recency_days)) / mine.length, 1e-9);
      g.centre.forEach((v, j) => assert.ok(Math.abs(v - sum(mine.map((i) => scaled[i][j])) / mine.length) < 1e-9, `group ${g.group}`));
      const word = (j, names) => names[g.centre[j] >= 0.5 ? 2 : g.centre[j] <= -0.5 ? 0 : 1];
      assert.deepEqual(g.words, { recency: word(0, ['recent', 'medium', 'old']), frequency: word(1, ['seldom', 'medium', 'often']), money: word(2, ['little', 'medium', 'much']) });
    }
    assert.ok(got.groups.every((g, i) => i === 0 || g.centre[2] <= got.groups[i - 1].centre[2]));
  }
  assert.deepEqual(json(['groups', path]), json(['groups', path, '--k', '5']), 'five unless said otherwise');
  assert.equal(analyze(['groups', path, '--format', 'csv']).out.split('\r\n')[0], 'id,group,distance');
  assert.match(analyze(['groups', path]).out, /recent|old/);
});

test('groups of one kind of customer, and bad numbers of groups', () => {
  const alike = file('alike.csv', 'customer,order,date,quantity,price\na,1,2025-01-01,1,5\nb,2,2025-01-01,1,5\n');
  const got = json(['groups', alike]);
  assert.deepEqual(got.groups.map((g) => [g.group, g.customers]), [[1, 2]]);
  assert.deepEqual(got.rows.map((row) => [row.group, row.distance]), [[1, 0], [1, 0]]);
  const none = file('none.csv', 'customer,order,date,quantity,price\n,1,2025-01-01,1,5\n');
  assert.deepEqual(json(['groups', none]).groups, []);
  for (const k of ['1', '13', 'x', '2.5']) {
    const bad = analyze(['groups', alike, '--k', k]);
    assert.deepEqual([bad.code, bad.out], [2, '']);
    assert.match(bad.err, /--k must be from 2 to 12/);
  }
  assert.equal(analyze(['rfm', alike, '--k', '3']).code, 2);
});

/* --- set occasions: BG/BB --------------------------------------------------- */

const DONORS = join(DATA, 'bgbb-donations/donations.csv');

/* Chance of a history, of being there at the next occasion, and occasions taken
 * in the next `ahead`: by a sum over p and theta on a grid in ln odds. */
function bgbbSlow([alpha, beta, gamma, delta], { x, t_x: tx, n }, ahead) {
  const grid = (a, b) => {
    const points = [];
    for (let w = -45 / Math.min(a, 1); w <= 45 / Math.min(b, 1); w += 0.08) {
      const lnP = w < 0 ? w - Math.log1p(Math.exp(w)) : -Math.log1p(Math.exp(-w));
      const lnQ = w < 0 ? -Math.log1p(Math.exp(w)) : -w - Math.log1p(Math.exp(-w));
      points.push([lnP, lnQ, Math.exp(a * lnP + b * lnQ)]);
    }
    const all = points.reduce((sum, p) => sum + p[2], 0);
    return points.map(([p, q, weight]) => [p, q, weight / all]);
  };
  let history = 0;
  let next = 0;
  let taken = 0;
  const thetas = grid(gamma, delta);
  for (const [lnP, lnQ, wp] of grid(alpha, beta)) {
    for (const [lnT, lnS, wt] of thetas) {
      const there = Math.exp(x * lnP + (n - x) * lnQ + n * lnS) * wp * wt;
      history += there;
      for (let last = tx; last < n; last++) history += Math.exp(x * lnP + (last - x) * lnQ + lnT + last * lnS) * wp * wt;
      next += there * Math.exp(lnS);
      for (let j = 1; j <= ahead; j++) taken += there * Math.exp(lnP + j * lnS);
    }
  }
  return { p_alive: next / history, expected: taken / history };
}

test('bgbb finds what is published of the donors', need(DONORS), () => {
  const { model, customers, period, end } = json(['clv', DONORS, '--summary', '--model', 'bgbb', '--period', 'year']);
  assert.deepEqual([period, end, model.bgbb.identified, model.gamma_gamma.why], ['year', null, true, 'no_repeat_spend']);
  for (const [name, want] of Object.entries({ alpha: 1.204, beta: 0.750, gamma: 0.657, delta: 2.783 })) near(model.bgbb[name], want, 1e-3, name);
  near(model.bgbb.ll, -33225.6, 1e-5, 'll');
  assert.equal(customers.length, 22);
  const of = (x, tx) => customers.find((c) => c.x === x && c.t_x === tx);
  for (const c of [of(0, 0), of(1, 3), of(4, 6), of(6, 6)]) {
    const slow = bgbbSlow([model.bgbb.alpha, model.bgbb.beta, model.bgbb.gamma, model.bgbb.delta], c, 1);
    near(c.p_alive, slow.p_alive, 1e-6, 'p_alive');
    near(c.expected_year, slow.expected, 1e-6, 'expected_year');
    assert.equal(c.clv_12m, null);
  }
});

test('bgbb counts periods that are over, in any order of lines', () => {
  const lines = [
    ['a', '2025-01-31', 10], ['a', '2025-02-01', 20], ['a', '2025-02-28', 5], ['a', '2025-05-02', 8], ['a', '2025-06-03', 99],
    ['b', '2025-03-10', 7], ['b', '2025-04-30', 6], ['c', '2025-05-31', 4], ['d', '2025-06-01', 3],
  ];
  const write = (name, rows) => file(name, `customer,date,amount\n${rows.map((r) => r.join(',')).join('\n')}\n`);
  const given = ['--given', '1.2,0.75,0.66,2.8,6,4,15'];
  const run = (path, period, ...more) => json(['clv', path, '--order=', '--model', 'bgbb', '--period', period, ...given, ...more]);
  const facts = ({ customers }) => customers.map((c) => [c.id, c.x, c.t_x, c.n, c.m]);
  const sorted = write('sorted.csv', lines);
  const months = run(sorted, 'month'); /* June is not over on the 3rd */
  assert.deepEqual(facts(months), [['a', 2, 4, 4, 16.5], ['b', 1, 1, 2, 6], ['c', 0, 0, 0, null]]);
  assert.equal(months.end, '2025-06-03');
  assert.deepEqual(run(write('mixed.csv', [...lines].reverse()), 'month'), months);
  assert.deepEqual(facts(run(sorted, 'month', '--as-of', '2025-06-30')), [['a', 3, 5, 5, 44], ['b', 1, 1, 3, 6], ['c', 0, 0, 1, null], ['d', 0, 0, 0, null]]);
  assert.deepEqual(facts(run(sorted, 'month', '--until', '2025-04-30')), [['a', 1, 1, 3, 25], ['b', 1, 1, 1, 6]]);
  const monday = (text) => Math.floor((Date.parse(text) / 86400000 + 3) / 7);
  const weeks = run(sorted, 'week', '--as-of', '2025-06-08').customers; /* a Sunday */
  for (const c of weeks) {
    const mine = [...new Set(lines.filter(([id]) => id === c.id).map(([, day]) => monday(day)))].sort((x, y) => x - y);
    assert.deepEqual([c.x, c.t_x, c.n], [mine.length - 1, mine.at(-1) - mine[0], monday('2025-06-08') - mine[0]], c.id);
  }
  assert.match(analyze(['clv', sorted, '--order=', '--model', 'bgbb', '--period', 'month', ...given]).err, /lines of a month that is not over/);
  const early = analyze(['clv', sorted, '--order=', '--model', 'bgbb', '--period', 'year', ...given]);
  assert.equal(early.code, 1);
  assert.match(early.err, /period that is over/);
  const ended = run(sorted, 'year', '--as-of', '2025-12-31');
  assert.deepEqual(facts(ended).map((f) => f[3]), [0, 0, 0, 0]);
  /* value: expected occasions, each discounted to today, times the mean value */
  const told = months.customers[0];
  const buys = Array.from({ length: 13 }, (_, j) => (j === 0 ? 0 : bgbbSlow([1.2, 0.75, 0.66, 2.8], told, j).expected));
  near(told.expected_year, buys[12], 1e-6, 'expected_year');
  let worth = 0;
  for (let j = 1; j <= 12; j++) worth += (buys[j] - buys[j - 1]) / 1.01 ** j;
  near(told.clv_12m, (worth * 6 * (15 + told.x * told.m)) / (6 * told.x + 4 - 1), 1e-6, 'clv_12m');
});

test('bgbb says in words what the data do not tell', () => {
  const once = file('once.csv', 'customer,date,amount\na,2025-01-05,5\nb,2025-02-05,5\nc,2025-04-30,5\n');
  const result = analyze(['clv', once, '--order=', '--model', 'bgbb', '--period', 'month', '--format', 'json']);
  assert.equal(result.code, 0, result.err);
  assert.match(result.err, /bgbb is not identified \(no_repeat_buyers\): nothing is expected/);
  const got = JSON.parse(result.out);
  assert.deepEqual([got.model.bgbb.identified, got.model.bgbb.why, got.model.bgbb.alpha], [false, 'no_repeat_buyers', null]);
  for (const c of got.customers) assert.deepEqual([c.p_alive, c.expected_year, c.clv_12m], [null, null, null]);
  const loyal = file('loyal.csv', `x,t_x,n\n${'6,6,6\n'.repeat(50)}`);
  const flat = json(['clv', loyal, '--summary', '--model', 'bgbb', '--period', 'year']);
  assert.equal(flat.model.bgbb.identified, false);
  for (const rows of ['2,1,6', '7,7,6', '1.5,2,6', '0,1,6', '-1,0,6', '1,1,20000', 'x,1,6']) {
    const bad = analyze(['clv', file('bad.csv', `x,t_x,n\n${rows}\n`), '--summary', '--model', 'bgbb', '--period', 'year']);
    assert.deepEqual([bad.code, bad.out], [1, ''], rows);
    assert.match(bad.err, /line 2/);
  }
  for (const [args, message] of [
    [['--model', 'bgbb'], /needs --period/], [['--period', 'month'], /goes with --model bgbb/], [['--model', 'bgbb', '--period', 'day'], /week, month, year/],
    [['--model', 'lstm'], /bgnbd, bgbb/], [['--model', 'bgbb', '--period', 'year', '--given', '1,2,3'], /four or seven/],
  ]) {
    const bad = analyze(['clv', once, ...args]);
    assert.deepEqual([bad.code, bad.out], [2, ''], args.join(' '));
    assert.match(bad.err, message);
  }
  assert.equal(analyze(['rfm', once, '--model', 'bgbb', '--period', 'year']).code, 2);
});
