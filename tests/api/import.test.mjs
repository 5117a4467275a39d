/* Imports through the real program: guesses, dry run, rules, rows set aside,
 * cancelling, killing, rights. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { KIND, addUser, freshDatabase, guanxi, initCompany, newToken, sql, startServer } from './lib.mjs';
import {
  RETAIL, RETAIL_COUNTS, RETAIL_SKIP, csvRows, dryRun, follow, importAll, pick, readJob, run, upload, uploadGood,
} from './jobs.mjs';

/* Servers end with their suite: on PostgreSQL each holds connections. */
const running = [];
async function own(options) {
  const server = await startServer(options);
  running.push(server);
  return server;
}
async function stopAll() {
  await Promise.all(running.splice(0).map((server) => server.stop()));
}

const ORDERS = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

async function count(client, entity, filter = '') {
  const answer = await client.get(`/${entity}?limit=1&count=exact${filter}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.count.value;
}

async function findBy(client, entity, filter) {
  const answer = await client.get(`/${entity}?${filter}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data;
}

describe('a file of orders', () => {
  after(stopAll);
  let server;
  let admin;
  before(async () => {
    server = await own({ admin: true });
    admin = await server.signIn();
  });

  test('is understood from its header, in English and in Chinese', async () => {
    const english = await uploadGood(admin, 'orders', `${ORDERS}1,A,x,1,2024-01-02,2.50,7.0,UK\n`);
    assert.deepEqual(english.columns.map((c) => c.field), [
      'order.number', 'product.code', 'product.name', 'order_line.quantity', 'order.ordered_on',
      'order_line.unit_price', 'customer.external_id', 'customer.country']);
    assert.equal(english.format, 'csv');
    assert.equal(english.encoding, 'utf-8');
    assert.equal(english.delimiter, ',');
    assert.equal(english.state, 'new');
    assert.deepEqual(english.needs, ['currency']);
    assert.equal(english.options.currency, 'CNY');
    assert.equal(english.options.cancel_prefix, 'C');
    assert.equal(english.columns[6].trim, true);
    const chinese = await uploadGood(admin, 'orders',
      '单号;下单日期;客户名称;手机;货号;品名;数量;单价;金额\nD1;2024年1月2日;王五;13800138000;A-1;杯子;2;3.5;7\n');
    assert.equal(chinese.delimiter, ';');
    assert.deepEqual(chinese.columns.map((c) => c.field), [
      'order.number', 'order.ordered_on', 'customer.name', 'customer.phone', 'product.code', 'product.name',
      'order_line.quantity', 'order_line.unit_price', 'order_line.amount']);
    for (const field of chinese.fields) {
      assert.match(field.name, /^[a-z_]+\.[a-z_]+$/);
      assert.ok(field.label.zh && field.label.en);
    }
  });

  test('keeps each kind of line by its rule', async () => {
    const text = `${ORDERS}` +
      'R1,A,Cup,3,2024-03-01 23:59:00,1.105,901,UK\n' + //      sale 3.315
      'R1,B,Pot,1,2024-03-01 23:59:00,0,901,UK\n' + //          free
      'R1,B,Pot,-1,2024-03-01 23:59:00,2,901,UK\n' + //         return
      'R1,M,Fix,1,2024-03-01 23:59:00,-0.5,901,UK\n' + //       adjustment
      'C2,A,Cup,-2,2024-03-02,1.105,901,UK\n' + //              cancellation
      'C3,A,Cup,-2,2024-03-02,1.105,902,UK\n' + //              of one who never bought
      'R4,A,Cup,1,2024-03-02,9,,UK\n' + //                      nobody
      'R5,A,Cup,x,2024-03-02,9,903,UK\n' + //                   not a number
      'R6,A,Cup,1,2023-02-29,9,903,UK\n' + //                   no such day
      'R7,A,Cup,1,2024-03-02,9,904,UK,more\n'; //               ragged
    const { made, report } = await importAll(admin, 'orders', text, { options: { source: 'rules' } });
    assert.deepEqual(pick(report, {
      lines: 0, sale_lines: 0, free_lines: 0, return_lines: 0, adjustment_lines: 0, cancelled_lines: 0,
      no_customer_lines: 0, error_lines: 0, errors: 0, customers_created: 0, orders_created: 0, products_created: 0,
      sales: 0, graded: 0,
    }), {
      lines: 10, sale_lines: 1, free_lines: 1, return_lines: 1, adjustment_lines: 1, cancelled_lines: 2,
      no_customer_lines: 1, error_lines: 3, errors: 4, customers_created: 2, orders_created: 3, products_created: 3,
      sales: '3.315', graded: 1,
    });
    const [order] = await findBy(admin, 'orders', 'number=R1');
    assert.equal(order.ordered_on, '2024-03-01'); // the wall clock's day
    assert.equal(order.kind, 'sale');
    assert.equal(order.sales, '3.315');
    assert.equal(order.returned, '2');
    assert.equal(order.amount, 82); // 3.315 + 0 - 2 - 0.5 = 0.815, rounded once
    const lines = await findBy(admin, 'order_lines', `order_id=${order.id}&sort=position`);
    assert.deepEqual(lines.map((l) => [l.position, l.kind, l.quantity, l.unit_price, l.amount]), [
      [1, 'sale', '3', '1.105', '3.315'], [2, 'free', '1', '0', '0'],
      [3, 'return', '-1', '2', '-2'], [4, 'free', '1', '-0.5', '-0.5']]);
    const [cancelled] = await findBy(admin, 'orders', 'number=C3');
    assert.equal(cancelled.kind, 'return');
    assert.equal(cancelled.sales, '0');
    const [never] = await findBy(admin, 'customers', 'external_id=902');
    assert.equal(never.orders, 0);
    assert.equal(never.grade, null);
    assert.equal(never.import_id, made.id);
    const rows = csvRows((await admin.get(`/imports/${made.id}/errors`)).text);
    assert.deepEqual(rows.map((r) => r.slice(-3, -1)), [
      ['行号', '列'], ['8', 'CustomerID'], ['9', 'Quantity'], ['10', 'InvoiceDate'], ['11', '']]);
    assert.ok(rows.slice(1).every((r) => r.at(-1).length > 3));
    assert.match(rows[1].at(-1), /^没有客户/);
    assert.deepEqual(rows.map((r) => r.slice(8, 10)), [['import_id', 'error_code'], ...['import_no_customer', 'number_syntax', 'date_no_such', 'row_ragged'].map((code) => [String(made.id), code])]);
  });

  test('reads amounts as people write them', async () => {
    const head = '单号,下单日期,客户名称,货号,数量,金额\n';
    const rows = ['"¥4,380.00"', '￥1 200', 'RMB 300', '"1,200元"', '￥１，２００．５', '-¥5', '12.5', '$7', '¥1 20'];
    const text = head + rows.map((amount, i) => `MM${i},2024-05-01,写钱的人,A,1,${amount}\n`).join('');
    const { made, report } = await importAll(admin, 'orders', text, { options: { source: 'money' } });
    assert.equal(report.error_lines, 2, JSON.stringify(report));
    assert.equal(report.sales, '8293');
    const bad = csvRows((await admin.get(`/imports/${made.id}/errors`)).text).slice(1);
    assert.deepEqual(bad.map((r) => [r[0], r.at(-2)]), [['MM7', '金额'], ['MM8', '金额']]);
    assert.match(bad[0].at(-1), /\$.*CNY/);
    assert.match(bad[1].at(-1), /12\.50/);
    const money = await importAll(admin, 'customers', '名称,注册资本\n有钱公司,"人民币 5,000 元"\n外币公司,US$5\n');
    assert.equal(money.report.created, 1);
    assert.equal(money.report.error_lines, 1);
    assert.equal((await findBy(admin, 'customers', `name=${encodeURIComponent('有钱公司')}`))[0].registered_capital, 500000);
    const priced = await importAll(admin, 'products', '产品编码,品名,单价\nMP1,杯子,￥12.5\n');
    assert.equal(priced.report.created, 1, JSON.stringify(priced.report));
    assert.equal((await findBy(admin, 'products', 'code=MP1'))[0].price, '12.5');
  });

  test('an order with a line that cannot be used waits whole for the mended file', async () => {
    const head = '单号,下单日期,客户名称,货号,数量,单价\n';
    const bad = '两个';
    const rows = ['W1,2026-10-01,等单的人,A,2,100', `W1,2026-10-01,等单的人,B,${bad},50`, 'W2,2026-10-02,等单的人,B,3,50',
      'W1,2026-10-01,,C,1,7', 'W3,2026-10-03,等单的人,B,1,9', 'W3,2026-10-03,别的人,B,1,9', 'W3,2026-10-03,等单的人,B,1,9,多'];
    const options = { source: 'whole' };
    const { made, report } = await importAll(admin, 'orders', `${head}${rows.join('\n')}\n`, { options });
    assert.deepEqual(pick(report, { lines: 0, sale_lines: 0, no_customer_lines: 0, error_lines: 0, orders_created: 0, customers_created: 0, sales: 0 }),
      { lines: 7, sale_lines: 1, no_customer_lines: 1, error_lines: 5, orders_created: 1, customers_created: 1, sales: '150' });
    assert.equal(await count(admin, 'orders', '&number=W1'), 0);
    const { text } = await admin.get(`/imports/${made.id}/errors`);
    const aside = csvRows(text).slice(1);
    assert.deepEqual(aside.map((r) => [r[0], r[7], r[8]]), [
      ['W1', 'import_order_line', '2'], ['W1', 'number_syntax', '3'], ['W1', 'import_no_customer', '5'],
      ['W3', 'import_order_line', '6'], ['W3', 'import_order_customer', '7'], ['W3', 'row_ragged', '8']]);
    assert.match(aside[0].at(-1), /第 3 行/);
    const mended = text.replace(bad, '3').replace('2026-10-01,,C', '2026-10-01,等单的人,C').replace('别的人', '等单的人');
    const second = await importAll(admin, 'orders', mended, { options });
    assert.deepEqual([second.report.orders_created, second.report.errors], [2, 0]);
    assert.equal((await findBy(admin, 'orders', 'number=W1'))[0].sales, '357');
    assert.equal((await findBy(admin, 'orders', 'number=W3'))[0].sales, '27');
  });

  test('puts rows of one order together wherever they stand', async () => {
    const head = `${ORDERS}`;
    let text = head;
    for (let i = 0; i < 9000; i++) text += `S${i % 3},A,Cup,1,2024-05-0${1 + (i % 3)},1,${910 + (i % 3)},UK\n`;
    const { report } = await importAll(admin, 'orders', text, { options: { source: 'spread' } });
    assert.equal(report.orders_created, 3);
    for (let i = 0; i < 3; i++) {
      const [order] = await findBy(admin, 'orders', `number=S${i}`);
      assert.equal(order.sales, '3000');
      assert.equal(await count(admin, 'order_lines', `&order_id=${order.id}`), 3000);
      const [last] = await findBy(admin, 'order_lines', `order_id=${order.id}&sort=-position&limit=1`);
      assert.equal(last.position, 3000);
      const [customer] = await findBy(admin, 'customers', `external_id=${910 + i}`);
      assert.equal(customer.sales, '3000');
      assert.equal(customer.orders, 1);
    }
  });

  test('leaves, replaces or refuses orders that are there, as asked', async () => {
    const first = `${ORDERS}E1,A,Cup,2,2024-06-01,5,920,UK\n`;
    const second = `${ORDERS}E1,A,Cup,7,2024-06-02,5,920,UK\nE1,A,Cup,1,2024-06-02,5,920,UK\n`;
    const options = { source: 'twice' };
    await importAll(admin, 'orders', first, { options });
    const skipped = await importAll(admin, 'orders', second, { options: { ...options, on_duplicate: 'skip' } });
    assert.equal(skipped.report.duplicate_lines, 2);
    assert.equal((await findBy(admin, 'orders', 'number=E1'))[0].sales, '10');
    const refused = await importAll(admin, 'orders', second, { options: { ...options, on_duplicate: 'error' } });
    assert.equal(refused.report.error_lines, 2);
    const replaced = await importAll(admin, 'orders', second, { options: { ...options, on_duplicate: 'update' } });
    assert.equal(replaced.report.orders_updated, 1);
    assert.equal(replaced.report.sale_lines, 2);
    const [order] = await findBy(admin, 'orders', 'number=E1');
    const log = sql(server.db, `SELECT c.op || c.rev || '/' || l.rev FROM change_log c JOIN order_line l ON l.id = c.record_id
      WHERE c.entity = 'order_line' AND l.order_id = ${order.id} ORDER BY c.id`);
    assert.deepEqual(log.split('\n'), ['create1/2', 'delete2/2', 'create1/1', 'create1/1']);
    assert.equal(order.sales, '40');
    assert.equal(order.ordered_on, '2024-06-02');
    assert.equal(await count(admin, 'order_lines', `&order_id=${order.id}`), 2);
    const [customer] = await findBy(admin, 'customers', 'external_id=920');
    assert.equal(customer.sales, '40');
    assert.equal(customer.last_order_on, '2024-06-02');
  });

  test('needs an exchange rate before anything is written', async () => {
    const text = `${ORDERS}G1,A,Cup,2,2024-06-01,5.005,930,UK\n`;
    const made = await uploadGood(admin, 'orders', text);
    const patched = await admin.patch(`/imports/${made.id}`, { options: { currency: 'GBP', source: 'gbp' } });
    assert.deepEqual(patched.body.needs, ['currency', 'rate']);
    const refused = await admin.post(`/imports/${made.id}/run`);
    assert.equal(refused.status, 422, refused.text);
    assert.equal(refused.body.errors[0].field, 'rate');
    assert.match(refused.body.detail, /GBP/);
    assert.equal(await count(admin, 'orders', '&number=G1'), 0);
    await admin.patch(`/imports/${made.id}`, { options: { rate: '9.1' } });
    const job = await run(admin, made);
    assert.equal(job.state, 'done', job.error);
    const [order] = await findBy(admin, 'orders', 'number=G1');
    assert.equal(order.currency, 'GBP');
    assert.equal(order.rate, '9.1');
    assert.equal(order.amount, 1001);
    assert.equal(order.sales, '91.091');
    const [rate] = await findBy(admin, 'currency_rates', 'currency=GBP');
    assert.equal(rate.rate, '9.1');
    assert.equal(rate.day, '2024-06-01');
  });

  test('sets rows of a currency without a rate aside, and says of which day', async () => {
    const text = `Order,Customer,Day,Product,Quantity,Price,Money
K1,K,2024-05-31,Cup,1,5,SEK
K2,K,2024-05-31,Cup,1,5,CNY
`;
    const fields = ['order.number', 'customer.external_id', 'order.ordered_on', 'product.name', 'order_line.quantity', 'order_line.unit_price', 'order.currency'];
    const { made, report } = await importAll(admin, 'orders', text, { mapping: { ...fields }, options: { source: 'sek' } });
    assert.deepEqual([report.orders_created, report.error_lines], [1, 1], JSON.stringify(report));
    assert.match(csvRows((await admin.get(`/imports/${made.id}/errors`)).text)[1].join(), /SEK.*2024-05-31|2024-05-31.*SEK/);
  });

  test('remembers the mapping of the same header', async () => {
    const head = 'aaa,bbb,ccc,ddd,eee,fff\n';
    const text = `${head}M1,2024-06-01,X,1,2,940\n`;
    const made = await uploadGood(admin, 'orders', text);
    assert.equal(made.columns[0].field, null);
    const unmapped = await admin.post(`/imports/${made.id}/dry_run`);
    assert.equal(unmapped.status, 422, unmapped.text);
    assert.ok(unmapped.body.errors.some((e) => e.field === 'order.number'));
    const mapping = {
      0: 'order.number', 1: 'order.ordered_on', 2: 'product.name', 3: 'order_line.quantity',
      4: 'order_line.unit_price', 5: 'customer.external_id',
    };
    await importAll(admin, 'orders', text, { mapping, options: { source: 'memory' } });
    const again = await uploadGood(admin, 'orders', `${head}M2,2024-06-02,Y,1,2,941\n`);
    assert.deepEqual(again.columns.map((c) => c.field), Object.values(mapping));
    const bad = await admin.patch(`/imports/${again.id}`, { mapping: { 0: 'order.nothing', 9: 'order.note' } });
    assert.equal(bad.status, 422, bad.text);
    assert.deepEqual(bad.body.errors.map((e) => e.code).sort(), ['import_no_column']);
    const twice = await admin.patch(`/imports/${again.id}`, { mapping: { 0: 'order.note', 1: 'order.note' } });
    assert.equal(twice.status, 422);
  });

  test('reads other orders of day and month and the decimal comma', async () => {
    const made = await uploadGood(admin, 'orders',
      'Order No;Date;Product;Quantity;Unit price;Customer\nX1;25/12/2023;Tea;1,5;1.234,50;Müller\n');
    assert.equal(made.options.date_order, 'dmy');
    await admin.patch(`/imports/${made.id}`, { options: { decimal: ',', source: 'eu', kind: 'person' } });
    const job = await run(admin, made);
    assert.equal(job.state, 'done', job.error);
    assert.equal(job.result.sale_lines, 1, JSON.stringify(job.result));
    const [order] = await findBy(admin, 'orders', 'number=X1');
    assert.equal(order.ordered_on, '2023-12-25');
    assert.equal(order.sales, '1851.75');
    const [customer] = await findBy(admin, 'customers', `id=${order.customer_id}`);
    assert.equal(customer.name, 'Müller');
    assert.equal(customer.kind, 'person');
    assert.equal(customer.external_id, null);
  });

  test('that has been imported cannot be changed or run again', async () => {
    const { made } = await importAll(admin, 'orders', `${ORDERS}L1,A,Cup,2,2024-06-01,5,950,UK\n`, { options: { source: 'once' } });
    assert.equal((await admin.post(`/imports/${made.id}/run`)).status, 409);
    assert.equal((await admin.post(`/imports/${made.id}/dry_run`)).status, 409);
    assert.equal((await admin.patch(`/imports/${made.id}`, { options: { currency: 'USD' } })).status, 409);
    const read = (await admin.get(`/imports/${made.id}`)).body;
    assert.equal(read.state, 'done');
    assert.equal(read.report.sale_lines, 1);
    const [row] = await findBy(admin, 'imports', `id=${made.id}`);
    assert.equal(row.rows_total, 1);
    assert.equal(row.rows_good, 1);
  });

  test('started by several at once it runs once', async () => {
    for (let i = 0; i < 5; i++) {
      const made = await uploadGood(admin, 'orders', `${ORDERS}P${i},A,Cup,2,2024-06-01,5,930,UK\n`);
      const answers = await Promise.all([1, 2, 3, 4].map(() => admin.post(`/imports/${made.id}/run`)));
      assert.deepEqual(answers.map((a) => a.status).sort(), [202, 409, 409, 409]);
      const job = await follow(admin, answers.find((a) => a.status === 202).body.job.id);
      assert.equal(job.state, 'done', job.error);
      assert.equal(sql(server.db, `SELECT count(*) FROM job WHERE args LIKE '%"import_id":${made.id}}%'`), '1');
    }
  });

  test('refuses the one number that has no opposite', async () => {
    const { report } = await importAll(admin, 'orders', `${ORDERS}` +
      'L1,A,x,-9223372036854775.808,2024-01-02,1,940,UK\n' + // quantity
      'L2,A,x,-1,2024-01-02,-9223372036854.775808,940,UK\n' + // price
      'L3,A,x,-2,2024-01-02,4611686018427.387904,940,UK\n'); // their product
    assert.deepEqual([report.error_lines, report.orders_created], [3, 0]);
  });

  test('leaves one audit entry a chunk, with hashes', async () => {
    const { made } = await importAll(admin, 'orders', `${ORDERS}A1,Z9,Cup,2,2024-06-01,5,960,UK\n`, { options: { source: 'audit' } });
    const entries = await findBy(admin, 'audit_entries', `entity=import&record_id=${made.id}&action=import`);
    assert.equal(entries.length, 1);
    const { changes } = entries[0];
    assert.equal(changes.rows, 1);
    assert.match(changes.orders[0][1], /^[0-9a-f]{32}$/);
    assert.equal(changes.customers.length, 1);
    const [order] = await findBy(admin, 'orders', 'number=A1');
    assert.equal(changes.orders[0][0], order.id);
  });

  test('is refused when it is no table, of something else, or empty', async () => {
    const cases = [
      ['orders', '', 422], ['orders', 'a,b,c\n', 422], ['tasks', 'a,b\n1,2\n', 422],
      ['orders', new Uint8Array([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0]), 415],
      ['orders', new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]), 400],
    ];
    for (const [entity, bytes, status] of cases) {
      const answer = await upload(admin, entity, bytes);
      assert.equal(answer.status, status, `${entity}: ${answer.text}`);
      assert.match(answer.headers.get('content-type'), /problem\+json/);
    }
    for (const body of [{ options: { currency: 'pounds' } }, { options: { date_order: 'xyz' } },
      { options: { nothing: '1' } }, { options: { rate: '-3' } }, { mapping: [] }, { mapping: { 0: 7 } }]) {
      const made = await uploadGood(admin, 'orders', `${ORDERS}1,A,x,1,2024-01-02,2.50,7,UK\n`);
      const answer = await admin.patch(`/imports/${made.id}`, body);
      assert.equal(answer.status, 422, JSON.stringify(body) + answer.text);
    }
  });
});

