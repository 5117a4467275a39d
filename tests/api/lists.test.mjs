/* Lists: every operator on every field against an evaluation in memory, both
 * forms of a query, order, pages, cursors, counts, includes, the search box. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { work } from './jobs.mjs';
import { ROOT, startServer } from './lib.mjs';
import { Random, readAll } from './random.mjs';
import { exact, Samples } from './sample.mjs';

const ENTITIES = ['customer', 'contact', 'product', 'order', 'order_line', 'payment', 'interaction', 'task'];
const ROWS = 30;
const random = new Random();

let client;
let samples;
const rows = new Map(); /* entity → all its records */

before(async () => {
  const server = await startServer({ admin: true });
  client = await server.signIn();
  samples = new Samples((await client.get('/schema')).body);
  const { body } = await client.get('/users');
  samples.see('user', body.data[0].id);
  for (const name of ENTITIES) await fill(samples.entities.get(name));
  await work(client, '/grading/run'); /* else the nightly one moves scores meanwhile */
  for (const name of ENTITIES)
    rows.set(name, await readAll(client, `/${samples.entities.get(name).plural}`));
});

async function fill(entity) {
  for (let k = 0; k < ROWS; k++) {
    const body = samples.body(entity, { likely: random.next() });
    if (random.once(4) && entity.fields.some((f) => f.name === 'owner_id')) body.owner_id = null;
    const answer = await client.post(`/${entity.plural}`, body);
    assert.equal(answer.status, 201, `${entity.name}: ${answer.text}`);
    samples.see(entity.name, answer.body.id);
  }
}

/* --- a second opinion ------------------------------------------------------ */

const isEmpty = (v) => v === null || (Array.isArray(v) && v.length === 0);

/* A value in a form that compares. */
function comparable(f, v) {
  switch (f.type) {
    case 'decimal': return exact(String(v), f.scale);
    case 'int': case 'money': case 'ref': return BigInt(v);
    case 'instant': return BigInt(Date.parse(v));
    case 'bool': return String(v);
    default: return String(v);
  }
}

function found(f, text, needle, at) {
  const [hay, pin] = f.type === 'phone' ? [text.replace(/\D/g, ''), needle.replace(/\D/g, '')] : [text, needle];
  return at === 'start' ? hay.startsWith(pin) : hay.includes(pin);
}

function holds(f, op, value, row) {
  const v = row[f.name];
  if (op === 'empty') return isEmpty(v) === value;
  if (op === 'ne' || op === 'not_in') return !holds(f, op === 'ne' ? 'eq' : 'in', value, row);
  if (isEmpty(v)) return false;
  switch (op) {
    case 'eq': return comparable(f, v) === comparable(f, value);
    case 'in': return value.some((one) => comparable(f, one) === comparable(f, v));
    case 'gt': return comparable(f, v) > comparable(f, value);
    case 'gte': return comparable(f, v) >= comparable(f, value);
    case 'lt': return comparable(f, v) < comparable(f, value);
    case 'lte': return comparable(f, v) <= comparable(f, value);
    case 'contains': return found(f, v, value);
    case 'starts': return found(f, v, value, 'start');
    case 'has': return v.includes(value);
    default: throw new Error(`what is ${op}?`);
  }
}

/* What to compare a field with: something that is there and something else. */
function probes(entity, f, op) {
  if (op === 'empty') return [true, false];
  const present = rows.get(entity.name).map((row) => row[f.name]).filter((v) => !isEmpty(v));
  const other = samples.value(entity, f) ?? f.options?.at(-1).value ?? (f.type === 'date' ? '2026-03-21' : 424242);
  const some = present.length > 0 ? random.pick(present) : other;
  if (f.type === 'set') return [some[0], f.options.at(-1).value];
  if (op === 'in' || op === 'not_in') return [[some, other], [other]];
  if (op === 'contains' || op === 'starts') {
    const text = String(some);
    if (f.type === 'phone') return ['1', text.replace(/\D/g, '').slice(-4)];
    return [text.slice(0, 2).trim(), text.slice(1, 4).trim() || text];
  }
  return [some, other];
}

