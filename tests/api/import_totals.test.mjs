/* The order list that other programs export: number, customer, day, amount and
 * salesperson, one row an order, without products. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { addUser, guanxi, newToken, sql, startServer } from './lib.mjs';
import { csvRows, dryRun, importAll, pick, uploadGood, work } from './jobs.mjs';

const HEAD = '订单号,客户名称,下单日期,金额（元）,业务员';
const LIST = `${HEAD}
S1,绍兴瑞丰,2026-03-01,"¥4,380.00",陈静
S2,绍兴瑞丰,2026-03-09,1200.5,陈静
S3,杭州云杉,2026-03-10,3600,liwei
S4,杭州云杉,2026-03-12,-600,liwei
`;

describe('an order list', () => {
  let server, admin, folder;
  const users = {};
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    const role = (await admin.get('/roles?key=sales')).body.data[0];
    for (const [login, name] of [['chenjing', '陈静'], ['liwei', '李伟']]) {
      const made = await admin.post('/users', { login, name, role_id: role.id });
      assert.equal(made.status, 201, made.text);
      users[login] = made.body.id;
    }
    folder = mkdtempSync(join(tmpdir(), 'gx_totals_'));
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const find = async (path) => (await admin.get(path)).body.data;
  const order = async (number) => (await find(`/orders?number=${encodeURIComponent(number)}`))[0];
  const customer = async (name) => (await find(`/customers?name=${encodeURIComponent(name)}`))[0];
  function doctor() {
    const { code, out } = guanxi(['doctor', '--db', server.db.url, '--verify', '--format', 'json']);
    assert.equal(code, 0, out);
  }

  test('is understood from its headings', async () => {
    const made = await uploadGood(admin, 'orders', LIST);
    assert.deepEqual(made.columns.map((c) => c.field),
      ['order.number', 'customer.name', 'order.ordered_on', 'order_line.amount', 'customer.owner_id']);
    assert.deepEqual(made.missing, []);
    for (const [head, field] of [['含税金额', 'order_line.amount'], ['订单金额', 'order_line.amount'], ['价税合计(RMB)', 'order_line.amount'],
      ['销售员', 'customer.owner_id'], ['客户', 'customer.name'], ['往来单位', 'customer.name'], ['单价【元】', 'order_line.unit_price']])
      assert.equal((await uploadGood(admin, 'orders', `${head}\n1\n`)).columns[0].field, field, head);
    const both = await uploadGood(admin, 'orders', '订单号,金额（元）,金额,客户,日期\nA,1,2,c,2026-01-01\n');
    assert.deepEqual(both.columns.map((c) => c.field), ['order.number', null, 'order_line.amount', 'customer.name', 'order.ordered_on']);
  });

  test('tells what is missing before anything runs', async () => {
    const lacks = async (head) => {
      const made = await uploadGood(admin, 'orders', `${head}\n${head.split(',').map(() => '1').join(',')}\n`);
      const run = await admin.post(`/imports/${made.id}/dry_run`);
      if (made.missing.length === 0) assert.equal(run.status, 202, run.text);
      else assert.deepEqual([run.status, run.body.errors.map((e) => e.field).sort()], [422, made.missing.map((m) => m[0]).sort()]);
      return made.missing;
    };
    assert.deepEqual(await lacks('订单号,客户,日期,金额'), []);
    assert.deepEqual(await lacks('订单号,客户,日期'), [['order_line.amount', 'order_line.unit_price']]);
    assert.deepEqual(await lacks('订单号,客户,日期,数量'), [['order_line.amount', 'order_line.unit_price']]);
    assert.deepEqual(await lacks('订单号,客户,日期,单价'),
      [['order_line.quantity', 'order_line.amount'], ['product.name', 'product.code', 'order_line.amount']]);
    assert.deepEqual(await lacks('日期,金额'), [['order.number'], ['customer.name', 'customer.external_id']]);
    const made = await uploadGood(admin, 'orders', '订单号,客户,日期,总计?\nA,b,2026-01-01,7\n');
    assert.equal(made.missing.length, 1);
    const mapped = await admin.patch(`/imports/${made.id}`, { mapping: { 3: 'order_line.amount' } });
    assert.deepEqual(mapped.body.missing, []);
  });

  test('gives orders with an amount and without lines, and right statistics', async () => {
    const made = await uploadGood(admin, 'orders', LIST);
    const counts = { lines: 4, sale_lines: 3, return_lines: 1, error_lines: 0, orders_created: 4, customers_created: 2, products_created: 0, sales: '9180.5' };
    assert.deepEqual(pick((await dryRun(admin, made)).result, counts), counts);
    const job = await work(admin, `/imports/${made.id}/run`);
    assert.deepEqual(pick(job.result, counts), counts);
    const o = await order('S1');
    assert.deepEqual(pick(o, { kind: 0, amount: 0, base_amount: 0, sales: 0, ordered_on: 0 }),
      { kind: 'sale', amount: 438000, base_amount: 438000, sales: '4380', ordered_on: '2026-03-01' });
    const back = await order('S4');
    assert.deepEqual(pick(back, { kind: 0, amount: 0, sales: 0, returned: 0 }), { kind: 'return', amount: -60000, sales: '0', returned: '600' });
    assert.equal(sql(server.db, 'SELECT count(*) FROM order_line'), '0');
    const shaoxing = await customer('绍兴瑞丰');
    assert.deepEqual(pick(shaoxing, { owner_id: 0, orders: 0, sales: 0, first_order_on: 0, last_order_on: 0 }),
      { owner_id: users.chenjing, orders: 2, sales: '5580.5', first_order_on: '2026-03-01', last_order_on: '2026-03-09' });
    assert.deepEqual(pick(await customer('杭州云杉'), { owner_id: 0, orders: 0, sales: 0, returned_amount: 0 }),
      { owner_id: users.liwei, orders: 1, sales: '3600', returned_amount: '600' });
    /* a later write reckons the same from what is kept */
    const touched = await admin.patch(`/orders/${o.id}`, { note: 'n' });
    assert.deepEqual([touched.body.amount, touched.body.sales], [438000, '4380']);
    await admin.patch(`/orders/${back.id}`, { note: 'n' });
    assert.deepEqual(pick(await customer('杭州云杉'), { orders: 0, sales: 0, returned_amount: 0 }), { orders: 1, sales: '3600', returned_amount: '600' });
    doctor();
  });

  test('is updated by a later list and taken back to what it was', async () => {
    const first = await importAll(admin, 'orders', '订单号,客户,日期,金额\nU1,客户一,2026-02-01,100\nU2,客户一,2026-02-02,50\n');
    const again = '订单号,客户,日期,金额\nU1,客户一,2026-02-03,175.25\nU3,客户二,2026-02-04,8\n';
    assert.equal((await importAll(admin, 'orders', again)).report.duplicate_lines, 1, 'left as it is unless told otherwise');
    await work(admin, `/imports/${first.made.id}/revert`);
    assert.equal(await order('U1'), undefined);
    await importAll(admin, 'orders', '订单号,客户,日期,金额\nU1,客户一,2026-02-01,100\n');
    const { made, report } = await importAll(admin, 'orders', again, { options: { on_duplicate: 'update' } });
    assert.equal(report.error_lines, 0);
    assert.deepEqual([(await order('U1')).amount, (await customer('客户一')).sales, (await customer('客户一')).last_order_on], [17525, '175.25', '2026-02-03']);
    const revert = await work(admin, `/imports/${made.id}/revert`);
    assert.equal(revert.state, 'done', revert.error);
    const now = await order('U1');
    assert.deepEqual([now.amount, now.sales, now.ordered_on], [10000, '100', '2026-02-01']);
    assert.equal((await customer('客户一')).sales, '100');
    doctor();
  });

  test('takes no lines away', async () => {
    await importAll(admin, 'orders', '订单号,客户,日期,产品,数量,单价\nL1,客户三,2026-02-01,茶,2,30\n');
    const { made, report } = await importAll(admin, 'orders', '订单号,客户,日期,金额\nL1,客户三,2026-02-01,999\n', { options: { on_duplicate: 'update' } });
    assert.equal(report.error_lines, 1);
    const { text } = await admin.get(`/imports/${made.id}/errors`);
    assert.match(text, /import_order_lined/);
    assert.deepEqual([(await order('L1')).amount, (await customer('客户三')).sales], [6000, '60']);
  });

  test('sets aside what it can not use, and only that', async () => {
    const { made, report } = await importAll(admin, 'orders', `${HEAD}\nB1,客户四,2026-02-01,一百,陈静\nB2,客户五,2026-02-01,5,没有此人\nB3,客户四,2026-02-01,,\nB4,客户四,2026-02-01,0.125,\n`);
    assert.deepEqual([report.error_lines, report.orders_created], [3, 1]);
    const codes = csvRows((await admin.get(`/imports/${made.id}/errors`)).text).slice(1).map((row) => row[6]);
    assert.deepEqual(codes, ['number_syntax', 'import_no_user', 'number_empty']);
    assert.deepEqual([(await order('B4')).amount, (await order('B4')).sales], [13, '0.13'], 'a total is kept in minor units');
    doctor();
  });

  test('with products but no quantity gives a line of each row', async () => {
    await importAll(admin, 'orders', '订单号,客户,日期,产品,金额\nP1,客户六,2026-02-01,培训,800\nP1,客户六,2026-02-01,咨询,200\n');
    const o = await order('P1');
    const lines = await find(`/order_lines?order_id=${o.id}&sort=position`);
    assert.deepEqual([o.amount, ...lines.map((l) => [l.product_name, l.quantity, l.unit_price, l.amount])],
      [100000, ['培训', '1', '800', '800'], ['咨询', '1', '200', '200']]);
  });

  test('a number that comes more than once adds up, over chunks too', async () => {
    const rows = Array.from({ length: 3100 }, (_, k) => `M${k % 3050},客户七,2026-02-01,2`);
    const { report } = await importAll(admin, 'orders', `订单号,客户,日期,金额\n${rows.join('\n')}\n`);
    assert.deepEqual([report.orders_created, report.sales], [3050, '6200']);
    assert.deepEqual([(await order('M0')).amount, (await order('M49')).sales, (await order('M50')).amount], [400, '4', 200]);
    assert.deepEqual([(await customer('客户七')).orders, (await customer('客户七')).sales], [3050, '6200']);
    doctor();
  });

  test('who sees only his own hands no customers to others', async () => {
    const grants = { customer: { read: 'own', create: 'own', update: 'own' }, order: { read: 'own', create: 'own', update: 'own' }, order_line: { read: 'own', create: 'own' },
      product: { read: 'all' }, import: { read: 'own', create: 'own', update: 'own' }, job: { read: 'own', create: 'own' } };
    const role = await admin.post('/roles', { key: 'lister', name: 'Lister', grants });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'lister', 'lister');
    const lister = server.client({ token: newToken(server.db, 'lister') });
    const { report } = await importAll(lister, 'orders', `${HEAD}\nO1,他的客户,2026-02-01,5,陈静\nO2,我的客户,2026-02-01,6,lister\n`);
    assert.deepEqual([report.error_lines, report.orders_created], [1, 1]);
    assert.equal((await customer('我的客户')).owner_id, (await find('/users?login=lister'))[0].id);
  });

  test('goes in by the command line, and is analyzed', () => {
    const file = join(folder, 'list.csv');
    writeFileSync(file, `订单号,客户编号,客户名称,下单日期,金额（元）\nN1,7,甲,2026-01-05,100\nN2,8,乙,2026-01-06,50\nN3,7,甲,2026-01-07,25\n`);
    const analyzed = guanxi(['analyze', 'rfm', file, '--format', 'json']);
    assert.equal(analyzed.code, 0, analyzed.err);
    assert.match(analyzed.out, /"7"/);
    const named = join(folder, 'named.csv');
    writeFileSync(named, `订单号,客户名称,下单日期,订单金额（元）\nN1,甲公司,2026-01-05,100\nN2,乙公司,2026-01-06,50\n`);
    const byName = guanxi(['analyze', 'rfm', named, '--format', 'json']);
    assert.equal(byName.code, 0, byName.err);
    assert.match(byName.out, /甲公司/);
    const none = join(folder, 'none.csv');
    writeFileSync(none, '订单号,客户名称,下单日期\nN1,甲公司,2026-01-05\n');
    const refused = guanxi(['analyze', 'rfm', none]);
    assert.notEqual(refused.code, 0);
    assert.match(refused.err, /--quantity/);
    assert.match(refused.err, /--amount/);
    const imported = guanxi(['import', 'orders', named, '--db', server.db.url]);
    assert.equal(imported.code, 0, imported.err + imported.out);
  });
});
