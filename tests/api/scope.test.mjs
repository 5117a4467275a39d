/* The canary walk: every reading route of the program, as every limited user,
 * in every form; nothing of a record out of sight may appear, in rows, counts,
 * sums, includes, cursors or errors, and nothing out of sight can be written.
 * What was asked is written down: at the end every route said to be walked was,
 * by everybody. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ROOT, settled, sql, startServer } from './lib.mjs';
import { patiently } from './random.mjs';
import { hello, listen } from './streams.mjs';
import { World } from './scope_world.mjs';

/* Each user tries every STEP-th field; the users' shares overlap to the whole. */
const STEP = process.env.TORTURE ? 1 : 5;
const AT_ONCE = 4;

let world;

/* What every route is, so that a new one can't come in unseen: how its answers
 * are read here, or why no record of anybody can be in them. */
const ROUTES = {
  'GET /api/v1/{object}': 'walk', 'POST /api/v1/{object}/search': 'walk',
  'GET /api/v1/{object}/{id}': 'walk', 'POST /api/v1/{object}': 'walk',
  'PATCH /api/v1/{object}/{id}': 'walk', 'DELETE /api/v1/{object}/{id}': 'walk',
  'POST /api/v1/{object}/{id}/restore': 'walk',
  'GET /api/v1/customers/{id}/costs': 'walk',
  'POST /api/v1/drop_decisions/{id}/approve': 'walk', 'POST /api/v1/drop_decisions/{id}/reject': 'walk',
  'POST /api/v1/drop_decisions/{id}/withdraw': 'walk', 'POST /api/v1/drop_decisions/{id}/lift': 'walk',
  'GET /api/v1/drop_decisions/{id}/letter': 'walk',
  'GET /api/v1/bars': 'drop.test.mjs', 'POST /api/v1/bars/{id}/lift': 'drop.test.mjs',
  'GET /api/v1/customers/{id}/why': 'walk', 'GET /api/v1/customers/{id}/timeline': 'walk',
  'GET /api/v1/overview': 'walk', 'GET /api/v1/search': 'walk',
  'GET /api/v1/customers/similar': 'walk', 'GET /api/v1/contacts/similar': 'walk',
  'GET /api/v1/analytics/rfm': 'walk', 'GET /api/v1/analytics/abc': 'walk',
  'GET /api/v1/analytics/pyramid': 'walk', 'GET /api/v1/analytics/rfm_cells': 'walk',
  'GET /api/v1/analytics/pareto': 'walk', 'GET /api/v1/analytics/tier_profits': 'walk',
  'GET /api/v1/analytics/cohorts': 'walk',
  'GET /api/v1/analytics/churn': 'walk', 'GET /api/v1/analytics/losses': 'walk',
  'GET /api/v1/analytics/retention': 'walk',
  'GET /api/v1/customers/{id}/risk': 'walk', 'GET /api/v1/loss_accounts/{id}/why': 'walk',
  'POST /api/v1/loss_accounts/{id}/confirm': 'walk', 'POST /api/v1/loss_accounts/{id}/reject': 'walk',
  'POST /api/v1/loss_accounts/{id}/decide': 'walk', 'POST /api/v1/loss_accounts/{id}/close': 'walk',
  'GET /api/v1/analytics/matrix': 'walk', 'GET /api/v1/analytics/groups': 'walk', 'GET /api/v1/analytics/lifetimes': 'walk',
  'GET /api/v1/customers/{id}/suggestions': 'walk',
  'GET /api/v1/analytics/ladder': 'walk', 'GET /api/v1/customers/{id}/ladder': 'walk',
  'GET /api/v1/analytics/grade_moves': 'walk', 'POST /api/v1/grading/what_if': 'walk',
  'GET /api/v1/session': 'walk', 'GET /api/v1/schema': 'walk', 'GET /api/v1/schema/{object}': 'walk',
  'GET /api/v1/settings': 'walk', 'GET /api/v1/api_tokens': 'walk', 'GET /api/v1/setup': 'walk',
  'GET /api/v1/openapi.json': 'walk', 'GET /healthz': 'walk', 'GET /readyz': 'walk', 'GET /metrics': 'walk',
  'GET /api/v1/imports/{id}': 'walk', 'GET /api/v1/imports/{id}/errors': 'walk',
  'PATCH /api/v1/imports/{id}': 'walk', 'POST /api/v1/imports/{id}/dry_run': 'walk',
  'POST /api/v1/imports/{id}/revert': 'walk', 'GET /api/v1/imports/{id}/kept': 'walk',
  'POST /api/v1/imports/{id}/run': 'walk', 'POST /api/v1/imports/{id}/cancel': 'walk',
  'GET /api/v1/jobs/{id}': 'walk', 'GET /api/v1/jobs/{id}/file': 'walk',
  'POST /api/v1/jobs/{id}/cancel': 'walk', 'POST /api/v1/exports': 'walk',
  'GET /api/v1/bin': 'administrators only', 'POST /api/v1/bin/empty': 'administrators only',
  'GET /api/v1/backups': 'administrators only', 'POST /api/v1/backups': 'administrators only',
  'POST /api/v1/backups/{name}/check': 'administrators only', 'GET /api/v1/backups/{name}/file': 'administrators only',
  'DELETE /api/v1/backups/{name}': 'administrators only', 'POST /api/v1/backups/upload': 'administrators only',
  'POST /api/v1/backups/{name}/restore': 'administrators only',
  'POST /api/v1/jobs/{id}/retry': 'walk',
  'POST /api/v1/batch': 'walk', 'PUT /api/v1/{object}/by/{field}/{value}': 'walk',
  'GET /api/v1/changes': 'walk', 'GET /api/v1/events': 'walk',
  'GET /api/v1/{object}/{id}/tags': 'walk', 'POST /api/v1/{object}/{id}/tags/{tag}': 'walk',
  'DELETE /api/v1/{object}/{id}/tags/{tag}': 'walk',
  'GET /api/v1/{object}/{id}/shares': 'walk', 'PUT /api/v1/{object}/{id}/shares/{user}': 'walk',
  'DELETE /api/v1/{object}/{id}/shares/{user}': 'walk', 'PUT /api/v1/{object}/{id}/shares/teams/{team}': 'walk',
  'DELETE /api/v1/{object}/{id}/shares/teams/{team}': 'walk',
  'GET /api/v1/{object}/{id}/files': 'files.test.mjs', 'POST /api/v1/{object}/{id}/files': 'files.test.mjs',
  'GET /api/v1/files/{id}': 'files.test.mjs', 'DELETE /api/v1/files/{id}': 'files.test.mjs',
  'POST /api/v1/files/{id}/restore': 'files.test.mjs', 'POST /api/v1/{object}/{id}/unmask': 'fields.test.mjs',
  'POST /api/v1/imports': 'takes a file, answers about that file',
  'POST /api/v1/grading/run': 'scores what is there, answers with a job of the caller',
  'GET /api/v1/grade_policies/{id}/awaiting': 'for who sees everybody', 'POST /api/v1/grade_policies/{id}/act': 'for who sees everybody',
  'GET /api/v1/lifecycle_plans/{id}/awaiting': 'for who sees everybody', 'POST /api/v1/lifecycle_plans/{id}/act': 'for who sees everybody',
  'POST /api/v1/setup': 'works only while there is no user',
  'POST /api/v1/session': 'answers about the one who signs in',
  'PATCH /api/v1/session': "one's own language", 'DELETE /api/v1/session': 'answers nothing',
  'POST /api/v1/users/{id}/password': 'answers nothing', 'PUT /api/v1/settings': 'administrators only',
  'GET /api/v1/custom_fields': 'administrators only', 'POST /api/v1/custom_fields': 'administrators only',
  'GET /api/v1/custom_fields/{id}': 'administrators only', 'PATCH /api/v1/custom_fields/{id}': 'administrators only',
  'POST /api/v1/custom_fields/{id}/retire': 'administrators only',
  'POST /api/v1/custom_fields/{id}/restore': 'administrators only',
  'DELETE /api/v1/custom_fields/{id}': 'administrators only',
  'GET /api/v1/sessions': "one's own", 'DELETE /api/v1/sessions': "one's own",
  'DELETE /api/v1/sessions/{id}': 'answers nothing', 'DELETE /api/v1/users/{id}/sessions': 'administrators only',
  'GET /api/v1/two_factor': "one's own", 'POST /api/v1/two_factor': "one's own",
  'POST /api/v1/two_factor/confirm': "one's own", 'POST /api/v1/two_factor/recovery_codes': "one's own",
  'POST /api/v1/two_factor/off': 'answers nothing', 'DELETE /api/v1/users/{id}/two_factor': 'administrators only',
  'POST /api/v1/password_resets': 'answers nothing', 'POST /api/v1/password_resets/use': 'answers nothing',
  'GET /api/v1/audit/state': 'walk',
  'POST /api/v1/api_tokens': "one's own", 'DELETE /api/v1/api_tokens/{id}': "one's own",
};

