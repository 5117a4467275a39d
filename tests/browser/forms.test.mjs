/* Forms as somebody meets them for the first time: names instead of numbers, a
 * day that is right, words for what is wrong, and nothing typed that is lost. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, axeSource, begin, end, eventually, fits, get, openPage, shoot, signIn, speak, unable, violations } from './site.mjs';

const skip = await unable();

describe('forms', { skip }, () => {
  let site, page, id;
  const NAME = '杭州云杉文具有限公司';

  /* The day in the company's zone. */
  const today = async () => {
    const { company } = await get(page, '/session');
    return new Intl.DateTimeFormat('sv-SE', { timeZone: company.zone }).format(new Date());
  };
  /* What a choice shows. */
  const shown = (on, field) => on.locator(`.el-select:has(#field-${field}) .el-select__placeholder`).innerText();

  async function accessible(on) {
    if (axeSource()) assert.deepEqual(await violations(on), []);
  }

  before(async () => {
    ({ site, page } = await begin('init'));
    const made = await api(page, 'POST', '/customers', { name: NAME, kind: 'organization' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    id = made.body.id;
  });
  after(() => end(site));

  test('a contact, an order and a decision name their customer', async () => {
    for (const what of ['contacts', 'orders', 'drop_decisions']) {
      /* A page that has never met the customer. */
      const fresh = await openPage(site);
      await signIn(fresh, site);
      await fresh.goto(`${site.url}/${what}/new?customer_id=${id}`);
      await fresh.waitForSelector('#field-customer_id');
      await eventually(what, () => shown(fresh, 'customer_id'), (text) => text === NAME);
      await shoot(fresh, `form-${what}-zh`);
      assert.deepEqual(fresh.errors, []);
      await fresh.context().close();
    }
  });

  test('a policy is named by its grade', async () => {
    const [main] = (await get(page, '/grade_policies?grade=main')).data;
    await page.goto(`${site.url}/tasks?policy_id=${main.id}`);
    const chip = page.locator('[data-test=chip]');
    await eventually('the chip', () => chip.innerText(), (text) => text.includes('主要客户'));
    await speak(page, 'en');
    await eventually('the chip', () => chip.innerText(), (text) => /\bMain\b/.test(text));
    await speak(page, 'zh');
  });

  test('an order is of today; a day to come is asked about', async () => {
    await page.goto(`${site.url}/orders/new?customer_id=${id}`);
    await page.waitForSelector('#field-ordered_on');
    assert.equal(await page.inputValue('#field-ordered_on'), await today());
    assert.equal(await page.locator('[data-hint=ordered_on]').count(), 0);
    await page.fill('#field-number', 'F-1');
    await page.fill('#field-ordered_on', '2199-12-31');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-hint=ordered_on]');
    await accessible(page);
    await shoot(page, 'form-order-future-zh');
    await page.click('[data-test=save]');
    await page.waitForSelector('.el-message-box:has-text("2199-12-31")');
    await page.locator('.el-message-box__btns .el-button').first().click();
    await page.waitForSelector('.el-message-box', { state: 'hidden' });
    assert.equal((await get(page, '/orders?number=F-1')).data.length, 0, 'nothing is saved before the answer');
    assert.equal(await page.inputValue('#field-number'), 'F-1');
    await page.fill('#field-ordered_on', '2026-01-05');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-hint=ordered_on]', { state: 'detached' });
    await page.click('[data-test=save]');
    await page.waitForURL(/\/orders\/\d+/);
    assert.equal((await get(page, '/orders?number=F-1')).data[0].ordered_on, '2026-01-05');
  });

  test('a number out of range is told, and what was typed stays', async () => {
    await page.goto(site.url + '/value/policy');
    const of = (grade, name) => page.locator(`[data-policy=${grade}] [data-number=${name}] input, [data-policy=${grade}] input[data-number=${name}]`);
    const save = (grade) => page.click(`[data-policy=${grade}] [data-test=save-policy]`);
    const was = (await get(page, '/grade_policies?grade=main')).data[0];
    await of('small', 'contact_days').fill('77'); /* not saved yet */
    await of('main', 'contact_days').fill('-5');
    await of('main', 'discount_max').fill('100.01');
    await save('main');
    await page.waitForSelector('[data-policy=main] label:has([data-number=contact_days]) [role=alert]');
    assert.equal(await of('main', 'contact_days').inputValue(), '-5');
    assert.equal(await of('main', 'discount_max').inputValue(), '100.01');
    const now = (await get(page, '/grade_policies?grade=main')).data[0];
    assert.deepEqual([now.rev, now.contact_days, now.discount_max], [was.rev, was.contact_days, was.discount_max]);
    await accessible(page);
    await shoot(page.locator('[data-policy=main]'), 'policy-wrong-zh');
    await of('main', 'contact_days').fill('25');
    await save('main');
    await page.waitForSelector('[data-policy=main] label:has([data-number=discount_max]) [role=alert]');
    assert.equal((await get(page, '/grade_policies?grade=main')).data[0].rev, was.rev);
    await of('main', 'discount_max').fill('abc');
    await save('main'); /* the page itself knows that this is no number */
    await page.waitForSelector('[data-policy=main] [role=alert]:has-text("请填数字")');
    await of('main', 'discount_max').fill('12.5');
    await save('main');
    await eventually('it is saved', async () => (await get(page, '/grade_policies?grade=main')).data[0], (p) => p.contact_days === 25 && Number(p.discount_max) === 12.5);
    await page.waitForSelector('[data-policy=main] [data-test=save-policy]:disabled');
    assert.equal(await of('small', 'contact_days').inputValue(), '77', 'what was typed in another policy stays');
    await save('small');
    await eventually('that too', async () => (await get(page, '/grade_policies?grade=small')).data[0], (p) => p.contact_days === 77);
  });

  test('numbers of a trial and of tasks are told when they are wrong, not changed', async () => {
    const set = await api(page, 'PUT', '/settings', { 'value.window_months': 90 });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await page.goto(site.url + '/value/policy');
    const input = (cut) => page.locator(`[data-cut=${cut}] input`);
    const wrong = (cut) => page.waitForSelector(`[data-cut=${cut}] [role=alert]`);
    const right = (cut) => page.waitForSelector(`[data-cut=${cut}] [role=alert]`, { state: 'detached' });
    await page.waitForSelector('[data-cut=window_months] input');
    assert.equal(await input('window_months').inputValue(), '90', 'a slider that ends before it changes nothing');
    assert.ok(await page.isDisabled('[data-test=save-rules]'));
    for (const [cut, bad, good] of [['tier_vip', '150', '1'], ['tier_vip', 'abc', '1'], ['window_months', '500', '90'], ['window_months', '1.5', '90'], ['credit', '-3', '0'], ['credit', '101', '0']]) {
      await input(cut).fill(bad);
      await input(cut).press('Tab');
      await wrong(cut);
      assert.equal(await input(cut).inputValue(), bad, cut);
      assert.ok(await page.isDisabled('[data-test=save-rules]'), `${cut} ${bad}`);
      await input(cut).fill(good);
      await right(cut);
    }
    await input('tier_vip').fill('150');
    await wrong('tier_vip');
    await accessible(page);
    await shoot(page.locator('.trial'), 'trial-wrong-zh');

    await page.goto(site.url + '/value/strategies');
    const plan = '[data-plan=recovery]';
    const was = (await get(page, '/lifecycle_plans?stage=recovery')).data[0];
    await page.click(`${plan} [data-test=edit-plan]`);
    const days = page.locator(`${plan} .task >> nth=0 >> input >> nth=1`);
    for (const bad of ['9999', '-1', '2.5', '三天']) {
      await days.fill(bad);
      await page.waitForSelector(`${plan} .task [role=alert]`);
      await page.click(`${plan} [data-test=save-plan]`);
      assert.equal(await days.inputValue(), bad);
    }
    await accessible(page);
    assert.equal((await get(page, '/lifecycle_plans?stage=recovery')).data[0].rev, was.rev, 'nothing is saved');
    await days.fill('12');
    await page.click(`${plan} [data-test=save-plan]`);
    await page.waitForSelector(`${plan} form`, { state: 'detached' });
    assert.match((await get(page, '/lifecycle_plans?stage=recovery')).data[0].tasks, /\| 12/);
  });

  test('an address of the web is taken as people write it', async () => {
    await page.goto(site.url + '/customers/new');
    await page.fill('#field-name', '写网址的公司');
    await page.fill('#field-website', 'www.example.cn');
    await page.click('[data-test=save]');
    await page.waitForURL(/\/customers\/\d+/);
    const [row] = (await get(page, '/customers?sort=-id&limit=1')).data;
    assert.deepEqual([row.name, row.website], ['写网址的公司', 'https://www.example.cn']);
  });

  test('a new customer is a company; the kind is changed afterwards and nothing goes', async () => {
    const kindShown = () => shown(page, 'kind');
    await page.goto(site.url + '/customers/new');
    await eventually('the kind', kindShown, (text) => text === '企业');
    const made = await api(page, 'POST', '/customers', { name: '绍兴其昌布业有限公司', kind: 'person', blood_type: 'a', spouse_name: '李梅' });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    await page.goto(`${site.url}/customers/${made.body.id}`);
    await page.click('[data-test=edit]');
    await eventually('the kind', kindShown, (text) => text === '个人');
    assert.equal(await page.locator('[data-hint=kind]').count(), 0);
    await page.click('.el-select:has(#field-kind)');
    await page.click('.el-select-dropdown__item:visible:has-text("企业")');
    await page.waitForSelector('[data-hint=kind]:has-text("配偶")');
    await page.click('button.title:has-text("家庭")');
    assert.equal(await page.inputValue('#field-spouse_name'), '李梅');
    await page.click('button.title:has-text("企业资料")');
    await accessible(page);
    await shoot(page, 'form-kind-zh', false);
    await page.click('[data-test=save]');
    await page.waitForSelector('#field-name', { state: 'detached' });
    const row = await get(page, `/customers/${made.body.id}`);
    assert.deepEqual([row.kind, row.blood_type, row.spouse_name], ['organization', 'a', '李梅']);
    const set = await api(page, 'PUT', '/settings', { 'company.customer_kind': 'person' });
    assert.equal(set.status, 200, JSON.stringify(set.body));
    await page.goto(site.url + '/customers/new');
    await eventually('as the setting says', kindShown, (text) => text === '个人');
    await api(page, 'PUT', '/settings', { 'company.customer_kind': 'organization' });
  });

  test('a currency is chosen: the company’s own and those with a rate', async () => {
    const rate = await api(page, 'POST', '/currency_rates', { currency: 'USD', day: '2024-01-01', rate: '7.1' });
    assert.equal(rate.status, 201, JSON.stringify(rate.body));
    const choices = async (path) => {
      await page.goto(site.url + path);
      await page.waitForSelector('.el-select:has(#field-currency)');
      await page.click('.el-select:has(#field-currency)');
      await page.waitForSelector('.el-select-dropdown__item:visible:has-text("USD · 美元")');
      return page.locator('.el-select-dropdown__item:visible').allInnerTexts();
    };
    assert.deepEqual(await choices('/orders/new'), ['CNY · 人民币', 'USD · 美元']);
    await accessible(page);
    assert.deepEqual(await choices('/products/new'), ['CNY · 人民币', 'USD · 美元']);
    assert.ok((await choices('/currency_rates/new')).length > 100, 'a rate may be of any');
    await page.click('.el-select-dropdown__item:visible:has-text("USD · 美元")');
    await eventually('chosen', () => shown(page, 'currency'), (text) => text.startsWith('USD'));
    await shoot(page, 'form-currency-zh', false);
  });

  test('in English on a narrow window nothing sticks out', async () => {
    const narrow = await openPage(site, { language: 'en-US', size: [390, 844] });
    await signIn(narrow, site);
    await speak(narrow, 'en');
    await narrow.goto(site.url + '/orders/new');
    await narrow.waitForSelector('#field-ordered_on');
    await narrow.fill('#field-ordered_on', '2199-12-31');
    await narrow.keyboard.press('Enter');
    await narrow.waitForSelector('[data-hint=ordered_on]:has-text("still to come")');
    await fits(narrow);
    await accessible(narrow);
    await shoot(narrow, 'form-order-narrow-en');
    await narrow.goto(site.url + '/value/policy');
    await narrow.waitForSelector('[data-policy=main] [data-number=contact_days]');
    await fits(narrow);
    await shoot(narrow, 'policy-narrow-en');
    assert.deepEqual([...page.errors, ...narrow.errors], []);
    await narrow.context().close();
  });
});
