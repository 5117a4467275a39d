/* Sign-in, sessions, tokens, throttle, the first administrator, roles. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { ADMIN, addUser, freshDatabase, guanxi, initCompany, newToken, sql, startServer, until } from './lib.mjs';

const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;

describe('sign-in', () => {
  let server;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
  });

  test('gives a cookie, a CSRF token, rights and the company', async () => {
    const client = server.client();
    const answer = await client.signIn(ADMIN.login, ADMIN.password);
    assert.equal(answer.status, 200, answer.text);
    const cookie = answer.headers.get('set-cookie');
    assert.match(cookie, /^gx_session=[A-Za-z0-9_-]{43};/);
    assert.match(cookie, /; HttpOnly/);
    assert.match(cookie, /; SameSite=Strict/);
    assert.match(cookie, /; Path=\//);
    assert.match(cookie, /; Max-Age=2592000/);
    assert.doesNotMatch(cookie, /Secure/);
    assert.equal(answer.body.user.login, 'admin');
    assert.equal(answer.body.user.role, 'admin');
    assert.equal(answer.body.user.language, 'zh');
    assert.match(answer.body.csrf, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(answer.body.rights.customer.read, 'all');
    assert.equal(answer.body.rights.admin, true);
    assert.deepEqual(answer.body.company, { name: '', currency: 'CNY', zone: 'Asia/Shanghai', customer_kind: 'organization', demo: false, bin_days: 30 });
    const again = await client.get('/session');
    assert.deepEqual(again.body, answer.body);
    assert.doesNotMatch(answer.text, /argon2|password/);
  });

  test('takes the login in any case and with spaces around', async () => {
    const answer = await server.client().signIn('  ADMIN ', ADMIN.password);
    assert.equal(answer.status, 200, answer.text);
  });

  test('says the same of a wrong password and of an unknown login', async () => {
    const wrong = await server.client().signIn(ADMIN.login, 'wrong password');
    const unknown = await server.client().signIn('nobody', 'wrong password');
    assert.equal(wrong.status, 401);
    assert.equal(unknown.status, 401);
    const bare = ({ request_id, ...rest }) => rest;
    assert.deepEqual(bare(wrong.body), bare(unknown.body));
    assert.equal(wrong.headers.get('set-cookie'), null);
    assert.equal(wrong.headers.get('content-type'), 'application/problem+json');
  });

  test('refuses what is not two texts, naming the field', async () => {
    const client = server.client();
    const odd = await client.post('/session', { login: 5, password: 'x', more: 1 });
    assert.equal(odd.status, 422, odd.text);
    assert.deepEqual(odd.body.errors.map((e) => e.field).sort(), ['login', 'more']);
    assert.equal((await client.post('/session', {})).status, 422);
    assert.equal((await client.post('/session', '{"login":', { 'content-type': 'application/json' })).status, 400);
    assert.equal((await client.post('/session', 'login=admin', { 'content-type': 'text/plain' })).status, 415);
  });

  test('without it nothing is told', async () => {
    const client = server.client();
    for (const path of ['/session', '/customers', '/settings', '/schema', '/api_tokens', '/users']) {
      const answer = await client.get(path);
      assert.equal(answer.status, 401, path);
      assert.equal(answer.body.code, 'unauthenticated', path);
    }
    client.cookie = 'gx_session=' + 'A'.repeat(43);
    assert.equal((await client.get('/session')).status, 401);
    client.cookie = 'gx_session=' + 'A'.repeat(3000);
    assert.equal((await client.get('/session')).status, 401);
  });

  test('sign-out ends the session at once', async () => {
    const client = await server.signIn();
    const cookie = client.cookie;
    const out = await client.delete('/session');
    assert.equal(out.status, 204, out.text);
    assert.match(out.headers.get('set-cookie'), /^gx_session=;.*Max-Age=0/);
    client.cookie = cookie;
    assert.equal((await client.get('/session')).status, 401);
  });

  test('only hashes of cookies and tokens are stored', async () => {
    const client = await server.signIn();
    const token = newToken(server.db, ADMIN.login);
    const secret = client.cookie.split('=')[1];
    const rows = sql(server.db, 'SELECT token_hash FROM session UNION SELECT token_hash FROM api_token');
    assert.match(rows, /^[0-9a-f]{64}$/m);
    assert.ok(!rows.includes(secret) && !rows.includes(token));
  });

  test('a write by cookie needs the CSRF token of this session', async () => {
    const client = await server.signIn();
    const other = await server.signIn();
    const write = (csrf) => client.put('/settings', { 'company.name': '甲' }, { 'x-csrf-token': csrf });
    for (const csrf of [null, '', 'A'.repeat(43), other.csrf]) {
      const answer = await write(csrf);
      assert.equal(answer.status, 403, String(csrf));
      assert.equal(answer.body.errors[0].code, 'csrf_failed');
    }
    assert.equal((await write(client.csrf)).status, 200);
  });
});

describe('a TLS proxy in front', () => {
  test('is believed only when we are told to', async () => {
    const db = freshDatabase();
    initCompany(db);
    const https = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.9.8.7, 203.0.113.5' };
    const plain = await startServer({ db });
    const before = await plain.client({ headers: https }).signIn(ADMIN.login, ADMIN.password);
    assert.match(before.headers.get('set-cookie'), /^gx_session=/);
    await plain.stop();
    const behind = await startServer({ db, args: ['--tls-proxy'] });
    const client = behind.client({ headers: https });
    const answer = await client.signIn(ADMIN.login, ADMIN.password);
    assert.match(answer.headers.get('set-cookie'), /^__Host-gx_session=.*; Secure/);
    assert.equal((await client.get('/session')).status, 200);
    assert.match(sql(db, 'SELECT peer FROM session'), /^203\.0\.113\.5$/m);
    await behind.stop();
  });

  test('headers of any bytes are no obstacle; the proxy\'s own line counts', async () => {
    const server = await startServer({ admin: true, args: ['--tls-proxy'] });
    const last = (column) => sql(server.db, `SELECT ${column} FROM session ORDER BY id DESC LIMIT 1`);
    const bytes = (text) => Buffer.from(text).toString('latin1');
    const signIn = async (...headers) => assert.equal(await rawSignIn(server.url, headers), 200, String(headers));
    await signIn('User-Agent', 'Moz\xe9');
    assert.equal(last('user_agent'), 'Moz');
    await signIn('User-Agent', bytes(`${'x'.repeat(199)}中国`));
    assert.equal(last('user_agent'), `${'x'.repeat(199)}中`);
    await signIn('X-Forwarded-For', '10.9.8.7\xe9');
    assert.equal(last('peer'), '127.0.0.1');
    await signIn('X-Forwarded-For', '10.9.8.7', 'X-Forwarded-For', '203.0.113.6');
    assert.equal(last('peer'), '203.0.113.6');
    await server.stop();
  });
});

/* Signs in with headers that fetch would not send; the status. */
function rawSignIn(url, headers) {
  const body = JSON.stringify(ADMIN);
  const all = ['Host', 'localhost', 'Content-Type', 'application/json', 'Content-Length', String(body.length), ...headers];
  return new Promise((done, failed) => {
    const rq = http.request(`${url}/api/v1/session`, { method: 'POST', headers: all }, (answer) => {
      answer.resume().on('end', () => done(answer.statusCode));
    });
    rq.on('error', failed).end(Buffer.from(body)); /* as text it would change the headers' bytes */
  });
}