/* "METHOD pattern" of every route table; those made by macros stand in the
 * OpenAPI document only. */
function routesOfSource() {
  const folder = join(ROOT, 'src/api');
  const row = /HTTP_(GET|POST|PUT|PATCH|DELETE),\s*(?:\.pattern\s*=\s*)?"(\/[^"]+)"/g;
  return readdirSync(folder).filter((name) => name.endsWith('.c'))
    .flatMap((name) => [...readFileSync(join(folder, name), 'utf8').matchAll(row)])
    .map(([, method, pattern]) => `${method} ${pattern}`);
}

/* route → logins that have asked it. */
const asked = new Map(Object.keys(ROUTES).map((route) => [route, new Set()]));
/* Those with the fewest {…} first: a verb of its own goes before the generic. */
const patterns = Object.keys(ROUTES)
  .map((route) => ({ route, re: new RegExp(`^${route.replace(/\{[a-z]+\}/g, '[^/]+')}$`), holes: route.split('{').length }))
  .sort((a, b) => a.holes - b.holes);

function writeDown(login, method, path) {
  const { pathname } = new URL((path.startsWith('/api/') ? '' : '/api/v1') + path, 'http://x');
  const found = patterns.find(({ re }) => re.test(`${method} ${pathname}`));
  if (found) asked.get(found.route).add(login);
}

