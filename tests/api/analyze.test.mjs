/* `guanxi analyze` against a second, slow implementation that shares nothing
 * with it: own CSV splitting, BigInt for money, counting in nested loops. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.GUANXI_BIN ?? process.env.GUANXI ?? join(ROOT, 'build/guanxi');
const RETAIL = join(ROOT, '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz');
const HEADER = 'CustomerID,InvoiceNo,InvoiceDate,Quantity,UnitPrice\n';

const folder = mkdtempSync(join(tmpdir(), 'guanxi-analyze-'));
after(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function analyze(args, input) {
  const result = spawnSync(BIN, ['analyze', ...args],
    { encoding: 'utf8', input, maxBuffer: 256 << 20, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

function json(args, input) {
  const result = analyze([...args, '--format', 'json'], input);
  assert.equal(result.code, 0, result.err);
  return JSON.parse(result.out);
}

/* --- the slow way --------------------------------------------------------- */

function cells(line) {
  const out = [];
  let at = 0;
  while (at <= line.length) {
    if (line[at] === '"') {
      let text = '';
      for (at++; line[at] !== '"' || line[at + 1] === '"'; at++) {
        if (line[at] === '"') at++;
        text += line[at];
      }
      out.push(text);
      at += 2;
    } else {
      let end = line.indexOf(',', at);
      if (end < 0) end = line.length;
      out.push(line.slice(at, end));
      at = end + 1;
    }
  }
  return out;
}

/* "2.55" as an integer of 10^-digits. */
function scaled(text, digits) {
  const [, sign, whole, fraction = ''] = /^([-+]?)(\d*)(?:\.(\d*))?$/.exec(text);
  const value = BigInt(whole + fraction.padEnd(digits, '0'));
  return sign === '-' ? -value : value;
}

function decimal(value) {
  const digits = String(value).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
}

function dayNumber(text) {
  return Date.parse(`${text.slice(0, 10)}T00:00:00Z`) / 86400000;
}

function aggregate(text, until = '9999-12-31') {
  const rows = text.split(/\r?\n/).filter((line) => line !== '').map(cells);
  const header = rows.shift();
  const at = (name) => header.indexOf(name);
  const [customer, order, date, quantity, price] =
    ['CustomerID', 'InvoiceNo', 'InvoiceDate', 'Quantity', 'UnitPrice'].map(at);
  const people = new Map();
  const all = { lines: 0, saleLines: 0, lastDay: 0, sales: 0n, people };
  for (const row of rows) {
    const day = dayNumber(row[date]);
    if (day > dayNumber(until)) continue;
    all.lines++;
    all.lastDay = Math.max(all.lastDay, day);
    const pieces = scaled(row[quantity], 3);
    const each = scaled(row[price], 6);
    if (row[customer] === '' || row[order].startsWith('C') || pieces <= 0n || each <= 0n) continue;
    /* quantities of this file are whole, so nothing is rounded */
    const amount = pieces * each / 1000n;
    const one = people.get(row[customer]) ?? { last: day, orders: new Set(), sales: 0n };
    one.last = Math.max(one.last, day);
    one.orders.add(row[order]);
    one.sales += amount;
    people.set(row[customer], one);
    all.saleLines++;
    all.sales += amount;
  }
  return all;
}

/* 1 + floor(5 L / n), L counted one by one over the distinct values. */
function shareScores(values, worseThan) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const score = new Map();
  for (const value of counts.keys()) {
    let worse = 0;
    for (const [other, count] of counts) if (worseThan(other, value)) worse += count;
    score.set(value, 1 + Math.floor(5 * worse / values.length));
  }
  return values.map((value) => score.get(value));
}

