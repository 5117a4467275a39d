/* Roles: rights to fields, looking as a role; files on a customer. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { begin, end, get, shoot, unable } from './site.mjs';

const skip = await unable();

describe('rights', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('demo')));
  after(() => end(site));


  async function choose(select, label) {
    await page.click(select);
    await page.click(`.el-select-dropdown__item:visible >> text=/^${label}$/`);
  }

  test('a field is masked in the role editor', async () => {
    const [role] = (await get(page, '/roles?key=sales')).data;
    await page.goto(`${site.url}/roles/${role.id}`);
    await page.waitForSelector('[data-field=phone]');
    await choose('[data-field=phone] .el-select', '脱敏');
    await choose('[data-field=email] .el-select', '隐藏');
    await shoot(page, 'role');
    await page.click('[data-test=save-rights]');
    await page.waitForSelector('[data-test=save-rights]', { state: 'detached' });
    const saved = (await get(page, `/roles/${role.id}`)).grants;
    assert.deepEqual(saved.fields, { customer: { phone: 'masked', email: 'hidden' } });
    assert.equal(saved.customer.read, 'own');
  });

  test('an administrator looks as the role and comes back', async () => {
    await page.click('[data-test=view-as-role]');
    await page.waitForSelector('[data-test=view-as]:has-text("销售")');
    await page.goto(site.url + '/customers');
    await page.waitForSelector('[data-test=view-as]');
    const asked = page.waitForRequest((r) => r.url().includes('/api/v1/customers') && r.headers()['x-view-as'] === 'role:sales');
    await page.reload();
    await asked;
    await page.waitForSelector('[data-test=view-as]');
    await shoot(page, 'view-as');
    assert.equal(await page.locator('a[href="/system/settings"]').count(), 0, 'no administration');
    await page.click('[data-test=end-view-as]');
    await page.waitForURL(/\/roles/);
    assert.equal(await page.locator('[data-test=view-as]').count(), 0);
    assert.deepEqual(page.errors, []);
  });

  test('a file is hung on a customer and taken away', async () => {
    const [customer] = (await get(page, '/customers?limit=1&sort=id')).data;
    await page.goto(`${site.url}/customers/${customer.id}`);
    await page.click('[data-tab=files]');
    const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(300_000, 0x20)]);
    await page.setInputFiles('[data-test=attachments] input[type=file]', { name: '合同.pdf', mimeType: 'application/pdf', buffer: bytes });
    await page.waitForSelector('[data-test=attachments] td:has-text("合同.pdf")');
    await shoot(page, 'files');
    const { data } = await get(page, `/customers/${customer.id}/files`);
    assert.deepEqual(data.map((f) => [f.name, f.size, f.media_type]), [['合同.pdf', bytes.length, 'application/pdf']]);
    await page.setInputFiles('[data-test=attachments] input[type=file]', { name: 'x.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<html>') });
    await page.waitForSelector('.el-message--error');
    await page.click('[data-test=attachments] button:has-text("删除")');
    await page.waitForSelector('[data-test=attachments] .empty');
    assert.deepEqual(page.errors, []);
  });
});