async function pool(items, work) {
  const queue = [...items];
  const one = async () => {
    while (queue.length > 0) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

/* A limited user; every answer goes through the same sieve. */
class Walker {
  constructor(user) {
    this.user = user;
  }

  async ask(method, path, body, headers) {
    writeDown(this.user.login, method, path);
    const answer = await patiently(() => this.user.client.request(method, path, body, headers));
    const what = `${this.user.login}: ${method} ${path} ${body ? JSON.stringify(body) : ''}`;
    assert.ok(answer.status < 500, `${what}: ${answer.status} ${answer.text}`);
    const leaked = [...world.canaries.in(answer.text)].filter((r) => !this.sees(r));
    assert.equal(leaked.length, 0,
      `${what} shows ${leaked.map((r) => `${r.entity} ${r.id} of ${r.owner}`).join(', ')}: ${answer.text.slice(0, 600)}`);
    return answer;
  }

  get(path, headers) {
    return this.ask('GET', path, undefined, headers);
  }

  sees(record) {
    return world.may(this.user, record);
  }

  entities() {
    return [...world.entities.values()];
  }

  forbidden(entity) {
    return world.reach(this.user, entity) === 'none';
  }

  unseen(entity) {
    return [...(world.records.get(entity)?.values() ?? [])].filter((r) => !this.sees(r));
  }
}

const ids = (answer) => answer.body.data.map((r) => r.id).sort((a, b) => a - b);

before(async () => {
  const server = await startServer({ admin: true });
  world = new World(server, await server.signIn());
  await world.build();
});

test('every route is known here', async () => {
  const routes = routesOfSource();
  assert.ok(routes.length > 20, 'the route tables are read');
  for (const route of routes) assert.ok(ROUTES[route], `${route}: say in ROUTES how its answers are tested`);
  const { paths } = await world.get('/api/v1/openapi.json');
  for (const [path, methods] of Object.entries(paths))
    for (const method of Object.keys(methods).filter((m) => ['get', 'post', 'put', 'patch', 'delete'].includes(m))) {
      const route = `${method.toUpperCase()} ${path}`;
      const generic = route.replace(/(\/api\/v1\/)[a-z_]+/, '$1{object}');
      assert.ok(ROUTES[route] ?? ROUTES[generic], `${route} is documented and not known here`);
    }
});

test('the canaries are all over the company', async () => {
  const admin = new Walker({ client: world.admin, login: 'admin', grants: { '*': { read: 'all' } } });
  const seen = new Set();
  for (const e of admin.entities())
    for (const bin of [false, true]) {
      const { text } = await admin.get(`/${e.plural}?limit=500&bin=${bin}`);
      for (const r of world.canaries.in(text)) seen.add(r);
    }
  const planted = new Set(world.canaries.of.values());
  assert.equal(seen.size, planted.size);
  assert.ok(planted.size > 100);
});

function everyone(work) {
  return async () => {
    const users = Object.values(world.users);
    for (const [place, user] of users.entries()) await work(new Walker(user), place);
  };
}

describe('lists', () => {
  test('show exactly what is in sight, and count it', everyone(async (me) => {
    for (const e of me.entities())
      for (const bin of [false, true]) {
        const answer = await me.get(`/${e.plural}?limit=500&count=exact&bin=${bin && e.writable}`);
        if (me.forbidden(e.name)) {
          assert.equal(answer.status, 403, `${me.user.login} ${e.plural}`);
          continue;
        }
        const expected = world.seen(me.user, e.name, bin && e.writable);
        if (e.name === 'audit_entry' || e.name === 'job') continue; /* they grow as we write */
        assert.deepEqual(ids(answer), expected, `${me.user.login} ${e.plural} bin=${bin}`);
        assert.deepEqual(answer.body.count, { value: expected.length, capped: false });
        if (bin) continue;
        const searched = await me.ask('POST', `/${e.plural}/search`, { limit: 500, count: 'exact' });
        assert.deepEqual(ids(searched), expected, `${me.user.login} ${e.plural}/search`);
      }
  }));

  test('page through the same, forward and back, in any order', everyone(async (me, place) => {
    for (const e of me.entities().filter((x) => !me.forbidden(x.name))) {
      const expected = world.seen(me.user, e.name);
      const own = (await me.get(`/schema/${e.name}`)).body.fields.filter((f) => f.sort).map((f) => f.name);
      const fields = e.fields.filter((f) => f.sort).filter((_, k) => k % STEP === place % STEP);
      await pool(fields, async (field) => {
        const sort = `${place % 2 ? '-' : ''}${field.name}`;
        const found = [];
        let path = `/${e.plural}?limit=7&sort=${sort}&count=none`;
        for (let pages = 0; path !== null && pages < 80; pages++) {
          const answer = await me.get(path);
          if (!own.includes(field.name)) return assert.equal(answer.status, 422, path);
          assert.equal(answer.status, 200, answer.text);
          found.push(...ids(answer));
          if (answer.body.links.prev && pages === 1) await me.get(answer.body.links.prev);
          path = answer.body.links.next;
        }
        if (e.name !== 'job') assert.deepEqual(found.sort((a, b) => a - b), expected, `${e.plural} by ${sort}`);
      });
    }
  }));

  test('include nothing out of sight', everyone(async (me) => {
    for (const e of me.entities().filter((x) => !me.forbidden(x.name))) {
      const refs = e.fields.filter((f) => f.type === 'ref').map((f) => f.name);
      if (refs.length === 0) continue;
      const answer = await me.get(`/${e.plural}?limit=500&include=${refs.join(',')}`);
      assert.equal(answer.status, 200, answer.text);
      for (const [plural, rows] of Object.entries(answer.body.included ?? {})) {
        const to = me.entities().find((x) => x.plural === plural).name;
        for (const id of Object.keys(rows))
          assert.ok(me.sees(world.records.get(to).get(Number(id))), `${e.plural} includes ${plural} ${id}`);
      }
    }
  }));

  test('find nothing out of sight by its own values', everyone(async (me, place) => {
    for (const e of me.entities().filter((x) => !me.forbidden(x.name))) {
      const strange = me.unseen(e.name).filter((r) => r.row && !r.bin)[place % 3];
      if (!strange) continue;
      const fields = e.fields.filter((f) => f.filter.length > 0 && strange.row[f.name] != null)
        .filter((_, k) => k % STEP === place % STEP);
      await pool(fields, async (field) => {
        const value = strange.row[field.name];
        const list = Array.isArray(value) ? value[0] : value;
        for (const op of field.filter.filter((o) => ['eq', 'contains', 'starts', 'gte', 'in', 'has'].includes(o))) {
          const asked = `${field.name}[${op}]=${encodeURIComponent(list)}`;
          const simple = await me.get(`/${e.plural}?${asked}&limit=500&count=exact`);
          if (simple.status === 422) continue; /* not readable for this user */
          assert.ok(!ids(simple).includes(strange.id), `${me.user.login} ${e.plural}?${asked}`);
          assert.equal(simple.body.count.value, simple.body.data.length);
          const tree = { or: [{ field: field.name, op, value: String(list) }, { not: { field: 'id', op: 'gte', value: 0 } }] };
          const deep = await me.ask('POST', `/${e.plural}/search`, { filter: tree, count: 'exact', limit: 500 });
          assert.deepEqual(ids(deep), ids(simple));
          assert.equal(deep.body.count.value, simple.body.count.value);
        }
      });
    }
  }));

  test('search nothing out of sight', everyone(async (me) => {
    const titles = { customer: 'name', contact: 'name', order: 'number', product: 'code', task: 'title', payment: 'number', user: 'login' };
    for (const entity of Object.keys(titles)) {
      if (me.forbidden(entity)) continue;
      const { plural } = world.entities.get(entity);
      for (const r of [...world.records.get(entity).values()].filter((x) => x.row && !x.bin)) {
        const title = r.row[titles[entity]];
        for (const word of [title, title.slice(0, 5)]) {
          const answer = await me.get(`/${plural}?q=${word}&limit=500`);
          assert.equal(ids(answer).includes(r.id), me.sees(r), `${me.user.login} ${plural}?q=${word}`);
          assert.equal(answer.body.count.value, answer.body.data.length);
          const all = await me.get(`/search?q=${word}&limit=20`);
          for (const group of all.body.groups)
            for (const hit of group.data)
              assert.ok(me.sees(world.records.get(group.entity).get(hit.id)), `${word} finds ${group.object} ${hit.id}`);
        }
      }
    }
  }));
});

describe('what is there already', () => {
  test('is told of what is in sight, by fields in sight', everyone(async (me) => {
    for (const entity of ['customer', 'contact']) {
      const { plural, fields } = world.entities.get(entity);
      if (me.forbidden(entity)) {
        assert.equal((await me.get(`/${plural}/similar?name=zq`)).status, 403);
        continue;
      }
      for (const r of [...world.records.get(entity).values()].filter((x) => x.row)) {
        const { name, phone, email, tax_number } = r.row;
        const typed = { name, phone, email, ...(tax_number ? { tax_number } : {}), ...(r.parent ? { customer_id: r.parent } : {}) };
        const answer = await me.get(`/${plural}/similar?${new URLSearchParams(typed)}`);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(ids(answer), me.sees(r) && !r.bin ? [r.id] : [], `${me.user.login} ${entity} ${r.id}`);
        for (const field of fields.filter((f) => f.name in typed && f.name !== 'customer_id')) {
          const one = await me.get(`/${plural}/similar?${new URLSearchParams({ [field.name]: typed[field.name] })}`);
          const masked = (me.user.grants.fields?.[entity]?.[field.name] ?? '') === 'masked';
          if (masked) assert.deepEqual(ids(one), [], `${me.user.login} ${field.name}`);
          for (const id of ids(one)) assert.ok(me.sees(world.records.get(entity).get(id)));
        }
      }
    }
  }));
});

describe('single records', () => {
  test('out of sight they do not exist', everyone(async (me) => {
    for (const e of me.entities())
      await pool([...(world.records.get(e.name)?.values() ?? [])], async (r) => {
        const special = e.name === 'job' || e.name === 'import'; /* routes of their own: no bin */
        for (const bin of special ? [false] : [false, true]) {
          const answer = await me.get(`/${e.plural}/${r.id}${special ? '' : `?bin=${bin}`}`);
          const there = me.sees(r) && (special || (r.bin ?? false) === bin);
          const wanted = e.name !== 'job' && me.forbidden(e.name) ? 403 : there ? 200 : 404;
          assert.equal(answer.status, wanted, `${me.user.login} ${e.plural}/${r.id} bin=${bin}: ${answer.text}`);
        }
      });
  }));

  test('their verbs neither', everyone(async (me) => {
    const verbs = [
      ['customer', 'GET', 'why'], ['customer', 'GET', 'timeline'], ['customer', 'GET', 'ladder'], ['customer', 'GET', 'costs'],
      ['customer', 'GET', 'suggestions'], ['customer', 'GET', 'tags'], ['customer', 'GET', 'shares'], ['task', 'GET', 'shares'],
      ['drop_decision', 'GET', 'letter'], ['drop_decision', 'POST', 'approve'], ['drop_decision', 'POST', 'reject'],
      ['drop_decision', 'POST', 'withdraw'], ['drop_decision', 'POST', 'lift'], ['import', 'GET', 'errors'],
      ['import', 'POST', 'dry_run'], ['import', 'POST', 'run'], ['import', 'POST', 'cancel'],
      ['import', 'GET', 'kept'], ['import', 'POST', 'revert'], ['import', 'PATCH', ''],
      ['job', 'GET', 'file'], ['job', 'POST', 'cancel'], ['job', 'POST', 'retry'],
      ['customer', 'GET', 'risk'], ['loss_account', 'GET', 'why'], ['loss_account', 'POST', 'confirm'],
      ['loss_account', 'POST', 'reject'], ['loss_account', 'POST', 'decide'], ['loss_account', 'POST', 'close']];
    for (const [entity, method, verb] of verbs) {
      const { plural } = world.entities.get(entity);
      const end = verb && `/${verb}`;
      assert.ok(ROUTES[`${method} /api/v1/${plural}/{id}${end}`] ?? ROUTES[`${method} /api/v1/{object}/{id}${end}`], `${entity} ${verb}`);
      const body = { decide: { decision: 'dissolve' }, close: { result: 'dissolved' }, confirm: {}, approve: { note: 'x' },
        reject: entity === 'drop_decision' ? { note: 'x' } : { text: 'x' }, withdraw: {}, lift: { note: 'x' } }[verb] ?? {};
      for (const r of me.unseen(entity)) {
        const answer = await me.ask(method, `/${plural}/${r.id}${end}`, method === 'GET' ? undefined : body);
        assert.ok([403, 404].includes(answer.status), `${me.user.login} ${plural}/${r.id}${end}: ${answer.status}`);
      }
      if (method === 'GET')
        for (const r of [...world.records.get(entity).values()].filter((x) => me.sees(x) && !x.bin))
          await me.get(`/${plural}/${r.id}/${verb}`);
    }
  }));
});

/* Exact decimal texts as integers of 10^-6. */
const micro = (text) => {
  const [whole, rest = ''] = String(text).split('.');
  return BigInt(whole + rest.padEnd(6, '0').slice(0, 6));
};

describe('aggregates', () => {
  test('cover what is in sight', everyone(async (me) => {
    const mine = world.seen(me.user, 'customer').map((id) => world.records.get('customer').get(id).row)
      .filter((row) => row.orders > 0);
    const sales = mine.reduce((sum, row) => sum + micro(row.sales), 0n);
    const good = (answer) => {
      if (world.reach(me.user, 'order') !== 'none') return assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.status, 403, 'no orders, no sums');
      return null;
    };
    const rfm = await me.get('/analytics/rfm');
    if (good(rfm) === null) {
      for (const route of Object.keys(ROUTES).filter((r) => /^GET .*\/analytics\//.test(r))) {
        const answer = await me.get(route.slice(4));
        assert.notEqual(answer.status, 404, route);
        if (answer.status === 200) assert.match(route, /ladder|matrix|lifetimes|losses|grade_moves/);
      }
      assert.equal((await me.ask('POST', '/grading/what_if', {})).status, 403);
      return;
    }
    assert.deepEqual(rfm.body.rows.map((r) => Number(r.id)).sort((a, b) => a - b), mine.map((r) => r.id));
    assert.equal(rfm.body.customers, mine.length);
    assert.equal(micro(rfm.body.sales), sales);
    assert.equal(rfm.body.lines, world.seen(me.user, 'order_line').length);
    assert.equal(rfm.body.hist.R.reduce((a, b) => a + b, 0), mine.length);
    const abc = await me.get('/analytics/abc');
    const classes = Object.values(abc.body.classes);
    assert.equal(classes.reduce((n, k) => n + k.customers, 0), mine.length);
    assert.equal(classes.reduce((n, k) => n + micro(k.sales), 0n), sales);
    const pyramid = await me.get('/analytics/pyramid');
    assert.equal(pyramid.body.tiers.reduce((n, t) => n + t.customers, 0), mine.length);
    assert.equal(pyramid.body.tiers.reduce((n, t) => n + micro(t.sales), 0n), sales);
    const profits = await me.get('/analytics/tier_profits');
    assert.equal(profits.body.customers, mine.length);
    assert.equal(profits.body.tiers.reduce((n, t) => n + t.customers, 0), mine.length);
    const cells = await me.get('/analytics/rfm_cells');
    assert.equal(cells.body.cells.reduce((n, k) => n + k.customers, 0), mine.length);
    assert.equal(cells.body.cells.reduce((n, k) => n + micro(k.sales), 0n), sales);
    const pareto = await me.get('/analytics/pareto');
    assert.equal(pareto.body.customers, mine.length);
    assert.equal(micro(pareto.body.sales), sales);
    const { cohorts } = (await me.get('/analytics/cohorts')).body;
    assert.equal(cohorts.reduce((n, row) => n + row.customers, 0), mine.length);
    const risks = await me.get('/analytics/churn?band=high&rows=200');
    assert.equal(risks.status, world.reach(me.user, 'interaction') === 'none' ? 422 : 200, risks.text);
    if (risks.status === 200) {
      assert.deepEqual(risks.body.rows.map((r) => r.customer_id).sort((a, b) => a - b), mine.map((r) => r.id));
      assert.equal(risks.body.bands.reduce((n, b) => n + b.customers, 0), mine.length);
      assert.equal(risks.body.bands.reduce((n, b) => n + micro(b.sales), 0n), sales);
    }
    const kept = await me.get('/analytics/retention?period=year');
    assert.equal(kept.status, 200, kept.text);
    assert.equal(kept.body.periods.reduce((n, x) => n + micro(x.sales), 0n), kept.body.as_of === null ? 0n : sales);
    const losses = await me.get('/analytics/losses');
    if (world.reach(me.user, 'loss_account') === 'none') assert.equal(losses.status, 403);
    else assert.equal(losses.body.accounts, world.seen(me.user, 'loss_account').length);
    const trial = await me.ask('POST', '/grading/what_if', { tiers: { vip: 10, main: 40, ordinary: 70 }, window_months: 60 });
    assert.equal(trial.status, 200, trial.text);
    assert.equal(trial.body.customers, mine.length);
    assert.equal(micro(trial.body.sales), sales);
    const named = [];
    for (const m of trial.body.moves) named.push(...(await me.get(`/customers?${m.query}&fields=id&limit=500`)).body.data.map((row) => row.id));
    assert.equal(trial.body.moved, named.length);
    assert.ok(named.every((id) => mine.some((row) => row.id === id)));
    const ladder = (await me.get('/analytics/ladder')).body;
    const everybody = world.seen(me.user, 'customer').length;
    assert.equal(ladder.customers, everybody);
    assert.equal(ladder.classes.reduce((n, c) => n + c.customers, 0), everybody);
    for (const path of ['/analytics/matrix', '/analytics/lifetimes']) {
      const answer = await me.get(path);
      assert.equal(answer.status, 200, answer.text);
      if (path.endsWith('matrix')) continue;
      for (const { customers, unknown } of [answer.body.clv, answer.body.alive, answer.body.due])
        assert.ok(customers + unknown <= everybody, answer.text);
    }
    assert.ok((await me.get('/analytics/groups')).body.customers <= mine.length);
    const matrix = (await me.get('/analytics/matrix')).body;
    assert.ok(matrix.types.reduce((n, k) => n + k.customers, 0) <= everybody);
    const moves = await me.get('/analytics/grade_moves');
    if (world.reach(me.user, 'grade_history') === 'none') return assert.equal(moves.status, 403);
    const begun = moves.body.months.flatMap((m) => m.moves).filter((m) => m.from === null);
    assert.ok(begun.reduce((n, m) => n + m.customers, 0) <= mine.length);
  }));

  test('of the workbench are the counts of their lists', everyone(async (me) => {
    const { body } = await me.get('/overview');
    for (const figure of body.figures) {
      const list = await me.get(`/${figure.object}?${figure.query}&count=exact&limit=1`);
      assert.equal(list.body.count.value, figure.value, `${me.user.login} ${figure.key}`);
    }
    const customers = body.figures.find((f) => f.key === 'customers');
    assert.equal(customers.value, world.seen(me.user, 'customer').length);
  }));

  test('of other pages show nobody', everyone(async (me) => {
    for (const path of ['/session', '/sessions', '/two_factor', '/audit/state', '/schema', '/settings', '/api_tokens', '/setup', '/api/v1/openapi.json',
      '/api/../healthz', '/api/../readyz', '/api/../metrics'])
      await me.get(path);
    for (const e of me.entities()) await me.get(`/schema/${e.name}`);
  }));
});

describe('exports', () => {
  test('hold what is in sight', everyone(async (me) => {
    for (const entity of ['customer', 'contact', 'product', 'order']) {
      const answer = await me.ask('POST', '/exports', { entity, format: 'csv' });
      if (world.level(me.user, entity, 'export') === 'none') {
        assert.equal(answer.status, 403, `${me.user.login} exports ${entity}: ${answer.text}`);
        continue;
      }
      assert.equal(answer.status, 202, answer.text);
      const { id } = answer.body.job;
      for (let tries = 0; ; tries++) {
        const job = await me.get(`/jobs/${id}`);
        if (job.body.state === 'done') break;
        assert.ok(tries < 4800 && job.body.state !== 'failed', job.text);
        await new Promise((done) => setTimeout(done, 50));
      }
      const file = await me.get(`/jobs/${id}/file`);
      assert.equal(file.status, 200, file.text);
      const rows = new Set([...world.canaries.in(file.text)].filter((r) => r.entity === entity));
      const expected = [...world.records.get(entity).values()]
        .filter((r) => r.number && !r.bin && world.may(me.user, r, 'export'));
      assert.equal(rows.size, expected.length, `${me.user.login} exports ${entity}`);
      for (const other of Object.values(world.users).filter((u) => u !== me.user && world.level(u, 'job') === 'own')) {
        const peek = await new Walker(other).get(`/jobs/${id}/file`);
        assert.equal(peek.status, 404, `${other.login} reads the export of ${me.user.login}`);
      }
    }
  }));
});

describe('feeds', () => {
  test('/changes tells of what is in sight, all of it and nothing else', everyone(async (me) => {
    await settled(world.db);
    const told = new Map();
    for (let since = '', more = true; more;) {
      const answer = await me.get(`/changes?limit=1000${since && `&since=${since}`}`);
      assert.equal(answer.status, 200, answer.text);
      for (const row of answer.body.data) told.set(`${row.entity} ${row.id}`, row.op);
      ({ cursor: since, more } = answer.body);
    }
    for (const [name, records] of world.records)
      for (const r of world.entities.get(name).writable ? records.values() : []) {
        const op = told.get(`${name} ${r.id}`);
        if (me.sees(r)) {
          if (r.row) assert.ok(op && op !== 'gone', `${me.user.login} is not told of ${name} ${r.id}`);
        } else {
          assert.ok(op === undefined || op === 'gone', `${me.user.login} is told of ${name} ${r.id}: ${op}`);
        }
      }
  }));
});

async function everything() {
  const all = {};
  for (const e of world.entities.values())
    for (const bin of [false, true])
      if (!['audit_entry', 'job', 'user'].includes(e.name))
        all[`${e.name} ${bin}`] = (await world.get(`/${e.plural}?limit=500&bin=${bin && e.writable}`)).data;
  for (const table of ['record_share', 'record_tag', 'custom_field', 'setting'])
    all[table] = sql(world.db, `SELECT * FROM ${table} WHERE ${table === 'setting' ? "key NOT LIKE 'feed.%' AND key <> 'audit.head'" : '1 = 1'} ORDER BY 1, 2`);
  all.people = sql(world.db, 'SELECT id, login, password_hash, active, role_id, team_id FROM "user" ORDER BY id');
  all.tokens = sql(world.db, 'SELECT id, user_id, name, expires_on, revoked_at FROM api_token ORDER BY id');
  all.sessions = sql(world.db, 'SELECT id, user_id FROM session ORDER BY id');
  return all;
}

describe('writes', () => {
  test('out of sight answer 404 and change nothing', async () => {
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      for (const e of me.entities().filter((x) => x.writable))
        await pool(me.unseen(e.name), async (r) => {
          const path = `/${e.plural}/${r.id}`;
          const wanted = (action) => (world.reach(user, e.name, action) === 'none' ? [403, 405] : [404]);
          const change = { external_id: 'mine now' };
          const check = (answer, action) =>
            assert.ok(wanted(action).includes(answer.status), `${user.login} ${action} ${path}: ${answer.status} ${answer.text}`);
          check(await me.ask('PATCH', path, change), 'update');
          check(await me.ask('PATCH', path, change, { 'if-match': '"99"' }), 'update');
          check(await me.ask('DELETE', path), 'delete');
          check(await me.ask('POST', `${path}/restore`), 'delete');
          check(await me.ask('GET', `${path}/tags`), 'read');
          if (['customer', 'task'].includes(e.name)) {
            check(await me.ask('GET', `${path}/shares`), 'read');
            for (const who of [user.id, world.adminId]) {
              check(await me.ask('PUT', `${path}/shares/${who}`, { level: 'write' }), 'read');
              check(await me.ask('DELETE', `${path}/shares/${who}`), 'read');
            }
            for (const [method, body] of [['PUT', {}], ['DELETE', undefined]])
              check(await me.ask(method, `${path}/shares/teams/${world.teams.south}`, body), 'read');
          }
          for (const method of ['POST', 'DELETE']) check(await me.ask(method, `${path}/tags/1`), 'update');
          const at = { object: e.plural, id: r.id };
          const batch = await me.ask('POST', '/batch', { atomic: false, operations: [{ op: 'update', ...at, data: change },
            { op: 'delete', ...at }, { op: 'restore', ...at }, { op: 'tag', ...at, tag: 1 }, { op: 'untag', ...at, tag: 1 }] });
          assert.equal(batch.status, 200, batch.text);
          for (const [k, action] of ['update', 'delete', 'delete', 'update', 'update'].entries())
            check({ ...batch.body.results[k], text: batch.text }, action);
          const key = e.fields.find((f) => f.unique && r.row?.[f.name] != null && !r.bin);
          if (!key || world.level(user, e.name, 'create') === 'none') return;
          const put = await me.ask('PUT', `/${e.plural}/by/${key.name}/${encodeURIComponent(r.row[key.name])}`, change);
          assert.ok([403, 409, 422].includes(put.status), `${user.login} upserts ${path}: ${put.status} ${put.text}`);
        });
    }
    assert.deepEqual(await everything(), was);
  });

  test('what may be seen but not written is 403 or 404 too', async () => {
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      for (const e of me.entities().filter((x) => x.writable && world.level(user, x.name, 'create') === 'none')) {
        const answer = await me.ask('POST', `/${e.plural}`, { name: 'mine' });
        assert.ok([403, 405].includes(answer.status), `${user.login} makes ${e.plural}: ${answer.status} ${answer.text}`);
        const key = e.fields.find((f) => f.unique && f.type === 'text');
        if (!key) continue;
        const put = await me.ask('PUT', `/${e.plural}/by/${key.name}/nobody_has_it`, {});
        assert.ok([403, 405].includes(put.status), `${user.login} upserts ${e.plural}: ${put.status} ${put.text}`);
      }
      for (const r of [...world.records.get('customer').values()].filter((x) => me.sees(x) && !x.bin)) {
        const given = world.sharesOf(user, r).length > 0;
        if (given || !world.may(user, r, 'update')) {
          const answer = await me.ask('PUT', `/customers/${r.id}/shares/${world.adminId}`, { level: 'read' });
          assert.equal(answer.status, 403, `${user.login} shares customers/${r.id}: ${answer.text}`);
          assert.equal((await me.ask('DELETE', `/customers/${r.id}/shares/${world.adminId}`)).status, 403);
          for (const [method, body] of [['PUT', { level: 'read' }], ['DELETE', undefined]])
            assert.equal((await me.ask(method, `/customers/${r.id}/shares/teams/${world.teams.south}`, body)).status, 403);
        }
        if (!world.may(user, r, 'update')) {
          const answer = await me.ask('PATCH', `/customers/${r.id}`, { note: 'mine now' });
          assert.ok([403, 404].includes(answer.status), `${user.login} customers/${r.id}: ${answer.status}`);
        }
        if (!world.may(user, r, 'delete')) {
          const answer = await me.ask('DELETE', `/customers/${r.id}`);
          assert.ok([403, 404].includes(answer.status), `${user.login} customers/${r.id}: ${answer.status}`);
        }
      }
    }
    assert.deepEqual(await everything(), was);
  });

  test('nothing can be hung on a record out of sight, and nobody learns of it', async () => {
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      const strange = me.unseen('customer').find((r) => !r.bin);
      if (!strange) continue;
      const none = 4000000;
      for (const [plural, body] of [
        ['contacts', { name: 'x' }], ['orders', { number: 'x', ordered_on: '2024-01-01' }],
        ['interactions', { content: 'x', happened_at: '2024-01-01T00:00:00Z' }],
        ['payments', { amount: 1, paid_on: '2024-01-01' }], ['tasks', { title: 'x' }]]) {
        const there = await me.ask('POST', `/${plural}`, { ...body, customer_id: strange.id });
        const absent = await me.ask('POST', `/${plural}`, { ...body, customer_id: none });
        assert.ok([403, 422].includes(there.status), `${user.login} ${plural}: ${there.status} ${there.text}`);
        const bare = ({ request_id, ...rest }, id) => JSON.stringify(rest).replaceAll(String(id), 'ID');
        assert.equal(bare(there.body, strange.id), bare(absent.body, none));
      }
    }
    assert.deepEqual(await everything(), was);
  });

  test('a conflict names the field, not the other record', async () => {
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      const strange = me.unseen('customer').find((r) => !r.bin);
      if (!strange || world.level(user, 'customer', 'create') === 'none') continue;
      const answer = await me.ask('POST', '/customers', { name: 'x', code: strange.row.code });
      assert.equal(answer.status, 409, answer.text);
      assert.deepEqual(answer.body.errors.map((e) => e.field), ['code']);
    }
    assert.deepEqual(await everything(), was);
  });

  test('a stale record names the changed fields, not their values', async () => {
    const me = new Walker(world.users.sam);
    const own = world.firstOf('customer', me.user.id);
    await world.admin.patch(`/customers/${own.id}`, { city: 'Wuhan' });
    const answer = await me.ask('PATCH', `/customers/${own.id}`, { note: 'late' }, { 'if-match': '"1"' });
    assert.equal(answer.status, 412, answer.text);
    assert.deepEqual(answer.body.errors.map((e) => e.field), ['city']);
  });

  test('a record shared for writing can be written', async () => {
    const sol = new Walker(world.users.sol);
    const shared = world.firstOf('customer', world.users.sue.id);
    const answer = await sol.ask('PATCH', `/customers/${shared.id}`, { city: 'Xi’an' });
    assert.equal(answer.status, 200, answer.text);
    const lou = new Walker(world.users.lou);
    const read = world.firstOf('customer', world.users.sam.id);
    assert.equal((await lou.ask('PATCH', `/customers/${read.id}`, { city: 'Xi’an' })).status, 404);
  });
});

