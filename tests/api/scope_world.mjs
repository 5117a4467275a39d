/* A company made to catch leaks: teams in a tree, users of every role and
 * level, records of every entity whose every text and number holds a value of
 * its own (a canary) that tells which record it came from. And a second
 * opinion on who may see what, written from the rules and not from the
 * program. */
import assert from 'node:assert/strict';
import { sql } from './lib.mjs';
import { patiently } from './random.mjs';

const LEVELS = ['none', 'own', 'team', 'tree', 'all'];
/* Canaries here would only break the arithmetic of the order around them. */
const NO_CANARY = new Set(['quantity', 'rate', 'currency', 'owner_id', 'source']);

export const min = (a, b) => (LEVELS.indexOf(a) < LEVELS.indexOf(b) ? a : b);

const ROLES = {
  lead: { own: 'team', pool: true },
  loner: { own: 'own', pool: false },
};
const SOLD = ['customer', 'contact', 'order', 'order_line', 'payment', 'interaction', 'task', 'cost_entry', 'drop_decision', 'loss_account'];

/* team tree: north ← north_a, south */
const USERS = [
  ['mia', 'manager', 'north'],
  ['sam', 'sales', 'north_a'],
  ['sue', 'sales', 'north_a'],
  ['sol', 'sales', 'south'],
  ['sid', 'service', 'south'],
  ['ann', 'analyst', null],
  ['lea', 'lead', 'north_a'],
  ['lou', 'loner', 'south'],
  ['dan', 'desk', 'south'],
];

function grantsOf(name) {
  const all = { read: 'all' };
  if (name === 'desk') return { customer: all, contact: all, user: all, tag: all };
  const set = { read: ROLES[name].own, create: ROLES[name].own, update: ROLES[name].own, delete: ROLES[name].own };
  const grants = { pool: ROLES[name].pool, product: all, user: all, team: all, role: all, tag: all };
  for (const entity of SOLD) grants[entity] = set;
  grants.grade_history = { read: ROLES[name].own };
  return grants;
}

/* The canaries of record number n: text, digits and numbers. */
export class Canaries {
  constructor() {
    this.of = new Map(); /* text → record */
    this.pattern = /zq\d{3}f\d{3}y|77\d{6}55/gi;
  }

  make(record, index, type) {
    const n = String(record.number).padStart(3, '0');
    const f = String(index).padStart(3, '0');
    const digits = `77${n}${f}55`;
    const word = `zq${n}f${f}y`;
    this.of.set(digits, record);
    this.of.set(word, record);
    switch (type) {
      case 'phone': return digits;
      case 'int': case 'money': return Number(digits);
      case 'decimal': return digits;
      case 'email': return `${word}@example.cn`;
      case 'url': return `https://example.cn/${word}`;
      default: return word;
    }
  }

  /* Records whose canaries stand in the text, cursors inside it read too. */
  in(text) {
    const found = new Set();
    const look = (t) => {
      for (const hit of t.match(this.pattern) ?? []) {
        const record = this.of.get(hit.toLowerCase());
        if (record) found.add(record);
      }
    };
    look(text);
    for (const [, cursor] of text.matchAll(/cursor=([A-Za-z0-9_-]+)/g))
      look(Buffer.from(cursor, 'base64url').toString('latin1'));
    return found;
  }
}

export class World {
  constructor(server, admin) {
    this.server = server;
    this.db = server.db;
    this.admin = admin;
    this.canaries = new Canaries();
    this.records = new Map(); /* entity → id → record */
    this.users = {};
    this.shares = [];
    this.number = 0;
  }

  async get(path) {
    const answer = await patiently(() => this.admin.get(path));
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.body;
  }

  async post(path, body) {
    const answer = await this.admin.post(path, body);
    assert.equal(answer.status, 201, `${path} ${JSON.stringify(body)}: ${answer.text}`);
    return answer.body;
  }

