/* The feed of changes, event streams, and several servers on one database. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KIND, addUser, awake, newToken, pgSession, settled, sql, startServer, until } from './lib.mjs';
import { follow } from './jobs.mjs';
import { change, hello, listen } from './streams.mjs';

const PG = KIND === 'postgresql';
const open = [];

let server;
let admin;
let seller;
let other;
const users = {};

const customer = async (more = {}, client = admin) => {
  const answer = await client.post('/customers', { kind: 'organization', name: 'Company', ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};
const stream = async (client, query, headers) => {
  const s = await listen(client, query, headers);
  if (s.close) open.push(s);
  return s;
};

/* Everything behind a cursor: { rows, cursor }. */
async function changes(client, since, query = '') {
  await settled(server.db);
  return readChanges(client, since, query);
}

async function readChanges(client, since, query = '') {
  const rows = [];
  let cursor = since;
  for (;;) {
    const answer = await client.get(`/changes?since=${cursor}${query}`);
    assert.equal(answer.status, 200, answer.text);
    rows.push(...answer.body.data);
    cursor = answer.body.cursor;
    if (!answer.body.more) return { rows, cursor };
  }
}
const now = async (client) => {
  await settled(server.db);
  return (await client.get('/changes?since=now')).body.cursor;
};
const short = (r) => `${r.op} ${r.object} ${r.id}`;

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  for (const login of ['seller', 'other']) users[login] = addUser(server.db, login, 'sales');
  seller = await server.signIn('seller');
  other = await server.signIn('other');
});
after(() => open.forEach((s) => s.close()));

