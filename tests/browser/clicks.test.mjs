/* Every figure of the value pages opens the list of those it counts: one of
 * each kind is clicked, in the pictures too, and the list says as many. What is
 * a number in a table and opens nothing fails. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT, api, begin, end, eventually, fits, get, jobDone, shoot, speak, unable } from './site.mjs';

const skip = await unable();

/* Whole numbers in a text, with or without separators. */
const numbers = (text) => [...text.replaceAll(',', '').matchAll(/\d+/g)].map((m) => Number(m[0]));
/* How many a figure says it counts. */
const own = async (at) => numbers(await at.innerText()).at(-1);
const first = async (at) => numbers(await at.innerText())[0];
const part = (selector) => async (at) => first(at.locator(selector).first());
const attribute = (name) => async (at) => Number(await at.getAttribute(name));

/* Each page: address, what is there when it is drawn, and its kinds of figures:
 * where they are, and how many each counts. */
const PAGES = {
  pyramid: ['/value/pyramid', '[data-tier-row=vip]', {
    slice: ['polygon', async (at) => numbers(await at.locator('title').textContent()).at(-1)],
    tier: ['button[data-tier]', part('.name .quiet')],
    row: ['tr[data-tier-row]:not([data-tier-row=all])', part('td.number')],
    total: ['tr[data-tier-row=all]', part('td.number')],
    claim: ['[data-test=claim]', async (at) => (await Promise.all(['vip', 'main'].map((tier) => part('td.number')(at.page().locator(`[data-tier-row=${tier}]`))))).reduce((a, b) => a + b)],
    profit: ['[data-test=claim-profit]', async (at) => (await Promise.all(['vip', 'main'].map((tier) => part('td.number')(at.page().locator(`[data-tier-row=${tier}]`))))).reduce((a, b) => a + b)],
  }],
  matrix: ['/value/matrix', '[data-type=vip]', {
    dot: ['g.dot', async (at) => numbers(/：([\d,]+) 位/.exec(await at.getAttribute('aria-label'))[1])[0]],
    row: ['tr[data-type]', part('td.number')],
    name: ['tr[data-type] a', async (at) => first(at.locator('xpath=ancestor::tr').locator('td.number').first())],
  }],
  groups: ['/value/groups', '[data-group]', { row: ['tr[data-group]', part('td.number')] }],
  rfm: ['/value/rfm', '[data-cell="5-5"]', {
    cell: ['button[data-cell]:enabled', own],
    bar: ['.spread a.bar', own],
  }],
  pareto: ['/value/pareto', '.chart svg', {
    tenth: ['a[data-point]', attribute('data-point')],
    fifth: ['a[data-fifth]', attribute('data-fifth')],
    row: ['tr[data-class]', part('td.number')],
  }],
  cohorts: ['/value/cohorts', '[data-cohort]', {
    cell: ['a[data-month]', async (at) => numbers(/中，([\d,]+) 位/.exec(await at.locator('xpath=..').getAttribute('title'))[1])[0]],
    new: ['a[data-new]', own],
    all: ['[data-test=all-new]', own],
    average: ['a[data-average]', attribute('data-average')],
  }],
  lifetimes: ['/value/lifetimes', '[data-customer]', { known: ['[data-test=known]', first] }],
  retention: ['/value/churn?tab=retention', '[data-period]', {
    active: ['a[data-count=active]', own], new: ['a[data-count=new]', own],
    base: ['a[data-count=base]', own], kept: ['a[data-count=kept]', own],
    won: ['a[data-side]', attribute('data-side')], ledger: ['a[data-ledger]', attribute('data-ledger')], five: ['a[data-five]', attribute('data-five')],
    rate: ['a[data-rate]', attribute('data-rate')], sales: ['a[data-sales]', attribute('data-sales')],
  }],
  ladder: ['/value/ladder', '[data-rung=client]', {
    here: ['tr[data-rung] td:nth-child(2) a', own],
    reached: ['[data-test=reached]', own],
    moved: ['a[data-moved]', attribute('data-moved')],
    dwell: ['a[data-dwell]', attribute('data-dwell')],
    class: ['[data-class] a', own],
    stage: ['[data-stage] a', own],
  }],
  losses: ['/value/churn?tab=losses', '[data-account]', {
    all: ['[data-test=all-losses]', own],
    sum: ['a[data-accounts]', attribute('data-accounts')],
    cause: ['a[data-cause]', async (at) => first(at.locator('.number.quiet'))],
    harm: ['a[data-harm]:not([data-harm=referrals])', async (at) => first(at.locator('.number.quiet'))],
  }],
  costs: ['/value/drop', '[data-loser]', { kind: ['a[data-entries]', attribute('data-entries')] }],
  policy: ['/value/policy', '[data-test=moved]', {
    tier: ['tr[data-tier]', part('td.number')],
    would: ['button[data-would]', own],
    moved: ['[data-test=moved] a', first],
    score: ['a[data-score]', own],
    move: ['a[data-move]', own],
    awaits: ['a[data-awaits]', own],
  }],
  strategies: ['/value/strategies', '[data-plan=ended]', {
    customers: ['[data-test=customers]', own],
    awaits: ['a[data-awaits]', own],
  }],
  levels: ['/value/strategies?tab=level', '[data-plan=basic]', { customers: ['[data-test=customers]', own] }],
};

