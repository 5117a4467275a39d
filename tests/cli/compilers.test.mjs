/* What gcc and clang make of the program says the same, byte by byte: every
 * analysis of every file, in every format. The build by clang is the one that
 * .ci/run makes; where it is missing, it is made here. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { BIN, ROOT } from '../api/lib.mjs';
import { Random } from '../api/random.mjs';

const COMPILER = 'clang-14';
const FOLDER = join(ROOT, `build-${COMPILER}`);
const OTHER = join(FOLDER, 'guanxi');
const DATA = join(ROOT, '../shared/data');
const BUILD_MS = 1500000;

const missing = spawnSync(COMPILER, ['--version']).status !== 0;
const folder = mkdtempSync(join(tmpdir(), 'guanxi-compilers-'));
after(() => rmSync(folder, { recursive: true }));

function must(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', timeout: BUILD_MS, env: { ...process.env, ...env } });
  assert.equal(result.status, 0, `${command} ${args.join(' ')}: ${result.stdout}${result.stderr}`);
}

function file(name, content) {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const dayText = (n) => new Date(Date.UTC(2023, 0, 1) + n * 86400000).toISOString().slice(0, 10);

/* Customers who buy at a rate of their own until they are lost. */
function sales() {
  const r = new Random(20260321);
  const rows = ['customer,order,date,product,amount'];
  for (let i = 0; i < 1500; i++) {
    const rate = 1 + r.int(1, 40);
    for (let k = 0, day = r.int(0, 200); day < 700; k++, day += r.int(1, 2 * rate)) {
      for (let p = r.int(1, 3); p > 0; p--) rows.push(`c${i},o${i}-${k},${dayText(day)},p${r.int(1, 20)},${r.int(1, 90000)}.${r.int(100, 999)}`);
      if (r.once(6)) break;
    }
  }
  return file('sales.csv', `${rows.join('\n')}\n`);
}

function churners() {
  const r = new Random(5);
  const rows = Array.from({ length: 900 }, (_, i) => {
    const plan = r.pick(['month', 'year', '两年']);
    return `c${i},${r.int(0, 99) < (plan === 'month' ? 55 : 20) ? 'yes' : 'no'},${r.int(0, 60)},${plan},${r.int(1, 900) / 7},${r.once(9) ? '' : r.int(1, 5)}`;
  });
  return file('churn.csv', `id,churn,months,plan,fee,calls\n${rows.join('\n')}\n`);
}

function deals() {
  const r = new Random(6);
  const rows = Array.from({ length: 700 }, (_, i) => {
    const stage = r.pick(['won', 'lost', 'open']);
    const opened = r.int(0, 600);
    return `d${i},${stage},${dayText(opened)},${stage === 'open' ? '' : dayText(opened + r.int(0, 120))},${r.int(1, 99999) / 3},g${r.int(1, 7)}`;
  });
  return file('deals.csv', `id,stage,opened,closed,value,group\n${rows.join('\n')}\n`);
}

/* [arguments, the file that must be there] */
function calls() {
  const own = sales();
  const shared = (name) => join(DATA, name);
  const retail = shared('online-retail/online-retail-2010-12_2011-05.csv.gz');
  const lines = ['rfm', 'abc', 'pyramid', 'clv', 'cohort', 'basket'];
  return [
    ...[own, retail].flatMap((path) => lines.map((what) => [what, path])),
    ['rfm', own, '--rfm', 'ntile'],
    ['clv', own, '--until', '2024-06-30'],
    ['clv', own, '--given', '0.243,4.414,0.793,2.426,6.25,3.74,15.44'],
    ['clv', shared('cdnow/cdnow_customers_summary_with_transactions.csv'), '--summary'],
    ['evaluate', shared('btyd-stress/stress.csv')],
    ['churn', churners()], ['churn', shared('telco-churn/telco-churn.csv')],
    ['churn', shared('bank-marketing/bank.csv.gz'), '--event', 'y', '--leave-out', 'duration'],
    ['forecast', deals()], ['forecast', shared('crm-opportunities/sales_pipeline.csv'), '--date-order', 'mdy', '--as-of', '2017-07-01'],
  ].filter(([, path]) => existsSync(path));
}

/* stdout goes into a file: what is compared are bytes. */
function bytesOf(bin, args, name) {
  const out = join(folder, name);
  const result = spawnSync('sh', ['-c', 'exec "$@" > "$OUT"', 'sh', bin, 'analyze', ...args],
    { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8', OUT: out } });
  assert.equal(result.status, 0, `${bin} ${args.join(' ')}: ${result.stderr}`);
  return { bytes: readFileSync(out), err: result.stderr };
}

describe('gcc and clang', { skip: missing && `skipped: there is no ${COMPILER}` }, () => {
  before(() => {
    if (!existsSync(join(FOLDER, 'build.ninja')))
      must('meson', ['setup', FOLDER, '-Dwerror=true', '-Dweb=false'], { CC: COMPILER });
    must('ninja', ['-C', FOLDER, '--quiet', 'guanxi']);
  });

  test('the other build is by the other compiler', () => {
    const comment = spawnSync('readelf', ['-p', '.comment', OTHER], { encoding: 'utf8' }).stdout;
    assert.match(comment, /clang version 14/);
    assert.notEqual(OTHER, BIN);
  });

  for (const args of calls())
    test(args.map((arg) => arg.split('/').at(-1)).join(' '), () => {
      for (const format of ['json', 'csv', 'table']) {
        const one = bytesOf(BIN, [...args, '--format', format], 'one');
        const other = bytesOf(OTHER, [...args, '--format', format], 'other');
        assert.ok(one.bytes.length > 50);
        assert.ok(one.bytes.equals(other.bytes), `${args.join(' ')} --format ${format} differ`);
        assert.equal(one.err, other.err);
      }
    });
});
