/* What axe-core finds on every route of the router and on what opens over it:
 * nothing serious or critical, in both languages, both themes, wide and on a
 * phone. A route without an address here fails. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, api, axeSource, begin, end, eventually, get, openPage, openSite, shoot, signIn, speak, still, unable, violations } from './site.mjs';

const skip = (await unable()) || (!axeSource() && 'axe-core is missing: run npm ci in tests/browser');
const SIZES = { wide: [1440, 900], phone: [390, 844] };
const LANGUAGES = { zh: 'zh-CN', en: 'en-US' };

/* Name of each route: addresses, each with what is there when it is drawn. */
const OPEN = {
  'sign-in': [['/sign-in', 'input[name=login]']],
  forgot: [['/forgot', 'h1']],
  reset: [['/reset?token=none', 'h1']],
};
const ROUTES = {
  workbench: [['/', '[data-test=figures] strong']],
  import: [['/import', '.drop']],
  'import-run': [['/import/IMPORT', 'select, .el-select']],
  pyramid: [['/value/pyramid', '[data-tier-row=vip]']],
  rfm: [['/value/rfm', '[data-cell="5-5"]']],
  pareto: [['/value/pareto', '.chart svg']],
  matrix: [['/value/matrix', '[data-type=vip]']],
  groups: [['/value/groups', '[data-group="1"]']],
  lifetimes: [['/value/lifetimes', '[data-customer]']],
  due: [['/value/due', '[data-customer]']],
  drop: [['/value/drop', '[data-loser]']],
  policy: [['/value/policy', 'h1']],
  churn: [['/value/churn', '.empty, [data-band]'], ['/value/churn?tab=losses', '.empty, [data-account]'], ['/value/churn?tab=retention', '[data-period]']],
  ladder: [['/value/ladder', '[data-rung=client]']],
  strategies: [['/value/strategies', '[data-plan=ended]'], ['/value/strategies?tab=level', '[data-plan=partnership]'], ['/value/strategies?tab=bond', '[data-plan=structural]']],
  cohorts: [['/value/cohorts', '[data-cohort]']],
  settings: [['/system/settings', '[data-setting]']],
  fields: [['/system/fields', 'h1']],
  account: [['/account', 'h1']],
  audit: [['/system/audit', 'h1']],
  tokens: [['/system/tokens', 'h1']],
  bin: [['/system/bin', '[data-binned]']],
  backups: [['/system/backups', '[data-backup]']],
  jobs: [['/system/jobs', '[data-job]']],
  records: [
    ['/customers?sort=-sales', '[data-id]'],
    ['/customers/CUSTOMER', '.timeline li'],
    ['/customers/new', '#field-name'],
    ['/roles/ROLE', '#content table'],
  ],
  nowhere: [['/no/such/page/anywhere', 'h1, strong']],
};
/* Checked where they can be reached, below. */
const ELSEWHERE = ['setup', 'second-step'];