describe('an import', () => {
  /* Rows that mean records out of sight: by number, by phone, by name. */
  test('tells nothing of what its rows run into, and changes none of it', async () => {
    const was = await everything();
    let told = 0;
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      if (world.level(user, 'import', 'create') === 'none') continue;
      const strange = me.unseen('customer').filter((r) => r.row && !r.bin).slice(0, 3);
      if (strange.length === 0) continue;
      const text = 'code,name,phone\n' + strange.flatMap(({ row }, k) =>
        [`${row.code},mine ${user.login}${k},`, `,mine too ${user.login}${k},${row.phone}`, `,${row.name},${row.phone}`, `,,${row.phone}`]).join('\n') + '\n';
      /* His own words come back to him. */
      const own = (answer) => {
        assert.ok(answer.status < 500, answer.text);
        const news = answer.text.replace(world.canaries.pattern, (word) => (text.includes(word) ? '' : word));
        assert.deepEqual([...world.canaries.in(news)].filter((r) => !me.sees(r)).map((r) => `${r.entity} ${r.id}`), [], `${user.login}: ${answer.text}`);
        return answer;
      };
      const uploaded = own(await user.client.post('/imports?entity=customers&filename=mine.csv', text, { 'content-type': 'text/csv' }));
      assert.equal(uploaded.status, 201, uploaded.text);
      const { id } = uploaded.body;
      for (const verb of ['dry_run', 'run']) {
        const started = own(await user.client.post(`/imports/${id}/${verb}`, {}));
        assert.equal(started.status, 202, started.text);
        for (let state = ''; !['done', 'failed', 'cancelled'].includes(state);) {
          ({ state } = own(await user.client.get(`/jobs/${started.body.job.id}`)).body);
          await new Promise((done) => setTimeout(done, 50));
        }
        own(await user.client.get(`/imports/${id}`));
        told += own(await user.client.get(`/imports/${id}/errors`)).text.length;
      }
      own(await user.client.get('/customers?limit=500'));
      const back = own(await user.client.post(`/imports/${id}/revert`, {}));
      assert.equal(back.status, 202, back.text);
      for (let state = ''; !['done', 'failed', 'cancelled'].includes(state);) {
        ({ state } = own(await user.client.get(`/jobs/${back.body.job.id}`)).body);
        await new Promise((done) => setTimeout(done, 50));
      }
      own(await user.client.get(`/imports/${id}/kept`));
    }
    assert.ok(told > 0, 'rows were set aside');
    const is = await everything();
    for (const [what, rows] of Object.entries(was)) {
      if (what.startsWith('import')) continue;
      const kept = Array.isArray(rows) ? is[what].filter((r) => rows.some((o) => o.id === r.id)) : is[what];
      assert.deepEqual(kept, rows, what);
    }
  });
});

