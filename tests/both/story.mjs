/* The same company twice: a repeatable story told to any server through the
 * API, full of names in both scripts, empty values and ties. */
import assert from 'node:assert/strict';
import { Random } from '../api/random.mjs';

const SURNAMES = [...'王李张刘陈杨赵黄周吴单曾仇解查尉迟'];
const GIVEN = [...'伟芳娜秀英敏静丽强磊军洋勇艳杰涛明超霞平刚桂香'];
const WORDS = ['Acme', 'acme', 'Müller', 'Muller', 'ÉCLAIR', 'eclair', 'Zed', 'zed ', 'O’Brien', "O'Brien", 'ＡＢＣ', 'ABC',
  '東方', '东方', '有限公司', '重庆', '100%', '50_x', 'a\\b', '🙂 shop', 'ß', 'SS', 'İstanbul', 'ﬁne', '1', '01', '-', '"q"'];
const CITIES = ['北京', '上海', '广州', 'Berlin', 'berlin', 'Zürich', null, null, '重庆', '长沙'];

export function personName(r) {
  return r.pick(SURNAMES) + r.pick(GIVEN) + (r.once(2) ? r.pick(GIVEN) : '');
}

export function anyName(r) {
  if (r.once(2)) return personName(r);
  return r.pick(WORDS) + (r.once(2) ? ` ${r.pick(WORDS)}` : '');
}

const maybe = (r, n, value) => (r.once(n) ? null : value());
const phone = (r) => r.pick(['139', '138', '+86 1', '010-']) + r.int(10000000, 10000999);

/* A value a person might give for the field; null where it may be empty. */
function valueOf(r, field) {
  switch (field.type) {
    case 'text': return maybe(r, 3, () => r.pick(WORDS).slice(0, field.max ?? 500));
    case 'longtext': return maybe(r, 2, () => `${anyName(r)}\n${anyName(r)}`);
    case 'int': return maybe(r, 3, () => Math.min(field.max ?? 50, Math.max(field.min ?? -20, r.int(-20, 50))));
    case 'money': return maybe(r, 3, () => Math.max(field.min ?? -1000, r.int(-1000, 100000)));
    case 'decimal': return maybe(r, 3, () => `${r.int(0, 99)}.${r.int(0, 99)}`);
    case 'bool': return r.once(2);
    case 'date': return maybe(r, 3, () => r.day());
    case 'instant': return maybe(r, 3, () => `${r.day()}T${String(r.int(0, 23)).padStart(2, '0')}:00:00Z`);
    case 'enum': return maybe(r, 4, () => r.pick(field.options).value);
    case 'set': return maybe(r, 4, () => field.options.filter(() => r.once(3)).map((o) => o.value));
    case 'phone': return maybe(r, 3, () => phone(r));
    case 'email': return maybe(r, 3, () => `${r.pick(['a', 'B', 'ü', 'z'])}${r.int(1, 30)}@${r.pick(['x.cn', 'X.CN', 'mail.example'])}`);
    case 'url': return maybe(r, 3, () => `https://${r.pick(['a', 'B'])}.example/${r.int(1, 9)}`);
    default: return undefined;
  }
}

/* Some fields at random, then those given. */
function body(r, entity, fixed) {
  const out = {};
  for (const f of entity.fields) {
    if (f.readonly || f.system || f.unique || f.type === 'ref' || f.name in fixed || f.name === 'rate' || f.name === 'currency') continue;
    if (!r.once(5)) continue;
    const value = valueOf(r, f);
    const empty = value === null || value?.length === 0;
    if (value !== undefined && !(empty && (f.required || f.default !== undefined))) out[f.name] = value;
  }
  /* Three fields that only go together, and not with a day of the past. */
  if (out.grade_override)
    Object.assign(out, { grade_override_reason: r.pick(WORDS), grade_override_until: `203${r.int(0, 9)}-06-30` });
  else
    for (const name of ['grade_override', 'grade_override_reason', 'grade_override_until']) delete out[name];
  /* An amount and scores that need a source and a day. */
  for (const [value, fact] of [['wallet_amount', 'wallet'],
    ...['credit', 'influence', 'prospects', 'loyalty'].map((score) => [`${score}_score`, score])])
    if (out[value]) Object.assign(out, { [`${fact}_source`]: r.pick(WORDS), [`${fact}_on`]: `2024-0${r.int(1, 9)}-15` });
    else for (const name of [value, `${fact}_source`, `${fact}_on`]) delete out[name];
  /* An end that needs a reason. */
  if (out.relation_ended_on) out.relation_ended_reason = r.pick(WORDS);
  return { ...out, ...fixed };
}

