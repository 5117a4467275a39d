/* Custom fields: every type through every surface, what may change while there
 * are values, two servers on one PostgreSQL, columns made while others read,
 * and a server that dies in the middle. */
import assert from 'node:assert/strict';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KIND, addUser, awake, freshDatabase, guanxi, initCompany, pgSession, sql, startServer as start, until } from './lib.mjs';
import { csvRows, exportAll, importAll } from './jobs.mjs';

const PG = KIND === 'postgresql';

/* A server ends with the test or suite that started it: PostgreSQL has 100
 * connections for all. */
async function startServer(t, options) {
  const server = await start(options);
  t.after(() => server.stop());
  return server;
}

const label = (en, zh = `${en}字段`) => ({ zh, en });
const options = [['gold', '金牌'], ['silver', '银牌'], ['bronze', '铜牌']].map(([value, zh]) => ({
  value, label: { zh, en: value[0].toUpperCase() + value.slice(1) } }));

async function add(client, body, status = 201) {
  const answer = await client.post('/custom_fields', { entity: 'customer', ...body });
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}

async function good(answer, status = 200) {
  const got = await answer;
  assert.equal(got.status, status, got.text);
  return got.body;
}

/* The answer is refused at this field for this reason. */
function refused(answer, status, field, code) {
  assert.equal(answer.status, status, answer.text);
  assert.ok(answer.body.errors.some((e) => e.field === field && e.code === code),
    `${field} ${code} wanted: ${JSON.stringify(answer.body.errors)}`);
}

const sound = (db) => {
  const { out } = guanxi(['doctor', '--db', db.url, '--format', 'json']);
  const check = JSON.parse(out).checks.find((c) => c.name === 'columns');
  assert.equal(check.ok, true, check.detail);
};

/* definition; a value, a lower and a higher one in the API's form; filter that
 * finds the value alone; what CSV says; cell of an import that gives `high`. */
const TYPES = [
  { type: 'text', more: { search: true, sortable: true, max: 40 }, value: '华为 Mate', low: '阿里', high: '中兴', filter: 'contains', with: '华为', csv: '华为 Mate', cell: '中兴', bad: 'x'.repeat(41), why: 'too_long', find: 'mate' },
  { type: 'longtext', more: { search: true }, value: 'first line\nsecond', filter: 'contains', with: 'second', bad: 5, why: 'not_string', find: 'second' },
  { type: 'int', more: { min: 1, max: 100, sortable: true }, value: 20, low: 10, high: 30, filter: 'eq', with: '20', csv: '20', cell: '30', bad: 101, why: 'too_large' },
  { type: 'decimal', more: { scale: 2, min: '0.5', sortable: true }, value: '20.25', low: '3.5', high: '100', filter: 'eq', with: '20.25', csv: '20.25', cell: '100', bad: '0.25', why: 'too_small' },
  { type: 'money', more: { max: 1000000 }, value: 12345, low: 100, high: 99999, filter: 'gte', with: '12345', filtered: 2, csv: '123.45', cell: '999.99', bad: 1000001, why: 'too_large' },
  { type: 'bool', value: true, filter: 'eq', with: 'true', csv: '是', cell: '是', bad: 'true', why: 'not_bool' },
  { type: 'date', more: { sortable: true }, value: '2026-03-21', low: '2025-01-01', high: '2027-12-31', filter: 'eq', with: '2026-03-21', csv: '2026-03-21', cell: '2027-12-31', bad: '2026-02-30', why: 'not_date' },
  { type: 'instant', value: '2026-03-21T08:00:00Z', low: '2025-01-01T00:00:00Z', high: '2027-12-31T00:00:00Z', filter: 'eq', with: '2026-03-21', csv: '2026-03-21 16:00:00', cell: '2027-12-31 08:00:00', bad: 'soon', why: 'not_instant' },
  { type: 'enum', more: { options, sortable: true }, value: 'gold', low: 'bronze', high: 'silver', filter: 'in', with: 'gold', csv: '金牌', cell: '银牌', bad: 'tin', why: 'not_option' },
  { type: 'set', more: { options }, value: ['gold', 'bronze'], filter: 'has', with: 'bronze', csv: '金牌; 铜牌', cell: 'silver', high: ['silver'], bad: ['tin'], why: 'not_option' },
  { type: 'email', more: { search: true }, value: 'a@mate.cn', low: 'a@aa.cn', high: 'z@zz.cn', filter: 'eq', with: 'a@mate.cn', csv: 'a@mate.cn', cell: 'z@zz.cn', bad: 'at home', why: 'not_email', find: 'mate.cn' },
  { type: 'phone', more: { search: true }, value: '138-1234-5678', low: '010 1111', high: '999 8888', filter: 'contains', with: '12345678', csv: '138-1234-5678', cell: '999 8888', bad: 'call me', why: 'not_phone', find: '5678' },
  { type: 'url', value: 'https://mate.cn/x', low: 'https://a.cn', high: 'https://z.cn', filter: 'starts', with: 'https://mate', csv: 'https://mate.cn/x', cell: 'https://z.cn', bad: 'mate.cn', why: 'not_url' },
  { type: 'json', value: { a: [1, '二'] } },
  { type: 'ref', more: { to: 'customer' }, filter: 'eq', csv: 'low', cell: 'high', bad: 999999, why: 'ref_missing' },
];
const nameOf = (t) => `x_t_${t.type}`;

