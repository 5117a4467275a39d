/* Answers that come late, or in another order than their questions: what was
 * asked last is shown, and what happened meanwhile is not lost. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, begin, end, hold, jobDone, unable } from './site.mjs';

const skip = await unable();

describe('late answers', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('init')));
  after(() => end(site));

  async function make(plural, body) {
    const made = await api(page, 'POST', '/' + plural, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  }

  test('a list of jobs that was asked for before the filter does not take its place', async () => {
    const { job } = (await api(page, 'POST', '/exports', { entity: 'customers', format: 'csv' })).body;
    await jobDone(page, job);
    const all = await hold(page, /\/api\/v1\/jobs\?/);
    await page.goto(site.url + '/system/jobs');
    await all.asked;
    await page.click('[data-test=state]');
    await page.click('.el-select-dropdown__item:visible:has-text("失败")');
    await page.waitForSelector('.empty');
    await all.letGo();
    assert.equal(await page.locator('[data-job]').count(), 0);
    assert.ok(await page.isVisible('.empty'));
  });

  test('nor the first list of the bin that of the tab', async () => {
    const customer = await make('customers', { name: '先删' });
    const product = await make('products', { name: '后删', price: '1' });
    for (const path of [`/customers/${customer}`, `/products/${product}`]) assert.equal((await api(page, 'DELETE', path)).status, 204);
    const first = await hold(page, /\/api\/v1\/customers\?(?=.*bin=true)(?=.*deleted_with)/);
    await page.goto(site.url + '/system/bin');
    await first.asked;
    await page.click('[data-tab=products]');
    await page.waitForSelector(`[data-binned="${product}"]:has-text("后删")`);
    await first.letGo();
    assert.match(await page.innerText('[data-binned]'), /后删/);
  });

  test('a change of a record that is being read is seen', async () => {
    const id = await make('customers', { name: '读到一半' });
    await page.goto(site.url + '/customers');
    const reading = await hold(page, new RegExp(`/api/v1/customers/${id}$`));
    await page.click(`[data-id="${id}"]`);
    await reading.asked;
    /* Told to this window by another stream: its own has heard of it, too. */
    await page.evaluate(() => {
      window.heard = new Promise((done) => {
        const stream = new EventSource('/api/v1/events');
        window.hello = new Promise((open) => stream.addEventListener('hello', open));
        stream.addEventListener('change', () => done(stream.close()));
      });
      return window.hello.then(() => null);
    });
    assert.equal((await api(page, 'PATCH', `/customers/${id}`, { name: '读完已变' })).status, 200);
    await page.evaluate(() => window.heard);
    await reading.letGo();
    await page.waitForSelector('[data-test=title]:has-text("读完已变")');
    assert.deepEqual(page.errors, []);
  });
});
