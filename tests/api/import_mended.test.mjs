/* Rows of an errors file that belong to orders begun before they were set
 * aside: each comes behind the lines of its order, once. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addUser, guanxi, sql, startServer } from './lib.mjs';
import { csvRows, importAll, uploadGood, work } from './jobs.mjs';

const HEAD = '单号,下单日期,客户名称,货号,数量,单价';
/* More than a chunk takes at once lies between the two lines of an order. */
const ORDERS = 3200;
const BAD = '两个';

/* A good line of each order, then another of each that can't be used. */
function twoEach(mark) {
  const good = Array.from({ length: ORDERS }, (_, i) => `${mark}${i},2026-03-01,客户${i % 50},A,2,100`);
  const bad = Array.from({ length: ORDERS }, (_, i) => `${mark}${i},2026-03-01,客户${i % 50},B,${BAD},50`);
  return `${HEAD}\n${[...good, ...bad].join('\n')}\n`;
}

describe('lines of orders begun before', () => {
  let server, admin, folder;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    folder = mkdtempSync(join(tmpdir(), 'gx_mended_'));
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const sums = (mark) =>
    sql(server.db, `SELECT count(*), sum(o.amount), count(DISTINCT o.amount) FROM "order" o WHERE o.number LIKE '${mark}%' AND o.deleted_at IS NULL`).split('|').map(Number);
  const lines = (mark) =>
    Number(sql(server.db, `SELECT count(*) FROM order_line l JOIN "order" o ON o.id = l.order_id WHERE o.number LIKE '${mark}%' AND l.deleted_at IS NULL`));

  async function broken(mark) {
    const { made, report } = await importAll(admin, 'orders', twoEach(mark), { options: { source: mark } });
    assert.deepEqual([report.orders_created, report.error_lines], [ORDERS, ORDERS]);
    const { text } = await admin.get(`/imports/${made.id}/errors`);
    return { made, text };
  }
  const mend = (text) => text.replaceAll(BAD, '3');

  for (const on_duplicate of ['update', 'skip']) {
    test(`come behind them with ${on_duplicate}, and only once`, async () => {
      const mark = on_duplicate[0].toUpperCase();
      const options = { source: mark, on_duplicate };
      const { text } = await broken(mark);
      const rows = mend(text).trimEnd().split('\r\n');
      /* Each row twice, the second time far behind. */
      const { report } = await importAll(admin, 'orders', `${[...rows, ...rows.slice(1)].join('\r\n')}\r\n`, { options });
      assert.deepEqual([report.sale_lines, report.duplicate_lines, report.error_lines, report.orders_created], [ORDERS, ORDERS, 0, 0]);
      assert.deepEqual(sums(mark), [ORDERS, ORDERS * 35000, 1]);
      assert.equal(lines(mark), ORDERS * 2);
      const again = await importAll(admin, 'orders', `${rows.join('\r\n')}\r\n`, { options });
      assert.deepEqual([again.report.sale_lines, again.report.duplicate_lines], [0, ORDERS]);
      assert.equal(lines(mark), ORDERS * 2);
      const { code, out } = guanxi(['doctor', '--db', server.db.url, '--verify', '--format', 'json']);
      assert.equal(code, 0, out);
    });
  }

  test('what was appended is taken back alone, and may come again', async () => {
    const options = { source: 'T', on_duplicate: 'update' };
    const { text } = await broken('T');
    const some = csvRows(mend(text)).slice(0, 11).map((r) => r.map((cell) => `"${cell}"`).join(',')).join('\r\n') + '\r\n';
    const { made } = await importAll(admin, 'orders', some, { options });
    assert.equal(lines('T'), ORDERS + 10);
    const job = await work(admin, `/imports/${made.id}/revert`);
    assert.equal(job.state, 'done', job.error);
    assert.equal(lines('T'), ORDERS);
    assert.deepEqual(sums('T'), [ORDERS, ORDERS * 20000, 1]);
    await importAll(admin, 'orders', some, { options });
    assert.equal(lines('T'), ORDERS + 10);
  });

  test('a form that has the order open is refused, and both imports can be taken back', async () => {
    const options = { source: 'F' };
    const { made } = await importAll(admin, 'orders', `${HEAD}\nF1,2026-03-01,己,A,2,100\n`, { options });
    const [{ id }] = (await admin.get('/orders?number=F1')).body.data;
    const own = async () => (await admin.get(`/order_lines?order_id=${id}&sort=position`)).body.data.map((l) => l.id);
    const save = (etag, ids) => admin.patch(`/orders/${id}`, { lines: ids.map((line) => ({ id: line })) }, { 'if-match': etag });
    const tag = async () => (await admin.get(`/orders/${id}`)).headers.get('etag');
    const before = { etag: await tag(), ids: await own() };
    const late = await importAll(admin, 'orders', `${HEAD},import_id,error_code,行,列,原因\nF1,2026-03-01,己,B,1,50,${made.id},number_syntax,9,数量,x\n`, { options });
    const all = await own();
    assert.equal(all.length, 2);
    assert.equal((await save(before.etag, before.ids)).status, 412, 'it has not seen the line that came meanwhile');
    assert.deepEqual(await own(), all);
    const between = { etag: await tag(), ids: all };
    await work(admin, `/imports/${late.made.id}/revert`);
    assert.deepEqual(await own(), before.ids);
    assert.equal((await save(between.etag, between.ids)).status, 412);
    await work(admin, `/imports/${made.id}/revert`);
    assert.equal((await admin.get(`/orders/${id}`)).status, 404, 'nobody but imports has touched it');
  });

  test('lines that a later part of the same file adds are taken back with the order', async () => {
    const { made, report } = await importAll(admin, 'orders', mend(twoEach('B')), { options: { source: 'B' } });
    assert.deepEqual([report.orders_created, report.error_lines], [ORDERS, 0]);
    assert.ok(Number(sql(server.db, "SELECT max(rev) FROM \"order\" WHERE number LIKE 'B%'")) > 1, 'a part of its own');
    const touched = (await admin.get('/orders?number=B7')).body.data[0];
    assert.equal((await admin.patch(`/orders/${touched.id}`, { note: 'by hand' })).status, 200);
    const job = await work(admin, `/imports/${made.id}/revert`);
    assert.equal(job.state, 'done', job.error);
    assert.deepEqual([sums('B')[0], lines('B')], [1, 2], 'all but what somebody has changed');
  });

  test('the same from the command line', async () => {
    const { text } = await broken('K');
    const file = join(folder, 'mended.csv');
    writeFileSync(file, mend(text));
    for (const expected of [ORDERS * 2, ORDERS * 2]) {
      const done = guanxi(['import', 'orders', file, '--db', server.db.url, '--currency', 'CNY', '--source', 'K', '--on-duplicate', 'update']);
      assert.equal(done.code, 0, done.err);
      assert.equal(lines('K'), expected);
    }
    assert.deepEqual(sums('K'), [ORDERS, ORDERS * 35000, 1]);
  });

  test('an import that is not theirs changes nothing of the rule; another customer is refused', async () => {
    const { made } = await importAll(admin, 'orders', `${HEAD}\nX1,2026-03-01,甲,A,2,100\n`, { options: { source: 'X' } });
    const head = `${HEAD},import_id,error_code,行,列,原因`;
    const row = (import_id, customer, line) => `X1,2026-03-01,${customer},B,1,50,${import_id},number_syntax,${line},数量,x`;
    const one = async (text, on_duplicate) => (await importAll(admin, 'orders', `${head}\n${text}\n`, { options: { source: 'X', on_duplicate } })).report;
    assert.equal((await one(row(made.id + 1000, '甲', 9), 'skip')).duplicate_lines, 1);
    assert.equal(lines('X'), 1);
    assert.equal((await one(row(made.id, '乙', 9), 'update')).error_lines, 1);
    assert.equal((await one(row(`${made.id} ${made.id + 1000}`, '甲', 2), 'update')).sale_lines, 1);
    assert.equal(lines('X'), 2);
    assert.equal((await one(row(made.id + 1000, '甲', 9), 'update')).orders_updated, 1);
    assert.equal(lines('X'), 1, 'replaced');
  });

  test('only where the order may be changed', async () => {
    addUser(server.db, 'other', 'sales');
    const { made } = await importAll(admin, 'orders', `${HEAD}\nZ1,2026-03-01,丙,A,2,100\n`, { options: { source: 'Z' } });
    const other = await server.signIn('other');
    const text = `${HEAD},import_id,error_code,行,列,原因\nZ1,2026-03-01,丙,B,1,50,${made.id},number_syntax,9,数量,x\n`;
    const up = await uploadGood(other, 'orders', text).catch(() => null);
    if (up) {
      await other.patch(`/imports/${up.id}`, { options: { source: 'Z', on_duplicate: 'update' } });
      await work(other, `/imports/${up.id}/run`).catch(() => null);
    }
    assert.equal(lines('Z'), 1);
  });
});