describe('the whole retail file', { skip: RETAIL_SKIP }, () => {
  after(stopAll);
  let server;
  let admin;
  before(async () => {
    server = await own({ admin: true });
    admin = await server.signIn();
  });

  test('dry run counts it and writes nothing', async () => {
    const made = await uploadGood(admin, 'orders', readFileSync(RETAIL), 'online retail.csv.gz');
    assert.equal(made.compressed, true);
    const job = await dryRun(admin, made);
    assert.equal(job.state, 'done', job.error);
    assert.deepEqual(pick(job.result, RETAIL_COUNTS), RETAIL_COUNTS);
    assert.equal(job.result.ids_without_decimals, 'CustomerID');
    for (const entity of ['customers', 'orders', 'order_lines', 'products'])
      assert.equal(await count(admin, entity), 0, entity);
    assert.equal((await admin.get(`/imports/${made.id}`)).body.state, 'checked');
  });

  test('cancelled in the middle it leaves whole chunks, and goes on to exact figures', async () => {
    const made = await uploadGood(admin, 'orders', readFileSync(RETAIL), 'retail.csv.gz');
    const started = await admin.post(`/imports/${made.id}/run`);
    const id = started.body.job.id;
    await follow(admin, id, (j) => j.done > 0 || j.state === 'failed');
    const asked = await admin.post(`/jobs/${id}/cancel`);
    assert.equal(asked.status, 200, asked.text);
    const job = await follow(admin, id);
    assert.equal(job.state, 'cancelled');
    const part = (await admin.get(`/imports/${made.id}`)).body;
    assert.equal(part.state, 'cancelled');
    const { report } = part;
    assert.ok(report.lines > 0 && report.lines < RETAIL_COUNTS.lines, JSON.stringify(report));
    assert.equal(report.lines, job.done);
    const kept = report.sale_lines + report.cancelled_lines + report.return_lines + report.free_lines;
    assert.equal(await count(admin, 'customers'), report.customers_created);
    assert.equal(await count(admin, 'products'), report.products_created);
    const stored = Number(sql(server.db, 'SELECT count(*) FROM order_line'));
    assert.equal(stored, kept);
    statistics(server.db, report.sales);

    const again = await run(admin, made);
    assert.equal(again.state, 'done', again.error);
    assert.deepEqual(pick(again.result, RETAIL_COUNTS), RETAIL_COUNTS);
    assert.equal(again.result.graded, 2718);
    statistics(server.db, RETAIL_COUNTS.sales);
    assert.equal(await count(admin, 'customers', `&import_id=${made.id}&grade[empty]=false`), 2718);
  });
});

