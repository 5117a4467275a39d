/* Second step, own sessions, forgotten password, audit page, as people use
 * them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { startSmtp } from '../api/smtp.mjs';
import { stepNow, totp } from '../api/totp.mjs';
import { api, end, eventually, fits, get, openPage, openSite, shoot, signIn, unable } from './site.mjs';

const skip = await unable();
const PHONE = { size: [390, 844] };

/* Fits the window, and is kept. */
async function look(page, name) {
  await fits(page, name);
  await shoot(page, `safety-${name}`, false);
}

async function setUpApp(page, site) {
  await page.fill('input[name=password]', site.password);
  await page.click('.el-form button[type=submit]');
  const secret = (await page.textContent('[data-test=secret]')).replaceAll(' ', '');
  return secret;
}

describe('safety', { skip }, () => {
  let site, smtp;
  before(async () => {
    site = await openSite('init');
    smtp = await startSmtp();
  });
  after(async () => {
    smtp.stop();
    await end(site);
  });

  test('a new password by a mailed link', async () => {
    const page = await openPage(site, PHONE);
    await signIn(page, site);
    const set = await api(page, 'PUT', '/settings', { 'mail.server': smtp.url, 'mail.tls': 'never',
      'mail.from': 'crm@example.com', 'company.public_url': site.url });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await api(page, 'PATCH', '/users/1', { email: 'admin@example.com' });
    await page.context().clearCookies();
    await page.goto(site.url + '/sign-in');
    await page.click('a[href="/forgot"]');
    await page.fill('input[name=email]', 'admin@example.com');
    await look(page, 'forgot-phone');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=status]');
    await eventually('a mail', () => smtp.mails.length, (n) => n > 0);
    const link = /http\S+\/reset#\S+/.exec(smtp.mails[0].text)[0];
    await page.goto(link);
    await page.fill('input[name=password]', '12345678');
    await page.click('button[type=submit]');
    await page.waitForSelector('.el-form-item__error');
    await look(page, 'reset-phone');
    site.password = 'a password by mail';
    await page.fill('input[name=password]', site.password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/sign-in');
    await page.goto(link);
    await page.reload();
    await page.fill('input[name=password]', 'once more please');
    await page.click('button[type=submit]');
    await page.waitForSelector('[role=alert] a[href="/forgot"]');
    await signIn(page, site);
    assert.deepEqual(page.errors.filter((e) => !/410/.test(e)), []);
  });

  test('an authenticator app is set up, asked for, and a recovery code does instead', async () => {
    const page = await openPage(site);
    await signIn(page, site);
    await page.goto(site.url + '/account');
    await page.click('[data-test=set-up]');
    const secret = await setUpApp(page, site);
    await page.waitForSelector('svg[role=img]');
    await look(page, 'second-picture');
    await page.fill('input[name=code]', '000000');
    await page.click('.el-dialog button[type=submit]');
    await page.waitForSelector('.el-dialog .el-form-item__error');
    const step = stepNow();
    await page.fill('input[name=code]', totp(secret, step));
    await page.click('.el-dialog button[type=submit]');
    await page.waitForSelector('[data-test=recovery-codes] li');
    const codes = await page.locator('[data-test=recovery-codes] li').allTextContents();
    assert.equal(codes.length, 10);
    await look(page, 'second-codes');
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=keep-codes]')]);
    assert.equal(readFileSync(await file.path(), 'utf8'), codes.join('\n') + '\n');
    await page.click('[data-test=second-done]');
    await page.waitForSelector('[data-test=second] .on');
    await look(page, 'account');

    const other = await openPage(site, PHONE);
    await other.goto(site.url + '/sign-in');
    await other.fill('input[name=login]', site.login);
    await other.fill('input[name=password]', site.password);
    await other.click('button[type=submit]');
    await other.waitForSelector('input[name=code]');
    await look(other, 'second-phone');
    await other.fill('input[name=code]', '123456');
    await other.click('button[type=submit]');
    await other.waitForSelector('[role=alert]');
    await other.fill('input[name=code]', codes[0]);
    await other.click('button[type=submit]');
    await other.waitForSelector('[data-test=figures]');
    await other.goto(site.url + '/account');
    await other.waitForSelector('[data-test=session] >> nth=1');
    await look(other, 'account-phone');
    await other.click('[data-test=end-others]');
    await other.click('.el-message-box__btns .el-button--primary');
    await other.waitForFunction(() => document.querySelectorAll('[data-test=session]').length === 1);
    await page.goto(site.url + '/customers');
    await page.waitForURL(/\/sign-in/);
    await api(other, 'POST', '/two_factor/off', { password: site.password, code: codes[1] });
    assert.deepEqual(other.errors, []);
  });

  test('a role that asks for it leads there, and nowhere else before', async () => {
    const page = await openPage(site, { language: 'en-US', ...PHONE });
    await signIn(page, site);
    const roles = (await api(page, 'GET', '/roles?limit=50')).body.data;
    const admin = roles.find((r) => r.key === 'admin');
    assert.equal((await api(page, 'PATCH', `/roles/${admin.id}`, { two_factor: true })).status, 200);
    await page.context().clearCookies();
    await page.goto(site.url + '/sign-in');
    await page.fill('input[name=login]', site.login);
    await page.fill('input[name=password]', site.password);
    await page.click('button[type=submit]');
    await page.waitForURL('**/second-step');
    await page.goto(site.url + '/customers');
    await page.waitForURL('**/second-step');
    await look(page, 'required-phone-en');
    const secret = await setUpApp(page, site);
    await page.fill('input[name=code]', totp(secret, stepNow()));
    await page.click('button[type=submit]');
    await page.waitForSelector('[data-test=recovery-codes] li');
    await look(page, 'required-codes-phone-en');
    await page.click('[data-test=second-done]');
    await page.waitForSelector('[data-test=figures]');
    assert.equal((await api(page, 'PATCH', `/roles/${admin.id}`, { two_factor: false })).status, 200);
    assert.deepEqual(page.errors, []);
  });
});

