/* The second step of sign-in: authenticator app, recovery codes, roles that
 * ask for it; nothing works with half a sign-in. */
import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN, addUser, freshDatabase, guanxi, initCompany, KIND, newToken, sql, startServer, until } from './lib.mjs';
import { stepNow, totp } from './totp.mjs';

/* PostgreSQL companies have no key unless one is given. */
const KEY = { GUANXI_MASTER_KEY_FILE: '' };
function withKey(db) {
  if (KIND !== 'postgresql') return {};
  const folder = freshDatabase('sqlite').folder;
  const file = join(folder, 'master');
  writeFileSync(file, 'ab'.repeat(32), { mode: 0o600 });
  return { ...KEY, GUANXI_MASTER_KEY_FILE: file };
}

/* Steps are used up for good: each test goes back in time instead of waiting. */
const rewind = (db) => sql(db, 'UPDATE two_factor SET last_step = last_step - 100');

async function enrol(client, password = ADMIN.password) {
  const begun = await client.post('/two_factor', { password });
  assert.equal(begun.status, 201, begun.text);
  const confirmed = await client.post('/two_factor/confirm', { code: totp(begun.body.secret) });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { secret: begun.body.secret, uri: begun.body.uri, codes: confirmed.body.recovery_codes };
}

describe('the second step', () => {
  let server, db, app, wang;
  const signIn = (code) => server.client().post('/session', { login: 'wang', password: ADMIN.password, code });
  after(() => server.stop());
  before(async () => {
    db = freshDatabase();
    initCompany(db);
    addUser(db, 'wang', 'sales');
    server = await startServer({ db, env: withKey(db) });
    wang = await server.signIn('wang');
  });

  test('is set up with the password and a code; other sessions end', async () => {
    const other = await server.signIn('wang');
    assert.equal((await wang.post('/two_factor', { password: 'wrong password' })).status, 422);
    assert.equal((await wang.post('/two_factor/confirm', { code: '000000' })).status, 409);
    app = await enrol(wang);
    assert.match(app.uri, new RegExp(`^otpauth://totp/Guanxi:wang\\?secret=${app.secret}&issuer=Guanxi`));
    assert.match(app.secret, /^[A-Z2-7]{32}$/);
    assert.equal(app.codes.length, 10);
    assert.equal(new Set(app.codes).size, 10);
    assert.equal((await wang.get('/session')).body.second_step, 'on');
    await until(() => other.get('/session'), (a) => a.status === 401, 1000);
    const state = (await wang.get('/two_factor')).body;
    assert.equal(state.state, 'on');
    assert.equal(state.recovery_codes_left, 10);
    assert.equal((await wang.post('/two_factor', { password: ADMIN.password })).status, 409);
  });

  test('is asked for, and a wrong code is no code', async () => {
    rewind(db);
    const none = await signIn();
    assert.equal(none.status, 401);
    assert.deepEqual(none.body.errors.map((e) => [e.field, e.code]), [['code', 'code_needed']]);
    assert.equal(none.headers.get('set-cookie'), null);
    for (const step of [-3, -2, 2, 3, 1000]) {
      const off = await signIn(totp(app.secret, stepNow() + step));
      assert.equal(off.status, 401, `step ${step}`);
      assert.equal(off.body.errors[0].code, 'code_wrong');
    }
    assert.equal((await signIn('abcdef')).status, 401);
    const wrongPassword = await server.client().post('/session',
      { login: 'wang', password: 'wrong password', code: totp(app.secret) });
    assert.equal(wrongPassword.body.errors[0].code, 'wrong_login');
    assert.equal((await signIn(totp(app.secret))).status, 200);
  });

  test('a step before and a step after are good, each step once', async () => {
    for (const step of [-1, 0, 1]) {
      rewind(db);
      const code = totp(app.secret, stepNow() + step);
      assert.equal((await signIn(code)).status, 200, `step ${step}`);
      const again = await signIn(code);
      assert.equal(again.status, 401);
      assert.equal(again.body.errors[0].code, 'code_used');
    }
    /* an older step than the last one is refused as well */
    assert.equal((await signIn(totp(app.secret, stepNow()))).status, 401);
  });

  test('of many sign-ins at once with one code one wins', async () => {
    sql(db, 'DELETE FROM login_attempt');
    rewind(db);
    const code = totp(app.secret);
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(code)));
    assert.equal(answers.filter((a) => a.status === 200).length, 1, answers.map((a) => a.status).join(' '));
  });

  test('a recovery code works once, as people type it', async () => {
    sql(db, 'DELETE FROM login_attempt');
    const typed = app.codes[0].toLowerCase().replaceAll('-', ' ');
    assert.equal((await signIn(typed)).status, 200);
    assert.equal((await signIn(app.codes[0])).status, 401);
    assert.equal((await signIn('AAAA-BBBB-CCCC-DDDD')).status, 401);
    assert.equal((await wang.get('/two_factor')).body.recovery_codes_left, 9);
  });

  test('neither secret nor codes are stored in the clear', () => {
    const rows = sql(db, 'SELECT secret FROM two_factor') + sql(db, 'SELECT code_hash FROM recovery_code') +
      sql(db, 'SELECT changes FROM audit_entry');
    assert.ok(!rows.includes(app.secret));
    for (const code of app.codes) assert.ok(!rows.includes(code) && !rows.includes(code.replaceAll('-', '')));
    assert.match(rows, /^[0-9a-f]{64}$/m);
    assert.ok(!server.output().err.includes(app.secret));
  });

  test('guessing is slowed down, also from many addresses', async () => {
    sql(db, 'DELETE FROM login_attempt');
    const codes = [];
    for (let i = 0; i < 11; i++) {
      codes.push((await signIn('123456')).status);
      sql(db, "DELETE FROM login_attempt WHERE login = 'wang'"); /* as if from elsewhere */
    }
    assert.deepEqual(codes, [...Array(10).fill(401), 429]);
    sql(db, 'DELETE FROM login_attempt');
  });

  test('recovery codes are made anew with password and code', async () => {
    rewind(db);
    const bare = await wang.post('/two_factor/recovery_codes', { password: ADMIN.password, code: '000000' });
    assert.equal(bare.status, 422, bare.text);
    const fresh = await wang.post('/two_factor/recovery_codes', { password: ADMIN.password, code: totp(app.secret) });
    assert.equal(fresh.status, 200, fresh.text);
    assert.equal((await signIn(app.codes[1])).status, 401, 'old ones are void');
    assert.equal((await signIn(fresh.body.recovery_codes[1])).status, 200);
  });

  test('a token of a program needs none, but changes nothing here', async () => {
    const program = server.client({ token: newToken(db, 'wang') });
    assert.equal((await program.get('/session')).status, 200);
    for (const [path, body] of [['/two_factor', { password: ADMIN.password }], ['/two_factor/confirm', { code: '1' }],
      ['/two_factor/off', { password: ADMIN.password, code: totp(app.secret) }]])
      assert.equal((await program.post(path, body)).status, 403, path);
  });

  test('is turned off with password and code', async () => {
    rewind(db);
    assert.equal((await wang.post('/two_factor/off', { password: ADMIN.password, code: '' })).status, 422);
    assert.equal((await wang.post('/two_factor/off', { password: ADMIN.password, code: totp(app.secret) })).status, 204);
    assert.equal((await signIn()).status, 200);
    const trail = sql(db, "SELECT action FROM audit_entry WHERE entity = 'user' ORDER BY id");
    for (const action of ['two_factor_on', 'two_factor_off', 'recovery_code', 'recovery_codes'])
      assert.match(trail, new RegExp(`^${action}$`, 'm'));
  });
});

