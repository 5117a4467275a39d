/* What operators look at: the log, the figures, several servers on one
 * database, a writer that has failed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import http from 'node:http';
import { describe, test } from 'node:test';
import { ADMIN, KIND, addUser, guanxi, newToken, sql, startServer, until } from './lib.mjs';

/* --- the log ---------------------------------------------------------------- */

const lines = (server) => server.output().err.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const requests = (server) => lines(server).filter((line) => line.msg === 'request');

describe('the log', () => {
  test('has a line of JSON for each request, and no secrets', async () => {
    const server = await startServer({ admin: true });
    const token = newToken(server.db, ADMIN.login);
    const admin = await server.signIn();
    const made = await admin.post('/customers', { name: '秘密客户', phone: '13912345678' });
    await admin.get('/customers?q=13912345678');
    await server.client({ token }).get(`/customers/${made.body.id}`);
    await server.client({ token: 'gx_not_a_token' }).get('/customers');
    const lost = await admin.get('/nowhere/at/all');
    await server.client().signIn(ADMIN.login, 'a wrong password');
    const { err } = await server.stop();
    const all = requests(server);
    for (const line of all) {
      assert.deepEqual(Object.keys(line), ['ts', 'level', 'msg', 'request_id', 'method', 'route', 'status', 'ms', 'actor']);
      assert.match(line.request_id, /^[0-9a-f]{16}$/);
      assert.ok(line.ms >= 0 && line.ms < 60000);
    }
    const one = (method, route, status) => all.find((l) => l.method === method && l.route === route && l.status === status);
    const user = (await sql(server.db, 'SELECT MIN(id) FROM "user"'));
    assert.equal(String(one('POST', '/api/v1/{object}', 201).actor), user);
    assert.equal(one('POST', '/api/v1/{object}', 201).request_id, made.headers.get('x-request-id'));
    assert.equal(String(one('GET', '/api/v1/{object}/{id}', 200).actor), user);
    assert.equal(one('GET', '/api/v1/{object}', 401).actor, null);
    assert.equal(one('POST', '/api/v1/session', 401).actor, null);
    assert.equal(all.find((l) => l.request_id === lost.headers.get('x-request-id')).route, null);
    for (const secret of [ADMIN.password, 'a wrong password', token, 'gx_not_a_token', '秘密客户', '13912345678',
      admin.csrf, admin.cookie.split('=')[1]])
      assert.ok(!err.includes(secret), `the log holds ${secret}`);
  });

  test('is as quiet as GUANXI_LOG says', async () => {
    const server = await startServer({ admin: true, env: { GUANXI_LOG: 'warn' } });
    await server.client().get('/customers');
    await server.stop();
    assert.deepEqual(requests(server), []);
  });
});

/* --- figures ---------------------------------------------------------------- */

/* What promtool check metrics looks at: every series has its HELP and TYPE
 * before it, names and labels are well formed, no series comes twice,
 * histograms rise to +Inf and agree with their count. */
function checkMetrics(text) {
  const types = new Map();
  const seen = new Map();
  let current = null;
  assert.ok(text.endsWith('\n'));
  for (const line of text.slice(0, -1).split('\n')) {
    const meta = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line);
    if (meta) {
      if (meta[1] === 'HELP') assert.ok(!types.has(meta[2]), `twice: ${meta[2]}`);
      else assert.match(meta[3], /^(counter|gauge|histogram)$/);
      types.set(meta[2], meta[1] === 'TYPE' ? meta[3] : '');
      current = meta[2];
      continue;
    }
    const row = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.]+(?:e[+-]?\d+)?)$/.exec(line);
    assert.ok(row, `not a sample: ${line}`);
    const [, name, labels = '', value] = row;
    const family = types.get(current) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
    assert.equal(family, current, `${name} stands under ${current}`);
    if (types.get(current) === 'counter') assert.match(name, /_total$/);
    assert.ok(!seen.has(name + labels), `twice: ${name}${labels}`);
    seen.set(name + labels, Number(value));
  }
  for (const [key, value] of seen) {
    const bucket = /^(\w+)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key);
    if (!bucket) continue;
    const rest = bucket[2] ? `{${bucket[2]}}` : '';
    if (bucket[3] === '+Inf') assert.equal(value, seen.get(`${bucket[1]}_count${rest}`), key);
    else assert.ok(value <= seen.get(`${bucket[1]}_count${rest}`), key);
  }
  return seen;
}