describe('the throttle', () => {
  let server;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
    addUser(server.db, 'li', 'sales');
  });

  test('slows guessing down, tells how long, and forgets', async () => {
    const client = server.client();
    const codes = [];
    let last;
    for (let i = 0; i < 11; i++) {
      last = await client.signIn('li', `guess number ${i}`);
      codes.push(last.status);
    }
    assert.deepEqual(codes, [...Array(10).fill(401), 429]);
    const wait = Number(last.headers.get('retry-after'));
    assert.ok(wait >= 1 && wait <= 5, last.headers.get('retry-after'));
    assert.equal(last.body.code, 'too_many_requests');
    /* the right password must wait too, another login need not */
    assert.equal((await client.signIn('li', ADMIN.password)).status, 429);
    assert.equal((await server.client().signIn(ADMIN.login, ADMIN.password)).status, 200);
    /* never for good: a minute later it works, and the count starts anew */
    sql(server.db, `UPDATE login_attempt SET at = at - 60000`);
    assert.equal((await client.signIn('li', ADMIN.password)).status, 200);
    assert.equal(sql(server.db, "SELECT COUNT(*) FROM login_attempt WHERE login = 'li'"), '0');
  });

  /* Two windows of one person, or two servers: the attempt under way beside this
   * one may have begun later, or its server's clock be ahead. */
  test('lets in beside another attempt', async () => {
    addUser(server.db, 'wang', 'sales');
    const client = server.client();
    await client.signIn('wang', 'a mistake');
    sql(server.db, "UPDATE login_attempt SET at = at + 700 WHERE login = 'wang'");
    assert.equal((await client.signIn('wang', ADMIN.password)).status, 200);
    const many = await Promise.all(Array.from({ length: 8 }, () => server.client().signIn('wang', ADMIN.password)));
    assert.deepEqual(many.map((a) => a.status), Array(8).fill(200));
  });

  test('grows with each further failure', async () => {
    const client = server.client();
    const waits = [];
    for (let i = 0; i < 10; i++) await client.signIn('ghost', 'x');
    for (let i = 0; i < 4; i++) {
      waits.push(Number((await client.signIn('ghost', 'x')).headers.get('retry-after')));
      sql(server.db, `UPDATE login_attempt SET at = at - ${waits[i] * 1000} WHERE login = 'ghost'`);
      assert.equal((await client.signIn('ghost', 'x')).status, 401, `after waiting ${waits[i]} s`);
    }
    for (let i = 1; i < waits.length; i++) assert.ok(waits[i] > waits[i - 1], waits.join(' '));
  });
});

