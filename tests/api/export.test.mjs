/* Exports: CSV, .xlsx, JSON; what they hold, who may, what is left behind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { addUser, sql, startServer } from './lib.mjs';
import { csvRows, exportAll, follow, importAll, jobFile, run, uploadGood } from './jobs.mjs';

const BOM = '\uFEFF';

describe('exports', () => {
  let server;
  let admin;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    await importAll(admin, 'customers', 'code,name,city,note\n' +
      'F1,"=HYPERLINK(""http://x"",""y"")",@SUM(A1),-5\nF2,+cmd|calc,北京,"plain, with ""quotes"""\nF3,王小明,上海,x\n');
  });

  test('CSV has the mark, labels in the caller\'s language and no formula', async () => {
    const { job, file, text } = await exportAll(admin, {
      entity: 'customers', format: 'csv', fields: ['code', 'name', 'city', 'note', 'kind', 'owner_id'], sort: ['code'],
    });
    assert.ok(text.startsWith(BOM));
    assert.equal(file.headers.get('content-type').split(';')[0], 'text/csv');
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff');
    assert.match(file.headers.get('content-disposition'), /^attachment; filename="customers-\d{4}-\d\d-\d\d\.csv"/);
    const rows = csvRows(text);
    assert.deepEqual(rows[0], ['客户编号', '客户名称', '城市', '备注', '客户类型', '负责人']);
    assert.deepEqual(rows[1].slice(0, 4), ['F1', '\'=HYPERLINK("http://x","y")', "'@SUM(A1)", '-5']);
    assert.deepEqual(rows[2].slice(0, 4), ['F2', "'+cmd|calc", '北京', 'plain, with "quotes"']);
    assert.equal(rows[3][4], '企业');
    assert.equal(rows[3][5].length > 0, true);
    assert.equal(job.result.rows, 3);
    assert.equal(job.done, 3);
    assert.equal(job.total, 3);
  });

  test('xlsx keeps text as text and comes back as it went', async () => {
    const { file } = await exportAll(admin, { entity: 'customers', format: 'xlsx', fields: ['code', 'name', 'city'], sort: ['code'] });
    assert.equal(file.bytes[0], 0x50);
    const folder = mkdtempSync(join(tmpdir(), 'gx-xlsx-'));
    try {
      writeFileSync(join(folder, 'a.xlsx'), file.bytes);
      const sheet = execFileSync('python3', ['-c',
        'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); sys.stdout.write(z.read("xl/worksheets/sheet1.xml").decode())',
        join(folder, 'a.xlsx')], { encoding: 'utf8' });
      assert.doesNotMatch(sheet, /<f>/);
      assert.match(sheet, /=HYPERLINK/);
    } finally {
      rmSync(folder, { recursive: true });
    }
    const made = await uploadGood(admin, 'customers', file.bytes, 'customers.xlsx');
    assert.equal(made.format, 'xlsx');
    assert.deepEqual(made.columns.map((c) => c.field), ['customer.code', 'customer.name', 'customer.city']);
    const job = await run(admin, made);
    assert.deepEqual([job.result.lines, job.result.updated, job.result.created], [3, 3, 0]);
    const { body } = await admin.get('/customers?code=F1');
    assert.equal(body.data[0].name, '=HYPERLINK("http://x","y")');
  });

  test('a filter and a search decide what is in it; money has its decimals', async () => {
    const { text } = await exportAll(admin, {
      entity: 'customers', format: 'csv', fields: ['name'],
      filter: { and: [{ field: 'city', op: 'eq', value: '上海' }] },
    });
    assert.deepEqual(csvRows(text).slice(1), [['王小明']]);
    const found = await exportAll(admin, { entity: 'customers', format: 'csv', fields: ['code'], q: 'wangxiaoming' });
    assert.deepEqual(csvRows(found.text).slice(1), [['F3']]);
    await importAll(admin, 'orders', '单号,日期,客户名称,品名,数量,单价\nY1,2024-01-05,王小明,杯,2,1.255\n');
    const money = await exportAll(admin, { entity: 'orders', format: 'json', fields: ['number', 'amount', 'sales', 'ordered_on'] });
    assert.deepEqual(JSON.parse(money.text), [{ number: 'Y1', amount: 251, sales: '2.51', ordered_on: '2024-01-05' }]);
    const shown = await exportAll(admin, { entity: 'orders', format: 'csv', fields: ['number', 'customer_id', 'amount'] });
    assert.deepEqual(csvRows(shown.text)[1], ['Y1', '王小明', '2.51']);
  });

  /* A question has 250 ms; the jobs behind an export by search have not. */
  test('a search leaves no hurry behind for later jobs', async () => {
    await importAll(admin, 'products', `编号,名称\n${Array.from({ length: 3000 }, (_, i) => `B${i},货 ${i}`).join('\n')}\n`);
    for (let round = 0; round < 4; round++) {
      await exportAll(admin, { entity: 'customers', format: 'csv', fields: ['code'], q: 'wangxiaoming' });
      await new Promise((done) => setTimeout(done, 300));
      const { job } = await exportAll(admin, { entity: 'products', format: 'csv', fields: ['name'] });
      assert.ok(job.result.rows >= 3000, `${job.result.rows}`);
    }
  });

  test('bad requests are refused before a job is made', async () => {
    for (const [body, status] of [
      [{ entity: 'nothing' }, 422], [{ entity: 'sessions' }, 422], [{ entity: 'customers', format: 'pdf' }, 422],
      [{ entity: 'customers', fields: ['password'] }, 422], [{ entity: 'users', fields: ['password_hash'] }, 422],
      [{ entity: 'customers', filter: { field: 'x', op: 'eq', value: 1 } }, 422], [{ entity: 'customers', more: 1 }, 422], [{}, 422],
    ]) {
      const answer = await admin.post('/exports', body);
      assert.equal(answer.status, status, JSON.stringify(body) + answer.text);
    }
  });

  test('each is audited with its query and number of rows', async () => {
    const filter = { field: 'code', op: 'eq', value: 'F2' };
    await exportAll(admin, { entity: 'customers', format: 'csv', fields: ['code'], filter });
    const { body } = await admin.get('/audit_entries?action=export&entity=customer&sort=-id&limit=1');
    assert.equal(body.data[0].changes.rows, 1);
    assert.deepEqual(body.data[0].changes.query.filter, filter);
    assert.equal(body.data[0].record_id, null);
  });

  test('a role exports its own customers only, or none at all', async () => {
    addUser(server.db, 'seller', 'service');
    const seller = await server.signIn('seller');
    assert.equal((await seller.post('/exports', { entity: 'customers' })).status, 403);
    const role = await admin.post('/roles', {
      key: 'own_export', name: '导出自己', grants: {
        customer: { read: 'own', create: 'own', update: 'own', export: 'own' }, user: { read: 'all' }, job: { read: 'own' },
      },
    });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'mine', 'own_export');
    const mine = await server.signIn('mine');
    assert.equal((await mine.post('/customers', { kind: 'person', name: '我的客户' })).status, 201);
    const { job, text } = await exportAll(mine, { entity: 'customers', format: 'csv', fields: ['name'] });
    assert.deepEqual(csvRows(text).slice(1), [['我的客户']]);
    assert.equal((await seller.get(`/jobs/${job.id}`)).status, 404);
    assert.equal((await jobFile(seller, job.id)).status, 404);
    assert.equal((await jobFile(admin, job.id)).status, 200);
  });

  test('one that waits can be cancelled; its file does not exist', async () => {
    const started = await admin.post('/exports', { entity: 'customers' });
    await admin.post(`/jobs/${started.body.job.id}/cancel`);
    const job = await follow(admin, started.body.job.id);
    assert.ok(['cancelled', 'done'].includes(job.state));
    if (job.state === 'cancelled') assert.equal((await jobFile(admin, job.id)).status, 404);
    assert.equal(sql(server.db, "SELECT count(*) FROM job WHERE state = 'running'"), '0');
  });

  test('a sheet shows sums with their digits, in columns as wide as what they hold', async () => {
    const long = '绍兴柯桥瑞丰纺织品进出口贸易有限公司';
    const customer = (await admin.post('/customers', { name: long, code: 'W-1' })).body.id;
    const order = (await admin.post('/orders', { number: 'W-1', customer_id: customer, ordered_on: '2026-02-03' })).body.id;
    assert.equal((await admin.post('/order_lines', { order_id: order, product_name: 'p', quantity: '1', unit_price: '1234.5' })).status, 201);
    const sheet = async (body) => {
      const { file } = await exportAll(admin, { format: 'xlsx', ...body });
      const folder = mkdtempSync(join(tmpdir(), 'gx-sheet-'));
      try {
        writeFileSync(join(folder, 'a.xlsx'), file.bytes);
        const part = (name) => execFileSync('python3', ['-c', 'import sys,zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))',
          join(folder, 'a.xlsx'), name], { encoding: 'utf8' });
        return { page: part('xl/worksheets/sheet1.xml'), styles: part('xl/styles.xml') };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    };
    const widths = (page) => [...page.matchAll(/<col min="(\d+)" max="(\d+)" width="([\d.]+)"/g)].map((m) => Number(m[3]));
    const names = await sheet({ entity: 'customers', fields: ['code', 'name'], filter: { field: 'id', op: 'eq', value: customer } });
    assert.ok(widths(names.page)[1] >= long.length * 2, names.page.slice(0, 600));
    assert.ok(widths(names.page)[0] < 20);
    const sums = await sheet({ entity: 'orders', fields: ['number', 'amount', 'sales', 'ordered_on'], filter: { field: 'id', op: 'eq', value: order } });
    const formats = [...sums.styles.match(/<cellXfs.*<\/cellXfs>/s)[0].matchAll(/<xf numFmtId="(\d+)"/g)].map((m) => m[1]);
    const shape = (cell) => {
      const id = formats[Number(sums.page.match(new RegExp(`<c r="${cell}" s="(\\d+)"`))?.[1] ?? 0)];
      return sums.styles.match(new RegExp(`numFmtId="${id}" formatCode="([^"]*)"`))?.[1];
    };
    assert.deepEqual(['A2', 'B2', 'C2', 'D2'].map(shape), [undefined, '#,##0.00', '#,##0.00', 'yyyy-mm-dd'], sums.styles);
    assert.match(sums.page, /<c r="B2"[^>]*><v>1234\.5<\/v>/);
  });
});
