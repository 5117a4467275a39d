/* The ladder page: its numbers open the lists they count; strategies are edited
 * on a page of their own and stand, with their tasks, on the customer; so does
 * the checklist of a relation that ends.
 * GUANXI_SHOTS=FOLDER keeps the screenshots. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();
const SHOTS = process.env.GUANXI_SHOTS;

describe('ladder', { skip }, () => {
  let site;
  let page;
  before(async () => {
    site = await openSite('demo');
    page = await openPage(site);
    await signIn(page, site);
  });
  after(async () => assert.equal(await site.close(), 0));

  async function shoot(name) {
    if (!SHOTS) return;
    mkdirSync(SHOTS, { recursive: true });
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(SHOTS, `ladder-${name}.png`), fullPage: true });
  }

  /* Asks the server as the page does. */
  const ask = (method, path, body) =>
    page.evaluate(async ([verb, where, what]) => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const answer = await fetch('/api/v1' + where, { method: verb, body: what && JSON.stringify(what),
        headers: { 'content-type': 'application/json', 'x-csrf-token': csrf } });
      return { status: answer.status, body: answer.status === 204 ? null : await answer.json() };
    }, [method, path, body]);

  test('each number opens the list it counts', async () => {
    await page.goto(site.url + '/value/ladder');
    await page.waitForSelector('[data-rung=client]');
    await shoot('page');
    const told = Number((await page.innerText('[data-rung=client] td.number a')).replace(/\D/g, ''));
    assert.ok(told > 0);
    await page.click('[data-rung=client] td.number a');
    await page.waitForSelector('[data-id]');
    assert.match(page.url(), /ladder_rung=client/);
    const { body } = await ask('GET', '/customers?ladder_rung=client&limit=1&count=exact');
    assert.equal(body.count.value, told);
    assert.deepEqual(page.errors, []);
  });

  test('a strategy is changed on the page, with a task and its days', async () => {
    await page.goto(site.url + '/value/strategies');
    const plan = '[data-plan=recovery]';
    await page.click(`${plan} [data-test=edit-plan]`);
    await page.fill(`${plan} form textarea`, '先查明原因，再决定。');
    while ((await page.locator(`${plan} .task`).count()) > 1) await page.click(`${plan} .task >> nth=1 >> .icon-button`);
    await page.fill(`${plan} .task >> nth=0 >> input >> nth=0`, '打电话');
    await page.click(`${plan} [data-test=add-task]`);
    await page.fill(`${plan} .task >> nth=1 >> input >> nth=0`, '上门拜访');
    await page.fill(`${plan} .task >> nth=1 >> input >> nth=1`, '12');
    await page.press(`${plan} .task >> nth=1 >> input >> nth=1`, 'Tab');
    await shoot('edit');
    await page.click(`${plan} [data-test=save-plan]`);
    await page.waitForSelector(`${plan} .lines li:has-text("上门拜访")`);
    assert.match(await page.innerText(`${plan} .lines`), /打电话 7 天内\s+上门拜访 12 天内/);
    const { body } = await ask('GET', '/lifecycle_plans?stage=recovery');
    assert.deepEqual([body.data[0].tasks, body.data[0].strategy], ['打电话\n上门拜访 | 12', '先查明原因，再决定。']);
    assert.deepEqual(page.errors, []);
  });

  test('a level is made to act, and the customer shows its strategy and tasks', async () => {
    await page.goto(site.url + '/value/strategies?tab=level');
    const plan = '[data-plan=accountable]';
    await page.click(`${plan} [data-test=edit-plan]`);
    await page.click(`${plan} .el-switch`);
    await page.click(`${plan} [data-test=save-plan]`);
    await page.waitForSelector(`${plan} form`, { state: 'detached' });
    await shoot('levels');
    const { body } = await ask('GET', '/customers?ladder_rung=client&limit=1&sort=-sales');
    const { id } = body.data[0];
    const set = await ask('PATCH', `/customers/${id}`, { relation_level: 'accountable', bonds: ['social'] });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await page.goto(`${site.url}/customers/${id}`);
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector(`${plan} [data-test=stage-tasks] li`);
    const text = await page.innerText(plan);
    assert.match(text, /关系水平：负责型/);
    assert.match(text, /售后回访/);
    assert.match(await page.innerText('[data-plan=social]'), /社交[\s\S]*天内/);
    await shoot('strategy');
    await page.goto(site.url + '/value/strategies?tab=level');
    await page.click(`${plan} [data-test=customers]`);
    await page.waitForSelector(`[data-id="${id}"]`);
    assert.match(page.url(), /relation_level=accountable/);
    await page.goto(site.url + '/value/strategies?tab=bond');
    await page.click('[data-plan=social] [data-test=customers]');
    await page.waitForSelector(`[data-id="${id}"]`);
    assert.deepEqual(page.errors, []);
  });

  test('without the right to orders the strategies stand without counts', async () => {
    const made = async (path, data) => {
      const answer = await ask('POST', path, data);
      assert.ok(answer.status < 300, JSON.stringify(answer.body));
      return answer.body;
    };
    const role = await made('/roles', { key: 'plans', name: 'plans', grants: { customer: { read: 'all' }, lifecycle_plan: { read: 'all' } } });
    const user = await made('/users', { login: 'planner', name: 'planner', role_id: role.id });
    await made(`/users/${user.id}/password`, { password: 'correct horse 45' });
    const other = await openPage(site);
    await signIn(other, { ...site, login: 'planner', password: 'correct horse 45' });
    await other.goto(site.url + '/value/strategies?tab=level');
    await other.waitForSelector('[data-plan=accountable]');
    assert.equal(await other.locator('[data-test=customers]').count(), 0);
    await other.context().close();
  });

  test('the customer shows why, and the checklist of an ended relation', async () => {
    const { body } = await ask('GET', '/customers?ladder_rung=client&limit=1');
    const { id } = body.data[0];
    await page.goto(`${site.url}/customers/${id}`);
    await page.waitForSelector('[data-test=why]');
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector('[data-test=ladder-panel] [data-rule=ladder_rung]');
    assert.match(await page.innerText('[data-rule=ladder_rung]'), /客户[\s\S]*近期订单/);
    await shoot('customer');
    const ended = await ask('PATCH', `/customers/${id}`, { relation_ended_on: new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10), relation_ended_reason: '搬走了' });
    assert.equal(ended.status, 200, JSON.stringify(ended.body));
    await page.reload();
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector('[data-test=stage-tasks] li');
    assert.match(await page.innerText('[data-test=ladder-panel]'), /终止清单/);
    await shoot('ended');
    const first = '[data-test=stage-tasks] li >> nth=0';
    await page.click(`${first} >> .el-checkbox`);
    await page.waitForSelector('[data-test=stage-tasks] .el-checkbox.is-checked');
    assert.deepEqual(page.errors, []);
  });

  for (const [name, language, size] of [['en', 'en-US', [1440, 900]], ['phone', 'zh-CN', [390, 844]]])
    test(`it fits: ${name}`, async () => {
      const other = await openPage(site, { language, size });
      await signIn(other, site);
      const english = language.startsWith('en');
      if ((await other.getAttribute('html', 'lang')) !== (english ? 'en' : 'zh-CN')) {
        await other.click('.language');
        await other.waitForSelector(`html[lang=${english ? 'en' : 'zh-CN'}]`);
      }
      await other.goto(site.url + '/value/ladder');
      await other.waitForSelector('[data-stage=ended]');
      const wide = await other.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${wide} px wider than the window`);
      if (SHOTS) await other.screenshot({ path: join(SHOTS, `ladder-${name}.png`), fullPage: true });
      await other.goto(site.url + '/value/strategies?tab=bond');
      await other.click('[data-plan=structural] [data-test=edit-plan]');
      await other.waitForSelector('[data-plan=structural] .task');
      const wider = await other.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wider <= 0, `${wider} px wider than the window`);
      if (SHOTS) await other.screenshot({ path: join(SHOTS, `strategies-${name}.png`), fullPage: true });
      await other.close();
    });
});
