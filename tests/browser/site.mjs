/* A company of its own for each test file: fresh database, real server, real
 * Chromium. Finds the server in GUANXI_BIN (default build/guanxi). */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const BIN = process.env.GUANXI_BIN ?? join(ROOT, 'build/guanxi');
export const RETAIL = join(ROOT, '../shared/data/online-retail/online-retail-2010-12_2011-05.csv.gz');
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/* A sanitizer build on a busy machine is slow; a wait that long is a failure. */
export const PATIENCE = Number(process.env.GUANXI_PATIENCE ?? 60_000);

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
  const db = `sqlite:${join(folder, 'company.db')}`;
  const password = 'correct horse 42';
  if (how === 'demo') run(['demo', '--db', db]);
  if (how === 'init') {
    run(['init', '--db', db, '--admin', 'admin', '--company', 'Journey'], { GUANXI_ADMIN_PASSWORD: password });
  }
  const server = spawn(BIN, ['serve', '--db', db, '--listen', '127.0.0.1:0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { GUANXI_LOG: 'warn', ...process.env },
  });
  const { url, said } = await address(server);
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  });
  return {
    url,
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
