/* An order typed by hand: a number by itself, a customer, and lines in a table
 * that is sent with it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, axeSource, begin, end, eventually, fits, get, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();

describe('orders', { skip }, () => {
  let site, page, customer;

  const line = (on, k) => on.locator('[data-line]').nth(k);
  const cell = (on, k, name) => line(on, k).locator(`[data-cell=${name}] input`).first();
  const total = (on) => on.locator('[data-test=order-total] strong').innerText();

  /* As somebody does who has only a keyboard. */
  async function pick(on, k, typed, name) {
    await cell(on, k, 'product_id').click();
    await cell(on, k, 'product_id').fill(typed);
    await on.locator(`.el-select-dropdown__item:visible:has-text("${name}")`).first().click();
    await eventually(`the name of ${name}`, () => cell(on, k, 'product_name').inputValue(), (text) => text === name);
  }

  async function accessible(on) {
    if (axeSource()) assert.deepEqual(await violations(on), []);
  }

  before(async () => {
    ({ site, page } = await begin('init'));
    const made = await api(page, 'POST', '/customers', { name: '绍兴柯桥瑞丰纺织有限公司', kind: 'organization' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    customer = made.body.id;
    for (const p of [{ code: 'P1', name: 'A4复印纸', unit: '箱', price: '125.5' }, { code: 'P2', name: '签字笔', unit: '支', price: '2' }, { code: 'P3', name: 'Kettle', price: '30', currency: 'USD' }])
      assert.equal((await api(page, 'POST', '/products', p)).status, 201);
  });
  after(() => end(site));

  test('is not saved for nobody', async () => {
    await page.goto(site.url + '/orders/new');
    await page.waitForSelector('[data-line]');
    assert.equal(await page.getAttribute('#field-number', 'placeholder'), '保存时生成');
    await page.click('[data-test=save]');
    await page.waitForSelector('[data-field=customer_id] .el-form-item__error');
    assert.equal(await page.locator('[data-field=number] .el-form-item__error').count(), 0);
    assert.equal((await get(page, '/orders')).data.length, 0);
  });

  test('is made with its lines in one go', async () => {
    await page.goto(`${site.url}/orders/new?customer_id=${customer}`);
    await page.waitForSelector('[data-line]');
    assert.equal(await page.locator('[data-field=amount]').count(), 1, 'an order without lines has an amount of its own');
    await pick(page, 0, '复印', 'A4复印纸');
    await page.waitForSelector('[data-field=amount]', { state: 'detached' });
    assert.deepEqual([await cell(page, 0, 'unit').inputValue(), await cell(page, 0, 'unit_price').inputValue()], ['箱', '125.5']);
    await cell(page, 0, 'quantity').fill('2');
    await cell(page, 0, 'discount_percent').fill('10');
    await eventually('the amount', () => line(page, 0).locator('[data-cell=amount]').innerText(), (text) => text.includes('225.90'));
    await cell(page, 0, 'discount_percent').press('Enter');
    await eventually('a second line', () => page.locator('[data-line]').count(), (n) => n === 2);
    await pick(page, 1, 'P2', '签字笔');
    await cell(page, 1, 'quantity').fill('abc');
    await page.click('[data-test=save]');
    await line(page, 1).locator('[role=alert]').waitFor();
    assert.equal((await get(page, '/orders')).data.length, 0, 'nothing is saved');
    await accessible(page);
    await shoot(page, 'order-new-zh');
    await cell(page, 1, 'quantity').fill('１，０００'); /* as a Chinese keyboard writes it */
    await cell(page, 1, 'quantity').press('Enter');
    await pick(page, 2, 'Kettle', 'Kettle');
    assert.equal(await cell(page, 2, 'unit_price').inputValue(), '', 'dollars are no yuan');
    await cell(page, 2, 'unit_price').fill('200');
    await cell(page, 2, 'quantity').fill('1');
    await eventually('the total', () => total(page), (text) => text === '¥2,425.90');
    await page.click('[data-test=save]');
    await page.waitForURL(/\/orders\/\d+/);
    const [order] = (await get(page, '/orders')).data;
    assert.match(order.number, /^SO\d{8}-001$/);
    assert.deepEqual([order.amount, order.customer_id, order.discount_percent], [242590, customer, '1.02']);
    /* it opens with its lines in sight */
    await page.waitForSelector('.plain-table:has-text("签字笔")');
    await shoot(page, 'order-zh');
  });

  test('is changed with its lines, in English and on a narrow screen', async () => {
    const [order] = (await get(page, '/orders')).data;
    await speak(page, 'en');
    await page.goto(`${site.url}/orders/${order.id}`);
    await page.waitForSelector('.plain-table:has-text("签字笔")');
    await page.click('[data-test=edit]');
    await eventually('the lines', () => page.locator('[data-line]').count(), (n) => n === 3);
    await accessible(page);
    await shoot(page, 'order-edit-en');
    await cell(page, 0, 'quantity').fill('4');
    await line(page, 2).locator('[data-test=line-remove]').click();
    await page.click('[data-test=line-add]');
    await cell(page, 2, 'product_name').fill('Freight');
    await cell(page, 2, 'quantity').fill('1');
    await cell(page, 2, 'unit_price').fill('-5');
    await page.click('[data-test=save]');
    await page.waitForSelector('.plain-table:has-text("Freight")');
    const now = await get(page, `/orders/${order.id}`);
    assert.equal(now.amount, 45180 + 200000 - 500);
    const rows = (await get(page, `/order_lines?order_id=${order.id}&sort=position`)).data;
    assert.deepEqual(rows.map((l) => [l.position, l.product_name, l.quantity]), [[1, 'A4复印纸', '4'], [2, '签字笔', '1000'], [3, 'Freight', '1']]);

    const phone = await openPage(site, { size: [390, 844] });
    await signIn(phone, site);
    await phone.goto(`${site.url}/orders/new?customer_id=${customer}`);
    await phone.waitForSelector('[data-line]');
    await cell(phone, 0, 'product_name').fill('服务费');
    await cell(phone, 0, 'quantity').fill('1');
    await cell(phone, 0, 'unit_price').fill('80');
    await eventually('the total', () => total(phone), (text) => text === '¥80.00');
    await fits(phone);
    await accessible(phone);
    await shoot(phone, 'order-new-narrow');
    await phone.click('[data-test=save]');
    await phone.waitForURL(/\/orders\/\d+/);
    assert.equal((await get(phone, '/orders?sort=-id&limit=1')).data[0].amount, 8000);
    assert.deepEqual(phone.errors, []);
    await phone.context().close();
  });

  test('keeps a price that was typed back over that of another product', async () => {
    const made = await api(page, 'POST', '/orders', { customer_id: customer, ordered_on: '2026-03-05',
      lines: [{ product_name: '样品', unit_price: '100', quantity: '1' }, { product_name: '签字笔', unit_price: '100', quantity: '1' }] });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.goto(`${site.url}/orders/${made.body.id}`);
    await page.click('[data-test=edit]');
    await eventually('the lines', () => page.locator('[data-line]').count(), (n) => n === 2);
    await pick(page, 0, 'P1', 'A4复印纸');
    await cell(page, 0, 'unit_price').fill('100');
    await page.click('[data-test=save]');
    await page.waitForSelector('.plain-table:has-text("A4复印纸")');
    await page.click('[data-test=edit]');
    await eventually('the lines', () => page.locator('[data-line]').count(), (n) => n === 2);
    await pick(page, 0, 'P2', '签字笔');
    await cell(page, 0, 'unit_price').fill('100');
    await eventually('the total', () => total(page), (text) => text === '¥200.00');
    await page.click('[data-test=save]');
    await page.waitForSelector('.plain-table:not(:has-text("A4复印纸"))');
    await eventually('the amount', async () => (await get(page, `/orders/${made.body.id}`)).amount, (amount) => amount === 20000);
  });

  test('tells at its line what somebody else changed meanwhile', async () => {
    const [order] = (await get(page, '/orders?sort=id&limit=1')).data;
    await page.goto(`${site.url}/orders/${order.id}`);
    await page.click('[data-test=edit]');
    await eventually('the lines', () => page.locator('[data-line]').count(), (n) => n === 3);
    const [first] = (await get(page, `/order_lines?order_id=${order.id}&sort=position&limit=1`)).data;
    assert.equal((await api(page, 'PATCH', `/order_lines/${first.id}`, { quantity: '7' })).status, 200);
    await cell(page, 0, 'quantity').fill('9');
    await page.click('[data-test=save]');
    await line(page, 0).locator('[role=alert]').waitFor();
    assert.equal((await get(page, `/order_lines/${first.id}`)).quantity, '7');
    assert.equal(await cell(page, 0, 'quantity').inputValue(), '9', 'what was typed stays');

    /* a line that comes meanwhile is shown before it could be taken away */
    const made = await api(page, 'POST', '/order_lines', { order_id: order.id, product_name: '加急费', quantity: '1', unit_price: '5' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.click('[data-test=save]');
    await eventually('the line of somebody else', () => page.locator('[data-line]').count(), (n) => n === 4);
    assert.equal(await cell(page, 3, 'product_name').inputValue(), '加急费');
    await page.click('[data-test=save]');
    await eventually('the quantity', async () => (await get(page, `/order_lines/${first.id}`)).quantity, (text) => text === '9');
    assert.equal((await get(page, `/order_lines/${made.body.id}`)).product_name, '加急费');
    assert.deepEqual(page.errors, []);
  });

  test('come by the list of another program, which says beforehand what it lacks', async () => {
    await speak(page, 'zh');
    const made = await api(page, 'POST', '/imports?entity=orders&filename=list.csv', '订单号,客户名称,下单日期,合计？,业务员\nX1,列表客户,2026-03-01,"¥4,380.00",admin\n');
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.goto(`${site.url}/import/${made.body.id}`);
    await page.waitForSelector('.missing:has-text("订单明细 · 金额 或 订单明细 · 单价")');
    await accessible(page);
    await shoot(page, 'import-list-zh');
    assert.equal((await api(page, 'PATCH', `/imports/${made.body.id}`, { mapping: { 3: 'order_line.amount' } })).status, 200);
    await page.reload();
    await page.waitForSelector('[data-column="合计？"]');
    assert.equal(await page.locator('.missing').count(), 0);
    const { body } = await api(page, 'POST', `/imports/${made.body.id}/run`);
    await eventually('the import', () => get(page, `/jobs/${body.job.id}`), (job) => job.state === 'done');
    assert.equal((await get(page, '/orders?number=X1')).data[0].amount, 438000);
  });
});
