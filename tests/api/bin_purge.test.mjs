/* The bin's end: what has lain in it for longer than bin.keep_days goes for
 * good, with what hangs on it; those who followed it are told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addUser, guanxi, sql, startServer, until } from './lib.mjs';

const LIMIT_MS = 60000;
const DAY_MS = 86400000;

describe('what leaves the bin', () => {
  let server, admin;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
  });
  after(() => server.stop());

  const count = (text) => Number(sql(server.db, `SELECT COUNT(*) FROM ${text}`));

  /* As the night would; → the job's result. */
  async function night() {
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('bin_purge', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
    const id = sql(server.db, 'SELECT MAX(id) FROM job');
    let job;
    await until(async () => (job = (await admin.get(`/jobs/${id}`)).body), (one) => ['done', 'failed'].includes(one.state), LIMIT_MS);
    assert.equal(job.state, 'done', job.error);
    return job.result;
  }

  const old = (table, days) => sql(server.db, `UPDATE ${table} SET deleted_at = deleted_at - ${days * DAY_MS} WHERE deleted_at IS NOT NULL`);

  test('a customer with contacts, orders, tags and files goes whole, after its days', async () => {
    const { body: customer } = await admin.post('/customers', { name: '要走的', phone: '13900001111' });
    const { body: stays } = await admin.post('/customers', { name: '留下的' });
    const { body: contact } = await admin.post('/contacts', { name: '王五', customer_id: customer.id });
    const { body: order } = await admin.post('/orders', { customer_id: customer.id, number: 'P-1', ordered_on: '2024-05-01' });
    await admin.post('/order_lines', { order_id: order.id, product_name: 'p', quantity: '2', unit_price: '3.5' });
    const { body: tag } = await admin.post('/tags', { name: '旧' });
    await admin.post(`/customers/${customer.id}/tags/${tag.id}`);
    const file = await admin.request('POST', `/customers/${customer.id}/files?name=a.txt`, new TextEncoder().encode('hello'), { 'content-type': 'text/plain' });
    assert.equal(file.status, 201, file.text);
    const { cursor } = (await admin.get('/changes?limit=500')).body;
    assert.equal((await admin.delete(`/customers/${customer.id}`)).status, 204);
    assert.deepEqual(await night(), { gone: 0 }, 'not before its time');
    for (const table of ['customer', 'contact', '"order"', 'order_line']) old(table, 29);
    assert.deepEqual(await night(), { gone: 0 });
    for (const table of ['customer', 'contact', '"order"', 'order_line']) old(table, 2);
    const { gone } = await night();
    assert.ok(gone >= 4, `${gone} records`);
    assert.equal(count(`customer WHERE id = ${customer.id}`), 0);
    assert.equal(count(`contact WHERE id = ${contact.id}`), 0);
    assert.equal(count(`"order" WHERE id = ${order.id}`), 0);
    assert.equal(count('order_line'), 0);
    for (const table of ['record_tag', 'contact_point', 'file'])
      assert.equal(count(`${table} WHERE entity = 'customer' AND record_id = ${customer.id}`), 0, table);
    assert.equal((await admin.get('/customers?q=13900001111')).body.data.length, 0);
    assert.equal((await admin.get(`/customers/${stays.id}`)).status, 200);
    assert.notEqual(count("audit_entry WHERE action = 'purge'"), 0);
    {
      const { data } = (await admin.get(`/changes?limit=500&since=${encodeURIComponent(cursor)}`)).body;
      assert.ok(data.some((row) => row.object === 'customers' && row.id === customer.id && row.op === 'gone'), JSON.stringify(data));
    }
    const { code, out } = guanxi(['doctor', '--db', server.db.url, '--verify', '--format', 'json']);
    assert.equal(code, 0, out);
  });

  test('what nobody owns goes too: products, tags, customers of the pool', async () => {
    const gone = [];
    for (const [plural, body] of [['products', { name: '停售', code: 'Z-1' }], ['tags', { name: '不用' }], ['customers', { name: '公海', owner_id: null }]]) {
      const made = await admin.post(`/${plural}`, body);
      assert.equal(made.status, 201, made.text);
      if (plural === 'customers') assert.equal(made.body.owner_id, null);
      assert.equal((await admin.delete(`/${plural}/${made.body.id}`)).status, 204);
      gone.push(`${plural} ${made.body.id}`);
    }
    const { cursor } = (await admin.get('/changes?limit=1000')).body;
    for (const table of ['product', 'tag', 'customer']) old(table, 31);
    assert.ok((await night()).gone >= 3);
    for (const table of ['product', 'tag', 'customer']) assert.equal(count(`${table} WHERE deleted_at IS NOT NULL`), 0, table);
    await until(async () => (await admin.get(`/changes?limit=1000&since=${encodeURIComponent(cursor)}`)).body.data.map((r) => `${r.object} ${r.id}`),
      (told) => gone.every((one) => told.includes(one)), 30000);
  });

  test('a parent that something still needs waits for it', async () => {
    const { body: product } = await admin.post('/products', { name: '旧货', code: 'S-1' });
    const { body: customer } = await admin.post('/customers', { name: '买过' });
    const { body: order } = await admin.post('/orders', { customer_id: customer.id, number: 'P-2', ordered_on: '2024-05-01' });
    await admin.post('/order_lines', { order_id: order.id, product_id: product.id, product_name: '旧货', quantity: '1', unit_price: '1' });
    sql(server.db, `UPDATE product SET deleted_at = ${Date.now() - 90 * DAY_MS}, deleted_with = 7 WHERE id = ${product.id}`);
    await night();
    const refers = count(`order_line WHERE product_id = ${product.id}`);
    assert.equal(count(`product WHERE id = ${product.id}`), refers > 0 ? 1 : 0, 'as long as a line names it');
    assert.equal(count(`order_line WHERE order_id = ${order.id}`), 1, 'the line is untouched');
  });

  test('people stay, and 0 days keep everything', async () => {
    const id = addUser(server.db, 'gone', 'sales');
    sql(server.db, `UPDATE "user" SET deleted_at = ${Date.now() - 90 * DAY_MS}, deleted_with = 8 WHERE id = ${id}`);
    const { body: customer } = await admin.post('/customers', { name: '永远' });
    await admin.delete(`/customers/${customer.id}`);
    old('customer', 90);
    assert.equal((await admin.put('/settings', { 'bin.keep_days': -1 })).status, 422);
    assert.equal((await admin.put('/settings', { 'bin.keep_days': 0 })).status, 200);
    assert.deepEqual(await night(), { gone: 0 });
    assert.equal((await admin.get('/session')).body.company.bin_days, 0);
    assert.equal((await admin.put('/settings', { 'bin.keep_days': 30 })).status, 200);
    assert.deepEqual(await night(), { gone: 1 });
    assert.equal(count(`"user" WHERE id = ${id}`), 1);
  });
});