describe('sessions', () => {
  let server;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
  });

  test('end when idle, and at their last day', async () => {
    for (const change of [
      `seen_at = seen_at - ${12 * HOUR_MS + 60000}`,
      `expires_at = created_at - 1`,
    ]) {
      const client = await server.signIn();
      sql(server.db, `UPDATE session SET ${change}`);
      await until(() => client.get('/session'), (a) => a.status === 401, 60000);
    }
  });

  test('their limits are settings', async () => {
    const admin = await server.signIn();
    const put = await admin.put('/settings', { 'session.idle_hours': 1, 'session.max_days': 2 });
    assert.equal(put.status, 200, put.text);
    const client = server.client();
    const answer = await client.signIn(ADMIN.login, ADMIN.password);
    assert.match(answer.headers.get('set-cookie'), /Max-Age=172800/);
    sql(server.db, `UPDATE session SET seen_at = seen_at - ${HOUR_MS + 60000}`);
    await until(() => client.get('/session'), (a) => a.status === 401, 60000);
  });

  test('use keeps one alive', async () => {
    const client = await server.signIn();
    sql(server.db, `UPDATE session SET seen_at = seen_at - ${HOUR_MS / 2}`);
    const age = () => Number(sql(server.db, 'SELECT MAX(seen_at) FROM session'));
    const old = age();
    await until(() => client.get('/session'), () => age() > old, 60000);
  });

  test('a user who is disabled is out within a second, and back when enabled', async () => {
    const admin = await server.signIn();
    const id = addUser(server.db, 'zhao', 'sales');
    const zhao = await server.signIn('zhao');
    const token = server.client({ token: newToken(server.db, 'zhao') });
    assert.equal((await zhao.get('/session')).status, 200);
    assert.equal((await token.get('/session')).status, 200);
    const patched = await admin.patch(`/users/${id}`, { active: false });
    assert.equal(patched.status, 200, patched.text);
    await until(() => zhao.get('/session'), (a) => a.status === 401, 1500);
    await until(() => token.get('/session'), (a) => a.status === 401, 1500);
    assert.equal((await server.client().signIn('zhao', ADMIN.password)).status, 401);
    assert.equal((await admin.patch(`/users/${id}`, { active: true })).status, 200);
    await until(() => token.get('/session'), (a) => a.status === 200, 1500);
    assert.equal((await zhao.get('/session')).status, 401, 'the session is gone for good');
  });

  test('a new role counts within a second', async () => {
    const admin = await server.signIn();
    const id = addUser(server.db, 'qian', 'analyst');
    const roles = (await admin.get('/roles?limit=50')).body.data;
    const sales = roles.find((role) => role.key === 'sales').id;
    const qian = await server.signIn('qian');
    assert.equal((await qian.get('/session')).body.rights.customer.create, 'none');
    assert.equal((await admin.patch(`/users/${id}`, { role_id: sales })).status, 200);
    await until(() => qian.get('/session'), (a) => a.body.rights.customer.create === 'own', 1500);
  });
});

