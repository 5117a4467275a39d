/* Every page in both languages, both themes and on a phone: no text without a
 * translation, nothing wider than the window, no error on the console. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { end, fits, openPage, openSite, shoot, signIn, speak, unable } from './site.mjs';

const skip = await unable();
const LOOKS = [
  { name: 'zh-light', language: 'zh-CN', size: [1440, 900], dark: false },
  { name: 'en-dark', language: 'en-US', size: [1440, 900], dark: true },
  { name: 'zh-phone', language: 'zh-CN', size: [390, 844], dark: false },
  { name: 'en-phone', language: 'en-US', size: [390, 844], dark: true },
];
const PAGES = {
  work: ['/', '[data-test=figures] strong'],
  customers: ['/customers?sort=-sales', '[data-id]'],
  form: ['/customers/new', '#field-name'],
  orders: ['/orders', '[data-id]'],
  pyramid: ['/value/pyramid', '[data-tier-row=vip]'],
  rfm: ['/value/rfm', '[data-cell="5-5"]'],
  pareto: ['/value/pareto', '.chart svg'],
  matrix: ['/value/matrix', '[data-type=vip]'],
  lifetimes: ['/value/lifetimes', '[data-customer]'],
  due: ['/value/due', '[data-customer]'],
  cohorts: ['/value/cohorts', '[data-cohort]'],
  churn: ['/value/churn', '[data-band]'],
  drop: ['/value/drop', '[data-loser]'],
  policy: ['/value/policy', '[data-test=moved]'],
  ladder: ['/value/ladder', '[data-stage=ended]'],
  strategies: ['/value/strategies', '[data-plan=ended]'],
  import: ['/import', '.drop'],
  users: ['/users', '[data-id]'],
  settings: ['/system/settings', '[data-setting]'],
  tokens: ['/system/tokens', 'h1'],
  jobs: ['/system/jobs', 'h1'],
  account: ['/account', '[data-test=session]'],
  audit: ['/system/audit', '[data-entry]'],
};

describe('looks', { skip }, () => {
  let site;
  before(async () => (site = await openSite('demo')));
  after(() => end(site));

  const keep = (page, look, name) => shoot(page, `${look.name}-${name}`, false);

  async function check(page, look, name) {
    await fits(page, `${look.name} ${name}`);
    const raw = await page.evaluate(() =>
      /\b(common|menu|list|record|field|import|pyramid|tier|why|figure)\.[a-z_]+\b/.exec(document.body.innerText)?.[0]);
    assert.equal(raw, undefined, `${look.name} ${name}: a text without translation`);
    assert.deepEqual(page.errors, [], `${look.name} ${name}`);
  }

  for (const look of LOOKS) {
    test(look.name, async () => {
      const page = await openPage(site, look);
      await page.goto(site.url + '/sign-in');
      await page.waitForSelector('input[name=login]');
      await keep(page, look, 'sign-in');
      await signIn(page, site);
      const english = look.language.startsWith('en');
      await speak(page, look.language);
      for (const [name, [path, ready]] of Object.entries(PAGES)) {
        await page.goto(site.url + path);
        await page.waitForSelector(ready);
        await keep(page, look, name);
        await check(page, look, name);
      }
      const han = /[\u4e00-\u9fff]/;
      await page.goto(site.url + '/value/pyramid');
      await page.waitForSelector('[data-tier-row=vip]');
      const text = await page.innerText('#content');
      assert.equal(han.test(text), !english, `${look.name}: the page speaks the language chosen`);
      await page.click('[data-tier=vip]');
      await page.waitForSelector('[data-id]');
      await page.click('[data-id]');
      await page.waitForSelector('[data-test=why]');
      await page.waitForSelector('.timeline li');
      await keep(page, look, 'customer');
      await check(page, look, 'customer');
      await page.click('[data-test=why]');
      await page.waitForSelector('[data-test=why-panel] table');
      await keep(page, look, 'why');
      await check(page, look, 'why');
      await page.close();
    });
  }
});