describe('figures', () => {
  test('are well formed and count by route, size, session and job', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    for (let i = 0; i < 7; i++) await admin.post('/customers', { name: `c${i}` });
    await admin.get('/customers/999999');
    const read = async () => checkMetrics(await (await fetch(`${server.url}/metrics`)).text());
    const now = await read();
    const series = (method, route, status) =>
      now.get(`guanxi_http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`);
    assert.equal(series('POST', '/api/v1/{object}', '2xx'), 7);
    assert.equal(series('GET', '/api/v1/{object}/{id}', '4xx'), 1);
    assert.equal(now.get('guanxi_customers'), 7);
    assert.equal(now.get('guanxi_sessions'), 1);
    assert.equal(now.get('guanxi_jobs{state="failed"}'), 0);
    assert.ok(now.get('guanxi_database_bytes') > 100000);
    assert.ok(now.get('guanxi_resident_bytes') > 1000000);
    assert.ok(Math.abs(now.get('guanxi_start_time_seconds') - Date.now() / 1000) < 600);
    assert.equal(now.get('guanxi_pool_workers'), 2);
    if (KIND === 'sqlite') {
      assert.ok(now.get('guanxi_database_log_bytes') > 0);
      assert.equal(now.get('guanxi_writer_group_size_count'), now.get('guanxi_writer_groups_total'));
    }
    assert.ok(!now.has('guanxi_statistics_drift'));
    const at = Date.now();
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at)
      VALUES ('check', 'queued', '{}', 0, 0, 0, ${at})`);
    await admin.post('/customers', { name: 'wakes nobody' });
    await until(read, (figures) => figures.get('guanxi_statistics_drift') === 0, 60000);
    sql(server.db, 'UPDATE customer_stats SET orders = orders + 1 WHERE id = 3');
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at)
      VALUES ('check', 'queued', '{}', 0, 0, 0, ${at})`);
    await until(read, (figures) => figures.get('guanxi_statistics_drift') === 1, 60000);
    await server.stop();
  });
});

/* --- a writer that has failed ------------------------------------------------ */

test('a failed COMMIT makes the server read-only, then ends it, and the next start is well',
  { skip: KIND !== 'sqlite' && 'skipped: PostgreSQL keeps its own log' }, async () => {
    const first = await startServer({ admin: true });
    await first.stop();
    const server = await startServer({ db: first.db, env: { GUANXI_FAULT: 'db.commit:12' } });
    const admin = await server.signIn();
    const names = [];
    for (let i = 0; i < 30; i++) {
      const answer = await admin.post('/tags', { name: `t${i}` });
      if (answer.status === 201) names.push(`t${i}`);
      else break;
    }
    assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
    assert.equal((await admin.get('/tags')).status, 200, 'reading goes on');
    const end = await server.ended();
    assert.equal(end.code, 1, 'systemd sees a failure');
    assert.match(server.output().err, /could no longer be written/);
    const again = await startServer({ db: first.db });
    const client = await again.signIn();
    const kept = (await client.get('/tags?limit=100')).body.data.map((tag) => tag.name).sort();
    assert.deepEqual(kept.filter((name) => names.includes(name)), [...names].sort());
    await again.stop();
  });

/* --- several servers ---------------------------------------------------------- */

