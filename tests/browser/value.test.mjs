/* What is kept from the value pages: a new cut-off of the grades, and a type of
 * the value matrix as a segment. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PATIENCE, openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();

describe('value', { skip }, () => {
  let site;
  let page;
  before(async () => {
    site = await openSite('demo');
    page = await openPage(site);
    await signIn(page, site);
  });
  after(async () => assert.equal(await site.close(), 0));

  const get = (path) => page.evaluate(async (where) => (await fetch('/api/v1' + where)).json(), path);
  const count = async (query) => (await get(`/customers?${query}&limit=1&count=exact`)).count.value;

  async function eventually(what, ask, good) {
    const end = Date.now() + PATIENCE;
    for (;;) {
      const found = await ask();
      if (good(found)) return found;
      assert.ok(Date.now() < end, `${what}: ${JSON.stringify(found)}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  test('a new cut-off is tried, saved, and everybody graded by it', async () => {
    const before = await count('grade=vip');
    const setting = async () => (await get('/settings')).data.find((s) => s.key === 'value.tier_vip').value;
    assert.equal(Number(await setting()), 1);
    await page.goto(site.url + '/value/policy');
    await page.waitForSelector('[data-test=moved]');
    const shown = async () => Number((await page.innerText('[data-tier=vip] td.number >> nth=0')).replace(/\D/g, ''));
    assert.equal(await shown(), before);
    assert.ok(await page.isDisabled('[data-test=save-rules]'), 'nothing to save yet');
    await page.fill('[data-cut=tier_vip] .el-input-number input', '3');
    await page.press('[data-cut=tier_vip] .el-input-number input', 'Tab');
    const tried = await eventually('trial', shown, (n) => n > before);
    assert.equal(Number(await setting()), 1, 'a trial saves nothing');
    assert.equal(await count('grade=vip'), before);
    await page.click('[data-test=save-rules]');
    await page.waitForSelector('.el-message:has-text("已保存")');
    assert.equal(Number(await setting()), 3);
    assert.equal(await eventually('grading', () => count('grade=vip'), (n) => n !== before), tried);
    await page.reload();
    await page.waitForSelector('[data-test=moved]');
    assert.equal(Number(await page.inputValue('[data-cut=tier_vip] .el-input-number input')), 3);
    await eventually('nobody moves any more', () => page.innerText('[data-test=moved]'), (text) => /\b0\b/.test(text));
    assert.deepEqual(page.errors, []);
  });

  test('a type of the matrix becomes a segment of the customer list', async () => {
    await page.goto(site.url + '/value/matrix');
    await page.waitForSelector('[data-type=improve]');
    const customers = Number((await page.innerText('[data-type=improve] td.number >> nth=0')).replace(/\D/g, ''));
    assert.ok(customers > 0);
    await page.click('[data-type=improve] [data-test=keep]');
    await page.waitForSelector('.el-message:has-text("视图")');
    assert.match(page.url(), /value\/matrix/, 'the button does not open the list');
    const [view] = (await get('/saved_views?entity=customer&sort=-id&limit=1')).data;
    assert.match(view.name, /客户$/);
    await page.goto(site.url + '/customers');
    await page.click(`.saved .tab:has-text("${view.name}")`);
    await page.waitForSelector('.saved.here');
    const first = async () => (await get(`/customers/${await page.getAttribute('[data-id]', 'data-id')}`)).matrix_type;
    await eventually('the list shows that type', first, (type) => type === 'improve');
    assert.equal(await count('matrix_type=improve'), customers);
    await eventually('the list counts them', () => page.innerText('#content'), (text) => text.replaceAll(',', '').includes(String(customers)));
    assert.deepEqual(page.errors, []);
  });
});
