/* Amounts and filters as the web interface writes them: exact on digits,
 * shortened as each language does. The sources are TypeScript; esbuild, which
 * the web build brings, strips the types. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ROOT } from './site.mjs';

const WEB = join(ROOT, 'web');
const skip = !existsSync(join(WEB, 'node_modules/esbuild')) && 'web/node_modules is missing: run npm ci in web';

async function load(path) {
  const esbuild = createRequire(join(WEB, 'package.json'))('esbuild');
  const source = readFileSync(join(WEB, 'src/lib', path), 'utf8');
  const { code } = await esbuild.transform(source, { loader: 'ts', format: 'esm' });
  return import('data:text/javascript,' + encodeURIComponent(code));
}

/* The same of a source that takes from others. */
async function bundled(path) {
  const esbuild = createRequire(join(WEB, 'package.json'))('esbuild');
  const entry = join(WEB, 'src/lib', path);
  const built = await esbuild.build({ entryPoints: [entry], bundle: true, write: false, format: 'esm', alias: { '@': join(WEB, 'src') } });
  return import('data:text/javascript,' + encodeURIComponent(built.outputFiles[0].text));
}

test('a currency has as many digits on the page as in the program', { skip }, async () => {
  const { minorUnits } = await load('money.ts');
  const c = readFileSync(join(ROOT, 'src/base/currency.c'), 'utf8');
  const codes = (name) => [...c.match(new RegExp(`${name}\\[\\] = \\{([^}]*)\\}`))[1].matchAll(/"([A-Z]{3})"/g)].map((m) => m[1]);
  const [none, three] = ['none', 'three'].map(codes);
  assert.ok(none.includes('JPY') && three.includes('KWD'));
  for (const code of none) assert.equal(minorUnits(code), 0, code);
  for (const code of three) assert.equal(minorUnits(code), 3, code);
  const ts = readFileSync(join(WEB, 'src/lib/money.ts'), 'utf8');
  const there = [...ts.matchAll(/\b([A-Z]{3}): [03]\b/g)].map((m) => m[1]);
  assert.deepEqual(there.sort(), [...none, ...three].sort());
});

describe('texts a company begins with', { skip }, async () => {
  const texts = skip ? null : await load('startTexts.ts');
  const both = { zh: '问候 | 3\n建议转介绍', en: 'Say hello | 3\nAsk for a referral' };

  test('each line is known by itself, without its days', () => {
    const known = texts.startTexts([both]);
    assert.equal(known.get('Ask for a referral').zh, '建议转介绍');
    assert.equal(known.get('问候').en, 'Say hello');
    assert.equal(known.get(both.zh), both);
    assert.equal(known.get('Say hello | 3'), undefined);
  });

  test('are only where the program puts them', () => {
    const title = { start_texts: 'lifecycle_plan_id' };
    assert.equal(texts.holdsStart(title, { id: 1, lifecycle_plan_id: 7 }), true);
    assert.equal(texts.holdsStart(title, { id: 1, lifecycle_plan_id: null }), false, 'a task of his own');
    assert.equal(texts.holdsStart(title, { id: 1 }), false);
    assert.equal(texts.holdsStart(title), false);
    assert.equal(texts.holdsStart({}, { id: 1, lifecycle_plan_id: 7 }), false, 'a note');
  });
});

test('days of a task fit what the plan takes', { skip }, async () => {
  const { daysFit } = await load('planTasks.ts');
  assert.deepEqual(['', ' 7 ', '10', '11', '1.5', 'x'].map((days) => daysFit({ title: 't', days }, 10)), [true, true, true, false, false, false]);
});

