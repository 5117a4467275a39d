/* Orders entered by hand: numbers the program makes, lines that take what is
 * left empty from their product, and lines written in one request with their
 * order, with all that single writes leave behind. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { work } from './jobs.mjs';
import { KIND, settled, sql, startServer } from './lib.mjs';

let server;
let admin;
let customer;
const products = {};

async function post(path, body, status = 201, client = admin) {
  const answer = await client.post(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function patch(path, body, status = 200, client = admin) {
  const answer = await client.patch(path, body);
  assert.equal(answer.status, status, `${path} ${JSON.stringify(body)}: ${answer.text}`);
  return answer.body;
}

async function linesOf(id, more = '') {
  return (await admin.get(`/order_lines?order_id=${id}&sort=position&limit=500${more}`)).body.data;
}

const errorsOf = (problem) => problem.errors.map((e) => [e.field, e.code]);
const read = async (path) => (await admin.get(path)).body;
const feedNow = () => settled(server.db).then(() => read('/changes?since=now')).then(({ cursor }) => cursor);
const feedSince = (cursor, more = '') => settled(server.db).then(() => read(`/changes?since=${cursor}${more}`)).then(({ data }) => data);

async function userWith(key, grants) {
  const role = await post('/roles', { key, name: key, grants });
  const user = await post('/users', { login: key, name: key, role_id: role.id });
  const { token } = await post('/api_tokens', { name: 't', user_id: user.id });
  return server.client({ token });
}

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  customer = await post('/customers', { name: '客户甲', kind: 'organization' });
  for (const p of [{ code: 'tea', name: '绿茶', unit: '盒', price: '12.5' }, { code: 'cup', name: '茶杯', price: '8' },
    { code: 'usd', name: 'Kettle', unit: 'pc', price: '30', currency: 'USD' }, { code: 'bare', name: '赠品' }])
    products[p.code] = await post('/products', p);
});

/* --- numbers ----------------------------------------------------------------- */

