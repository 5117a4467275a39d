/* The main job: a company's real orders go in, graded customers come out. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { PATIENCE, RETAIL, begin, end, get, unable } from './site.mjs';

const skip = (await unable()) || (!existsSync(RETAIL) && `there is no ${RETAIL}`);

describe('import of the order file', { skip }, () => {
  let site, page;
  let imported = false;
  before(async () => ({ site, page } = await begin('init')));
  after(() => end(site));

  test('columns are guessed, the currency is asked, a dry run changes nothing', async () => {
    await page.goto(site.url + '/import?entity=orders');
    await page.setInputFiles('input[type=file]', RETAIL);
    await page.waitForURL(/\/import\/\d+$/);
    const into = async (header) =>
      (await page.textContent(`[data-column="${header}"] .el-select`)).trim();
    await page.waitForSelector('[data-column="InvoiceNo"]');
    for (const header of ['InvoiceNo', 'InvoiceDate', 'Quantity', 'UnitPrice', 'CustomerID', 'StockCode'])
      assert.notEqual(await into(header), '不导入', header);

    await page.click('[data-test=currency]');
    await page.click('.el-select-dropdown__item:has-text("GBP")');
    await page.waitForSelector('[data-option=rate]');
    assert.ok(await page.isDisabled('[data-test=dry-run]'), 'pounds need a rate to the company’s yuan');
    await page.fill('[data-option=rate] input, input[data-option=rate]', '9.1');
    await page.keyboard.press('Tab');
    await page.waitForSelector('[data-test=dry-run]:not([disabled])');
    await page.click('[data-test=dry-run]');
    await page.waitForSelector('[data-test=report]', { timeout: 2 * PATIENCE });
    assert.equal((await get(page, '/customers?limit=1&count=exact')).count.value, 0);
  });

  test('the import makes 2,767 customers, 2,718 of them graded', async () => {
    await page.click('[data-test=run]');
    await page.waitForSelector('[data-test=show-imported]', { timeout: 2 * PATIENCE });
    const count = async (key) => (await page.textContent(`[data-count=${key}] dd`)).trim();
    assert.equal(await count('customers_created'), '2,767');
    assert.equal(await count('graded'), '2,718');
    assert.equal(await count('lines'), '209,029');
    assert.equal(await count('sale_lines'), '145,450');
    assert.equal(await count('sales'), '£3,332,591.96');
    imported = true;

    await page.click('[data-test=show-imported]');
    await page.waitForURL(/\/customers\?import_id=\d+/);
    await page.waitForSelector('[data-test=chip]:has-text("online-retail")');
    await page.waitForFunction(() => /2,767/.test(document.querySelector('[data-test=count]')?.textContent ?? ''));
  });

  test('the pyramid opens the list behind a tier', async () => {
    assert.ok(imported, 'the import has not ended');
    await page.goto(site.url + '/value/pyramid');
    await page.waitForSelector('[data-tier-row=vip]');
    const customers = (await page.textContent('[data-tier-row=vip] td:nth-child(2)')).trim();
    assert.equal(customers, '28'); // ⌈1 % of 2,718⌉
    await page.click('[data-tier=vip]');
    await page.waitForURL('**/customers?grade=vip&sort=-sales');
    await page.waitForFunction(() => /\/ 28$/.test(document.querySelector('[data-test=count]')?.textContent.trim() ?? ''));
  });

  test('a customer says why', async () => {
    assert.ok(imported, 'the import has not ended');
    await page.click('.row[data-row="0"]');
    await page.waitForSelector('[data-test=why]');
    assert.match(page.url(), /\/customers\/\d+\?/);
    await page.click('[data-test=why]');
    await page.waitForSelector('[data-test=why-panel] table');
    const text = await page.textContent('[data-test=why-panel]');
    assert.match(text, /2,718/);
    assert.match(text, /重要客户/);
    const shown = await page.textContent('[data-test=title]');
    await page.reload();
    await page.waitForFunction((t) => document.querySelector('[data-test=title]')?.textContent === t, shown);
  });

  test('heat map and Pareto curve click through', async () => {
    assert.ok(imported, 'the import has not ended');
    await page.goto(site.url + '/value/rfm');
    await page.click('[data-cell="5-5"]');
    await page.waitForURL('**/customers?r_score=5&f_score=5&sort=-sales');
    await page.waitForSelector('.row[data-row="0"]');
    await page.goto(site.url + '/value/pareto');
    await page.waitForSelector('.chart svg');
    await page.click('[data-class=A]');
    await page.waitForURL('**/customers?abc_class=a&sort=-sales');
    await page.waitForSelector('.row[data-row="0"]');
  });

  test('the list exports to CSV and to Excel', async () => {
    assert.ok(imported, 'the import has not ended');
    await page.goto(site.url + '/customers?grade=vip&sort=-sales');
    await page.waitForSelector('.row[data-row="0"]');
    for (const [label, start] of [['CSV', null], ['Excel', 'PK']]) {
      await page.click('[data-test=export]');
      await page.click(`.el-segmented__item:has-text("${label}")`);
      const [file] = await Promise.all([
        page.waitForEvent('download', { timeout: 2 * PATIENCE }),
        page.click('[data-test=export-start]'),
      ]);
      let bytes = readFileSync(await file.path());
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
      if (start) assert.equal(bytes.subarray(0, 2).toString(), start);
      else assert.equal(bytes.toString('utf8').trim().split(/\r?\n/).length, 1 + 28);
      await page.waitForSelector('[data-test=export-start]', { state: 'detached' });
    }
    assert.deepEqual(page.errors, []);
  });
});