  async build() {
    const { entities } = await this.get('/schema');
    this.entities = new Map(entities.map((e) => [e.name, e]));
    await this.makePeople();
    this.makeRuler();
    await this.makeRecords();
    this.makeRows();
    sql(this.db, "UPDATE customer_stats SET risk_band = 'high', churn_risk = 8000 WHERE orders > 0");
    await this.makeImports();
    await this.readAll();
  }

  async makePeople() {
    const north = await this.post('/teams', { name: 'North' });
    const northA = await this.post('/teams', { name: 'North A', parent_id: north.id });
    const south = await this.post('/teams', { name: 'South' });
    this.teams = { north: north.id, north_a: northA.id, south: south.id };
    this.up = new Map([[northA.id, north.id]]);
    for (const name of ['lead', 'loner', 'desk'])
      await this.post('/roles', { key: name, name, grants: grantsOf(name) });
    const roles = new Map((await this.get('/roles?limit=100')).data.map((r) => [r.key, r]));
    for (const [login, role, team] of USERS) {
      const user = await this.post('/users', {
        login, name: `User ${login}`, role_id: roles.get(role).id, team_id: team && this.teams[team],
      });
      const { token } = await this.post('/api_tokens', { name: 'walk', user_id: user.id });
      this.users[login] = {
        id: user.id, login, team: user.team_id, grants: roles.get(role).grants,
        client: this.server.client({ token }),
      };
    }
    this.adminId = (await this.get('/users?login=admin')).data[0].id;
  }

  /* Every text and number of an entity that may be given. */
  fill(entity, record, fixed) {
    const body = {};
    const fields = this.entities.get(entity).fields;
    fields.forEach((field, index) => {
      if (field.name in fixed) body[field.name] = fixed[field.name];
      if (field.name in fixed || field.readonly || NO_CANARY.has(field.name)) return;
      if (!['text', 'longtext', 'email', 'phone', 'url', 'int', 'decimal', 'money'].includes(field.type)) return;
      if (field.type === 'decimal' || field.type === 'int' ? field.max < 1e10 * 10 ** (field.scale ?? 0) : field.max < 9) return;
      body[field.name] = this.canaries.make(record, index, field.type);
    });
    if (entity === 'customer') body.wallet_on = '2024-01-31'; /* an amount needs its day */
    if (entity === 'saved_view') body.query = { filter: { field: 'name', value: this.canaries.make(record, 900, 'text') } };
    return body;
  }

  async make(entity, fixed) {
    const record = { entity, number: ++this.number };
    const made = await this.post(`/${this.entities.get(entity).plural}`, this.fill(entity, record, fixed));
    Object.assign(record, { id: made.id });
    this.put(record);
    return record;
  }

  put(record) {
    if (!this.records.has(record.entity)) this.records.set(record.entity, new Map());
    this.records.get(record.entity).set(record.id, record);
  }

  /* Scores need a ruler; its cut-offs are nobody's figures. */
  makeRuler() {
    const ruler = JSON.stringify({
      as_of: 20000, customers: 0, sales: 0, r: [1, 2, 3, 4], f: [1, 2, 3, 4], m: [1, 2, 3, 4],
      tiers: [[1, 1], [1, 1], [1, 1]], classes: [[1, 1], [1, 1]],
    });
    sql(this.db, `INSERT INTO grade_run (as_of, cutoffs, settings, customers, sales, tiers, changed,
      started_at, finished_at) VALUES (20000, '${ruler}', '{}', 0, 0, '[]', 0, ${Date.now()}, ${Date.now()})`);
    sql(this.db, 'INSERT INTO value_run (as_of, from_day, customers, current_cut, potential_cut, buyers) VALUES (20000, 19000, 0, 1, 1, 9)');
    sql(this.db, `INSERT INTO peer_group (key, customers, reference) VALUES ('*', 0, 1)`);
  }