describe('tokens of programs', () => {
  let server;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
  });

  test('act as their user and need no CSRF token', async () => {
    const program = server.client({ token: newToken(server.db, ADMIN.login, '--name', 'till') });
    const made = await program.post('/customers', { name: '程序客户' });
    assert.equal(made.status, 201, made.text);
    const session = await program.get('/session');
    assert.equal(session.body.user.login, 'admin');
    assert.equal(session.body.csrf, null);
    assert.equal((await program.delete('/session')).status, 403);
  });

  test('are made, listed without their text, and revoked over HTTP', async () => {
    const admin = await server.signIn();
    const made = await admin.post('/api_tokens', { name: '收银台', expires_on: '2099-12-31' });
    assert.equal(made.status, 201, made.text);
    assert.match(made.body.token, /^gx_[A-Za-z0-9_-]{43}$/);
    const list = await admin.get('/api_tokens');
    const row = list.body.data.find((t) => t.id === made.body.id);
    assert.equal(row.name, '收银台');
    assert.equal(row.expires_on, '2099-12-31');
    assert.ok(!list.text.includes(made.body.token));
    const program = server.client({ token: made.body.token });
    assert.equal((await program.get('/session')).status, 200);
    assert.equal((await admin.delete(`/api_tokens/${made.body.id}`)).status, 204);
    await until(() => program.get('/session'), (a) => a.status === 401, 1500);
    assert.equal((await admin.delete(`/api_tokens/${made.body.id}`)).status, 404);
  });

  test('expire, and bad ones are nobody', async () => {
    const token = newToken(server.db, ADMIN.login, '--days', '1', '--name', 'short');
    const program = server.client({ token });
    assert.equal((await program.get('/session')).status, 200);
    sql(server.db, "UPDATE api_token SET expires_on = expires_on - 2 WHERE name = 'short'");
    await until(() => program.get('/session'), (a) => a.status === 401, 1500);
    for (const bad of ['gx_nothing', token + 'x', 'x'.repeat(5000)])
      assert.ok([401, 431].includes((await server.client({ token: bad }).get('/session')).status));
    const admin = await server.signIn();
    for (const expires_on of ['2001-01-01', '2023-02-29', 'soon', 5])
      assert.equal((await admin.post('/api_tokens', { name: 'x', expires_on })).status, 422, String(expires_on));
  });

  test('a cookie is no token, a token no cookie', async () => {
    const admin = await server.signIn();
    assert.equal((await server.client({ token: admin.cookie.split('=')[1] }).get('/session')).status, 401);
    const client = server.client();
    client.cookie = `gx_session=${newToken(server.db, ADMIN.login)}`;
    assert.equal((await client.get('/session')).status, 401);
  });

  test('nobody but an administrator makes one for another user', async () => {
    addUser(server.db, 'sun', 'sales');
    const sun = await server.signIn('sun');
    const refused = await sun.post('/api_tokens', { name: 'x', user_id: 1 });
    assert.equal(refused.status, 403, refused.text);
    assert.equal((await sun.post('/api_tokens', { name: 'mine' })).status, 201);
    assert.equal((await sun.get('/api_tokens')).body.data.length, 1);
  });
});

describe('passwords', () => {
  let server, admin, id;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    id = addUser(server.db, 'zhou', 'sales');
  });

  test('weak ones are refused, with the reason', async () => {
    for (const password of ['short', '12345678', '88888888', 'woaini1314', '19880808', '1988-08-08', 'Password1',
      'zhou1234', 'demo1234', '密码密码', 'x'.repeat(200)]) {
      const answer = await admin.post(`/users/${id}/password`, { password });
      assert.equal(answer.status, 422, password);
      assert.equal(answer.body.errors[0].field, 'password');
    }
    assert.equal((await admin.post(`/users/${id}/password`, { password: '客户关系管理系统' })).status, 204);
    assert.equal((await server.client().signIn('zhou', '客户关系管理系统')).status, 200);
  });

  test('one sets one\'s own with the current one; other sessions end', async () => {
    const first = await server.signIn('zhou', '客户关系管理系统');
    const second = await server.signIn('zhou', '客户关系管理系统');
    const change = (current) => first.post(`/users/${id}/password`, { password: 'a better secret', current });
    assert.equal((await change('wrong')).status, 422);
    assert.equal((await change(undefined)).status, 422);
    assert.equal((await change('客户关系管理系统')).status, 204);
    assert.equal((await second.get('/session')).status, 401);
    assert.equal((await first.get('/session')).status, 200);
    assert.equal((await server.client().signIn('zhou', '客户关系管理系统')).status, 401);
    assert.equal((await first.post('/users/1/password', { password: 'not his to set' })).status, 403);
    assert.equal((await admin.post('/users/999/password', { password: 'nobody is there' })).status, 404);
  });

  test('the hash never leaves, by any door', async () => {
    for (const path of ['/users', `/users/${id}`, '/users?fields=password_hash', '/schema/users',
      '/users?sort=password_hash', '/users?password_hash[starts]=$argon2id'])
      assert.doesNotMatch((await admin.get(path)).text, /\$argon2id\$v=/, path);
    const patched = await admin.patch(`/users/${id}`, { password_hash: 'x' });
    assert.equal(patched.status, 422);
  });
});