describe('the audit page', { skip }, () => {
  let site;
  before(async () => (site = await openSite('demo')));
  after(() => end(site));

  test('shows old and new values and puts the old ones back', async () => {
    const page = await openPage(site);
    await signIn(page, site);
    const { body } = await api(page, 'GET', '/customers?limit=1&sort=id');
    const { id, name } = body.data[0];
    assert.equal((await api(page, 'PATCH', `/customers/${id}`, { name: `${name}（改）` })).status, 200);
    await page.goto(`${site.url}/system/audit?entity=customer&record=${id}`);
    const row = page.locator('[data-entry]').first();
    await row.locator('[data-test=diff]').click();
    assert.match(await row.locator('[data-test=changes]').textContent(), new RegExp(`${name}.*${name}（改）`));
    await look(page, 'audit');
    await row.locator('[data-test=restore]').click();
    await page.click('.el-message-box__btns .el-button--primary');
    await page.waitForFunction(() => document.querySelectorAll('[data-entry]').length >= 2);
    await eventually('put back', () => get(page, `/customers/${id}`), (now) => now.name === name);
    await page.waitForFunction(() => /\d/.test(document.querySelector('[data-test=seal]')?.textContent ?? ''));
    await page.setViewportSize({ width: 390, height: 844 });
    await look(page, 'audit-phone');
    assert.deepEqual(page.errors, []);
  });

  test('filters by user and time', async () => {
    const page = await openPage(site, { language: 'en-US', dark: true });
    await signIn(page, site);
    await page.goto(`${site.url}/system/audit?user=1&from=2020-01-01`);
    await page.waitForSelector('[data-entry]');
    await look(page, 'audit-en-dark');
    await page.goto(`${site.url}/system/audit?from=2099-01-01`);
    await page.waitForFunction(() => !document.querySelector('[data-entry]'));
    assert.deepEqual(page.errors, []);
  });
});