describe('accessibility', { skip }, () => {
  let site;
  let page;
  const found = {};

  before(async () => {
    ({ site, page } = await begin('demo'));
    const best = await api(page, 'GET', '/customers?sort=-sales&limit=1&fields=id&count=none');
    found.CUSTOMER = best.body.data[0].id;
    found.ROLE = (await api(page, 'GET', '/roles?key=sales&fields=id')).body.data[0]?.id ?? 2;
    found.IMPORT = (await api(page, 'POST', '/imports?entity=customers&filename=a.csv', 'name,phone\nA,13800138000\n')).body.id;
    const made = await api(page, 'POST', '/customers', { kind: 'person', name: '回收站 Bin' });
    assert.equal((await api(page, 'DELETE', `/customers/${made.body.id}`)).status, 204);
    assert.equal((await api(page, 'POST', '/backups')).status, 202);
    await eventually('a backup is made', () => get(page, '/backups'), (made) => made.data.length > 0);
  });
  after(() => end(site));

  /* Serious and critical findings, one line each. */
  async function look(on, where, rules) {
    const told = (await violations(on, rules)).map((v) => `${where}: ${v}`);
    for (const line of told) console.log(line);
    return told;
  }

  /* In the light all rules, in the dark that of colours: nothing else differs. */
  async function inBoth(on, name) {
    const light = await look(on, name + ' light');
    await shoot(on, `access-${name.replace(/\W+/g, '-')}-light`, false);
    await on.emulateMedia({ colorScheme: 'dark' });
    await on.waitForSelector('html.dark', { state: 'attached' });
    const dark = await look(on, name + ' dark', ['color-contrast']);
    await shoot(on, `access-${name.replace(/\W+/g, '-')}-dark`, false);
    await on.emulateMedia({ colorScheme: 'light' });
    return [...light, ...dark];
  }

  test('every route is known here', () => {
    const router = readFileSync(join(ROOT, 'web/src/router.ts'), 'utf8');
    const names = [...router.matchAll(/\bname: '([\w-]+)'/g)].map((m) => m[1]).sort();
    const known = [...Object.keys(OPEN), ...Object.keys(ROUTES), ...ELSEWHERE].sort();
    assert.deepEqual(names, known);
  });

  for (const [language, locale] of Object.entries(LANGUAGES)) {
    for (const [name, size] of Object.entries(SIZES)) {
      /* each language and each size once; all pairs in the long run */
      const pair = process.env.TORTURE || (language === 'zh') === (name === 'wide');
      test(`${language}, ${name}: every route`, { skip: !pair && 'in the long run' }, async () => {
        const on = await openPage(site, { language: locale, size });
        const wrong = [];
        const walk = async (routes) => {
          for (const [path, ready] of Object.values(routes).flat()) {
            await on.goto(site.url + path.replace(/[A-Z]{3,}$/, (key) => found[key]));
            await on.waitForSelector(ready);
            wrong.push(...(await inBoth(on, `${language} ${name} ${path}`)));
          }
        };
        await walk(OPEN);
        await signIn(on, site);
        await speak(on, language);
        await walk(ROUTES);
        assert.deepEqual(wrong, []);
        assert.deepEqual(on.errors, []);
        await on.context().close();
      });
    }
  }

  test('lists of every entity, and a record of each', async () => {
    const on = await openPage(site);
    await signIn(on, site);
    const wrong = [];
    const schema = await api(page, 'GET', '/schema');
    for (const entity of schema.body.entities.filter((e) => e.list.length)) {
      await on.goto(`${site.url}/${entity.plural}`);
      await on.waitForSelector('[data-id], .empty');
      wrong.push(...(await look(on, entity.plural)));
      if (!(await on.locator('[data-id]').count())) continue;
      await on.locator('[data-id]').first().click();
      await on.waitForSelector('.drawer h1, .drawer h2, .drawer dl');
      wrong.push(...(await look(on, entity.plural + ' record')));
    }
    assert.deepEqual(wrong, []);
    await on.context().close();
  });

  test('what opens over a page', async () => {
    for (const [name, size] of Object.entries(SIZES)) {
      const on = await openPage(site, { size });
      await signIn(on, site);
      const wrong = [];
      const step = async (what, path, ready, act, there) => {
        await on.goto(site.url + path);
        await on.waitForSelector(ready);
        await act();
        await on.waitForSelector(there);
        await still(on);
        wrong.push(...(await inBoth(on, `${name} ${what}`)));
      };
      if (name === 'wide') {
        await step('user menu', '/', '[data-test=figures] strong', () => on.locator('.el-dropdown').last().click(), '.el-dropdown-menu:visible');
        await step('export', '/customers', '[data-id]', () => on.click('[data-test=export]'), '.el-dialog');
      } else {
        await step('menu', '/', '[data-test=figures] strong', () => on.locator('header .icon-button').first().click(), 'nav .entry:visible');
      }
      await step('palette', '/', '[data-test=figures] strong', () => on.keyboard.press('Control+k'), '[role=dialog] input');
      await step('filter', '/customers', '[data-id]', () => on.locator('.bar button').first().click(), '.el-popper:visible');
      await step('new field', '/system/fields', 'h1', () => on.locator('[data-test=add-field]').first().click(), '#f-type');
      await step('form', '/customers/' + found.CUSTOMER, '.timeline li', () => on.click('[data-test=edit]'), '#field-name');
      await step('share', '/customers/' + found.CUSTOMER, '.timeline li', () => on.click('[data-test=share]'), '[data-test=do-share]');
      await step('strategy', '/value/strategies?tab=level', '[data-plan=basic]', () => on.click('[data-plan=basic] [data-test=edit-plan]'), '[data-plan=basic] .task');
      await step('why', '/customers/' + found.CUSTOMER, '.timeline li', () => on.click('[data-test=why]'), '[data-test=why-panel] table');
      assert.deepEqual(wrong, []);
      await on.context().close();
    }
  });

  test('the first administrator', async () => {
    const empty = await openSite('empty');
    try {
      const on = await openPage(empty);
      await on.goto(empty.url);
      await on.waitForSelector('input');
      assert.match(on.url(), /\/setup$/);
      assert.deepEqual(await inBoth(on, 'setup'), []);
    } finally {
      assert.equal(await empty.close(), 0);
    }
  });
});