  async makeRecords() {
    const day = '2024-03-05';
    const owners = { admin: this.adminId, pool: null };
    for (const login of Object.keys(this.users)) owners[login] = this.users[login].id;
    await this.make('product', {});
    await this.make('tag', {});
    for (const owner_id of Object.values(owners)) {
      const customer = await this.make('customer', { owner_id });
      const customer_id = customer.id;
      const contact = await this.make('contact', { customer_id, person_id: null });
      const order = await this.make('order', { customer_id, ordered_on: day, currency: 'CNY' });
      await this.make('order_line', { order_id: order.id, quantity: '1' });
      await this.make('payment', { customer_id, order_id: order.id, paid_on: day });
      await this.make('interaction', { customer_id, contact_id: contact.id, happened_at: `${day}T08:00:00Z` });
      await this.make('loss_account', { customer_id });
      await this.make('cost_entry', { customer_id, kind: 'other', incurred_on: day, currency: 'CNY' });
      await this.make('drop_decision', { customer_id, can_rise: 'no', must_go: 'no', measures: ['fee'], effective_on: day });
      /* A task is seen by its owner and by who sees the customer. */
      await this.make('task', { customer_id, owner_id: this.adminId });
      await this.make('task', { customer_id: null, owner_id });
      await this.make('saved_view', { entity: 'customer', owner_id, shared: false });
      await this.make('saved_view', { entity: 'customer', owner_id, shared: true });
    }
    await this.make('order', { customer_id: null, ordered_on: day, currency: 'CNY' });
    const dead = await this.make('customer', { owner_id: this.users.sol.id });
    const gone = await this.admin.delete(`/customers/${dead.id}`);
    assert.equal(gone.status, 204, gone.text);
    await this.share('lou', this.firstOf('customer', this.users.sam.id), 'read');
    await this.share('sol', this.firstOf('customer', this.users.sue.id), 'write');
    await this.share('lou', this.firstOf('customer', this.users.sue.id), 'read', true);
    await this.shareWithTeam('north', this.firstOf('customer', this.users.sol.id), 'read');
    const loose = [...this.records.get('task').values()].filter((_, k) => k % 2 === 1);
    await this.share('lou', loose[Object.values(owners).indexOf(this.users.sam.id)], 'write');
  }

  /* nth live record made for that owner; families are made in turn. */
  firstOf(entity, ownerId) {
    const place = [this.adminId, null, ...Object.values(this.users).map((u) => u.id)].indexOf(ownerId);
    return [...this.records.get(entity).values()][place];
  }

  async share(login, record, level, over = false) {
    const user = this.users[login];
    const { plural } = this.entities.get(record.entity);
    const until = new Date(Date.now() + 86400000).toISOString().replace(/\.\d+Z$/, 'Z');
    const answer = await this.admin.put(`/${plural}/${record.id}/shares/${user.id}`, { level, until: over ? until : null });
    assert.equal(answer.status, 204, answer.text);
    if (over) sql(this.db, `UPDATE record_share SET until = 1000 WHERE until IS NOT NULL`);
    else this.shares.push({ entity: record.entity, id: record.id, user: user.id, level });
  }

  async shareWithTeam(name, record, level) {
    const team = this.teams[name];
    const { plural } = this.entities.get(record.entity);
    const answer = await this.admin.put(`/${plural}/${record.id}/shares/teams/${team}`, { level });
    assert.equal(answer.status, 204, answer.text);
    this.shares.push({ entity: record.entity, id: record.id, team, level });
  }

  /* What this user has of a record by shares with him, his team or one above it. */
  sharesOf(user, record) {
    const holds = (s) => (s.team ? user.team === s.team || this.up.get(user.team) === s.team : s.user === user.id);
    return this.shares.filter((s) => s.entity === record.entity && s.id === record.id && holds(s));
  }