function byBytes(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function histogram(scores) {
  return [1, 2, 3, 4, 5].map((score) => scores.filter((one) => one === score).length);
}

function slowRfm(all, asOf) {
  const ids = [...all.people.keys()].sort(byBytes);
  const people = ids.map((id) => all.people.get(id));
  const recency = people.map((one) => dayNumber(asOf) - one.last);
  const R = shareScores(recency, (a, b) => a > b);
  const F = shareScores(people.map((one) => one.orders.size), (a, b) => a < b);
  const M = shareScores(people.map((one) => one.sales), (a, b) => a < b);
  return {
    as_of: asOf,
    lines: all.lines,
    sale_lines: all.saleLines,
    customers: ids.length,
    sales: decimal(all.sales),
    hist: { R: histogram(R), F: histogram(F), M: histogram(M) },
    rows: ids.map((id, i) => ({
      id,
      recency_days: recency[i],
      frequency: people[i].orders.size,
      monetary: decimal(people[i].sales),
      R: R[i],
      F: F[i],
      M: M[i],
    })),
  };
}

function ranked(all) {
  return [...all.people].map(([id, one]) => ({ id, sales: one.sales }))
    .sort((a, b) => (a.sales === b.sales ? byBytes(a.id, b.id) : a.sales > b.sales ? -1 : 1));
}

function group(members, total) {
  const sales = members.reduce((sum, one) => sum + one.sales, 0n);
  return { customers: members.length, sales: decimal(sales), share: Number(sales) / Number(total) };
}

function slowAbc(all, a = 80n, b = 95n) {
  const people = ranked(all);
  let before = 0n;
  for (const one of people) {
    one.before = before;
    one.class = before * 100n < a * all.sales ? 'A' : before * 100n < b * all.sales ? 'B' : 'C';
    before += one.sales;
  }
  const classOf = (name) => group(people.filter((one) => one.class === name), all.sales);
  return {
    classes: { A: classOf('A'), B: classOf('B'), C: classOf('C') },
    rows: people.map((one) => ({
      id: one.id,
      sales: decimal(one.sales),
      share_before: Number(one.before) / Number(all.sales),
      class: one.class,
    })),
  };
}

function slowPyramid(all, percents = [1, 20, 50]) {
  const people = ranked(all);
  const names = ['vip', 'main', 'ordinary', 'small'];
  const limits = percents.map((percent) => Math.ceil(people.length * percent / 100));
  people.forEach((one, k) => {
    one.tier = names[limits.filter((limit) => k >= limit).length];
  });
  return {
    tiers: names.map((tier) =>
      ({ tier, ...group(people.filter((one) => one.tier === tier), all.sales) })),
    rows: people.map((one) => ({ id: one.id, tier: one.tier })),
  };
}

/* --- the real file -------------------------------------------------------- */

const present = existsSync(RETAIL);
describe('half a year of real orders', { skip: !present && 'skipped: no shared data' }, () => {
  const text = present ? gunzipSync(readFileSync(RETAIL)).toString('utf8') : '';
  const all = present ? aggregate(text) : null;

  test('rfm equals the slow way, row by row', () => {
    const got = json(['rfm', RETAIL, '--customer', 'CustomerID', '--order', 'InvoiceNo',
      '--date', 'InvoiceDate', '--quantity', 'Quantity', '--price', 'UnitPrice',
      '--as-of', '2011-06-01']);
    assert.deepEqual(got, slowRfm(all, '2011-06-01'));
    assert.equal(got.lines, 209029);
    assert.equal(got.sale_lines, 145450);
    assert.equal(got.customers, 2718);
    assert.equal(got.sales, '3332591.961');
  });

  test('guesses the columns, says so, and counts to the day after the last line', () => {
    const result = analyze(['rfm', RETAIL, '--format', 'json']);
    assert.equal(result.code, 0);
    assert.match(result.err, /guessed --customer CustomerID --order InvoiceNo/);
    assert.deepEqual(JSON.parse(result.out), slowRfm(all, '2011-06-01'));
  });

  test('abc equals the slow way, with other cut-offs too', () => {
    assert.deepEqual(json(['abc', RETAIL]), slowAbc(all));
    assert.deepEqual(json(['abc', RETAIL, '--a-share', '50', '--b-share=70']),
      slowAbc(all, 50n, 70n));
  });

  test('pyramid equals the slow way, with other ranks too', () => {
    assert.deepEqual(json(['pyramid', RETAIL]), slowPyramid(all));
    assert.deepEqual(json(['pyramid', RETAIL, '--tiers', '5,25,75']),
      slowPyramid(all, [5, 25, 75]));
  });

  test('ntile scores as a database would, fixed scores by given cuts', () => {
    const plain = slowRfm(all, '2011-06-01').rows;
    const micro = (text) => {
      const [whole, part = ''] = text.split('.');
      return BigInt(whole) * 1000000n + BigInt(part.padEnd(6, '0'));
    };
    const keys = { R: (row) => BigInt(-row.recency_days), F: (row) => BigInt(row.frequency),
      M: (row) => micro(row.monetary) };
    const tiles = new Map(plain.map((row) => [row.id, {}]));
    for (const [name, key] of Object.entries(keys)) {
      const order = [...plain].sort((a, b) =>
        (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : byBytes(a.id, b.id)));
      let at = 0;
      for (let tile = 1; tile <= 5; tile++) {
        const size = Math.floor(order.length / 5) + (tile <= order.length % 5 ? 1 : 0);
        for (let k = 0; k < size; k++) tiles.get(order[at++].id)[name] = tile;
      }
    }
    const got = json(['rfm', RETAIL, '--rfm', 'ntile', '--as-of', '2011-06-01']);
    assert.deepEqual(got.hist, { R: [544, 544, 544, 543, 543], F: [544, 544, 544, 543, 543],
      M: [544, 544, 544, 543, 543] });
    assert.deepEqual(got.rows, plain.map((row) => ({ ...row, ...tiles.get(row.id) })));

    const fixed = json(['rfm', RETAIL, '--mode', 'fixed', '--as-of', '2011-06-01',
      '--bands-r', '15,30,60,120', '--bands-f', '2,3,5,10', '--bands-m', '100,500.5,1000,5000']);
    const at = (cuts, value) => cuts.filter((cut) => value >= cut).length + 1;
    assert.deepEqual(fixed.rows, plain.map((row) => ({ ...row,
      R: 5 - [15, 30, 60, 120].filter((cut) => row.recency_days > cut).length,
      F: at([2, 3, 5, 10], row.frequency),
      M: at([100000000n, 500500000n, 1000000000n, 5000000000n], micro(row.monetary)) })));
  });

  test('until leaves later lines out', () => {
    const early = aggregate(text, '2011-02-28');
    const got = json(['rfm', RETAIL, '--until', '2011-02-28']);
    assert.deepEqual(got, slowRfm(early, '2011-03-01'));
    assert.deepEqual(json(['abc', RETAIL, '--until', '2011-02-28']), slowAbc(early));
  });

  test('packed, unpacked, piped and re-encoded files give the same', () => {
    const want = json(['abc', RETAIL]);
    assert.deepEqual(json(['abc', file('plain.csv', text)]), want);
    assert.deepEqual(json(['abc', '-'], text), want);
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    assert.deepEqual(json(['abc', file('utf16.csv', utf16)]), want);
    const shuffled = text.trimEnd().split('\n');
    const header = shuffled.shift();
    const reversed = [header, ...shuffled.reverse()].join('\r\n');
    assert.deepEqual(json(['abc', file('reversed.csv', reversed)]), want);
  });

  test('csv holds the same rows', () => {
    const result = analyze(['rfm', RETAIL, '--format', 'csv']);
    const rows = result.out.trimEnd().split('\r\n').map(cells);
    assert.deepEqual(rows.shift(),
      ['id', 'recency_days', 'frequency', 'monetary', 'R', 'F', 'M']);
    const want = slowRfm(all, '2011-06-01').rows.map((row) => Object.values(row).map(String));
    assert.deepEqual(rows, want);
  });

  test('the table shows totals', () => {
    const result = analyze(['pyramid', RETAIL]);
    assert.equal(result.code, 0);
    assert.match(result.out, /customers 2718/);
    assert.match(result.out, /3332591\.961/);
    assert.match(result.out, /^vip +28 customers/m);
  });
});

/* --- small files ---------------------------------------------------------- */

test('one customer', () => {
  const path = file('one.csv', `${HEADER}x,1,2024-02-29 23:59:59,1.5,0.000001\n`);
  const rfm = json(['rfm', path]);
  assert.equal(rfm.as_of, '2024-03-01');
  assert.deepEqual(rfm.rows, [{ id: 'x', recency_days: 1, frequency: 1,
    monetary: '0.000002', R: 1, F: 1, M: 1 }]);
  assert.deepEqual(json(['pyramid', path]).rows, [{ id: 'x', tier: 'vip' }]);
  assert.deepEqual(json(['abc', path]).rows,
    [{ id: 'x', sales: '0.000002', share_before: 0, class: 'A' }]);
});

test('lines that are no sale are counted and graded nobody', () => {
  const path = file('none.csv', `${HEADER},1,2024-01-01,1,1\na,C2,2024-01-02,-1,1\n` +
    'a,3,2024-01-03,-1,1\na,4,2024-01-04,1,0\na,5,,,\n');
  const rfm = json(['rfm', path]);
  assert.equal(rfm.lines, 5);
  assert.equal(rfm.sale_lines, 0);
  assert.equal(rfm.as_of, '2024-01-05');
  assert.equal(rfm.sales, '0');
  assert.deepEqual(rfm.rows, []);
  assert.deepEqual(json(['pyramid', path]).rows, []);
});

test('ties share scores; at a border the smaller id stands higher', () => {
  const rows = ['d', 'b', 'e', 'a', 'c'].map((id, i) => `${id},${i},2024-01-01,1,10\n`).join('');
  const path = file('ties.csv', HEADER + rows);
  assert.deepEqual(json(['rfm', path]).hist, { R: [5, 0, 0, 0, 0], F: [5, 0, 0, 0, 0],
    M: [5, 0, 0, 0, 0] });
  assert.deepEqual(json(['pyramid', path]).rows.map((row) => row.id + row.tier),
    ['avip', 'bordinary', 'cordinary', 'dsmall', 'esmall']);
  assert.deepEqual(json(['abc', path]).rows.map((row) => row.id + row.class),
    ['aA', 'bA', 'cA', 'dA', 'eB']);
});

test('amount stands in for quantity and price', () => {
  const path = file('amount.csv', '客户编号;订单号;日期;金额\n王;1;2024年1月2日;"1,234.50"\n' +
    '李;2;2024/1/3;５０\n李;3;2024-01-04;-7\n');
  const rfm = json(['rfm', path]);
  assert.equal(rfm.sales, '1284.5');
  assert.equal(rfm.sale_lines, 2);
  assert.deepEqual(rfm.rows.map((row) => [row.id, row.recency_days, row.monetary]),
    [['李', 2, '50'], ['王', 3, '1234.5']]);
});

test('days in other orders are read when told', () => {
  const path = file('dmy.csv', `${HEADER}x,1,03/04/2024,1,1\n`);
  assert.equal(analyze(['rfm', path]).code, 1);
  assert.equal(json(['rfm', path, '--date-order', 'dmy']).as_of, '2024-04-04');
  assert.equal(json(['rfm', path, '--date-order', 'mdy']).as_of, '2024-03-05');
});

test('without an order column each line is an order; the prefix can be changed', () => {
  const path = file('lines.csv', 'customer,date,amount\nx,2024-01-01,1\nx,2024-01-01,1\n');
  const result = analyze(['rfm', path, '--format', 'json']);
  assert.match(result.err, /every line counts as an order/);
  assert.equal(JSON.parse(result.out).rows[0].frequency, 2);
  const orders = file('prefix.csv', `${HEADER}x,C1,2024-01-01,1,1\nx,R2,2024-01-01,1,1\n`);
  assert.equal(json(['rfm', orders]).sale_lines, 1);
  assert.equal(json(['rfm', orders, '--cancel-prefix', 'R']).rows[0].monetary, '1');
  assert.equal(json(['rfm', orders, '--cancel-prefix=']).sale_lines, 2);
});

/* --- bad input: code, nothing on stdout, and what is wrong on stderr ------ */

const good = 'x,1,2024-01-01,1,1\n';
const bad = [
  ['a day that never was', `${HEADER}${good}x,2,2023-02-29,1,1\n`, /line 3.*InvoiceDate.*2023-02-29/],
  ['text for a number', `${HEADER}x,2,2024-01-01,many,1\n`, /line 2.*Quantity.*many/],
  ['a huge number', `${HEADER}x,2,2024-01-01,1,99999999999999999999\n`, /line 2.*UnitPrice/],
  ['an exponent', `${HEADER}x,2,2024-01-01,1,1e9\n`, /line 2.*UnitPrice.*1e9/],
  ['too many decimals', `${HEADER}x,2,2024-01-01,1,0.0000001\n`, /line 2.*UnitPrice/],
  ['a product beyond 64 bits', `${HEADER}x,2,2024-01-01,9000000000,9000000\n`, /line 2/],
  ['a sum beyond 64 bits', `${HEADER}${'x,2,2024-01-01,1,9000000000000\n'.repeat(2)}`, /line 3/],
  ['a short row', `${HEADER}${good}x,2\n`, /line 3/],
  ['a long row', `${HEADER}${good}x,2,2024-01-01,1,1,more\n`, /line 3/],
  ['open quotes', `${HEADER}${good}"x,2,2024-01-01,1,1\n`, /line 3/],
  ['a sale without a day', `${HEADER}x,2,,1,1\n`, /line 2.*InvoiceDate/],
  ['an empty file', '', /empty/],
  ['a header alone', HEADER, /no line/],
  ['invalid UTF-8', Buffer.concat([Buffer.from(`\ufeff${HEADER}`), Buffer.from([0xff, 0xfe, 0x0a])]), /UTF-8|utf-8/],
  ['binary data', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1]), /binary/],
  ['broken gzip', gzipSync(HEADER + good).subarray(0, 40), /packed/],
  ['damaged gzip', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), /packed/],
  ['a broken workbook', 'PK\u0003\u0004 that is all', /workbook/],
  ['an old workbook', Buffer.from([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), /xls/],
  ['a header with no such columns', 'a,b\n1,2\n', /--customer.*a, b/],
  ['a header with two customers', 'Customer,Customer ID,date,amount\n1,2,2024-01-01,1\n',
    /Customer, Customer ID.*--customer/],
];
for (const [name, content, message] of bad) {
  test(`bad file: ${name}`, () => {
    const result = analyze(['rfm', file('bad', content), '--format', 'json']);
    assert.equal(result.code, 1, result.err);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });
}