describe('what is not for everybody', () => {
  const bodies = { 'PUT /api/v1/settings': { 'company.name': 'mine' }, 'POST /api/v1/custom_fields': { entity: 'customer', name: 'mine', type: 'text', label: { zh: 'a', en: 'a' } } };

  test('administrators’ routes are 403 for everybody else, and change nothing', async () => {
    const routes = Object.keys(ROUTES).filter((route) => ROUTES[route] === 'administrators only');
    assert.ok(routes.length > 15);
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      for (const route of routes) {
        const [method, pattern] = route.split(' ');
        const path = pattern.replace('/users/{id}', `/users/${world.adminId}`).replace(/\{[a-z]+\}/g, '1');
        const upload = pattern.endsWith('/upload');
        const body = method === 'GET' || method === 'DELETE' ? undefined : upload ? 'x' : bodies[route] ?? {};
        const answer = await me.ask(method, path, body, upload ? { 'content-type': 'application/octet-stream' } : undefined);
        assert.equal(answer.status, 403, `${user.login} ${method} ${path}: ${answer.status} ${answer.text}`);
      }
    }
    assert.deepEqual(await everything(), was);
  });

  test('others’ passwords, tokens, sessions and files are not one’s own', async () => {
    const tokens = sql(world.db, 'SELECT id, user_id FROM api_token').split('\n').map((line) => line.split('|').map(Number));
    const sessions = sql(world.db, 'SELECT id FROM session').split('\n');
    const was = await everything();
    for (const user of Object.values(world.users)) {
      const me = new Walker(user);
      const refused = async (method, path, body) => {
        const answer = await me.ask(method, path, body);
        assert.ok([403, 404].includes(answer.status), `${user.login} ${method} ${path}: ${answer.status} ${answer.text}`);
      };
      for (const [id, owner] of tokens) if (owner !== user.id) await refused('DELETE', `/api_tokens/${id}`);
      for (const id of sessions) await refused('DELETE', `/sessions/${id}`);
      for (const other of [world.adminId, ...Object.values(world.users).map((u) => u.id)].filter((id) => id !== user.id)) {
        await refused('POST', `/users/${other}/password`, { password: 'a long new secret', current: 'x' });
        await refused('POST', '/api_tokens', { name: 'x', user_id: other });
      }
      const listed = (await me.get('/api_tokens')).body.data;
      assert.ok(listed.every((one) => one.user_id === user.id));
    }
    assert.deepEqual(await everything(), was);
  });
});

