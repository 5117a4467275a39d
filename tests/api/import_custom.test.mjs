/* A file of orders fills what the company has added to orders, customers and
 * products, as far as the role lets it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';
import { importAll, uploadGood, work } from './jobs.mjs';

const HEAD = '订单号,日期,客户编号,产品名称,数量,单价,渠道,备货天数,会员号,产地\n';

describe('custom fields in a file of orders', () => {
  let server, admin;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    for (const f of [
      { entity: 'order', name: 'x_channel', type: 'enum', label: { zh: '渠道', en: 'Channel' }, options: [
        { value: 'web', label: { zh: '网店', en: 'Web' } }, { value: 'shop', label: { zh: '门店', en: 'Shop' } }] },
      { entity: 'order', name: 'x_days', type: 'int', min: 0, label: { zh: '备货天数', en: 'Days' } },
      { entity: 'customer', name: 'x_member', type: 'text', label: { zh: '会员号', en: 'Member' } },
      { entity: 'product', name: 'x_origin', type: 'text', label: { zh: '产地', en: 'Origin' } },
    ]) {
      const made = await admin.post('/custom_fields', f);
      assert.equal(made.status, 201, made.text);
    }
  });
  after(() => server.stop());

  test('are offered, guessed from their labels, and come in', async () => {
    const rows = 'N-1,2024-05-01,K1,茶,2,10,网店,3,M-9,福建\nN-1,2024-05-01,K1,壶,1,50,网店,3,M-9,宜兴\nN-2,2024-05-02,K1,茶,1,10,门店,0,M-9,福建\n';
    const seen = await uploadGood(admin, 'orders', HEAD + rows);
    assert.deepEqual(seen.columns.slice(6).map((c) => c.field), ['order.x_channel', 'order.x_days', 'customer.x_member', 'product.x_origin']);
    const { report } = await importAll(admin, 'orders', HEAD + rows, { options: { currency: 'CNY' } });
    assert.equal(report.failed ?? 0, 0, JSON.stringify(report));
    const { data } = (await admin.get('/orders?sort=number')).body;
    assert.deepEqual(data.map((o) => [o.number, o.x_channel, o.x_days]), [['N-1', 'web', 3], ['N-2', 'shop', 0]]);
    assert.equal((await admin.get('/customers')).body.data[0].x_member, 'M-9');
    const products = (await admin.get('/products?sort=name')).body.data;
    assert.deepEqual(new Set(products.map((p) => p.x_origin)), new Set(['福建', '宜兴']));
  });

  test('a value that does not fit sets its row aside with the reason', async () => {
    const { report } = await importAll(admin, 'orders', `${HEAD}N-3,2024-05-03,K1,茶,1,10,电话,1,M-9,福建\nN-4,2024-05-03,K1,茶,1,10,门店,2,M-9,福建\n`, { options: { currency: 'CNY' } });
    const { data } = (await admin.get('/orders?sort=number')).body;
    assert.deepEqual(data.map((o) => o.number), ['N-1', 'N-2', 'N-4'], JSON.stringify(report));
  });
});

describe('custom fields of customers that a file brings', () => {
  const label = (zh, en) => ({ zh, en });
  let server, admin;
  const good = async (answer, status = 200) => {
    const got = await answer;
    assert.equal(got.status, status, got.text);
    return got.body;
  };
  const field = (more) => good(admin.post('/custom_fields', { entity: 'customer', ...more }), 201);
  const back = (made) => work(admin, `/imports/${made.id}/revert`);
  const codes = async () => (await good(admin.get('/customers?sort=code&fields=code&code[empty]=false&limit=500'))).data.map((r) => r.code);
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
  });
  after(() => server.stop());

  test('a unique one is the key that tells which record a row means', async () => {
    await field({ name: 'x_card', type: 'text', unique: true, label: label('卡号', 'Card') });
    await importAll(admin, 'customers', 'code,name,卡号\nK1,Ann,C-1\nK2,Bob,C-2\n');
    const { report } = await importAll(admin, 'customers', '卡号,name,city\nC-2,Robert,上海\nC-3,Carl,北京\n', { options: { key: 'x_card' } });
    assert.deepEqual([report.created, report.updated], [1, 1], JSON.stringify(report));
    const bob = (await good(admin.get('/customers?x_card=C-2'))).data[0];
    assert.deepEqual([bob.code, bob.name, bob.city], ['K2', 'Robert', '上海']);
    assert.equal((await good(admin.get('/customers?x_card=C-3'))).data[0].name, 'Carl');
  });

  test('a file of the key and what has changed needs nothing else', async () => {
    const text = '卡号,phone\nC-1,13622220001\nC-9,13622220009\n';
    const seen = await uploadGood(admin, 'customers', text);
    assert.deepEqual(seen.missing, [['customer.name']], 'new ones need a name');
    assert.equal((await admin.post(`/imports/${seen.id}/run`)).status, 422);
    for (const on_duplicate of ['skip', 'create', 'error']) {
      const still = await good(admin.patch(`/imports/${seen.id}`, { options: { key: 'x_card', on_duplicate } }));
      assert.deepEqual(still.missing, [['customer.name']], on_duplicate);
    }
    const ready = await good(admin.patch(`/imports/${seen.id}`, { options: { key: 'x_card', on_duplicate: 'update' } }));
    assert.deepEqual(ready.missing, []);
    const job = await work(admin, `/imports/${seen.id}/run`);
    assert.equal(job.state, 'done', job.error);
    const { report } = await good(admin.get(`/imports/${seen.id}`));
    assert.deepEqual([report.created, report.updated, report.errors], [0, 1, 1], JSON.stringify(report));
    assert.deepEqual((await good(admin.get('/customers?x_card=C-1'))).data.map((r) => [r.name, r.phone]), [['Ann', '13622220001']]);
    const errors = (await admin.get(`/imports/${seen.id}/errors`)).text;
    assert.match(errors, /C-9,.*required/);
    assert.doesNotMatch(errors, /C-1/);
    assert.deepEqual((await good(admin.get('/customers?x_card=C-9'))).data, []);
    /* Contacts stay with their customer. */
    const ann = (await good(admin.get('/customers?x_card=C-1'))).data[0].id;
    const contact = await good(admin.post('/contacts', { customer_id: ann, name: 'Eve', phone: '13733330001' }), 201);
    const { report: told } = await importAll(admin, 'contacts', 'phone,email\n13733330001,eve@a.cn\n13733330002,no@a.cn\n', { options: { key: 'phone', on_duplicate: 'update' } });
    assert.deepEqual([told.created, told.updated, told.errors], [0, 1, 1], JSON.stringify(told));
    const now = await good(admin.get(`/contacts/${contact.id}`));
    assert.deepEqual([now.name, now.email, now.customer_id], ['Eve', 'eve@a.cn', ann]);
  });

  test('a pattern, a limit and a default hold for rows too', async () => {
    await field({ name: 'x_plate', type: 'text', pattern: '[A-Z][0-9]{3}', label: label('车牌', 'Plate') });
    await field({ name: 'x_seats', type: 'int', min: 1, max: 9, label: label('座位', 'Seats') });
    await field({ name: 'x_tier', type: 'text', required: true, default: '普通', label: label('级别', 'Tier') });
    const { made, report } = await importAll(admin, 'customers', 'code,name,车牌,座位,级别\nP1,a,A123,4,\nP2,b,a123,4,\nP3,c,A124,12,\nP4,d,A125,9,金\n');
    assert.equal(report.created, 2, JSON.stringify(report));
    const { data } = await good(admin.get('/customers?code[starts]=P&sort=code'));
    assert.deepEqual(data.map((r) => [r.code, r.x_plate, r.x_seats, r.x_tier]), [['P1', 'A123', 4, '普通'], ['P4', 'A125', 9, '金']]);
    const lines = (await admin.get(`/imports/${made.id}/errors`)).text.trim().split(/\r?\n/).slice(1);
    assert.deepEqual(lines.map((line) => ['P2', 'P3'].filter((code) => line.includes(code)).join()), ['P2', 'P3']);
    assert.match(lines[0], /车牌/);
    assert.match(lines[1], /座位/);
  });

  test('go back with their import, though they were retired meanwhile', async () => {
    const shape = await field({ name: 'x_shape', type: 'text', search: true, label: label('形状', 'Shape') });
    const sum = await field({ name: 'x_sum', type: 'money', label: label('押金', 'Deposit') });
    const old = await good(admin.post('/customers', { name: '旧形', code: 'S1', kind: 'person', x_shape: '圆圆', x_sum: 100 }), 201);
    const was = await codes();
    const { made, report } = await importAll(admin, 'customers', 'code,name,形状,押金\nS1,旧形,方方,2.50\nS2,新形,长长,3\n');
    assert.deepEqual([report.created, report.updated], [1, 1], JSON.stringify(report));
    for (const f of [shape, sum]) await good(admin.post(`/custom_fields/${f.id}/retire`));
    await field({ name: 'x_later', type: 'int', label: label('后加', 'Later') });
    const job = await back(made);
    assert.deepEqual([job.state, job.result], ['done', { rows: 2, deleted: 1, restored: 1, kept: 0 }], job.error);
    assert.deepEqual(await codes(), was);
    for (const f of [shape, sum]) await good(admin.post(`/custom_fields/${f.id}/restore`));
    const now = await good(admin.get(`/customers/${old.id}`));
    assert.deepEqual([now.x_shape, now.x_sum], ['圆圆', 100]);
    const found = async (q) => (await good(admin.get(`/customers?fields=id&q=${encodeURIComponent(q)}`))).data.map((r) => r.id);
    assert.deepEqual([await found('圆圆'), await found('方方'), await found('长长')], [[old.id], [], []]);
  });

  test('one that was retired before stays out of it', async () => {
    const tier = (await good(admin.get('/custom_fields?entity=customer'))).data.find((f) => f.name === 'x_tier');
    await good(admin.post(`/custom_fields/${tier.id}/retire`));
    const once = await field({ name: 'x_once', type: 'text', required: true, default: '从前', label: label('曾必填', 'Once required') });
    await good(admin.patch(`/custom_fields/${once.id}`, { required: false, default: null }));
    const was = await codes();
    const { made, report } = await importAll(admin, 'customers', 'code,name\nR1,Rita\nK1,Anna\n');
    assert.deepEqual([report.created, report.updated], [1, 1]);
    assert.equal((await good(admin.get('/customers?code=R1'))).data[0].x_once, null, 'what no cell says is empty');
    assert.equal((await good(admin.get('/customers?code=K1'))).data[0].x_once, '从前');
    const job = await back(made);
    assert.deepEqual(job.result, { rows: 2, deleted: 1, restored: 1, kept: 0 });
    assert.deepEqual(await codes(), was);
  });

  test('a kept mapping outlives a field it names', async () => {
    const gone = await field({ name: 'x_gone', type: 'text', label: label('旧列', 'Gone column') });
    await good(admin.post('/import_mappings', { name: 'mine', entity: 'customers', shared: true,
      mapping: { nr: 'customer.code', who: 'customer.name', extra: 'customer.x_gone' } }), 201);
    const text = 'nr,who,extra\nG1,Gil,one\n';
    const seen = async () => (await uploadGood(admin, 'customers', text)).columns.map((c) => c.field);
    assert.deepEqual(await seen(), ['customer.code', 'customer.name', 'customer.x_gone']);
    const waiting = await uploadGood(admin, 'customers', text);
    await good(admin.post(`/custom_fields/${gone.id}/retire`));
    assert.deepEqual(await seen(), ['customer.code', 'customer.name', null]);
    const job = await work(admin, `/imports/${waiting.id}/run`);
    assert.equal(job.state, 'done', job.error);
    assert.equal((await good(admin.get('/customers?code=G1'))).data[0].name, 'Gil');
  });
});