/* Sums of customers, orders and lines say the same. */
function statistics(db, sales) {
  const micro = String(BigInt(Math.round(Number(sales) * 1000)) * 1000n);
  assert.equal(sql(db, 'SELECT CAST(sum(sales) AS BIGINT) FROM customer_stats'), micro);
  assert.equal(sql(db, 'SELECT CAST(sum(sales) AS BIGINT) FROM "order"'), micro);
  assert.equal(sql(db, `SELECT count(*) FROM customer_stats s WHERE s.sales <> (SELECT coalesce(sum(o.sales), 0)
    FROM "order" o WHERE o.customer_id = s.id AND o.kind = 'sale')`), '0');
  assert.equal(sql(db, `SELECT count(*) FROM "order" o WHERE o.kind = 'sale' AND o.sales <> (SELECT
    coalesce(sum(CASE WHEN l.quantity > 0 AND l.unit_price > 0 THEN l.amount ELSE 0 END), 0) FROM order_line l
    WHERE l.order_id = o.id)`), '0');
}

describe('a server killed while it imports', { skip: RETAIL_SKIP }, () => {
  after(stopAll);
  test('goes on behind the last whole chunk, no row twice', async () => {
    const db = freshDatabase();
    const first = await own({ admin: true, db });
    const token = newToken(db, 'admin');
    const client = first.client({ token });
    const made = await uploadGood(client, 'orders', readFileSync(RETAIL), 'retail.csv.gz');
    const { body } = await client.post(`/imports/${made.id}/run`);
    await follow(client, body.job.id, (j) => j.done > 9000);
    await first.stop('SIGKILL');
    if (KIND === 'postgresql') // nobody waits half a minute for the lease here
      sql(db, 'UPDATE job SET lease_until = 0');
    const second = await own({ db });
    const job = await follow(second.client({ token }), body.job.id);
    assert.equal(job.state, 'done', job.error);
    assert.deepEqual(pick(job.result, RETAIL_COUNTS), RETAIL_COUNTS);
    statistics(db, RETAIL_COUNTS.sales);
    assert.equal(sql(db, 'SELECT count(*) FROM (SELECT order_id, position FROM order_line GROUP BY order_id, position HAVING count(*) > 1) d'), '0');
  });
});

