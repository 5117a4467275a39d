/* The commands that save, look at and staff a company, on either database:
 * beside a server that goes on writing, and with nobody there. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ADMIN, KIND, addUser, freshDatabase, guanxi, newToken, sql, startServer, until } from './lib.mjs';

const PG = KIND === 'postgresql';
const END = PG ? 'dump' : 'db';
const folder = mkdtempSync(join(tmpdir(), 'gx_commands_'));
after(() => rmSync(folder, { recursive: true, force: true }));

const good = (args, options) => {
  const result = guanxi(args, options);
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.err}${result.out}`);
  return result;
};
const made = async (answer) => {
  const got = await answer;
  assert.ok(got.status < 300, got.text);
  return got.body;
};
const bytes = (text) => new TextEncoder().encode(text);

/* What a company has besides records: fields of its own, a file, audit. */
async function furnish(client) {
  await made(client.post('/custom_fields', { entity: 'customer', name: 'x_deposit', type: 'money', label: { zh: '押金', en: 'Deposit' } }));
  const gone = await made(client.post('/custom_fields', { entity: 'customer', name: 'x_gone', type: 'text', search: true, label: { zh: '旧', en: 'Gone' } }));
  const one = await made(client.post('/customers', { name: '第一家', x_deposit: 12345, x_gone: '留着' }));
  await made(client.post(`/custom_fields/${gone.id}/retire`));
  const file = await made(client.request('POST', `/customers/${one.id}/files?name=a.txt`, bytes('附件内容 attached'), { 'content-type': 'text/plain' }));
  return { one, file, gone };
}

async function checkFurnished(db, was) {
  const server = await startServer({ db });
  const client = server.client({ token: newToken(db, ADMIN.login) });
  const one = await made(client.get(`/customers/${was.one.id}`));
  assert.deepEqual([one.name, one.x_deposit, one.created_at], ['第一家', 12345, was.one.created_at]);
  const file = await client.get(`/files/${was.file.id}`);
  assert.equal(file.text, '附件内容 attached');
  await made(client.post(`/custom_fields/${was.gone.id}/restore`));
  assert.equal((await made(client.get(`/customers/${was.one.id}`))).x_gone, '留着');
  assert.equal((await made(client.get('/customers?q=留着&fields=id'))).data.length, 1);
  assert.equal((await client.post('/customers', { name: '新来的' })).status, 201);
  await server.stop();
  good(['doctor', '--db', db.url]);
  good(['doctor', '--verify', '--trust', '--db', db.url]);
}

describe('a backup by command', () => {
  let server, client, was;
  before(async () => {
    server = await startServer({ admin: true });
    client = await server.signIn();
    was = await furnish(client);
  });
  after(() => server.stop());

  test('is taken beside a server that writes, and is the company when it is put back', async () => {
    const file = join(folder, `copy.${END}`);
    let writing = true;
    const writer = (async () => {
      for (let n = 0; writing; n++) assert.equal((await client.post('/customers', { name: `客户${n}` })).status, 201);
    })();
    assert.equal(good(['backup', file, '--db', server.db.url]).out.trim(), file);
    writing = false;
    await writer;
    assert.equal(guanxi(['backup', file, '--db', server.db.url]).code, 1, 'does not replace');
    good(['backup', file, '--force', '--db', server.db.url]);
    const again = freshDatabase();
    good(['restore', file, '--db', again.url, '--force']);
    assert.equal(sql(again, 'SELECT count(*) FROM customer'), sql(server.db, 'SELECT count(*) FROM customer'));
    await checkFurnished(again, was);
  });

  test('that is cut off or damaged is not put back, and what was there stays', () => {
    const file = join(folder, `whole.${END}`);
    good(['backup', file, '--db', server.db.url]);
    const whole = readFileSync(file);
    const db = freshDatabase();
    good(['init', '--db', db.url, '--admin', 'boss'], { env: { GUANXI_ADMIN_PASSWORD: ADMIN.password } });
    for (const [name, part] of [['cut', whole.subarray(0, whole.length >> 1)], ['none', Buffer.alloc(0)], ['other', Buffer.from('no backup at all')]]) {
      const bad = join(folder, `${name}.${END}`);
      writeFileSync(bad, part);
      const { code, err } = guanxi(['restore', bad, '--db', db.url, '--force']);
      assert.equal(code, 1, `${name}: ${err}`);
      assert.ok(err.length > 20, 'says why');
      assert.equal(sql(db, 'SELECT login FROM "user" ORDER BY id LIMIT 1'), 'boss', name);
    }
    assert.equal(guanxi(['restore', join(folder, 'nowhere'), '--db', db.url, '--force']).code, 1);
    assert.ok(!existsSync(join(folder, 'nowhere')));
  });
});

