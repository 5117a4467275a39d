/* From every earlier schema to this one: the rows that were there are there,
 * byte for byte, a copy was made before, and a server that finds another
 * schema says what to run. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KIND, ROOT, freshDatabase, guanxi, newToken, sql, startServer } from './lib.mjs';

const NUMBERS = readdirSync(join(ROOT, 'migrations')).filter((f) => /^\d{4}_.*\.sql$/.test(f)).map((f) => Number(f.slice(0, 4))).sort((a, b) => a - b);
const NEWEST = NUMBERS.at(-1);

/* What a migration rewrites or takes away on purpose: "table.column". */
const REWRITTEN = new Set(['customer_stats.sales_rank', 'customer_stats.share_before', 'customer_stats.graded_run_id']);

const sqlite = KIND === 'sqlite';

function tables(db) {
  return sql(db, sqlite
    ? "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'search%' AND name <> 'schema_migration' ORDER BY 1"
    : "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'search%' AND relname <> 'schema_migration' ORDER BY 1")
    .split('\n').filter(Boolean);
}

function columns(db, table) {
  return sql(db, sqlite ? `SELECT name FROM pragma_table_info('${table}') ORDER BY 1`
    : `SELECT attname FROM pg_attribute WHERE attrelid = 'public."${table}"'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1`)
    .split('\n').filter(Boolean);
}

const quoted = (names) => names.map((n) => `"${n}"`).join(', ');

/* Fills the tables of an old schema with what they have in common with today's. */
function fill(from, to) {
  const there = new Set(tables(from));
  for (const table of tables(to).filter((t) => there.has(t))) {
    const has = new Set(columns(from, table));
    const both = columns(to, table).filter((c) => has.has(c));
    if (sqlite) {
      sql(to, `DELETE FROM "${table}"; ATTACH '${from.path}' AS demo; INSERT INTO main."${table}" (${quoted(both)}) SELECT ${quoted(both)} FROM demo."${table}"`);
    } else {
      const rows = execFileSync('psql', ['-X', '-q', '-d', from.url, '-c', `COPY (SELECT ${quoted(both)} FROM "${table}") TO STDOUT`], { maxBuffer: 1 << 28 });
      execFileSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', to.url, '-c', 'SET session_replication_role = replica',
        '-c', `DELETE FROM "${table}"`, '-c', `COPY "${table}" (${quoted(both)}) FROM STDIN`], { input: rows, stdio: ['pipe', 'pipe', 'pipe'] });
      if (both.includes('id') && sql(to, `SELECT pg_get_serial_sequence('"${table}"', 'id')`) !== '')
        sql(to, `SELECT setval(pg_get_serial_sequence('"${table}"', 'id'), coalesce((SELECT MAX(id) FROM "${table}"), 1))`);
    }
  }
}

/* A hash of each table's rows over the given columns. */
function hashes(db, what) {
  return new Map([...what].map(([table, names]) => {
    const kept = names.filter((name) => !REWRITTEN.has(`${table}.${name}`));
    const text = sql(db, `SELECT ${quoted(kept)} FROM "${table}" ORDER BY ${kept.includes('id') ? 'id' : '1, 2'}`);
    return [table, createHash('sha256').update(text).digest('hex')];
  }));
}

describe('an older company', () => {
  let demo;
  before(() => {
    demo = freshDatabase();
    assert.equal(guanxi(['demo', '--db', demo.url, '--customers', '40']).code, 0);
  });

  for (const number of NUMBERS.slice(0, -1))
    test(`of migration ${number} comes to ${NEWEST} with every row as it was`, async () => {
      const dir = mkdtempSync(join(tmpdir(), 'gx_before_'));
      after(() => rmSync(dir, { recursive: true, force: true }));
      const env = { GUANXI_BACKUP_DIR: dir };
      const db = freshDatabase();
      assert.equal(guanxi(['migrate', '--db', db.url, '--to', String(number)]).code, 0);
      fill(demo, db);
      const what = new Map(tables(db).map((table) => [table, columns(db, table)]));
      const was = hashes(db, what);
      assert.ok(was.size > 20);
      for (const args of [['serve', '--listen', '127.0.0.1:0'], ['doctor'], ['user', 'list']]) {
        const refused = guanxi([...args, '--db', db.url], { env });
        assert.equal(refused.code, 1, args[0]);
        assert.match(refused.err, /guanxi migrate/, 'says what to run');
      }
      const { code, out, err } = guanxi(['migrate', '--db', db.url, '--format', 'json'], { env });
      assert.equal(code, 0, err);
      assert.deepEqual(JSON.parse(out), { version: NEWEST, applied: NUMBERS.length - 1 - NUMBERS.indexOf(number) });
      const [, copy] = /The database before it: (.*)/.exec(err);
      assert.ok(existsSync(copy));
      assert.deepEqual([...hashes(db, what)], [...was]);
      /* The copy is the company as it was. */
      const old = freshDatabase();
      assert.equal(guanxi(['restore', copy, '--db', old.url, '--force']).code, 0);
      assert.deepEqual([...hashes(old, what)], [...was]);
      const server = await startServer({ db });
      const client = server.client({ token: newToken(db, 'admin') });
      assert.equal((await client.get('/customers?limit=1&count=exact')).body.data.length, 1);
      assert.equal((await client.post('/customers', { name: '升级之后' })).status, 201);
      await server.stop();
      assert.equal(guanxi(['doctor', '--db', db.url]).code, 0);
    });

  test('a schema of a newer program is refused, and so is an edited one', () => {
    const db = freshDatabase();
    assert.equal(guanxi(['migrate', '--db', db.url]).code, 0);
    sql(db, "INSERT INTO schema_migration (number, name, sha256, applied_at, ms) VALUES (9998, '9998_future.sql', 'x', 1, 1)");
    for (const args of [['serve', '--listen', '127.0.0.1:0'], ['migrate'], ['doctor']]) {
      const refused = guanxi([...args, '--db', db.url]);
      assert.equal(refused.code, 1, args[0]);
      assert.match(refused.err, /newer version \(9998_future\.sql\)/);
    }
  });
});
