/* Sessions end when they should, on every server; a flood of sign-ins and an
 * unknown name cost the same as ever. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ADMIN, addUser, freshDatabase, initCompany, KIND, newToken, sql, startServer, until } from './lib.mjs';

describe('one\'s own sessions', () => {
  let server, db;
  after(() => server.stop());
  before(async () => {
    db = freshDatabase();
    initCompany(db);
    addUser(db, 'wang', 'sales');
    server = await startServer({ db });
  });

  test('are listed, the one that asks marked', async () => {
    const one = await server.signIn('wang');
    const two = await server.signIn('wang');
    const admin = await server.signIn();
    const { data } = (await two.get('/sessions')).body;
    assert.equal(data.length, 2);
    assert.deepEqual(data.map((s) => s.current).sort(), [false, true]);
    for (const s of data) {
      assert.equal(s.address, '127.0.0.1');
      assert.ok(Date.parse(s.expires_at) > Date.parse(s.created_at));
    }
    assert.equal((await admin.get('/sessions')).body.data.length, 1, 'nobody else\'s');
    const program = server.client({ token: newToken(db, 'wang') });
    assert.equal((await program.get('/sessions')).body.data.every((s) => !s.current), true);
    await one.delete('/sessions?current=end');
  });

  test('are ended one by one, others\' are not there', async () => {
    const one = await server.signIn('wang');
    const two = await server.signIn('wang');
    const admin = await server.signIn();
    const { id } = (await one.get('/sessions')).body.data.find((s) => s.current);
    const adminId = (await admin.get('/sessions')).body.data.find((s) => s.current).id;
    assert.equal((await two.delete(`/sessions/${adminId}`)).status, 404);
    assert.equal((await admin.get('/session')).status, 200);
    assert.equal((await two.delete(`/sessions/${id}`)).status, 204);
    assert.equal((await one.get('/session')).status, 401);
    assert.equal((await two.delete(`/sessions/${id}`)).status, 404);
    const { id: own } = (await two.get('/sessions')).body.data.find((s) => s.current);
    assert.equal((await admin.delete(`/sessions/${own}`)).status, 204, 'an administrator may');
    await until(() => two.get('/session'), (a) => a.status === 401, 1000);
  });

  test('or all at once, with this one or without', async () => {
    const clients = await Promise.all(Array.from({ length: 3 }, () => server.signIn('wang')));
    assert.equal((await clients[0].delete('/sessions?current=maybe')).status, 422);
    assert.equal((await clients[0].delete('/sessions')).status, 204);
    const seen = await Promise.all(clients.map(async (c) => (await c.get('/session')).status));
    assert.deepEqual(seen, [200, 401, 401]);
    assert.equal((await clients[0].delete('/sessions?current=end')).status, 204);
    assert.equal((await clients[0].get('/session')).status, 401);
    const again = await server.signIn('wang');
    const admin = await server.signIn();
    const id = (await admin.get('/users?login=wang')).body.data[0].id;
    assert.equal((await again.delete(`/users/1/sessions`)).status, 403);
    assert.equal((await admin.delete(`/users/${id}/sessions`)).status, 204);
    await until(() => again.get('/session'), (a) => a.status === 401, 1000);
  });
});

describe('who is disabled', () => {
  let db, servers;
  after(() => Promise.all(servers.map((s) => s.stop())));
  before(async () => {
    db = freshDatabase();
    initCompany(db);
    servers = [await startServer({ db })];
    if (KIND === 'postgresql') servers.push(await startServer({ db }));
  });

  test('is out within a second on every server, with sessions and tokens', async (t) => {
    const admin = await servers[0].signIn();
    let worst = 0;
    for (let round = 0; round < 3; round++) {
      const id = addUser(db, `leaver${round}`, 'sales');
      const session = await servers[0].signIn(`leaver${round}`);
      const token = newToken(db, `leaver${round}`);
      const all = servers.flatMap((s) => {
        const here = s.client();
        here.cookie = session.cookie;
        return [here, s.client({ token })];
      });
      for (const client of all) assert.equal((await client.get('/customers')).status, 200);
      const start = performance.now();
      assert.equal((await admin.patch(`/users/${id}`, { active: false })).status, 200);
      await Promise.all(all.map((c) => until(() => c.get('/customers'), (a) => a.status === 401, 1000)));
      worst = Math.max(worst, performance.now() - start);
      assert.equal(sql(db, `SELECT COUNT(*) FROM session WHERE user_id = ${id}`), '0');
      assert.equal((await servers[0].client().signIn(`leaver${round}`, ADMIN.password)).status, 401);
    }
    t.diagnostic(`${servers.length} server(s), 3 users: out after at most ${Math.round(worst)} ms`);
  });
});

describe('a flood of sign-ins', () => {
  test('waits for two hashes at a time, then is told to come again; reads go on', async () => {
    const db = freshDatabase();
    initCompany(db);
    /* the queue of hashes alone, not what is refused while the server is late */
    const server = await startServer({ db, args: ['--tls-proxy'], env: { GUANXI_LIMIT_WAIT_MS: '0' } });
    const admin = server.client({ headers: { 'x-forwarded-for': '10.0.0.1' } });
    await admin.signIn(ADMIN.login, ADMIN.password);
    const flood = Promise.all(Array.from({ length: 150 }, (_, i) =>
      server.client({ headers: { 'x-forwarded-for': `10.1.${i >> 4}.${i & 15}` } })
        .signIn(`nobody${i}`, 'wrong password')));
    const times = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      assert.equal((await admin.get('/customers')).status, 200);
      times.push(performance.now() - start);
    }
    const answers = await flood;
    const busy = answers.filter((a) => a.status === 503);
    assert.ok(busy.length > 0, 'the queue has an end');
    for (const a of busy) assert.match(a.headers.get('retry-after'), /^[1-9]\d*$/);
    assert.ok(answers.every((a) => a.status === 503 || a.status === 401), 'nothing else');
    const tried = answers.filter((a) => a.status === 401).length;
    /* the two that work may not have taken one yet when the queue is full */
    assert.ok(tried >= 64, `64 wait: ${tried}`);
    assert.equal((await server.client().signIn(ADMIN.login, ADMIN.password)).status, 200, 'and it goes on');
    await server.stop();
  });
});