  /* Rows that only the program writes. */
  makeRows() {
    for (const owner of [this.adminId, ...Object.values(this.users).map((u) => u.id)]) {
      const job = { entity: 'job', number: ++this.number };
      const word = (i) => this.canaries.make(job, i, 'text');
      job.id = Number(sql(this.db, `INSERT INTO job (kind, state, args, done, message, result, error,
        attempt, created_at, finished_at, cancel, owner_id) VALUES ('${word(1)}', 'done', '{"a":"${word(2)}"}', 0,
        '${word(3)}', '{"r":"${word(4)}"}', '${word(5)}', 0, 1, 2, 0, ${owner}) RETURNING id`));
      this.put(job);
    }
  }

  /* A file of one's own: name, header and cells tell whose it is. */
  async makeImports() {
    for (const client of [this.admin, this.users.mia.client]) {
      const record = { entity: 'import', number: ++this.number };
      const word = (i) => this.canaries.make(record, i, 'text');
      const answer = await client.post(`/imports?entity=customers&filename=${word(1)}.csv`,
        `name,${word(2)}\n${word(3)},${word(4)}\n`, { 'content-type': 'text/csv' });
      assert.equal(answer.status, 201, answer.text);
      record.id = answer.body.id;
      this.put(record);
    }
  }

  /* What the administrator reads is the truth: owners, parents, bin. */
  async readAll() {
    for (const e of this.entities.values()) {
      for (const bin of e.writable ? [false, true] : [false]) {
        const page = await this.get(`/${e.plural}?limit=500&bin=${bin}`);
        assert.equal(page.links.next, null, `${e.plural} fit into one page`);
        for (const row of page.data) {
          const record = this.records.get(e.name)?.get(row.id) ?? { entity: e.name, id: row.id };
          Object.assign(record, { row, bin, owner: row.owner_id ?? null, parent: e.parent && row[e.parent] });
          this.put(record);
        }
      }
    }
  }

  /* --- the second opinion ------------------------------------------------- */

  level(user, entity, action = 'read') {
    return (user.grants[entity] ?? user.grants['*'])?.[action] ?? 'none';
  }

  parentOf(entity) {
    const e = this.entities.get(entity);
    return e.fields.find((f) => f.name === e.parent)?.to;
  }

  /* A child is never seen further than its parent. */
  reach(user, entity, action = 'read') {
    const level = this.level(user, entity, action);
    if (this.entities.get(entity).scope !== 'parent') return level;
    return min(level, this.reach(user, this.parentOf(entity)));
  }

  owners(user, level) {
    const at = (team) => Object.values(this.users).filter((u) => u.team === team).map((u) => u.id);
    if (level === 'team') return new Set([user.id, ...(user.team ? at(user.team) : [])]);
    if (level === 'tree') {
      const below = Object.values(this.teams).filter((t) => t === user.team || this.up.get(t) === user.team);
      return new Set([user.id, ...below.flatMap(at)]);
    }
    return new Set([user.id]);
  }

  may(user, record, action = 'read', level = this.reach(user, record.entity, action)) {
    const { scope } = this.entities.get(record.entity);
    /* Whoever has started a job sees how it goes. */
    if (record.entity === 'job' && record.owner === user.id) return true;
    if (level === 'none') return false;
    if (level === 'all' || scope === 'shared') return true;
    const owned = () =>
      this.owners(user, level).has(record.owner) ||
      (action === 'read' && user.grants.pool === true && record.owner === null) ||
      (action === 'read' && record.entity === 'saved_view' && record.row.shared === true) ||
      this.sharesOf(user, record).some((s) => action !== 'delete' && (action === 'read' || s.level === 'write'));
    const throughParent = () => {
      const entity = this.parentOf(record.entity);
      const parent = this.records.get(entity).get(record.parent);
      return parent !== undefined && this.may(user, parent, action, min(this.reach(user, entity), level));
    };
    if (scope === 'owner') return owned();
    return (scope === 'owner_or_parent' && owned()) || throughParent();
  }

  seen(user, entity, bin = false) {
    return [...(this.records.get(entity)?.values() ?? [])]
      .filter((r) => r.bin === bin && this.may(user, r))
      .map((r) => r.id)
      .sort((a, b) => a - b);
  }
}
