/* The bin: what was deleted, with whom and what along; one is put back with its
 * own, many at once, and a child whose parent is still there says so and brings
 * the parent first. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openPage, openSite, signIn, unable } from './site.mjs';

const skip = await unable();

describe('the bin', { skip }, () => {
  let site;
  let page;
  before(async () => {
    site = await openSite('init');
    page = await openPage(site, { language: 'en-US' });
    await signIn(page, site);
  });
  after(async () => assert.equal(await site.close(), 0));

  async function api(method, path, body) {
    return page.evaluate(async ([method, path, body]) => {
      const { csrf } = await (await fetch('/api/v1/session')).json();
      const answer = await fetch('/api/v1' + path, {
        method,
        headers: { 'X-CSRF-Token': csrf, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        body: body && JSON.stringify(body),
      });
      return { status: answer.status, body: await answer.json().catch(() => null) };
    }, [method, path, body]);
  }

  async function make(plural, body) {
    const made = await api('POST', '/' + plural, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  }
  const remove = async (path) => assert.equal((await api('DELETE', path)).status, 204);
  const alive = async (path) => (await api('GET', path)).status === 200;

  async function open(plural) {
    await page.goto(site.url + '/system/bin');
    await page.click(`[data-tab=${plural}]`);
  }

  test('empty at first', async () => {
    await page.goto(site.url + '/system/bin');
    await page.waitForSelector('.empty');
  });

  test('a customer comes back with the contact that went along', async () => {
    const customer = await make('customers', { kind: 'person', name: 'Ada' });
    const contact = await make('contacts', { name: 'Byron', customer_id: customer });
    await remove(`/customers/${customer}`);
    assert.equal(await alive(`/contacts/${contact}`), false);
    await open('customers');
    const row = page.locator(`[data-binned="${customer}"]`);
    await row.locator('.along').getByText(/1 条联系人|Contacts: 1/).waitFor();
    assert.match(await row.innerText(), /Ada/);
    await row.locator('[data-test=restore]').click();
    await row.waitFor({ state: 'detached' });
    assert.ok(await alive(`/customers/${customer}`));
    assert.ok(await alive(`/contacts/${contact}`));
  });

  test('what stands against it is told, with the way out', async () => {
    const customer = await make('customers', { kind: 'person', name: 'Grace' });
    const contact = await make('contacts', { name: 'Howard', customer_id: customer });
    await remove(`/contacts/${contact}`);
    await remove(`/customers/${customer}`);
    await open('contacts');
    await page.locator(`[data-binned="${contact}"] [data-test=restore]`).click();
    await page.waitForSelector('[data-test=conflicts]');
    assert.match(await page.innerText('[data-test=conflicts]'), /Howard/);
    assert.equal(await alive(`/contacts/${contact}`), false);
    await page.click('[data-test=with-parent]');
    await page.waitForSelector('[data-test=conflicts]', { state: 'detached' });
    assert.ok(await alive(`/customers/${customer}`));
    assert.ok(await alive(`/contacts/${contact}`));
  });

  test('many at once', async () => {
    const ids = [];
    for (const name of ['One', 'Two', 'Three']) ids.push(await make('customers', { kind: 'person', name }));
    for (const id of ids) await remove(`/customers/${id}`);
    await open('customers');
    await page.waitForSelector(`[data-binned="${ids[0]}"]`);
    await page.locator('thead .el-checkbox').click();
    await page.click('[data-test=restore-selected]');
    await page.waitForSelector('.empty');
    for (const id of ids) assert.ok(await alive(`/customers/${id}`));
    assert.deepEqual(page.errors, []);
  });
});