const one = () => file('good.csv', HEADER + good);
const badCalls = [
  ['no words', [], 2, /FILE/],
  ['no file', ['rfm'], 2, /FILE/],
  ['an unknown analysis', ['xyz', 'f'], 2, /rfm/],
  ['an unknown option', ['rfm', 'f', '--wat'], 2, /--wat/],
  ['an unknown format', ['rfm', 'f', '--format', 'xml'], 2, /xml/],
  ['a bad day', ['rfm', 'f', '--as-of', '2023-02-29'], 2, /2023-02-29/],
  ['a bad share', ['abc', 'f', '--a-share', '101'], 2, /101/],
  ['crossed shares', ['abc', 'f', '--a-share', '96'], 2, /a-share/],
  ['bad tiers', ['pyramid', 'f', '--tiers', '20,1,50'], 2, /tiers/],
  ...['1,20', '0', '1,20,50,60', '1,,50'].map((tiers) => [`tiers ${tiers}`, ['pyramid', 'f', '--tiers', tiers], 2, /--tiers must be (three|a percentage)/]),
  ['id and customer', ['rfm', 'f', '--id', 'a', '--customer', 'b'], 2, /--id/],
  ['amount and price', ['rfm', 'f', '--amount', 'a', '--price', 'b'], 2, /--amount/],
  ['fixed scores without cuts', ['rfm', 'f', '--rfm', 'fixed'], 2, /bands-r/],
  ['falling cuts', ['rfm', 'f', '--rfm', 'fixed', '--bands-r', '4,3,2,1'], 2, /bands-r/],
  ['a mode twice', ['rfm', 'f', '--rfm', 'share', '--mode', 'share'], 2, /--mode/],
  ['a mode for others', ['abc', 'f', '--mode', 'ntile'], 2, /--mode/],
  ['no such mode', ['rfm', 'f', '--mode', 'thirds'], 2, /share, ntile, fixed/],
  ['cuts without fixed scores', ['rfm', 'f', '--bands-f', '1,2,3,4'], 2, /fixed/],
  ['a missing file', ['rfm', '/no/such/file.csv'], 1, /no\/such\/file/],
  ['a folder', ['rfm', '/'], 1, /folder/],
];
for (const [name, args, code, message] of badCalls) {
  test(`bad call: ${name}`, () => {
    const result = analyze(args);
    assert.equal(result.code, code, result.err);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });
}

