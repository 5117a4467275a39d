/* Is it there already? The ways people write one name or number, what is told
 * of it, and what is not. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { KIND, sql, startServer } from './lib.mjs';

let server, admin, seller, blind;

async function make(client, plural, body) {
  const answer = await client.post(`/${plural}`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

async function similar(client, plural, typed) {
  const answer = await client.get(`/${plural}/similar?${new URLSearchParams(typed)}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

const ids = (body) => body.matched.map((m) => m.id);

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const own = { read: 'own', create: 'own', update: 'own', delete: 'own' };
  const user = async (login, grants) => {
    const role = await make(admin, 'roles', { key: login, name: login, grants });
    const { id } = await make(admin, 'users', { login, name: login, role_id: role.id });
    const { token } = await make(admin, 'api_tokens', { name: 't', user_id: id });
    return Object.assign(server.client({ token }), { id });
  };
  seller = await user('seller', { customer: own, contact: own, user: { read: 'all' } });
  blind = await user('blind', {
    customer: { read: 'all' }, contact: { read: 'all' }, user: { read: 'all' },
    fields: { customer: { phone: 'masked', tax_number: 'hidden' } },
  });
});

test('what is asked by is told with the definitions, but what one may not see', async () => {
  const asked = async (client) => Object.fromEntries((await client.get('/schema')).body.entities.filter((e) => e.similar.length).map((e) => [e.name, e.similar]));
  assert.deepEqual(await asked(admin), { customer: ['name', 'phone', 'email', 'tax_number'], contact: ['name', 'phone', 'email'] });
  assert.deepEqual((await asked(blind)).customer, ['name', 'phone', 'email']);
});

describe('names of companies', () => {
  let made;
  before(async () => (made = await make(admin, 'customers', { kind: 'organization', name: '绍兴柯桥瑞丰纺织有限公司', city: '绍兴' })));

  test('are one without their legal form, width, case, spaces and script', async () => {
    for (const name of ['绍兴柯桥瑞丰纺织有限公司', '绍兴柯桥瑞丰纺织', '绍兴柯桥瑞丰纺织股份有限公司', '绍兴柯桥瑞丰纺织有限责任公司',
      '紹興柯橋瑞豐紡織有限公司', '绍兴柯桥瑞丰纺织 有限公司', '绍兴柯桥 瑞丰纺织', '（绍兴柯桥瑞丰纺织）公司', ' 绍兴柯桥瑞丰纺织　有限公司 ']) {
      const found = await similar(admin, 'customers', { name });
      assert.deepEqual(found.matched, [{ id: made.id, fields: ['name'] }], name);
      assert.equal(found.data[0].city, '绍兴');
      assert.ok(Object.values(found.included.users).length, 'the owner has a name');
    }
    const acme = await make(admin, 'customers', { kind: 'organization', name: 'Acme Trading Co., Ltd.' });
    for (const name of ['acme trading', 'ACME TRADING CO LTD', 'Ａｃｍｅ Trading Limited', 'Acme Trading Inc.', 'Acme  Trading Company'])
      assert.deepEqual(ids(await similar(admin, 'customers', { name })), [acme.id], name);
  });

  test('are others when more than that differs', async () => {
    for (const name of ['绍兴柯桥瑞丰', '柯桥瑞丰纺织有限公司', '绍兴柯桥瑞丰纺织杭州分公司', '绍兴柯桥瑞丰纺织分公司', '公司', '有限公司', 'Acme', 'Ltd', '', '绍'])
      assert.deepEqual(ids(await similar(admin, 'customers', { name })), [], name);
    const branch = await make(admin, 'customers', { kind: 'organization', name: '绍兴柯桥瑞丰纺织分公司' });
    assert.deepEqual(ids(await similar(admin, 'customers', { name: '绍兴柯桥瑞丰纺织' })), [made.id]);
    assert.deepEqual(ids(await similar(admin, 'customers', { name: '绍兴柯桥瑞丰纺织分公司' })), [branch.id]);
  });

  test('the record itself and the bin do not count', async () => {
    const name = '只此一家贸易公司';
    const one = await make(admin, 'customers', { name });
    assert.deepEqual(ids(await similar(admin, 'customers', { name, except: one.id })), []);
    assert.deepEqual(ids(await similar(admin, 'customers', { name })), [one.id]);
    assert.equal((await admin.delete(`/customers/${one.id}`)).status, 204);
    assert.deepEqual(ids(await similar(admin, 'customers', { name })), []);
  });
});

test('phones, addresses and tax numbers, as they are written', async () => {
  const one = await make(admin, 'customers', {
    kind: 'organization', name: '号码公司', phone: '+86 138-0013-8001', email: 'Info@Haoma.example.cn', tax_number: '91330000MA2B0XYZ12',
  });
  for (const phone of ['13800138001', '138 0013 8001', '+8613800138001', '0086 13800138001', '１３８００１３８００１'])
    assert.deepEqual((await similar(admin, 'customers', { phone })).matched, [{ id: one.id, fields: ['phone'] }], phone);
  const landline = await make(admin, 'customers', { name: '座机公司', phone: '+86 10 6552 9988' });
  for (const phone of ['0086 10 6552 9988', '+86-10-65529988', '861065529988'])
    assert.deepEqual(ids(await similar(admin, 'customers', { phone })), [landline.id], phone);
  for (const phone of ['13800138002', '8001', '1380013800'])
    assert.deepEqual(ids(await similar(admin, 'customers', { phone })), [], phone);
  assert.deepEqual(ids(await similar(admin, 'customers', { email: 'Info@Haoma.example.cn' })), [one.id]);
  assert.deepEqual(ids(await similar(admin, 'customers', { tax_number: '91330000ma2b0xyz12' })), [one.id]);
  const local = await make(admin, 'customers', { name: '号码', phone: '13800138001' });
  const both = await similar(admin, 'customers', { name: '号码有限公司', phone: '13800138001', tax_number: '91330000MA2B0XYZ12' });
  assert.deepEqual(both.matched, [{ id: one.id, fields: ['name', 'phone', 'tax_number'] }, { id: local.id, fields: ['name', 'phone'] }],
    'the likeliest first');
});

test('case and width are folded in every script', async () => {
  const one = await make(admin, 'customers', { kind: 'organization', name: 'Ромашка Торг', email: 'Ирина@Ромашка.example', tax_number: 'de811907980' });
  for (const name of ['РОМАШКА ТОРГ', 'ромашка торг'])
    assert.deepEqual(ids(await similar(admin, 'customers', { name })), [one.id], name);
  for (const email of ['ирина@ромашка.example', 'ИРИНА@РОМАШКА.EXAMPLE', 'ирина＠ромашка.example'])
    assert.deepEqual(ids(await similar(admin, 'customers', { email })), [one.id], email);
  for (const tax_number of ['DE811907980', 'ＤＥ８１１９０７９８０'])
    assert.deepEqual(ids(await similar(admin, 'customers', { tax_number })), [one.id], tax_number);
  assert.deepEqual(ids(await similar(admin, 'customers', { email: 'ирин@ромашка.example' })), []);
});

test('contacts: a phone anywhere, a name with the same customer', async () => {
  const customer = await make(admin, 'customers', { name: '联系人公司', kind: 'organization' });
  const other = await make(admin, 'customers', { name: '别的公司', kind: 'organization' });
  const wang = await make(admin, 'contacts', { customer_id: customer.id, name: '王芳', phone: '13911112222' });
  assert.deepEqual(ids(await similar(admin, 'contacts', { name: '王 芳', customer_id: customer.id })), [wang.id]);
  assert.deepEqual(ids(await similar(admin, 'contacts', { name: '王芳', customer_id: other.id })), []);
  assert.deepEqual(ids(await similar(admin, 'contacts', { name: '王芳' })), []);
  const found = await similar(admin, 'contacts', { phone: '139 1111 2222', customer_id: other.id });
  assert.deepEqual(found.matched, [{ id: wang.id, fields: ['phone'] }]);
  assert.equal(found.included.customers[customer.id].name, '联系人公司');
});

test('what is out of sight is not told, nor what is in a field out of sight', async () => {
  const typed = { name: '他人的客户', phone: '13700001111', tax_number: '91330000MA2B0QQQ77' };
  const theirs = await make(admin, 'customers', { kind: 'organization', ...typed });
  assert.deepEqual(await similar(seller, 'customers', typed), { ...(await similar(seller, 'customers', { name: '没有这个名字' })) });
  const mine = await make(seller, 'customers', { kind: 'organization', ...typed });
  assert.deepEqual(ids(await similar(seller, 'customers', typed)), [mine.id]);

  assert.deepEqual(ids(await similar(blind, 'customers', { phone: typed.phone })), [], 'a masked number is not guessed');
  assert.deepEqual(ids(await similar(blind, 'customers', { tax_number: typed.tax_number })), []);
  const seen = await similar(blind, 'customers', typed);
  assert.deepEqual(seen.matched.map((m) => m.fields), [['name'], ['name']]);
  assert.ok(!JSON.stringify(seen).includes(typed.phone));
  assert.deepEqual(ids(seen), [theirs.id, mine.id]);
});

test('bad numbers are refused, and who may read no customers is told so', async () => {
  assert.equal((await admin.get('/customers/similar?except=x')).status, 422);
  assert.equal((await admin.get('/contacts/similar?customer_id=0')).status, 422);
  const role = await make(admin, 'roles', { key: 'none', name: 'none', grants: {} });
  const { id } = await make(admin, 'users', { login: 'none', name: 'none', role_id: role.id });
  const { token } = await make(admin, 'api_tokens', { name: 't', user_id: id });
  assert.equal((await server.client({ token }).get('/customers/similar?name=x1')).status, 403);
});

test('each field is looked up by its index', { skip: KIND !== 'sqlite' }, () => {
  for (const [table, column] of [['customer', 'name_sort'], ['customer', 'phone_digits'], ['customer', 'email_fold'], ['customer', 'tax_number'],
    ['contact', 'phone_digits'], ['contact', 'email_fold']]) {
    const plan = sql(server.db, `EXPLAIN QUERY PLAN SELECT x.id FROM "${table}" x WHERE x.deleted_at IS NULL AND x."${column}" IN ('a', 'b') LIMIT 500`);
    assert.match(plan, /SEARCH x USING INDEX/, `${table}.${column}: ${plan}`);
  }
});
