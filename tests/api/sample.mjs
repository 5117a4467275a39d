/* Values for the fields of any entity, made from GET /schema: a new field is
 * tested without a line here. What is left out says why. */
import assert from 'node:assert/strict';
import { Random } from './random.mjs';

/* Rules of single fields that no schema can tell. */
const VALUES = {
  'customer.grade_override': () => null, /* needs a reason and a day to come */
  'customer.wallet_amount': () => null, /* needs a source and a day */
  'customer.referred_by_id': () => null, /* circles are tested apart */
  'customer.relation_ended_on': () => null, /* needs a reason */
  'import_mapping.entity': (random) => random.pick(['customers', 'contacts', 'products', 'orders']),
  'order.currency': () => 'CNY',
  'payment.currency': () => 'CNY',
  'cost_entry.currency': () => 'CNY',
  'product.currency': () => 'CNY',
  'currency_rate.currency': (random) => random.pick(['USD', 'EUR', 'JPY', 'GBP', 'CHF']),
  'role.grants': (random) => ({ customer: { read: random.pick(['own', 'team', 'all']) }, pool: true }),
  'role.key': (random) => `role_${random.int(1, 1e9)}`,
  'user.login': (random) => `user.${random.int(1, 1e9)}`,
  'saved_view.entity': () => 'customer',
  'saved_view.query': () => ({ filter: { and: [] }, sort: ['-name'] }),
  'team.parent_id': () => null, /* rings are tested apart */
};

/* The server computes them from others: the answer need not repeat them. */
export const COMPUTED = new Set(['cost_entry.rate', 'order.rate', 'payment.rate']);

/* Fields whose longest text is not any text. */
export const PICKY = new Set(Object.keys(VALUES));

/* Made by other routes than POST /{object}. */
export const NOT_CREATED = {
  grade_policy: 'there is one a grade, made with the company',
  lifecycle_plan: 'there is one a stage, made with the company',
  import: 'a file is sent to make one',
  loss_account: 'a customer has one that is open',
  win_back_cost: 'needs an account that was decided',
};

const WORDS = ['星河贸易', '王小明', '海阔', 'blue harbor', 'nordwind', '李娜', 'osaka 3', '成都分公司', 'a', '厦门'];

export class Samples {
  constructor(schema, seed) {
    this.entities = new Map(schema.entities.map((e) => [e.name, e]));
    this.random = new Random(seed);
    this.known = new Map(); /* entity → ids that a ref may name */
    this.n = 0;
  }

  ids(entity) {
    return this.known.get(entity) ?? [];
  }

  see(entity, id) {
    this.known.set(entity, [...this.ids(entity), id]);
  }

  /* Entities with POST, each behind those its required refs name. */
  creatable() {
    const left = [...this.entities.values()].filter((e) => e.writable && !NOT_CREATED[e.name]);
    const order = [];
    while (left.length > 0) {
      const next = left.findIndex((e) => needs(e).every((to) =>
        to === e.name || this.ids(to).length > 0 || order.some((done) => done.name === to)));
      assert.notEqual(next, -1, `a ring of required refs: ${left.map((e) => e.name)}`);
      order.push(...left.splice(next, 1));
    }
    return order;
  }

  inputs(entity) {
    return entity.fields.filter((f) => !f.readonly);
  }

  /* A body for POST. full: every field; else the required ones and, by chance,
   * others. */
  body(entity, { full = false, likely = 0.6 } = {}) {
    const body = {};
    for (const f of this.inputs(entity)) {
      if (f.system && !full) continue;
      if (!f.required && !full && this.random.next() > likely) continue;
      const value = this.value(entity, f);
      if (value !== undefined) body[f.name] = value;
    }
    /* A score needs what it rests on and a day, also one that comes later. */
    for (const fact of ['credit', 'influence', 'prospects', 'loyalty'])
      if (entity.name === 'customer') {
        body[`${fact}_source`] ??= WORDS[0]; /* fixed: others' chances stay as they are */
        body[`${fact}_on`] ??= '2024-01-31';
      }
    return body;
  }

  value(entity, f) {
    const own = VALUES[`${entity.name}.${f.name}`];
    if (own) return own(this.random);
    const value = this.byType(f);
    return f.unique && typeof value === 'string' ? `${++this.n} ${value}` : value;
  }

