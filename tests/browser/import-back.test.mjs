/* The import wizard's key, policy and kept mappings; taking an import back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PATIENCE, api, begin, end, get, shoot, unable } from './site.mjs';

const skip = await unable();

describe('an import of customers', { skip }, () => {
  let site, page;
  const folder = mkdtempSync(join(tmpdir(), 'gx-back-'));
  before(async () => ({ site, page } = await begin('init')));
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await end(site);
  });

  async function upload(text) {
    const file = join(folder, 'customers.csv');
    writeFileSync(file, text);
    await page.goto(site.url + '/import?entity=customers');
    await page.setInputFiles('input[type=file]', file);
    await page.waitForURL(/\/import\/\d+$/);
    await page.waitForSelector('[data-test=key]');
  }

  async function toEnd() {
    await page.click('[data-test=dry-run]');
    await page.waitForSelector('[data-test=run]', { timeout: PATIENCE });
    await page.click('[data-test=run]');
    await page.waitForSelector('[data-test=show-imported]', { timeout: PATIENCE });
  }

  async function pick(what, label) {
    await page.click(`[data-test=${what}]`);
    await page.click(`.el-select-dropdown__item:visible >> text="${label}"`);
  }

  test('asks which field means a record, and keeps the mapping', async () => {
    await upload('客户编号,客户名称,电话\nB1,春风贸易,13800000001\nB2,秋水食品,13800000002\n');
    await pick('key', '电话');
    await pick('on-duplicate', '只补空字段');
    await page.click('[data-test=keep-mapping]');
    await page.fill('[data-test=mapping-name] input, input[data-test=mapping-name]', '门店名单');
    await shoot(page, 'wizard');
    await page.click('[data-test=mapping-save]');
    await page.waitForSelector('[data-test=mappings]');
    await toEnd();
    await upload('客户编号,客户名称,电话\nB1,改名贸易,13800000001\nB3,冬雪,13800000003\n');
    assert.match(await page.textContent('[data-test=on-duplicate]'), /只补空字段/);
    assert.equal((await page.textContent('[data-test=key]')).trim(), '电话');
    await pick('on-duplicate', '更新');
    await toEnd();
  });

  test('is taken back, and tells what stayed', async () => {
    const [one] = (await get(page, '/customers?code=B3')).data;
    await api(page, 'PATCH', `/customers/${one.id}`, { city: '苏州' });
    await shoot(page, 'done');
    await page.click('[data-test=revert]');
    await page.waitForSelector('.el-message-box');
    await shoot(page, 'ask');
    await page.click('.el-message-box .el-button--primary');
    await page.waitForSelector('[data-test=reverted]', { timeout: PATIENCE });
    const count = async (key) => (await page.textContent(`[data-test=reverted] [data-count=${key}] dd`)).trim();
    assert.deepEqual([await count('deleted'), await count('restored'), await count('kept')], ['0', '1', '1']);
    await page.waitForSelector('[data-test=kept]');
    assert.match(await page.textContent('[data-test=kept]'), /冬雪.*此后被改动/s);
    assert.equal(await page.$('[data-test=revert]'), null);
    await shoot(page, 'reverted');
    const names = (await get(page, '/customers?sort=code')).data.map((c) => c.name);
    assert.deepEqual(names.sort(), ['冬雪', '春风贸易', '秋水食品'].sort());
    assert.deepEqual(page.errors, []);
  });

  test('reads in English as well', async () => {
    await page.click('text=English');
    await page.waitForSelector('text=Import taken back');
    await shoot(page, 'reverted-en');
  });
});
