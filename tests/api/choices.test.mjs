/* What is chosen, not typed: the kind of a customer, that can be mended, and
 * currencies. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { startServer } from './lib.mjs';
import { importAll } from './jobs.mjs';

let server, admin, schema;

async function make(plural, body) {
  const answer = await admin.post(`/${plural}`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  schema = new Map((await admin.get('/schema')).body.entities.map((e) => [e.name, e]));
});

test('the kind of a customer is changed, and the facts of both kinds stay', async () => {
  const { id } = await make('customers', { kind: 'person', name: '绍兴瑞丰纺织有限公司', blood_type: 'a', spouse_name: '李梅' });
  const changed = await admin.patch(`/customers/${id}`, { kind: 'organization', industry: 'manufacturing' });
  assert.equal(changed.status, 200, changed.text);
  const now = (await admin.get(`/customers/${id}`)).body;
  assert.deepEqual([now.kind, now.industry, now.blood_type, now.spouse_name], ['organization', 'manufacturing', 'a', '李梅']);
  assert.equal((await admin.patch(`/customers/${id}`, { kind: null })).status, 422);
  assert.equal((await admin.patch(`/customers/${id}`, { kind: 'club' })).status, 422);
  const kind = schema.get('customer').fields.find((f) => f.name === 'kind');
  assert.equal(kind.create_only, false);
});

test('what an import supposes of new customers says nothing of those there are', async () => {
  const { id } = await make('customers', { kind: 'person', name: '王小明', code: 'W1' });
  const read = async () => (await admin.get(`/customers/${id}`)).body;
  const plain = await importAll(admin, 'customers', 'code,name,city\nW1,王小明,杭州\nW2,新公司,杭州\n', { options: { key: 'code', on_duplicate: 'update', kind: 'organization' } });
  assert.deepEqual([plain.report.updated, plain.report.created], [1, 1]);
  assert.deepEqual([(await read()).kind, (await read()).city], ['person', '杭州']);
  assert.equal((await admin.get('/customers?code=W2')).body.data[0].kind, 'organization');
  const told = await importAll(admin, 'customers', 'code,name,客户类型\nW1,王小明,企业\n', { options: { key: 'code', on_duplicate: 'update', kind: 'person' } });
  assert.equal(told.report.updated, 1, JSON.stringify(told.report));
  assert.equal((await read()).kind, 'organization', 'a column says it of each');
});

test('what a form begins with is a setting, told with the session', async () => {
  const kind = async () => (await admin.get('/session')).body.company.customer_kind;
  const setting = (await admin.get('/settings')).body.data.find((s) => s.key === 'company.customer_kind');
  const { options } = schema.get('customer').fields.find((f) => f.name === 'kind');
  assert.deepEqual(setting.options, options, 'the kinds a customer may be of, in the same words');
  assert.equal(await kind(), 'organization');
  assert.equal((await admin.put('/settings', { 'company.customer_kind': 'person' })).status, 200);
  assert.equal(await kind(), 'person');
  assert.equal((await admin.put('/settings', { 'company.customer_kind': 'club' })).status, 422);
});

test('a currency is a code, wherever there is one', async () => {
  const marked = [...schema.values()].flatMap((e) => e.fields.filter((f) => f.currency_code).map((f) => `${e.name}.${f.name}`));
  assert.deepEqual(marked.sort(), ['cost_entry.currency', 'currency_rate.currency', 'order.currency', 'payment.currency', 'product.currency']);
  for (const e of schema.values())
    for (const f of e.fields.filter((x) => x.type === 'money' && x.currency && !x.custom))
      assert.ok(marked.includes(`${e.name}.${f.currency}`), `${e.name}.${f.name} goes by ${f.currency}`);
  const { id } = await make('products', { code: 'P1', name: '布', currency: 'USD' });
  for (const currency of ['人民币', 'us', 'usd', 'U$D', 'USDX']) {
    for (const answer of [await admin.patch(`/products/${id}`, { currency }), await admin.post('/products', { code: 'P2', name: '线', currency }),
      await admin.post('/currency_rates', { currency, day: '2024-01-01', rate: '7' }),
      await admin.post('/orders', { number: 'X', ordered_on: '2024-01-01', currency })]) {
      assert.equal(answer.status, 422, answer.text);
      assert.ok(answer.body.errors.some((e) => e.field === 'currency' && ['not_currency', 'too_long'].includes(e.code)), answer.text);
    }
  }
  assert.equal((await admin.get(`/products/${id}`)).body.currency, 'USD');
});
