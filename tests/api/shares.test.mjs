/* Sharing a single record with one more user or a team: who may, what it opens and for
 * how long, and that audit and feeds tell of its beginning and its end. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { addUser, freshDatabase, guanxi, KIND, settled, sql, startServer, until } from './lib.mjs';
import { csvRows, importAll } from './jobs.mjs';
import { change, hello, listen } from './streams.mjs';

const PG = KIND === 'postgresql';
const HOUR_MS = 3600000;
const BEFORE_CHECK = 27; /* the migration before a share was of one user or one team for good */

let server;
let admin;
let seller;
let other;
let analyst;
const users = {};

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  for (const [login, role] of [['seller', 'sales'], ['other', 'sales'], ['analyst', 'analyst']]) users[login] = addUser(server.db, login, role);
  /* Some secret there is from the start: its coming changes the rights of all. */
  await made(admin, 'customers', { name: '机密', secrecy: 'confidential' });
  seller = await server.signIn('seller');
  other = await server.signIn('other');
  analyst = await server.signIn('analyst');
});
after(() => server.stop());

async function made(client, plural, body) {
  const answer = await client.post(`/${plural}`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
}

/* A seller's customer with an order below it. */
async function family() {
  const customer = await made(seller, 'customers', { name: '共享的客户' });
  const order = await made(seller, 'orders', { number: `S-${customer.id}`, customer_id: customer.id, ordered_on: '2024-05-01' });
  const line = await made(seller, 'order_lines', { order_id: order.id, product_name: 'p', quantity: '1', unit_price: '2' });
  return { customer, order, line, path: `/customers/${customer.id}/shares` };
}

const share = async (client, path, user, body = {}) => (await client.put(`${path}/${user}`, body)).status;
const future = () => new Date(Date.now() + HOUR_MS).toISOString().replace(/\.\d+Z$/, 'Z');

const now = async (client) => {
  await settled(server.db);
  return (await client.get('/changes?since=now')).body.cursor;
};
async function changes(client, since) {
  await settled(server.db);
  const { status, body, text } = await client.get(`/changes?objects=customers,orders,order_lines,tasks&since=${since}`);
  assert.equal(status, 200, text);
  return body.data.map((r) => `${r.op} ${r.object} ${r.id}`).sort();
}
const all = ({ customer, order, line }, op) =>
  [`${op} customers ${customer.id}`, `${op} order_lines ${line.id}`, `${op} orders ${order.id}`];

describe('a share', () => {
  test('opens a record and what belongs to it, to read, then to write, until it is taken back', async () => {
    const f = await family();
    const places = [`/customers/${f.customer.id}`, `/orders/${f.order.id}`, `/order_lines/${f.line.id}`];
    const statuses = async () => Promise.all(places.map(async (path) => (await other.get(path)).status));
    assert.deepEqual(await statuses(), [404, 404, 404]);
    assert.equal(await share(seller, f.path, users.other), 204);
    assert.deepEqual(await statuses(), [200, 200, 200]);
    assert.deepEqual((await other.get('/customers?limit=500')).body.data.map((r) => r.id).includes(f.customer.id), true);
    assert.equal((await other.patch(`/customers/${f.customer.id}`, { note: 'x' })).status, 404, 'to read');
    const end = future();
    assert.equal(await share(seller, f.path, users.other, { level: 'write', until: end }), 204);
    assert.equal((await other.patch(`/customers/${f.customer.id}`, { note: 'x' })).status, 200, 'to write');
    const { body } = await seller.get(f.path);
    assert.equal(body.may_change, true);
    assert.deepEqual(body.data.map(({ created_at, ...rest }) => rest),
      [{ user_id: users.other, team_id: null, level: 'write', until: end, created_by: users.seller }]);
    assert.equal((await seller.delete(`${f.path}/${users.other}`)).status, 204);
    assert.equal((await seller.delete(`${f.path}/${users.other}`)).status, 204, 'twice is as good as once');
    assert.deepEqual(await statuses(), [404, 404, 404]);
    assert.deepEqual((await seller.get(f.path)).body.data, []);
  });

  test('is given by who may change the record, but not by a share', async () => {
    const f = await family();
    assert.equal(await share(other, f.path, users.other), 404, 'out of sight');
    assert.equal((await other.get(f.path)).status, 404);
    assert.equal(await share(analyst, f.path, users.analyst), 403, 'who only reads');
    assert.equal(await share(seller, f.path, users.other, { level: 'write', until: future() }), 204);
    assert.equal((await other.get(f.path)).body.may_change, false);
    assert.equal(await share(other, f.path, users.other, { level: 'write' }), 403, 'not longer for himself');
    assert.equal(await share(other, f.path, users.analyst), 403, 'nor for others');
    assert.equal((await other.delete(`${f.path}/${users.analyst}`)).status, 403);
    assert.equal((await other.delete(`${f.path}/${users.other}`)).status, 204, 'he gives it back himself');
    assert.equal((await other.get(f.path)).status, 404);
    assert.equal(await share(admin, f.path, users.other), 204);
    assert.equal(sql(server.db, 'SELECT count(*) FROM record_share'), '1');
    await admin.delete(`${f.path}/${users.other}`);
  });

  test('is not enough to delete a record, to give it away or to move what hangs on it', async () => {
    const f = await family();
    const own = await made(other, 'customers', { name: '自己的' });
    const path = `/customers/${f.customer.id}`;
    assert.equal(await share(seller, f.path, users.other, { level: 'write', until: future() }), 204);
    assert.equal((await other.patch(`/orders/${f.order.id}`, { note: 'x' })).status, 200, 'what hangs on it is changed too');
    for (const gone of [path, `/orders/${f.order.id}`, `/order_lines/${f.line.id}`])
      assert.equal((await other.delete(gone)).status, 404, gone);
    const batch = await other.post('/batch', { atomic: false, operations: [
      { op: 'delete', object: 'customers', id: f.customer.id }, { op: 'update', object: 'customers', id: f.customer.id, data: { owner_id: users.other } }] });
    assert.deepEqual(batch.body.results.map((r) => r.status), [404, 403], batch.text);
    for (const [place, change] of [[path, { owner_id: users.other }], [path, { owner_id: users.analyst, note: 'x' }], [path, { owner_id: null }],
      [`/orders/${f.order.id}`, { customer_id: own.id }]]) {
      const answer = await other.patch(place, change);
      assert.deepEqual([answer.status, answer.body.errors?.[0].code], [403, 'share_no_handover'], `${JSON.stringify(change)}: ${answer.text}`);
    }
    const { body } = await seller.get(path);
    assert.deepEqual([body.owner_id, body.note], [users.seller, null]);
    assert.equal((await other.patch(path, { owner_id: users.seller, note: 'y' })).status, 200, 'the owner there is may be sent along');
    assert.equal((await seller.patch(path, { owner_id: users.analyst })).status, 200, 'his own record anybody gives away');
    assert.equal((await admin.patch(path, { owner_id: users.other })).status, 200);
    assert.equal((await other.delete(`/order_lines/${f.line.id}`)).status, 204, 'its owner does it all');
    await admin.delete(`${f.path}/${users.other}`);
  });

  test('is not enough for an import to take a record away either', async () => {
    const f = await family();
    const code = `T${f.customer.id}`;
    const path = `/customers/${f.customer.id}`;
    assert.equal((await seller.patch(path, { code })).status, 200);
    assert.equal(await share(seller, f.path, users.other, { level: 'write', until: future() }), 204);
    const put = async (text) => {
      const { made, report } = await importAll(other, 'customers', text,
        { mapping: { 0: 'customer.code', 1: 'customer.name', 2: 'customer.owner_id' }, options: { key: 'code' } });
      return [report.updated, csvRows((await other.get(`/imports/${made.id}/errors`)).text).length];
    };
    const is = async () => {
      const { body } = await seller.get(path);
      return [body.name, body.owner_id];
    };
    assert.deepEqual(await put(`code,name,owner\n${code},mine,other\n`), [0, 2]);
    assert.deepEqual(await is(), ['共享的客户', users.seller]);
    assert.deepEqual(await put(`code,name,owner\n${code},first,\n${code},second,other\n`), [1, 2], 'nor in a second row');
    assert.deepEqual(await is(), ['first', users.seller]);
    await seller.delete(`${f.path}/${users.other}`);
  });

  test('is checked', async () => {
    const f = await family();
    for (const [user, body, status, field] of [[999999, {}, 422, 'user'], [users.other, { level: 'own' }, 422, 'level'],
      [users.other, { until: '2020-01-01T00:00:00Z' }, 422, 'until'], [users.other, { until: 'soon' }, 422, 'until'],
      [users.other, { team: 1 }, 422, 'team'], ['x', {}, 404]]) {
      const answer = await seller.put(`${f.path}/${user}`, body);
      assert.equal(answer.status, status, `${user} ${JSON.stringify(body)}: ${answer.text}`);
      if (field) assert.equal(answer.body.errors[0].field, field, answer.text);
    }
    assert.equal((await seller.get(`/orders/${f.order.id}/shares`)).status, 405, 'an order is seen with its customer');
    assert.equal(await share(admin, '/jobs/1/shares', users.other), 405);
    assert.equal(sql(server.db, 'SELECT count(*) FROM record_share'), '0');
  });

  test('opens nothing that the role or the clearance forbids', async () => {
    const f = await family();
    const role = await made(admin, 'roles', { key: 'blind', name: 'blind', grants: { user: { read: 'all' } } });
    const user = await made(admin, 'users', { login: 'blind', name: 'blind', role_id: role.id });
    const { token } = await made(admin, 'api_tokens', { name: 'b', user_id: user.id });
    assert.equal(await share(seller, f.path, user.id), 204);
    assert.equal((await server.client({ token }).get(`/customers/${f.customer.id}`)).status, 403);
    assert.equal(await share(seller, f.path, users.other), 204);
    assert.equal((await admin.patch(`/customers/${f.customer.id}`, { secrecy: 'confidential' })).status, 200);
    await until(() => other.get(`/customers/${f.customer.id}`), (answer) => answer.status === 404, 60000);
  });

  test('leaves audit entries', async () => {
    const f = await family();
    await share(seller, f.path, users.other);
    await share(seller, f.path, users.other);
    await share(seller, f.path, users.other, { level: 'write' });
    await seller.delete(`${f.path}/${users.other}`);
    const { body } = await admin.get(`/audit_entries?entity=customer&record_id=${f.customer.id}&sort=id`);
    const entries = body.data.filter((e) => /share/.test(e.action));
    assert.deepEqual(entries.map((e) => [e.action, e.user_id]),
      [['share', users.seller], ['share', users.seller], ['unshare', users.seller]]);
    const [read, write] = ['read', 'write'].map((level) => ({ user: 'other', level, until: null }));
    assert.deepEqual(entries.map((e) => e.changes.share), [[null, read], [read, write], [write, null]]);
  });
});

/* Other is in the lower of two teams, the analyst in neither. */
describe('a share with a team', () => {
  let upper;
  let lower;
  let aside;
  const settle = (client, path, status) => until(() => client.get(path), (answer) => answer.status === status, 60000);
  const join = async (user, team_id) => {
    const answer = await admin.patch(`/users/${user}`, { team_id });
    assert.equal(answer.status, 200, answer.text);
  };
  before(async () => {
    upper = (await made(admin, 'teams', { name: 'Upper' })).id;
    lower = (await made(admin, 'teams', { name: 'Lower', parent_id: upper })).id;
    aside = (await made(admin, 'teams', { name: 'Aside' })).id;
  });
  after(() => join(users.other, null));

  test('opens a record to who is in it, or in one below it, as long as he is', async () => {
    const f = await family();
    const path = `/customers/${f.customer.id}`;
    const order = `/orders/${f.order.id}`;
    assert.equal(await share(seller, `${f.path}/teams`, aside), 204);
    assert.equal(await share(seller, `${f.path}/teams`, upper, { level: 'write' }), 204);
    assert.equal((await other.get(path)).status, 404);
    await join(users.other, lower);
    await settle(other, path, 200);
    assert.equal((await other.get(order)).status, 200);
    const list = async () => (await other.get('/customers?limit=500')).body.data.map((r) => r.id).includes(f.customer.id);
    assert.equal(await list(), true);
    assert.equal((await other.patch(path, { note: 'team' })).status, 200);
    assert.equal((await other.delete(path)).status, 404, 'a share is not for deleting');
    assert.equal((await other.delete(`${f.path}/teams/${upper}`)).status, 403, 'nobody gives back what others have too');
    assert.equal(await share(seller, `${f.path}/teams`, upper, { level: 'read' }), 204);
    assert.equal((await other.patch(path, { note: 'x' })).status, 404, 'to read now');
    assert.deepEqual((await seller.get(f.path)).body.data.map((s) => [s.user_id, s.team_id, s.level]),
      [[null, aside, 'read'], [null, upper, 'read']]);
    await join(users.other, null);
    await settle(other, path, 404);
    assert.equal(await list(), false);
    await join(users.other, aside);
    await settle(other, path, 200);
    assert.equal((await seller.delete(`${f.path}/teams/${aside}`)).status, 204);
    assert.equal((await seller.delete(`${f.path}/teams/${aside}`)).status, 204, 'twice is as good as once');
    assert.equal((await other.get(path)).status, 404);
    await seller.delete(`${f.path}/teams/${upper}`);
    await join(users.other, null);
  });

  test('is checked, and leaves audit entries', async () => {
    const f = await family();
    for (const [team, body, field] of [[999999, {}, 'team'], [upper, { level: 'own' }, 'level'], [upper, { until: '2020-01-01T00:00:00Z' }, 'until']]) {
      const answer = await seller.put(`${f.path}/teams/${team}`, body);
      assert.deepEqual([answer.status, answer.body.errors[0].field], [422, field], answer.text);
    }
    assert.equal((await seller.put(`${f.path}/teams/x`, {})).status, 404);
    assert.equal(await share(other, `${f.path}/teams`, upper), 404, 'out of sight');
    assert.equal(await share(analyst, `${f.path}/teams`, upper), 403, 'who only reads');
    await share(seller, `${f.path}/teams`, upper);
    await share(seller, `${f.path}/teams`, upper, { level: 'write' });
    await seller.delete(`${f.path}/teams/${upper}`);
    const { body } = await admin.get(`/audit_entries?entity=customer&record_id=${f.customer.id}&sort=id`);
    const [read, write] = ['read', 'write'].map((level) => ({ team: 'Upper', level, until: null }));
    assert.deepEqual(body.data.filter((e) => /share/.test(e.action)).map((e) => [e.action, e.changes.share]),
      [['share', [null, read]], ['share', [read, write]], ['unshare', [write, null]]]);
  });

  test('is told to its members alone; who joins or leaves begins anew', async () => {
    const f = await family();
    await join(users.other, lower);
    await until(() => other.get('/session'), (answer) => answer.body.user.team_id === lower, 60000);
    const [mine, theirs] = [await now(other), await now(analyst)];
    await share(seller, `${f.path}/teams`, upper);
    assert.deepEqual(await changes(other, mine), all(f, 'update'));
    assert.deepEqual(await changes(analyst, theirs), [], 'it is not in the team');
    const then = await now(other);
    await seller.delete(`${f.path}/teams/${upper}`);
    assert.deepEqual(await changes(other, then), all(f, 'gone'));
    const last = await now(other);
    await join(users.other, null);
    await until(() => other.get(`/changes?since=${last}`), (answer) => answer.status === 410 && answer.body.errors[0].code === 'feed_rights_changed', 60000);
  });
});

describe('feeds', () => {
  test('tell its user, and nobody else, that it has begun and ended', async () => {
    const f = await family();
    const mine = await now(other);
    const theirs = await now(seller);
    await share(seller, f.path, users.other);
    assert.deepEqual(await changes(other, mine), all(f, 'update'));
    const then = await now(other);
    await seller.delete(`${f.path}/${users.other}`);
    assert.deepEqual(await changes(other, then), all(f, 'gone'));
    assert.deepEqual(await changes(seller, theirs), [], 'who sees it anyway hears nothing');
    /* From now on nothing of it any more. */
    const last = await now(other);
    await seller.patch(`/customers/${f.customer.id}`, { note: 'y' });
    assert.deepEqual(await changes(other, last), []);
  });

  test('tell when it has run out, and the row goes', async () => {
    const f = await family();
    await share(seller, f.path, users.other, { until: future() });
    const cursor = await now(other);
    sql(server.db, `UPDATE record_share SET until = ${Date.now() - 1000} WHERE record_id = ${f.customer.id}`);
    assert.equal((await other.get(`/customers/${f.customer.id}`)).status, 404);
    assert.deepEqual((await seller.get(f.path)).body.data, []);
    /* Of something the company has no more: it stands in nobody's way. */
    sql(server.db, `INSERT INTO record_share (entity, record_id, user_id, level, until, created_at) VALUES ('bygone', 1, ${users.other}, 'read', 1, 1)`);
    /* A planner looks once a minute, and when a server starts. */
    const url = server.url;
    await server.stop();
    server = await startServer({ db: server.db });
    [admin, seller, other, analyst] = await Promise.all([server.signIn(), ...['seller', 'other', 'analyst'].map((login) => server.signIn(login))]);
    assert.notEqual(server.url, url);
    await until(() => sql(server.db, `SELECT count(*) FROM record_share WHERE record_id = ${f.customer.id}`), (n) => n === '0', 60000);
    assert.deepEqual(await changes(other, cursor), all(f, 'gone'));
    assert.equal(sql(server.db, "SELECT count(*) FROM record_share WHERE entity = 'bygone'"), '0');
    const { body } = await admin.get(`/audit_entries?entity=customer&record_id=${f.customer.id}&action=unshare`);
    assert.deepEqual(body.data.map((e) => e.user_id), [null], 'nobody did it');
  });

  test('tell when a record below it goes elsewhere, or it is thrown out of the bin', async () => {
    const f = await family();
    const elsewhere = await family();
    await share(seller, f.path, users.other);
    const cursor = await now(other);
    assert.equal((await seller.patch(`/orders/${f.order.id}`, { customer_id: elsewhere.customer.id })).status, 200);
    assert.deepEqual(await changes(other, cursor), [`gone order_lines ${f.line.id}`, `gone orders ${f.order.id}`,
      `update customers ${f.customer.id}`], 'he has one order less');
    const then = await now(other);
    assert.equal((await seller.delete(`/customers/${f.customer.id}`)).status, 204);
    sql(server.db, 'UPDATE customer SET deleted_at = deleted_at - 3000000000 WHERE deleted_at IS NOT NULL');
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('bin_purge', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
    await until(() => sql(server.db, `SELECT count(*) FROM customer WHERE id = ${f.customer.id}`), (n) => n === '0', 60000);
    const told = await changes(other, then);
    assert.ok(told.includes(`gone customers ${f.customer.id}`), told.join('\n'));
    assert.equal(sql(server.db, `SELECT count(*) FROM record_share WHERE record_id = ${f.customer.id}`), '0');
  });

  test('a task that leaves a customer leaves the sight of his owner', async () => {
    const f = await family();
    const task = await made(admin, 'tasks', { title: 't', customer_id: f.customer.id, owner_id: users.analyst });
    assert.equal((await seller.get(`/tasks/${task.id}`)).status, 200);
    const cursor = await now(seller);
    assert.equal((await admin.patch(`/tasks/${task.id}`, { customer_id: null })).status, 200);
    assert.equal((await seller.get(`/tasks/${task.id}`)).status, 404);
    assert.deepEqual([...new Set(await changes(seller, cursor))], [`gone tasks ${task.id}`]);
  });

  test('streams tell at once, also when others go on with the record', async () => {
    const f = await family();
    const stream = await listen(other);
    try {
      await stream.next(hello);
      await share(seller, f.path, users.other);
      await stream.next(change(f.customer.id, 'update'), 30000);
      const batch = await admin.post('/batch', { operations: [{ op: 'update', object: 'customers', id: f.customer.id, data: { note: 'z' } }] });
      assert.equal(batch.status, 200, batch.text);
      await stream.next(change(f.customer.id, 'update'), 30000);
      await Promise.all([seller.delete(`${f.path}/${users.other}`), ...[1, 2, 3].map((n) => seller.patch(`/customers/${f.customer.id}`, { note: `z${n}` }))]);
      await stream.next(change(f.customer.id, 'gone'), 30000);
    } finally {
      stream.close();
    }
  });
});

describe('a share', () => {
  const insert = (id, user, team) => `INSERT INTO record_share (entity, record_id, user_id, team_id, created_at) VALUES ('customer', ${id}, ${user}, ${team}, 1)`;

  test('is of one user or one team, whoever writes it', async () => {
    const { customer } = await family();
    const team = await made(admin, 'teams', { name: `队${customer.id}` });
    const refused = /CHECK constraint failed|violates check constraint/;
    assert.throws(() => sql(server.db, insert(customer.id, users.other, team.id)), refused);
    assert.throws(() => sql(server.db, insert(customer.id, 'NULL', 'NULL')), refused);
    sql(server.db, insert(customer.id, users.other, 'NULL'));
    sql(server.db, insert(customer.id, 'NULL', team.id));
  });

  test('of both, from before that was refused, becomes two, and one of nobody goes', () => {
    const db = freshDatabase();
    assert.equal(guanxi(['migrate', '--db', db.url, '--to', String(BEFORE_CHECK)]).code, 0);
    sql(db, `INSERT INTO role (id, key, name, created_at, updated_at) VALUES (901, 'r901', 'r', 1, 1);
      INSERT INTO team (id, name, name_sort, created_at, updated_at) VALUES (901, 't', 't', 1, 1);
      INSERT INTO "user" (id, login, login_fold, name, name_fold, name_sort, role_id, created_at, updated_at) VALUES (901, 'u', 'u', 'u', 'u', 'u', 901, 1, 1);
      ${[[1, 901, 901], [2, 'NULL', 'NULL'], [3, 901, 'NULL'], [4, 'NULL', 901]].map((one) => insert(...one)).join('; ')}`);
    const { code, err } = guanxi(['migrate', '--db', db.url]);
    assert.equal(code, 0, err);
    assert.equal(sql(db, "SELECT record_id, coalesce(user_id, 0), coalesce(team_id, 0), level FROM record_share ORDER BY 1, 2 DESC"),
      ['1|901|0|read', '1|0|901|read', '3|901|0|read', '4|0|901|read'].join('\n'));
  });
});

describe('what is not shared', () => {
  test('is not held by whoever names it as a parent', { skip: !PG && 'SQLite has one writer' }, async () => {
    const { customer } = await family();
    const held = await holdCustomer(customer.id);
    let refused;
    try {
      refused = await other.post('/orders', { number: `X-${customer.id}`, customer_id: customer.id, ordered_on: '2024-05-01' });
      assert.ok(held.running(), 'it was waited for');
    } finally {
      await held.end();
    }
    assert.equal(refused.status, 422, refused.text);
    assert.equal(refused.body.errors[0].code, 'ref_missing');
  });
});

/* A transaction that has the row, for at most a minute. */
async function holdCustomer(id) {
  const child = spawn('psql', ['-X', '-q', '-A', '-t', '-d', server.db.url, '-c',
    `BEGIN; SELECT id FROM customer WHERE id = ${id} FOR UPDATE; SELECT pg_sleep(60)`], { stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  const asleep = () => sql(server.db, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`);
  await until(asleep, (n) => n === '1', 60000);
  return {
    running: () => child.exitCode === null,
    end: () => {
      sql(server.db, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`);
      return ended;
    },
  };
}
