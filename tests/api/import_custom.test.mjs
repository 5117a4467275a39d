/* A file of orders fills what the company has added to orders, customers and
 * products, as far as the role lets it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';
import { importAll, uploadGood } from './jobs.mjs';

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