describe('administrators', () => {
  let server, admin, roles;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    roles = Object.fromEntries((await admin.get('/roles?limit=50')).body.data.map((r) => [r.key, r]));
  });

  test('the last active one stays', async () => {
    for (const change of [{ active: false }, { role_id: roles.sales.id }]) {
      const answer = await admin.patch('/users/1', change);
      assert.equal(answer.status, 409, answer.text);
      assert.equal(answer.body.errors[0].code, 'last_admin');
    }
    assert.equal((await admin.delete('/users/1')).status, 409);
    addUser(server.db, 'second', 'admin');
    assert.equal((await admin.patch('/users/1', { active: false })).status, 200);
    const second = await server.signIn('second');
    assert.equal((await second.patch('/users/1', { active: true })).status, 200);
  });

  test('built-in roles stay; grants are checked', async () => {
    const second = await server.signIn();
    assert.equal((await second.delete(`/roles/${roles.sales.id}`)).status, 409);
    const weaker = await second.patch(`/roles/${roles.admin.id}`, { grants: { admin: false } });
    assert.equal(weaker.status, 409, weaker.text);
    for (const grants of [{ nothing: { read: 'all' } }, { customer: { read: 'much' } },
      { customer: { fly: 'all' } }, { customer: 'all' }, { admin: 'yes' }, []]) {
      const answer = await second.post('/roles', { key: 'odd', name: '奇怪', grants });
      assert.equal(answer.status, 422, JSON.stringify(grants));
    }
    const good = await second.post('/roles',
      { key: 'intern', name: '实习生', grants: { customer: { read: 'team' }, user: { read: 'all' } } });
    assert.equal(good.status, 201, good.text);
  });

  test('teams form a tree, not a ring', async () => {
    const second = await server.signIn();
    const make = async (body) => (await second.post('/teams', body)).body.id;
    const top = await make({ name: '总部' });
    const low = await make({ name: '分部', parent_id: top });
    const ring = await second.patch(`/teams/${top}`, { parent_id: low });
    assert.equal(ring.status, 422, ring.text);
    assert.equal(ring.body.errors[0].field, 'parent_id');
    assert.equal((await second.patch(`/teams/${top}`, { parent_id: top })).status, 422);
    assert.equal(sql(server.db, `SELECT COUNT(*) FROM team_closure WHERE ancestor_id = ${top}`), '2');
  });

  test('others may not touch users, roles, teams or settings', async () => {
    addUser(server.db, 'wu', 'manager');
    const wu = await server.signIn('wu');
    const tries = await Promise.all([
      wu.post('/users', { login: 'mole', name: 'Mole', role_id: roles.admin.id }),
      wu.patch('/users/1', { name: 'Mine' }),
      wu.patch(`/roles/${roles.sales.id}`, { name: 'x' }),
      wu.post('/teams', { name: 'x' }),
      wu.put('/settings', { 'company.name': 'x' }),
    ]);
    assert.deepEqual(tries.map((a) => a.status), [403, 403, 403, 403, 403]);
    assert.equal((await wu.get('/settings')).status, 200);
    assert.equal((await wu.patch('/session', { language: 'en' })).status, 204);
    await until(() => wu.get('/session'), (a) => a.body.user.language === 'en', 1500);
  });
});