describe('the doctor', () => {
  test('names figures that drifted, teams and references that are wrong', () => {
    const db = freshDatabase();
    good(['demo', '--db', db.url, '--customers', '20']);
    const look = () => {
      const { code, out } = guanxi(['doctor', '--db', db.url, '--format', 'json']);
      const report = JSON.parse(out);
      assert.equal(code, report.ok ? 0 : 1);
      return report.checks.filter((c) => !c.ok).map((c) => c.name);
    };
    assert.deepEqual(look(), []);
    sql(db, 'UPDATE customer_stats SET orders = orders + 1 WHERE id = 3');
    assert.deepEqual(look(), ['statistics']);
    sql(db, 'UPDATE customer_stats SET orders = orders - 1 WHERE id = 3');

    sql(db, 'CREATE TABLE kept AS SELECT * FROM team_closure WHERE depth > 0; DELETE FROM team_closure WHERE depth > 0');
    assert.ok(look().includes('teams'));
    sql(db, "INSERT INTO team_closure SELECT * FROM kept; DROP TABLE kept");
    assert.deepEqual(look(), []);
    sql(db, 'UPDATE "user" SET active = 0');
    assert.ok(look().includes('administrators'), look().join());
  });

  test('finds a custom column that is gone', async (t) => {
    const server = await startServer({ admin: true });
    t.after(() => server.stop());
    const admin = await server.signIn();
    await made(admin.post('/custom_fields', { entity: 'task', name: 'x_there', type: 'int', label: { zh: '在', en: 'There' } }));
    await server.stop();
    good(['doctor', '--db', server.db.url]);
    sql(server.db, 'ALTER TABLE task DROP COLUMN x_there');
    const { code, out } = guanxi(['doctor', '--db', server.db.url]);
    assert.equal(code, 1, out);
    assert.match(out, /x_there/);
  });
});

test('people are added, listed, given tokens and disabled, beside a server and without', async () => {
  const server = await startServer({ admin: true });
  const { db } = server;
  const staff = async (login) => {
    addUser(db, login, 'sales');
    const list = JSON.parse(good(['user', 'list', '--db', db.url, '--format', 'json']).out);
    assert.deepEqual(list.filter((u) => u.login === login).map((u) => [u.role, u.active]), [['sales', true]]);
    const token = newToken(db, login);
    good(['user', 'password', '--db', db.url, '--login', login], { env: { GUANXI_USER_PASSWORD: 'another secret 7' } });
    assert.equal(guanxi(['user', 'disable', '--db', db.url, '--login', ADMIN.login]).code, 1, 'the last administrator');
    return token;
  };
  const client = server.client({ token: await staff('first') });
  assert.equal((await client.get('/session')).status, 200);
  assert.equal((await server.client().signIn('first', 'another secret 7')).status, 200);
  good(['user', 'disable', '--db', db.url, '--login', 'first']);
  await until(() => client.get('/session'), (a) => a.status === 401, 60000);
  await server.stop();
  const token = await staff('second');
  good(['user', 'disable', '--db', db.url, '--login', 'second']);
  good(['user', 'enable', '--db', db.url, '--login', 'second']);
  const again = await startServer({ db });
  assert.equal((await again.client({ token }).get('/session')).status, 200);
  await again.stop();
});
