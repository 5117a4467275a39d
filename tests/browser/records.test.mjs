/* Daily work on the demonstration company: filter, create, edit, conflict,
 * note an interaction, finish a task, save a view. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, begin, end, unable } from './site.mjs';

const skip = await unable();

describe('records', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('demo')));
  after(() => end(site));

  test('a customer is created, found, edited', async () => {
    await page.goto(site.url + '/customers');
    await page.click('[data-test=new]');
    await page.click('[data-test=save]');
    await page.waitForSelector('[data-field=name].is-error');
    await page.fill('#field-name', '旅程测试有限公司');
    await page.click('[data-test=save]');
    await page.waitForURL(/\/customers\/\d+/);
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '旅程测试有限公司');

    await page.keyboard.press('Control+k');
    await page.fill('[role=combobox][aria-controls=palette-list]', '旅程测试');
    await page.waitForSelector('#palette-list .line:has-text("旅程测试有限公司")');
    await page.keyboard.press('Escape');

    await page.click('[data-test=edit]');
    await page.fill('#field-phone', '13800138000');
    await page.click('[data-test=save]');
    await page.waitForSelector('[data-test=edit]');
    await page.click('[data-tab=details]');
    await page.waitForSelector('.details:has-text("0000"), .details:has-text("8000")');
  });

  test('a save on top of somebody else’s shows both', async () => {
    const id = /\/customers\/(\d+)/.exec(page.url())[1];
    await page.click('[data-test=edit]');
    await page.fill('#field-name', '我的名字');
    await api(page, 'PATCH', `/customers/${id}`, { name: '别人的名字' });
    await page.click('[data-test=save]');
    await page.waitForSelector('.el-dialog:has-text("别人的名字")');
    assert.match(await page.textContent('.el-dialog'), /我的名字/);
    await page.click('.el-dialog .el-button--primary');
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '我的名字');
  });

  test('an interaction stands in the timeline', async () => {
    await page.click('[data-tab=timeline]');
    await page.fill('[data-test=composer] textarea, textarea[data-test=composer]', '谈妥了第一张订单');
    await page.click('[data-test=composer-save]');
    await page.waitForSelector('.timeline li:has-text("谈妥了第一张订单")');
  });

  test('filters, order and view stand in the address', async () => {
    await page.goto(site.url + '/customers');
    await page.waitForSelector('.row[data-row="0"]');
    await page.click('[data-test=add-filter]');
    await page.click('.fields button:text-is("客户类型")');
    await page.click('.options .el-checkbox:has-text("企业")');
    await page.click('.editor button[type=submit]');
    await page.waitForURL('**/customers?kind=organization');
    await page.click('.save');
    await page.fill('.el-message-box input', '企业客户');
    await page.click('.el-message-box .el-button--primary');
    await page.waitForURL(/kind=organization&view=\d+/);
    await page.reload();
    await page.waitForSelector('.tab.here:text-is("企业客户")');
    await page.waitForSelector('.row[data-row="0"]');
  });

  test('leaving a changed form asks first', async () => {
    await page.goto(site.url + '/customers');
    await page.click('.row[data-row="0"]');
    await page.click('[data-test=edit]');
    await page.fill('#field-city', '杭州');
    await page.click('.bar a[href="/orders"]');
    await page.waitForSelector('.el-message-box');
    await page.click('.el-message-box .el-button--primary');
    await page.waitForURL('**/orders');
    assert.deepEqual(page.errors, []);
  });
});