describe('files of records', () => {
  after(stopAll);
  let server;
  let admin;
  before(async () => {
    server = await own({ admin: true });
    admin = await server.signIn();
  });

  test('GB18030 with Chinese headers becomes customers', async () => {
    const text = '客户编号,客户名称,客户类型,电话,城市,注册资本,客户角色,成立日期\r\n' +
      'K001,上海春风贸易有限公司,企业,021-55556666,上海,"1,250.50",终端客户;分销商,2010/3/1\r\n' +
      'K002,龘氏食品厂,企业,13900001111,苏州,,,\r\n';
    const bytes = execFileSync('iconv', ['-f', 'utf-8', '-t', 'gb18030'], { input: text });
    const { made, report } = await importAll(admin, 'customers', bytes);
    assert.match(made.encoding, /gb18030/i);
    assert.deepEqual([report.lines, report.created, report.errors], [2, 2, 0]);
    const [one] = await findBy(admin, 'customers', 'code=K001');
    assert.equal(one.name, '上海春风贸易有限公司');
    assert.equal(one.kind, 'organization');
    assert.equal(one.registered_capital, 125050);
    assert.deepEqual(one.roles, ['end_customer', 'distributor']);
    assert.equal(one.founded_on, '2010-03-01');
    assert.equal(one.import_id, made.id);
    assert.equal((await findBy(admin, 'customers', 'q=' + encodeURIComponent('龘氏'))).length, 1);
    assert.equal((await findBy(admin, 'customers', 'q=13900001111')).length, 1);
  });

  test('bad rows can be mended and imported again', async () => {
    const text = 'name,code,email,phone\nGood,B1,a@b.cn,13800138001\n,B2,,\nBad mail,B3,nonsense,\nBad phone,B4,,abc\n=1+1,B5,,\n';
    const { made, report } = await importAll(admin, 'customers', text);
    assert.deepEqual([report.lines, report.created, report.error_lines], [5, 2, 3]);
    const answer = await admin.get(`/imports/${made.id}/errors`);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.match(answer.headers.get('content-disposition'), /^attachment/);
    const rows = csvRows(answer.text);
    assert.deepEqual(rows[0], ['name', 'code', 'email', 'phone', 'import_id', 'error_code', '行号', '列', '原因']);
    assert.deepEqual(rows.slice(1).map((r) => [r[1], r[6], r[7]]), [['B2', '3', 'name'], ['B3', '4', 'email'], ['B4', '5', 'phone']]);
    const mended = answer.text.replace(/^,B2/m, 'Named,B2').replace('nonsense', 'c@d.cn').replace('abc', '13800138002');
    const second = await importAll(admin, 'customers', mended);
    assert.deepEqual(second.made.columns.slice(4).map((c) => c.field), [null, null, null, null, null]);
    assert.deepEqual([second.report.created, second.report.error_lines], [3, 0]);
    // an errors file of an errors file has the same columns
    const third = await importAll(admin, 'customers', answer.text.replace(/^,B2/m, 'Named,B2'));
    const still = csvRows((await admin.get(`/imports/${third.made.id}/errors`)).text);
    assert.deepEqual(still[0], rows[0]);
    assert.deepEqual(still[1].slice(4, 6), [`${made.id} ${third.made.id}`, rows[2][5]]);
    assert.equal((await findBy(admin, 'customers', 'code=B5'))[0].name, '=1+1');
  });

  test('duplicates are found by number, by external id, by name and phone', async () => {
    const base = 'id,code,name,phone,city\n';
    await importAll(admin, 'customers', `${base}x1,D1,One,13700000001,A\n,,Two,13700000002,A\n`);
    const skip = await importAll(admin, 'customers', `${base}x1,,One,,B\n,,Two,137-0000-0002,B\n,,Two,13700000003,B\n`,
      { options: { on_duplicate: 'skip' } });
    assert.deepEqual([skip.report.skipped, skip.report.created], [2, 1]);
    assert.equal((await findBy(admin, 'customers', 'code=D1'))[0].city, 'A');
    const update = await importAll(admin, 'customers', `${base}x1,D1,One,,C\n,D1,One more,,D\nx9,D1,Other,,E\n`);
    assert.deepEqual([update.report.updated, update.report.created], [3, 0]);
    const [one] = await findBy(admin, 'customers', 'code=D1');
    assert.equal(one.city, 'E');
    assert.equal(one.phone, '13700000001');
    const clash = await importAll(admin, 'customers', `${base}y1,D7,Seven,,A\n,D8,Eight,,A\n`);
    assert.equal(clash.report.created, 2);
    const both = await importAll(admin, 'customers', `${base}y1,D8,Which,,A\n`);
    assert.equal(both.report.error_lines, 1);
    const within = await importAll(admin, 'customers', `${base},D9,Nine,,A\n,D9,Nine again,,B\n`);
    assert.deepEqual([within.report.created, within.report.updated], [1, 1]);
    assert.equal((await findBy(admin, 'customers', 'code=D9'))[0].name, 'Nine again');
  });

  test('contacts find their organization by name, number or external id', async () => {
    await importAll(admin, 'customers', 'id,code,name\nz1,N1,Acme Ltd\n');
    const { report } = await importAll(admin, 'contacts',
      '姓名,公司,职位,手机\n张三,Acme Ltd,经理,13600000001\n李四,N1,,\n王五,z1,,\n赵六,Nobody,,\n');
    assert.deepEqual([report.created, report.error_lines], [3, 1]);
    const people = await findBy(admin, 'contacts', 'sort=name&fields=name,customer_id,job_title,phone');
    assert.equal(people.length, 3);
    assert.equal(new Set(people.map((p) => p.customer_id)).size, 1);
    assert.equal(people.find((p) => p.name === '张三').job_title, '经理');
  });

  test('products keep exact prices', async () => {
    const { report } = await importAll(admin, 'products', 'sku,product,price,单位\nP-1,Tea,1.2345,盒\nP-2,Pot,"1,200",个\nP-3,X,-1,\n');
    assert.deepEqual([report.created, report.error_lines], [2, 1]);
    assert.equal((await findBy(admin, 'products', 'code=P-1'))[0].price, '1.2345');
    assert.equal((await findBy(admin, 'products', 'code=P-2'))[0].price, '1200');
  });

  test('is read in line when no thread can be had to read ahead', async () => {
    const own_ = await own({ admin: true, env: { GUANXI_FAULT: 'import.thread:1' } });
    const client = await own_.signIn();
    const lines = Array.from({ length: 9000 }, (_, i) => `T${i},Row ${i}`); /* three chunks */
    lines[5000] = 'T5000,';
    const { report } = await importAll(client, 'customers', `code,name\n${lines.join('\n')}\n`);
    assert.deepEqual([report.lines, report.created, report.error_lines], [9000, 8999, 1]);
    assert.equal((await findBy(client, 'customers', 'code=T8999'))[0].name, 'Row 8999');
    await own_.stop();
  });

  test('a dry run tells the same and writes nothing', async () => {
    const made = await uploadGood(admin, 'customers', 'code,name\nQ1,One\nQ2,Two\nQ1,Again\n,\n');
    const job = await dryRun(admin, made);
    assert.deepEqual([job.result.created, job.result.updated, job.result.lines], [2, 1, 3]);
    assert.equal(await count(admin, 'customers', '&code[starts]=Q'), 0);
    const real = await run(admin, made);
    assert.deepEqual([real.result.created, real.result.updated], [2, 1]);
  });
});

