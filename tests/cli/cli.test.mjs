/* The command line on a company of its own: init, demo, user, backup, restore,
 * doctor, migrate, model. What the server does is tests/api. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { ADMIN, ROOT, addUser, freshDatabase, guanxi, initCompany, newToken, sql, startServer, until } from '../api/lib.mjs';
import { hello, listen } from '../api/streams.mjs';

const good = (args, options) => {
  const result = guanxi(args, options);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.err}`);
  return result;
};

describe('words', () => {
  test('every command tells its options', () => {
    const names = [...guanxi(['--help']).out.matchAll(/^ {2}(\w+) {2,}\S/gm)].map((m) => m[1]);
    for (const wanted of ['serve', 'init', 'demo', 'user', 'analyze', 'backup', 'restore', 'migrate', 'doctor', 'model'])
      assert.ok(names.includes(wanted), wanted);
    for (const name of names) {
      const help = good([name, '--help']);
      assert.match(help.out, new RegExp(`^usage: guanxi ${name}`), name);
      assert.equal(good(['help', name]).out, help.out);
      const odd = guanxi([name, '--no-such-option']);
      assert.equal(odd.code, 2, name);
      assert.match(odd.err, /no option --no-such-option/, name);
    }
  });

  test('usage is checked before anything is done', () => {
    const db = freshDatabase();
    for (const args of [['init', '--db'], ['init', '--db', db.url], ['backup'], ['backup', 'a', 'b'], ['user'],
      ['demo', '--customers', '5'], ['demo', '--customers', 'many'], ['demo', '--format', 'xml'],
      ['serve', '--loops', '0'], ['serve', '--demo', '--demo'], ['serve', '--demo=yes'], ['serve', '--listen', ':80'],
      ['serve', '--listen', '127.0.0.1:65536'], ['model', 'fly'], ['model', 'check'], ['help', 'fly']])
      assert.equal(guanxi(args).code, 2, args.join(' '));
    assert.ok(!existsSync(db.path));
  });

  test('messages follow the language of the terminal', () => {
    const db = freshDatabase();
    const init = (locale) => guanxi(['init', '--db', db.url, '--admin', 'a'],
      { env: { GUANXI_ADMIN_PASSWORD: '12345678', LC_ALL: locale } }).err;
    assert.match(init('zh_CN.UTF-8'), /[一-龥]/);
    assert.doesNotMatch(init('en_US.UTF-8'), /[一-龥]/);
  });
});

describe('people', () => {
  let db;
  before(() => {
    db = freshDatabase();
    initCompany(db);
  });

  test('are added, listed, disabled; the last administrator stays', () => {
    addUser(db, 'li', 'sales');
    const list = JSON.parse(good(['user', 'list', '--db', db.url, '--format', 'json']).out);
    assert.deepEqual(list.map((u) => [u.login, u.role, u.active]), [['admin', 'admin', true], ['li', 'sales', true]]);
    good(['user', 'disable', '--db', db.url, '--login', 'li']);
    assert.match(good(['user', 'list', '--db', db.url]).out, /^li +sales +off/m);
    good(['user', 'enable', '--db', db.url, '--login', 'li']);
    assert.equal(guanxi(['user', 'disable', '--db', db.url, '--login', 'admin']).code, 1);
    for (const [args, code] of [[['token', '--login', 'nobody'], 1], [['token'], 2], [['add', '--login', 'li'], 1],
      [['add', '--login', 'x', '--role', 'king'], 1]])
      assert.equal(guanxi(['user', ...args, '--db', db.url], { env: { GUANXI_USER_PASSWORD: ADMIN.password } }).code,
        code, args.join(' '));
  });

  test('user token prints the token alone', () => {
    assert.match(good(['user', 'token', '--db', db.url, '--login', 'admin']).out, /^gx_[A-Za-z0-9_-]{43}\n$/);
  });

  test('beside a running server too', async () => {
    const server = await startServer({ db });
    const program = server.client({ token: newToken(db, 'admin') });
    assert.equal((await program.get('/session')).status, 200);
    addUser(db, 'late', 'sales');
    good(['user', 'password', '--db', db.url, '--login', 'late'], { env: { GUANXI_USER_PASSWORD: 'another secret' } });
    assert.equal((await server.client().signIn('late', 'another secret')).status, 200);
    assert.equal((await program.post('/customers', { name: '还能写' })).status, 201);
    /* All of it by the server: each is one of its requests, as the console. */
    const stream = await listen(program);
    await stream.next(hello);
    const id = addUser(db, 'later', 'service');
    await stream.next((e) => e.event === 'change' && e.data.object === 'users' && e.data.id === id);
    stream.close();
    const later = newToken(db, 'later', '--name', 'once', '--days', '3');
    const visitor = server.client({ token: later });
    assert.equal((await visitor.get('/session')).body.user.role, 'service');
    good(['user', 'disable', '--db', db.url, '--login', 'later']);
    await until(() => visitor.get('/session'), (answer) => answer.status === 401, 60000);
    good(['user', 'enable', '--db', db.url, '--login', 'later']);
    assert.equal(guanxi(['user', 'second-step-off', '--db', db.url, '--login', 'later']).code, 1, 'there is none');
    const pw = { env: { GUANXI_USER_PASSWORD: 'another secret' } };
    for (const [args, says] of [[['disable', '--login', 'admin'], /admin/i], [['add', '--login', 'later'], /later|login/i],
      [['add', '--login', 'x', '--role', 'king'], /king/], [['token', '--login', 'nobody'], /nobody/]]) {
      const refused = guanxi(['user', ...args, '--db', db.url], pw);
      assert.equal(refused.code, 1, args.join(' '));
      assert.match(refused.err, says);
    }
    const { err } = await server.stop();
    const routes = err.split('\n').filter((line) => /"msg":"request"/.test(line)).map((line) => JSON.parse(line)).map((r) => `${r.method} ${r.route}`);
    for (const route of ['POST /api/v1/{object}', 'POST /api/v1/users/{id}/password', 'PATCH /api/v1/{object}/{id}', 'POST /api/v1/api_tokens', 'DELETE /api/v1/users/{id}/two_factor'])
      assert.ok(routes.includes(route), `${route}: ${routes}`);
  });
});