describe('/changes', () => {
  test('tells each change in order, and goes on from its cursor', async () => {
    const cursor = await now(admin);
    const c = await customer();
    await admin.patch(`/customers/${c.id}`, { name: 'Other' });
    await admin.delete(`/customers/${c.id}`);
    await admin.post(`/customers/${c.id}/restore`);
    const first = await changes(admin, cursor, '&objects=customers');
    assert.deepEqual(first.rows.map(short), ['create', 'update', 'delete', 'restore'].map((op) => `${op} customers ${c.id}`));
    assert.deepEqual(first.rows.map((r) => r.rev), [1, 2, 3, 4]);
    assert.deepEqual((await changes(admin, first.cursor)).rows, []);
    const pages = await changes(admin, cursor, '&limit=1&objects=customers');
    assert.deepEqual(pages.rows, first.rows);
    assert.deepEqual((await changes(admin, cursor, '&objects=contacts')).rows, []);
  });

  test('refuses what is no cursor, no limit, no object', async () => {
    for (const [query, status] of [['since=abc', 400], [`since=${(await now(admin)).slice(0, -2)}xx`, 400], ['limit=0', 422],
      ['limit=1001', 422], ['objects=birds', 422], ['objects=sessions', 422]])
      assert.equal((await admin.get(`/changes?${query}`)).status, status, query);
  });

  test('shows only what is in sight, and says when it has left', async () => {
    let mine = await now(seller);
    let theirs = await now(other);
    const c = await customer({}, seller);
    const { body: contact } = await seller.post('/contacts', { name: 'Somebody', customer_id: c.id });
    assert.deepEqual((await changes(seller, mine)).rows.map(short).sort(), [`create contacts ${contact.id}`, `create customers ${c.id}`]);
    assert.deepEqual((await changes(other, theirs)).rows, []);
    mine = await now(seller);
    theirs = await now(other);
    await admin.patch(`/customers/${c.id}`, { owner_id: users.other });
    const left = await changes(seller, mine);
    assert.deepEqual(left.rows.map(short).sort(), [`gone contacts ${contact.id}`, `gone customers ${c.id}`]);
    assert.deepEqual(Object.keys(left.rows[0]).sort(), ['entity', 'id', 'object', 'op']);
    assert.deepEqual((await changes(other, theirs)).rows.map(short).sort(), [`update contacts ${contact.id}`, `update customers ${c.id}`]);
    /* From now on nothing of it any more. */
    await admin.patch(`/customers/${c.id}`, { name: 'Elsewhere' });
    assert.deepEqual((await changes(seller, left.cursor)).rows, []);
    /* What is moved to a stranger's customer leaves alone. */
    const own = await customer({}, seller);
    const { body: moved } = await seller.post('/interactions',
      { content: 'Moved', channel: 'phone', happened_at: '2026-01-05T08:00:00Z', customer_id: own.id });
    const before = await now(seller);
    assert.equal((await admin.patch(`/interactions/${moved.id}`, { customer_id: c.id })).status, 200);
    assert.deepEqual((await changes(seller, before)).rows.map(short).filter((x) => !/update/.test(x)), [`gone interactions ${moved.id}`]);
    /* Deleted while in sight: a deletion; the stranger hears nothing. */
    const last = await now(seller);
    await seller.delete(`/customers/${own.id}`);
    assert.ok((await changes(seller, last)).rows.map(short).includes(`delete customers ${own.id}`));
    assert.equal((await other.get(`/changes?since=${last}`)).status, 410, 'another caller’s cursor');
  });

  test('tells nothing of what is above a clearance, and starts anew when that changes', async () => {
    /* Some secret there is: the sellers are not cleared for all. */
    await customer({ secrecy: 'confidential' });
    const id = addUser(server.db, 'cleared', 'sales');
    const cleared = await server.signIn('cleared');
    /* Once the secret counts, within a second. */
    let cursor;
    do {
      cursor = await now(cleared);
      await pause(1100);
    } while ((await cleared.get(`/changes?since=${cursor}`)).status === 410);
    const secret = await customer({ secrecy: 'confidential', owner_id: id });
    const { body: contact } = await admin.post('/contacts', { name: 'Secret', customer_id: secret.id });
    await admin.patch(`/customers/${secret.id}`, { name: 'Secret still' });
    await admin.patch(`/customers/${secret.id}`, { owner_id: users.other });
    const open = await customer({ owner_id: id });
    await admin.patch(`/customers/${open.id}`, { owner_id: users.other });
    const told = (await changes(cleared, cursor)).rows;
    assert.ok(told.every((r) => r.id !== secret.id || r.object !== 'customers'), JSON.stringify(told));
    assert.ok(told.every((r) => r.id !== contact.id || r.object !== 'contacts'), JSON.stringify(told));
    assert.ok(told.map(short).includes(`gone customers ${open.id}`));
    assert.equal((await admin.patch(`/users/${id}`, { clearance: 'confidential' })).status, 200);
    await until(() => cleared.get(`/changes?since=${cursor}`), (a) => a.status === 410, 60000);
    assert.equal((await cleared.get(`/changes?since=${cursor}`)).body.errors[0].code, 'feed_rights_changed');
  });

  test('is 410 when rights have changed, or rows are older than 30 days', async () => {
    const id = addUser(server.db, 'mover', 'sales');
    const mover = await server.signIn('mover');
    const cursor = await now(mover);
    await customer();
    const roles = (await admin.get('/roles?limit=100')).body.data;
    await admin.patch(`/users/${id}`, { role_id: roles.find((r) => r.key === 'analyst').id });
    await until(() => mover.get(`/changes?since=${cursor}`), (a) => a.status === 410, 60000);
    assert.equal((await mover.get(`/changes?since=${cursor}`)).body.errors[0].code, 'feed_rights_changed');
    const old = await now(admin);
    const c = await customer();
    sql(server.db, `UPDATE change_log SET at = at - 2678400000 WHERE entity = 'customer' AND record_id = ${c.id}`);
    await customer();
    if (PG) {
      /* The planner of another server purges at its start. */
      const second = await startServer({ db: server.db });
      await until(() => admin.get(`/changes?since=${old}`), (a) => a.status === 410, 60000);
      await second.stop();
    } else {
      await server.stop();
      server = await startServer({ db: server.db });
      admin = await server.signIn();
      seller = await server.signIn('seller');
      other = await server.signIn('other');
      await until(() => admin.get(`/changes?since=${old}`), (a) => a.status === 410, 60000);
    }
    assert.equal((await admin.get(`/changes?since=${old}`)).body.errors[0].code, 'feed_too_old');
    assert.equal((await changes(admin, await now(admin))).rows.length, 0);
  });

  test('loses nothing between slow transactions', { skip: !PG && 'SQLite commits one by one' }, async () => {
    const start = await now(admin);
    const seen = [];
    let cursor = start;
    let writing = true;
    const reader = (async () => {
      while (writing) {
        const page = await readChanges(admin, cursor, '&objects=tags');
        seen.push(...page.rows);
        cursor = page.cursor;
        await pause(3);
      }
    })();
    /* Connections that take a place in the log early and commit late, in
     * any order, while others come and go at once. */
    const slow = Array.from({ length: 6 }, () => pgSession(server.db));
    const expected = new Set();
    const ids = [];
    for (let round = 0; round < 12; round++) {
      for (const [k, s] of slow.entries()) {
        const id = 1000000 + round * 100 + k;
        s.send(`BEGIN; INSERT INTO change_log (entity, record_id, rev, op, at) VALUES ('tag', ${id}, 1, 'create', 1900000000000);`);
        expected.add(id);
        if ((round + k) % 3 === 0) {
          const { body } = await admin.post('/tags', { name: `tag ${round} ${k} ${process.pid}` });
          ids.push(body.id);
        }
      }
      /* The last begins to commit first; one in five gives up. */
      for (const [k, s] of [...slow.entries()].reverse()) {
        const id = 1000000 + round * 100 + k;
        const gives_up = (round + k) % 5 === 0;
        s.send(gives_up ? 'ROLLBACK;' : 'COMMIT;');
        if (gives_up) expected.delete(id);
        await pause((round * 7 + k * 3) % 11);
      }
    }
    await Promise.all(slow.map((s) => s.end()));
    for (const id of ids) expected.add(id);
    writing = false;
    await reader;
    seen.push(...(await changes(admin, cursor, '&objects=tags')).rows);
    const told = seen.map((r) => r.id);
    assert.equal(new Set(told).size, told.length, 'a change was told twice');
    assert.deepEqual([...expected].filter((id) => !told.includes(id)), [], 'changes were lost');
    assert.deepEqual(told.filter((id) => !expected.has(id)), [], 'changes that never were');
  });
});

