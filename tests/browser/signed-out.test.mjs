/* The session ends while somebody is at work on a page: he signs in over it,
 * and nothing of it is lost. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { stepNow, totp } from '../api/totp.mjs';
import { api, axeSource, begin, end, eventually, fits, get, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();
const DIALOG = '[data-test=again]';

describe('signed out at work', { skip }, () => {
  let site, page;
  const OTHER = { login: 'chenjing', password: 'another long secret' };

  before(async () => {
    ({ site, page } = await begin('init'));
    const [{ id }] = (await get(page, '/roles?key=admin')).data;
    const made = await api(page, 'POST', '/users', { login: OTHER.login, name: '陈静', role_id: id });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const set = await api(page, 'POST', `/users/${made.body.id}/password`, { password: OTHER.password });
    assert.equal(set.status, 204, JSON.stringify(set.body));
  });
  after(() => end(site));

  /* From outside the page, as another tab or the idle limit would. */
  async function endSession(of = page) {
    assert.equal((await api(of, 'DELETE', '/session')).status, 204);
  }

  async function signInOver(of, password, login) {
    if (login) await of.fill(`${DIALOG} input[name=login]`, login);
    await of.fill(`${DIALOG} input[name=password]`, password);
    await of.click(`${DIALOG} button[type=submit]`);
  }

  /* Pressed, also when what is asked while one types has met the end first and the
   * dialog is there already. */
  const save = (of = page) => of.dispatchEvent('[data-test=save]', 'click');
  const gone = (of) => of.waitForSelector(DIALOG, { state: 'detached' });

  async function accessible(on) {
    if (axeSource()) assert.deepEqual(await violations(on), []);
  }

  test('a form is kept, and what was being saved is saved', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '绍兴瑞丰纺织有限公司');
    await page.fill('#field-phone', '13800138001');
    await page.fill('#field-email', 'rf@example.cn');
    await endSession();
    await save();
    await page.waitForSelector(`${DIALOG} input[name=password]`);
    assert.match(await page.innerText(DIALOG), /已失效/);
    await eventually('the password is asked for', () => page.evaluate(() => document.activeElement?.name), (name) => name === 'password');
    assert.equal(await page.inputValue(`${DIALOG} input[name=login]`), site.login);
    assert.equal(await page.inputValue('#field-name'), '绍兴瑞丰纺织有限公司');
    await accessible(page);
    await shoot(page, 'again-zh', false);
    await signInOver(page, 'not the password');
    await page.waitForSelector(`${DIALOG} [role=alert]`);
    await signInOver(page, site.password);
    await gone(page);
    await page.waitForURL(/\/customers\/\d+/);
    const found = (await get(page, '/customers?sort=-id')).data;
    assert.equal(found.length, 1, 'saved once');
    const row = await get(page, `/customers/${found[0].id}`);
    assert.deepEqual([row.name, row.phone, row.email], ['绍兴瑞丰纺织有限公司', '13800138001', 'rf@example.cn']);
  });

  test('a list, an upload and a download go on', async () => {
    const [{ id }] = (await get(page, '/customers?sort=-id')).data;
    await page.goto(`${site.url}/customers`);
    await page.waitForSelector('[data-test=count]:has-text("1")');
    await endSession();
    await page.fill('.list .search input', '瑞丰');
    await page.waitForSelector(DIALOG);
    await signInOver(page, site.password);
    await gone(page);
    await page.waitForURL(/q=/);
    await page.waitForSelector('text=绍兴瑞丰纺织有限公司');

    const made = await api(page, 'POST', '/contacts', { customer_id: id, name: '王芳' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.goto(`${site.url}/contacts/${made.body.id}`);
    await page.click('text=附件');
    await page.waitForSelector('[data-test=attach]');
    await endSession();
    await page.setInputFiles('[data-test=attachments] input[type=file]', { name: 'card.txt', mimeType: 'text/plain', buffer: Buffer.from('王芳 13800138001') });
    await page.waitForSelector(DIALOG);
    await signInOver(page, site.password);
    await gone(page);
    await page.waitForSelector('[data-test=attachments] a:has-text("card.txt")');
    const files = (await get(page, `/contacts/${made.body.id}/files`)).data;
    assert.deepEqual(files.map((f) => f.name), ['card.txt']);

    await endSession();
    await page.click('[data-test=attachments] a:has-text("card.txt")');
    await page.waitForSelector(DIALOG);
    const [file] = await Promise.all([page.waitForEvent('download'), signInOver(page, site.password)]);
    assert.equal(readFileSync(await file.path(), 'utf8'), '王芳 13800138001');
    await gone(page);
  });

  test('signed in again in another tab: the dialog goes by itself', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '另一页登录');
    await endSession();
    await save();
    await page.waitForSelector(DIALOG);
    const status = await page.evaluate(async ([login, password]) =>
      (await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ login, password }) })).status, [site.login, site.password]);
    assert.equal(status, 200);
    await page.evaluate(() => window.dispatchEvent(new Event('focus')));
    await gone(page);
    await page.waitForURL(/\/customers\/\d+/);
  });

  test('another user is warned first, and leaves the page', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '不该保存');
    await endSession();
    await save();
    await page.waitForSelector(DIALOG);
    await signInOver(page, OTHER.password, OTHER.login);
    await page.waitForSelector('.el-message-box:has-text("没有保存的内容会丢失")');
    await accessible(page);
    await page.locator('.el-message-box__btns .el-button').first().click();
    await page.waitForSelector('.el-message-box', { state: 'hidden' });
    assert.equal(await page.inputValue('#field-name'), '不该保存', 'thought better of it');
    await page.click(`${DIALOG} button[type=submit]`);
    await page.click('.el-message-box__btns .el-button--primary');
    await page.waitForSelector('[data-test=figures]');
    assert.match(await page.textContent('h1'), /陈静/);
    assert.equal((await get(page, '/customers?name=不该保存')).data.length, 0);
  });

  test('a session of another tab, of the same user or not', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '新会话保存');
    const enter = (who) => page.evaluate(async (body) =>
      (await fetch('/api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).status, who);
    assert.equal(await enter(OTHER), 200);
    await page.click('[data-test=save]');
    await page.waitForURL(/\/customers\/\d+/); /* the page takes the new session's token */

    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '归谁');
    assert.equal(await enter({ login: site.login, password: site.password }), 200);
    await page.click('[data-test=save]');
    await page.waitForSelector(`${DIALOG}:has-text("陈静")`);
    assert.equal((await get(page, '/customers?name=归谁')).data.length, 0, 'nothing is saved in the name of another');
    await accessible(page);
    await shoot(page, 'again-other-zh', false);
    await page.click(`${DIALOG} .el-button--primary`);
    await signInOver(page, OTHER.password);
    await gone(page);
    await page.waitForURL(/\/customers\/\d+/);
    const [row] = (await get(page, '/customers?name=归谁&include=owner_id')).data;
    assert.equal(row.name, '归谁');
  });

  test('with a second step, in English, on a narrow window', async () => {
    const narrow = await openPage(site, { language: 'en-US', size: [390, 844] });
    await signIn(narrow, site);
    await speak(narrow, 'en');
    const begun = await api(narrow, 'POST', '/two_factor', { password: site.password });
    const step = stepNow();
    const on = await api(narrow, 'POST', '/two_factor/confirm', { code: totp(begun.body.secret, step) });
    assert.equal(on.status, 200, JSON.stringify(on.body));
    await narrow.goto(site.url + '/customers/new');
    await narrow.fill('#field-name', 'Two steps');
    await endSession(narrow);
    await save(narrow);
    await narrow.waitForSelector(`${DIALOG}:has-text("has ended")`);
    await fits(narrow);
    await accessible(narrow);
    await shoot(narrow, 'again-narrow-en', false);
    await signInOver(narrow, site.password);
    await narrow.waitForSelector(`${DIALOG} input[name=code]`);
    await narrow.fill(`${DIALOG} input[name=code]`, on.body.recovery_codes[0]);
    await narrow.click(`${DIALOG} button[type=submit]`);
    await gone(narrow);
    await narrow.waitForURL(/\/customers\/\d+/);
    await eventually('saved', () => get(narrow, '/customers?name=Two%20steps'), (list) => list.data.length === 1);
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
