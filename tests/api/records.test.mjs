/* The generic routes, for every entity and field the schema shows: create,
 * read, change, bin, revisions, and every limit. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';
import { COMPUTED, NOT_CREATED, PICKY, Samples } from './sample.mjs';

let client;
let schema;
let samples;

before(async () => {
  const server = await startServer({ admin: true });
  client = await server.signIn();
  schema = (await client.get('/schema')).body;
  samples = new Samples(schema);
  for (const name of ['user', 'role', 'team']) {
    const { body } = await client.get(`/${samples.entities.get(name).plural}`);
    for (const row of body.data) samples.see(name, row.id);
  }
});

async function create(entity, body) {
  const answer = await client.post(`/${entity.plural}`, body);
  assert.equal(answer.status, 201, `${entity.name} ${JSON.stringify(body)}: ${answer.text}`);
  return answer;
}

/* What was given and what came back, field by field. */
function same(entity, given, got) {
  for (const [name, value] of Object.entries(given)) {
    if (COMPUTED.has(`${entity.name}.${name}`)) continue;
    const f = entity.fields.find((one) => one.name === name);
    assert.deepEqual(got[name], normal(f, value), `${entity.name}.${name}`);
  }
}

function normal(f, value) {
  if (f.type === 'instant') return new Date(value).toISOString().replace('.000Z', 'Z');
  if (f.type === 'set') return [...new Set(value)];
  return value;
}

describe('every entity', () => {
  test('with POST is created whole, read, changed, deleted, restored', async (t) => {
    for (const entity of samples.creatable())
      await t.test(entity.name, () => life(entity));
  });

  test('without it refuses POST, PATCH, DELETE, and lists', async () => {
    for (const entity of schema.entities.filter((e) => !e.writable)) {
      assert.equal((await client.post(`/${entity.plural}`, {})).status, 405, entity.name);
      assert.equal((await client.patch(`/${entity.plural}/1`, {})).status, 405, entity.name);
      assert.equal((await client.delete(`/${entity.plural}/1`)).status, 405, entity.name);
      assert.equal((await client.get(`/${entity.plural}`)).status, 200, entity.name);
    }
  });

  test('that is made by a route of its own still lists', async () => {
    for (const name of Object.keys(NOT_CREATED))
      assert.equal((await client.get(`/${samples.entities.get(name).plural}`)).status, 200, name);
  });
});

async function life(entity) {
  const body = samples.body(entity, { full: true });
  const made = await create(entity, body);
  const { id } = made.body;
  const path = `/${entity.plural}/${id}`;
  samples.see(entity.name, id);
  assert.equal(made.headers.get('location'), `/api/v1${path}`);
  same(entity, body, made.body);
  const read = await client.get(path);
  assert.deepEqual(read.body, made.body);
  assert.equal(read.headers.get('etag'), made.headers.get('etag'));
  const again = await client.get(path, { 'if-none-match': read.headers.get('etag') });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
  await changes(entity, path, read);
  await bin(entity, path);
}

async function changes(entity, path, read) {
  let rev = read.body.rev;
  for (const f of samples.inputs(entity)) {
    if (f.create_only) continue;
    const value = samples.value(entity, f);
    if (value === undefined) continue;
    const answer = await client.patch(path, { [f.name]: value });
    assert.equal(answer.status, 200, `${f.name}=${JSON.stringify(value)}: ${answer.text}`);
    same(entity, { [f.name]: value }, answer.body);
    assert.ok(answer.body.rev === rev || answer.body.rev === rev + 1);
    rev = answer.body.rev;
  }
  const now = await client.get(path);
  assert.ok(now.body.rev > read.body.rev, 'nothing was changed');
  assert.notEqual(now.headers.get('etag'), read.headers.get('etag'));
  assert.ok(Date.parse(now.body.updated_at) >= Date.parse(read.body.updated_at),
    `${read.body.updated_at}, then ${now.body.updated_at}`);
  const idle = await client.patch(path, {});
  assert.equal(idle.body.rev, now.body.rev);
}

