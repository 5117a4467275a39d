/* Rights to fields: every field of every entity, read, masked and hidden, on
 * every reading route of the OpenAPI document, for one's own records and for
 * all. Each value of the company is a canary that tells record and field, so
 * that one which may not be seen is found wherever it turns up: rows, counts,
 * order, titles, search, exports, audit, timeline, errors, entity tags. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sql, startServer, until } from './lib.mjs';
import { patiently } from './random.mjs';
import { World } from './scope_world.mjs';

const ACTIONS = ['read', 'create', 'update', 'delete', 'export'];
/* Rights nothing works without, or that no role has. */
const FIXED = new Set(['id', 'rev']);
/* What a probe needs to find its way: whose record it is and where it hangs. */
const WAYS = new Set(['owner_id', 'deleted_at', 'deleted_with']);

/* One's own work, shown by routes of its own: roles have no rights to its
 * fields. */
const WORK = new Set(['job', 'import']);

let world;
let probes;

const rightOf = {
  read: () => 'read',
  masked: () => 'masked',
  hidden: () => 'hidden',
  mixed: (place) => ['masked', 'hidden', 'edit', 'read'][place % 4],
};

/* The words of a role that gives every field of every entity its right. */
function fieldsOf(kind) {
  const fields = {};
  for (const e of world.entities.values()) {
    if (WORK.has(e.name)) continue;
    fields[e.name] = {};
    e.fields.forEach((f, place) => {
      if (!FIXED.has(f.name) && !WAYS.has(f.name)) fields[e.name][f.name] = rightOf[kind](place);
    });
  }
  return fields;
}

class Probe {
  constructor(kind, level, fields, client, id) {
    Object.assign(this, { kind, level, fields, client, id, login: `${kind}_${level}` });
  }

  right(entity, field) {
    return this.fields[entity]?.[field] ?? 'edit';
  }

