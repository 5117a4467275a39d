/* The drop desk: a loss-maker is looked into and proposed, somebody else
 * decides, the letter is taken down; the customer's own page tells its costs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { api, axeSource, begin, end, fits, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();

/* Nothing serious or critical. */
async function accessible(on) {
  if (axeSource()) assert.deepEqual(await violations(on), []);
}

describe('drop desk', { skip }, () => {
  let site, page, id;

  const make = async (path, body) => {
    const made = await api(page, 'POST', path, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  };

  before(async () => {
    ({ site, page } = await begin('init'));
    await page.goto(site.url + '/value/drop');
    await page.waitForSelector('.hint'); /* no standard cost is set */
    assert.equal((await api(page, 'PUT', '/settings', { 'cost.visit': '200', 'cost.call': '20', 'drop.self_approval': true })).status, 200);
    id = await make('/customers', { name: '纠缠不休', phone: '13811112222', kind: 'person' });
    const product = await make('/products', { name: '桌子', price: '100', cost: '60' });
    const order = await make('/orders', { customer_id: id, number: 'A1', ordered_on: '2026-01-05', discount_percent: '20' });
    await make('/order_lines', { order_id: order, product_id: product, product_name: '桌子', quantity: '1', unit_price: '80' });
    await make('/interactions', { customer_id: id, channel: 'visit', content: 'x', happened_at: '2026-01-07T02:00:00Z' });
    await make('/cost_entries', { customer_id: id, kind: 'bad_debt', incurred_on: '2026-01-08', amount: 8000, currency: 'CNY' });
  });
  after(() => end(site));

  test('tells what a loss-maker brings and costs', async () => {
    await page.goto(site.url + '/value/drop');
    await page.click(`[data-loser="${id}"]`);
    await page.waitForSelector('[data-cost=visit]');
    assert.equal(await page.locator('.hint').count(), 0);
    const text = await page.locator('[data-test=costs]').innerText();
    for (const words of ['40.00', '200.00', '20.00', '80.00', '拜访', '折扣', '坏账']) assert.ok(text.includes(words), `${words}: ${text}`);
    assert.match(await page.locator('[data-test=net]').innerText(), /260\.00/);
    await shoot(page, 'drop-zh');
  });

  test('without moves between grades the policy page says so', async () => {
    await page.goto(site.url + '/value/policy');
    await page.waitForSelector('[data-test=no-moves]');
    assert.match(await page.innerText('[data-test=no-moves]'), /还没有客户变动过等级/);
    await page.goto(site.url + '/value/drop');
    await page.click(`[data-loser="${id}"]`);
  });

  test('a proposal is made, decided and told in a letter', async () => {
    await page.click('[data-test=propose]');
    for (const [field, option] of [['can_rise', '不能'], ['must_go', '是']]) {
      await page.click(`.el-select:has(#field-${field})`);
      await page.locator('.el-select-dropdown__item:visible', { hasText: new RegExp(`^${option}$`) }).first().click();
    }
    await page.click('.el-select:has(#field-measures)');
    await page.locator('.el-select-dropdown__item:visible', { hasText: '不再接纳' }).click();
    await page.keyboard.press('Escape');
    await page.fill('#field-reason', '同一问题反复来电。');
    await page.fill('#field-effective_on', '2026-02-01');
    await page.keyboard.press('Enter');
    await shoot(page, 'drop-form');
    await page.click('[data-test=chosen] [data-test=save]');
    await page.waitForSelector('[data-verb=approve]');
    /* its own page has the steps too */
    await page.goto(`${site.url}/drop_decisions/${await page.getAttribute('[data-decision]', 'data-decision')}`);
    await page.click('[data-test=decision-steps] [data-verb=approve]');
    await page.locator('.el-message-box__btns .el-button--primary').click();
    await page.waitForSelector('[data-test=decision-steps] [data-verb=lift]');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=letter-zh]')]);
    const letter = readFileSync(await download.path(), 'utf8');
    assert.ok(letter.includes('纠缠不休') && letter.includes('不再'), letter);
    await page.click('[data-test=letter-sent]');
    await page.fill('.el-message-box input', '2099-01-01');
    await page.locator('.el-message-box__btns .el-button--primary').click();
    await page.waitForSelector('.el-message-box__errormsg:visible'); /* not before it is sent */
    await page.fill('.el-message-box input', '2026-01-20');
    await page.locator('.el-message-box__btns .el-button--primary').click();
    await page.waitForSelector('[data-test=letter-day]');
    assert.match(await page.innerText('[data-test=letter-day]'), /2026-01-20/);
    const decided = await api(page, 'GET', `/drop_decisions?customer_id=${id}&limit=1`);
    assert.equal(decided.body.data[0].letter_sent_on, '2026-01-20');
    await shoot(page, 'drop-decided');
    const again = await api(page, 'POST', '/customers', { name: '又来', phone: '13811112222', kind: 'person' });
    assert.deepEqual([again.status, again.body.errors[0].field], [422, 'phone']);
    assert.ok(again.body.errors[0].message.includes('纠缠不休'), again.body.errors[0].message);
  });

  test('a bar whose decision is in the bin is lifted here', async () => {
    const gone = await make('/customers', { name: '已删除者', phone: '13855556666', kind: 'person' });
    const decision = await make('/drop_decisions', { customer_id: gone, can_rise: 'no', must_go: 'yes', measures: ['no_reentry'], reason: 'x', effective_on: '2026-02-01' });
    assert.equal((await api(page, 'POST', `/drop_decisions/${decision}/approve`, {})).status, 200);
    assert.ok((await api(page, 'DELETE', `/customers/${gone}`)).status < 300);
    await page.goto(site.url + '/value/drop');
    const row = page.locator(`[data-bar="${decision}"]`);
    await row.waitFor();
    assert.match(await row.innerText(), /13855556666[\s\S]*在回收站/);
    await accessible(page);
    await shoot(page, 'drop-bars');
    await row.locator('[data-test=lift-bar]').click();
    await page.fill('.el-message-box textarea', '已结清');
    await page.locator('.el-message-box__btns .el-button--primary').click();
    await row.waitFor({ state: 'detached' });
    await make('/customers', { name: '新客户', phone: '13855556666', kind: 'person' });
  });

  test('what is decided stands at the customer, with the service of the next lower grade', async () => {
    const until = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
    const lowered = await make('/customers', { name: '降级者', grade_override: 'main', grade_override_reason: '约定', grade_override_until: until });
    const decision = await make('/drop_decisions', { customer_id: lowered, can_rise: 'no', must_go: 'no', measures: ['service_tier', 'fee'], reason: 'x', terms: '每月 6 元', effective_on: '2026-02-01' });
    const [policies] = [(await api(page, 'GET', '/grade_policies?limit=10')).body.data];
    if (!policies.length) for (const [grade, service_level] of [['main', '专人'], ['ordinary', '热线']]) await make('/grade_policies', { grade, service_level });
    assert.equal((await api(page, 'POST', `/drop_decisions/${decision}/approve`, {})).status, 200);
    await page.goto(`${site.url}/customers/${lowered}`);
    await page.waitForSelector('[data-test=lowered]');
    assert.match(await page.innerText('[data-test=lowered]'), /普通客户/);
    assert.match(await page.innerText('[data-test=drop-note]'), /降低服务等级[\s\S]*2026-02-01[\s\S]*每月 6 元/);
    await accessible(page);
    await shoot(page, 'drop-note');
  });

  test('the page of the customer tells the same, in English on a narrow window too', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.locator('[role=tab]', { hasText: '服务成本' }).click();
    await page.waitForSelector('[data-cost=bad_debt]');
    assert.match(await page.locator('[data-test=net]').innerText(), /260\.00/);
    await shoot(page, 'drop-360');
    const narrow = await openPage(site, { language: 'en', size: [390, 844] });
    await signIn(narrow, site);
    await speak(narrow, 'en');
    await narrow.goto(site.url + '/value/drop');
    await narrow.click(`[data-loser="${id}"]`);
    await narrow.waitForSelector('[data-test=net]');
    assert.match(await narrow.locator('[data-test=costs]').innerText(), /Profit after cost to serve/);
    await fits(narrow);
    await shoot(narrow, 'drop-narrow');
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