/* What must be done before the figures are there. */
const PREPARE = {
  costs: async (page) => {
    await page.locator('[data-loser]').first().click();
    await page.waitForSelector('[data-entries]');
  },
  /* a trial that moves somebody */
  policy: async (page) => {
    await page.fill('[data-cut=tier_main] .el-input input', '35');
    await page.press('[data-cut=tier_main] .el-input input', 'Tab');
    await page.waitForSelector('button[data-would]');
    await page.waitForSelector('a[data-awaits]');
  },
  strategies: async (page) => void (await page.waitForSelector('a[data-awaits]')),
};

/* Clicked by tests of their own. */
const BESIDES = ['due', 'churn'];

describe('every figure clicks to its list', { skip }, () => {
  let site, page;
  before(async () => {
    ({ site, page } = await begin('demo'));
    /* The demonstration's sales are too lively for a year of silence. */
    const set = await api(page, 'PUT', '/settings', { 'churn.lost_days': 60, 'churn.lost_intervals': 1, 'churn.high': '50', 'churn.medium': '20' });
    assert.ok(set.status < 300, JSON.stringify(set.body));
    /* Nobody of them bought five years ago. */
    const gone = await api(page, 'POST', '/customers', { name: '老客户' });
    assert.equal(gone.status, 201, JSON.stringify(gone.body));
    const day = new Date(Date.now() - 2000 * 86400000).toISOString().slice(0, 10);
    assert.equal((await api(page, 'POST', '/orders', { customer_id: gone.body.id, number: 'LONG-AGO', ordered_on: day, amount: 5000 })).status, 201);
    await jobDone(page, (await api(page, 'POST', '/grading/run')).body.job);
    for (const { id } of (await get(page, '/customers?limit=3&sort=id')).data)
      assert.equal((await api(page, 'PATCH', `/customers/${id}`, { relation_level: 'basic' })).status, 200);
    const { data } = await get(page, '/loss_accounts?limit=2&sort=id');
    for (const { id } of data) await api(page, 'PATCH', `/loss_accounts/${id}`, { harms: ['image'] });
  });
  after(() => end(site));

  async function open(name) {
    const [path, ready] = PAGES[name] ?? [`/value/${name}`, '[data-customer]'];
    await page.goto(site.url + path);
    await page.waitForSelector(ready);
    await PREPARE[name]?.(page);
  }

  /* A list has opened, and says how many. */
  async function lists(count, what) {
    await page.waitForURL((url) => !url.pathname.startsWith('/value/'));
    const shown = () => page.locator('[data-test=count]').first().innerText().catch(() => '');
    await eventually(`${what}: ${count} at ${page.url()}`, shown, (text) => numbers(text).at(-1) === count);
  }

  /* Counts of the figures of a kind, none left out. */
  async function counts(name, kind) {
    const [selector, shown] = PAGES[name][2][kind];
    const all = page.locator(selector);
    const found = [];
    for (let i = 0; i < (await all.count()); i++) found.push(await shown(all.nth(i)));
    return found;
  }

  for (const [name, [, , kinds]] of Object.entries(PAGES))
    for (const kind of Object.keys(kinds))
      test(`${name}: ${kind}`, async () => {
        await open(name);
        /* the last that counts somebody: not always the total of all */
        const last = (found) => found.findLastIndex((n) => n > 0);
        const found = await eventually('there is a figure to click', () => counts(name, kind), (all) => last(all) >= 0);
        const at = last(found);
        await page.locator(kinds[kind][0]).nth(at).click();
        await lists(found[at], `${name} ${kind}`);
        assert.deepEqual(page.errors, []);
      });

  test('every value page is known here', () => {
    const router = readFileSync(join(ROOT, 'web/src/router.ts'), 'utf8');
    const known = [...Object.values(PAGES).map(([path]) => path), ...BESIDES.map((name) => '/value/' + name)];
    for (const [, path] of router.matchAll(/path: '(value\/\w+)'/g))
      assert.ok(known.some((k) => k.split('?')[0] === '/' + path), path);
  });

  test('the curve opens the best customers up to where it is clicked', async () => {
    const { points, customers } = await get(page, '/analytics/pareto');
    await open('pareto');
    const box = await page.locator('.chart svg').boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await page.waitForURL(/\/customers\?/);
    const near = points.filter((p) => Math.abs(p.n / customers - 0.5) < 0.05).map((p) => p.n);
    await eventually('a point of the curve', () => page.locator('[data-test=count]').first().innerText().catch(() => ''),
      (text) => near.includes(numbers(text).at(-1)));
  });

  for (const [name, path, bar] of [['lifetimes', '/value/lifetimes', '.bars .bar:enabled'], ['due', '/value/due', '.bars .bar:enabled']])
    test(`${name}: a bar shows those in it, and their list`, async () => {
      await page.goto(site.url + path);
      await page.waitForSelector('[data-customer]');
      const one = page.locator(bar).last();
      const n = await first(one.locator('.n'));
      await one.click();
      await eventually(`${n} below`, () => page.locator('section.rows h2 .quiet').innerText().catch(() => ''), (text) => numbers(text).at(-1) === n);
      await page.click('[data-test=as-list]');
      await lists(n, name);
    });

  test('churn: a band shows those in it, and their list', async () => {
    await page.goto(site.url + '/value/churn');
    await page.waitForSelector('[data-band] strong');
    const bands = page.locator('[data-band]');
    for (let i = 0; i < (await bands.count()); i++) {
      const n = await first(bands.nth(i).locator('strong'));
      if (!n) continue;
      await bands.nth(i).click();
      await page.waitForSelector(`[data-band]:nth-child(${i + 1})[aria-pressed=true]`);
      await page.click('[data-test=all-at-risk]');
      await lists(n, `band ${i}`);
      return;
    }
    assert.fail('nobody in any band');
  });

  test('the drop desk counts as its list does', async () => {
    await page.goto(site.url + '/value/drop');
    await page.waitForSelector('[data-loser]');
    const n = await first(page.locator('.losers h2 .quiet'));
    await page.click('.losers header a');
    await lists(n, 'losers');
  });

  for (const name of [...Object.keys(PAGES), ...BESIDES])
    test(`${name}: no number in a table that does not click`, async () => {
      await open(name);
      const dead = await page.evaluate(() =>
        [...document.querySelectorAll('#content td')]
          .filter((td) => /[1-9]/.test(td.innerText) && td.matches('.number, .cell'))
          .filter((td) => !td.closest('tr.opens') && !td.querySelector('a[href], button:enabled, [role=link]'))
          .map((td) => `${td.closest('tr').innerText.replace(/\s+/g, ' ')} → ${td.innerText}`));
      assert.deepEqual(dead, []);
    });

  test('what is asked for stands above the list in words, in both languages and on a phone', async () => {
    const { tiers } = (await api(page, 'POST', '/grading/what_if', { tiers: { vip: 3 } })).body;
    const [policy] = (await get(page, '/grade_policies?grade=ordinary')).data;
    const asked = [tiers[0].query, `awaits=upgrade:${policy.id}`, 'returned=2:2024-01..2026-01'];
    for (const [language, size] of [['zh', [1440, 900]], ['en', [390, 844]]]) {
      await page.setViewportSize({ width: size[0], height: size[1] });
      await page.goto(site.url + '/customers');
      await speak(page, language);
      for (const [i, query] of asked.entries()) {
        await page.goto(`${site.url}/customers?${query}`);
        const chip = await page.locator('[data-test=chip]').first().innerText();
        assert.ok(!/would|awaits|returned|\d\.\d\.\d/.test(chip), chip);
        await fits(page);
        await shoot(page, `clicks-${language}-${i}`, false);
      }
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await speak(page, 'zh');
  });
});
