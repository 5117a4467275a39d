/* A big plain file is read in parts side by side; from a pipe the same lines
 * are read row by row. Both must say the same, byte by byte: results, guesses,
 * counts of lines left out, and what is wrong with a file. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = process.env.GUANXI_BIN ?? process.env.GUANXI ?? join(ROOT, 'build/guanxi');
const HEADER = 'InvoiceNo,Description,Quantity,InvoiceDate,UnitPrice,CustomerID';
const LINES = 130000; // more than 8 MB: two parts where there are two processors

const folder = mkdtempSync(join(tmpdir(), 'guanxi-parts-'));
after(() => rmSync(folder, { recursive: true }));

let state = 12345;
function pick(limit) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 4294967296 * limit);
}

const two = (n) => String(n).padStart(2, '0');
const pickOf = (list) => list[pick(list.length)];

/* Lines with everything that is no reason to read a file row by row. */
function plainLine(i) {
  const invoice = `${pick(40) === 0 ? 'C' : ''}${500000 + Math.floor(i / 7)}`;
  const day = `2024-${two(1 + pick(12))}-${two(1 + pick(28))}`;
  const date = pickOf([day, `${day} 08:${two(pick(60))}:00`, `${day}T10:00`, day.replaceAll('-', '/')]);
  const what = pickOf(['white hanging heart', '"metal, red"', '"5"" plate"', 'size 6" bowl', '', '"two\nlines"', '"a,b\r\nc"', 'tab\there']);
  const customer = pickOf(['', String(10000 + pick(900)), `K${pick(3000)}`, ` ${10000 + pick(900)} `, `"${10000 + pick(900)}"`]);
  const quantity = pickOf(['1', '12', '-3', '2.5', '0', '', '1,000'.replace(',', ''), '"1,200"']);
  const price = pickOf(['2.55', '0.000001', '10', '-1', '', '.5', '3.', '1234567.891']);
  return `${invoice},${what},${quantity},${date},${price},${customer}`;
}

function text({ end = '\n', line = plainLine, before = '', header = HEADER } = {}) {
  state = 12345;
  return `${before}${[header, ...Array.from({ length: LINES }, (_, i) => line(i))].join(end)}${end}`;
}

function analyze(args, input) {
  const result = spawnSync(BIN, ['analyze', ...args],
    { input, maxBuffer: 256 << 20, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  return { code: result.status, out: result.stdout.toString('latin1'), err: result.stderr.toString('utf8') };
}

/* Of the file, and of the same bytes from a pipe. */
function both(name, content, ...args) {
  const path = join(folder, 'lines.csv');
  writeFileSync(path, content);
  const parts = analyze([args[0], path, ...args.slice(1)]);
  const rows = analyze([args[0], '-', ...args.slice(1)], content);
  assert.equal(parts.code, rows.code, `${name}: ${parts.err}`);
  assert.equal(parts.err.replaceAll(path, '-'), rows.err, name);
  assert.ok(parts.out === rows.out, `${name}: the results differ`);
  return parts;
}

test('every result is that of the row by row reading', () => {
  const content = text();
  for (const args of [['rfm', '--format', 'json'], ['abc', '--format', 'csv'], ['pyramid'],
    ['rfm', '--until', '2024-06-30', '--format', 'csv'], ['abc', '--order='], ['rfm', '--cancel-prefix', '', '--format', 'json']])
    assert.equal(both(args.join(' '), content, ...args).code, 0);
});

const others = [
  ['CRLF', { end: '\r\n' }, []],
  ['CR alone', { end: '\r' }, []],
  ['a mark in front', { before: '\uFEFF' }, []],
  ['blank lines', { line: (i) => `${plainLine(i)}${i % 1000 === 0 ? '\n\n' : ''}` }, []],
  ['other letters', { line: (i) => plainLine(i).replace('white', i % 3 === 0 ? '白い' : 'weiß') }, []],
  ['semicolons', { line: (i) => [i, 'x', 1, '2024-01-02', '1.5', i % 50].join(';'), header: HEADER.replaceAll(',', ';') }, []],
  ['a line of its own order', { line: (i) => plainLine(i).replace(/^C?\d+/, '') }, []],
  ['days first', { line: (i) => `${i},x,1,${two(1 + i % 28)}/03/2024,1.5,K${i % 50}` }, ['--date-order', 'dmy']],
];
for (const [name, shape, more] of others)
  test(`the same with ${name}`, () => {
    assert.equal(both(name, text(shape), 'rfm', '--format', 'json', ...more).code, 0);
  });

test('without a line end behind the last line', () => {
  assert.equal(both('no end', text().slice(0, -1), 'rfm', '--format', 'json').code, 0);
});

test('a cell of lines that reaches over all places where a file is cut', () => {
  const long = `"${Array.from({ length: 2000 }, (_, i) => `line ${i}, "" of a note`).join('\n')}"`;
  const content = text({ line: (i) => (i % 1000 === 500 ? `${i},${long},1,2024-05-05,1,K${i % 50}` : plainLine(i)) });
  assert.equal(both('long cells', content, 'abc', '--format', 'json').code, 0);
});

test('text that is not UTF-8 to the end', () => {
  const content = Buffer.concat([Buffer.from(text()), Buffer.from([0x39, 0x2c, 0xb0, 0xd7, 0x2c]), Buffer.from('1,2024-01-01,1,K9\n')]);
  assert.equal(both('GB18030 at the end', content, 'rfm', '--format', 'json').code, 0);
});

const wrong = [
  ['a bad number', '9,x,?,2024-01-01,1,K1', /UnitPrice|Quantity/],
  ['a bad day', '9,x,1,2024-02-30,1,K1', /2024-02-30/],
  ['a day that is missing', '9,x,1,,1,K1', /InvoiceDate/],
  ['a short row', '9,x,1', /130000/],
  ['a long row', '9,x,1,2024-01-01,1,K1,more', /130000/],
  ['an open quote', '9,"x,1,2024-01-01,1,K1', /130000|quot/i],
  ['text behind a quote', '9,"x"y,1,2024-01-01,1,K1', /130000/],
  ['a zero byte', '9,x\0,1,2024-01-01,1,K1', /130000/],
  ['too much money', '9,x,9000000000000,2024-01-01,1000000,K1', /130000|64/],
];
for (const [name, line, message] of wrong)
  test(`what is wrong is told as from a pipe: ${name}`, () => {
    const content = text({ line: (i) => (i === LINES - 2 ? line : `${i},x,1,2024-01-01,1.25,K${i % 50}`) });
    const result = both(name, content, 'rfm', '--format', 'json');
    assert.equal(result.code, 1);
    assert.equal(result.out, '');
    assert.match(result.err, message);
  });

test('a packed file says the same', () => {
  const content = text();
  const path = join(folder, 'lines.csv.gz');
  writeFileSync(path, gzipSync(content));
  const packed = analyze(['rfm', path, '--format', 'csv']);
  assert.equal(packed.code, 0, packed.err);
  assert.ok(packed.out === both('packed', content, 'rfm', '--format', 'csv').out);
});
