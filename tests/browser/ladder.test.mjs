/* The ladder page: its numbers open the lists they count; strategies are edited
 * on a page of their own and stand, with their tasks, on the customer; so does
 * the checklist of a relation that ends. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, begin, end, fits, get, openPage, shoot, signIn, speak, unable } from './site.mjs';

const skip = await unable();

describe('ladder', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('demo')));
  after(() => end(site));

  test('each number opens the list it counts', async () => {
    await page.goto(site.url + '/value/ladder');
    await page.waitForSelector('[data-rung=client]');
    await shoot(page, 'ladder-page');
    const told = Number((await page.innerText('[data-rung=client] td.number a')).replace(/\D/g, ''));
    assert.ok(told > 0);
    await page.click('[data-rung=client] td.number a');
    await page.waitForSelector('[data-id]');
    assert.match(page.url(), /ladder_rung=client/);
    const { body } = await api(page, 'GET', '/customers?ladder_rung=client&limit=1&count=exact');
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
    await shoot(page, 'ladder-edit');
    await page.click(`${plan} [data-test=save-plan]`);
    await page.waitForSelector(`${plan} .lines li:has-text("上门拜访")`);
    assert.match(await page.innerText(`${plan} .lines`), /打电话 7 天内\s+上门拜访 12 天内/);
    const { body } = await api(page, 'GET', '/lifecycle_plans?stage=recovery');
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
    await shoot(page, 'ladder-levels');
    const { body } = await api(page, 'GET', '/customers?ladder_rung=client&limit=1&sort=-sales');
    const { id } = body.data[0];
    const set = await api(page, 'PATCH', `/customers/${id}`, { relation_level: 'accountable', bonds: ['social'] });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await page.goto(`${site.url}/customers/${id}`);
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector(`${plan} [data-test=stage-tasks] li`);
    const text = await page.innerText(plan);
    assert.match(text, /关系水平：负责型/);
    assert.match(text, /售后回访/);
    assert.match(await page.innerText('[data-plan=social]'), /社交[\s\S]*天内/);
    await shoot(page, 'ladder-strategy');
    await page.goto(site.url + '/value/strategies?tab=level');
    await page.click(`${plan} [data-test=customers]`);
    await page.waitForSelector(`[data-id="${id}"]`);
    assert.match(page.url(), /relation_level=accountable/);
    await page.goto(site.url + '/value/strategies?tab=bond');
    await page.click('[data-plan=social] [data-test=customers]');
    await page.waitForSelector(`[data-id="${id}"]`);
    assert.deepEqual(page.errors, []);
  });

  test('switched on, a strategy tells whom it waits for and makes their tasks', async () => {
    const plan = '[data-plan=partnership]';
    const { id } = (await get(page, '/lifecycle_plans?stage=partnership')).data[0];
    for (const { id: customer } of (await get(page, '/customers?limit=4&sort=-sales')).data)
      assert.equal((await api(page, 'PATCH', `/customers/${customer}`, { relation_level: 'partnership' })).status, 200);
    await page.goto(site.url + '/value/strategies?tab=level');
    await page.waitForSelector(`${plan} [data-test=act-now]:has-text("启用后可为 4 位")`);
    assert.equal(await page.locator(`${plan} [data-test=act]`).count(), 0, 'off: nothing to press');
    await page.click(`${plan} [data-test=edit-plan]`);
    await page.click(`${plan} .el-switch`);
    await page.click(`${plan} [data-test=save-plan]`);
    await page.waitForSelector(`${plan} [data-test=act]`);
    await shoot(page, 'ladder-act');
    await page.click(`${plan} [data-test=act]`);
    await page.waitForSelector('.el-message:has-text("已生成")');
    await page.waitForSelector(`${plan} [data-awaits]`, { state: 'detached' });
    const made = (await get(page, `/tasks?lifecycle_plan_id=${id}&limit=100`)).data;
    assert.equal(new Set(made.map((k) => k.customer_id)).size, 4);
    assert.deepEqual(page.errors, []);
  });

  test('without the right to orders the strategies stand without counts', async () => {
    const made = async (path, data) => {
      const answer = await api(page, 'POST', path, data);
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
    const { body } = await api(page, 'GET', '/customers?ladder_rung=client&limit=1');
    const { id } = body.data[0];
    await page.goto(`${site.url}/customers/${id}`);
    await page.waitForSelector('[data-test=why]');
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector('[data-test=ladder-panel] [data-rule=ladder_rung]');
    assert.match(await page.innerText('[data-rule=ladder_rung]'), /客户[\s\S]*近期订单/);
    await shoot(page, 'ladder-customer');
    const ended = await api(page, 'PATCH', `/customers/${id}`, { relation_ended_on: new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10), relation_ended_reason: '搬走了' });
    assert.equal(ended.status, 200, JSON.stringify(ended.body));
    await page.reload();
    await page.click('[role=tab]:has-text("关系阶梯")');
    await page.waitForSelector('[data-test=stage-tasks] li');
    assert.match(await page.innerText('[data-test=ladder-panel]'), /终止清单/);
    await shoot(page, 'ladder-ended');
    const first = '[data-test=stage-tasks] li >> nth=0';
    await page.click(`${first} >> .el-checkbox`);
    await page.waitForSelector('[data-test=stage-tasks] .el-checkbox.is-checked');
    assert.deepEqual(page.errors, []);
  });

  for (const [name, language, size] of [['en', 'en-US', [1440, 900]], ['phone', 'zh-CN', [390, 844]]])
    test(`it fits: ${name}`, async () => {
      const other = await openPage(site, { language, size });
      await signIn(other, site);
      await speak(other, language);
      await other.goto(site.url + '/value/ladder');
      await other.waitForSelector('[data-stage=ended]');
      await fits(other);
      await shoot(other, `ladder-${name}`);
      await other.goto(site.url + '/value/strategies?tab=bond');
      await other.click('[data-plan=structural] [data-test=edit-plan]');
      await other.waitForSelector('[data-plan=structural] .task');
      await fits(other);
      await shoot(other, `strategies-${name}`);
      await other.close();
    });
});
