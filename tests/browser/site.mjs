/* What the tests share: a company of its own for each file (fresh database,
 * real server, real Chromium), signed-in pages, calls of the API as that user,
 * and what every page is looked at for. Finds the server in GUANXI_BIN (default
 * build/guanxi); GUANXI_SHOTS=FOLDER keeps screenshots. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UNDISTURBED } from '../api/lib.mjs';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = process.env.GUANXI_BIN ?? join(ROOT, 'build/guanxi');
export const RETAIL = join(ROOT, '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/* A sanitizer build on a busy machine is slow, or stands still for seconds; a
 * wait that long is a failure. */
export const PATIENCE = Number(process.env.GUANXI_PATIENCE ?? 180_000);

/** Why these tests cannot run here, or false. */
export async function unable() {
  if (!existsSync(BIN)) return `there is no server at ${BIN}: build it first`;
  if (!existsSync(CHROMIUM)) return `there is no Chromium at ${CHROMIUM}`;
  try {
    await import('playwright-core');
  } catch {
    return 'playwright-core is missing: run npm ci in tests/browser';
  }
  return false;
}

function run(args, env = {}) {
  const done = spawnSync(BIN, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (done.status !== 0) throw new Error(`guanxi ${args.join(' ')}: ${done.stderr || done.stdout}`);
  return done.stdout;
}

async function address(server) {
  let text = '';
  return new Promise((resolve, reject) => {
    server.stdout.on('data', (chunk) => {
      text += chunk;
      const found = /http:\/\/\S+/.exec(text);
      if (found) resolve({ url: found[0], said: text });
    });
    server.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
    setTimeout(() => reject(new Error(`no address after ${PATIENCE} ms: ${text}`)), PATIENCE).unref();
  });
}

/** `how` is 'demo', 'init' (admin / a password) or 'empty' (no user yet). */
export async function openSite(how) {
  const folder = mkdtempSync(join(tmpdir(), 'guanxi-browser-'));
  const path = join(folder, 'company.db');
  const db = `sqlite:${path}`;
  const password = 'correct horse 42';
  if (how === 'demo') run(['demo', '--db', db]);
  if (how === 'init') {
    run(['init', '--db', db, '--admin', 'admin', '--company', 'Journey'], { GUANXI_ADMIN_PASSWORD: password });
  }
  const server = spawn(BIN, ['serve', '--db', db, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { GUANXI_LOG: 'warn', ...UNDISTURBED, ...process.env },
  });
  const { url, said } = await address(server);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    timeout: PATIENCE,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
  return {
    url,
    path,
    said,
    browser,
    login: 'admin',
    password: how === 'demo' ? 'demo1234' : password,
    async close() {
      await browser.close();
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      const code = await ended;
      rmSync(folder, { recursive: true, force: true });
      return code;
    },
  };
}

/** A page whose console errors and failed scripts are kept in `page.errors`. */
export async function openPage(site, { language = 'zh-CN', size = [1440, 900], dark = false } = {}) {
  const context = await site.browser.newContext({
    locale: language,
    viewport: { width: size[0], height: size[1] },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.errors = [];
  page.on('pageerror', (e) => page.errors.push(String(e)));
  page.on('console', (m) => {
    const expected = /status of (401|403|404|409|412|415|422)/.test(m.text());
    if (m.type() === 'error' && !expected) page.errors.push(m.text());
  });
  return page;
}

export async function signIn(page, site) {
  await page.goto(site.url + '/sign-in');
  await page.fill('input[name=login]', site.login);
  await page.fill('input[name=password]', site.password);
  await page.click('button[type=submit]');
  await page.waitForSelector('[data-test=figures]');
}

/** Company and signed-in page: `before(async () => ({ site, page } = await
 * begin('demo')))`, and `after(() => end(site))`. */
export async function begin(how, options) {
  const site = await openSite(how);
  const page = await openPage(site, options);
  await signIn(page, site);
  return { site, page };
}

/** The server ends by itself when asked to. */
export async function end(site) {
  assert.equal(await site.close(), 0);
}

/** A call as the page's user; text goes as it is, anything else as JSON. */
export function api(page, method, path, body) {
  return page.evaluate(async ([method, path, body]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const raw = typeof body === 'string';
    const answer = await fetch('/api/v1' + path, {
      method,
      headers: { 'X-CSRF-Token': session.csrf, ...(body === undefined || raw ? {} : { 'Content-Type': 'application/json' }) },
      body: raw || body === undefined ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    let told = null;
    try {
      told = text ? JSON.parse(text) : null;
    } catch { /* a file */ }
    return { status: answer.status, body: told };
  }, [method, path, body]);
}

/** What GET answers; it must be 200. */
export async function get(page, path) {
  const answer = await api(page, 'GET', path);
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Asks until the answer is good. */
export async function eventually(what, ask, good) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await ask();
    if (good(found)) return found;
    assert.ok(Date.now() < end, `${what}: ${JSON.stringify(found)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The job once it is done. */
export function jobDone(page, job) {
  return eventually(`job ${job.id}`, () => get(page, `/jobs/${job.id}`), (now) => {
    assert.ok(!['failed', 'cancelled'].includes(now.state), JSON.stringify(now));
    return now.state === 'done';
  });
}

/** The first answer to such a question waits: { asked: when the server has given
 * it, letGo(): once the page has it }. */
export async function hold(page, those, method = 'GET') {
  const later = () => {
    const one = {};
    one.promise = new Promise((done) => (one.resolve = done));
    return one;
  };
  const [asked, free, had] = [later(), later(), later()];
  let held = false;
  await page.route(those, async (route) => {
    if (held || route.request().method() !== method) return route.continue();
    held = true;
    const response = await route.fetch();
    asked.resolve();
    await free.promise;
    await route.fulfill({ response });
    had.resolve();
  });
  return {
    asked: asked.promise,
    async letGo() {
      free.resolve();
      await had.promise;
      await page.unroute(those);
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
    },
  };
}

/** No grading is under way, nor waits for its turn: figures stay as they are. */
export function gradingOver(page) {
  const under = async () => (await get(page, '/jobs?kind=grade&state[in]=queued,running&limit=1&count=exact')).count.value;
  return eventually('the grading is over', under, (n) => n === 0);
}

/** 'en' or 'zh', whatever the page spoke. */
export async function speak(page, language) {
  const wanted = language.startsWith('en') ? 'en' : 'zh-CN';
  if ((await page.getAttribute('html', 'lang')) === wanted) return;
  await page.click('.language');
  await page.waitForSelector(`html[lang=${wanted}]`);
}

/** Nothing sticks out of the window; the layout follows a new size late. */
export function fits(page, what = page.url()) {
  const over = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  return eventually(`${what}: pixels wider than the window`, over, (wide) => wide <= 0);
}

/** What opens, closes or changes its colours has come to its end. */
export function still(page) {
  const moving = () => page.evaluate(() => document.getAnimations()
    .filter((a) => a.playState === 'running' && Number.isFinite(a.effect?.getComputedTiming().endTime)).length);
  return eventually('the page is still', moving, (n) => n === 0);
}

/** Keeps a picture of the page or a part of it, when asked to. */
export async function shoot(what, name, fullPage = true) {
  const folder = process.env.GUANXI_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await new Promise((done) => setTimeout(done, 200));
  await what.screenshot('goto' in what ? { path, fullPage } : { path });
}

/** Text of axe-core; '' where it is not installed. */
export function axeSource() {
  try {
    return readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  } catch {
    return '';
  }
}

/** What axe-core finds that is serious or critical, one line each. */
export async function violations(page, rules) {
  if (!(await page.evaluate(() => !!window.axe))) await page.evaluate(axeSource());
  return page.evaluate(async (rules) => {
    const options = { resultTypes: ['violations'], ...(rules ? { runOnly: { type: 'rule', values: rules } } : {}) };
    const result = await window.axe.run(document, options);
    return result.violations
      .filter((v) => v.impact === 'serious' || v.impact === 'critical')
      .map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  }, rules);
}