describe('new passwords', () => {
  let server, admin, id;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    id = addUser(server.db, 'zhangsan', 'sales');
    await admin.put('/settings', { 'company.name': '云栖科技' });
    await admin.patch(`/users/${id}`, { name: '王建国', email: 'jianguo.wang@example.com' });
  });

  const reason = async (password) => {
    const answer = await admin.post(`/users/${id}/password`, { password });
    return answer.status === 204 ? 'good' : answer.body.errors[0].code;
  };

  test('are not what others try first', async () => {
    for (const password of ['12345678', 'qwertyuiop', '1qaz2wsx', 'woaini1314', 'woaini520', '5201314520', 'a5201314',
      'iloveyou1314', 'wangwei1990', 'lixiaoming', 'zhangwei123456', 'chenjing0808', '19900101', '1990-01-01',
      'liuyang19851212', '13812345678', 'P@ssw0rd', 'p@ssw0rd2024', 'Admin123!', 'abcabcabc', '12121212', '0987654321',
      'zaq12wsx', 'Qwer1234', 'asdfghjkl;', 'aaaaaaaa', 'shanghai2020', 'laogong520', 'mima123456', '88888888'])
      assert.ok(['password_common', 'good'].includes(await reason(password)) && await reason(password) === 'password_common',
        `${password}: ${await reason(password)}`);
  });

  test('nor built around login, name, e-mail or company', async () => {
    for (const [password, code] of [['zhangsan!', 'password_login'], ['xzhangsan99', 'password_login'],
      ['wangjianguo', 'password_name'], ['王建国12345', 'password_name'], ['88wangjianguo', 'password_name'],
      ['jianguo.wang1', 'password_login'], ['yunqikeji88', 'password_company'], ['云栖科技20261', 'password_company']])
      assert.equal(await reason(password), code, password);
  });

  test('but any long enough text else', async () => {
    for (const password of ['correct horse staple', 'Tr0ub4dor&3x', '春眠不觉晓处处闻啼鸟', 'wandering cloud 7', 'x7Kp2mQ9vB',
      'gua xi wu liao de yi tian', 'zhangsan likes long walks'])
      assert.equal(await reason(password), 'good', password);
    assert.equal(await reason('7 chars'), 'password_short');
    assert.equal((await admin.put('/settings', { 'session.password_least': 15 })).status, 200);
    assert.equal(await reason('x7Kp2mQ9vB'), 'password_short');
    assert.equal((await admin.put('/settings', { 'session.password_least': 7 })).status, 422, 'never below 8');
  });
});