test('what is left out is there, and is a fact', () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${i % 3 ? 'yes' : 'no'},${i % 7},${i % 3}`);
  const path = file('leave.csv', ['id,churn,size,leak', ...rows].join('\n'));
  const told = (list) => analyze(['churn', path, '--leave-out', list, '--format', 'json']);
  assert.deepEqual(JSON.parse(told('Leak, ').out).model.facts?.map((f) => f.name) ?? [], JSON.parse(told('leak').out).model.facts?.map((f) => f.name) ?? []);
  assert.equal(told('leak').code, 0);
  for (const [list, message] of [['leek', /There is no column “leek”; the file has: id, churn, size, leak/], ['leak,churn', /“churn” is no fact/], ['id', /“id” is no fact/]]) {
    const got = told(list);
    assert.equal(got.code, 1, got.err);
    assert.match(got.err, message);
  }
});

test('columns of words that would make too many facts are told', () => {
  const names = Array.from({ length: 20 }, (_, i) => `c${i}`);
  const rows = Array.from({ length: 120 }, (_, r) => [r, (r * 7) % 3 ? 'yes' : 'no', ...names.map((_, i) => `l${(r * (i + 1) + i) % 29}`)].join(','));
  const { model } = JSON.parse(analyze(['churn', file('wide.csv', [`id,churn,${names}`, ...rows].join('\n')), '--method', 'logistic', '--format', 'json']).out);
  assert.deepEqual(model.left_out, names.slice(17).map((name) => ({ name, why: 'too_many_facts' })), '17 × 28 facts are below 500');
});

test('a fit that did not converge gives no risks', () => {
  const rows = Array.from({ length: 300 }, (_, i) => `${i},${i % 17},${i % 17},${(i * 7) % 5 < 2 ? 'yes' : 'no'}`);
  const path = file('twin.csv', ['id,a,b,churn', ...rows].join('\n'));
  const got = analyze(['churn', path, '--ridge', '1e-20', '--method', 'logistic', '--format', 'json']);
  const { model, customers } = JSON.parse(got.out);
  assert.equal(model.why, 'not_converged', got.err);
  assert.match(got.err, /no churn model \(not_converged\)/);
  assert.ok(customers.every((c) => c.risk === null));
  assert.equal(JSON.parse(analyze(['churn', path, '--method', 'logistic', '--format', 'json']).out).model.why, null);
});

test('pairs beyond a million are refused before they are listed', () => {
  const path = file('pairs.csv', ['customer,order,product,amount', ...Array.from({ length: 1500 }, (_, i) => `A,1,p${i},1`)].join('\n'));
  const many = analyze(['basket', path, '--format', 'csv']);
  assert.equal(many.code, 1);
  assert.match(many.err, /raise --support/);
});

test('what a model does not look at may be empty', () => {
  const path = file('gg.csv', 'model,p1,p2,p3,p4,x,t_x,T,t\ngg,6,4,15,,2,30,,\n');
  assert.equal(analyze(['evaluate', path]).code, 0);
  assert.match(analyze(['evaluate', file('gg2.csv', 'model,p1,p2,p3,p4,x,t_x,T,t\nbgnbd,6,4,15,,2,30,40,1\n')]).err, /p4/);
});

test('a day is needed where time is counted, the last purchase is one', () => {
  const undated = analyze(['rfm', file('undated.csv', 'customer,order,date,quantity,price\n,1,,2,3.5\n')]);
  assert.equal(undated.code, 1);
  assert.match(undated.err, /No line has a day.*--as-of/);
  const deals = analyze(['forecast', file('undated2.csv', 'stage,opened,closed,value,id\nopen,,,5,1\n')]);
  assert.equal(deals.code, 1);
  assert.match(deals.err, /No line has a day/);
  const epoch = JSON.parse(analyze(['rfm', file('epoch.csv', 'customer,order,date,quantity,price\nA,1,1969-05-01,2,3.5\n'), '--as-of', '1970-01-01', '--format', 'json']).out);
  assert.equal(epoch.as_of, '1970-01-01');
  const late = file('late.csv', 'customer,order,date,amount\nA,1,2026-05-01,2\nA,C2,2026-06-01,3\nA,4,2026-05-03,3\n');
  for (const how of [[], ['--model', 'bgbb', '--period', 'week']]) {
    const got = analyze(['clv', late, '--as-of', '2026-05-10', ...how]);
    assert.equal(got.code, 0, got.err);
  }
});

test('columns that may be meant are all named', () => {
  const several = analyze(['churn', file('several.csv', 'id,customer,churn\n1,a,yes\n2,b,no\n')]);
  assert.equal(several.code, 1);
  assert.match(several.err, /Several columns may be meant: id, customer/);
  const head = 'model,p1,p2,p3,p4,x,t_x,T';
  const twice = analyze(['evaluate', file('twice.csv', `${head},t,t\nbgnbd,1,1,1,1,1,1,3,1,9\n`)]);
  assert.match(twice.err, /several columns “t”/i);
  const none = analyze(['evaluate', file('none.csv', `${head}\nbgnbd,1,1,1,1,1,1,3\n`)]);
  assert.match(none.err, /There is no column “t”; the file has: model, p1/);
});

test('bad call: no such column, as-of before the last sale', () => {
  const column = analyze(['rfm', one(), '--customer', 'Nobody']);
  assert.equal(column.code, 1);
  assert.match(column.err, /Nobody.*CustomerID, InvoiceNo/);
  const early = analyze(['rfm', one(), '--as-of', '2023-12-31']);
  assert.equal(early.code, 1);
  assert.match(early.err, /2024-01-01.*--until/);
  const late = analyze(['rfm', one(), '--until', '2000-01-01']);
  assert.equal(late.code, 1);
  assert.match(late.err, /Each line is after --until/);
});

test('all bad rows of a file are shown, up to twenty', () => {
  const rows = Array.from({ length: 30 }, (_, i) => `x,${i},2024-01-01,?,1\n`).join('');
  const result = analyze(['rfm', file('many.csv', HEADER + rows)]);
  assert.equal(result.code, 1);
  assert.equal(result.err.match(/Quantity “/g).length, 20);
});

test('help is no error', () => {
  const result = analyze(['--help']);
  assert.equal(result.code, 0);
  assert.match(result.out, /--cancel-prefix/);
});
