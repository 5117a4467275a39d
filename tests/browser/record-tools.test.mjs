/* What one does to a record beside editing it: tags put on and taken off, a list
 * filtered by a tag, a masked value shown for a reason; and a failed job that is
 * looked into and tried again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, begin, end, eventually, get, openPage, shoot, signIn, unable } from './site.mjs';

const skip = await unable();

describe('tags, masks, jobs', { skip }, () => {
  let site, page, id;

  before(async () => {
    ({ site, page } = await begin('init'));
    const made = await api(page, 'POST', '/customers', { name: '华兴公司', phone: '13800000001', kind: 'organization' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    id = made.body.id;
    await api(page, 'POST', '/customers', { name: '别家', phone: '13800000002' });
    await api(page, 'POST', '/tags', { name: '老客户', color: 'blue' });
  });
  after(() => end(site));

  test('a tag is put on a customer, a new word becomes a tag', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.click('[data-test=add-tag]');
    await page.locator('.el-select-dropdown__item:visible', { hasText: '老客户' }).click();
    await page.waitForSelector('[data-tag="老客户"]');
    await page.click('[data-test=add-tag]');
    await page.locator('[data-test=pick-tag] input').fill('展会');
    await page.locator('.el-select-dropdown__item:visible', { hasText: '展会' }).first().click();
    await page.waitForSelector('[data-tag="展会"]');
    await shoot(page, 'tags');
  });

  test('the list of a tag is one click away, and is filtered like by any field', async () => {
    await page.locator('[data-tag="老客户"] a').click();
    await page.waitForSelector('[data-id]');
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length === 1);
    await page.waitForSelector('[data-test=chip]:has-text("老客户")');
    await shoot(page, 'tag-list');
    await page.goto(`${site.url}/customers`);
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length === 2);
    await page.click('[data-test=add-filter]');
    await page.locator('.fields button', { hasText: /^标签$/ }).click();
    await page.locator('.editor .el-select').click();
    await page.locator('.el-select-dropdown__item:visible', { hasText: '展会' }).click();
    await page.click('.editor button[type=submit]');
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length === 1);
  });

  test('it is taken off again', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.locator('[data-tag="展会"] button').click();
    await page.waitForSelector('[data-tag="展会"]', { state: 'detached' });
    assert.ok(await page.locator('[data-tag="老客户"]').count());
  });

  test('a customer is shared with one more user, and taken back', async () => {
    const role = (await api(page, 'GET', '/roles?key=sales')).body.data[0].id;
    const made = await api(page, 'POST', '/users', { login: 'gao', name: '高明', role_id: role });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.goto(`${site.url}/customers/${id}`);
    await page.click('[data-test=share]');
    await page.waitForSelector('[data-test=unshared]');
    await page.locator('.el-dialog .el-select').first().click();
    await page.locator('.el-select-dropdown__item:visible', { hasText: '高明' }).click();
    await page.click('[data-test=do-share]');
    await page.waitForSelector(`[data-share="${made.body.id}"]`);
    await shoot(page, 'share');
    const { body } = await api(page, 'GET', `/customers/${id}/shares`);
    assert.deepEqual(body.data.map((one) => [one.user_id, one.level]), [[made.body.id, 'read']]);
    await page.locator(`[data-share="${made.body.id}"] button`).click();
    await page.waitForSelector('[data-test=unshared]');
    assert.deepEqual((await api(page, 'GET', `/customers/${id}/shares`)).body.data, []);
    /* With a team. */
    const team = await api(page, 'POST', '/teams', { name: '华东团队' });
    assert.equal(team.status, 201, JSON.stringify(team.body));
    await page.locator('.el-dialog .el-segmented__item', { hasText: '团队' }).click();
    await page.locator('.el-dialog .el-select').first().click();
    await page.locator('.el-select-dropdown__item:visible', { hasText: '华东团队' }).click();
    await page.click('[data-test=do-share]');
    await page.waitForSelector(`[data-share="team-${team.body.id}"]`);
    assert.deepEqual((await api(page, 'GET', `/customers/${id}/shares`)).body.data.map((one) => [one.user_id, one.team_id]), [[null, team.body.id]]);
    await page.locator(`[data-share="team-${team.body.id}"] button`).click();
    await page.waitForSelector('[data-test=unshared]');
    await page.keyboard.press('Escape');
  });

  test('who has a record by a share gives it back; who only reads is told who shares', async () => {
    const words = [];
    for (const [login, grants] of [['reader', { customer: { read: 'all', update: 'own' }, user: { read: 'all' } }],
      ['helper', { customer: { read: 'own', update: 'own' }, user: { read: 'all' } }]]) {
      const role = await api(page, 'POST', '/roles', { key: login, name: login, grants });
      assert.equal(role.status, 201, JSON.stringify(role.body));
      const user = await api(page, 'POST', '/users', { login, name: login, role_id: role.body.id });
      assert.equal(user.status, 201, JSON.stringify(user.body));
      assert.ok((await api(page, 'POST', `/users/${user.body.id}/password`, { password: 'correct horse 44' })).status < 300);
      const shared = login === 'helper';
      if (shared) assert.equal((await api(page, 'PUT', `/customers/${id}/shares/${user.body.id}`, { level: 'write' })).status, 204);
      const other = await openPage(site);
      await signIn(other, { ...site, login, password: 'correct horse 44' });
      await other.goto(`${site.url}/customers/${id}`);
      await other.click('[data-test=share]');
      words.push(await other.textContent('[data-test=not-yours]'));
      assert.equal(await other.locator('[data-test=give-back]').count(), shared ? 1 : 0);
      await shoot(other, `share-${login}`);
      if (shared) {
        await other.click('[data-test=give-back]');
        await other.click('.el-message-box .el-button--primary');
        await other.locator('[data-test=not-yours]').waitFor({ state: 'hidden' });
        await other.waitForURL((url) => url.pathname === '/customers');
        assert.equal((await api(other, 'GET', `/customers/${id}`)).status, 404);
        assert.deepEqual((await api(page, 'GET', `/customers/${id}/shares`)).body.data, []);
      }
      await other.context().close();
    }
    assert.equal(words[0], words[1], 'true of both');
  });

  test('a masked value is shown for a reason', async () => {
    const role = await api(page, 'POST', '/roles', {
      key: 'desk', name: '前台',
      grants: { customer: { read: 'all', update: 'all' }, unmask: true, fields: { customer: { phone: 'masked' } } },
    });
    assert.equal(role.status, 201, JSON.stringify(role.body));
    const user = await api(page, 'POST', '/users', { login: 'desk', name: '小李', role_id: role.body.id });
    assert.equal(user.status, 201, JSON.stringify(user.body));
    assert.ok((await api(page, 'POST', `/users/${user.body.id}/password`, { password: 'correct horse 43' })).status < 300);
    const other = await openPage(site);
    await signIn(other, { ...site, login: 'desk', password: 'correct horse 43' });
    await other.goto(`${site.url}/customers/${id}`);
    await other.waitForSelector('[data-test=unmask]');
    assert.doesNotMatch(await other.textContent('.pane'), /13800000001/);
    await other.locator('[data-test=unmask]').first().click();
    await other.fill('.el-message-box__input input', '核对送货电话');
    await shoot(other, 'unmask');
    await other.click('.el-message-box .el-button--primary');
    await other.waitForFunction(() => document.querySelector('.pane')?.textContent?.includes('13800000001'));
    const log = await api(page, 'GET', '/audit_entries?action=unmask');
    assert.equal(log.body.data.length, 1, JSON.stringify(log.body));
    assert.deepEqual(other.errors, []);
    await other.context().close();
  });

  test('a failed job tells why and is tried again', async () => {
    await page.goto(`${site.url}/system/backups`);
    const made = await api(page, 'POST', '/backups');
    assert.equal(made.status, 202);
    const ended = ({ id }) => eventually(`job ${id}`, () => get(page, `/jobs/${id}`), (now) => ['done', 'failed'].includes(now.state));
    const job = await ended(made.body.job);
    /* Its file is gone: reading it once more fails. */
    const check = await api(page, 'POST', `/backups/${job.result.name}/check`);
    await api(page, 'DELETE', `/backups/${job.result.name}`);
    const read = await ended(check.body.job);
    await page.goto(`${site.url}/system/jobs`);
    const row = page.locator('[data-job=backup]').first();
    await row.locator('[data-test=details]').click();
    const story = page.locator('[data-test=story]');
    assert.match(await story.textContent(), new RegExp(job.result.name));
    await shoot(page, 'job-story');
    if (read.state === 'failed') {
      const failed = page.locator('[data-job=backup_check][data-state=failed]').first();
      await failed.locator('[data-test=retry]').click();
      await page.waitForSelector('.el-message--success');
    }
    assert.deepEqual(page.errors, []);
  });
});