describe('every type through every surface', () => {
  let server, admin, schema, openapi, low, mid, high;
  after(() => server.stop());
  before(async () => {
    server = await start({ admin: true });
    admin = await server.signIn();
    low = await good(admin.post('/customers', { name: 'low', kind: 'person' }), 201);
    for (const t of TYPES) {
      const made = await add(admin, { name: `t_${t.type}`, type: t.type, label: label(t.type), ...t.more });
      assert.equal(made.name, nameOf(t));
      assert.equal(made.state, 'live');
    }
    const ref = TYPES.find((t) => t.type === 'ref');
    Object.assign(ref, { value: low.id, with: String(low.id) });
    const body = (key) => Object.fromEntries(TYPES.filter((t) => t[key] !== undefined).map((t) => [nameOf(t), t[key]]));
    await good(admin.patch(`/customers/${low.id}`, body('low')));
    mid = await good(admin.post('/customers', { name: 'mid', kind: 'person', ...body('value') }), 201);
    high = await good(admin.post('/customers', { name: 'high', kind: 'person', ...body('high') }), 201);
    schema = await good(admin.get('/schema/customer'));
    openapi = await good(admin.get('/openapi.json'));
  });

  for (const t of TYPES)
    describe(t.type, () => {
      const name = nameOf(t);
      test('is created, read and listed', async () => {
        assert.deepEqual(mid[name], t.value);
        const now = await good(admin.get(`/customers/${mid.id}`));
        assert.deepEqual(now[name], t.value);
        const list = await good(admin.get(`/customers?fields=id,${name}&id=${mid.id}`));
        assert.deepEqual(list.data, [{ id: mid.id, [name]: t.value }]);
      });
      test('stands in schema and OpenAPI', async () => {
        const field = schema.fields.find((f) => f.name === name);
        assert.equal(field.type, t.type);
        assert.equal(field.custom, true);
        assert.equal(field.group, 'custom');
        assert.deepEqual(field.label, label(t.type));
        assert.ok(schema.groups.some((g) => g.name === 'custom'));
        const holders = Object.entries(openapi.components.schemas).filter(([, s]) => s.properties?.[name]);
        assert.deepEqual(holders.map(([n]) => n).filter((n) => !n.startsWith('customer')), []);
        assert.ok(holders.length >= 2, 'in what is read and in what is written');
      });
      test('refuses what does not fit', { skip: t.bad === undefined && 'whatever is written fits' }, async () => {
        const answer = await admin.patch(`/customers/${mid.id}`, { [name]: t.bad });
        refused(answer, 422, name, t.why);
      });
      test('is filtered by', { skip: !t.filter && 'has no filter' }, async () => {
        const list = await good(admin.get(`/customers?fields=id&${name}[${t.filter}]=${encodeURIComponent(t.with)}`));
        assert.ok(list.data.some((r) => r.id === mid.id));
        assert.equal(list.data.length, t.filtered ?? 1);
        const tree = await good(admin.post('/customers/search', { fields: ['id'],
          filter: { field: name, op: 'empty', value: true } }));
        assert.ok(!tree.data.some((r) => r.id === mid.id));
      });
      test('is sorted by', { skip: t.low === undefined && 'has no order' }, async () => {
        for (const [sort, want] of [[name, [low.id, mid.id, high.id]], [`-${name}`, [high.id, mid.id, low.id]]]) {
          const list = await good(admin.get(`/customers?fields=id&sort=${sort}&${name}[empty]=false`));
          const order = t.type === 'enum' ? [...want].sort() : want;
          const got = list.data.map((r) => r.id);
          assert.deepEqual(t.type === 'enum' ? [...got].sort() : got, order);
        }
      });
      test('is found by the search box', { skip: !t.find && 'holds no text' }, async () => {
        const list = await good(admin.get(`/customers?fields=id&q=${encodeURIComponent(t.find)}`));
        assert.ok(list.data.some((r) => r.id === mid.id), JSON.stringify(list));
      });
      test('comes back from the export', { skip: !t.csv && 'is not exported' }, async () => {
        const { text } = await exportAll(admin, { entity: 'customers', format: 'csv', fields: ['name', name], sort: ['id'] });
        const rows = csvRows(text);
        assert.equal(rows[0][1], label(t.type).zh);
        assert.equal(rows[2][1], t.csv);
        const { file } = await exportAll(admin, { entity: 'customers', format: 'xlsx', fields: ['name', name] });
        assert.ok(file.bytes.length > 1000);
      });
      test('is emptied, audited and guarded by If-Match', async () => {
        const was = await admin.get(`/customers/${mid.id}`);
        const etag = was.headers.get('etag');
        await good(admin.patch(`/customers/${mid.id}`, { [name]: null }, { 'if-match': etag }));
        const stale = await admin.patch(`/customers/${mid.id}`, { name: 'other' }, { 'if-match': etag });
        refused(stale, 412, name, 'changed_since');
        const gone = await good(admin.get(`/customers/${mid.id}`));
        assert.deepEqual(gone[name], t.type === 'set' ? [] : null);
        await good(admin.patch(`/customers/${mid.id}`, { [name]: t.value }));
        const audit = await good(admin.get(`/audit_entries?entity=customer&record_id=${mid.id}&sort=-id&limit=2`));
        assert.deepEqual(audit.data[0].changes[name], [t.type === 'set' ? [] : null, t.value]);
        assert.deepEqual(audit.data[1].changes[name], [t.value, t.type === 'set' ? [] : null]);
      });
    });

  test('all come in by import, named by label or by name', async () => {
    const given = TYPES.filter((t) => t.cell);
    const head = ['客户名称', ...given.map((t, i) => (i % 2 ? nameOf(t) : label(t.type).zh))];
    const row = ['imported', ...given.map((t) => `"${t.cell}"`)];
    const mapping = Object.fromEntries(given.map((t, i) => [String(i + 1), `customer.${nameOf(t)}`]));
    const { made, report } = await importAll(admin, 'customers', `${head}\n${row}\n`, { mapping });
    assert.ok(made.columns.filter((c) => c.field?.includes('x_t_')).length >= given.length / 2, 'labels and names are guessed');
    assert.equal(report.created, 1, JSON.stringify(report));
    const list = await good(admin.get('/customers?name=imported'));
    for (const t of given) assert.deepEqual(list.data[0][nameOf(t)], t.type === 'ref' ? high.id : t.high ?? t.value, t.type);
  });

  test('the schema is as the definitions say', () => sound(server.db));
});

