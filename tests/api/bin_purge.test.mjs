/* The bin's end: what has lain in it for longer than bin.keep_days goes for
 * good, with what hangs on it; those who followed it are told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addUser, guanxi, settled, sql, startServer, until } from './lib.mjs';

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
    await settled(server.db);
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
      await settled(server.db);
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
    await settled(server.db);
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

  /* → the job's result. */
  async function empty(body) {
    const asked = await admin.post('/bin/empty', { confirm: true, ...body });
    assert.equal(asked.status, 202, asked.text);
    let job;
    await until(async () => (job = (await admin.get(`/jobs/${asked.body.job.id}`)).body), (one) => ['done', 'failed'].includes(one.state), LIMIT_MS);
    assert.equal(job.state, 'done', job.error);
    return job.result;
  }

  async function binned(name, orders) {
    const { body: customer } = await admin.post('/customers', { name });
    for (let i = 0; i < orders; i++) {
      const { body: order } = await admin.post('/orders', { customer_id: customer.id, number: `${name}-${i}`, ordered_on: '2024-05-01' });
      await admin.post('/order_lines', { order_id: order.id, product_name: 'p', quantity: '2', unit_price: '3.5' });
    }
    assert.equal((await admin.delete(`/customers/${customer.id}`)).status, 204);
    return customer.id;
  }

  test('a customer that is chosen goes with all that belongs to it, and nothing else', async () => {
    const one = await binned('选中的', 30);
    const other = await binned('没选的', 2);
    assert.equal((await admin.post('/bin/empty', { objects: ['customers'], ids: [one] })).status, 422, 'without a word of confirmation');
    assert.deepEqual(await empty({ objects: ['customers'], ids: [one] }), { gone: 61, kept: 0 });
    assert.equal(count(`customer WHERE id = ${one}`), 0);
    assert.equal(count(`"order" WHERE customer_id = ${one}`), 0);
    assert.equal(count(`customer WHERE id = ${other}`), 1);
    assert.equal((await admin.post(`/customers/${other}/restore`)).status, 200);
    assert.equal(count(`"order" WHERE customer_id = ${other} AND deleted_at IS NULL`), 2);
    const by = sql(server.db, "SELECT user_id FROM audit_entry WHERE action = 'purge' ORDER BY id DESC LIMIT 1");
    assert.notEqual(by, '', 'who did it is written down');
  });

  test('what can go goes, though more than a slice before it is needed by others', async () => {
    const [NEEDED, FREE] = [505, 5];
    const { body: customer } = await admin.post('/customers', { name: '被引用的' });
    const { body: other } = await admin.post('/customers', { name: '付款的' });
    const all = async (object, n, data) => {
      const answer = await admin.post('/batch', { operations: Array.from({ length: n }, (_, i) => ({ op: 'create', object, data: data(i) })) });
      assert.equal(answer.status, 200, answer.text);
      return answer.body.results.map((r) => r.id);
    };
    const orders = [...(await all('orders', 500, (i) => ({ customer_id: customer.id, number: `N-${i}`, ordered_on: '2024-05-01', amount: 100 }))),
      ...(await all('orders', NEEDED + FREE - 500, (i) => ({ customer_id: customer.id, number: `M-${i}`, ordered_on: '2024-05-01', amount: 100 })))];
    const paid = { customer_id: other.id, paid_on: '2024-05-02', amount: 100 };
    const payments = [...(await all('payments', 500, () => paid)), ...(await all('payments', NEEDED - 500, () => paid))];
    assert.equal((await admin.delete(`/customers/${customer.id}`)).status, 204);
    sql(server.db, payments.map((id, i) => `UPDATE payment SET order_id = ${orders[i]} WHERE id = ${id};`).join('\n'));
    assert.deepEqual(await empty({ objects: ['customers'], ids: [customer.id] }), { gone: FREE, kept: 1 });
    assert.equal(count(`"order" WHERE customer_id = ${customer.id}`), NEEDED);
    sql(server.db, `UPDATE payment SET order_id = NULL WHERE customer_id = ${other.id}`);
    assert.deepEqual(await empty({ objects: ['customers'], ids: [customer.id] }), { gone: NEEDED + 1, kept: 0 });
  });

  test('by the deletion, by its time and by who; then everything', async () => {
    const first = await binned('一', 3);
    await binned('二', 1);
    const { data } = (await admin.get('/bin')).body;
    const number = Number(sql(server.db, `SELECT deleted_with FROM customer WHERE id = ${first}`));
    const told = data.find((d) => d.deleted_with === number);
    assert.equal(told.records, 7);
    assert.equal(told.import, null);
    assert.ok(told.deleted_by > 0 && told.name !== '');
    assert.deepEqual(await empty({ deleted_with: number }), { gone: 7, kept: 0 });
    assert.deepEqual(await empty({ to: '2001-01-01' }), { gone: 0, kept: 0 });
    assert.deepEqual(await empty({ deleted_by: told.deleted_by + 1000 }), { gone: 0, kept: 0 });
    for (const wrong of [{ objects: ['users'] }, { objects: [] }, { ids: [1] }, { from: 'x' }, { what: 1 }])
      assert.equal((await admin.post('/bin/empty', { confirm: true, ...wrong })).status, 422, JSON.stringify(wrong));
    await empty({});
    for (const table of ['customer', '"order"', 'order_line', 'contact'])
      assert.equal(count(`${table} WHERE deleted_at IS NOT NULL`), 0, table);
    const { code, out } = guanxi(['doctor', '--db', server.db.url, '--verify', '--format', 'json']);
    assert.equal(code, 0, out);
  });

  test('what is deleted after it was asked for stays, however long the job waits', async () => {
    const there = await binned('问的时候在', 1);
    await empty({});
    assert.equal(count(`customer WHERE id = ${there}`), 0);
    const asked = sql(server.db, "SELECT MAX(id) FROM job WHERE kind = 'bin_purge'");
    await new Promise((done) => setTimeout(done, 20)); /* another millisecond */
    const later = await binned('后来删的', 2);
    /* The same job again, as one that has waited until now. */
    sql(server.db, `INSERT INTO job (kind, state, args, owner_id, done, cancel, attempt, created_at) SELECT kind, 'queued', args, owner_id, 0, 0, 0, ${Date.now()} FROM job WHERE id = ${asked}`);
    const id = sql(server.db, "SELECT MAX(id) FROM job WHERE kind = 'bin_purge'");
    assert.notEqual(id, asked);
    let job;
    await until(async () => (job = (await admin.get(`/jobs/${id}`)).body), (one) => ['done', 'failed'].includes(one.state), LIMIT_MS);
    assert.equal(job.state, 'done', job.error);
    assert.equal(job.result.gone, 0);
    assert.equal((await admin.post(`/customers/${later}/restore`)).status, 200);
    assert.equal(count(`"order" WHERE customer_id = ${later} AND deleted_at IS NULL`), 2);
  });

  test('of what an import brought and a revert took back, by the file', async () => {
    const lines = Array.from({ length: 40 }, (_, i) => `R-${i},导入客户${i % 7},2024-03-0${1 + (i % 9)},纸,1,10`);
    const made = await admin.request('POST', '/imports?entity=orders&filename=taken-back.csv', new TextEncoder().encode(`订单号,客户,日期,产品,数量,单价\n${lines.join('\n')}\n`), { 'content-type': 'text/csv' });
    assert.equal(made.status, 201, made.text);
    for (const path of ['run', 'revert']) {
      const asked = await admin.post(`/imports/${made.body.id}/${path}`);
      assert.equal(asked.status, 202, asked.text);
      await until(async () => (await admin.get(`/jobs/${asked.body.job.id}`)).body, (one) => one.state === 'done', LIMIT_MS);
    }
    const { data } = (await admin.get('/bin')).body;
    const told = data.find((d) => d.import?.id === made.body.id);
    assert.ok(told, JSON.stringify(data));
    assert.equal(told.import.filename, 'taken-back.csv');
    assert.ok(told.records >= 80);
    const revert = sql(server.db, "SELECT MAX(id) FROM job WHERE kind = 'import_revert'");
    const kept = sql(server.db, `SELECT args FROM job WHERE id = ${revert}`);
    for (const args of ['{"import_id":', '', '[]']) {
      sql(server.db, `UPDATE job SET args = '${args}' WHERE id = ${revert}`);
      const still = await admin.get('/bin');
      assert.equal(still.status, 200, still.text);
      const bare = still.body.data.find((d) => d.deleted_with === told.deleted_with);
      assert.deepEqual([bare.records, bare.import], [told.records, null], 'told without the file');
    }
    sql(server.db, `UPDATE job SET args = '${kept}' WHERE id = ${revert}`);
    assert.deepEqual(await empty({ deleted_with: told.deleted_with }), { gone: told.records, kept: 0 });
    assert.equal(count('order_line WHERE deleted_at IS NOT NULL'), 0);
  });

  test('only administrators', async () => {
    addUser(server.db, 'salesman', 'sales');
    const me = await server.signIn('salesman');
    assert.equal((await me.get('/bin')).status, 403);
    assert.equal((await me.post('/bin/empty', { confirm: true })).status, 403);
  });
});