  async ask(method, path, body, headers) {
    const answer = await patiently(() => this.client.request(method, path, body, headers));
    const what = `${this.login}: ${method} ${path} ${body ? JSON.stringify(body) : ''}`;
    assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`);
    const leaks = leaked(this, answer.text, what);
    assert.deepEqual(leaks, [], `${what}: ${answer.text.slice(0, 800)}`);
    return answer;
  }

  get(path, headers) {
    return this.ask('GET', path, undefined, headers);
  }
}

/* Canaries of covered fields in a text; those the question itself held are no
 * news. */
function leaked(probe, text, asked) {
  const found = [];
  const look = (t) => {
    for (const hit of t.match(world.canaries.pattern) ?? []) {
      const word = hit.toLowerCase();
      const record = world.canaries.of.get(word);
      if (!record || asked.includes(word)) continue;
      const place = Number(/^zq/.test(word) ? word.slice(6, 9) : word.slice(5, 8));
      const field = world.entities.get(record.entity)?.fields[place];
      if (!field) continue;
      const right = probe.right(record.entity, field.name);
      if (right === 'masked' || right === 'hidden') found.push(`${record.entity}.${field.name} ${right}`);
    }
  };
  look(text);
  for (const [, cursor] of text.matchAll(/cursor=([A-Za-z0-9_-]+)/g))
    look(Buffer.from(cursor, 'base64url').toString('latin1'));
  return [...new Set(found)];
}

async function makeProbe(kind, level) {
  const key = `${kind}_${level}`;
  const fields = fieldsOf(kind);
  const grants = { pool: true, fields };
  for (const e of world.entities.values())
    grants[e.name] = Object.fromEntries(ACTIONS.map((a) => [a, e.scope === 'shared' ? 'all' : level]));
  const role = await world.post('/roles', { key, name: key, grants });
  const user = await world.post('/users', { login: key, name: `User ${key}`, role_id: role.id });
  const { token } = await world.post('/api_tokens', { name: 'probe', user_id: user.id });
  return new Probe(kind, level, fields, world.server.client({ token }), user.id);
}

async function everything() {
  const all = {};
  for (const e of world.entities.values())
    for (const bin of [false, true])
      if (!['audit_entry', 'job', 'user', 'role', 'team'].includes(e.name))
        all[`${e.name} ${bin}`] = (await world.get(`/${e.plural}?limit=500&bin=${bin && e.writable}`)).data;
  return all;
}

const shown = (probe, e) => e.fields.filter((f) => probe.right(e.name, f.name) !== 'hidden').map((f) => f.name);
const live = (entity) => [...(world.records.get(entity)?.values() ?? [])].filter((r) => r.row && !r.bin);
const entities = () => [...world.entities.values()];

function everyone(work) {
  return async () => {
    for (const probe of probes) await work(probe);
  };
}

before(async () => {
  const server = await startServer({ admin: true });
  world = new World(server, await server.signIn());
  await world.build();
  probes = [];
  for (const kind of Object.keys(rightOf))
    for (const level of ['own', 'all']) probes.push(await makeProbe(kind, level));
  /* Something of one's own: customer with all that hangs on it. */
  const customers = live('customer');
  for (const [place, probe] of probes.entries()) {
    const answer = await world.admin.patch(`/customers/${customers[place].id}`, { owner_id: probe.id });
    assert.equal(answer.status, 200, answer.text);
    probe.customer = customers[place];
  }
  await world.readAll();
});

describe('what the schema says', () => {
  test('are the rights of the role', everyone(async (me) => {
    for (const e of entities()) {
      const { body } = await me.get(`/schema/${e.name}`);
      for (const f of body.fields) {
        const right = me.right(e.name, f.name);
        assert.notEqual(right, 'hidden', `${e.name}.${f.name}`);
        if (right !== 'edit') assert.equal(f.access, right, `${me.login} ${e.name}.${f.name}`);
        if (right === 'masked') assert.deepEqual([f.sort, f.filter], [false, []]);
      }
      const names = body.fields.map((f) => f.name);
      const expected = shown(me, e).filter((n) => names.includes(n) || !derived(me, e, n));
      assert.deepEqual(names, expected, `${me.login} ${e.name}`);
      for (const name of [...body.list, ...body.form.flat()]) assert.ok(names.includes(name), name);
    }
  }));
});

/* May go with its sources, which the role covers, or sums up records that the
 * role's level does not show. */
function derived(me, e, name) {
  const f = e.fields.find((x) => x.name === name);
  const ofEverybody = e.name === 'grade_run' || (e.name === 'loss_account' && name === 'indirect_loss');
  return f.sidecar || ofEverybody || (me.kind !== 'read' && (f.readonly || ['amount', 'unit_price'].includes(name)));
}

/* Every GET of the document, with ids of every record there is. */
test('no reading route shows a covered value', everyone(async (me) => {
  const { paths } = (await me.get('/api/v1/openapi.json')).body;
  let walked = 0;
  for (const [path, methods] of Object.entries(paths)) {
    if (!methods.get || /\/events$/.test(path)) continue;
    const entity = entities().find((e) => path.startsWith(`/api/v1/${e.plural}/{id}`));
    const ids = !path.includes('{id}') ? [null]
      : entity ? [...(world.records.get(entity.name)?.keys() ?? [])].slice(0, 12) : [1, 2];
    for (const id of ids) {
      const filled = path.replace('{id}', id).replace(/\{object\}/, 'customer').replace(/\{[a-z_]+\}/g, '1');
      await me.get(filled.startsWith('/api/') ? filled : `/api/..${filled}`);
      walked++;
    }
  }
  assert.ok(walked > 60, `${walked} answers read`);
}));

describe('lists', () => {
  test('of all fields, with titles, in the bin and out', everyone(async (me) => {
    for (const e of entities())
      for (const bin of [false, true]) {
        const refs = e.fields.filter((f) => f.type === 'ref' && me.right(e.name, f.name) !== 'hidden').map((f) => f.name);
        const answer = await me.get(`/${e.plural}?limit=500&bin=${bin}&count=exact&include=${refs.join(',')}`);
        assert.equal(answer.status, 200, `${e.plural}: ${answer.text}`);
        for (const row of answer.body.data)
          for (const name of Object.keys(row)) assert.notEqual(me.right(e.name, name), 'hidden', `${e.plural}.${name}`);
      }
  }));

  test('take no covered field as filter, order, column or title', everyone(async (me) => {
    for (const e of entities())
      for (const f of e.fields) {
        const right = me.right(e.name, f.name);
        if (right !== 'masked' && right !== 'hidden') continue;
        const code = `field_${right}`;
        const refused = (answer, what) => {
          assert.equal(answer.status, 422, `${me.login} ${what}: ${answer.text}`);
          /* A field may be covered twice over: by the role and by its sources. */
          assert.ok([code, 'field_hidden'].includes(answer.body.errors[0].code), `${what}: ${answer.text}`);
          assert.equal(answer.body.errors[0].field, f.name);
        };
        if (f.sort) refused(await me.get(`/${e.plural}?sort=${f.name}`), `${e.plural} by ${f.name}`);
        for (const op of f.filter) {
          const value = op === 'empty' ? 'true' : live(e.name)[0]?.row?.[f.name] ?? '1';
          refused(await me.get(`/${e.plural}?${f.name}[${op}]=${encodeURIComponent(value)}&count=exact`), `${e.plural} ${f.name} ${op}`);
        }
        if (f.filter.includes('eq')) {
          const tree = { not: { or: [{ field: f.name, op: 'eq', value: '1' }] } };
          refused(await me.ask('POST', `/${e.plural}/search`, { filter: tree }), `${e.plural} tree ${f.name}`);
        }
        if (right === 'hidden') refused(await me.get(`/${e.plural}?fields=id,${f.name}`), `${e.plural} column ${f.name}`);
      }
  }));

  test('find nothing by a covered value', everyone(async (me) => {
    for (const e of entities().filter((x) => ['customer', 'contact', 'order', 'product', 'payment'].includes(x.name)))
      for (const f of e.fields.filter((x) => ['masked', 'hidden'].includes(me.right(e.name, x.name))))
        for (const r of live(e.name).slice(0, 3)) {
          const value = r.row[f.name];
          if (typeof value !== 'string' || !world.canaries.pattern.test(value)) continue;
          world.canaries.pattern.lastIndex = 0;
          for (const word of [value, value.slice(0, 7), value.slice(-4)]) {
            const q = encodeURIComponent(word);
            const answer = await me.get(`/${e.plural}?q=${q}&limit=500&count=exact`);
            assert.equal(answer.status, 200, answer.text);
            const visible = answer.body.data.filter((row) => !sameWord(me, e, row, word));
            assert.deepEqual(visible, [], `${me.login} ${e.plural}?q=${word}`);
            assert.equal(answer.body.count.value, answer.body.data.length);
            const ordered = await me.get(`/${e.plural}?q=${q}&sort=id&limit=500&count=exact`);
            assert.equal(ordered.body.count.value, answer.body.data.length);
            await me.get(`/search?q=${q}`);
          }
        }
  }));
});

/* Parts of canaries are alike: a hit is fine when a field in sight has it. */
function sameWord(me, e, row, word) {
  const full = world.records.get(e.name).get(row.id).row;
  return e.fields.some((f) => !['masked', 'hidden'].includes(me.right(e.name, f.name)) &&
    typeof full[f.name] === 'string' && full[f.name].toLowerCase().includes(word.toLowerCase()));
}

describe('exports, audit, feeds', () => {
  test('exports hold masks in place of values', everyone(async (me) => {
    for (const entity of ['customers', 'contacts', 'orders', 'payments', 'products', 'audit_entries'])
      for (const format of ['csv', 'json']) {
        const started = await me.ask('POST', '/exports', { entity, format });
        assert.equal(started.status, 202, `${me.login} ${entity}: ${started.text}`);
        const { id } = started.body.job;
        for (let tries = 0; ; tries++) {
          const { body } = await me.get(`/jobs/${id}`);
          if ((body.state ?? 'done') === 'done') break;
          assert.ok(tries < 4800 && body.state !== 'failed', JSON.stringify(body));
          await new Promise((done) => setTimeout(done, 25));
        }
        const file = await me.get(`/jobs/${id}/file`);
        assert.equal(file.status, 200, file.text);
        assert.ok(file.text.length > 0);
      }
  }));

  test('the audit trail is cut to scope and rights', everyone(async (me) => {
    const { data } = await world.get('/audit_entries?limit=500&entity=customer');
    const list = await me.get('/audit_entries?limit=500');
    assert.equal(list.status, 200, list.text);
    for (const entry of data.slice(0, 30)) {
      const { body } = await me.get(`/audit_entries/${entry.id}`);
      if (me.kind !== 'read') continue;
      const mine = me.level === 'all' || world.records.get('customer').get(entry.record_id)?.row?.owner_id === me.id ||
        world.records.get('customer').get(entry.record_id)?.row?.owner_id === null;
      assert.equal(Object.keys(body.changes).length > 0, mine, `${me.login} entry ${entry.id}: ${JSON.stringify(body)}`);
    }
  }));

  test('no amount, no sums', everyone(async (me) => {
    const covered = ['masked', 'hidden'].includes(me.right('order', 'amount')) ||
      ['masked', 'hidden'].includes(me.right('order_line', 'amount')) || ['masked', 'hidden'].includes(me.right('order', 'sales'));
    for (const path of ['rfm', 'abc', 'pyramid', 'rfm_cells', 'pareto']) {
      const answer = await me.get(`/analytics/${path}`);
      assert.equal(answer.status, covered ? 403 : 200, `${me.login} ${path}: ${answer.text}`);
    }
    const { body } = await me.get(`/customers/${me.customer.id}`);
    for (const name of ['sales', 'm_score', 'sales_rank', 'open_amount'])
      if (covered) assert.ok(!(name in body), `${me.login} sees ${name}`);
  }));
});

describe('writes', () => {
  test('of what the role may not change are refused and change nothing', everyone(async (me) => {
    const was = await everything();
    for (const e of entities().filter((x) => x.writable && !['user', 'role', 'team'].includes(x.name) && !WORK.has(x.name))) {
      const record = live(e.name).find((r) => e.name === 'customer' ? r.id === me.customer.id : me.level === 'all');
      if (!record) continue;
      for (const f of e.fields.filter((x) => !x.readonly && !x.create_only)) {
        const right = me.right(e.name, f.name);
        if (right === 'edit') continue;
        const answer = await me.ask('PATCH', `/${e.plural}/${record.id}`, { [f.name]: record.row[f.name] });
        assert.equal(answer.status, 422, `${me.login} ${e.plural}.${f.name}: ${answer.status} ${answer.text}`);
        const wanted = { read: 'field_read_only', masked: 'field_masked', hidden: 'field_hidden' }[right];
        assert.ok([wanted, 'field_hidden'].includes(answer.body.errors[0].code), `${f.name}: ${answer.text}`);
      }
    }
    assert.deepEqual(await everything(), was);
  }));

  test('a stale record names no hidden field', everyone(async (me) => {
    const { id } = me.customer;
    const { rev } = (await world.admin.get(`/customers/${id}`)).body;
    const change = { city: `c${rev}`, note: `n${rev}`, website: 'https://example.cn/x' + rev };
    assert.equal((await world.admin.patch(`/customers/${id}`, change)).status, 200);
    const open = world.entities.get('customer').fields.find((f) => me.right('customer', f.name) === 'edit' && f.type === 'text' && !f.readonly);
    const answer = await me.ask('PATCH', `/customers/${id}`, open ? { [open.name]: 'x' } : {}, { 'if-match': `"${rev}"` });
    assert.equal(answer.status, 412, answer.text);
    for (const e of answer.body.errors) assert.notEqual(me.right('customer', e.field), 'hidden', answer.text);
  }));

  test('an entity tag holds for one role', everyone(async (me) => {
    const { id } = me.customer;
    const tag = (await world.admin.get(`/customers/${id}`)).headers.get('etag');
    const own = (await me.get(`/customers/${id}`)).headers.get('etag');
    assert.notEqual(own, tag);
    assert.equal((await me.get(`/customers/${id}`, { 'if-none-match': tag })).status, 200);
    assert.equal((await me.get(`/customers/${id}`, { 'if-none-match': own })).status, 304);
  }));
});

/* A role by its words, and somebody who has it. */
async function userOf(key, grants, more = {}) {
  const role = await world.post('/roles', { key, name: key, grants });
  const user = await world.post('/users', { login: key, name: key, role_id: role.id, ...more });
  const { token } = await world.post('/api_tokens', { name: key, user_id: user.id });
  return { role, user, client: world.server.client({ token }) };
}

const CUSTOMERS = { read: 'all', create: 'all', update: 'all', delete: 'all', export: 'all' };

describe('masks', () => {
  const PERSON = {
    kind: 'person', name: '欧阳娜娜', phone: '13812341234', email: 'anna@b.cn', id_number: '110101199003071234',
    bank_account: '6222021234567891234', address: '上海市徐汇区漕溪北路1号', wechat: 'anna', job_income: 1234500, sex: 'female',
  };

  test('show what their table says', async () => {
    const names = Object.keys(PERSON).filter((n) => n !== 'kind');
    const { client } = await userOf('mask_table', { customer: CUSTOMERS, fields: { customer: Object.fromEntries(names.map((n) => [n, 'masked'])) } });
    const cases = [
      [PERSON, {
        name: '欧阳**', phone: '138****1234', email: 'a***@b.cn', id_number: '110***********1234',
        bank_account: '622202*********1234', address: '上海市徐汇区***', wechat: '***', job_income: null, sex: null,
      }],
      [{ kind: 'person', name: '张三', phone: '010-62345678' }, { name: '张*', phone: '010-****5678', email: null }],
      [{ kind: 'person', name: '张小三', phone: '+86 139 0000 4321' }, { name: '张*三', phone: '139****4321' }],
      [{ kind: 'person', name: 'John Smith', phone: '0512 6666 8888' }, { name: 'J***', phone: '0512-****8888' }],
      [{ kind: 'organization', name: '上海大海贸易有限公司' }, { name: '上***' }],
    ];
    for (const [given, masked] of cases) {
      const { id } = await world.post('/customers', given);
      const { body } = await client.get(`/customers/${id}`);
      const row = (await client.get(`/customers?id=${id}`)).body.data[0];
      for (const [name, value] of Object.entries(masked)) {
        assert.equal(body[name], value, name);
        assert.equal(row[name], value, name);
      }
    }
  });

  test('by grade: personal in lists of others, high everywhere', async () => {
    const { client, user } = await userOf('grades', { customer: CUSTOMERS, contact: CUSTOMERS });
    const made = await world.post('/customers', PERSON);
    const one = (await client.get(`/customers/${made.id}`)).body;
    const listed = () => client.get(`/customers?id=${made.id}`).then((r) => r.body.data[0]);
    assert.deepEqual([one.phone, one.id_number, one.job_income], ['13812341234', '110***********1234', null]);
    assert.deepEqual([(await listed()).phone, (await listed()).name], ['138****1234', '欧阳娜娜']);
    const contact = await world.post('/contacts', { customer_id: made.id, name: '李四', phone: '13512341234' });
    const ofContact = () => client.get(`/contacts?id=${contact.id}`).then((r) => r.body.data[0].phone);
    assert.equal(await ofContact(), '135****1234');
    await world.admin.patch(`/customers/${made.id}`, { owner_id: user.id });
    assert.deepEqual([(await listed()).phone, await ofContact()], ['13812341234', '13512341234']);
    /* What is seen one by one may be looked for. */
    assert.equal((await client.get('/customers?phone=13812341234')).body.data.length > 0, true);
    assert.equal((await client.get('/customers?id_number=110101199003071234')).status, 422);
  });

  test('that come back are refused; clean values are taken', async () => {
    const { client } = await userOf('back', { customer: CUSTOMERS });
    const { id } = await world.post('/customers', PERSON);
    const put = async (body) => {
      const answer = await client.patch(`/customers/${id}`, body);
      return answer.status === 200 ? 200 : answer.body.errors[0].code;
    };
    const is = async (name) => (await world.get(`/customers/${id}`))[name];
    const { body } = await client.get(`/customers/${id}`);
    for (const name of ['id_number', 'bank_account', 'job_income'])
      assert.equal(await put({ [name]: body[name] }), 'masked_value', name);
    for (const [name, value] of [['phone', '138****1234'], ['email', 'a***@b.cn'], ['name', '欧阳**'], ['address', '上海市徐汇区***']])
      assert.equal(await put({ [name]: value }), 'masked_value', name);
    for (const name of Object.keys(PERSON)) assert.deepEqual(await is(name), PERSON[name], name);
    assert.equal(await put({ id_number: '110101199003079999' }), 200);
    assert.equal(await is('id_number'), '110101199003079999');
    assert.equal((await world.admin.patch(`/customers/${id}`, { phone: '138****1234' })).status, 422);
  });
});

describe('unmasking', () => {
  const ID = '110101199003071234';

  test('needs the right and a reason, and is written down', async () => {
    const may = await userOf('unmasker', { customer: CUSTOMERS, unmask: true, fields: { customer: { note: 'hidden' } } });
    const not = await userOf('not_unmasker', { customer: CUSTOMERS });
    const { id } = await world.post('/customers', { name: '面具', id_number: ID, phone: '13812341234', note: 'x' });
    const ask = (client, body) => client.post(`/customers/${id}/unmask`, body);
    const entries = async () => (await world.get(`/audit_entries?entity=customer&record_id=${id}&action=unmask`)).data;
    const good = { fields: ['id_number'], reason: '核对合同' };
    assert.equal((await ask(not.client, good)).status, 403);
    for (const [body, field] of [[{ fields: ['id_number'] }, 'reason'], [{ ...good, reason: ' ' }, 'reason'],
      [{ ...good, fields: [] }, 'fields'], [{ ...good, fields: ['note'] }, 'note'], [{ ...good, fields: ['nothing'] }, 'nothing'],
      [{ ...good, reason: 'x'.repeat(501) }, 'reason']]) {
      const answer = await ask(may.client, body);
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.body.errors[0].field, field, answer.text);
      assert.ok(!answer.text.includes(ID));
    }
    assert.deepEqual(await entries(), []);
    const shown = await ask(may.client, good);
    assert.equal(shown.status, 200, shown.text);
    assert.deepEqual(shown.body, { data: { id_number: ID } });
    assert.equal((await may.client.get(`/customers/${id}`)).body.id_number, '110***********1234');
    const [entry, ...more] = await entries();
    assert.deepEqual([entry.user_id, entry.changes, more.length], [may.user.id, { fields: ['id_number'], reason: '核对合同' }, 0]);
    const own = await userOf('own_unmasker', { customer: { read: 'own' }, unmask: true });
    assert.equal((await ask(own.client, good)).status, 404);
  });
});

describe('view as', () => {
  const as = (who) => ({ 'x-view-as': who });

  test('shows what the role or the user sees, and writes it down', async () => {
    const low = await userOf('seen_as', { customer: { ...CUSTOMERS, read: 'own' }, fields: { customer: { phone: 'masked', email: 'hidden' } } });
    const { id } = await world.post('/customers', { name: '被看', phone: '13812341234', email: 'a@b.cn', owner_id: low.user.id });
    for (const path of [`/customers/${id}`, `/customers/${id}?bin=false`]) {
      const real = await low.client.get(path);
      const same = await world.admin.get(path, as(`user:${low.user.id}`));
      assert.deepEqual(same.body, real.body);
    }
    assert.equal((await world.admin.get(`/customers/${id}`, as('role:seen_as'))).status, 404, 'the role, not its user');
    const list = (client, headers, more = '') => client.get(`/customers?limit=500&count=exact${more}`, headers);
    const theirs = await list(low.client);
    assert.deepEqual((await list(world.admin, as(`user:${low.user.id}`))).body.data, theirs.body.data);
    assert.deepEqual((await list(world.admin, {}, `&view_as=user:${low.user.id}`)).body.count, theirs.body.count);
    const search = await world.admin.request('POST', '/customers/search', { filter: { field: 'phone', op: 'eq', value: '1' } }, as('role:seen_as'));
    assert.equal(search.status, 422);
    const schema = (await world.admin.get('/schema/customer', as(`role:${low.role.id}`))).body;
    assert.equal(schema.fields.find((f) => f.name === 'phone').access, 'masked');
    assert.ok(!schema.fields.some((f) => f.name === 'email'));
    /* On SQLite they are queued for the writer. */
    let looks;
    for (const end = Date.now() + 60000; ; await pause(50)) {
      looks = await world.get('/audit_entries?action=view_as&limit=500');
      if (looks.data.some((e) => e.changes.as === `user:${low.user.id}` && e.changes.path === `/api/v1/customers/${id}`)) break;
      assert.ok(Date.now() < end, 'nobody looks unseen');
    }
    assert.ok(looks.data.every((e) => e.user_id === world.adminId));
  });

  test('only reads, and only for administrators', async () => {
    const low = await userOf('no_admin', { customer: CUSTOMERS });
    const { id } = await world.post('/customers', { name: '原样' });
    for (const [method, path, body] of [['PATCH', `/customers/${id}`, { name: 'x' }], ['DELETE', `/customers/${id}`],
      ['POST', '/customers', { name: 'x' }], ['POST', `/customers/${id}/unmask`, { fields: ['phone'], reason: 'weil' }],
      ['POST', '/exports', { entity: 'customers' }], ['PUT', '/settings', {}]]) {
      const answer = await world.admin.request(method, path, body, as('role:no_admin'));
      assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
    }
    assert.equal((await world.get(`/customers/${id}`)).name, '原样');
    assert.equal((await low.client.get('/customers', as('role:admin'))).status, 403);
    for (const who of ['role:nobody', 'user:999999', 'user:', 'sales', 'user:1x'])
      assert.equal((await world.admin.get('/customers', as(who))).status, 422, who);
    assert.equal((await world.admin.get('/settings', as('role:sales'))).status, (await low.client.get('/settings')).status);
  });
});

describe('roles', () => {
  test('take rights to fields that exist, in their words', async () => {
    const bad = [
      [{ customer: { nothing: 'edit' } }, 'grants_field'], [{ customer: { id: 'hidden' } }, 'grants_field'],
      [{ customer: { phone: 'maybe' } }, 'grants_field_right'], [{ user: { password_hash: 'read' } }, 'grants_field'],
      [{ nobody: { phone: 'edit' } }, 'grants'], [{ job: { args: 'hidden' } }, 'grants'], [[], 'grants'],
    ];
    for (const [fields, code] of bad) {
      const answer = await world.admin.post('/roles', { key: 'bad', name: 'bad', grants: { fields } });
      assert.equal(answer.status, 422, answer.text);
      assert.equal(answer.body.errors[0].code, code, answer.text);
    }
  });

  test('count within a second of their change', async () => {
    const { client, role } = await userOf('moved', { customer: CUSTOMERS });
    const { id } = await world.post('/customers', { name: '王五', phone: '13700001111' });
    assert.equal((await client.get(`/customers/${id}`)).body.phone, '13700001111');
    const grants = { customer: CUSTOMERS, fields: { customer: { phone: 'hidden' } } };
    assert.equal((await world.admin.patch(`/roles/${role.id}`, { grants })).status, 200);
    await until(() => client.get(`/customers/${id}`), ({ body }) => !('phone' in body), 1100);
  });
});

describe('secrecy', () => {
  test('nobody sees what is above his clearance, nor what hangs on it', async () => {
    const grants = { customer: CUSTOMERS, contact: CUSTOMERS, order: CUSTOMERS, interaction: CUSTOMERS, task: CUSTOMERS };
    const low = await userOf('low', grants);
    const high = await userOf('high', grants, { clearance: 'confidential' });
    const { id } = await world.post('/customers', { name: '密密', secrecy: 'confidential', owner_id: low.user.id });
    const order = await world.post('/orders', { customer_id: id, number: 'SECRET-1', ordered_on: '2024-01-01', currency: 'CNY' });
    const contact = await world.post('/contacts', { customer_id: id, name: '密友' });
    const task = await world.post('/tasks', { customer_id: id, title: '密事', owner_id: low.user.id });
    await until(() => low.client.get(`/customers/${id}`), ({ status }) => status === 404, 1100);
    const paths = [`/customers/${id}`, `/orders/${order.id}`, `/contacts/${contact.id}`, `/tasks/${task.id}`,
      `/customers/${id}/timeline`];
    for (const path of paths) {
      assert.equal((await low.client.get(path)).status, 404, path);
      assert.equal((await high.client.get(path)).status, 200, path);
      assert.equal((await world.admin.get(path)).status, 200, path);
    }
    for (const list of [`/customers?id=${id}`, `/customers?q=${encodeURIComponent('密密')}`, `/orders?id=${order.id}`])
      for (const [who, n] of [[low, 0], [high, 1]]) {
        const { body } = await who.client.get(`${list}&count=exact`);
        assert.deepEqual([body.data.length, body.count.value], [n, n], list);
      }
    assert.equal((await low.client.patch(`/customers/${id}`, { note: 'x' })).status, 404);
    /* One level below is open to both; above one's own nobody writes. */
    const open = await world.post('/customers', { name: '公开' });
    const raise = await low.client.patch(`/customers/${open.id}`, { secrecy: 'internal' });
    assert.equal(raise.status, 422, raise.text);
    assert.equal(raise.body.errors[0].code, 'above_clearance');
    assert.equal((await high.client.post('/customers', { name: '绝', secrecy: 'secret' })).status, 422);
    assert.equal((await world.get(`/customers/${open.id}`)).secrecy, 'normal');
    sql(world.db, `UPDATE customer SET secrecy = 'normal' WHERE id = ${id}`);
  });
});

describe('trials of grading rules', () => {
  const RULES = '1.2.3:1.2:0:sales:0.0.0.0.0:share';
  const LISTS = ['any:vip', 'vip:small', 'any:moved', 'any:r5', 'any:rescored', 'any:loss'];
  /* [status, code] of the trial and of its lists. */
  const answers = async (client) => {
    const all = [await patiently(() => client.post('/grading/what_if', {}))];
    for (const of of LISTS) all.push(await patiently(() => client.get(`/customers?would=${of}:${RULES}`)));
    return all.map((a) => [a.status, a.body.errors?.[0].code]);
  };
  const every = (status, code) => Array(LISTS.length + 1).fill([status, code]);

  test('tell no mark that the role does not show', async () => {
    const grants = { customer: CUSTOMERS, order: CUSTOMERS };
    assert.deepEqual(await answers((await userOf('trial', grants)).client), every(200, undefined));
    for (const field of ['grade', 'abc_class', 'r_score', 'f_score', 'm_score'])
      for (const right of ['hidden', 'masked']) {
        const { client } = await userOf(`trial_${field}_${right}`, { ...grants, fields: { customer: { [field]: right } } });
        assert.deepEqual(await answers(client), every(422, `field_${right}`), `${field} ${right}`);
      }
  });

  test('weigh no score that the role does not show', async () => {
    const names = ['credit', 'influence', 'prospects', 'loyalty'];
    for (const [place, name] of names.entries()) {
      const { client } = await userOf(`weigh_${name}`, { customer: CUSTOMERS, order: CUSTOMERS, fields: { customer: { [`${name}_score`]: 'hidden' } } });
      for (const [k, other] of names.entries()) {
        const weights = [0, 1, 2, 3, 4].map((w) => (w === k + 1 ? 7 : 0)).join('.');
        const asked = [await patiently(() => client.post('/grading/what_if', { weights: { [other]: 7 } })),
          await patiently(() => client.get(`/customers?would=any:moved:1.2.3:1.2:0:sales:${weights}:share`))];
        assert.deepEqual(asked.map((a) => [a.status, a.body.errors?.[0].code]),
          Array(2).fill(k === place ? [422, 'field_hidden'] : [200, undefined]), `${name} ${other}`);
      }
    }
  });
});

describe('why', () => {
  test('explains the grade, and tells no totals of others', async () => {
    const day = '2024-03-05';
    const mine = await world.post('/customers', { name: '我的', owner_id: world.users.sam.id });
    const order = await world.post('/orders', { customer_id: mine.id, number: 'W-1', ordered_on: day, currency: 'CNY' });
    await world.post('/order_lines', { order_id: order.id, product_name: 'x', quantity: '1', unit_price: '5' });
    const started = await world.admin.post('/grading/run');
    assert.equal(started.status, 202, started.text);
    for (let tries = 0; (await world.get(`/jobs/${started.body.job.id}`)).state !== 'done'; tries++) {
      assert.ok(tries < 4800);
      await new Promise((done) => setTimeout(done, 25));
    }
    const all = await world.get(`/customers/${mine.id}/why`);
    const own = (await world.users.sam.client.get(`/customers/${mine.id}/why`)).body;
    for (const name of ['of', 'total_sales']) {
      assert.ok(name in all, name);
      assert.ok(!(name in own), name);
    }
    assert.ok('share_before' in all.abc && !('share_before' in own.abc));
    assert.deepEqual([own.grade, own.cutoffs, own.r, own.f, own.m], [all.grade, all.cutoffs, all.r, all.f, all.m]);
    const run = (await world.users.sam.client.get('/grade_runs?limit=1')).body.data[0];
    for (const name of ['sales', 'customers', 'tiers', 'cutoffs', 'changed']) assert.ok(!(name in run), name);
    const row = (await world.users.sam.client.get(`/customers/${mine.id}`)).body;
    assert.ok('grade' in row && 'sales' in row && !('share_before' in row));
  });
});