describe('rules', () => {
  let server, admin, one, two;
  after(() => server.stop());
  before(async () => {
    server = await start({ admin: true });
    admin = await server.signIn();
    one = await good(admin.post('/customers', { name: '王一', kind: 'person' }), 201);
    two = await good(admin.post('/customers', { name: '王二', kind: 'person' }), 201);
  });
  const change = (f, body) => admin.patch(`/custom_fields/${f.id}`, body);

  test('names are checked', async () => {
    await add(admin, { name: 'taken', type: 'text', label: label('Taken') });
    const post = (body) => admin.post('/custom_fields', { entity: 'customer', type: 'text', label: label('L'), ...body });
    refused(await post({ name: 'taken' }), 409, 'name', 'custom_name_taken');
    refused(await post({ name: 'x_taken' }), 409, 'name', 'custom_name_taken');
    refused(await post({ name: 'Bad Name' }), 422, 'name', 'model_bad_name');
    refused(await post({ name: 'a_sort' }), 422, 'name', 'model_reserved_suffix');
    refused(await post({ name: 'a'.repeat(39) }), 422, 'name', 'too_long');
    refused(await post({ name: 'b', type: 'blob' }), 422, 'type', 'custom_type');
    refused(await post({ name: 'b', type: 'strange' }), 422, 'type', 'model_unknown_word');
    refused(await post({ name: 'b', type: 'enum' }), 422, 'options', 'model_options_missing');
    refused(await post({ name: 'b', type: 'ref', to: 'nobody' }), 422, 'to', 'unknown_object');
    refused(await post({ name: 'b', secret: true }), 422, 'secret', 'custom_property');
    refused(await post({ name: 'b', colour: 'red' }), 422, 'colour', 'model_unknown_property');
    refused(await post({ name: 'b', pattern: '[a-' }), 422, 'pattern', 'model_bad_pattern');
    refused(await post({ name: 'b', pattern: '[a-c]+', default: 'xyz' }), 422, 'default', 'not_pattern');
    refused(await post({ name: 'b', group: 'nowhere' }), 422, 'group', 'custom_group');
    refused(await post({ name: 'b', label: { zh: '只有中文' } }), 422, 'label', 'model_label_missing');
    refused(await post({ name: 'b', entity: 'session' }), 422, 'entity', 'custom_entity');
    refused(await post({ name: 'b', entity: 'currency_rate', search: true }), 422, 'search', 'custom_search');
    const english = await admin.post('/custom_fields', { entity: 'customer', name: 'taken', type: 'text', label: label('L') }, { 'accept-language': 'en' });
    assert.match(english.body.detail, /There is a field “x_taken” already/);
  });

  test('only administrators may', async () => {
    addUser(server.db, 'ruth', 'sales');
    const ruth = await server.signIn('ruth');
    assert.equal((await ruth.get('/custom_fields')).status, 403);
    assert.equal((await ruth.post('/custom_fields', { entity: 'customer', name: 'r', type: 'text', label: label('R') })).status, 403);
    assert.equal((await ruth.get('/schema/customer')).body.fields.some((f) => f.name === 'x_taken'), true);
  });

  test('pattern, length and whole-value match', async () => {
    await add(admin, { name: 'plate', type: 'text', label: label('Plate'), pattern: '[\\p{Han}][A-Z][0-9A-Z]{5}', min: 7 });
    await good(admin.patch(`/customers/${one.id}`, { x_plate: '京A12345' }));
    refused(await admin.patch(`/customers/${one.id}`, { x_plate: '京A12345X' }), 422, 'x_plate', 'not_pattern');
    refused(await admin.patch(`/customers/${one.id}`, { x_plate: '京A1' }), 422, 'x_plate', 'too_short');
  });

  test('a pattern that never ends holds nobody', async () => {
    await add(admin, { name: 'slow', type: 'text', label: label('Slow'), pattern: '(a+)+b' });
    const start = awake();
    refused(await admin.patch(`/customers/${one.id}`, { x_slow: 'a'.repeat(200) }), 422, 'x_slow', 'not_pattern');
    assert.ok(awake() - start < 5000);
  });

  test('required needs a default for the records there are', async () => {
    const body = { name: 'tier', type: 'text', label: label('Tier'), required: true, search: true, sortable: true };
    refused(await admin.post('/custom_fields', { entity: 'customer', ...body }), 409, 'default', 'custom_required_default');
    refused(await admin.post('/custom_fields', { entity: 'customer', ...body, default: 'a', unique: true }), 409, 'unique', 'custom_unique_default');
    const made = await add(admin, { ...body, default: "O'Hara 普通" });
    const list = await good(admin.get('/customers?fields=id,x_tier&sort=x_tier,id&x_tier[contains]=普通'));
    assert.deepEqual(list.data.map((r) => r.x_tier), ["O'Hara 普通", "O'Hara 普通"]);
    const blank = await good(admin.post('/customers', { name: '王三', kind: 'person' }), 201);
    assert.equal(blank.x_tier, "O'Hara 普通");
    refused(await admin.patch(`/customers/${one.id}`, { x_tier: null }), 422, 'x_tier', 'required');
    await good(admin.patch(`/customers/${one.id}`, { x_tier: '钻石客户' }));
    assert.deepEqual((await good(admin.get('/customers?q=钻石&fields=id'))).data, [{ id: one.id }]);
    await good(admin.patch(`/customers/${one.id}`, { x_tier: "O'Hara 普通" }));
    assert.deepEqual((await good(admin.get('/customers?q=钻石&fields=id'))).data, []);
    await good(change(made, { default: '新' }));
    const after = await good(admin.get(`/customers/${two.id}`));
    assert.equal(after.x_tier, "O'Hara 普通", 'records keep what they have');
    sound(server.db);
  });

  test('becomes required when no record lacks it', async () => {
    const made = await add(admin, { name: 'later', type: 'int', label: label('Later') });
    refused(await change(made, { required: true }), 409, 'required', 'custom_required_empty');
    const all = await good(admin.get('/customers?fields=id'));
    for (const { id } of all.data) await good(admin.patch(`/customers/${id}`, { x_later: id }));
    await good(change(made, { required: true }));
    refused(await admin.post('/customers', { name: '无', kind: 'person' }), 422, 'x_later', 'required');
    await good(change(made, { required: false }));
  });

  test('unique is kept by the database, turned on and off', async () => {
    const made = await add(admin, { name: 'card', type: 'text', label: label('Card') });
    await add(admin, { name: 'car', type: 'text', label: label('Car'), unique: true });
    for (const r of [one, two]) await good(admin.patch(`/customers/${r.id}`, { x_card: 'same' }));
    refused(await change(made, { unique: true }), 409, 'unique', 'custom_duplicates');
    sound(server.db);
    await good(admin.patch(`/customers/${two.id}`, { x_card: 'other' }));
    await good(change(made, { unique: true }));
    refused(await admin.patch(`/customers/${two.id}`, { x_card: 'same' }), 409, 'x_card', 'duplicate_value');
    sound(server.db);
    await good(change(made, { unique: false }));
    await good(admin.patch(`/customers/${two.id}`, { x_card: 'same' }));
    sound(server.db);
  });

  test('labels, options and limits change at once; used options stay', async () => {
    const made = await add(admin, { name: 'medal', type: 'enum', label: label('Medal'), options });
    await good(admin.patch(`/customers/${one.id}`, { x_medal: 'gold' }));
    refused(await change(made, { options: options.slice(1) }), 409, 'options', 'custom_option_used');
    const renamed = [{ value: 'gold', label: { zh: '足金', en: 'Pure gold' } }, options[1], { value: 'tin', label: label('Tin') }];
    const etag = (await admin.get(`/customers/${one.id}`)).headers.get('etag');
    await good(change(made, { options: renamed, label: { zh: '奖牌', en: 'Award' }, doc: 'Ask the club' }));
    assert.notEqual((await admin.get(`/customers/${one.id}`)).headers.get('etag'), etag, 'the view has changed');
    const field = (await good(admin.get('/schema/customer'))).fields.find((f) => f.name === 'x_medal');
    assert.deepEqual([field.label.zh, field.doc, field.options[0].label.en], ['奖牌', 'Ask the club', 'Pure gold']);
    await good(admin.patch(`/customers/${one.id}`, { x_medal: 'tin' }));
    refused(await admin.patch(`/customers/${one.id}`, { x_medal: 'bronze' }), 422, 'x_medal', 'not_option');
    assert.equal((await change(made, { rev: made.rev, label: label('Old') })).status, 412);
    refused(await change(made, { name: 'other' }), 422, 'name', 'custom_name_fixed');
  });

  test('the type changes only while there are no values', async () => {
    const made = await add(admin, { name: 'shape', type: 'ref', to: 'customer', label: label('Shape') });
    const now = await good(change(made, { type: 'date', sortable: true }));
    assert.equal(now.type, 'date');
    await good(admin.patch(`/customers/${one.id}`, { x_shape: '2026-01-01' }));
    refused(await change(made, { type: 'text' }), 409, 'type', 'custom_type_data');
    refused(await change(made, { sortable: false }), 409, 'sortable', 'custom_type_data');
    sound(server.db);
  });

  test('retired: hidden everywhere, kept, brought back', async () => {
    const made = await add(admin, { name: 'nick', type: 'text', label: label('Nick'), search: true, required: true, default: '无名' });
    await good(admin.patch(`/customers/${one.id}`, { x_nick: '小旋风' }));
    await good(admin.post(`/custom_fields/${made.id}/retire`));
    const read = await good(admin.get(`/customers/${one.id}`));
    assert.equal('x_nick' in read, false);
    for (const query of ['fields=x_nick', 'sort=x_nick', 'x_nick=小旋风'])
      assert.equal((await admin.get(`/customers?${query}`)).status, 422, query);
    assert.deepEqual((await good(admin.get('/customers?q=小旋风&fields=id'))).data, []);
    refused(await admin.patch(`/customers/${one.id}`, { x_nick: 'x' }), 422, 'x_nick', 'unknown_field');
    assert.equal((await admin.get('/schema/customer')).text.includes('x_nick'), false);
    assert.equal((await admin.get('/openapi.json')).text.includes('x_nick'), false);
    assert.equal((await admin.post('/exports', { entity: 'customers', format: 'csv', fields: ['x_nick'] })).status, 422);
    await good(admin.patch(`/customers/${one.id}`, { name: '宋江' }));
    const fresh = await good(admin.post('/customers', { name: '晁盖', kind: 'person' }), 201);
    refused(await admin.post('/custom_fields', { entity: 'customer', name: 'nick', type: 'int', label: label('N') }), 409, 'name', 'custom_name_retired');
    refused(await admin.delete(`/custom_fields/${made.id}`), 409, '', 'custom_has_data');
    const back = await good(admin.post(`/custom_fields/${made.id}/restore`));
    assert.equal(back.required, false, 'a record made meanwhile has no value');
    assert.equal((await good(admin.get(`/customers/${one.id}`))).x_nick, '小旋风');
    assert.equal((await good(admin.get(`/customers/${fresh.id}`))).x_nick, null);
    assert.deepEqual((await good(admin.get('/customers?q=小旋风&fields=id'))).data, [{ id: one.id }]);
    await good(admin.patch(`/customers/${one.id}`, { x_nick: '及时雨' }));
    assert.deepEqual((await good(admin.get('/customers?q=小旋风&fields=id'))).data, []);
    sound(server.db);
  });

  test('a retired field without values can be removed', async () => {
    const made = await add(admin, { name: 'gone', type: 'phone', label: label('Gone'), search: true, unique: true });
    refused(await admin.delete(`/custom_fields/${made.id}`), 409, '', 'custom_not_retired');
    await good(admin.post(`/custom_fields/${made.id}/retire`));
    await good(admin.delete(`/custom_fields/${made.id}`), 204);
    assert.equal((await admin.get(`/custom_fields/${made.id}`)).status, 404);
    sound(server.db);
    await add(admin, { name: 'gone', type: 'int', label: label('Gone') });
  });

  test('each change is audited', async () => {
    const list = await good(admin.get('/audit_entries?entity=custom_field&limit=500'));
    const actions = new Set(list.data.map((r) => r.action));
    for (const action of ['create', 'update', 'retire', 'restore', 'delete']) assert.ok(actions.has(action), action);
    const made = list.data.find((r) => r.action === 'create');
    assert.equal(made.changes.definition[0], null);
    assert.match(made.changes.definition[1].name, /^x_/);
  });

  test('other entities take them too, required in their own records alone', async () => {
    for (const entity of ['contact', 'product', 'order', 'task', 'interaction', 'payment'])
      await add(admin, { entity, name: 'extra', type: 'text', label: label('Extra'), sortable: true });
    const task = await good(admin.post('/tasks', { title: 'call', x_extra: 'soon' }), 201);
    assert.equal(task.x_extra, 'soon');
    sound(server.db);
  });

  test('definitions go from one company to another', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gx-custom-'));
    try {
      const { out, code } = guanxi(['model', 'export', '--as', 'custom', '--db', server.db.url]);
      assert.equal(code, 0);
      const file = join(folder, 'fields.json');
      writeFileSync(file, out);
      const other = freshDatabase();
      initCompany(other);
      for (let round = 0; round < 2; round++) {
        const taken = guanxi(['model', 'import', file, '--db', other.url]);
        assert.equal(taken.code, 0, taken.err);
        const again = guanxi(['model', 'export', '--as', 'custom', '--db', other.url]);
        assert.deepEqual(JSON.parse(again.out), JSON.parse(out));
      }
      sound(other);
      writeFileSync(file, '{"custom_fields":[{"entity":"customer","name":"x_q","type":"blob","label":{"zh":"q","en":"q"}}]}');
      assert.equal(guanxi(['model', 'import', file, '--db', other.url]).code, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('there is an end to how many', async (t) => {
  const server = await startServer(t, { admin: true });
  const admin = await server.signIn();
  const rows = Array.from({ length: 199 }, (_, i) =>
    `('tag','x_f${i}','{"name":"x_f${i}","type":"text","label":{"en":"F","zh":"F"}}',${i},'building',0,0)`);
  sql(server.db, `INSERT INTO custom_field (entity, name, definition, position, state, created_at, updated_at) VALUES ${rows.map((r) => r.replace("'building'", "'live'"))}`);
  sql(server.db, rows.map((_, i) => `ALTER TABLE tag ADD COLUMN x_f${i} TEXT;`).join(' '));
  await add(admin, { entity: 'tag', name: 'last', type: 'int', label: label('Last') });
  refused(await admin.post('/custom_fields', { entity: 'tag', name: 'over', type: 'int', label: label('Over') }), 409, '', 'custom_limit');
  const made = await good(admin.post('/tags', { name: 'many', x_last: 7, x_f198: 'z' }), 201);
  assert.deepEqual([made.x_last, made.x_f198], [7, 'z']);
});

test('another look finds a change of the rows behind the server', async (t) => {
  const server = await startServer(t, { admin: true });
  const admin = await server.signIn();
  const made = await add(admin, { name: 'seen', type: 'text', label: label('Seen') });
  sql(server.db, `UPDATE custom_field SET definition = replace(definition, 'Seen', 'Looked') WHERE id = ${made.id}`);
  sql(server.db, 'UPDATE registry_version SET version = version + 1');
  const took = await until(() => admin.get('/schema/customer'),
    (a) => a.body.fields.find((f) => f.name === 'x_seen').label.en === 'Looked', 3000);
  assert.ok(took < 1500, `${took} ms`);
});

describe('rights to custom fields', () => {
  const SECRET = 'zqx9secret';
  let server, admin, ids, made;
  after(() => server.stop());
  before(async () => {
    server = await start({ admin: true });
    admin = await server.signIn();
    for (const name of ['shown', 'read', 'masked', 'hidden'])
      await add(admin, { name: `r_${name}`, type: 'text', search: true, sortable: true, unique: name === 'hidden', label: label(name) });
    await add(admin, { name: 'r_sum', type: 'money', label: label('sum') });
    const fields = { x_r_read: 'read', x_r_masked: 'masked', x_r_hidden: 'hidden', x_r_sum: 'masked' };
    const all = { read: 'all', create: 'all', update: 'all', delete: 'all', export: 'all' };
    const role = await good(admin.post('/roles', { key: 'covered', name: 'Covered', grants: { customer: all, audit_entry: { read: 'all' }, import: all, job: all, fields: { customer: fields } } }), 201);
    await good(admin.post('/users', { login: 'cov', name: 'Cov', role_id: role.id }), 201);
    ids = { role: role.id };
    made = await good(admin.post('/customers', { name: '有权', kind: 'person', x_r_shown: '可见', x_r_read: '只读', x_r_masked: `m${SECRET}`, x_r_hidden: `h${SECRET}`, x_r_sum: 424242 }), 201);
  });
  const me = async () => {
    const answer = await good(admin.post('/api_tokens', { name: 'cov', user_id: (await good(admin.get('/users?login=cov'))).data[0].id }), 201);
    return server.client({ token: answer.token });
  };
  const clean = (answer, what) => {
    assert.ok(!answer.text.includes(SECRET) && !answer.text.includes('424242'), `${what}: ${answer.text.slice(0, 400)}`);
    return answer;
  };

  test('no surface shows what is covered', async () => {
    const cov = await me();
    const one = clean(await cov.get(`/customers/${made.id}`), 'record').body;
    assert.deepEqual([one.x_r_shown, one.x_r_read, one.x_r_sum, 'x_r_hidden' in one], ['可见', '只读', null, false]);
    assert.ok('x_r_masked' in one);
    await good(admin.patch(`/customers/${made.id}`, { x_r_masked: `n${SECRET}`, x_r_hidden: `i${SECRET}` }));
    for (const path of ['/customers?limit=500', `/customers?q=${SECRET}`, `/search?q=${SECRET}`, '/audit_entries?limit=500', '/changes', '/schema', '/openapi.json', `/customers/${made.id}/timeline`])
      clean(await cov.get(path), path);
    assert.deepEqual((await good(cov.get(`/customers?q=${SECRET}`))).data, []);
    const fields = (await good(cov.get('/schema/customer'))).fields.filter((f) => f.name.startsWith('x_r_'));
    assert.deepEqual(fields.map((f) => [f.name, f.access]), [['x_r_shown', 'edit'], ['x_r_read', 'read'], ['x_r_masked', 'masked'], ['x_r_sum', 'masked']]);
    for (const format of ['csv', 'json']) clean(await exportAll(cov, { entity: 'customers', format, fields: ['name', 'x_r_masked', 'x_r_sum'] }), format);
    refused(await cov.post('/exports', { entity: 'customers', format: 'csv', fields: ['x_r_hidden'] }), 422, 'x_r_hidden', 'field_hidden');
    clean(await admin.get(`/customers/${made.id}`, { 'x-view-as': 'role:covered' }), 'view as');
    /* A unique value that is taken tells nothing but the field. */
    const twin = await cov.post('/customers', { name: 'twin', kind: 'person', x_r_hidden: `i${SECRET}` });
    refused(twin, 422, 'x_r_hidden', 'field_hidden');
  });

  test('what is covered is no filter, no order, and not written', async () => {
    const cov = await me();
    for (const [name, code] of [['x_r_masked', 'field_masked'], ['x_r_hidden', 'field_hidden'], ['x_r_sum', 'field_masked']]) {
      refused(await cov.get(`/customers?sort=${name}`), 422, name, code);
      refused(await cov.get(`/customers?${name}[empty]=false`), 422, name, code);
      refused(await cov.post('/customers/search', { filter: { not: { field: name, op: 'eq', value: 1 } } }), 422, name, code);
      refused(await cov.patch(`/customers/${made.id}`, { [name]: null }), 422, name, code);
    }
    refused(await cov.patch(`/customers/${made.id}`, { x_r_read: '改' }), 422, 'x_r_read', 'field_read_only');
    await good(cov.patch(`/customers/${made.id}`, { x_r_shown: '改' }));
    /* Nor by a file: not offered as a target, not even as the key. */
    const before = await good(admin.get(`/customers/${made.id}`));
    const { made: file } = await importAll(cov, 'customers', `name,x_r_read,x_r_hidden\n有权二,x,${SECRET}y\n`, { mapping: { 0: 'customer.name' } });
    const offered = file.fields.map((f) => f.name).filter((n) => n.includes('x_r_'));
    assert.ok(!offered.includes('customer.x_r_hidden') && !offered.includes('customer.x_r_read'), offered.join());
    assert.equal((await cov.patch(`/imports/${file.id}`, { mapping: { 2: 'customer.x_r_hidden' } })).status >= 400, true);
    assert.deepEqual(await good(admin.get(`/customers/${made.id}`)), before);
    assert.equal((await good(admin.get(`/customers?name=${encodeURIComponent('有权二')}`))).data[0].x_r_hidden, null);
  });

  test('a role may name fields that exist, and outlives those that are retired', async () => {
    const grants = (name) => ({ customer: { read: 'all' }, fields: { customer: { [name]: 'masked' } } });
    assert.equal((await admin.patch(`/roles/${ids.role}`, { grants: grants('x_r_nothing') })).status, 422);
    const gone = await add(admin, { name: 'r_gone', type: 'text', label: label('gone') });
    await good(admin.patch(`/roles/${ids.role}`, { grants: grants('x_r_gone') }));
    await good(admin.post(`/custom_fields/${gone.id}/retire`));
    const role = await good(admin.get(`/roles/${ids.role}`));
    await good(admin.patch(`/roles/${ids.role}`, { name: 'Still', grants: role.grants }));
  });
});

describe('several servers and what stands in the way', { skip: PG ? false : 'PostgreSQL only' }, () => {
  test('two servers agree within a second, with writes going on', async (t) => {
    const one = await startServer(t, { admin: true });
    const two = await startServer(t, { db: one.db });
    const a = await one.signIn();
    const b = await two.signIn();
    const stop = { now: false };
    const errors = [];
    const writer = (async () => {
      for (let i = 0; !stop.now; i++) {
        const made = await b.post('/customers', { name: `w${i}`, kind: 'person' });
        if (made.status !== 201) errors.push(made.text);
      }
    })();
    let made;
    for (let i = 0; i < 3; i++) {
      made = await add(a, { name: `both${i}`, type: 'text', label: label('Both'), sortable: true, search: true });
      const took = await until(() => b.post('/customers', { name: 'x', kind: 'person', [`x_both${i}`]: 'v' }), (r) => r.status === 201, 2000);
      assert.ok(took < 1100, `${took} ms`);
    }
    await good(a.post(`/custom_fields/${made.id}/retire`));
    const gone = await until(() => b.get('/customers?fields=x_both2'), (r) => r.status === 422, 2000);
    assert.ok(gone < 1100, `${gone} ms`);
    stop.now = true;
    await writer;
    assert.deepEqual(errors, []);
    sound(one.db);
  });

  /* A transaction of another program that has read the table and stays open. */
  function holdTable(db, table = 'customer') {
    const session = pgSession(db);
    session.send(`BEGIN; SELECT count(*) FROM ${table};`);
    const held = session.done();
    const end = () => {
      session.send('COMMIT;');
      return session.end();
    };
    return { held, end };
  }

  test('a column waits for a long read without making others wait', async (t) => {
    const server = await startServer(t, { admin: true });
    const admin = await server.signIn();
    const other = await server.signIn();
    await good(admin.post('/customers', { name: 'r', kind: 'person' }), 201);
    const hold = holdTable(server.db);
    await hold.held;
    const adding = admin.post('/custom_fields', { entity: 'customer', name: 'late', type: 'text', label: label('Late'), sortable: true });
    let worst = 0;
    const start = performance.now();
    while (performance.now() - start < 2000) {
      const from = awake();
      await good(other.get('/customers?fields=id'));
      worst = Math.max(worst, awake() - from);
    }
    await hold.end();
    assert.equal((await adding).status, 201);
    assert.ok(worst < 900, `a reader waited ${worst} ms`);
    sound(server.db);
  });

  test('killed in the middle of the ALTER: nothing is left, it can be done again', async (t) => {
    const server = await startServer(t, { admin: true });
    const admin = await server.signIn();
    const hold = holdTable(server.db);
    await hold.held;
    const adding = admin.post('/custom_fields', { entity: 'customer', name: 'torn', type: 'phone', label: label('Torn'), search: true }).catch(() => null);
    await until(async () => ({ status: 0, text: '', rows: sql(server.db, "SELECT state FROM custom_field WHERE name = 'x_torn'") }), (r) => r.rows === 'building', 60000);
    await pause(300);
    await server.stop('SIGKILL');
    await adding;
    await hold.end();
    const next = await startServer(t, { db: server.db });
    const again = await next.signIn();
    assert.deepEqual((await good(again.get('/custom_fields'))).data, []);
    sound(server.db);
    await add(again, { name: 'torn', type: 'phone', label: label('Torn'), search: true });
    sound(server.db);
  });

  test('killed between column and index: the leftovers go', async (t) => {
    const server = await startServer(t, { admin: true });
    const admin = await server.signIn();
    const made = await add(admin, { name: 'half', type: 'text', label: label('Half'), sortable: true });
    const flip = await add(admin, { name: 'flip', type: 'text', label: label('Flip') });
    sql(server.db, `UPDATE custom_field SET state = 'building', rev = 1 WHERE id = ${made.id}`);
    sql(server.db, `UPDATE custom_field SET state = 'changing' WHERE id = ${flip.id}`);
    sql(server.db, 'CREATE UNIQUE INDEX customer_x_flip_key ON customer (x_flip) WHERE deleted_at IS NULL');
    await add(admin, { name: 'next', type: 'int', label: label('Next') });
    const list = await good(admin.get('/custom_fields'));
    assert.deepEqual(list.data.map((f) => [f.name, f.state]), [['x_flip', 'live'], ['x_next', 'live']]);
    sound(server.db);
  });

  test('one change of columns at a time', async (t) => {
    const one = await startServer(t, { admin: true });
    const a = await one.signIn();
    const hold = holdTable(one.db);
    await hold.held;
    const first = a.post('/custom_fields', { entity: 'customer', name: 'a', type: 'text', label: label('A') });
    await until(() => ({ rows: sql(one.db, "SELECT state FROM custom_field WHERE name = 'x_a'") }), ({ rows }) => rows === 'building', 60000);
    const second = await a.post('/custom_fields', { entity: 'customer', name: 'b', type: 'text', label: label('B') });
    assert.equal(second.status, 503, second.text);
    await hold.end();
    assert.equal((await first).status, 201);
  });
});

test('killed while adding on SQLite: the file is whole', { skip: PG ? 'SQLite only' : false }, async (t) => {
  const db = freshDatabase();
  initCompany(db);
  for (let round = 0; round < 4; round++) {
    const server = await startServer(t, { db });
    const admin = await server.signIn();
    const work = Array.from({ length: 8 }, (_, i) =>
      admin.post('/custom_fields', { entity: 'customer', name: `k${round}_${i}`, type: 'text', label: label('K'), sortable: true, search: true }).catch(() => null));
    await Promise.race([work[round], pause(100)]);
    await server.stop('SIGKILL');
    const answered = (await Promise.all(work)).filter((r) => r?.status === 201).length;
    const kept = Number(sql(db, `SELECT count(*) FROM custom_field WHERE name LIKE 'x_k${round}%'`));
    assert.ok(kept >= answered, `${kept} of ${answered}`);
    sound(db);
  }
});
