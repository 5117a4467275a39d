/* What others do shows at once, without asking: an open record, a list, a form
 * under somebody's hands, and jobs. Bulk work goes in one request. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();

/* As another window of the same user. */
function call(page, method, path, body) {
  return page.evaluate(async ([method, path, body]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const reply = await fetch('/api/v1' + path, {
      method,
      headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': session.csrf },
      body: JSON.stringify(body),
    });
    return reply.status === 204 ? null : reply.json();
  }, [method, path, body]);
}

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
  after(async () => assert.equal(await site.close(), 0));

  test('an open record follows, a form under way is left alone', async () => {
    const stream = page.waitForRequest(/\/api\/v1\/events/);
    await page.goto(`${site.url}/customers/${id}`);
    await stream;
    await page.waitForFunction(() => document.querySelector('[data-test=title]')?.textContent === '实时一号');
    await page.waitForTimeout(1500);
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
    await page.waitForTimeout(1500);
    assert.equal(await page.locator('[data-test=changed]').count(), 0);
    await call(other, 'POST', '/customers', { kind: 'person', name: '实时新人' });
    await page.click('[data-test=changed]');
    await page.waitForSelector('[data-test=changed]', { state: 'detached' });
  });

  test('jobs show their progress without being asked', async () => {
    await page.goto(`${site.url}/system/jobs`);
    await page.waitForTimeout(1500);
    const asked = [];
    page.on('request', (r) => /\/api\/v1\/jobs/.test(r.url()) && asked.push(r.url()));
    const { job } = await call(other, 'POST', '/exports', { entity: 'customers', format: 'csv' });
    await page.waitForSelector('[data-job=export]:has-text("完成")');
    assert.ok(job.id > 0);
    assert.ok(asked.length <= 2, asked.join('\n'));
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