describe('rights', () => {
  after(stopAll);
  test('an import needs the right, and belongs to who made it', async () => {
    const server = await own({ admin: true });
    const admin = await server.signIn();
    addUser(server.db, 'seller', 'service');
    addUser(server.db, 'boss', 'manager');
    const seller = await server.signIn('seller');
    const boss = await server.signIn('boss');
    const text = `${ORDERS}1,A,x,1,2024-01-02,2.50,7,UK\n`;
    assert.equal((await upload(seller, 'orders', text)).status, 403);
    const { made, report } = await importAll(boss, 'orders', text);
    assert.equal(report.customers_created, 1);
    const [customer] = await findBy(boss, 'customers', 'external_id=7');
    const [me] = await findBy(admin, 'users', 'login=boss');
    assert.equal(customer.owner_id, me.id);
    assert.equal((await seller.get(`/imports/${made.id}`)).status === 200, false);
    assert.equal((await seller.get(`/imports/${made.id}/errors`)).status === 200, false);
    const { body } = await boss.get(`/imports/${made.id}`);
    assert.equal((await seller.get(`/jobs/${body.job_id}`)).status, 404);
    assert.equal((await seller.post(`/jobs/${body.job_id}/cancel`)).status, 404);
    assert.equal((await admin.get(`/jobs/${body.job_id}`)).status, 200);
    // another's customer is no reason to write into it, nor to tell of it
    addUser(server.db, 'boss2', 'manager');
    const boss2 = await server.signIn('boss2');
    const other = await importAll(boss2, 'orders', `${ORDERS}2,A,x,1,2024-01-02,2.50,7,UK\n`);
    assert.deepEqual([other.report.error_lines, other.report.orders_created], [1, 0]);
    assert.equal((await admin.post('/jobs/999999/cancel')).status, 404);
    assert.equal((await admin.post(`/jobs/${body.job_id}/cancel`)).status, 409);
    assert.equal((await readJob(admin, body.job_id)).state, 'done');
  });

  test('to read a customer is not to write into it', async () => {
    const server = await own({ admin: true });
    const admin = await server.signIn();
    addUser(server.db, 'boss', 'manager');
    const boss = await server.signIn('boss');
    const pool = (await admin.post('/customers', { name: 'Pool', code: 'POOL', owner_id: null })).body;
    const mine = (await boss.post('/customers', { name: 'Mine', code: 'MINE' })).body;
    assert.equal((await boss.get(`/customers/${pool.id}`)).status, 200);
    const order = { number: 'X', ordered_on: '2024-01-02' };
    assert.equal((await boss.post('/contacts', { name: 'X', customer_id: pool.id })).status, 403);
    assert.equal((await boss.post('/orders', { ...order, customer_id: pool.id })).status, 403);
    const setAside = async (entity, text, options = {}) => {
      const { made, report } = await importAll(boss, entity, text, { options });
      const rows = csvRows((await boss.get(`/imports/${made.id}/errors`)).text);
      assert.equal(rows.length - 1, report.error_lines);
      for (const row of rows.slice(1)) assert.match(row.at(-1), /该客户已存在，但您无权/);
      return report;
    };
    const people = 'name,customer,phone\nAnn,POOL,13600000001\nBea,MINE,13600000002\n';
    const first = await setAside('contacts', people);
    assert.deepEqual([first.created, first.error_lines], [1, 1]);
    const moved = await setAside('contacts', 'name,customer,phone\nBea,POOL,13600000002\n', { on_duplicate: 'update' });
    assert.deepEqual([moved.created, moved.updated, moved.error_lines], [0, 0, 1]);
    assert.deepEqual((await findBy(admin, 'contacts', 'fields=name,customer_id')).map((p) => [p.name, p.customer_id]),
      [['Bea', mine.id]]);
    const text = `${ORDERS}1,A,x,1,2024-01-02,2.50,POOL,UK\n2,A,x,1,2024-01-02,2.50,MINE,UK\n`;
    const sold = await setAside('orders', text);
    assert.deepEqual([sold.orders_created, sold.customers_created, sold.error_lines], [1, 0, 1]);
    const taken = await setAside('orders', `${ORDERS}2,A,x,3,2024-01-02,2.50,POOL,UK\n`, { on_duplicate: 'update' });
    assert.deepEqual([taken.orders_created, taken.orders_updated, taken.error_lines], [0, 0, 1]);
    assert.deepEqual((await findBy(admin, 'orders', 'fields=number,customer_id,sales')).map((o) => [o.number, o.customer_id, o.sales]),
      [['2', mine.id, '2.5']]);
    assert.equal(await count(admin, 'order_lines'), 1);
  });

  test('whose orders may not be changed gets no former order', async () => {
    const server = await own({ admin: true });
    const admin = await server.signIn();
    const tree = { read: 'all', create: 'all', update: 'own' };
    const grants = { customer: tree, order: tree, order_line: tree, product: { read: 'all' } };
    for (const entity of ['import', 'job']) grants[entity] = { read: 'own', create: 'own', update: 'own' };
    const role = await admin.post('/roles', { key: 'adder', name: 'Adder', grants });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'adder', 'adder');
    const adder = await server.signIn('adder');
    const other = (await admin.post('/customers', { name: 'Other', code: 'OTHER' })).body;
    const mine = (await adder.post('/customers', { name: 'Mine', code: 'MINE' })).body;
    const { report } = await importAll(adder, 'orders',
      `${ORDERS}1,A,x,1,2024-01-02,2.50,OTHER,UK\n2,A,x,1,2024-01-02,2.50,MINE,UK\n`);
    assert.deepEqual([report.orders_created, report.error_lines], [2, 0]);
    const again = await importAll(adder, 'orders', `${ORDERS}2,A,x,9,2024-01-02,2.50,OTHER,UK\n`,
      { options: { on_duplicate: 'update' } });
    assert.deepEqual([again.report.orders_updated, again.report.error_lines], [0, 1]);
    assert.deepEqual((await findBy(admin, 'orders', 'sort=number')).map((o) => [o.number, o.customer_id, o.sales]),
      [['1', other.id, '2.5'], ['2', mine.id, '2.5']]);
  });
});