/* A change is told once nothing older is open in the whole of the database
 * server, which others use too: the best of five tries tells how fast we are. */
async function promptly(work) {
  const times = [];
  while (times.length < 5 && !(times.at(-1) < 1000)) {
    const start = awake();
    await work();
    times.push(awake() - start);
  }
  assert.ok(times.at(-1) < 1000, `${times.map(Math.round)} ms`);
}

describe('/events', () => {
  test('hints at changes in sight at once, and at nothing else', async () => {
    const [mine, theirs, all] = [await stream(seller), await stream(other), await stream(admin, '?objects=contacts')];
    assert.equal(mine.headers.get('cache-control'), 'no-store');
    await Promise.all([mine, theirs, all].map((s) => s.next(hello)));
    const c = await customer({}, seller);
    const { data } = await mine.next(change(c.id, 'create'));
    assert.deepEqual([data.entity, data.object, data.rev], ['customer', 'customers', 1]);
    let rev = 1;
    await promptly(async () => {
      await seller.patch(`/customers/${c.id}`, { name: `New ${rev}` });
      assert.equal((await mine.next((e) => change(c.id, 'update')(e) && e.data.rev === rev + 1)).data.rev, ++rev);
    });
    await admin.patch(`/customers/${c.id}`, { owner_id: users.other });
    await mine.next(change(c.id, 'gone'));
    await theirs.next(change(c.id, 'update'));
    const { body: contact } = await other.post('/contacts', { name: 'X', customer_id: c.id });
    await all.next(change(contact.id, 'create'));
    await theirs.next(change(contact.id, 'create'));
    await pause(300);
    /* A change made just before the handover may be told to the new owner. */
    const told = theirs.seen.filter((e) => e.event === 'change').map((e) => `${e.data.op} ${e.data.object}`);
    assert.deepEqual([...new Set(told)], ['update customers', 'create contacts']);
    assert.ok(all.seen.every((e) => e.event !== 'change' || e.data.object === 'contacts'));
    assert.ok(!mine.seen.some(change(contact.id)));
    for (const s of [mine, theirs, all]) s.close();
  });

  test('goes on behind the last event, or says that it can’t', async () => {
    const first = await stream(admin);
    await first.next(hello);
    const a = await customer();
    await first.next(change(a.id));
    first.close();
    const [b, c] = [await customer(), await customer()];
    const again = await stream(admin, '', { 'last-event-id': first.lastId });
    await again.next(change(b.id));
    await again.next(change(c.id));
    await until(async () => ({ text: JSON.stringify(again.seen) }), () => again.seen.some(hello), 60000);
    assert.ok(!again.seen.some((e) => e.event === 'reset'));
    assert.ok(!again.seen.some(change(a.id)), 'told twice');
    again.close();
    const lost = await stream(admin, `?last_event_id=nonsense`);
    assert.equal((await lost.next(hello)).event, 'reset');
    lost.close();
    const foreign = await stream(seller, '', { 'last-event-id': first.lastId });
    assert.equal((await foreign.next(hello)).event, 'reset');
    foreign.close();
  });

  test('misses nothing between the schema and its first event', async () => {
    const { body: seen } = await seller.get('/schema');
    const c = await customer({}, seller);
    const made = await admin.post('/custom_fields', { entity: 'customer', name: `between_${process.pid}`, type: 'text', label: { zh: '其间', en: 'Between' } });
    assert.equal(made.status, 201, made.text);
    const s = await stream(seller, `?last_event_id=${encodeURIComponent(seen.last_event_id)}`);
    /* On PostgreSQL the change may come behind the greeting. */
    const heard = (fits) => until(() => ({ text: JSON.stringify(s.seen) }), () => s.seen.some(fits), 120000);
    await heard(change(c.id, 'create'));
    await heard((e) => e.data.view !== undefined && e.data.view !== seen.view);
    assert.notEqual((await seller.get('/schema')).body.view, seen.view);
    s.close();
    assert.equal((await admin.post(`/custom_fields/${made.body.id}/retire`)).status, 200);
  });

  test('tells of many changes in one event', async () => {
    const s = await stream(admin, '?objects=products');
    await s.next(hello);
    await admin.post('/batch', { operations: Array.from({ length: 200 }, (_, k) =>
      ({ op: 'create', object: 'products', data: { name: `P${k}`, code: `many-${process.pid}-${k}` } })) });
    const many = await s.next((e) => e.event === 'change');
    assert.deepEqual(many.data, { entity: 'product', object: 'products', op: 'many' });
    s.close();
  });

  test('shows the progress of one’s own jobs', async () => {
    addUser(server.db, 'chief', 'manager');
    const chief = await server.signIn('chief');
    const [mine, boss, theirs] = [await stream(chief), await stream(admin), await stream(other)];
    await Promise.all([mine, boss, theirs].map((s) => s.next(hello)));
    const { body } = await chief.post('/exports', { entity: 'customers', format: 'csv' });
    const ours = (e) => e.event === 'job' && e.data.id === body.job.id && e.data.state === 'done';
    const done = await mine.next(ours);
    assert.equal(done.data.kind, 'export');
    await boss.next(ours);
    await pause(200);
    assert.ok(!theirs.seen.some((e) => e.event === 'job' && e.data.id === body.job.id));
    for (const s of [mine, boss, theirs]) s.close();
  });

  test('says that fields or rights have changed, and to whom', async () => {
    const role = (await admin.post('/roles', { key: 'viewer', name: 'Viewer', grants: { customer: { read: 'all' } } })).body;
    await admin.post('/users', { login: 'viewer', name: 'Viewer', role_id: role.id });
    const viewer = server.client({ token: newToken(server.db, 'viewer') });
    const schema = (e) => e.event === 'schema';
    const [mine, theirs] = [await stream(admin, '?objects=products'), await stream(viewer)];
    const [first] = await Promise.all([mine, theirs].map((s) => s.next(hello)));
    assert.match(first.data.view, /^[0-9a-f]{16}$/);
    const made = await admin.post('/custom_fields', { entity: 'customer', name: `told_${process.pid}`, type: 'text', label: { zh: '告知', en: 'Told' } });
    assert.equal(made.status, 201, made.text);
    const [now] = await Promise.all([mine, theirs].map((s) => s.next(schema)));
    assert.notEqual(now.data.view, first.data.view);
    assert.equal(now.id, null, 'no place in the feed');
    const again = await stream(admin);
    const greeted = await again.next(hello);
    await until(() => ({ text: JSON.stringify(mine.seen) }), () => mine.seen.filter(schema).at(-1).data.view === greeted.data.view, 60000);
    /* A role: those who have it alone. */
    const before = mine.seen.filter(schema).length;
    const grants = { customer: { read: 'all' }, fields: { customer: { [made.body.name]: 'hidden' } } };
    assert.equal((await admin.patch(`/roles/${role.id}`, { grants })).status, 200);
    await theirs.next(schema);
    assert.equal((await viewer.get('/schema/customer')).text.includes(made.body.name), false);
    assert.equal((await admin.post(`/custom_fields/${made.body.id}/retire`)).status, 200);
    await mine.next(schema);
    assert.equal(mine.seen.filter(schema).length, before + 1, 'rights of others are no news');
    for (const s of [mine, theirs, again]) s.close();
  });

  test('ends with the right to listen', async () => {
    const id = addUser(server.db, 'leaver', 'sales');
    const token = newToken(server.db, 'leaver');
    const [byCookie, byToken] = [await stream(await server.signIn('leaver')), await stream(server.client({ token }))];
    await Promise.all([byCookie, byToken].map((s) => s.next(hello)));
    await admin.patch(`/users/${id}`, { active: false });
    await Promise.all([byCookie.end(), byToken.end()]);
    assert.equal((await listen(server.client())).status, 401);
    assert.equal((await listen(admin, '?objects=birds')).status, 422);
  });

  test('has no more room for many that come at once', async () => {
    addUser(server.db, 'hasty', 'sales');
    const hasty = await server.signIn('hasty');
    const all = await Promise.all(Array.from({ length: 30 }, () => stream(hasty)));
    const open = all.filter((s) => s.status === 200);
    assert.equal(open.length, 12, all.map((s) => s.status).join());
    assert.equal(all.filter((s) => s.status === 429).length, 18);
    for (const s of open) s.close();
    /* Places are given back, those of the refused too. */
    await until(async () => {
      const again = await Promise.all(Array.from({ length: 12 }, () => stream(hasty)));
      for (const s of again) s.close?.();
      return { status: again.every((s) => s.status === 200) ? 200 : 429, text: '' };
    }, (x) => x.status === 200, 30000);
  });

  test('has room for so many streams of one user', async () => {
    addUser(server.db, 'greedy', 'sales');
    const greedy = await server.signIn('greedy');
    const all = [];
    for (let k = 0; k < 13; k++) all.push(await stream(greedy));
    assert.deepEqual(all.slice(0, 12).map((s) => s.status), Array(12).fill(200));
    assert.equal(all[12].status, 429, JSON.stringify(all[12].body));
    const mine = await stream(seller);
    assert.equal(mine.status, 200);
    for (const s of [...all.slice(0, 12), mine]) s.close();
    await until(async () => {
      const s = await stream(greedy);
      s.close?.();
      return { status: s.status, text: '' };
    }, (a) => a.status === 200, 60000);
  });
});