async function bin(entity, path) {
  const live = (await client.get(path)).body;
  const stale = await client.delete(path, { 'if-match': '"999999.x"' });
  assert.equal(stale.status, 412, stale.text);
  const gone = await client.delete(path, { 'if-match': `"${live.rev}.x"` });
  assert.equal(gone.status, 204, gone.text);
  assert.equal(gone.text, '');
  assert.equal((await client.get(path)).status, 404);
  assert.equal((await client.patch(path, {})).status, 404);
  assert.equal((await client.delete(path)).status, 404);
  const binned = await client.get(`${path}?bin=true`);
  assert.equal(binned.status, 200, binned.text);
  assert.notEqual(binned.body.deleted_at, null);
  const list = await client.get(`/${entity.plural}?bin=true&limit=500`);
  assert.ok(list.body.data.some((row) => row.id === live.id));
  const back = await client.post(`${path}/restore`);
  assert.equal(back.status, 200, back.text);
  assert.equal(back.body.deleted_at, null);
  const forget = ({ rev, updated_at, ...rest }) => rest;
  assert.deepEqual(forget(back.body), forget(live));
  assert.equal((await client.post(`${path}/restore`)).status, 404);
}

describe('limits', () => {
  test('of every field are those of the schema', async (t) => {
    for (const entity of samples.creatable())
      await t.test(entity.name, () => limits(entity));
  });
});

/* What a score needs beside it, for the limits of scores. */
function grounds(entity) {
  const has = (name) => entity.fields.some((f) => f.name === name);
  const facts = entity.fields.map((f) => f.name.replace(/_score$/, '')).filter((fact) => has(`${fact}_score`) && has(`${fact}_source`));
  return Object.fromEntries(facts.flatMap((fact) => [[`${fact}_source`, '访谈'], [`${fact}_on`, '2024-01-31']]));
}

async function limits(entity) {
  const { body: row } = await create(entity, { ...samples.body(entity), ...grounds(entity) });
  const path = `/${entity.plural}/${row.id}`;
  const { body: start } = await client.get(path);
  for (const f of entity.fields) {
    if (f.readonly || f.create_only) {
      await refuse(entity, path, f, 'a value', f.default ?? 1, 'readonly_field');
      continue;
    }
    for (const [why, value] of samples.refused(f)) await refuse(entity, path, f, why, value);
    if (f.required && !f.system) {
      await refuse(entity, path, f, 'null', null, 'required');
      if (f.default === undefined && !f.made) await missing(entity, f);
    }
  }
  await refuse(entity, path, { name: 'no_such_field' }, 'a value', 1, 'unknown_field');
  assert.deepEqual((await client.get(path)).body, start, 'something was written');
  for (const f of entity.fields) await longest(entity, path, f);
}

async function refuse(entity, path, f, why, value, code) {
  const answer = await client.patch(path, { [f.name]: value });
  const about = `${entity.name}.${f.name}: ${why} ${JSON.stringify(value).slice(0, 60)}: ${answer.text}`;
  assert.equal(answer.status, 422, about);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.ok(answer.body.errors.some((e) => e.field === f.name), about);
  if (code) assert.equal(answer.body.errors[0].code, code, about);
  for (const e of answer.body.errors) assert.ok(e.message.length > 0 && e.message !== e.code, about);
}

async function missing(entity, f) {
  const body = samples.body(entity);
  delete body[f.name];
  const answer = await client.post(`/${entity.plural}`, body);
  assert.equal(answer.status, 422, `${entity.name} without ${f.name}: ${answer.text}`);
  assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [[f.name, 'required']]);
}