describe('settings', () => {
  let server, admin;
  after(() => server.stop());
  const value = (answer, key) => answer.body.data.find((s) => s.key === key).value;
  before(async () => {
    server = await startServer({ admin: true, env: { GUANXI_IMPORT_DATE_ORDER: 'dmy' } });
    admin = await server.signIn();
  });

  test('are listed with labels in both languages', async () => {
    const list = await admin.get('/settings');
    for (const row of list.body.data) {
      assert.ok(row.label.zh && row.label.en && row.doc.zh && row.doc.en, row.key);
      assert.ok('value' in row && 'default' in row, row.key);
    }
    assert.equal(value(list, 'value.abc_a'), '80');
    assert.equal(value(list, 'value.tier_vip'), '1');
    assert.ok(!list.text.includes('secret'));
  });

  test('change all or none', async () => {
    const good = await admin.put('/settings', { 'value.abc_a': '82.5', 'company.name': '云栖' });
    assert.equal(good.status, 200, good.text);
    assert.equal(value(good, 'value.abc_a'), '82.5');
    const bad = await admin.put('/settings', { 'company.name': '坏', 'value.abc_a': '101', 'no.such': 1 });
    assert.equal(bad.status, 422);
    assert.deepEqual(bad.body.errors.map((e) => e.field).sort(), ['no.such', 'value.abc_a']);
    assert.equal(value(await admin.get('/settings'), 'company.name'), '云栖');
    for (const change of [{ 'value.abc_b': '82' }, { 'value.tier_main': '1' }, { 'company.zone': 'Mars/Base' },
      { 'company.currency': 'yuan' }, { 'session.max_days': 0 }, { 'company.language': 'fr' },
      { 'session.max_days': '1.5' }, { 'company.name': 7.5 }, { 'company.demo': true }])
      assert.equal((await admin.put('/settings', change)).status, 422, JSON.stringify(change));
  });

  test('a text may be taken away again', async () => {
    const named = await admin.put('/settings', { 'company.name': '旧' });
    assert.equal(value(named, 'company.name'), '旧');
    const bare = await admin.put('/settings', { 'company.name': '' });
    assert.equal(bare.status, 200, bare.text);
    assert.equal(value(bare, 'company.name'), '');
    assert.equal((await admin.put('/settings', { 'company.name': null })).status, 200);
  });

  test('another time zone counts at once', async () => {
    const customer = (await admin.post('/customers', { name: '远' })).body.id;
    const at = async () => {
      const answer = await admin.post('/interactions', { customer_id: customer, content: '电话', happened_at: '2026-01-01 12:00' });
      return answer.body.happened_at;
    };
    assert.equal(await at(), '2026-01-01T04:00:00Z');
    assert.equal((await admin.put('/settings', { 'company.zone': 'America/New_York' })).status, 200);
    assert.equal(await at(), '2026-01-01T17:00:00Z');
    assert.equal((await admin.put('/settings', { 'company.zone': 'Asia/Shanghai' })).status, 200);
    assert.equal(await at(), '2026-01-01T04:00:00Z');
  });

  test('the environment wins', async () => {
    const list = await admin.get('/settings');
    assert.equal(value(list, 'import.date_order'), 'dmy');
    assert.equal((await admin.put('/settings', { 'import.date_order': 'mdy' })).status, 409);
  });

  test('currency and zone are fixed once there are orders; changes are audited', async () => {
    assert.equal((await admin.put('/settings', { 'company.currency': 'EUR' })).status, 200);
    const customer = (await admin.post('/customers', { name: '甲' })).body.id;
    const order = await admin.post('/orders',
      { customer_id: customer, number: '1', ordered_on: '2026-01-05', currency: 'EUR' });
    assert.equal(order.status, 201, order.text);
    for (const change of [{ 'company.currency': 'USD' }, { 'company.zone': 'UTC' }]) {
      const answer = await admin.put('/settings', change);
      assert.equal(answer.status, 409, JSON.stringify(change));
    }
    const trail = sql(server.db, "SELECT changes FROM audit_entry WHERE action = 'settings' ORDER BY id");
    assert.match(trail, /"company\.currency":\["CNY","EUR"\]/);
  });
});