describe('jobs', () => {
  test('of a server that died are finished by the next one', async () => {
    const { body } = await admin.post('/exports', { entity: 'customers', format: 'csv' });
    await follow(admin, body.job.id);
    const due = PG ? 'lease_until = 1' : 'lease_until = 9999999999999';
    sql(server.db, `UPDATE job SET state = 'running', ${due}, finished_at = NULL, lease_owner = 'dead', file_id = NULL WHERE id = ${body.job.id}`);
    if (!PG) {
      await server.stop('SIGKILL');
      server = await startServer({ db: server.db });
      admin = await server.signIn();
      seller = await server.signIn('seller');
      other = await server.signIn('other');
    }
    const job = await follow(admin, body.job.id);
    assert.equal(job.state, 'done');
    assert.equal((await admin.get(`/jobs/${body.job.id}/file`)).status, 200);
  });

  test('can be tried again once they have failed', async () => {
    addUser(server.db, 'head', 'manager');
    const head = await server.signIn('head');
    const { body } = await head.post('/exports', { entity: 'customers', format: 'csv' });
    await follow(head, body.job.id);
    assert.equal((await head.post(`/jobs/${body.job.id}/retry`)).status, 409);
    sql(server.db, `UPDATE job SET state = 'failed', error = 'x', attempt = 6, file_id = NULL WHERE id = ${body.job.id}`);
    assert.equal((await other.post(`/jobs/${body.job.id}/retry`)).status, 404);
    const again = await head.post(`/jobs/${body.job.id}/retry`);
    assert.equal(again.status, 202, again.text);
    const job = await follow(head, body.job.id);
    assert.deepEqual([job.state, job.error], ['done', null]);
  });
});