/* The longest text and the outermost numbers are taken. */
async function longest(entity, path, f) {
  const name = `${entity.name}.${f.name}`;
  if (f.readonly || f.create_only || PICKY.has(name) || COMPUTED.has(name)) return;
  const values = [];
  if (f.type === 'text' || f.type === 'longtext') values.push('汉'.repeat(f.max), '𝄞'.repeat(f.max), 'a\u0301"\\<&');
  if (f.type === 'int' || f.type === 'money' || f.type === 'decimal')
    values.push(...[f.min, f.max].filter((v) => v !== undefined && !(v === 0 && entity.name === 'currency_rate')));
  for (const value of values) {
    const answer = await client.patch(path, { [f.name]: value });
    assert.equal(answer.status, 200, `${entity.name}.${f.name} = ${String(value).slice(0, 40)}: ${answer.text}`);
    assert.equal(answer.body[f.name], f.type === 'decimal' ? String(value) : value);
  }
}

describe('revisions', () => {
  let made;
  let path;
  before(async () => {
    made = await create(samples.entities.get('customer'), { name: '修订', city: '北京' });
    path = `/customers/${made.body.id}`;
  });

  test('a change of a stale copy is 412 and names the fields changed since', async () => {
    const etag = made.headers.get('etag');
    assert.equal((await client.patch(path, { city: '上海', note: '一' }, { 'if-match': etag })).status, 200);
    assert.equal((await client.patch(path, { wechat: 'w' })).status, 200);
    const stale = await client.patch(path, { city: '广州' }, { 'if-match': etag });
    assert.equal(stale.status, 412, stale.text);
    assert.deepEqual(stale.body.errors.map((e) => e.field).sort(), ['city', 'note', 'wechat']);
    assert.equal((await client.get(path)).body.city, '上海');
  });

  test('If-Match compares the revision alone; * is any', async () => {
    const { rev } = (await client.get(path)).body;
    assert.equal((await client.patch(path, { note: '二' }, { 'if-match': `"${rev}.00000000"` })).status, 200);
    assert.equal((await client.patch(path, { note: '三' }, { 'if-match': '*' })).status, 200);
  });

  test('an If-Match that is no revision is 400', async () => {
    for (const tag of ['nonsense', '"x"', 'W/"1.2"', '""', '"-1"'])
      assert.equal((await client.patch(path, { note: '四' }, { 'if-match': tag })).status, 400, tag);
  });

  test('the ETag depends on the language, If-None-Match takes a list', async () => {
    const zh = await client.get(path, { 'accept-language': 'zh' });
    const en = await client.get(path, { 'accept-language': 'en' });
    assert.notEqual(zh.headers.get('etag'), en.headers.get('etag'));
    const list = { 'if-none-match': `"other", W/${zh.headers.get('etag')}`, 'accept-language': 'zh' };
    assert.equal((await client.get(path, list)).status, 304);
    assert.equal((await client.get(path, { ...list, 'accept-language': 'en' })).status, 200);
  });

  test('who and when is written down', async () => {
    const me = (await client.get('/session')).body.user.id;
    const { body } = await client.get(path);
    assert.equal(body.created_by, me);
    assert.equal(body.updated_by, me);
    assert.equal(body.owner_id, me);
    assert.ok(Date.parse(body.updated_at) >= Date.parse(body.created_at));
  });
});