describe('the command', () => {
  after(stopAll);
  test('imports into a database nobody has open, and through a server', async () => {
    const db = freshDatabase();
    initCompany(db);
    const file = join(tmpdir(), `gx-${process.pid}-orders.csv`);
    const aside = join(tmpdir(), `gx-${process.pid}-aside.csv`);
    writeFileSync(file, `${ORDERS}1,A,x,2,2024-01-02,2.505,7,UK\n2,A,x,2,2024-01-02,2.5,,UK\n`);
    const args = ['import', 'orders', file, '--format', 'json'];
    const local = guanxi([...args, '--db', db.url, '--as', 'admin', '--errors', aside]);
    assert.equal(local.code, 0, local.err);
    const report = JSON.parse(local.out);
    assert.deepEqual([report.lines, report.sale_lines, report.no_customer_lines, report.sales], [2, 1, 1, '5.01']);
    assert.equal(csvRows(readFileSync(aside, 'utf8')).length, 2);
    const server = await own({ db });
    const token = newToken(db, 'admin');
    writeFileSync(file, 'No,Date,Item,Qty,Price,Who\n3,2024-01-02,A,1,4,Ann\n');
    const remote = guanxi([...args, '--server', server.url, '--token', token, '--map', 'No=order.number',
      '--map', 'Who=customer.name', '--currency', 'EUR', '--rate', '7.5']);
    assert.equal(remote.code, 0, remote.err);
    assert.equal(JSON.parse(remote.out).sale_lines, 1);
    if (KIND === 'sqlite') {
      /* The server that has the file does the work, as the user or the console. */
      writeFileSync(file, 'No,Date,Item,Qty,Price,Who\n4,2024-01-03,A,1,5,Ben\n');
      const socket = guanxi([...args, '--db', db.url, '--as', 'admin', '--map', 'No=order.number', '--map', 'Who=customer.name',
        '--currency', 'EUR', '--rate', '7.5']);
      assert.equal(socket.code, 0, socket.err);
      assert.equal(JSON.parse(socket.out).sale_lines, 1);
      const owner = sql(db, "SELECT u.login FROM import i JOIN \"user\" u ON u.id = i.owner_id ORDER BY i.id DESC LIMIT 1");
      assert.equal(owner, 'admin');
      assert.match(guanxi([...args, '--db', db.url, '--as', 'nobody']).err, /nobody/);
      assert.equal(guanxi(['import', 'orders', file, '--db', db.url, '--dry-run', '--map', 'No=order.number', '--map', 'Who=customer.name',
        '--currency', 'EUR', '--rate', '7.5']).code, 0, 'as the console');
      sql(db, "DELETE FROM order_line WHERE order_id = (SELECT id FROM \"order\" WHERE number = '4'); DELETE FROM \"order\" WHERE number = '4'");
    }
    const refused = guanxi([...args, '--server', server.url, '--token', 'gx_nothing']);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /401/);
    assert.equal(guanxi(['import', 'planets', file]).code, 2);
    const exported = guanxi(['export', 'orders', '--server', server.url, '--token', token, '--fields', 'number,sales',
      '--sort', 'number']);
    assert.equal(exported.code, 0, exported.err);
    assert.deepEqual(csvRows(exported.out).slice(1), [['1', '5.01'], ['3', '30']]);
    const beside = guanxi(['export', 'orders', '--db', db.url, '--format', 'json', '--fields', 'number', '--sort=-number']);
    assert.deepEqual(JSON.parse(beside.out), [{ number: '3' }, { number: '1' }]);
  });
});