describe('two servers on one PostgreSQL', { skip: !PG && 'SQLite has one server' }, () => {
  let second;
  let there;
  before(async () => {
    second = await startServer({ db: server.db });
    there = second.client();
    there.cookie = admin.cookie;
    there.csrf = admin.csrf;
  });
  after(() => second?.stop());

  test('share sessions, and their end', async () => {
    assert.equal((await there.get('/session')).body.user.login, 'admin');
    const here = await server.signIn('seller');
    const away = second.client();
    away.cookie = here.cookie;
    away.csrf = here.csrf;
    assert.equal((await away.get('/session')).status, 200);
    await here.delete('/session');
    await until(() => away.get('/session'), (a) => a.status === 401, 1500);
  });

  test('see each other’s writes at once, and each other’s rights within a second', async () => {
    const c = await customer();
    assert.equal((await there.get(`/customers/${c.id}`)).body.name, c.name);
    await there.patch(`/customers/${c.id}`, { name: 'There' });
    assert.equal((await admin.get(`/customers/${c.id}`)).body.name, 'There');
    const id = addUser(server.db, 'twin', 'sales');
    const token = newToken(server.db, 'twin');
    const twin = second.client({ token });
    assert.equal((await twin.get('/customers')).status, 200);
    await admin.patch(`/users/${id}`, { active: false });
    await until(() => twin.get('/customers'), (a) => a.status === 401, 1500);
  });

  test('push each other’s changes', async () => {
    const s = await stream(there);
    await s.next(hello);
    await promptly(async () => {
      const c = await customer();
      await s.next(change(c.id, 'create'));
    });
    s.close();
  });

  test('tell of each other’s fields', async () => {
    const s = await stream(there);
    await s.next(hello);
    const made = await admin.post('/custom_fields', { entity: 'product', name: `far_${process.pid}`, type: 'int', label: { zh: '远', en: 'Far' } });
    assert.equal(made.status, 201, made.text);
    await s.next((e) => e.event === 'schema', 15000);
    assert.ok((await there.get('/schema/product')).text.includes(made.body.name));
    s.close();
  });

  test('do each job once, and tell of it both', async () => {
    const s = await stream(there);
    await s.next(hello);
    const jobs = await Promise.all(Array.from({ length: 8 }, (_, k) =>
      (k % 2 ? there : admin).post('/exports', { entity: 'customers', format: 'csv' })));
    for (const { body } of jobs) {
      const job = await follow(admin, body.job.id);
      assert.equal(job.state, 'done');
      const ended = (e) => e.event === 'job' && e.data.id === body.job.id && e.data.state === 'done';
      await until(() => ({ text: JSON.stringify(s.seen) }), () => s.seen.some(ended), 60000);
    }
    const ids = jobs.map((j) => j.body.job.id).join(',');
    assert.equal(sql(server.db, `SELECT count(*) FROM job WHERE id IN (${ids}) AND attempt = 1`), '8');
    s.close();
  });

  test('make one record of one key', async () => {
    const headers = { 'idempotency-key': `both ${process.pid}` };
    const body = { kind: 'person', name: `Both ${process.pid}` };
    const answers = await Promise.all([...Array(10).keys()].map((k) => (k % 2 ? there : admin).post('/customers', body, headers)));
    assert.equal(new Set(answers.filter((a) => a.status === 201).map((a) => a.body.id)).size, 1);
    assert.ok(answers.every((a) => [201, 409].includes(a.status)), answers.map((a) => a.text).join('\n'));
  });
});