describe('a role that asks for it', () => {
  let server, db, admin, li, env, openapi;
  after(() => server.stop());
  before(async () => {
    db = freshDatabase();
    initCompany(db);
    env = withKey(db);
    server = await startServer({ db, env });
    admin = await server.signIn();
    openapi = (await admin.get('/openapi.json')).body;
    addUser(db, 'li', 'sales');
    li = await server.signIn('li');
    const role = (await admin.get('/roles?limit=50')).body.data.find((r) => r.key === 'sales');
    const patched = await admin.patch(`/roles/${role.id}`, { two_factor: true });
    assert.equal(patched.status, 200, patched.text);
  });

  test('lets nobody do anything before it is set up, on any route', async () => {
    const token = server.client({ token: newToken(db, 'li') });
    await until(() => li.get('/customers'), (a) => a.status === 403, 1000);
    const fresh = await server.signIn('li');
    assert.equal((await fresh.get('/session')).body.second_step, 'needed');
    const open = new Set(['/api/v1/session', '/api/v1/sessions', '/api/v1/sessions/{id}', '/api/v1/two_factor',
      '/api/v1/two_factor/confirm', '/api/v1/two_factor/recovery_codes', '/api/v1/two_factor/off',
      '/api/v1/setup', '/api/v1/password_resets', '/api/v1/password_resets/use', '/healthz', '/readyz', '/metrics']);
    const before = sql(db, 'SELECT COUNT(*) FROM audit_entry');
    let n = 0;
    for (const [pattern, methods] of Object.entries(openapi.paths)) {
      if (open.has(pattern)) continue;
      const path = pattern.replace(/\{[a-z_]+\}/g, '1');
      for (const method of Object.keys(methods).filter((m) => ['get', 'post', 'put', 'patch', 'delete'].includes(m)))
        for (const client of [li, fresh, token]) {
          const body = method === 'get' || method === 'delete' ? undefined : {};
          const answer = await client.request(method.toUpperCase(), path, body);
          assert.equal(answer.status, 403, `${method} ${path}: ${answer.text}`);
          assert.equal(answer.body.errors[0].code, 'two_factor_first', `${method} ${path}`);
          n++;
        }
    }
    assert.ok(n > 150, String(n));
    assert.equal(sql(db, 'SELECT COUNT(*) FROM audit_entry'), before, 'nothing was written');
  });

  test('until he has; then it stays', async () => {
    const app = await enrol(li);
    assert.equal((await li.get('/customers')).status, 200);
    rewind(db);
    const off = await li.post('/two_factor/off', { password: ADMIN.password, code: totp(app.secret) });
    assert.equal(off.status, 409, off.text);
    assert.equal((await server.client().signIn('li', ADMIN.password)).status, 401);
  });

  test('an administrator takes it away from somebody else, not from himself', async () => {
    const id = (await admin.get('/users?login=li')).body.data[0].id;
    assert.equal((await li.delete(`/users/${id}/two_factor`)).status, 403);
    assert.equal((await admin.delete('/users/1/two_factor')).status, 403);
    assert.equal((await admin.delete(`/users/${id}/two_factor`)).status, 204);
    assert.equal((await admin.delete(`/users/${id}/two_factor`)).status, 404);
    await until(() => li.get('/session'), (a) => a.status === 401, 1000);
    const again = await server.signIn('li');
    assert.equal((await again.get('/session')).body.second_step, 'needed');
    await enrol(again);
    assert.equal(guanxi(['user', 'second-step-off', '--db', db.url, '--login', 'li'], { env }).code, 0);
    assert.equal((await server.client().signIn('li', ADMIN.password)).status, 200);
  });
});

