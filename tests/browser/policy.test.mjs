/* Grading rules: the three measures are tried and one is saved; then the page
 * of a customer lists what its contribution is made of, in both languages. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, axeSource, begin, end, eventually, fits, get, gradingOver, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();

/* Nothing serious or critical. */
async function accessible(on) {
  if (axeSource()) assert.deepEqual(await violations(on), []);
}

describe('grading by profit', { skip }, () => {
  let site, page;

  /* Until nobody is graded any more. */
  async function graded() {
    const newest = async () => (await get(page, '/grade_runs?sort=-id&limit=1')).data[0];
    await eventually('graded by profit', newest, (run) => run?.settings.measure === 'profit' && run.finished_at !== null);
    await gradingOver(page);
  }

  before(async () => ({ site, page } = await begin('demo')));
  after(() => end(site));

  test('the third choice is tried, saved and graded by', async () => {
    await page.goto(site.url + '/value/policy');
    await page.waitForSelector('[data-test=moved]');
    assert.deepEqual(await page.locator('[data-test=measure] .el-segmented__item-label').allInnerTexts(), ['销售额', '毛利', '净贡献']);
    const before_ = await page.innerText('[data-test=moved]');
    await page.locator('[data-test=measure] .el-segmented__item', { hasText: '净贡献' }).click();
    await page.waitForFunction((was) => document.querySelector('[data-test=moved]')?.textContent !== was, before_);
    await shoot(page, 'policy-zh');
    await accessible(page);
    await page.click('[data-test=save-rules]');
    await graded();
  });

  test('the pyramid tells by what it ranks, and the profit of each tier beside the claim', async () => {
    const { body } = await api(page, 'GET', '/analytics/tier_profits');
    assert.equal(body.measure, 'profit');
    for (const [language, size] of [['zh', [1440, 900]], ['en', [390, 844]]]) {
      await page.setViewportSize({ width: size[0], height: size[1] });
      await page.goto(site.url + '/value/pyramid');
      await speak(page, language);
      await page.waitForSelector('[data-tier-row=vip] [data-test=profit]');
      assert.match(await page.innerText('[data-test=pyramid-rule]'), language === 'zh' ? /按净贡献/ : /Ranked by Profit/);
      const best = body.tiers.filter((x) => x.tier === 'vip' || x.tier === 'main').reduce((n, x) => n + x.share, 0);
      const claim = await page.innerText('[data-test=claim-profit]');
      assert.ok(claim.includes(`${(best * 100).toFixed(1)}%`), `${claim} ${best}`);
      assert.equal(await page.locator('[data-test=unknown-profit]').count(), body.customers > body.known ? 1 : 0);
      await accessible(page);
      await fits(page);
      await shoot(page, `pyramid-profit-${language}`, false);
    }
    await page.goto(site.url + '/value/pareto');
    await page.waitForSelector('[data-test=abc-rule]');
    assert.match(await page.innerText('[data-test=abc-rule]'), /Profit after cost to serve[\s\S]*not the borders/);
    await page.setViewportSize({ width: 1440, height: 900 });
    await speak(page, 'zh');
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
      await shoot(page.locator(`[data-why=${part}]`), `why-${part}-zh`);
  });

  test('a policy tells whom it waits for, and acts', async () => {
    /* A grading leaves nobody waiting: its policies act. Then there is more room. */
    await gradingOver(page);
    const [small] = (await get(page, '/grade_policies?grade=small')).data;
    const wider = await api(page, 'PATCH', `/grade_policies/${small.id}`, { cut_open: small.cut_open + 10 });
    assert.equal(wider.status, 200, JSON.stringify(wider.body));
    await page.goto(site.url + '/value/policy');
    const waiting = page.locator('[data-policy]:has([data-test=act])').first();
    await waiting.waitFor();
    await accessible(page);
    await shoot(page, 'policy-act-zh');
    const before = (await get(page, '/tasks?limit=1&count=exact&policy_id[empty]=false')).count.value;
    await waiting.locator('[data-test=act]').click();
    await page.waitForSelector('.el-message:has-text("已生成")');
    const made = (await get(page, '/tasks?limit=1&count=exact&policy_id[empty]=false')).count.value - before;
    assert.ok(made > 0);
    /* How many stays on the page and opens them. */
    const told = page.locator('[data-test=made]');
    await told.waitFor();
    assert.equal(await told.innerText(), `已生成 ${made} 项任务`);
    await shoot(page, 'policy-acted-zh');
    await told.click();
    await page.waitForURL(/\/tasks\?.*policy_id=\d+/);
  });

  test('a grade set by hand is told at the head, and each figure leads to its reasons', async () => {
    const { body } = await api(page, 'GET', '/customers?grade=small&clv_12m[empty]=false&risk_band[empty]=false&sort=id&limit=1');
    const { id } = body.data[0];
    const until = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
    const set = await api(page, 'PATCH', `/customers/${id}`, { grade_override: 'vip', grade_override_reason: '集团客户', grade_override_until: until });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await page.goto(`${site.url}/customers/${id}`);
    await page.waitForSelector('[data-test=in-force]');
    const told = await page.innerText('[data-test=in-force]');
    assert.ok(told.includes(until) && told.includes('集团客户'), told);
    /* the one in force is the large one, the computed one stands below */
    assert.equal(await page.innerText('.strip [data-test=why]'), '重要客户');
    assert.match(await page.innerText('[data-test=computed-grade]'), /小客户/);
    const step = page.locator('.timeline li.grade').first();
    assert.match(await step.innerText(), new RegExp(`人工指定等级[\\s\\S]*小客户[\\s\\S]*重要客户[\\s\\S]*${until}：集团客户`));
    await shoot(page, 'head-zh');
    await accessible(page);
    for (const name of ['rfm', 'abc_class']) {
      await page.locator('[role=tab]', { hasText: '动态' }).first().click();
      await page.waitForSelector('[data-test=why-panel]', { state: 'detached' });
      await page.click(`[data-why-of=${name}]`);
      await page.waitForSelector('[data-test=why-panel] [data-test=rfm-mode]');
    }
    await page.click('[data-why-of=clv_12m]');
    await page.waitForSelector('[data-why=effective]');
    assert.match(await page.innerText('[data-why=effective]'), new RegExp(`${until}.*集团客户`));
    assert.match(await page.innerText('[data-why=basis]'), /还差 [\d.]+%/);
    await shoot(page.locator('[data-test=why-panel]'), 'why-hand-zh', false);
    await page.click('[data-why-of=risk_band]');
    await page.waitForSelector('[data-test=risk-panel] h2');
    await page.click('[data-why-of=ladder_rung]');
    await page.waitForSelector('[data-test=ladder-panel] dl');
    await page.setViewportSize({ width: 390, height: 844 });
    await shoot(page, 'head-narrow-zh');
    await fits(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('grading everybody is offered to whom it is allowed', async () => {
    const offered = async (login) => {
      const other = await openPage(site);
      await signIn(other, { ...site, login });
      await other.goto(site.url + '/value/policy');
      await other.waitForSelector('[data-policy=main]');
      const n = await other.locator('[data-test=grade-now]').count();
      const answer = n ? null : (await api(other, 'POST', '/grading/run', {})).status;
      await other.context().close();
      return [n, answer];
    };
    assert.deepEqual(await offered('admin'), [1, null]);
    assert.deepEqual(await offered('liwei'), [0, 403]);
  });

  test('in English on a narrow window nothing sticks out', async () => {
    const narrow = await openPage(site, { language: 'en-US', size: [390, 844] });
    await signIn(narrow, site);
    await speak(narrow, 'en');
    await narrow.goto(site.url + '/value/policy');
    await narrow.waitForSelector('[data-test=moved]');
    assert.deepEqual(await narrow.locator('[data-test=measure] .el-segmented__item-label').allInnerTexts(), ['Sales', 'Margin', 'Profit']);
    await shoot(narrow, 'policy-narrow-en');
    await fits(narrow);
    await narrow.goto(site.url + '/value/churn?tab=retention');
    await narrow.waitForSelector('[data-test=cost] [data-source]');
    await accessible(narrow);
    await shoot(narrow.locator('[data-test=cost]'), 'retention-cost-en');
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