test('an order without a number gets the next one of its day', async () => {
  const numbers = [];
  for (const number of [undefined, null, '', '  '])
    numbers.push((await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-21', number })).number);
  assert.deepEqual(numbers, ['SO20260321-001', 'SO20260321-002', 'SO20260321-003', 'SO20260321-004']);
  assert.equal((await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-22' })).number, 'SO20260322-001');
  const own = await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-22', number: 'A 7' });
  assert.equal(own.number, 'A 7', 'one that is given stays');
  assert.deepEqual(errorsOf(await patch(`/orders/${own.id}`, { number: null }, 422)), [['number', 'required']]);
});

test('a number that is there already is passed over, one in the bin too', async () => {
  const typed = await post('/orders', { customer_id: customer.id, ordered_on: '2026-04-01', number: 'SO20260401-001' });
  await admin.delete(`/orders/${typed.id}`);
  for (let k = 2; k < 12; k++)
    await post('/orders', { customer_id: customer.id, ordered_on: '2026-04-01', number: `SO20260401-${String(k).padStart(3, '0')}` });
  const { number } = await post('/orders', { customer_id: customer.id, ordered_on: '2026-04-01' });
  assert.match(number, /^SO20260401-\d{3}$/);
  assert.ok(Number(number.slice(-3)) > 11, number);
});

test('orders made at the same moment never share a number', async () => {
  const made = await Promise.all(Array.from({ length: 40 }, () =>
    post('/orders', { customer_id: customer.id, ordered_on: '2026-05-05' })));
  assert.equal(new Set(made.map((o) => o.number)).size, 40);
});

test('the pattern is a setting; one that makes no sense is refused', async () => {
  for (const pattern of ['SO', '{n}{n}', '{yyyy', '{hh}{n}', 'x}{n}', '{nnnnnnnnnn}', 'x'.repeat(40) + '{n}', '']) {
    const answer = await admin.request('PUT', '/settings', { 'order.number_pattern': pattern });
    assert.equal(answer.status, 422, `${pattern}: ${answer.text}`);
    assert.equal(answer.body.errors[0].field, 'order.number_pattern');
  }
  const good = await admin.request('PUT', '/settings', { 'order.number_pattern': '销{yy}{mm}/{nnnn}号' });
  assert.ok(good.status < 300, good.text);
  const numbers = [];
  for (const day of ['2026-06-01', '2026-06-30', '2026-07-01'])
    numbers.push((await post('/orders', { customer_id: customer.id, ordered_on: day })).number);
  assert.deepEqual(numbers, ['销2606/0001号', '销2606/0002号', '销2607/0001号']);
  await admin.request('PUT', '/settings', { 'order.number_pattern': 'SO{yyyy}{mm}{dd}-{nnn}' });
});

test('what is made is said by schema and OpenAPI', async () => {
  const schema = await read('/schema/orders');
  const number = (schema.entities?.[0] ?? schema).fields.find((f) => f.name === 'number');
  assert.deepEqual([number.required, number.made], [true, true]);
  const doc = await read('/openapi.json');
  const create = doc.paths['/api/v1/orders'].post.requestBody.content['application/json'].schema;
  const { required, properties } = doc.components.schemas[create.$ref.split('/').pop()];
  assert.ok(!required.includes('number') && required.includes('ordered_on'), String(required));
  assert.equal(properties.lines.type, 'array');
});

/* --- what a line takes from its product ---------------------------------------- */

test('a line takes name, unit and price of its product, and the next place', async () => {
  const order = await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-21' });
  const line = (body) => post('/order_lines', { order_id: order.id, quantity: '2', ...body });
  const pick = (l) => [l.position, l.product_name, l.unit, l.unit_price, l.amount];
  assert.deepEqual(pick(await line({ product_id: products.tea.id })), [1, '绿茶', '盒', '12.5', '25']);
  assert.deepEqual(pick(await line({ product_id: products.tea.id, product_name: '特价绿茶', unit_price: '10', unit: '箱' })),
    [2, '特价绿茶', '箱', '10', '20']);
  assert.deepEqual(pick(await line({ product_id: products.tea.id, unit_price: '0' })), [3, '绿茶', '盒', '0', '0']);
  assert.deepEqual(pick(await line({ product_name: '运费', unit_price: '5', position: 9 })), [9, '运费', null, '5', '10']);
  assert.equal((await line({ product_id: products.cup.id })).position, 10);
  const refused = async (body, wrong) =>
    assert.deepEqual(errorsOf(await post('/order_lines', { order_id: order.id, quantity: '2', ...body }, 422)), wrong);
  await refused({ product_id: products.usd.id }, [['unit_price', 'required']]); /* another currency is another price */
  await refused({ product_id: products.bare.id }, [['unit_price', 'required']]);
  await refused({}, [['product_name', 'required'], ['unit_price', 'required']]);
  await refused({ product_id: 999999 }, [['product_name', 'required'], ['unit_price', 'required']]);
  assert.equal((await read(`/orders/${order.id}`)).amount, 2500 + 2000 + 0 + 1000 + 1600);
});

test('another product brings its own name and price, one named later does not', async () => {
  const order = await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-21' });
  const { id } = await post('/order_lines', { order_id: order.id, product_id: products.tea.id, quantity: '1' });
  const pick = (l) => [l.product_name, l.unit, l.unit_price];
  assert.deepEqual(pick(await patch(`/order_lines/${id}`, { product_id: products.cup.id })), ['茶杯', null, '8']);
  assert.deepEqual(pick(await patch(`/order_lines/${id}`, { product_id: products.tea.id, unit_price: '11' })), ['绿茶', '盒', '11']);
  assert.deepEqual(pick(await patch(`/order_lines/${id}`, { quantity: '3' })), ['绿茶', '盒', '11']);
  const free = await post('/order_lines', { order_id: order.id, product_name: '老茶', unit_price: '99', quantity: '1' });
  assert.deepEqual(pick(await patch(`/order_lines/${free.id}`, { product_id: products.tea.id })), ['老茶', null, '99']);
});

test('who may not see prices of products gets none from them', async () => {
  const all = { read: 'all', create: 'all', update: 'all', delete: 'all' };
  const blind = await userWith('noprice', { customer: all, order: all, order_line: all, product: { read: 'all' },
    fields: { product: { price: 'hidden' } } });
  const order = await post('/orders', { customer_id: customer.id, ordered_on: '2026-03-21' }, 201, blind);
  const body = { order_id: order.id, product_id: products.tea.id, quantity: '1' };
  assert.deepEqual(errorsOf(await post('/order_lines', body, 422, blind)), [['unit_price', 'required']]);
  const shut = await userWith('noproduct', { customer: all, order: all, order_line: all });
  const answer = await shut.post('/order_lines', body);
  assert.equal(answer.status, 422, answer.text);
  assert.doesNotMatch(answer.text, /绿茶/);
});

/* --- lines with their order ------------------------------------------------------ */

test('an order is made with its lines, or not at all', async () => {
  const cursor = await feedNow();
  const rows = [{ product_id: products.tea.id, quantity: '4' },
    { product_id: products.cup.id, quantity: '10', unit_price: '7.5', discount_percent: '20' },
    { product_name: '运费', quantity: '1', unit_price: '6' }];
  const buyer = await post('/customers', { name: '一次下单' });
  const order = await post('/orders', { customer_id: buyer.id, ordered_on: '2026-03-21', lines: rows });
  assert.equal(order.amount, 5000 + 6000 + 600);
  assert.equal(order.discount_percent, '11.45', '15 off 131');
  const lines = await linesOf(order.id);
  assert.deepEqual(lines.map((l) => [l.position, l.product_name, l.amount]), [[1, '绿茶', '50'], [2, '茶杯', '60'], [3, '运费', '6']]);
  const stats = await read(`/customers/${buyer.id}`);
  assert.deepEqual([stats.orders, stats.sales, stats.last_order_on, stats.ladder_rung], [1, '116', '2026-03-21', 'first_purchase']);
  const changes = (await feedSince(cursor, '&objects=orders,order_lines')).map((x) => `${x.op} ${x.object}`);
  assert.deepEqual(changes, ['create orders', ...Array(3).fill('create order_lines')]);
  const audit = (await read(`/audit_entries?entity=order_line&record_id=${lines[1].id}`)).data;
  assert.deepEqual([audit.length, audit[0].op ?? audit[0].action], [1, 'create']);

  const before = await read('/orders?count=exact&limit=1');
  const bad = [{ product_id: products.tea.id }, { product_id: products.tea.id, quantity: '1' }, { quantity: 'x', unit_price: '1', product_name: 'p' },
    { quantity: '1', unit_price: '1', product_name: 'p', discount_percent: '101' }, { product_id: 999999, product_name: 'p', quantity: '1', unit_price: '1' }, 7,
    { quantity: '1', unit_price: '1', product_name: 'p', colour: 'red', order_id: 3 }, { id: lines[0].id, quantity: '1' }, { id: 'x' }];
  const refused = await post('/orders', { customer_id: buyer.id, ordered_on: '2026-03-21', lines: bad }, 422);
  const fields = refused.errors.map((e) => e.field);
  assert.deepEqual(fields, ['lines[0].quantity', 'lines[2].quantity', 'lines[3].discount_percent', 'lines[4].product_id', 'lines[5]',
    'lines[6].order_id', 'lines[7].id', 'lines[8].id']);
  for (const lines of [{}, 'x', null, Array(501).fill(rows[0])])
    assert.equal((await post('/orders', { customer_id: buyer.id, ordered_on: '2026-03-21', lines }, 422)).errors[0].field, 'lines');
  assert.deepEqual((await read('/orders?count=exact&limit=1')).count, before.count, 'nothing is left of it');
  assert.equal((await read(`/customers/${buyer.id}`)).orders, 1);
});

test('lines are changed, added and taken away with their order', async () => {
  const order = await post('/orders', { customer_id: customer.id, ordered_on: '2026-02-01',
    lines: ['a', 'b', 'c'].map((product_name) => ({ product_name, quantity: '1', unit_price: '10' })) });
  const [a, b, c] = await linesOf(order.id);
  const cursor = await feedNow();
  const now = await patch(`/orders/${order.id}`, { note: 'n',
    lines: [{ id: c.id, quantity: '5' }, { product_name: 'd', quantity: '2', unit_price: '3' }, { id: a.id, rev: a.rev }] });
  assert.deepEqual([now.amount, now.note], [5000 + 600 + 1000, 'n']);
  assert.deepEqual((await linesOf(order.id)).map((l) => [l.position, l.product_name, l.quantity]), [[1, 'c', '5'], [2, 'd', '2'], [3, 'a', '1']]);
  const rows = (await feedSince(cursor, '&objects=orders,order_lines'));
  assert.deepEqual(rows.map((x) => `${x.op} ${x.object}`).sort(),
    ['create order_lines', 'delete order_lines', 'update order_lines', 'update order_lines', 'update orders']);
  assert.ok(rows.some((x) => x.op === 'delete' && x.id === b.id));

  const same = (await linesOf(order.id)).map(({ id }) => ({ id }));
  const mark = await feedNow();
  await patch(`/orders/${order.id}`, { lines: same });
  assert.deepEqual(await feedSince(mark), [], 'the same again is no change');

  const stale = await patch(`/orders/${order.id}`, { lines: [{ id: c.id, rev: c.rev, quantity: '9' }, ...same.slice(1)] }, 412);
  assert.deepEqual(stale.errors.map((e) => e.field).sort(), ['lines[0].position', 'lines[0].quantity']);
  const other = await post('/orders', { customer_id: customer.id, ordered_on: '2026-02-02', lines: [{ product_name: 'z', quantity: '1', unit_price: '1' }] });
  const foreign = await patch(`/orders/${order.id}`, { lines: [{ id: (await linesOf(other.id))[0].id, quantity: '9' }, { id: c.id }, { id: c.id }] }, 422);
  assert.deepEqual(errorsOf(foreign), [['lines[0].id', 'ref_missing'], ['lines[2].id', 'ref_missing']]);
  assert.equal((await linesOf(order.id)).length, 3, 'nothing was done');

  const empty = await patch(`/orders/${order.id}`, { lines: [] });
  assert.deepEqual([empty.amount, (await linesOf(order.id)).length], [0, 0]);
});

test('who has not seen a line cannot take it away', async () => {
  const order = await post('/orders', { customer_id: customer.id, ordered_on: '2026-02-03', lines: [{ product_name: 'a', quantity: '1', unit_price: '10' }] });
  const path = `/orders/${order.id}`;
  const [a] = await linesOf(order.id);
  const send = (rev, lines, status) => admin.patch(path, { lines }, { 'If-Match': `"${rev}"` })
    .then((answer) => (assert.equal(answer.status, status, answer.text), answer.body));
  const b = await post('/order_lines', { order_id: order.id, product_name: 'b', quantity: '1', unit_price: '1' });
  const loaded = (await read(path)).rev;
  assert.equal(loaded, order.rev + 1);
  await send(order.rev, [{ id: a.id, rev: a.rev, quantity: '2' }], 412);
  assert.deepEqual((await linesOf(order.id)).map((l) => l.quantity), ['1', '1'], 'nothing was done');

  /* an unchanged list is no change, a changed, binned or restored line is */
  assert.equal((await send(loaded, [{ id: a.id }, { id: b.id }], 200)).rev, loaded);
  await patch(`/order_lines/${b.id}`, { quantity: '3' });
  await send(loaded, [{ id: a.id }], 412);
  assert.equal((await admin.delete(`/order_lines/${b.id}`)).status, 204);
  await send(loaded + 1, [{ id: a.id }], 412);
  assert.equal((await admin.post(`/order_lines/${b.id}/restore`)).status, 200);
  await send(loaded + 2, [{ id: a.id }], 412);
  const { rev } = await read(path);
  const now = await send(rev, [{ id: a.id }], 200);
  assert.equal(now.rev, rev + 1);

  /* of two at once one is told, however they meet */
  const race = await Promise.all(['x', 'y'].map((product_name) =>
    admin.patch(path, { lines: [{ product_name, quantity: '1', unit_price: '1' }] }, { 'If-Match': `"${now.rev}"` })));
  assert.deepEqual(race.map((answer) => answer.status).sort(), [200, 412]);

  /* the order goes with its lines and comes back with them */
  assert.equal((await admin.delete(path)).status, 204);
  assert.equal((await admin.post(`${path}/restore`)).status, 200);
  assert.deepEqual([(await read(path)).amount, (await linesOf(order.id)).length], [100, 1]);
});

test('single and joint writes come to the same', async () => {
  const rows = [{ product_id: products.tea.id, quantity: '3', discount_percent: '10' }, { product_name: 'x', quantity: '-1', unit_price: '4', kind: 'return' }];
  const buyers = [await post('/customers', { name: 'one by one' }), await post('/customers', { name: 'together' })];
  const head = (k) => ({ customer_id: buyers[k].id, ordered_on: '2026-01-15', number: `same-${k}` });
  const single = await post('/orders', head(0));
  for (const row of rows) await post('/order_lines', { order_id: single.id, ...row });
  const joint = await post('/orders', { ...head(1), lines: rows });
  const order = ({ amount, base_amount, sales, returned, margin, discount_percent }) => ({ amount, base_amount, sales, returned, margin, discount_percent });
  assert.deepEqual(order(await read(`/orders/${single.id}`)), order(joint));
  const figures = async ({ id }) => {
    const { orders, sales, returned_amount, discounts_given, cost_to_serve, ladder_rung } = await read(`/customers/${id}`);
    return { orders, sales, returned_amount, discounts_given, cost_to_serve, ladder_rung };
  };
  assert.deepEqual(await figures(buyers[0]), await figures(buyers[1]));
  const line = (await linesOf(joint.id))[0];
  await patch(`/order_lines/${line.id}`, { discount_percent: null });
  assert.equal((await read(`/orders/${joint.id}`)).discount_percent, null, 'it went with the last of them');
});

test('upsert and batch take lines too', async () => {
  const lines = [{ product_id: products.cup.id, quantity: '2' }];
  const put = await admin.put('/orders/by/external_id/E1?source=erp', { customer_id: customer.id, ordered_on: '2026-01-01', lines });
  assert.deepEqual([put.status, put.body.amount], [201, 1600], put.text);
  const again = await admin.put('/orders/by/external_id/E1?source=erp', { lines: [{ ...lines[0], quantity: '3' }] });
  assert.deepEqual([again.status, again.body.amount], [200, 2400], again.text);
  assert.equal((await linesOf(put.body.id)).length, 1);
  const batch = await admin.post('/batch', { operations: [{ op: 'create', object: 'orders', data: { customer_id: customer.id, ordered_on: '2026-01-01', lines: [{}] } }] });
  assert.equal(batch.status, 422);
  assert.equal(batch.body.results[0].problem.errors[0].field, 'lines[0].product_name');
});

test('rights to lines hold for lines of orders', async () => {
  const all = { read: 'all', create: 'all', update: 'all', delete: 'all' };
  const writer = await userWith('nodelete', { customer: all, order: all, product: all, order_line: { read: 'all', create: 'all', update: 'all' } });
  const reader = await userWith('noline', { customer: all, order: all, product: all, order_line: { read: 'all' } });
  const body = { customer_id: customer.id, ordered_on: '2026-01-01', lines: [{ product_id: products.cup.id, quantity: '2' }] };
  await post('/orders', body, 403, reader);
  const order = await post('/orders', body, 201, writer);
  const [line] = await linesOf(order.id);
  await patch(`/orders/${order.id}`, { lines: [{ id: line.id, quantity: '3' }] }, 200, writer);
  await patch(`/orders/${order.id}`, { lines: [] }, 403, writer);
  await patch(`/orders/${order.id}`, { lines: [{ id: line.id, quantity: '4' }] }, 403, reader);
  assert.equal((await read(`/orders/${order.id}`)).amount, 2400);
});

test('a line that the database itself refuses does not stand for those behind it', async () => {
  const pg = KIND === 'postgresql';
  const when = (table) => `BEFORE INSERT ON ${table} FOR EACH ROW WHEN (NEW.product_name = 'no such thing')`;
  if (pg)
    sql(server.db, `CREATE FUNCTION refuse_line() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END $$`);
  sql(server.db, `CREATE TRIGGER refuse_line ${when('order_line')} ${pg ? 'EXECUTE FUNCTION refuse_line()' : "BEGIN SELECT raise(ABORT, 'refused'); END"}`);
  try {
    const line = { product_id: products.tea.id, quantity: '1' };
    const lines = [line, { ...line, quantity: 'many' }, { ...line, product_name: 'no such thing' }, line, line];
    const refused = await post('/orders', { customer_id: customer.id, ordered_on: '2026-01-05', lines }, 422);
    const told = new Set(refused.errors.map((e) => /^lines\[(\d)\]/.exec(e.field)?.[1]));
    assert.deepEqual([...told].sort(), ['1', '2'], JSON.stringify(refused.errors));
    const [good] = (await post('/batch', { operations: [{ op: 'create', object: 'orders', data: { customer_id: customer.id, ordered_on: '2026-01-05', lines: [line] } }] }, 200)).results;
    assert.equal(good.status, 201, 'nothing of it stays on the connection');
  } finally {
    sql(server.db, `DROP TRIGGER refuse_line${pg ? ' ON order_line' : ''}`);
    if (pg) sql(server.db, 'DROP FUNCTION refuse_line()');
  }
});

test('the ceiling of discounts holds for what the lines add up to', async () => {
  const buyer = await post('/customers', { name: '有上限', owner_id: null });
  const rules = { discount_max: '10', approval: 'admin', active: true, contact_days: 3000 };
  for (const grade of ['vip', 'main', 'ordinary', 'small']) { /* sales move him */
    const policy = (await read(`/grade_policies?grade=${grade}`)).data[0];
    if (policy) await patch(`/grade_policies/${policy.id}`, rules);
    else await post('/grade_policies', { grade, ...rules });
  }
  await post('/orders', { customer_id: buyer.id, ordered_on: '2026-01-02', lines: [{ product_id: products.tea.id, quantity: '1' }] });
  const job = await work(admin, '/grading/run');
  assert.equal(job.state, 'done', JSON.stringify(job));
  const all = { read: 'all', create: 'all', update: 'all', delete: 'all' };
  const seller = await userWith('seller', { customer: all, order: all, order_line: all, product: all });
  const lines = (percent) => [{ product_id: products.tea.id, quantity: '10', discount_percent: percent }, { product_id: products.tea.id, quantity: '10' }];
  const head = { customer_id: buyer.id, ordered_on: '2026-01-03' };
  const good = await post('/orders', { ...head, lines: lines('20') }, 201, seller);
  assert.equal(good.discount_percent, '10');
  const refused = await post('/orders', { ...head, lines: lines('22') }, 422, seller);
  assert.deepEqual(errorsOf(refused), [['discount_percent', 'discount_ceiling']]);
  const [line] = await linesOf(good.id);
  assert.equal((await seller.patch(`/order_lines/${line.id}`, { discount_percent: '30' })).status, 422);
  const draft = await post('/orders', { ...head, status: 'draft', lines: lines('50') }, 201, seller);
  assert.equal((await seller.patch(`/orders/${draft.id}`, { status: 'confirmed' })).status, 422);
  const approved = await post('/orders', { ...head, lines: lines('50') });
  assert.deepEqual([approved.discount_percent, approved.discount_policy_id > 0], ['25', true]);
});