async function idsOf(answer) {
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data.map((row) => row.id).sort((a, b) => a - b);
}

function get(entity, params) {
  const query = Object.entries({ limit: 500, ...params }).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`);
  return client.get(`/${entity.plural}?${query.join('&')}`);
}

const search = (entity, body) => client.post(`/${entity.plural}/search`, { limit: 500, ...body });

function expected(entity, keep) {
  return rows.get(entity.name).filter(keep).map((row) => row.id).sort((a, b) => a - b);
}

describe('filters', () => {
  test('mean the same in the URL, in the body and in memory', async (t) => {
    for (const name of ENTITIES) {
      const entity = samples.entities.get(name);
      await t.test(name, async () => {
        for (const f of entity.fields) await operators(entity, f);
      });
    }
  });

  async function operators(entity, f) {
    const works = f.filter.flatMap((op) => probes(entity, f, op).map((value) => one(entity, f, op, value, random.once(2))));
    await Promise.all(works);
  }

  async function one(entity, f, op, value, both) {
    const want = expected(entity, (row) => holds(f, op, value, row));
    const about = `${entity.name}.${f.name}[${op}]=${JSON.stringify(value)}`;
    const params = { [op === 'eq' ? f.name : `${f.name}[${op}]`]: String(value), fields: 'id', count: 'exact' };
    const answer = await get(entity, params);
    assert.deepEqual(await idsOf(answer), want, about);
    assert.deepEqual(answer.body.count, { value: want.length, capped: false }, about);
    if (!both) return;
    const filter = { field: f.name, op, value };
    assert.deepEqual(await idsOf(await search(entity, { filter, fields: ['id'] })), want, `${about} in the body`);
  }

  test('compare with nothing by an empty value or null', async () => {
    const entity = samples.entities.get('customer');
    for (const name of ['city', 'birth_date', 'registered_capital', 'owner_id']) {
      const empty = expected(entity, (row) => row[name] === null);
      const full = expected(entity, (row) => row[name] !== null);
      assert.ok(empty.length > 0 && full.length > 0, name);
      assert.deepEqual(await idsOf(await get(entity, { [name]: '' })), empty, name);
      assert.deepEqual(await idsOf(await get(entity, { [`${name}[ne]`]: '' })), full, name);
      assert.deepEqual(await idsOf(await search(entity, { filter: { field: name, value: null } })), empty, name);
      assert.deepEqual(await idsOf(await search(entity, { filter: { field: name, op: 'ne', value: null } })), full, name);
    }
  });

  test('nest: and, or, not', async () => {
    for (let k = 0; k < 120; k++) {
      const entity = samples.entities.get(random.pick(ENTITIES));
      const [filter, keep] = tree(entity, 3);
      const want = expected(entity, keep);
      assert.deepEqual(await idsOf(await search(entity, { filter, fields: ['id'] })), want, JSON.stringify(filter));
    }
  });

  function tree(entity, depth) {
    const kind = depth === 0 ? 'test' : random.pick(['test', 'and', 'or', 'not']);
    if (kind === 'not') {
      const [filter, keep] = tree(entity, depth - 1);
      return [{ not: filter }, (row) => !keep(row)];
    }
    if (kind === 'and' || kind === 'or') {
      const kids = Array.from({ length: random.int(0, 3) }, () => tree(entity, depth - 1));
      const all = (row) => kids.every(([, keep]) => keep(row));
      const any = (row) => kids.some(([, keep]) => keep(row));
      return [{ [kind]: kids.map(([filter]) => filter) }, kind === 'and' ? all : any];
    }
    const f = random.pick(entity.fields.filter((one) => one.filter.length > 0));
    const op = random.pick(f.filter);
    const value = random.pick(probes(entity, f, op));
    return [{ field: f.name, op, value }, (row) => holds(f, op, value, row)];
  }

  test('find text whatever its case, width or script in searched fields', async () => {
    const made = await client.post('/customers', { name: 'ＡＢＣ Ｔrading 張學友', city: 'Zürich' });
    for (const needle of ['abc', 'ABC t', '张学友', '張學', 'trading 张'])
      assert.deepEqual(await idsOf(await client.get(`/customers?name[contains]=${encodeURIComponent(needle)}`)), [made.body.id], needle);
    rows.get('customer').push(made.body);
  });

  test('know me, my team and relative days', async () => {
    const entity = samples.entities.get('order');
    const day = (shift) => new Date(Date.now() + (8 * 60 * 60 + shift * 86400) * 1000).toISOString().slice(0, 10);
    const today = day(0);
    for (const shift of [-400, -40, -8, -7, -6, -1, 0, 1, 6, 7, 40])
      await client.post('/orders', { customer_id: rows.get('customer')[0].id, number: `D${shift}`, ordered_on: day(shift) });
    rows.set('order', await readAll(client, '/orders'));
    rows.set('customer', await readAll(client, '/customers')); /* one of them has bought */
    const spans = {
      today: [today, day(1)],
      yesterday: [day(-1), today],
      tomorrow: [day(1), day(2)],
      last_7_days: [day(-6), day(1)],
      next_7_days: [today, day(7)],
      this_month: [`${today.slice(0, 7)}-01`, monthOn(today, 1)],
      last_month: [monthOn(today, -1), `${today.slice(0, 7)}-01`],
      this_year: [`${today.slice(0, 4)}-01-01`, `${Number(today.slice(0, 4)) + 1}-01-01`],
      this_week: [weekOf(today, 0), weekOf(today, 7)],
      last_week: [weekOf(today, -7), weekOf(today, 0)],
    };
    for (const [word, [from, to]] of Object.entries(spans)) {
      const inside = (row) => row.ordered_on >= from && row.ordered_on < to;
      assert.deepEqual(await idsOf(await get(entity, { ordered_on: word })), expected(entity, inside), word);
      assert.deepEqual(await idsOf(await get(entity, { 'ordered_on[ne]': word })), expected(entity, (row) => !inside(row)), word);
      assert.deepEqual(await idsOf(await get(entity, { 'ordered_on[gt]': word })), expected(entity, (row) => row.ordered_on >= to), word);
      assert.deepEqual(await idsOf(await get(entity, { 'ordered_on[lte]': word })), expected(entity, (row) => row.ordered_on < to), word);
    }
    assert.equal(day(0), today, 'midnight passed: run again');
    const all = expected(entity, () => true);
    assert.deepEqual(await idsOf(await get(entity, { created_at: today })), all);
    assert.deepEqual(await idsOf(await get(entity, { 'created_at[lt]': today })), []);
    const mine = expected(samples.entities.get('customer'), (row) => row.owner_id !== null);
    assert.deepEqual(await idsOf(await get(samples.entities.get('customer'), { owner_id: 'me' })), mine);
    assert.deepEqual(await idsOf(await get(samples.entities.get('customer'), { owner_id: 'my_team' })), mine);
  });

  test('that make no sense are 422 and name the field', async () => {
    const bad = {
      'nope=1': 'nope', 'name[near]=x': 'name', 'name[gt]=x': 'name', 'roles[eq]=supplier': 'roles',
      'birth_date=soon': 'birth_date', 'birth_date=2023-02-29': 'birth_date', 'kind=martian': 'kind',
      'no_call=maybe': 'no_call', 'name[empty]=perhaps': 'name', 'owner_id=you': 'owner_id',
      'registered_capital=1.5': 'registered_capital', 'registered_capital=much': 'registered_capital',
      'created_at[gte]=2023-02-29T00:00:00Z': 'created_at', 'sales[gt]=abc': 'sales', 'id[in]=1,x': 'id',
    };
    for (const [query, field] of Object.entries(bad)) {
      const answer = await client.get(`/customers?${query}`);
      assert.equal(answer.status, 422, `${query}: ${answer.text}`);
      assert.equal(answer.body.errors[0].field, field, query);
    }
    const trees = [[], 'x', { and: 1 }, { or: [1] }, { not: [] }, {}, { field: 'name' }, { field: 1, value: 2 },
      { field: 'name', op: 5, value: 'x' }, { field: 'name', value: 'x', more: 1 }, { and: [], or: [] }, { not: {} }, { field: 'name', value: { a: 1 } }, { field: 'id', op: 'in', value: [[1]] }];
    for (const filter of trees)
      assert.equal((await client.post('/customers/search', { filter })).status, 422, JSON.stringify(filter));
  });
});

function monthOn(day, n) {
  const [y, m] = day.split('-').map(Number);
  return new Date(Date.UTC(y, m - 1 + n, 1)).toISOString().slice(0, 10);
}

function weekOf(day, shift) {
  const date = new Date(`${day}T00:00:00Z`);
  const monday = date.getTime() - ((date.getUTCDay() + 6) % 7) * 86400000;
  return new Date(monday + shift * 86400000).toISOString().slice(0, 10);
}

/* --- order ------------------------------------------------------------------ */

/* Text fields with a sort key of their own (pinyin), by the definitions. */
function keyed(entity, f) {
  const file = JSON.parse(readFileSync(join(ROOT, `model/${entity.name}.json`), 'utf8'));
  return file.fields.some((one) => one.name === f.name && one.type === 'text' && one.sortable);
}

function compare(f, a, b) {
  const [x, y] = [comparable(f, a), comparable(f, b)];
  if (typeof x === 'string') return Buffer.compare(Buffer.from(x), Buffer.from(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

/* Empty values last in both directions; the id follows the first key. */
function inOrder(entity, keys) {
  return [...rows.get(entity.name)].sort((a, b) => {
    for (const [f, falls] of keys) {
      const [x, y] = [a[f.name], b[f.name]];
      if (x === null || y === null) {
        if (x !== y) return x === null ? 1 : -1;
        continue;
      }
      const order = compare(f, x, y);
      if (order !== 0) return falls ? -order : order;
    }
    return keys[0][1] ? b.id - a.id : a.id - b.id;
  }).map((row) => row.id);
}

async function listed(entity, sort) {
  const answer = await get(entity, { sort });
  assert.equal(answer.status, 200, `${sort}: ${answer.text}`);
  return answer.body.data;
}

describe('order', () => {
  test('by every field, both ways, empty values last', async () => {
    for (const name of ENTITIES) {
      const entity = samples.entities.get(name);
      for (const f of entity.fields.filter((one) => one.sort)) {
        const up = await listed(entity, f.name);
        const down = await listed(entity, `-${f.name}`);
        const ids = (list) => list.map((row) => row.id);
        if (keyed(entity, f)) {
          const full = (list) => ids(list.filter((row) => row[f.name] !== null));
          assert.deepEqual(full(down), full(up).reverse(), `${name}.${f.name}`);
          assert.equal(new Set(ids(up)).size, rows.get(name).length);
          continue;
        }
        assert.deepEqual(ids(up), inOrder(entity, [[f, false]]), `${name}.${f.name}`);
        assert.deepEqual(ids(down), inOrder(entity, [[f, true]]), `${name}.-${f.name}`);
      }
    }
  });

  test('by several fields', async () => {
    const entity = samples.entities.get('customer');
    const fields = entity.fields.filter((f) => f.sort && !keyed(entity, f));
    for (let k = 0; k < 25; k++) {
      const keys = [random.pick(fields), random.pick(fields), random.pick(fields)]
        .filter((f, i, all) => all.indexOf(f) === i).map((f) => [f, random.once(2)]);
      const sort = keys.map(([f, falls]) => (falls ? '-' : '') + f.name).join(',');
      assert.deepEqual((await listed(entity, sort)).map((row) => row.id), inOrder(entity, keys), sort);
    }
  });

  test('of names is by reading', async () => {
    const names = ['李娜', '阿明', '张伟', '王芳', '单田芳', '陈晨', '曾志', 'Berlin AG', '赵一'];
    for (const name of names) await client.post('/products', { name: `${name}`, category: 'order-test' });
    const answer = await client.get('/products?category=order-test&sort=name&fields=name');
    const got = answer.body.data.map((row) => row.name);
    const pinyin = ['阿明', '陈晨', '李娜', '单田芳', '王芳', '曾志', '张伟', '赵一'];
    assert.deepEqual(got.filter((name) => name !== 'Berlin AG'), pinyin);
  });

  test('by what has none is 422', async () => {
    for (const sort of ['nope', 'roles', 'note', '-', '', 'name,name,kind,city,phone,email', 'id desc'])
      assert.equal((await client.get(`/customers?sort=${encodeURIComponent(sort)}`)).status, sort === '' ? 200 : 422, sort);
  });
});

/* --- pages ------------------------------------------------------------------ */

describe('pages', () => {
  const sorts = ['', '-id', 'id', 'city', '-city', 'city,-birth_date', '-birth_date,city,kind', 'name', '-name', '-sales', 'grade', '-owner_id,no_call'];

  test('forward and back lose nothing and repeat nothing', async () => {
    for (const sort of sorts) {
      const query = `/customers?limit=7&count=none&fields=id${sort ? `&sort=${sort}` : ''}`;
      const whole = (await client.get(query.replace('limit=7', 'limit=500'))).body.data;
      const pages = [];
      let page = await client.get(query);
      for (;;) {
        assert.equal(page.status, 200, page.text);
        pages.push(page.body);
        assert.equal(page.body.links.prev === null, pages.length === 1, sort);
        if (page.body.links.next === null) break;
        page = await client.get(page.body.links.next);
      }
      assert.deepEqual(pages.flatMap((one) => one.data), whole, sort);
      for (let k = pages.length - 2; k >= 0; k--) {
        page = await client.get(page.body.links.prev);
        assert.deepEqual(page.body.data, pages[k].data, `${sort}: back to page ${k}`);
        assert.notEqual(page.body.links.next, null, sort);
      }
      assert.equal(page.body.links.prev, null, sort);
    }
  });

  test('of a search in the body go on at the links, too', async () => {
    const body = { filter: { field: 'kind', value: 'person' }, sort: ['-city'], fields: ['id'], limit: 5 };
    const seen = [];
    let path = '/customers/search';
    while (path !== null) {
      const answer = await client.post(path, body);
      assert.equal(answer.status, 200, answer.text);
      seen.push(...answer.body.data.map((row) => row.id));
      path = answer.body.links.next;
    }
    assert.deepEqual(seen.sort((a, b) => a - b), expected(samples.entities.get('customer'), (row) => row.kind === 'person'));
  });

  test('keep their place while records come and go', async () => {
    const first = await client.get('/tasks?limit=10&sort=id&fields=id');
    const shown = first.body.data.map((row) => row.id);
    const made = (await client.post('/tasks', { title: '新' })).body.id;
    assert.equal((await client.delete(`/tasks/${shown[9]}`)).status, 204);
    const rest = await readAll(client, `/tasks?sort=id&fields=id&${new URL(first.body.links.next, 'http://x').search.slice(1)}`.replace('limit=10&', ''));
    const all = rows.get('task').map((row) => row.id).sort((a, b) => a - b);
    assert.deepEqual(rest.map((row) => row.id), [...all.slice(10), made]);
    await client.post(`/tasks/${shown[9]}/restore`);
    await client.delete(`/tasks/${made}`);
  });
});

describe('cursors', () => {
  const cursorOf = (link) => new URL(link, 'http://x').searchParams.get('cursor');

  test('that were changed, or are of another list, are 400', async () => {
    const answer = await client.get('/customers?limit=3&sort=city&kind=person');
    const cursor = cursorOf(answer.body.links.next);
    const flip = (text, i) => text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
    const bad = ['x', 'AAAA', cursor.slice(1), cursor.slice(0, -2), `${cursor}AA`, '💥', '../..', 'a'.repeat(5000),
      ...[0, 5, 17, cursor.length >> 1, cursor.length - 3].map((i) => flip(cursor, i))];
    for (const text of bad) {
      const refused = await client.get(`/customers?limit=3&sort=city&kind=person&cursor=${encodeURIComponent(text)}`);
      assert.equal(refused.status, 400, text);
      assert.equal(refused.body.errors[0].field, 'cursor');
    }
    for (const query of ['sort=city', 'sort=city&kind=organization', 'sort=-city&kind=person', 'kind=person', 'sort=city&kind=person&q=a', 'sort=city&kind=person&bin=true']) {
      const refused = await client.get(`/customers?limit=3&${query}&cursor=${cursor}`);
      assert.equal(refused.status, 400, query);
    }
    assert.equal((await client.get(`/contacts?cursor=${cursor}`)).status, 400);
    const same = await client.get(`/customers?kind=person&sort=city&limit=2&fields=name&cursor=${cursor}`);
    assert.equal(same.status, 200, 'the limit and the fields may change');
  });
});

/* --- the rest ---------------------------------------------------------------- */

describe('answers', () => {
  test('count as asked', async () => {
    const n = expected(samples.entities.get('customer'), () => true).length;
    assert.deepEqual((await client.get('/customers?limit=2')).body.count, { value: n, capped: false });
    assert.deepEqual((await client.get('/customers?limit=2&count=capped')).body.count, { value: n, capped: false });
    assert.deepEqual((await client.get('/customers?limit=2&count=exact')).body.count, { value: n, capped: false });
    assert.equal((await client.get('/customers?limit=2&count=none')).body.count, undefined);
    assert.equal((await client.get('/customers?count=all')).status, 422);
  });

  test('count what each write has just changed', async () => {
    const path = '/tasks?limit=1&title[starts]=tally';
    const count = async (how) => (await client.get(`${path}&count=${how}`)).body.count.value;
    const both = async () => [await count('capped'), await count('exact')];
    assert.deepEqual(await both(), [0, 0]);
    const ids = [];
    for (let n = 1; n <= 5; n++) {
      ids.push((await client.post('/tasks', { title: `tally ${n}` })).body.id);
      assert.deepEqual(await both(), [n, n]);
      assert.deepEqual(await both(), [n, n], 'asked again with nothing written');
    }
    assert.equal((await client.get('/tasks?limit=1&title[starts]=tally%202')).body.count.value, 1, 'another value');
    assert.equal((await client.patch(`/tasks/${ids[0]}`, { title: 'other' })).status, 200);
    assert.deepEqual(await both(), [4, 4]);
    assert.equal((await client.delete(`/tasks/${ids[1]}`)).status, 204);
    assert.deepEqual(await both(), [3, 3]);
  });

  test('hold the fields asked for, and the titles of what they refer to', async () => {
    const answer = await client.get('/contacts?fields=name,customer_id&include=customer_id&limit=5');
    assert.equal(answer.status, 200, answer.text);
    for (const row of answer.body.data) {
      assert.deepEqual(Object.keys(row).sort(), ['customer_id', 'name']);
      const title = answer.body.included.customers[row.customer_id];
      const customer = rows.get('customer').find((one) => one.id === row.customer_id);
      assert.deepEqual(title, { id: customer.id, name: customer.name });
    }
    const orders = await client.get('/orders?include=customer_id,created_by&limit=500');
    assert.deepEqual(Object.keys(orders.body.included).sort(), ['customers', 'users']);
    const users = await client.get('/users?include=role_id&limit=5');
    for (const role of Object.values(users.body.included.roles)) assert.ok(role.name && role.name_en && role.name_en !== role.name, 'a name in English goes along');
    for (const bad of ['fields=nope', 'include=nope', 'include=name', 'fields=name,,id', 'include=password_hash'])
      assert.equal((await client.get(`/contacts?${bad}`)).status, 422, bad);
  });

  test('take limits from 1 to 500', async () => {
    for (const [limit, status] of [['1', 200], ['500', 200], ['0', 422], ['-1', 422], ['501', 422], ['1e2', 422], ['x', 422], ['', 422], ['99999999999999999999', 422]])
      assert.equal((await client.get(`/customers?limit=${limit}`)).status, status, limit);
    assert.equal((await client.get('/customers?limit=1')).body.data.length, 1);
  });

  test('of the body form refuse what they do not know', async () => {
    for (const body of [{ nope: 1 }, { sort: 'name' }, { sort: [1] }, { fields: {} }, { limit: 'x' }, { limit: 1.5 }, { bin: 'yes' }, { count: 5 }, { q: [] }])
      assert.equal((await client.post('/customers/search', body)).status, 422, JSON.stringify(body));
  });
});

describe('the search box', () => {
  const people = {
    wang: { name: '王小明', phone: '+86 138-1234-5678', email: 'xiaoming@acme.cn' },
    ouyang: { name: '欧阳娜娜', short_name: '娜娜', phone: '021-6543 2109' },
    xinghe: { name: '星河国际贸易有限公司', kind: 'organization', code: 'XH-0042' },
    lu: { name: '吕布', email: 'lvbu@sanguo.example' },
    muller: { name: 'Jörg Müller GmbH', kind: 'organization' },
  };
  const ids = {};

  before(async () => {
    for (const [key, body] of Object.entries(people)) ids[key] = (await client.post('/customers', body)).body.id;
  });

  const hits = {
    小明: 'wang', 王小明: 'wang', wangxiaoming: 'wang', 'wang xiao': 'wang', wxm: 'wang', 國際貿易: 'xinghe',
    13812345678: 'wang', '1234-5678': 'wang', XIAOMING: 'wang', 'xiaoming@acme': 'wang',
    娜娜: 'ouyang', ouyang: 'ouyang', oynn: 'ouyang', 65432109: 'ouyang',
    国际贸易: 'xinghe', xinghe: 'xinghe', xhgj: 'xinghe', 'XH-0042': 'xinghe', 'ｘｈ-00': 'xinghe',
    吕布: 'lu', lvbu: 'lu', 'jörg': 'muller', MÜLLER: 'muller',
  };

  test('finds by characters, reading, initials, digits, parts', async () => {
    for (const [q, key] of Object.entries(hits)) {
      const answer = await client.get(`/customers?q=${encodeURIComponent(q)}`);
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.body.data.some((row) => row.id === ids[key]), `${q}: ${answer.body.data.map((row) => row.name)}`);
    }
    for (const q of ['王大明', 'zzzzqq', '13800000000', '!!!']) {
      const answer = await client.get(`/customers?q=${encodeURIComponent(q)}`);
      assert.deepEqual(answer.body.data, [], q);
    }
  });

  test('ranks what has one letter, too: whole, beginning, word, inside; the newest first, each once', async () => {
    const want = ['Ψ', 'Ψωμι', 'αγορα ψωμι', 'αψ 2', 'αψ 1'];
    for (const name of ['αψ 1', 'αψ 2', 'αγορα ψωμι', 'Ψ', 'ω', 'Ψωμι'])
      assert.equal((await client.post('/customers', { name })).status, 201);
    for (const more of ['', '&count=none', '&limit=500', '&kind=person']) {
      const answer = await client.get(`/customers?q=${encodeURIComponent('ψ')}&fields=name${more}`);
      assert.deepEqual(answer.body.data?.map((row) => row.name), want, `${more}: ${answer.text}`);
    }
  });

  test('combines with filters, order and pages', async () => {
    const both = await client.get('/customers?q=xinghe&kind=person');
    assert.deepEqual(both.body.data.filter((row) => row.id === ids.xinghe), []);
    const ranked = (await client.get('/customers?q=a&limit=500&fields=id')).body.data;
    const sorted = (await client.get('/customers?q=a&limit=500&fields=id&sort=id')).body.data;
    const asIds = (list) => list.map((row) => row.id).sort((x, y) => x - y);
    assert.deepEqual(asIds(sorted), asIds(ranked));
    assert.deepEqual(sorted.map((row) => row.id), asIds(ranked));
    const paged = [];
    for (let next = '/customers?q=a&limit=2&fields=id'; next !== null;) {
      const page = await client.get(next);
      paged.push(...page.body.data);
      next = page.body.links.next;
    }
    assert.deepEqual(paged, ranked);
  });

  test('over several entities groups its hits', async () => {
    const answer = await client.get(`/search?q=${encodeURIComponent('小明')}&limit=3`);
    assert.equal(answer.status, 200, answer.text);
    const group = answer.body.groups.find((one) => one.entity === 'customer');
    assert.ok(group.data.some((row) => row.id === ids.wang && row.name === '王小明'));
    for (const bad of ['/search', '/search?q=', '/search?q=x&limit=0', '/search?q=x&limit=21', '/search?q=x&limit=x'])
      assert.equal((await client.get(bad)).status, 422, bad);
  });

  test('refuses what has no searched field, and too long a text', async () => {
    const answer = await client.get('/audit_entries?q=x');
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.errors[0].code, 'not_searchable');
    assert.equal((await client.get(`/customers?q=${'x'.repeat(201)}`)).status, 422);
    assert.equal((await client.get(`/customers?q=${encodeURIComponent('汉'.repeat(60))}`)).status, 200);
  });
});

/* Below and above the number of rows that are taken from an index at once. */
describe('what one record has', () => {
  for (const many of [3, 620])
    test(`is all there, in order, page by page, with ${many} rows`, async () => {
      const { body: { id } } = await client.post('/customers', { name: `has ${many}` });
      const operations = Array.from({ length: many }, (_, i) => ({ op: 'create', object: 'tasks',
        data: { title: `row ${(i * 7) % many}`, customer_id: id, due_on: `2025-01-${String((i * 11) % 28 + 1).padStart(2, '0')}` } }));
      for (let i = 0; i < many; i += 100) {
        const made = await client.post('/batch', { atomic: true, operations: operations.slice(i, i + 100) });
        assert.equal(made.status, 200, made.text);
      }
      const first = await client.get(`/tasks?customer_id=${id}&sort=due_on&limit=1&fields=id`);
      assert.equal((await client.delete(`/tasks/${first.body.data[0].id}`)).status, 204);
      const left = await readAll(client, `/tasks?customer_id=${id}&sort=-due_on,title&limit=97`);
      assert.equal(new Set(left.map((row) => row.id)).size, many - 1);
      assert.ok(left.every((row) => row.customer_id === id));
      const keys = left.map((row) => row.due_on);
      assert.deepEqual(keys, [...keys].sort().reverse());
      const { body: { count } } = await client.get(`/tasks?customer_id=${id}&limit=1`);
      assert.deepEqual(count, { value: many - 1, capped: false });
      const one = await client.get(`/tasks?customer_id=${id}&title=${encodeURIComponent(left[0].title)}&count=exact`);
      assert.deepEqual([one.body.data.map((row) => row.id), one.body.count.value], [[left[0].id], 1]);
    });
});