describe('the master key', () => {
  test('is made beside a SQLite company, readable to its owner only', { skip: KIND !== 'sqlite' && 'the key lies beside a SQLite file only' }, async () => {
    const db = freshDatabase();
    initCompany(db);
    assert.ok(existsSync(`${db.path}.key`));
    assert.equal(statSync(`${db.path}.key`).mode & 0o777, 0o600);
  });

  test('without one nothing is set up, and the message says what to do', { skip: KIND !== 'postgresql' && 'a SQLite company gets one beside it' }, async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const answer = await admin.post('/two_factor', { password: ADMIN.password });
    assert.equal(answer.status, 409, answer.text);
    assert.match(answer.text, /GUANXI_MASTER_KEY_FILE/);
    await server.stop();
  });

  test('another one opens nothing', async () => {
    const db = freshDatabase();
    initCompany(db);
    let server = await startServer({ db, env: withKey(db) });
    const { secret, codes } = await enrol(await server.signIn());
    await server.stop();
    rewind(db);
    const folder = freshDatabase('sqlite').folder;
    const file = join(folder, 'other');
    writeFileSync(file, 'x'.repeat(40), { mode: 0o600 });
    server = await startServer({ db, env: { GUANXI_MASTER_KEY_FILE: file } });
    const answer = await server.client().post('/session', { ...ADMIN, code: totp(secret) });
    assert.equal(answer.status, 409, answer.text);
    assert.equal(answer.body.errors[0].code, 'wrong_master_key');
    assert.equal((await server.client().post('/session', { ...ADMIN, code: codes[0] })).status, 200);
    await server.stop();
  });
});
