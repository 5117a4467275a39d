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
import { Random, SEED } from './random.mjs';

const NUMBERS = readdirSync(join(ROOT, 'migrations')).filter((f) => /^\d{4}_.*\.sql$/.test(f)).map((f) => Number(f.slice(0, 4))).sort((a, b) => a - b);
const NEWEST = NUMBERS.at(-1);
const SAMPLE = 8;

/* The schemas that companies come from: the first, the last, and some between,
 * others with each migration that is added; all of them in the long run. */
function origins() {
  const [first, ...between] = NUMBERS.slice(0, -1);
  if (process.env.TORTURE) return [first, ...between];
  const last = between.splice(-1);
  const chance = new Random(SEED + NEWEST);
  while (between.length > SAMPLE) between.splice(chance.int(0, between.length - 1), 1);
  return [first, ...between, ...last];
}

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

  for (const number of origins())
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

  test('fee tasks are recognized by what they said', () => {
    const dir = mkdtempSync(join(tmpdir(), 'gx_before_'));
    after(() => rmSync(dir, { recursive: true, force: true }));
    const db = freshDatabase();
    assert.equal(guanxi(['migrate', '--db', db.url, '--to', '35']).code, 0);
    fill(demo, db);
    const [order, number, customer] = sql(db, 'SELECT id || \'|\' || number || \'|\' || customer_id FROM "order" WHERE deleted_at IS NULL AND number IS NOT NULL AND customer_id IS NOT NULL ORDER BY id LIMIT 1').split('|');
    sql(db, `INSERT INTO drop_decision (customer_id, state, can_rise, must_go, measures, reason, effective_on, rev, created_at, updated_at)
      VALUES (${customer}, 'approved', 'no', 'no', ',fee,', 'x', 20000, 1, 1, 1)`);
    const said = [`Drop decision of 2026-01-01: return fee, order ${number}.`, `2026-01-01 起的取舍决定：退货收费，订单 ${number}。`,
      'Drop decision of 2026-01-01: account fee.', 'Drop decision of 2026-01-01: account fee, lifted.', '2026-01-01 起的取舍决定：小额账户收费，已解除。'];
    for (const rule of said)
      sql(db, `INSERT INTO task (title, title_fold, customer_id, drop_decision_id, policy_rule, rev, created_at, updated_at)
        VALUES ('upgraded', 'upgraded', ${customer}, (SELECT max(id) FROM drop_decision), '${rule}', 1, 1, 1)`);
    const { code, err } = guanxi(['migrate', '--db', db.url], { env: { GUANXI_BACKUP_DIR: dir } });
    assert.equal(code, 0, err);
    assert.deepEqual(sql(db, "SELECT drop_rule || ' ' || coalesce(order_id, 0) FROM task WHERE title = 'upgraded' ORDER BY id").split('\n'),
      [`return_fee ${order}`, 'return_fee 0', 'fee 0', 'fee_stop 0', 'fee_stop 0']);
    assert.equal(sql(db, 'SELECT count(*) FROM task WHERE drop_decision_id IS NULL AND drop_rule IS NOT NULL'), '0');
  });

  test('what was in force by hand begins in the history, once', () => {
    const dir = mkdtempSync(join(tmpdir(), 'gx_before_'));
    after(() => rmSync(dir, { recursive: true, force: true }));
    const db = freshDatabase();
    assert.equal(guanxi(['migrate', '--db', db.url, '--to', '27']).code, 0);
    fill(demo, db);
    const [holds, over] = sql(db, 'SELECT id FROM customer WHERE deleted_at IS NULL ORDER BY id LIMIT 2').split('\n').map(Number);
    const steps = Number(sql(db, 'SELECT count(*) FROM grade_history'));
    sql(db, `UPDATE customer SET grade_override = 'vip', grade_override_reason = 'Group account', grade_override_until = CASE id WHEN ${holds} THEN 40000 ELSE 18000 END WHERE id IN (${holds}, ${over})`);
    sql(db, `UPDATE customer_stats SET effective_grade = 'vip' WHERE id = ${holds}`);
    assert.equal(guanxi(['migrate', '--db', db.url], { env: { GUANXI_BACKUP_DIR: dir } }).code, 0);
    assert.equal(sql(db, "SELECT count(*) FROM grade_history WHERE source = 'computed' AND coalesce(grade, '') = coalesce(effective_grade, '')"), String(steps));
    assert.equal(sql(db, "SELECT customer_id || ' ' || effective_grade || ' ' || reason || ' ' || until FROM grade_history WHERE source = 'by_hand'"), `${holds} vip Group account 40000`);
    assert.equal(sql(db, 'SELECT id FROM customer_stats WHERE grade_by_hand = 1'), String(holds));
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

describe('sort keys and search indexes that another build made', () => {
  let db, was;
  const columns = 'id, rev, updated_at, name, name_fold, name_sort, phone_digits, email_fold';
  const customers = () => sql(db, `SELECT ${columns} FROM customer ORDER BY id`);
  const version = () => sql(db, 'SELECT text_version FROM registry_version');

  /* As if made by other rules: keys in another order, nothing in the index. */
  const spoil = () => {
    sql(db, "UPDATE customer SET name_sort = 'x' || (100000 - id), name_fold = 'x', phone_digits = '1', email_fold = NULL");
    sql(db, sqlite ? "INSERT INTO search_customer (search_customer) VALUES ('delete-all')" : 'DELETE FROM search_customer');
    sql(db, 'UPDATE registry_version SET text_version = 1');
    assert.notEqual(customers(), was);
  };
  const look = async (text) => {
    const server = await startServer({ db });
    const client = server.client({ token: newToken(db, 'admin') });
    const names = (await client.get('/customers?sort=name&fields=name&limit=100')).body.data.map((r) => r.name);
    const found = (await client.get(`/customers?q=${encodeURIComponent(text)}&fields=name`)).body.data.map((r) => r.name);
    await server.stop();
    return { names, found };
  };
  let right, name;

  before(async () => {
    db = freshDatabase();
    assert.equal(guanxi(['demo', '--db', db.url, '--customers', '40']).code, 0);
    name = sql(db, "SELECT name FROM customer WHERE deleted_at IS NULL ORDER BY id LIMIT 1");
    was = customers();
    assert.ok(Number(version()) > 1, 'a new company knows whose they are');
    right = await look(name);
    assert.ok(right.names.length > 20);
    assert.ok(right.found.includes(name));
    assert.equal(customers(), was);
  });

  test('are made anew by migrate, once', async () => {
    const ours = version();
    spoil();
    const first = guanxi(['migrate', '--db', db.url]);
    assert.equal(first.code, 0, first.err);
    assert.match(first.err, /anew/);
    assert.equal(customers(), was);
    assert.equal(version(), ours);
    assert.deepEqual(await look(name), right);
    const second = guanxi(['migrate', '--db', db.url]);
    assert.equal(second.code, 0);
    assert.doesNotMatch(second.err, /anew/);
  });

  test('are made anew by the server that opens the company', async () => {
    spoil();
    assert.deepEqual(await look(name), right);
    assert.equal(customers(), was);
  });
});