describe('the first administrator', () => {
  const CODE = /code: ([A-Z2-9-]{23})$/m;

  test('is made with the code of the console, once', async () => {
    const server = await startServer();
    const code = CODE.exec(server.output().out)?.[1];
    assert.ok(code, server.output().out);
    const client = server.client();
    assert.deepEqual((await client.get('/setup')).body, { needed: true, password_reset: false, password_least: 8 });
    const setup = (more) => client.post('/setup', { code, login: 'anna', password: 'a good secret', ...more });
    assert.equal((await setup({ code: 'AAAAA-AAAAA-AAAAA-AAAAA' })).status, 403);
    assert.equal((await setup({ password: '12345678' })).status, 422);
    assert.equal((await setup({ login: 'a b' })).status, 422);
    assert.equal((await setup({ password: 'acmetrading1', company: 'Acme Trading' })).status, 422);
    assert.equal((await client.get('/setup')).body.needed, true);
    client.headers['accept-language'] = 'en';
    const made = await setup({ name: 'Anna', company: ' Acme Trading ' });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual((await client.get('/setup')).body, { needed: false, password_reset: false, password_least: 8 });
    assert.equal((await setup({ login: 'eve' })).status, 409);
    const session = await client.signIn('anna', 'a good secret');
    assert.equal(session.body.user.role, 'admin');
    assert.equal(session.body.company.name, 'Acme Trading');
    assert.equal(session.body.user.language, 'en', 'the one it was done in');
    await server.stop();
    const again = await startServer({ db: server.db });
    assert.doesNotMatch(again.output().out, CODE);
    await again.stop();
  });

  test('the code cannot be guessed at leisure', async () => {
    const server = await startServer();
    const client = server.client();
    const codes = [];
    for (let i = 0; i < 11; i++)
      codes.push((await client.post('/setup', { code: `${i}`, login: 'eve', password: 'a good secret' })).status);
    assert.deepEqual(codes, [...Array(10).fill(403), 429]);
    await server.stop();
  });

  test('guanxi init refuses weak passwords and a second company', () => {
    const db = freshDatabase();
    const init = (password) => guanxi(['init', '--db', db.url, '--admin', 'anna', '--currency', 'GBP'],
      { env: { GUANXI_ADMIN_PASSWORD: password } });
    assert.equal(init('woaini1314').code, 1);
    assert.equal(init('anna').code, 1);
    assert.equal(init('a good secret').code, 0);
    const second = init('a good secret');
    assert.equal(second.code, 1);
    assert.match(second.err, /already/);
    assert.equal(guanxi(['init', '--db', db.url]).code, 2);
  });
});

describe('demonstration data', () => {
  test('have published passwords and stay on this machine; nothing else has a default', async () => {
    const db = freshDatabase();
    const made = guanxi(['demo', '--db', db.url, '--customers', '20']);
    assert.equal(made.code, 0, made.err);
    const away = guanxi(['serve', '--db', db.url, '--listen', '0.0.0.0:0']);
    assert.equal(away.code, 1);
    assert.match(away.err, /127\.0\.0\.1/);
    assert.equal(guanxi(['serve', '--db', db.url, '--listen', '0.0.0.0:0', '--demo']).code, 2);
    const server = await startServer({ db, args: ['--demo'] });
    await until(async () => ({ text: server.output().out }), (a) => /sign in: +admin +demo1234/.test(a.text), 60000);
    const client = await server.signIn('admin', 'demo1234');
    assert.equal((await client.get('/session')).body.company.demo, true);
    for (const login of ['chenjing', 'liwei', 'zhangmin', 'zhaolei']) await server.signIn(login, 'demo1234');
    const real = await startServer({ admin: true });
    for (const password of ['demo1234', 'admin', 'password', 'guanxi', ''])
      assert.notEqual((await real.client().signIn('admin', password)).status, 200);
    const refused = guanxi(['serve', '--db', freshInit().url, '--listen', '127.0.0.1:0', '--demo']);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /not demonstration data/);
    await Promise.all([server.stop(), real.stop()]);
  });

  const freshInit = () => {
    const db = freshDatabase();
    initCompany(db);
    return db;
  };
});