describe('event streams', () => {
  test('/events hint at what is in sight, and at nothing else', async () => {
    const users = Object.values(world.users);
    const streams = await Promise.all(users.map((u) => listen(u.client)));
    for (const u of users) writeDown(u.login, 'GET', '/events');
    await Promise.all(streams.map((s) => s.next(hello)));
    const touched = [...world.records.get('customer').values()].filter((r) => !r.bin);
    for (const r of touched)
      assert.equal((await patiently(() => world.admin.patch(`/customers/${r.id}`, { note: r.row.note + ' ' + r.id }))).status, 200);
    for (const [k, user] of users.entries()) {
      const expected = touched.filter((r) => world.may(user, r)).map((r) => r.id);
      for (let tries = 0; tries < 2400; tries++) {
        const got = new Set(streams[k].seen.filter((e) => e.event === 'change' && e.data.object === 'customers').map((e) => e.data.id));
        const many = streams[k].seen.some((e) => e.data.op === 'many');
        if (many || expected.every((id) => got.has(id))) break;
        assert.ok(tries < 2399, `${user.login} misses ${expected.filter((id) => !got.has(id))}`);
        await new Promise((done) => setTimeout(done, 25));
      }
    }
    await new Promise((done) => setTimeout(done, 300));
    for (const [k, user] of users.entries()) {
      for (const { event, data } of streams[k].seen) {
        if (event === 'job') assert.ok(user.grants['*']?.job || data.owner_id === user.id, `${user.login} sees job ${data.id}`);
        if (event !== 'change' || data.op === 'many') continue;
        const r = world.records.get(data.entity)?.get(data.id);
        assert.ok(!r || world.may(user, r), `${user.login} is told of ${data.entity} ${data.id}`);
      }
      assert.equal([...world.canaries.in(JSON.stringify(streams[k].seen))].length, 0);
      streams[k].close();
    }
    for (const r of touched)
      await patiently(() => world.admin.patch(`/customers/${r.id}`, { note: r.row.note }));
  });
});

/* Whoever sees all of an entity has nothing to try its verbs on. */
test('every route said to be walked was, by everybody', () => {
  const missing = [];
  for (const [route, logins] of asked) {
    if (ROUTES[route] !== 'walk') continue;
    const [method, pattern] = route.split(' ');
    const entity = [...world.entities.values()].find((e) => pattern.startsWith(`/api/v1/${e.plural}/{id}`))?.name;
    const users = Object.values(world.users).filter((user) => !logins.has(user.login) &&
      (!entity || method === 'GET' || new Walker(user).unseen(entity).length > 0));
    if (users.length > 0) missing.push(`${route}: ${users.map((u) => u.login)}`);
  }
  assert.deepEqual(missing, []);
});
