/* `guanxi analyze` in every format and from every kind of file, and on what
 * files should not hold: an answer that says what it is worth, or an error that
 * says what is wrong; never a number that is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { BIN } from './lib.mjs';
import { Random } from './random.mjs';

const folder = mkdtempSync(join(tmpdir(), 'guanxi-formats-'));
after(() => rmSync(folder, { recursive: true }));

const FORMATS = ['json', 'csv', 'table'];
const OF_LINES = ['rfm', 'abc', 'pyramid', 'clv', 'cohort', 'basket'];
/* As a word of its own: ids and headings may hold the letters. */
const NO_NUMBER = /(?<![a-z_])[-+]?(nan|inf|infinity)(?![a-z_])/i;

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function analyze(args, input) {
  const result = spawnSync(BIN, ['analyze', ...args],
    { encoding: 'utf8', input, maxBuffer: 512 << 20, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function json(args) {
  const result = analyze([...args, '--format', 'json']);
  assert.equal(result.code, 0, result.err);
  return JSON.parse(result.out);
}

const cellsOf = (text) => text.trimEnd().split('\r\n').map((line) => line.split(','));

/* --- files ------------------------------------------------------------------ */

const HEADING = 'customer,order,date,product,amount\n';
const dayText = (n) => new Date(Date.UTC(2023, 0, 1) + n * 86400000).toISOString().slice(0, 10);

function lines(customers, days, seed = 1) {
  const r = new Random(seed);
  const rows = [];
  for (let i = 0; i < customers; i++)
    for (let k = r.int(1, 9); k > 0; k--) {
      const [day, order] = [dayText(r.int(0, days)), `o${i}-${k}`];
      for (let p = r.int(1, 3); p > 0; p--) rows.push(`c${String(i).padStart(4, '0')},${order},${day},p${r.int(1, 6)},${r.int(1, 9000)}.${r.int(10, 99)}`);
    }
  return `${HEADING}${rows.join('\n')}\n`;
}

function churners(n, seed = 1) {
  const r = new Random(seed);
  const rows = Array.from({ length: n }, (_, i) => {
    const plan = r.pick(['month', 'year']);
    const months = r.int(0, 60);
    return `c${i},${r.int(0, 99) < (plan === 'month' ? 60 : 15) ? 'yes' : 'no'},${months},${plan},${r.int(10, 90)}.${r.int(0, 9)}`;
  });
  return `id,churn,months,plan,fee\n${rows.join('\n')}\n`;
}

function deals(n, seed = 1) {
  const r = new Random(seed);
  const rows = Array.from({ length: n }, (_, i) => {
    const opened = r.int(0, 500);
    const stage = r.pick(['Won', 'Lost', 'open', 'open']);
    return `d${i},${stage},${dayText(opened)},${stage === 'open' ? '' : dayText(opened + r.int(0, 90))},${r.once(4) ? '' : r.int(100, 9000)},g${r.int(1, 4)}`;
  });
  return `id,stage,opened,closed,value,group\n${rows.join('\n')}\n`;
}

const EVALUATE = 'model,p1,p2,p3,p4,x,t_x,T,t\n';
const STRESS = `${EVALUATE}bgnbd,.24,4.4,.79,2.4,2,30.43,38.86,39\npnbd,.55,10.6,.6,11.7,2,30.43,38.86,39\ngg,6.25,3.74,15.44,,2,22.35,0,0\n`
  .replace('15.44,,', '15.44,0,');

const FILES = {
  rfm: lines(120, 300), abc: lines(120, 300), pyramid: lines(120, 300), clv: lines(120, 300), cohort: lines(120, 300),
  basket: lines(120, 300), evaluate: STRESS, churn: churners(200), forecast: deals(300),
};

/* --- formats ---------------------------------------------------------------- */

const text = (v) => (v === null ? '' : String(v));
/* The rows that --format csv must hold, out of the JSON. */
const ROWS = {
  rfm: (j) => j.rows.map(Object.values), abc: (j) => j.rows.map(Object.values), pyramid: (j) => j.rows.map(Object.values),
  clv: (j) => j.customers.map(Object.values), evaluate: (j) => j.map(Object.values),
  churn: (j) => j.customers.map((c) => [c.id, c.risk]),
  cohort: (j) => j.cohorts.flatMap((c) => c.active.map((n, k) => [c.cohort, k, c.customers, n])),
  basket: (j) => j.pairs.map(Object.values), forecast: (j) => j.deals.map(Object.values),
};
const HEADINGS = {
  rfm: 'id,recency_days,frequency,monetary,R,F,M', abc: 'id,sales,share_before,class', pyramid: 'id,tier',
  clv: 'id,x,t_x,T,m,p_alive,expected_52w,clv_12m', evaluate: 'll,palive,expected_t', churn: 'id,risk',
  cohort: 'cohort,month,customers,active',
  basket: 'a,b,orders_a,orders_b,together,support,confidence_ab,confidence_ba,lift,chi2',
  forecast: 'id,group,age_days,value,p_won,p_lost,expected',
};
/* What a person must find in the table. */
const TABLE = {
  rfm: /as of .*\n.*R  /, abc: /A .* of sales/, pyramid: /vip .* customers/, clv: /bgnbd .*\n.*pareto_nbd/, evaluate: /ll,palive/,
  churn: /auc .*\n[^]*survival/, cohort: /cohort .* active/, basket: /together .*lift/, forecast: /expected .*\n.*weighted/,
};

for (const [what, content] of Object.entries(FILES))
  test(`${what}: json, csv and table say the same, packed, piped or plain`, () => {
    const plain = file(`${what}.csv`, content);
    const packed = file(`${what}.csv.gz`, gzipSync(content));
    const found = {};
    for (const format of FORMATS) {
      const result = analyze([what, plain, '--format', format]);
      assert.equal(result.code, 0, result.err);
      assert.doesNotMatch(result.out, NO_NUMBER);
      assert.equal(analyze([what, packed, '--format', format]).out, result.out, 'packed');
      assert.equal(analyze([what, '-', '--format', format], content).out, result.out, 'piped');
      found[format] = result.out;
    }
    const rows = ROWS[what](JSON.parse(found.json));
    const [heading, ...got] = cellsOf(found.csv);
    assert.equal(heading.join(','), HEADINGS[what]);
    assert.ok(rows.length > 2);
    const number = (v) => (v !== '' && Number.isFinite(Number(v)) ? Number(v) : v);
    assert.deepEqual(got.map((row) => row.map(number)), rows.map((row) => row.map((v) => number(text(v)))));
    assert.match(found.table, TABLE[what]);
    assert.equal(analyze([what, plain]).out, found.table, 'the table is the default');
  });

for (const [args, message] of [
  [['forecast', '--until', '2024-01-01'], /--until/], [['churn', '--as-of', '2024-01-01'], /--as-of/],
  [['rfm', '--given', '1,2,3,4'], /--given/], [['abc', '--tiers', '1,2,3'], /--tiers/], [['pyramid', '--a-share', '1'], /--a-share/],
  [['evaluate', '--customer', 'x'], /--customer/], [['cohort', '--as-of', '2024-01-01'], /--as-of/], [['clv', '--support', '1'], /--support/],
  [['clv', '--summary', '--until', '2024-01-01'], /--until.*--summary/], [['clv', '--summary', '--as-of', '2024-01-01'], /--as-of.*--summary/],
])
  test(`an option that would change nothing is refused: ${args.join(' ')}`, () => {
    const [what, ...more] = args;
    const result = analyze([what, file(`${what}.csv`, FILES[what]), ...more]);
    assert.equal(result.code, 2, result.err);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });

/* --- what files should not hold --------------------------------------------- */

/* The three formats; every answer is one, or an error that says what is wrong.
 * → the JSON, or null. */
function sound(what, path, more = [], formats = FORMATS) {
  let answer = null;
  for (const format of formats) {
    const result = analyze([what, path, '--format', format, ...more]);
    const told = `${what} ${more.join(' ')} ${format}: ${result.err}`;
    assert.ok(result.code === 0 || result.code === 1, `${result.code} ${told}`);
    if (result.code === 1) {
      assert.equal(result.out, '', told);
      assert.match(result.err, /\w/);
      continue;
    }
    assert.doesNotMatch(result.out, NO_NUMBER, told);
    if (format === 'json') answer = JSON.parse(result.out);
  }
  return answer;
}

const row = (customer, order, day, amount, product = 'p') => `${customer},${order},${day},${product},${amount}\n`;
const many = (n, make) => HEADING + Array.from({ length: n }, (_, i) => make(i)).join('');
const SALES = {
  'no repeat buyers': many(60, (i) => row(`c${i}`, `o${i}`, dayText(i), 5)),
  'one customer once': HEADING + row('a', 1, '2024-01-01', 5),
  'one customer often': many(40, (i) => row('a', `o${i}`, dayText(i * 3), i + 1)),
  'all on one day': many(60, (i) => row(`c${i % 20}`, `o${i}`, '2024-01-01', i + 1, `p${i % 3}`)),
  'negative amounts alone': many(20, (i) => row(`c${i}`, `o${i}`, dayText(i), -5)),
  'zero amounts alone': many(60, (i) => row(`c${i % 20}`, `o${i}`, dayText(i), 0)),
  'amounts of all kinds': many(90, (i) => row(`c${i % 20}`, `o${i}`, dayText(i), [-5, 0, 3, '0.000001', 9000000][i % 5])),
  'everybody the same': many(90, (i) => row(`c${i % 30}`, `o${i}`, dayText(Math.floor(i / 30) * 7), 10)),
  'days to come': many(60, (i) => row(`c${i % 20}`, `o${i}`, i % 7 === 0 ? '2999-12-31' : dayText(i), 5)),
  'the first and the last day there is': HEADING + row('a', 1, '0001-01-01', 5) + row('a', 2, '9999-12-31', 5),
  'the largest amount': HEADING + row('a', 1, '2024-01-01', '9223372036854.775807') + row('a', 2, '2024-01-08', -1),
  'amounts that do not add up': many(4, (i) => row('a', i, dayText(i), '9000000000000')),
  'no customer': many(9, (i) => row('', i, dayText(i), 5)),
  'an order of every customer': many(30, (i) => row(`c${i % 5}`, 'same', dayText(i), 5, `p${i % 4}`)),
  'a heading alone': HEADING,
  'nothing': '',
};

describe('sales', () => {
  for (const [name, content] of Object.entries(SALES))
    test(name, () => {
      const path = file('sales.csv', content);
      const got = Object.fromEntries(OF_LINES.map((what) => [what, sound(what, path)]));
      if (content.length <= HEADING.length) return assert.deepEqual(Object.values(got), OF_LINES.map(() => null));
      if (got.clv === null) return;
      const { model, customers } = got.clv;
      assert.equal(model.bgnbd.identified, model.bgnbd.why === undefined);
      if (model.scored_by === null)
        for (const one of customers) assert.deepEqual([one.p_alive, one.expected_52w, one.clv_12m], [null, null, null]);
    });

  test('a day to come is taken at its word', () => {
    const path = file('future.csv', SALES['days to come']);
    assert.equal(json(['rfm', path]).as_of, '3000-01-01');
    const now = json(['rfm', path, '--until', '2024-01-01']);
    assert.equal(now.lines, 51);
    assert.equal(analyze(['rfm', path, '--as-of', '2024-01-01']).code, 1);
    assert.match(analyze(['cohort', path]).err, /hundred years/);
  });

  test('random small files', () => {
    const r = new Random(7);
    for (let seed = 1; seed <= 25; seed++) {
      const path = file('small.csv', lines(r.int(1, 12), r.int(0, 200), seed));
      for (const what of OF_LINES) sound(what, path, [], [r.pick(FORMATS)]);
    }
  });

  test('a million purchases of one customer', () => {
    const PURCHASES = 1000000;
    const DAYS = 3000;
    const rows = new Array(PURCHASES);
    for (let i = 0; i < PURCHASES; i++) rows[i] = `a,o${i},${dayText(i % DAYS)},p${i % 5},1.25`;
    const path = file('million.csv', `${HEADING}${rows.join('\n')}\nb,x,${dayText(5)},p1,3\nb,y,${dayText(9)},p2,3\n`);
    const rfm = json(['rfm', path]);
    assert.deepEqual(rfm.rows[0], { id: 'a', recency_days: 1, frequency: PURCHASES, monetary: '1250000', R: 3, F: 3, M: 3 });
    assert.deepEqual(json(['abc', path]).rows.map((one) => one.id + one.class), ['aA', 'bC']);
    assert.deepEqual(json(['pyramid', path]).rows.map((one) => one.tier), ['vip', 'small']);
    const { customers } = json(['clv', path]);
    assert.deepEqual([customers[0].x, customers[0].m], [DAYS - 1, 1.25 * (PURCHASES - Math.ceil(PURCHASES / DAYS)) / (DAYS - 1)]);
    for (const value of Object.values(customers[0])) assert.ok(value === null || typeof value === 'string' || Number.isFinite(value));
    assert.equal(json(['cohort', path]).cohorts[0].customers, 2);
    assert.equal(json(['basket', path]).orders, PURCHASES + 2);
    rmSync(path);
    const history = file('history.csv', `id,x,t_x,T,m\na,${PURCHASES},428,430,1.25\nb,0,0,400,\nc,1,30,400,9\nd,3,200,420,5\n`);
    for (const more of [[], ['--given', '0.24,4.4,0.79,2.4,6.2,3.7,15.4']]) {
      const got = sound('clv', history, ['--summary', ...more]);
      const [a] = got.customers;
      assert.equal(a.x, PURCHASES);
      if (more.length > 0) assert.ok(a.p_alive < 1e-6 && a.expected_52w >= 0 && a.clv_12m >= 0, JSON.stringify(a));
    }
  });
});

test('histories and parameters at the edges of what a number holds', () => {
  const edges = [1e-300, 1e-9, 1, 1e9, 1e300];
  const r = new Random(11);
  for (let k = 0; k < 12; k++) {
    const rows = Array.from({ length: r.int(1, 30) }, (_, i) => {
      const T = r.pick([0, 1e-300, 1, 40, 1e9, 1e300]);
      const x = T === 0 ? 0 : r.pick([0, 1, 2, 1000, 1000000000]);
      return `c${i},${x},${x === 0 ? 0 : T * r.pick([0, 0.5, 1])},${T},${x === 0 ? '' : r.pick([1e-300, 1, 1e300])}`;
    });
    const path = file('edges.csv', `id,x,t_x,T,m\n${rows.join('\n')}\n`);
    sound('clv', path, ['--summary'], [r.pick(FORMATS)]);
    sound('clv', path, ['--summary', '--given', Array.from({ length: 7 }, () => r.pick(edges)).join(',')], [r.pick(FORMATS)]);
  }
});

test('evaluate at the edges of what a number holds', () => {
  const edges = ['1e-300', '1e-9', '1', '1e9', '1e300'];
  const histories = [[0, 0, 0], [0, 0, 40], [1, 0, 40], [1, 40, 40], [3, 20, '1e300'], [1000000000, 39, 40], [2, '1e-300', '1e-300']];
  const r = new Random(13);
  const rows = Array.from({ length: 400 }, (_, i) => {
    const model = ['bgnbd', 'pnbd', 'gg'][i % 3];
    const [x, t_x, T] = r.pick(histories);
    return [model, r.pick(edges), r.pick(edges), r.pick(edges), r.pick(edges), x, t_x, T, r.pick(['0', '1', '1e300'])].join(',');
  });
  const got = sound('evaluate', file('edges.csv', `${EVALUATE}${rows.join('\n')}\n`));
  assert.equal(got.length, rows.length);
  for (const [i, one] of got.entries())
    if (one.palive !== null) assert.ok(one.palive >= 0 && one.palive <= 1, `${rows[i]} ${JSON.stringify(one)}`);
});

/* --- churn ------------------------------------------------------------------ */

describe('churn', () => {
  test('random small files', () => {
    const r = new Random(17);
    for (let seed = 1; seed <= 40; seed++) {
      const path = file('churn.csv', churners(r.int(1, 14), seed));
      const got = sound('churn', path, r.once(2) ? [] : ['--ridge', r.pick(['1e-9', '1e9'])], ['json', r.pick(['csv', 'table'])]);
      for (const one of got.customers) assert.ok(one.risk === null || (one.risk >= 0 && one.risk <= 1));
    }
  });

  const rows = (make) => `id,churn,months,v,plan\n${Array.from({ length: 40 }, (_, i) => make(i)).join('\n')}\n`;
  for (const [name, make, out] of [
    ['facts too large to be squared', (i) => `c${i},${i % 3 ? 'no' : 'yes'},${i},${i % 2 ? '1e308' : '-1e308'},${i % 4 ? 'x' : 'y'}`, 'too_large'],
    ['facts too small to be squared', (i) => `c${i},${i % 3 ? 'no' : 'yes'},${i},${i % 2 ? '1e-320' : '0'},${i % 4 ? 'x' : 'y'}`, 'constant'],
    ['durations without end', (i) => `c${i},${i % 3 ? 'no' : 'yes'},1e308,${i},${i % 4 ? 'x' : 'y'}`, 'too_large'],
    ['a fact that tells all', (i) => `c${i},${i % 3 ? 'no' : 'yes'},${i},${i},${i % 3 ? 'x' : 'y'}`, null],
    ['nobody seen for a day', (i) => `c${i},${i % 3 ? 'no' : 'yes'},0,${i},${i % 4 ? 'x' : 'y'}`, 'constant'],
  ])
    test(name, () => {
      const got = sound('churn', file('churn.csv', rows(make)));
      assert.ok(got.model.left_out.some((one) => one.why === out) || out === null, JSON.stringify(got.model.left_out));
      for (const one of got.customers) assert.ok(one.risk > 0 && one.risk < 1, JSON.stringify(one));
    });
});

/* --- forecast --------------------------------------------------------------- */

describe('forecast', () => {
  const DEALS = 'id,stage,opened,closed,value\n';
  test('random small files', () => {
    const r = new Random(19);
    for (let seed = 1; seed <= 25; seed++) {
      const path = file('deals.csv', deals(r.int(1, 15), seed));
      sound('forecast', path, r.once(2) ? [] : ['--days', r.pick(['1', '30', '3650'])], ['json', r.pick(['csv', 'table'])]);
    }
  });

  test('no deal has a value', () => {
    const got = sound('forecast', file('deals.csv', `${DEALS}a,won,2024-01-01,2024-01-11,\nb,new,2024-01-01,,\n`));
    assert.deepEqual([got.why, got.open, got.unvalued, got.expected, got.p50, got.deals[0].value, got.deals[0].p_won],
      ['no_value', 1, 1, null, null, null, null]);
  });

  test('one deal has no value and no deal alike tells it', () => {
    const got = sound('forecast', file('deals.csv', `${DEALS}a,won,2024-01-01,2024-01-11,\nb,new,2024-01-01,,\nc,new,2024-01-01,,500\n`), ['--days', '5']);
    assert.deepEqual([got.why, got.open, got.unvalued], [null, 2, 1]);
    assert.equal(got.deals[0].value, null);
    assert.ok(got.deals[0].p_won > 0);
    assert.ok(Math.abs(got.expected - 500 * got.deals[1].p_won) < 1e-9 && got.p10 === 0 && got.p90 === 500, JSON.stringify(got));
  });

  for (const [name, rows] of [
    ['values too large to add up', 'a,won,2024-01-01,2024-01-11,1e308\nb,won,2024-01-01,2024-01-11,1e308\nc,new,2024-01-01,,1e308\nd,new,2024-01-01,,1e308\n'],
    ['all on one day', 'a,won,2024-01-01,2024-01-01,5\nb,lost,2024-01-01,2024-01-01,5\nc,new,2024-01-01,,5\n'],
    ['days of long ago and to come', 'a,won,0001-01-01,2024-01-01,5\nb,new,0001-01-01,,5\nc,won,2024-01-01,9999-12-31,5\n'],
    ['values below 0', 'a,won,2024-01-01,2024-01-09,-5\nb,new,2024-01-01,,-7\n'],
    ['no open deal', 'a,won,2024-01-01,2024-01-09,5\nb,lost,2024-01-02,2024-01-09,5\n'],
  ])
    test(name, () => {
      const got = sound('forecast', file('deals.csv', `${DEALS}${rows}`));
      assert.ok(got !== null);
    });

  test('twenty thousand deals of as many groups', () => {
    const rows = Array.from({ length: 20000 }, (_, i) => `d${i},${i % 2 ? 'won' : 'new'},${dayText(i % 300)},${i % 2 ? dayText(i % 300 + 20) : ''},${i % 7 + 1},g${i}`);
    const got = json(['forecast', file('deals.csv', `id,stage,opened,closed,value,group\n${rows.join('\n')}\n`)]);
    assert.equal(got.groups.length, got.open);
  });
});
