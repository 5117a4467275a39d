/* Lighthouse's accessibility score of the pages most seen: 95 at least. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PATIENCE, end, openSite, unable } from './site.mjs';

let lighthouse;
let puppeteer;
let skip = await unable();
try {
  lighthouse = await import('lighthouse');
  puppeteer = (await import('puppeteer-core')).default;
} catch (e) {
  skip ||= `Lighthouse does not run with Node ${process.versions.node} as installed here: ${e.message}`;
}
const LEAST = 95;
const PAGES = [
  ['workbench', '/', '[data-test=figures] strong'],
  ['customers', '/customers?sort=-sales', '[data-id]'],
  ['customer', '/customers/1', '.timeline li'],
  ['settings', '/system/settings', '[data-setting]'],
  ['custom fields', '/system/fields', 'h1'],
  ['role', '/roles/3', '#content table'],
  ['audit', '/system/audit', 'h1'],
  ['bin', '/system/bin', 'h1'],
  ['jobs', '/system/jobs', 'h1'],
  ['backups', '/system/backups', 'h1'],
  ['account', '/account', 'h1'],
];

describe('Lighthouse', { skip }, () => {
  let site;
  let browser;
  let page;
  before(async () => {
    site = await openSite('demo');
    browser = await puppeteer.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      timeout: PATIENCE,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
      defaultViewport: { width: 1350, height: 940 },
    });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
  });
  after(async () => {
    await browser?.close();
    await end(site);
  });

  async function score(name, t) {
    const result = await lighthouse.snapshot(page, {
      flags: { onlyCategories: ['accessibility'], formFactor: 'desktop', screenEmulation: { disabled: true }, logLevel: 'error' },
    });
    const { categories, audits } = result.lhr;
    const wrong = Object.values(audits).filter((a) => a.score === 0).map((a) => `${a.id}: ${a.title}`);
    const points = Math.round((categories.accessibility.score ?? 0) * 100);
    t.diagnostic(`${name}: ${points}`);
    assert.ok(points >= LEAST, `${name}: ${points}\n${wrong.join('\n')}`);
  }

  test('sign-in', async (t) => {
    await page.goto(site.url + '/sign-in');
    await page.waitForSelector('input[name=login]');
    await score('sign-in', t);
    await page.type('input[name=login]', site.login);
    await page.type('input[name=password]', site.password);
    await page.click('button[type=submit]');
    await page.waitForSelector('[data-test=figures]');
  });

  for (const [name, path, ready] of PAGES) {
    test(name, async (t) => {
      await page.goto(site.url + path);
      await page.waitForSelector(ready);
      await score(name, t);
    });
  }
});