describe('amounts', { skip }, async () => {
  const money = skip ? null : await load('money.ts');

  test('minor units by currency', () => {
    assert.equal(money.minorToDecimal(1250, 'CNY'), '12.50');
    assert.equal(money.minorToDecimal(-5, 'USD'), '-0.05');
    assert.equal(money.minorToDecimal(1250, 'JPY'), '1250');
    assert.equal(money.minorToDecimal(1250, 'KWD'), '1.250');
  });

  test('what is typed', () => {
    assert.equal(money.decimalToMinor('1,234.5', 'CNY'), 123450);
    assert.equal(money.decimalToMinor('-0.05', 'CNY'), -5);
    assert.equal(money.decimalToMinor('12.500', 'CNY'), 1250);
    assert.equal(money.decimalToMinor('12.505', 'CNY'), null);
    assert.equal(money.decimalToMinor('12.5', 'JPY'), null);
    assert.equal(money.decimalToMinor('99999999999999999', 'CNY'), null);
    assert.equal(money.decimalToMinor('abc', 'CNY'), null);
  });

  test('every digit stays', () => {
    assert.equal(money.exactAmount('3332591.961', 'GBP'), '£3,332,591.961');
    assert.equal(money.exactAmount('11250000', 'CNY'), '¥11,250,000.00');
    assert.equal(money.exactAmount('-0.5', 'CNY'), '-¥0.50');
    assert.equal(money.exactAmount('9007199254740993.25', 'CNY'), '¥9,007,199,254,740,993.25');
  });

  test('shortened as the language does', () => {
    assert.equal(money.shortAmount('11250000', 'CNY', 'zh-CN'), '¥1,125.00万');
    assert.equal(money.shortAmount('11250000', 'CNY', 'en'), '¥11.25M');
    assert.equal(money.shortAmount('1234567890', 'CNY', 'zh-CN'), '¥12.35亿');
    assert.equal(money.shortAmount('99999.994', 'CNY', 'zh-CN'), '¥99,999.99');
    assert.equal(money.shortAmount('0', 'EUR', 'en'), '€0.00');
  });

  test('rounding is half away from zero', () => {
    assert.equal(money.roundDecimal('2.675', 2), '2.68');
    assert.equal(money.roundDecimal('-2.675', 2), '-2.68');
    assert.equal(money.roundDecimal('0.5', 0), '1');
    assert.equal(money.roundDecimal('12', 2), '12.00');
  });
});

describe('filters', { skip }, async () => {
  const filters = skip ? null : await load('filters.ts');

  test('address and filters are the same thing', () => {
    const query = { grade: 'vip', 'sales[gte]': '10000', sort: '-sales', view: 'mine', q: 'x', 'no such[key': '1' };
    const read = filters.filtersFromQuery(query);
    assert.deepEqual(read, [
      { field: 'grade', op: 'eq', value: 'vip' },
      { field: 'sales', op: 'gte', value: '10000' },
    ]);
    assert.deepEqual(filters.queryFromFilters(read), { grade: 'vip', 'sales[gte]': '10000' });
  });

  test('the tree that saved views keep comes back as it was', () => {
    const fields = new Map([['amount', { name: 'amount', type: 'money' }], ['grade', { name: 'grade', type: 'enum' }]]);
    const given = [
      { field: 'grade', op: 'in', value: 'vip,main' },
      { field: 'amount', op: 'gte', value: '1250' },
      { field: 'name', op: 'empty', value: 'false' },
    ];
    const tree = filters.treeFromFilters(given, fields);
    assert.deepEqual(tree.and.map((l) => l.value), [['vip', 'main'], 1250, false]);
    assert.deepEqual(filters.filtersFromTree(tree), given);
    assert.deepEqual(filters.filtersFromTree(JSON.stringify(tree)), given);
  });
});

describe('sums of lines as they are typed', { skip }, async () => {
  const lines = skip ? null : await bundled('orderLines.ts');

  test('are exact, and rounded half away from zero', () => {
    for (const [quantity, price, discount, amount] of [
      ['3', '0.1', '', '0.3'],
      ['1', '0.000001', '50', '0.000001'],
      ['-1', '0.000001', '50', '-0.000001'],
      ['1', '0.000001', '50.01', '0'],
      ['0.001', '0.0005', '', '0.000001'],
      ['0.001', '0.000499', '', '0'],
      ['１,０００', '9007199254740993', '', '9007199254740993000'],
      ['2', '99.99', '12.5', '174.9825'],
    ])
      assert.equal(lines.amountText(lines.lineAmount(quantity, price, discount)), amount, `${quantity} × ${price} − ${discount}%`);
  });

  test('wait for quantity and price', () => {
    for (const [quantity, price] of [['', '1'], ['1', ''], ['x', '1'], ['1.0001', '1']])
      assert.equal(lines.lineAmount(quantity, price, ''), null);
  });
});

test('English words agree with the number before them', { skip }, async () => {
  const { pluralised } = await load('../i18n/plural.ts');
  const entries = (n) => pluralised(`${n} entr⟦y/ies⟧`);
  assert.deepEqual(['0', '1', '2', '11', '1,001', '2.1', '1.5'].map(entries),
    ['0 entries', '1 entry', '2 entries', '11 entries', '1,001 entries', '2.1 entries', '1.5 entries']);
  assert.equal(pluralised('Of 12: 1 customer⟦ costs/s cost⟧ more, 3 order⟦/s⟧'), 'Of 12: 1 customer costs more, 3 orders');
  assert.equal(pluralised('Nothing to count'), 'Nothing to count');
  const messages = readFileSync(join(WEB, 'src/i18n/en.json'), 'utf8');
  assert.match(messages, /⟦/);
  assert.doesNotMatch(pluralised(messages), /[⟦⟧]/);
});