describe('a job that saves nothing for long', { skip: KIND !== 'postgresql' && 'skipped: nothing makes a reader of SQLite wait' }, () => {
  test('keeps its lease by its heartbeat', async () => {
    const server = await startServer({ admin: true });
    const holder = spawn('psql', ['-X', '-q', '-d', server.db.url, '-c', 'BEGIN; LOCK TABLE team_closure IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)']);
    const job = () => sql(server.db, "SELECT state, attempt, lease_until FROM job WHERE kind = 'check'").split('|');
    try {
      await until(() => sql(server.db, "SELECT COUNT(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'team_closure'::regclass"), (n) => n === '1', 60000);
      sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('check', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
      await until(job, ([state]) => state === 'running', 60000);
      const [, , first] = job();
      await until(job, ([, , lease]) => Number(lease) >= Number(first) + 9000, 60000);
      assert.deepEqual(job().slice(0, 2), ['running', '1']);
    } finally {
      holder.kill();
      sql(server.db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()");
    }
    await until(job, ([state]) => state === 'done', 60000);
    await server.stop();
  });
});

describe('two servers on one PostgreSQL', { skip: KIND !== 'postgresql' && 'skipped: SQLite has one writer' }, () => {
  test('agree on sessions, people, settings and the time zone within a second', async () => {
    const one = await startServer({ admin: true });
    const two = await startServer({ db: one.db });
    addUser(one.db, 'li', 'sales');
    const admin = await one.signIn();
    /* One cookie is good on both. */
    const there = two.client();
    there.cookie = admin.cookie;
    there.csrf = admin.csrf;
    assert.equal((await there.get('/session')).status, 200);
    const li = await two.signIn('li');
    assert.equal((await li.get('/customers')).status, 200);
    /* Settings. */
    assert.equal((await admin.put('/settings', { 'company.name': '两台' })).status, 200);
    const company = async () => (await there.get('/session')).body.company;
    await until(company, (c) => c.name === '两台', 1000);
    /* The zone: which day an instant belongs to. */
    const customer = (await admin.post('/customers', { name: '时区' })).body.id;
    sql(one.db, `UPDATE customer SET created_at = ${Date.parse('2024-05-01T12:00:00Z')} WHERE id = ${customer}`);
    const onSecond = async () => (await there.get('/customers?created_at=2024-05-02')).body.data.length;
    assert.equal(await onSecond(), 0);
    assert.equal((await admin.put('/settings', { 'company.zone': 'Pacific/Kiritimati' })).status, 200);
    await until(onSecond, (found) => found === 1, 1000);
    /* Guessing goes on where it began. */
    for (let i = 0; i < 10; i++) assert.equal((await (i % 2 ? one : two).client().signIn('li', `guess ${i}`)).status, 401);
    for (const server of [one, two]) assert.equal((await server.client().signIn('li', ADMIN.password)).status, 429);
    /* Sessions: ended here is ended there. */
    assert.equal(guanxi(['user', 'disable', '--db', one.db.url, '--login', 'li']).code, 0);
    await until(() => li.get('/customers'), (answer) => answer.status === 401, 1000);
    await admin.delete('/session');
    await until(() => there.get('/session'), (answer) => answer.status === 401, 1000);
    await one.stop();
    await two.stop();
  });
});

/* --- the columns of all sales -------------------------------------------------- */

describe('while the sales are gathered', { skip: KIND !== 'postgresql' && 'skipped: nothing makes a reader of SQLite wait' }, () => {
  /* Nobody reads orders, until end(). */
  function holdOrders(db) {
    const child = spawn('psql', ['-X', '-q', '-A', '-t', '-d', db.url], { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.write('BEGIN; LOCK TABLE "order" IN ACCESS EXCLUSIVE MODE; SELECT 1;\n');
    const held = new Promise((done) => child.stdout.once('data', done));
    const end = () => new Promise((done) => {
      child.once('exit', done);
      child.stdin.end('COMMIT;\n');
    });
    return { held, end };
  }

  test('others are told to come again, and the pool stays free', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const { body: customer } = await admin.post('/customers', { name: '买过' });
    const { body: order } = await admin.post('/orders', { number: 'M-1', customer_id: customer.id, ordered_on: '2024-05-01' });
    assert.equal((await admin.post('/order_lines', { order_id: order.id, product_name: 'p', quantity: '2', unit_price: '3' })).status, 201);
    const hold = holdOrders(server.db);
    await hold.held;
    /* One of them gathers, whichever came first. */
    const answers = [];
    const started = Array.from({ length: 3 }, () => admin.get('/analytics/cohorts').then((answer) => answers.push(answer)));
    for (let tries = 0; answers.length < 2; tries++) {
      assert.ok(tries < 1200, 'nobody is told');
      await new Promise((done) => setTimeout(done, 50));
    }
    for (const told of answers) {
      assert.equal(told.status, 503, told.text);
      assert.equal(told.body.errors[0].code, 'mirror_making');
      assert.ok(Number(told.headers.get('retry-after')) >= 1);
    }
    const many = await Promise.all(Array.from({ length: 12 }, () => admin.get('/analytics/cohorts')));
    assert.deepEqual([...new Set(many.map((answer) => answer.status))], [503]);
    assert.equal((await admin.get('/customers?sort=name')).status, 200, 'the pool works on');
    await hold.end();
    await Promise.all(started);
    const [answer] = answers.slice(2);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.body.cohorts.reduce((n, row) => n + row.customers, 0), 1);
    assert.equal((await admin.get('/analytics/cohorts')).status, 200);
    await server.stop();
  });
});

/* --- the local socket ---------------------------------------------------------- */

describe('the local socket', { skip: KIND !== 'sqlite' && 'skipped: commands reach PostgreSQL itself' }, () => {
  const ask = (socketPath, path, headers = {}) => new Promise((done, failed) => {
    const request = http.request({ socketPath, path, headers }, (answer) => {
      let text = '';
      answer.on('data', (part) => (text += part)).on('end', () => done({ status: answer.statusCode, text }));
    });
    request.on('error', failed).end();
  });

  test('is for the server’s own user, acts as the console, and goes with the server', async () => {
    const server = await startServer({ admin: true });
    addUser(server.db, 'li', 'sales');
    const path = `${server.db.path}.sock`;
    assert.equal(statSync(path).mode & 0o7777, 0o600);
    assert.match(readFileSync(`${server.db.path}.lock`, 'utf8'), new RegExp(`^${server.pid}\n${path}\n$`));
    assert.equal((await ask(path, '/api/v1/backups')).status, 200, 'the console is an administrator');
    assert.equal((await ask(path, '/api/v1/backups', { 'x-guanxi-as': 'li' })).status, 403, 'a user has his own rights');
    assert.equal((await ask(path, '/api/v1/customers', { 'x-guanxi-as': 'nobody' })).status, 422);
    assert.equal((await fetch(`${server.url}/api/v1/backups`, { headers: { 'x-guanxi-as': 'admin' } })).status, 401, 'not over TCP');
    if (process.getuid() === 0) {
      const { status, stderr } = spawnSync('setpriv', ['--reuid=65534', '--clear-groups', process.execPath, '-e',
        `require('http').get({socketPath:${JSON.stringify(path)},path:'/healthz'},()=>process.exit(0)).on('error',()=>process.exit(7))`], { encoding: 'utf8' });
      assert.equal(status, 7, stderr);
    }
    await server.stop();
    assert.ok(!existsSync(path));
    /* What a killed server leaves does not stand in the way. */
    const killed = await startServer({ db: server.db });
    await killed.stop('SIGKILL');
    assert.ok(existsSync(path));
    const again = await startServer({ db: server.db });
    assert.equal((await ask(path, '/healthz')).status, 200);
    await again.stop();
  });
});