/* Tells one chapter to all servers side by side: entity by entity, in order,
 * so that ids agree. ids grow from chapter to chapter. */
export async function tell(clients, schema, chapter, ids, sizes) {
  const r = new Random(1000 + chapter);
  const entity = (name) => schema.find((e) => e.name === name);
  const add = async (name, fixed) => {
    const e = entity(name);
    const given = body(r, e, fixed);
    const answers = await Promise.all(clients.map((c) => c.post(`/${e.plural}`, given)));
    const [first] = answers;
    const deleted = first.body.errors?.every((one) => one.code === 'ref_missing');
    assert.ok(first.status === 201 || deleted, `${e.plural} ${JSON.stringify(given)}: ${first.text}`);
    for (const a of answers) assert.deepEqual([a.status, a.body.id], [first.status, first.body.id], a.text);
    if (first.status === 201) (ids[name] ??= []).push(first.body.id);
  };
  const many = async (n, work) => {
    for (let i = 0; i < n; i++) await work(i);
  };
  const owner = () => (r.once(4) ? null : r.pick(ids.user));
  await many(sizes.product, (i) => add('product', { name: anyName(r), code: `P${chapter}-${i}` }));
  await many(sizes.tag, (i) => add('tag', { name: `${anyName(r)} ${chapter} ${i}`.slice(0, 60) }));
  await many(sizes.customer, (i) => add('customer', {
    name: anyName(r), city: r.pick(CITIES), owner_id: owner(), code: r.once(2) ? null : `C${chapter}-${i}`,
  }));
  await many(sizes.contact, () => add('contact', { name: personName(r), customer_id: r.pick(ids.customer) }));
  await many(sizes.order, () => add('order', {
    customer_id: r.once(9) ? null : r.pick(ids.customer), number: `${r.pick(['SO', 'so-', ''])}${r.int(1, 400)}`, ordered_on: r.day(),
  }));
  await many(sizes.order_line, () => add('order_line', {
    order_id: r.pick(ids.order), product_id: r.once(3) ? null : r.pick(ids.product), product_name: anyName(r),
    quantity: String(r.int(-2, 20)), unit_price: `${r.int(0, 90)}.${r.int(0, 99)}`,
  }));
  await many(sizes.payment, () => add('payment', { customer_id: r.pick(ids.customer), paid_on: r.day(), amount: r.int(0, 5) * 1000 }));
  await many(sizes.interaction, () => add('interaction', {
    customer_id: r.pick(ids.customer), happened_at: `${r.day()}T08:00:00Z`, content: anyName(r), user_id: r.pick(ids.user),
  }));
  await many(sizes.task, () => add('task', { title: anyName(r), owner_id: owner(), customer_id: r.once(2) ? null : r.pick(ids.customer) }));
  await changes(clients, schema, r, ids, sizes.changes);
}

/* Edits, deletions and restores: revisions, bins, former values. */
async function changes(clients, schema, r, ids, n) {
  for (let i = 0; i < n; i++) {
    const name = r.pick(['customer', 'contact', 'order', 'task', 'product']);
    const e = schema.find((x) => x.name === name);
    const path = `/${e.plural}/${r.pick(ids[e.name])}`;
    const act = r.int(0, 5);
    const given = body(r, e, {});
    for (const f of e.fields) if (f.create_only) delete given[f.name];
    const answers = await Promise.all(clients.map((c) =>
      act === 0 ? c.delete(path) : act === 1 ? c.post(`${path}/restore`) : c.patch(path, given)));
    for (const a of answers) {
      assert.equal(a.status, answers[0].status, `${path}: ${a.text} / ${answers[0].text}`);
      assert.ok(a.status < 500, a.text);
    }
  }
}

/* --- questions -------------------------------------------------------------- */

const DATES = ['today', 'yesterday', 'this_week', 'last_month', 'this_quarter', 'last_year', 'last_400_days', 'next_7_days', '2023-02-29', '2024-02-29', ''];
const ODD = ['', ' ', '%', '_', '\\', "'", '"', 'null', '0', '-1', '9007199254740993', '99999999999999999999', '1e3', 'true', '王', 'wang', 'w', 'ｗ', '\u0130'];

