/* The drop desk: a loss-maker is looked into and proposed, somebody else
 * decides, the letter is taken down; the customer's own page tells its costs. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();
const shots = process.env.GUANXI_SHOTS; /* a folder: to be looked at */

describe('drop desk', { skip }, () => {
  let site, page, id;

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
  const make = async (path, body) => {
    const made = await api(page, 'POST', path, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  };

  before(async () => {
    site = await openSite('init');
    page = await openPage(site);
    await signIn(page, site);
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
  after(async () => assert.equal(await site.close(), 0));

  test('tells what a loss-maker brings and costs', async () => {
    await page.goto(site.url + '/value/drop');
    await page.click(`[data-loser="${id}"]`);
    await page.waitForSelector('[data-cost=visit]');
    assert.equal(await page.locator('.hint').count(), 0);
    const text = await page.locator('[data-test=costs]').innerText();
    for (const words of ['40.00', '200.00', '20.00', '80.00', '拜访', '折扣', '坏账']) assert.ok(text.includes(words), `${words}: ${text}`);
    assert.match(await page.locator('[data-test=net]').innerText(), /260\.00/);
    await shot(page, 'drop-zh');
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
    await shot(page, 'drop-form');
    await page.click('[data-test=chosen] [data-test=save]');
    await page.waitForSelector('[data-verb=approve]');
    await page.click('[data-verb=approve]');
    await page.locator('.el-message-box__btns .el-button--primary').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=letter-zh]')]);
    const letter = readFileSync(await download.path(), 'utf8');
    assert.ok(letter.includes('纠缠不休') && letter.includes('不再'), letter);
    await shot(page, 'drop-decided');
    const again = await api(page, 'POST', '/customers', { name: '又来', phone: '13811112222', kind: 'person' });
    assert.deepEqual([again.status, again.body.errors[0].field], [422, 'phone']);
    assert.ok(again.body.errors[0].message.includes('纠缠不休'), again.body.errors[0].message);
  });

  test('the page of the customer tells the same, in English on a narrow window too', async () => {
    await page.goto(`${site.url}/customers/${id}`);
    await page.locator('[role=tab]', { hasText: '服务成本' }).click();
    await page.waitForSelector('[data-cost=bad_debt]');
    assert.match(await page.locator('[data-test=net]').innerText(), /260\.00/);
    await shot(page, 'drop-360');
    const narrow = await openPage(site, { language: 'en', size: [390, 844] });
    await signIn(narrow, site);
    await narrow.locator('[aria-label="切换语言"], [title="切换语言"]').first().click();
    await narrow.waitForFunction(() => document.documentElement.lang.startsWith('en'));
    await narrow.goto(site.url + '/value/drop');
    await narrow.click(`[data-loser="${id}"]`);
    await narrow.waitForSelector('[data-test=net]');
    assert.match(await narrow.locator('[data-test=costs]').innerText(), /Profit after cost to serve/);
    const wide = await narrow.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, 'nothing sticks out');
    await shot(narrow, 'drop-narrow');
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
