/* The page of backups: one is made and watched, found verified, scheduled,
 * deleted; the jobs page tells of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { begin, end, shoot, signIn, unable } from './site.mjs';

const skip = await unable();

describe('backups', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('init')));
  after(() => end(site));

  test('one is made, watched and found verified', async () => {
    await page.goto(site.url + '/system/backups');
    await page.waitForSelector('[data-test=backup-now]');
    await shoot(page, 'backups-empty');
    await page.click('[data-test=backup-now]');
    const row = page.locator('[data-backup]').first();
    await row.waitFor();
    assert.ok(await row.locator('.verified').count(), await row.textContent());
    assert.equal(await page.locator('[data-backup]').count(), 1);
    await shoot(page, 'backups');
  });

  test('it is downloaded whole and checked again', async () => {
    const row = page.locator('[data-backup]').first();
    const [got] = await Promise.all([page.waitForEvent('download'), row.locator('button').nth(0).click()]);
    assert.equal(got.suggestedFilename(), await row.getAttribute('data-backup'));
    await row.locator('button').nth(1).click();
    await page.waitForSelector('.el-progress.is-success');
    assert.ok(await row.locator('.verified').count());
  });

  test('a time is set, a wrong one is refused beside its field', async () => {
    const field = page.locator('[data-setting="backup.time"] input');
    await field.fill('25:00');
    await page.click('[data-test=save]');
    await page.waitForSelector('[data-setting="backup.time"] [role=alert]');
    await field.fill('03:30');
    await page.click('[data-test=save]');
    await page.waitForFunction(() => document.querySelector('[data-test=save]')?.hasAttribute('disabled'));
    await page.waitForSelector('.page-body p:has-text("03:30")'); /* the next one */
    await shoot(page, 'backups-scheduled');
  });

  test('the jobs page lists and filters', async () => {
    await page.goto(site.url + '/system/jobs');
    await page.waitForSelector('[data-job=backup]');
    await shoot(page, 'jobs');
    await page.click('[data-test=state]');
    await page.locator('.el-select-dropdown__item:visible').nth(4).click();
    await page.waitForSelector('[data-job=backup]', { state: 'detached' });
  });

  test('it is put back: checked, everybody signed out, everything as it was', async () => {
    await page.goto(site.url + '/system/backups');
    const row = page.locator('[data-backup]').first();
    const name = await row.getAttribute('data-backup');
    await row.locator('[data-test=restore-one]').click();
    assert.ok(await page.locator('[data-test=restore-go]').isDisabled(), 'nothing typed yet');
    await page.fill('input[name=confirm]', name);
    await page.fill('input[name=again]', 'not it');
    await page.click('[data-test=restore-go]');
    await page.waitForSelector('.el-form-item__error');
    await shoot(page, 'restore-wrong');
    await page.fill('input[name=again]', site.password);
    await page.click('[data-test=restore-go]');
    await page.waitForSelector('[data-test=sign-in-again], input[name=login]');
    await shoot(page, 'restored');
    await signIn(page, site);
    await page.goto(site.url + '/system/backups');
    await page.waitForSelector('[data-test=told]');
    assert.match(await page.textContent('[data-test=told]'), new RegExp(name));
    assert.equal(await page.locator('[data-backup]').count(), 2, 'with the one made before');
    await shoot(page, 'backups-restored');
    await page.locator(`[data-backup="${name}"]`).waitFor();
    await page.locator('[data-backup]', { hasText: '恢复前' }).locator('button').last().click();
    await page.click('.el-message-box .el-button--danger');
    await page.waitForFunction(() => document.querySelectorAll('[data-backup]').length === 1);
    page.errors = page.errors.filter((text) => !/status of 503|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED/.test(text));
  });

  test('it is deleted after a question', async () => {
    await page.goto(site.url + '/system/backups');
    const row = page.locator('[data-backup]').first();
    await row.locator('button').last().click();
    await page.click('.el-message-box .el-button--danger');
    await row.waitFor({ state: 'detached' });
    assert.deepEqual(page.errors, []);
  });
});
