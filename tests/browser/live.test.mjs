/* What others do shows at once, without asking: an open record, a list, a form
 * under somebody's hands, and jobs. Bulk work goes in one request. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from '../api/lib.mjs';
import { api, end, eventually, jobDone, openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();

/* As another window of the same user. */
const call = async (...asked) => (await api(...asked)).body;

/* As if another window stood before it. */
const hide = (page, hidden) => page.evaluate((now) => {
  Object.defineProperty(document, 'hidden', { value: now, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}, hidden);

describe('live', { skip }, () => {
  let site;
  let page;
  let other;
  let id;
  before(async () => {
    site = await openSite('demo');
    page = await openPage(site);
    other = await openPage(site);
    await Promise.all([signIn(page, site), signIn(other, site)]);
    id = (await call(other, 'POST', '/customers', { kind: 'organization', name: '实时一号' })).id;
  });
  after(() => end(site));

  const streams = async () => Number(/^guanxi_http_streams (\d+)$/m.exec(await (await fetch(`${site.url}/metrics`)).text())[1]);

  test('an open record follows, a form under way is left alone', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '实时一号');
    await call(other, 'PATCH', `/customers/${id}`, { name: '实时二号' });
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '实时二号');
    await page.click('[data-test=edit]');
    await page.fill('#field-name', '正在输入');
    await call(other, 'PATCH', `/customers/${id}`, { city: '武汉' });
    await page.waitForSelector('[data-test=stale]');
    assert.equal(await page.inputValue('#field-name'), '正在输入');
  });

  test('a list says that it has changed', async () => {
    await page.goto(`${site.url}/customers`);
    await page.waitForSelector('[data-test=count]');
    await eventually('both windows listen', streams, (n) => n === 2);
    assert.equal(await page.locator('[data-test=changed]').count(), 0);
    await call(other, 'POST', '/customers', { kind: 'person', name: '实时新人' });
    await page.click('[data-test=changed]');
    await page.waitForSelector('[data-test=changed]', { state: 'detached' });
  });

  test('jobs show their progress without being asked', async () => {
    const asked = [];
    let answered = 0;
    const listed = (r) => /\/api\/v1\/jobs/.test(r.url());
    const count = (r) => listed(r) && answered++;
    page.on('request', (r) => listed(r) && asked.push(r.url()));
    page.on('requestfinished', count);
    page.on('requestfailed', count);
    const done = page.locator('[data-job=export]:has-text("完成")');
    await page.goto(`${site.url}/system/jobs`);
    await eventually('both windows listen', streams, (n) => n === 2);
    /* One that is told of: then the page has heard the stream's beginning, too. */
    await call(other, 'POST', '/exports', { entity: 'customers', format: 'csv' });
    await done.waitFor();
    await eventually('it rests', () => asked.length - answered, (n) => n === 0);
    const before = asked.length;
    await call(other, 'POST', '/exports', { entity: 'customers', format: 'csv' });
    await done.nth(1).waitFor();
    assert.ok(asked.length - before <= 2, asked.slice(before).join('\n'));
  });

  test('a window that is not looked at holds no stream, and hears later what it missed', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.waitForSelector('[data-test=title]');
    await eventually('both windows listen', streams, (n) => n === 2);
    await hide(page, true);
    await eventually('the other listens', streams, (n) => n === 1);
    await call(other, 'PATCH', `/customers/${id}`, { name: '回来才见' });
    await hide(page, false);
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '回来才见');
    await eventually('both windows listen again', streams, (n) => n === 2);
  });

  test('jobs that ended while the window was not looked at are there', async () => {
    await page.goto(`${site.url}/system/jobs`);
    await page.waitForSelector('[data-job=export]');
    await eventually('both windows listen', streams, (n) => n === 2);
    const shown = await page.locator('[data-job=export]').count();
    await hide(page, true);
    await eventually('the other listens', streams, (n) => n === 1);
    const { job } = await call(other, 'POST', '/exports', { entity: 'customers', format: 'csv' });
    await jobDone(other, job);
    sql(site, `UPDATE job SET finished_at = finished_at - 60000 WHERE id = ${job.id}`); /* long ago: no stream tells of it */
    assert.equal(await page.locator('[data-job=export]').count(), shown, 'nothing is heard');
    await hide(page, false);
    await page.waitForFunction((n) => document.querySelectorAll('[data-job=export]').length > n, shown);
  });

  test('a field that is made meanwhile is in forms that are open, and a list stays', async () => {
    await other.goto(`${site.url}/customers`);
    await other.waitForSelector('[role=row] >> nth=3');
    const rows = await other.locator('[role=row]').count();
    await page.goto(`${site.url}/customers/new`);
    await page.fill('#field-name', '开着的表单');
    assert.equal(await page.locator('button.title:has-text("自定义字段")').count(), 0);
    const made = await call(other, 'POST', '/custom_fields', { entity: 'customer', name: 'x_opened', type: 'text', label: { zh: '开着时加的', en: 'Opened' } });
    await page.click('button.title:has-text("自定义字段")');
    await page.fill('#field-x_opened', '一等');
    assert.equal(await page.inputValue('#field-name'), '开着的表单', 'what was typed stays');
    await page.click('[data-test=save]');
    await page.waitForSelector('[data-test=title]:has-text("开着的表单")');
    const kept = await call(other, 'GET', `/customers?x_opened=${encodeURIComponent('一等')}`);
    assert.deepEqual(kept.data.map((r) => r.name), ['开着的表单']);
    assert.ok((await other.locator('[role=row]').count()) >= Math.min(rows, 3), 'the list is not emptied');
    /* Retired while the page is there and its stream is not yet. */
    let listen;
    const retired = new Promise((done) => {
      listen = done;
    });
    await page.route(/\/api\/v1\/events/, (asked) => retired.then(() => asked.continue()));
    await page.goto(`${site.url}/customers/new`);
    await page.waitForSelector('button.title:has-text("自定义字段")');
    await call(other, 'POST', `/custom_fields/${made.id}/retire`);
    listen();
    await page.waitForSelector('button.title:has-text("自定义字段")', { state: 'detached' });
    await page.unroute(/\/api\/v1\/events/);
  });

  test('bulk work is one request', async () => {
    await page.goto(`${site.url}/products`);
    const boxes = page.locator('[role=row] .el-checkbox');
    await boxes.nth(1).waitFor();
    const sent = [];
    page.on('request', (r) => r.method() !== 'GET' && sent.push(`${r.method()} ${new URL(r.url()).pathname}`));
    await boxes.nth(1).click();
    await boxes.nth(2).click();
    await page.click('.bulk .el-button--danger');
    await page.click('.el-message-box .el-button--danger');
    await page.waitForSelector('.el-message--success, .el-message-box:has-text("2")');
    assert.deepEqual(sent, ['POST /api/v1/batch']);
    assert.deepEqual(page.errors, []);
  });
});
