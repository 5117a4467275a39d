/* First administrator, sign-in, sign-out, a wrong password. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { end, openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();

describe('first start', { skip }, () => {
  let site;
  before(async () => (site = await openSite('empty')));
  after(() => end(site));

  test('the code of the console makes the first administrator', async () => {
    const page = await openPage(site);
    await page.goto(site.url);
    await page.waitForURL('**/setup');
    await page.fill('input[name=code]', 'wrong-code');
    await page.fill('input[name=name]', '王小明');
    await page.fill('input[name=login]', 'wang');
    await page.fill('input[name=password]', 'a long enough secret');
    await page.click('button[type=submit]');
    await page.waitForSelector('.el-form-item__error, [role=alert]');
    assert.match(page.url(), /\/setup$/);

    const code = /[Cc]ode: (\S+)/.exec(site.said)[1];
    await page.fill('input[name=code]', code);
    await page.click('button[type=submit]');
    await page.waitForSelector('[data-test=figures]');
    assert.match(await page.textContent('h1'), /王小明/);
    assert.deepEqual(page.errors, []);
  });
});

describe('sign-in', { skip }, () => {
  let site;
  before(async () => (site = await openSite('init')));
  after(() => end(site));

  test('a wrong password says so and stays', async () => {
    const page = await openPage(site);
    await page.goto(site.url + '/customers?sort=-sales');
    await page.waitForURL(/\/sign-in\?next=/);
    await page.fill('input[name=login]', site.login);
    await page.fill('input[name=password]', 'not the password');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert]');

    await page.fill('input[name=password]', site.password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/customers?sort=-sales');
    assert.deepEqual(page.errors, []);
  });

  test('signing out ends the session', async () => {
    const page = await openPage(site);
    await signIn(page, site);
    await page.click('.user');
    await page.click('.el-dropdown-menu__item:last-child');
    await page.waitForURL('**/sign-in');
    await page.goto(site.url + '/customers');
    await page.waitForURL(/\/sign-in\?next=/);
    assert.deepEqual(page.errors, []);
  });
});
