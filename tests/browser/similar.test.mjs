/* Is it there already? Told while one types, asked before it is saved, and
 * nothing in the way of who knows better. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, axeSource, begin, end, fits, get, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();

describe('what is there already', { skip }, () => {
  let site, page, there;
  const NAME = '绍兴柯桥瑞丰纺织有限公司';

  async function accessible(on) {
    if (axeSource()) assert.deepEqual(await violations(on), []);
  }
  const note = (field) => `[data-field=${field}] [data-test=similar]`;
  const customers = async (name) => (await get(page, `/customers?name=${encodeURIComponent(name)}`)).data;

  before(async () => {
    ({ site, page } = await begin('init'));
    const made = await api(page, 'POST', '/customers', { name: NAME, kind: 'organization', city: '绍兴', phone: '13800138001' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    there = made.body.id;
  });
  after(() => end(site));

  test('a name is told below its field, without its legal form', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '绍兴柯桥瑞丰纺织');
    await page.waitForSelector(note('name'));
    const text = await page.innerText(note('name'));
    assert.match(text, /绍兴柯桥瑞丰纺织有限公司/);
    assert.match(text, /绍兴 · 13800138001/);
    await accessible(page);
    await fits(page);
    await shoot(page, 'similar-zh', false);
    await page.fill('#field-name', '绍兴柯桥瑞丰染整');
    await page.waitForSelector(note('name'), { state: 'detached' });
    await page.fill('#field-phone', '+86 138 0013 8001');
    await page.waitForSelector(note('phone'));
  });

  test('saving asks, looking keeps the form, and another one may be made', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', NAME);
    await page.click('[data-test=save]'); /* quicker than the note */
    await page.waitForSelector(`.el-message-box:has-text("${NAME}")`);
    await accessible(page);
    await page.locator('.el-message-box__btns .el-button').first().click();
    await page.waitForSelector('.el-message-box', { state: 'hidden' });
    assert.equal((await customers(NAME)).length, 1);
    assert.equal(await page.inputValue('#field-name'), NAME);
    await page.waitForSelector(note('name'));
    await page.click(`${note('name')} [data-test=others]`);
    await page.waitForSelector(note('name'), { state: 'detached' });
    await page.click('[data-test=save]');
    await page.waitForURL(/\/customers\/\d+/);
    assert.equal((await customers(NAME)).length, 2);
  });

  test('saving waits for the question under way', async () => {
    const before = (await customers(NAME)).length;
    let release;
    const held = new Promise((done) => (release = done));
    const those = /\/customers\/similar\?/;
    await page.route(those, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(site.url + '/customers/new');
    const asked = page.waitForRequest(those);
    await page.fill('#field-name', NAME);
    await asked;
    await page.click('[data-test=save]');
    release();
    await page.waitForSelector(`.el-message-box:has-text("${NAME}")`);
    await page.locator('.el-message-box__btns .el-button').first().click();
    await page.waitForSelector('.el-message-box', { state: 'hidden' });
    await page.unroute(those);
    assert.equal((await customers(NAME)).length, before);
    await page.click(`${note('name')} [data-test=others]`);
  });

  test('the one that is there is opened', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-phone', '13800138001');
    await page.click(`${note('phone')} .open`);
    await page.click('.el-message-box__btns .el-button--primary'); /* what was typed is given up */
    await page.waitForURL(new RegExp(`/customers/${there}$`));
  });

  test('changing a record is not asked about', async () => {
    await page.goto(`${site.url}/customers/${there}`);
    await page.click('[data-test=edit]');
    await page.fill('#field-city', '柯桥');
    await page.click('[data-test=save]');
    await page.waitForSelector('#field-city', { state: 'detached' });
    assert.equal((await get(page, `/customers/${there}`)).city, '柯桥');
  });

  test('of contacts, in English, on a narrow window', async () => {
    const made = await api(page, 'POST', '/contacts', { customer_id: there, name: '王芳', phone: '13911112222' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const narrow = await openPage(site, { language: 'en-US', size: [390, 844] });
    await signIn(narrow, site);
    await speak(narrow, 'en');
    await narrow.goto(`${site.url}/contacts/new?customer_id=${there}`);
    await narrow.fill('#field-name', '王芳');
    await narrow.waitForSelector(`${note('name')}:has-text("There is already")`);
    await fits(narrow);
    await accessible(narrow);
    await shoot(narrow, 'similar-narrow-en', false);
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
