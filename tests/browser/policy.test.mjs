/* Grading rules: the three measures are tried and one is saved; then the page
 * of a customer lists what its contribution is made of, in both languages.
 * GUANXI_SHOTS=FOLDER keeps the screenshots. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();
const shots = process.env.GUANXI_SHOTS;
const AXE = join(ROOT, 'tests/browser/node_modules/axe-core/axe.min.js');

/* Nothing serious or critical. */
async function accessible(on) {
  if (!existsSync(AXE)) return;
  await on.evaluate(readFileSync(AXE, 'utf8'));
  const found = await on.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations
    .filter((v) => v.impact === 'serious' || v.impact === 'critical').map((v) => `${v.id}: ${v.nodes[0].target.join(' ')}`));
  assert.deepEqual(found, []);
}

describe('grading by profit', { skip }, () => {
  let site, page;

  const api = (on, method, path, body) => on.evaluate(async ([method, path, body]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const answer = await fetch('/api/v1' + path, {
      method,
      headers: { 'X-CSRF-Token': session.csrf, ...(body ? { 'Content-Type': 'application/json' } : {}) },
      body: body && JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json().catch(() => null) };
  }, [method, path, body]);
  const shot = async (on, name) => shots && on.screenshot({ path: `${shots}/${name}.png`, fullPage: true });

  /* Until nobody is graded any more. */
  async function graded() {
    for (let tries = 0; ; tries++) {
      const { body } = await api(page, 'GET', '/grade_runs?sort=-id&limit=1');
      if (body.data[0]?.settings.measure === 'profit' && body.data[0].finished_at !== null) return;
      assert.ok(tries < 2400, JSON.stringify(body.data[0]));
      await page.waitForTimeout(100);
    }
  }

  before(async () => {
    site = await openSite('demo');
    page = await openPage(site);
    await signIn(page, site);
  });
  after(async () => assert.equal(await site.close(), 0));

  test('the third choice is tried, saved and graded by', async () => {
    await page.goto(site.url + '/value/policy');
    await page.waitForSelector('[data-test=moved]');
    assert.deepEqual(await page.locator('[data-test=measure] .el-segmented__item-label').allInnerTexts(), ['销售额', '毛利', '净贡献']);
    const before_ = await page.innerText('[data-test=moved]');
    await page.locator('[data-test=measure] .el-segmented__item', { hasText: '净贡献' }).click();
    await page.waitForFunction((was) => document.querySelector('[data-test=moved]')?.textContent !== was, before_);
    await shot(page, 'policy-zh');
    await accessible(page);
    await page.click('[data-test=save-rules]');
    await graded();
  });

  test('a customer\'s page lists the margins and costs behind it', async () => {
    const { body } = await api(page, 'GET', '/customers?grade[empty]=false&cost_to_serve[gt]=0&sort=-net_profit&limit=1');
    const { id, net_profit } = body.data[0];
    await page.goto(`${site.url}/customers/${id}`);
    await page.click('[data-test=why]');
    await page.waitForSelector('[data-why=costs] tbody tr');
    assert.ok((await page.locator('[data-why=margins] tbody tr').count()) > 0);
    const shown = (await page.innerText('[data-test=made-of-sum]')).replace(/[^\d.-]/g, '');
    assert.equal(Number(shown), Number(Number(net_profit).toFixed(2)), 'they add up to the profit that is shown');
    await accessible(page);
    for (const part of ['basis', 'margins', 'costs'])
      if (shots) await page.locator(`[data-why=${part}]`).screenshot({ path: `${shots}/why-${part}-zh.png` });
  });

  test('in English on a narrow window nothing sticks out', async () => {
    const narrow = await openPage(site, { language: 'en-US', size: [390, 844] });
    await signIn(narrow, site);
    await narrow.locator('[aria-label="切换语言"], [title="切换语言"]').first().click();
    await narrow.waitForFunction(() => document.documentElement.lang.startsWith('en'));
    await narrow.goto(site.url + '/value/policy');
    await narrow.waitForSelector('[data-test=moved]');
    assert.deepEqual(await narrow.locator('[data-test=measure] .el-segmented__item-label').allInnerTexts(), ['Sales', 'Margin', 'Profit']);
    await shot(narrow, 'policy-narrow-en');
    const wide = await narrow.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false);
    await narrow.goto(site.url + '/value/churn?tab=retention');
    await narrow.waitForSelector('[data-test=cost] [data-source]');
    await accessible(narrow);
    if (shots) await narrow.locator('[data-test=cost]').screenshot({ path: `${shots}/retention-cost-en.png` });
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