  byType(f) {
    const { random } = this;
    switch (f.type) {
      case 'text':
      case 'longtext':
        return `${random.pick(WORDS)} ${random.int(1, 99)}`.slice(0, f.max);
      case 'int':
      case 'money':
        return random.int(f.min ?? -50, Math.min(f.max ?? 5000, (f.min ?? 0) + 5000));
      case 'decimal': {
        const digits = String(random.int(1, 10 ** f.scale - 1)).padStart(f.scale, '0').replace(/0+$/, '');
        return `${random.int(Math.ceil(Number(f.min ?? 0)), 40)}${digits ? '.' : ''}${digits}`;
      }
      case 'bool':
        return random.once(2);
      case 'date':
        return random.day();
      case 'instant':
        return `${random.day()}T0${random.int(0, 9)}:30:0${random.int(0, 9)}Z`;
      case 'enum':
        return random.pick(f.options).value;
      case 'set': {
        const chosen = f.options.filter(() => random.once(3)).map((o) => o.value);
        return chosen.length > 0 ? chosen : [f.options[0].value];
      }
      case 'ref': {
        const ids = this.ids(f.to);
        return ids.length > 0 ? random.pick(ids) : undefined;
      }
      case 'email':
        return `p${random.int(1, 999)}@example${random.int(1, 3)}.com`;
      case 'phone':
        return `+86 1${random.int(30, 89)} ${random.int(1000, 9999)} ${random.int(1000, 9999)}`;
      case 'url':
        return `https://example${random.int(1, 9)}.com/p?q=${random.int(1, 99)}`;
      case 'json':
        return { n: random.int(1, 9), list: [true, null, '甲'] };
      default:
        throw new Error(`no sample for the type ${f.type}`);
    }
  }

  /* Values the field must refuse, each with the reason in words. */
  refused(f) {
    const long = 'x'.repeat((f.max ?? 100) + 1);
    const wrong = [['an object', { a: 1 }], ['an array', [1]]];
    switch (f.type) {
      case 'text':
      case 'longtext':
        return [...wrong, ['a number', 5], ['too long', long]];
      case 'email':
        return [...wrong, ['no @', 'nobody'], ['two @', 'a@b@c.d'], ['a blank', 'a b@c.d'], ['dots', 'a@b..c'], ['too long', `${long}@a.b`]];
      case 'phone':
        return [...wrong, ['letters', 'call me'], ['two digits', '12'], ['too many digits', '1'.repeat(30)]];
      case 'url':
        return [...wrong, ['no scheme', 'example.com'], ['a script', 'javascript:alert(1)'], ['a blank', 'https://a b']];
      case 'int':
      case 'money':
        return [...wrong, ['a text', '12'], ['a fraction', 1.5], ['a boolean', true], ...edges(f)];
      case 'decimal':
        return [...wrong, ['a word', 'much'], ['too many decimals', `1.${'1'.repeat(f.scale + 1)}`],
          ['too large', '99999999999999999999'], ['a boolean', true], ...decimalEdges(f)];
      case 'bool':
        return [...wrong, ['a text', 'true'], ['a number', 1]];
      case 'date':
        return [...wrong, ['no such day', '2023-02-29'], ['month 13', '2023-13-01'], ['a word', 'soon'], ['a number', 20230101]];
      case 'instant':
        return [...wrong, ['no such day', '2023-02-29T10:00:00Z'], ['hour 25', '2023-02-28T25:00:00Z'], ['a word', 'now'], ['a number', 1700000000000]];
      case 'enum':
        return [...wrong, ['no option', 'no_such_option'], ['a number', 1]];
      case 'set':
        return [['a text', f.options[0].value], ['no option', ['no_such_option']], ['a number in it', [1]], ['an object', { a: 1 }]];
      case 'ref':
        return [...wrong, ['nobody', 987654321], ['zero', 0], ['negative', -1], ['2^53', 2 ** 53], ['a text', '1'], ['a fraction', 1.5]];
      case 'json':
        return [];
      default:
        throw new Error(`nothing to refuse for the type ${f.type}`);
    }
  }
}

function needs(entity) {
  return entity.fields.filter((f) => f.type === 'ref' && f.required && !f.system).map((f) => f.to);
}

function edges(f) {
  const list = [];
  if (f.min !== undefined) list.push(['below the least', f.min - 1]);
  if (f.max !== undefined) list.push(['above the largest', f.max + 1]);
  return list;
}

function decimalEdges(f) {
  const one = 10n ** BigInt(f.scale);
  const list = [];
  if (f.min !== undefined) list.push(['below the least', scaled(exact(f.min, f.scale) - 1n, one, f.scale)]);
  if (f.max !== undefined) list.push(['above the largest', scaled(exact(f.max, f.scale) + 1n, one, f.scale)]);
  return list;
}

/* "123.4" at scale 2 → 12340n */
export function exact(text, scale) {
  const [, sign, whole, , rest = ''] = /^(-?)(\d+)(\.(\d+))?$/.exec(text);
  const n = BigInt(whole + rest.padEnd(scale, '0'));
  return sign ? -n : n;
}

/* 12345n at scale 2 → "123.45" */
function scaled(n, one, scale) {
  const sign = n < 0n ? '-' : '';
  const whole = n < 0n ? -n : n;
  return `${sign}${whole / one}.${String(whole % one).padStart(scale, '0')}`;
}