/* What a filter on the field may be asked about: mostly values that occur. */
function operand(r, field, op, rows) {
  if (op === 'empty') return r.pick(['true', 'false', 'true', 'x']);
  const one = () => {
    if (field.type === 'ref' && field.to === 'user' && r.once(4)) return r.pick(['me', 'my_team']);
    if ((field.type === 'date' || field.type === 'instant') && r.once(3)) return r.pick(DATES);
    if (r.once(20)) return r.pick(ODD);
    let value = null;
    for (let tries = 0; tries < 9 && value == null; tries++) value = r.pick(rows)?.[field.name];
    const text = String(Array.isArray(value) ? value[0] ?? '' : value ?? r.pick(ODD));
    if ((op === 'contains' || op === 'starts') && text.length > 1) {
      const chars = [...text];
      const from = op === 'starts' ? 0 : r.int(0, chars.length - 1);
      return chars.slice(from, from + r.int(1, 4)).join('');
    }
    return field.type === 'instant' && r.once(2) ? text.slice(0, 10) : text;
  };
  return op === 'in' || op === 'not_in' ? Array.from({ length: r.int(1, 4) }, one) : one();
}

/* By chance, so not the same on two servers. */
const UNEQUAL = new Set(['deleted_with', 'request_id']);

export const filterable = (e) => e.fields.filter((f) => f.filter.length > 0 && !UNEQUAL.has(f.name));

function leaf(r, e, rows, operators) {
  const field = r.pick(filterable(e));
  const op = r.once(80) ? r.pick(['eq', 'gt', 'has', 'like']) : r.pick(field.filter);
  operators.add(`${field.type} ${op}`);
  return { field: field.name, op, value: operand(r, field, op, rows) };
}

function tree(r, e, rows, operators, depth) {
  if (depth === 0 || r.once(3)) return leaf(r, e, rows, operators);
  if (r.once(4)) return { not: tree(r, e, rows, operators, depth - 1) };
  return { [r.pick(['and', 'or'])]: Array.from({ length: r.int(r.once(9) ? 0 : 1, 3) }, () => tree(r, e, rows, operators, depth - 1)) };
}

function some(r, list, most) {
  return Array.from({ length: r.int(1, most) }, () => r.pick(list));
}

/* A question: { method, path, body? }; notes in `operators` what it uses. */
export function question(r, schema, rowsOf, operators) {
  const e = r.pick(schema);
  const rows = rowsOf.get(e.name);
  const sorts = e.fields.filter((f) => f.sort && !UNEQUAL.has(f.name));
  const parts = { limit: r.once(6) ? r.int(1, 500) : r.int(1, 12), count: r.pick(['none', 'capped', 'exact']) };
  if (!r.once(4)) parts.sort = some(r, sorts, 4).map((f) => (r.once(2) ? '-' : '') + f.name);
  if (r.once(4)) parts.fields = some(r, e.fields, 6).map((f) => f.name);
  const refs = e.fields.filter((f) => f.type === 'ref');
  if (refs.length > 0 && r.once(3)) parts.include = some(r, refs, 3).map((f) => f.name);
  if (r.once(5)) parts.q = r.once(3) ? r.pick(ODD) : fragment(r, r.pick(rows));
  if (r.once(12)) parts.bin = 'true';
  if (r.once(2)) {
    const body = { ...parts };
    if (!r.once(8)) body.filter = tree(r, e, rows, operators, 3);
    return { method: 'POST', path: `/${e.plural}/search`, body };
  }
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parts)) query.append(name, String(value));
  for (let n = r.int(0, 3); n > 0; n--) {
    const { field, op, value } = leaf(r, e, rows, operators);
    query.append(op === 'eq' ? field : `${field}[${op}]`, String(value));
  }
  return { method: 'GET', path: `/${e.plural}?${query}` };
}

/* A piece of some text of the row. */
function fragment(r, row) {
  const texts = Object.values(row ?? {}).filter((v) => typeof v === 'string' && v.length > 1);
  const chars = [...(r.pick(texts.length > 0 ? texts : ['王']))];
  const from = r.int(0, Math.max(0, chars.length - 2));
  return chars.slice(from, from + r.int(1, 6)).join('');
}
