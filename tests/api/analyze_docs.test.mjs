/* docs/analyze.md is held to its word: what `guanxi analyze` prints of the data
 * that its examples are of has the members, the kinds of values and, outside of
 * lists, the figures that stand there, none more and none less. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.GUANXI_BIN ?? process.env.GUANXI ?? join(ROOT, 'build/guanxi');
const DATA = join(ROOT, '../shared/data');
const RETAIL = join(DATA, 'online-retail/online-retail-2010-12_2011-05.csv.gz');
const CDNOW = join(DATA, 'cdnow/CDNOW_sample.txt');
const DONORS = join(DATA, 'bgbb-donations/donations.csv');
const TELCO = join(DATA, 'telco-churn/telco-churn.csv');
const DEALS = join(DATA, 'crm-opportunities/sales_pipeline.csv');

const folder = mkdtempSync(join(tmpdir(), 'guanxi-docs-'));
after(() => rmSync(folder, { recursive: true }));

/* CDNOW as lines of sales. */
function cdnow() {
  const lines = readFileSync(CDNOW, 'utf8').trim().split(/\r?\n/).map((line) => line.trim().split(/\s+/));
  const path = join(folder, 'cdnow.csv');
  const rows = lines.map(([, id, day, , amount]) => `${id},${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)},${amount}`);
  writeFileSync(path, `customer,date,amount\n${rows.join('\n')}\n`);
  return path;
}

const COLUMNS = ['--customer', 'CustomerID', '--order', 'InvoiceNo', '--date', 'InvoiceDate', '--quantity', 'Quantity', '--price', 'UnitPrice'];
const retail = (...args) => [...args, ...COLUMNS, '--as-of', '2011-06-01'];

/* Each example of the page, in its order: section, the data it is of, and how
 * it was made. */
const EXAMPLES = [
  ['rfm', RETAIL, () => ['rfm', RETAIL, ...retail()]],
  ['abc', RETAIL, () => ['abc', RETAIL, ...retail()]],
  ['pyramid', RETAIL, () => ['pyramid', RETAIL, ...retail()]],
  ['clv', CDNOW, () => ['clv', cdnow(), '--until', '1997-09-30']],
  ['clv', DONORS, () => ['clv', DONORS, '--summary', '--model', 'bgbb', '--period', 'year']],
  ['churn', TELCO, () => ['churn', TELCO, '--event', 'Churn', '--duration', 'tenure', '--id', 'customerID']],
  ['cohort', RETAIL, () => ['cohort', RETAIL]],
  ['basket', RETAIL, () => ['basket', RETAIL]],
  ['forecast', DEALS, () => ['forecast', DEALS, '--date-order', 'mdy', '--as-of', '2017-07-01']],
  ['groups', RETAIL, () => ['groups', RETAIL, '--k', '4', '--as-of', '2011-06-01']],
];

/* The JSON blocks of the page with the heading they stand under. "1.25…" is a
 * figure that begins so, {…} and ",…}" leave members out, ":…" a value. */
function blocks() {
  const found = [];
  let heading = '';
  let inside = null;
  for (const line of readFileSync(join(ROOT, 'docs/analyze.md'), 'utf8').split('\n')) {
    if (line.startsWith('## ')) heading = line.slice(3);
    if (line === '```' && inside !== null) {
      found.push({ heading, value: JSON.parse(inside.replace(/(-?\d+(?:\.\d*)?)…/g, '"≈$1"').replaceAll('{…}', '{"…":0}')
        .replace(/,…\}/g, ',"…":0}').replace(/:…/g, ':null')) });
      inside = null;
    }
    if (inside !== null) inside += line;
    if (line === '```json') inside = '';
  }
  return found;
}

const kind = (v) => (Array.isArray(v) ? 'list' : v === null ? 'null' : typeof v);

function sameScalar(told, got, path) {
  if (told === null || got === null) return;
  const listed = path.includes('[]');
  if (typeof told === 'string' && told.startsWith('≈')) {
    assert.equal(typeof got, 'number', path);
    if (!listed) assert.ok(String(got).startsWith(told.slice(1)), `${path}: ${got}, the page says ${told.slice(1)}…`);
    return;
  }
  assert.equal(typeof got, typeof told, path);
  if (!listed) assert.equal(got, told, path);
}

/* told, got: what stands at this path, of all elements of lists together. */
function same(told, got, path) {
  const kinds = (all) => new Set(all.map(kind).filter((k) => k !== 'null').map((k) => (k === 'list' || k === 'object' ? k : 'scalar')));
  const [a, b] = [kinds(told), kinds(got)];
  if (a.size === 0 || b.size === 0) return;
  assert.deepEqual([...b], [...a], path);
  const [one] = a;
  if (one === 'scalar') {
    if (!path.includes('[]')) return sameScalar(told[0], got[0], path);
    return got.forEach((v) => sameScalar(told.find((x) => x !== null), v, path));
  }
  if (one === 'list') return same(told.flat(), got.flat(), `${path}[]`);
  const [says, has] = [told, got].map((all) => all.filter((v) => v !== null));
  const names = (all) => new Set(all.flatMap(Object.keys).filter((k) => k !== '…'));
  const open = says.every((v) => '…' in v);
  const [want, real] = [names(says), names(has)];
  for (const name of want) assert.ok(real.has(name), `${path}.${name} stands in the page and is not printed`);
  if (!open) for (const name of real) assert.ok(want.has(name), `${path}.${name} is printed and does not stand in the page`);
  for (const name of want) same(says.filter((v) => name in v).map((v) => v[name]), has.filter((v) => name in v).map((v) => v[name]), `${path}.${name}`);
}

describe('docs/analyze.md', () => {
  const page = blocks();

  test('every example is known here', () => {
    assert.deepEqual(page.map((b) => b.heading), EXAMPLES.map(([name]) => name));
  });

  for (const [k, [name, data, args]] of EXAMPLES.entries())
    test(`${name}, example ${k + 1}`, { skip: !existsSync(data) && 'skipped: no shared data' }, () => {
      const result = spawnSync(BIN, ['analyze', ...args(), '--format', 'json'],
        { encoding: 'utf8', maxBuffer: 256 << 20, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      assert.equal(result.status, 0, result.stderr);
      same([page[k].value], [JSON.parse(result.stdout)], name);
    });

  test('a member more, one less, another figure: each is noticed', () => {
    const told = [{ a: 1, list: [{ x: 1 }] }];
    same(told, [{ a: 1, list: [{ x: 2 }, { x: 3 }] }], 'x');
    for (const other of [{ a: 1, list: [{ x: 1, y: 2 }] }, { a: 1, list: [{}] }, { a: 2, list: [{ x: 1 }] }, { list: [{ x: 1 }] }, { a: 1, list: [{ x: '1' }] }])
      assert.throws(() => same(told, [other], 'x'), JSON.stringify(other));
  });
});