describe('the bin', () => {
  test('takes the children along and brings exactly them back', async () => {
    const customer = (await client.post('/customers', { name: '连同' })).body.id;
    const contacts = [];
    for (const name of ['甲', '乙'])
      contacts.push((await client.post('/contacts', { customer_id: customer, name })).body.id);
    const order = (await client.post('/orders', { customer_id: customer, number: 'B-1', ordered_on: '2024-03-01' })).body.id;
    const line = (await client.post('/order_lines', { order_id: order, product_name: '茶', quantity: '2', unit_price: '3.5' })).body.id;
    assert.equal((await client.delete(`/contacts/${contacts[0]}`)).status, 204);
    assert.equal((await client.delete(`/customers/${customer}`)).status, 204);
    for (const path of [`/contacts/${contacts[1]}`, `/orders/${order}`, `/order_lines/${line}`])
      assert.equal((await client.get(path)).status, 404, path);
    assert.equal((await client.post(`/customers/${customer}/restore`)).status, 200);
    for (const path of [`/contacts/${contacts[1]}`, `/orders/${order}`, `/order_lines/${line}`])
      assert.equal((await client.get(path)).status, 200, path);
    assert.equal((await client.get(`/contacts/${contacts[0]}`)).status, 404, 'was in the bin before');
    assert.equal((await client.get(`/customers/${customer}`)).body.sales, '7');
  });

  test('a child does not come back without its parent', async () => {
    const customer = (await client.post('/customers', { name: '父' })).body.id;
    const contact = (await client.post('/contacts', { customer_id: customer, name: '子' })).body.id;
    assert.equal((await client.delete(`/customers/${customer}`)).status, 204);
    const alone = await client.post(`/contacts/${contact}/restore`);
    assert.equal(alone.status, 409, alone.text);
    assert.equal(alone.body.errors[0].field, 'customer_id');
    const orphan = await client.post('/contacts', { customer_id: customer, name: '孤' });
    assert.equal(orphan.status, 422, orphan.text);
  });

  test('what would be double stays there: 409 naming the field', async () => {
    const first = (await client.post('/tags', { name: '重名' })).body.id;
    assert.equal((await client.delete(`/tags/${first}`)).status, 204);
    assert.equal((await client.post('/tags', { name: '重名' })).status, 201);
    const back = await client.post(`/tags/${first}/restore`);
    assert.equal(back.status, 409, back.text);
    assert.equal(back.body.errors[0].field, 'name');
  });
});

describe('keys', () => {
  test('that are taken are 409 and name the field', async () => {
    assert.equal((await client.post('/customers', { name: '甲', code: 'K-1' })).status, 201);
    const code = await client.post('/customers', { name: '乙', code: 'K-1' });
    assert.equal(code.status, 409, code.text);
    assert.equal(code.body.errors[0].field, 'code');
    const origin = { source: 'shop', external_id: '77' };
    const made = await client.post('/customers', { name: '甲', ...origin });
    assert.equal(made.status, 201);
    const twice = await client.post('/customers', { name: '乙', ...origin });
    assert.equal(twice.status, 409, twice.text);
    assert.equal(twice.body.errors[0].field, 'external_id');
    const other = await client.post('/customers', { name: '丙', code: 'K-2' });
    const moved = await client.patch(`/customers/${other.body.id}`, { code: 'K-1' });
    assert.equal(moved.status, 409, moved.text);
    assert.equal(moved.body.errors[0].field, 'code');
  });
});

describe('messages', () => {
  test('come in the language asked for', async () => {
    const ask = (language) => client.post('/customers', { name: null }, { 'accept-language': language });
    const zh = (await ask('zh-CN,zh;q=0.9,en;q=0.8')).body;
    const en = (await ask('en-GB,en;q=0.9')).body;
    assert.match(zh.errors[0].message, /[\u4e00-\u9fff]/);
    assert.doesNotMatch(en.errors[0].message + en.title + en.detail, /[\u4e00-\u9fff]/);
    assert.equal(zh.code, en.code);
    assert.equal(zh.errors[0].code, en.errors[0].code);
    assert.equal(zh.status, 422);
    assert.equal(zh.type, 'about:blank');
  });

  test('name all that is wrong at once', async () => {
    const answer = await client.post('/customers', { kind: 'x', phone: 'y', email: 'z', birth_date: '2023-02-29', nope: 1 });
    assert.equal(answer.status, 422);
    assert.deepEqual(answer.body.errors.map((e) => e.field).sort(), ['birth_date', 'email', 'kind', 'nope', 'phone']);
  });
});

