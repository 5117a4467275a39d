/* The bin: what was deleted, with whom and what along; one is put back with its
 * own, many at once, and a child whose parent is still there says so and brings
 * the parent first. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { api, begin, end, unable } from './site.mjs';

const skip = await unable();

describe('the bin', { skip }, () => {
  let site, page;
  before(async () => ({ site, page } = await begin('init', { language: 'en-US' })));
  after(() => end(site));

  async function make(plural, body) {
    const made = await api(page, 'POST', '/' + plural, body);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    return made.body.id;
  }
  const remove = async (path) => assert.equal((await api(page, 'DELETE', path)).status, 204);
  const alive = async (path) => (await api(page, 'GET', path)).status === 200;

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
  });

  test('names come with the list, also of customers that are in the bin', async () => {
    const customer = await make('customers', { kind: 'person', name: 'Hedy Lamarr' });
    const order = await make('orders', { customer_id: customer, number: 'H-1', ordered_on: '2024-05-01' });
    await remove(`/customers/${customer}`);
    const refused = [];
    const listen = (answer) => answer.status() === 404 && refused.push(answer.url());
    page.on('response', listen);
    await open('orders');
    await page.locator(`[data-binned="${order}"]`).getByText('Hedy Lamarr').waitFor();
    await page.waitForTimeout(500); // what it would still ask for
    page.off('response', listen);
    assert.deepEqual(refused, []);
  });

  test('narrowed to one deletion, and thrown out for good', async () => {
    const stays = await make('customers', { kind: 'person', name: 'Staying' });
    await remove(`/customers/${stays}`);
    const goes = await make('customers', { kind: 'person', name: 'Going' });
    const order = await make('orders', { customer_id: goes, number: 'G-1', ordered_on: '2024-05-01' });
    await remove(`/customers/${goes}`);
    await open('customers');
    await page.locator(`[data-binned="${stays}"]`).waitFor();
    await page.click('[data-test=bin-which]');
    await page.locator('.el-select-dropdown__item').first().click();
    await page.locator(`[data-binned="${stays}"]`).waitFor({ state: 'detached' });
    await page.locator(`[data-binned="${goes}"]`).waitFor();
    await page.click('[data-test=purge-shown]');
    await page.click('.el-message-box .el-button--danger');
    await page.locator(`[data-binned="${goes}"]`).waitFor({ state: 'detached' });
    for (const path of [`/customers?bin=true&id=${goes}`, `/orders?bin=true&id=${order}`])
      assert.deepEqual((await api(page, 'GET', path)).body.data, [], path);
    assert.equal((await api(page, 'POST', `/customers/${stays}/restore`)).status, 200);
    assert.deepEqual(page.errors, []);
  });
});