describe('roles', () => {
  let server;
  after(() => server.stop());
  const as = {};
  const ids = {};
  const customers = {};
  before(async () => {
    server = await startServer({ admin: true });
    as.admin = await server.signIn();
    const head = (await as.admin.post('/teams', { name: '销售部' })).body.id;
    const team = (await as.admin.post('/teams', { name: '一组', parent_id: head })).body.id;
    for (const [login, role, where] of [['manager', 'manager', head], ['sales1', 'sales', team],
      ['sales2', 'sales', team], ['service', 'service', null], ['analyst', 'analyst', null]]) {
      ids[login] = addUser(server.db, login, role);
      const moved = await as.admin.patch(`/users/${ids[login]}`, { team_id: where });
      assert.equal(moved.status, 200, moved.text);
      as[login] = await server.signIn(login);
    }
    for (const [name, owner_id] of [['first', ids.sales1], ['second', ids.sales2],
      ['admins', 1], ['pool', null]]) {
      const made = await as.admin.post('/customers', { name, owner_id });
      assert.equal(made.status, 201, made.text);
      customers[name] = made.body.id;
    }
  });

  const seen = async (who) => (await as[who].get('/customers?sort=id&fields=name')).body.data.map((c) => c.name).join(' ');

  test('read: own and pool, tree, all', async () => {
    assert.equal(await seen('sales1'), 'first pool');
    assert.equal(await seen('sales2'), 'second pool');
    assert.equal(await seen('manager'), 'first second pool');
    assert.equal(await seen('service'), 'first second admins pool');
    assert.equal(await seen('analyst'), 'first second admins pool');
    assert.equal((await as.sales1.get(`/customers/${customers.second}`)).status, 404);
    assert.equal((await as.sales1.get(`/customers/${customers.pool}`)).status, 200);
  });

  test('write: each within its scope, analysts not at all', async () => {
    const rename = (who, what) => as[who].patch(`/customers/${customers[what]}`, { note: who });
    const allowed = { sales1: ['first'], manager: ['first', 'second'], admin: ['first', 'second', 'admins', 'pool'] };
    for (const who of ['sales1', 'manager', 'service', 'analyst', 'admin'])
      for (const what of Object.keys(customers)) {
        const { status } = await rename(who, what);
        const good = (allowed[who] ?? []).includes(what);
        assert.equal(status === 200, good, `${who} changes ${what}: ${status}`);
        if (!good) assert.ok([403, 404].includes(status), `${who} ${what}: ${status}`);
      }
    for (const who of ['service', 'analyst'])
      assert.equal((await as[who].post('/customers', { name: 'new' })).status, 403, who);
    assert.equal((await as.analyst.post('/tasks', { title: 'x' })).status, 403);
  });

  test('a right to change goes no further than the right to read', async () => {
    const grants = { customer: { read: 'own', create: 'own', update: 'all', delete: 'all', export: 'all' }, job: { read: 'own' } };
    const role = await as.admin.post('/roles', { key: 'blind', name: '盲', grants });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'bo', 'blind');
    const bo = await server.signIn('bo');
    const secret = await as.admin.post('/customers', { name: '机密', note: '底价' });
    const path = `/customers/${secret.body.id}`;
    assert.equal((await bo.patch(path, { city: '杭州' })).status, 404);
    assert.equal((await bo.delete(path)).status, 404);
    const own = await bo.post('/customers', { name: '自己' });
    assert.equal((await bo.patch(`/customers/${own.body.id}`, { city: '杭州' })).status, 200);
    const started = await bo.post('/exports', { entity: 'customers', format: 'csv' });
    assert.equal(started.status, 202, started.text);
    const job = `/jobs/${started.body.job.id}`;
    await until(() => bo.get(job), (a) => a.body.state === 'done', 60000);
    const file = (await bo.get(`${job}/file`)).text;
    assert.match(file, /自己/);
    assert.doesNotMatch(file, /机密/);
  });

  test('service notes contacts with every customer', async () => {
    const made = await as.service.post('/interactions',
      { customer_id: customers.second, content: '来电咨询', happened_at: '2026-03-01T08:00:00Z' });
    assert.equal(made.status, 201, made.text);
    assert.equal((await as.service.post('/tasks', { title: '回访', customer_id: customers.first })).status, 201);
  });

  test('a team that moves takes its scope along within a second', async () => {
    const head = (await as.admin.get(`/users/${ids.manager}`)).body.team_id;
    const other = (await as.admin.post('/teams', { name: '别处' })).body.id;
    assert.equal((await as.admin.patch(`/users/${ids.manager}`, { team_id: other })).status, 200);
    await until(async () => ({ text: await seen('manager') }), (a) => a.text === 'pool', 1500);
    assert.equal((await as.admin.patch(`/users/${ids.manager}`, { team_id: head })).status, 200);
    await until(async () => ({ text: await seen('manager') }), (a) => a.text === 'first second pool', 1500);
  });
});

describe('the process', () => {
  test('stops cleanly on SIGTERM and SIGINT, refuses bad words', async () => {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const server = await startServer({ admin: true });
      await server.signIn();
      const end = await server.stop(signal);
      assert.deepEqual([end.code, end.signal], [0, null], end.err);
    }
    for (const [args, code] of [[['serve', '--listen', 'nowhere'], 2], [['serve', '--fly'], 2], [['fly'], 2],
      [['serve', '--help'], 0], [['user', 'fly'], 2], [[], 2], [['--help'], 0],
      [['user', 'list', '--db', 'sqlite:/nonexistent/x.db'], 1]])
      assert.equal(guanxi(args).code, code, args.join(' '));
  });
});