describe('the schema', () => {
  test('holds together', () => {
    for (const entity of schema.entities) {
      const names = entity.fields.map((f) => f.name);
      assert.equal(new Set(names).size, names.length, entity.name);
      const groups = entity.groups.map((g) => g.name);
      assert.equal(new Set(groups).size, groups.length, `${entity.name}: ${groups}`);
      for (const name of [...entity.list, ...entity.form.flat(), entity.title, entity.parent].filter(Boolean))
        assert.ok(names.includes(name), `${entity.name}: ${name}`);
      for (const label of [entity.label, ...entity.groups.map((g) => g.label)]) labelled(label, entity.name);
      for (const f of entity.fields) {
        labelled(f.label, `${entity.name}.${f.name}`);
        for (const o of f.options ?? []) labelled(o.label, `${entity.name}.${f.name}=${o.value}`);
        assert.ok(!f.group || groups.includes(f.group), `${entity.name}.${f.name}: ${f.group}`);
        assert.equal(f.type === 'enum' || f.type === 'set', f.options !== undefined, `${entity.name}.${f.name}`);
        assert.equal(f.type === 'ref', f.to !== undefined, `${entity.name}.${f.name}`);
        assert.ok(entity.writable || f.readonly, `${entity.name}.${f.name}`);
      }
    }
  });

  test('lists the statistics of customers as read-only, in a group of theirs', () => {
    const customer = samples.entities.get('customer');
    const sales = customer.fields.find((f) => f.name === 'sales');
    assert.deepEqual([sales.readonly, sales.sidecar, sales.group, sales.type], [true, true, 'value', 'decimal']);
    assert.ok(customer.groups.some((g) => g.name === 'value'));
  });

  test('tells which groups concern one kind of customer alone', () => {
    const { groups, fields } = samples.entities.get('customer');
    const kind = fields.find((f) => f.name === 'kind');
    const only = Object.fromEntries(groups.filter((g) => g.only_for).map((g) => [g.name, g.only_for]));
    assert.deepEqual(only.profile, { field: 'kind', value: 'person' });
    assert.deepEqual(only.tax_bank, { field: 'kind', value: 'organization' });
    assert.ok(Object.values(only).every((o) => kind.options.some((x) => x.value === o.value)));
    assert.ok(groups.some((g) => !g.only_for), 'the others concern all');
  });

  test('tells what comes in the body of a record, to it and to the description of the API', async () => {
    const described = (await client.get('/openapi.json')).body.components.schemas;
    const parts = schema.entities.filter((e) => e.part);
    assert.deepEqual(parts.map((e) => [e.name, e.part.entity, e.part.member]), [['order', 'order_line', 'lines']]);
    for (const entity of schema.entities.filter((e) => e.writable))
      for (const end of ['_create', '_change']) {
        const most = described[entity.name + end]?.properties.lines?.maxItems;
        assert.equal(most, entity.part?.max, entity.name + end);
      }
    const more = Array(parts[0].part.max + 1).fill({});
    const refused = await client.post('/orders', { ordered_on: '2024-05-01', lines: more });
    assert.deepEqual([refused.status, refused.body.errors?.[0].code], [422, 'too_many_values'], refused.text);
  });

  test('shows nothing secret', async () => {
    const user = samples.entities.get('user').fields.map((f) => f.name);
    assert.ok(!user.includes('password_hash'));
    assert.doesNotMatch((await client.get('/users')).text, /argon2|password_hash/);
    for (const path of ['/users?password_hash[empty]=false', '/users?sort=password_hash', '/users?fields=password_hash'])
      assert.equal((await client.get(path)).status, 422, path);
  });

  test('tells one entity by name or plural, 404 for others', async () => {
    const one = await client.get('/schema/customers');
    assert.deepEqual(one.body, samples.entities.get('customer'));
    assert.equal((await client.get('/schema/nope')).status, 404);
    assert.equal((await client.get('/schema/session')).status, 404);
  });
});

function labelled(label, about) {
  assert.match(label.zh, /\S/, about);
  assert.match(label.en, /\S/, about);
}