describe('a copy', () => {
  test('taken beside a server is whole, and comes back', async () => {
    const db = freshDatabase();
    initCompany(db);
    const server = await startServer({ db });
    const program = server.client({ token: newToken(db, 'admin') });
    for (let i = 0; i < 50; i++) await program.post('/customers', { name: `客户${i}` });
    const file = join(db.folder, 'copy.db');
    let writing = true;
    const writer = (async () => {
      while (writing) await program.post('/customers', { name: 'more' });
    })();
    assert.equal(good(['backup', file, '--db', db.url]).out.trim(), file);
    writing = false;
    await writer;
    assert.equal(guanxi(['backup', file, '--db', db.url]).code, 1, 'does not replace');
    good(['backup', file, '--force', '--db', db.url]);
    const locked = guanxi(['restore', file, '--force', '--db', db.url]);
    assert.equal(locked.code, 1, 'a served database is not replaced');
    await server.stop();
    const again = `sqlite:${join(db.folder, 'deep', 'er', 'again.db')}`;
    good(['restore', file, '--db', again]);
    assert.equal(guanxi(['restore', file, '--db', again]).code, 1, 'does not replace');
    assert.equal(JSON.parse(good(['doctor', '--db', again, '--format', 'json']).out).ok, true);
    const count = Number(sql({ path: again.slice(7) }, 'SELECT COUNT(*) FROM customer'));
    assert.ok(count >= 50, String(count));
    for (const odd of [join(db.folder, 'nothing.db'), join(ROOT, 'README.md')])
      assert.equal(guanxi(['restore', odd, '--db', `sqlite:${join(db.folder, 'x.db')}`]).code, 1, odd);
    assert.ok(!existsSync(join(db.folder, 'nothing.db')));
  });
});

