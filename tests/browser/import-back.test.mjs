/* The import wizard's key, policy and kept mappings; taking an import back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openPage, openSite, PATIENCE, signIn, unable } from './site.mjs';

const skip = await unable();
/* GUANXI_SHOTS=DIR keeps what the pages look like. */
const SHOTS = process.env.GUANXI_SHOTS;

describe('an import of customers', { skip }, () => {
  let site;
  let page;
  const folder = mkdtempSync(join(tmpdir(), 'gx-back-'));
  before(async () => {
    site = await openSite('init');
    page = await openPage(site);
    await signIn(page, site);
  });
  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    assert.equal(await site.close(), 0);
  });

  const shot = async (name) => SHOTS && page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });

  async function begin(text) {
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
    await begin('客户编号,客户名称,电话\nB1,春风贸易,13800000001\nB2,秋水食品,13800000002\n');
    await pick('key', '电话');
    await pick('on-duplicate', '只补空字段');
    await page.click('[data-test=keep-mapping]');
    await page.fill('[data-test=mapping-name] input, input[data-test=mapping-name]', '门店名单');
    await shot('wizard');
    await page.click('[data-test=mapping-save]');
    await page.waitForSelector('[data-test=mappings]');
    await toEnd();
    await begin('客户编号,客户名称,电话\nB1,改名贸易,13800000001\nB3,冬雪,13800000003\n');
    assert.match(await page.textContent('[data-test=on-duplicate]'), /只补空字段/);
    assert.equal((await page.textContent('[data-test=key]')).trim(), '电话');
    await pick('on-duplicate', '更新');
    await toEnd();
  });

  test('is taken back, and tells what stayed', async () => {
    await page.evaluate(async () => {
      const session = await (await fetch('/api/v1/session')).json();
      const [one] = (await (await fetch('/api/v1/customers?code=B3')).json()).data;
      await fetch('/api/v1/customers/' + one.id, {
        method: 'PATCH', headers: { 'content-type': 'application/json', 'x-csrf-token': session.csrf }, body: '{"city":"苏州"}',
      });
    });
    await shot('done');
    await page.click('[data-test=revert]');
    await page.waitForSelector('.el-message-box');
    await shot('ask');
    await page.click('.el-message-box .el-button--primary');
    await page.waitForSelector('[data-test=reverted]', { timeout: PATIENCE });
    const count = async (key) => (await page.textContent(`[data-test=reverted] [data-count=${key}] dd`)).trim();
    assert.deepEqual([await count('deleted'), await count('restored'), await count('kept')], ['0', '1', '1']);
    await page.waitForSelector('[data-test=kept]');
    assert.match(await page.textContent('[data-test=kept]'), /冬雪.*此后被改动/s);
    assert.equal(await page.$('[data-test=revert]'), null);
    await shot('reverted');
    const names = await page.evaluate(async () => (await (await fetch('/api/v1/customers?sort=code')).json()).data.map((c) => c.name));
    assert.deepEqual(names.sort(), ['冬雪', '春风贸易', '秋水食品'].sort());
    assert.deepEqual(page.errors, []);
  });

  test('reads in English as well', async () => {
    await page.click('text=English');
    await page.waitForSelector('text=Import taken back');
    await shot('reverted-en');
  });
});