describe('the doctor', () => {
  test('finds figures that drifted, references that dangle, pages that are torn', () => {
    const db = freshDatabase();
    good(['demo', '--db', db.url, '--customers', '20']);
    const look = (url) => {
      const { code, out } = guanxi(['doctor', '--db', url, '--format', 'json']);
      const report = JSON.parse(out);
      assert.equal(code, report.ok ? 0 : 1);
      return report.checks.filter((c) => !c.ok).map((c) => c.name);
    };
    assert.deepEqual(look(db.url), []);
    sql(db, 'UPDATE customer_stats SET orders = orders + 1 WHERE id = 3');
    assert.deepEqual(look(db.url), ['statistics']);
    sql(db, 'UPDATE customer_stats SET orders = orders - 1 WHERE id = 3');
    sql(db, 'DELETE FROM team_closure WHERE depth > 0');
    assert.deepEqual(look(db.url), ['teams']);
    const torn = join(db.folder, 'torn.db');
    sql(db, 'PRAGMA wal_checkpoint(TRUNCATE)');
    copyFileSync(db.path, torn);
    sql({ path: torn }, 'PRAGMA foreign_keys = OFF; DELETE FROM role WHERE id = 3');
    assert.ok(look(`sqlite:${torn}`).includes('references'));
    const bytes = readFileSync(torn);
    bytes.fill(0xa5, 4096 * 100, 4096 * 110);
    writeFileSync(torn, bytes);
    assert.equal(guanxi(['doctor', '--db', `sqlite:${torn}`]).code, 1);
  });
});

describe('the schema', () => {
  test('migrate fills an empty database once; serve refuses an edited history', () => {
    const db = freshDatabase();
    const first = JSON.parse(good(['migrate', '--db', db.url, '--format', 'json']).out);
    assert.ok(first.applied >= 1);
    assert.deepEqual(JSON.parse(good(['migrate', '--db', db.url, '--format', 'json']).out),
      { version: first.version, applied: 0 });
    sql(db, "UPDATE schema_migration SET sha256 = 'other'");
    const refused = guanxi(['serve', '--db', db.url, '--listen', '127.0.0.1:0']);
    assert.equal(refused.code, 1);
    assert.match(refused.err, /0001_init/);
  });
});

describe('the demonstration company', () => {
  test('has all tiers, all teams, and is the same each time', () => {
    const dump = () => {
      const db = freshDatabase();
      good(['demo', '--db', db.url, '--customers', '60']);
      assert.equal(guanxi(['demo', '--db', db.url]).code, 1, 'not twice');
      assert.equal(sql(db, 'SELECT COUNT(DISTINCT grade) FROM customer_stats'), '4');
      assert.equal(sql(db, 'SELECT COUNT(*) FROM customer WHERE owner_id IS NULL') > 0, true);
      return ['SELECT id, name, phone, owner_id, address FROM customer ORDER BY id',
        'SELECT number, amount, status, customer_id FROM "order" ORDER BY id',
        'SELECT id, sales, orders, grade FROM customer_stats ORDER BY id'].map((q) => sql(db, q));
    };
    const one = dump();
    assert.deepEqual(dump(), one);
    assert.ok(one[0].split('\n').length === 60);
  });
});

describe('the model', () => {
  test('is exported, checked and compared', () => {
    const model = JSON.parse(good(['model', 'export']).out);
    assert.ok(model.entities.some((e) => e.name === 'customer'));
    for (const form of ['typescript', 'schema', 'sqlite', 'postgresql'])
      assert.ok(good(['model', 'export', '--as', form]).out.length > 1000, form);
    good(['model', 'check', join(ROOT, 'model/customer.json')]);
    const db = freshDatabase();
    const file = join(db.folder, 'odd.json');
    writeFileSync(file, JSON.stringify({ name: 'x', plural: 'xs' }));
    const bad = guanxi(['model', 'check', file]);
    assert.equal(bad.code, 1);
    assert.match(bad.err, /label/);
    assert.equal(guanxi(['model', 'export', '--as', 'xml']).code, 2);
  });
});
