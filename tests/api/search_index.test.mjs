/* The index of the search box is tidied up at night: many small pieces become
 * few, and nothing is found that was not, nor lost that was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, KIND, freshDatabase, initCompany, newToken, sql, startServer, until } from './lib.mjs';

const NAMES = ['华联机电', '鑫诚贸易', 'Tianmei Food', '宏信物流', '瑞科 13004567890', 'K0012345', '天美食品', '联华机械'];
const TEXTS = ['华联', '机电', 'tianm', 'tmsp', '13004', 'k0012', '联', 'food', 'nobody'];
const ROUNDS = 24;

/* FTS5 keeps how many there are behind its cookie and the number of levels. */
const pieces = (db) => parseInt(sql(db, "SELECT hex(block) FROM search_customer_data WHERE id = 10").slice(10, 12), 16);

test('the pieces of a day are merged at night', async () => {
  const server = await startServer({ admin: true });
  const admin = server.client({ token: newToken(server.db, ADMIN.login) });
  const found = async () => Promise.all(TEXTS.map(async (q) => {
    const answer = await admin.get(`/customers?q=${encodeURIComponent(q)}&fields=id`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.data.map((row) => row.id);
  }));
  for (let i = 0; i < ROUNDS; i++) {
    const answer = await admin.post('/customers', { name: `${NAMES[i % NAMES.length]} ${i}`, phone: `1300456${String(i).padStart(4, '0')}` });
    assert.equal(answer.status, 201, answer.text);
  }
  const before = await found();
  assert.ok(before[0].length > 0 && before[4].length >= ROUNDS && before[8].length === 0, JSON.stringify(before));
  if (KIND === 'sqlite') {
    assert.ok(pieces(server.db) > 1 && pieces(server.db) < ROUNDS / 2, `each write merges a little: ${pieces(server.db)} pieces`);
    assert.equal(sql(server.db, "SELECT v FROM search_customer_config WHERE k = 'automerge'"), '0', 'and FTS5 nothing by itself');
  }
  sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('check', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
  await until(() => admin.get('/jobs?kind=check'), (answer) => answer.body.data[0]?.state === 'done', 60000);
  if (KIND === 'sqlite') assert.equal(pieces(server.db), 1);
  assert.deepEqual(await found(), before);
  assert.equal((await admin.patch('/customers/1', { name: '改名' })).status, 200);
  assert.equal((await admin.post('/customers', { name: '华联新客户' })).status, 201);
  assert.equal((await found())[0].length, before[0].length);
  await server.stop();
});

test('a role that has rights on the tables only does its nightly work', { skip: KIND === 'postgresql' ? false : 'SQLite has no roles' }, async () => {
  const db = freshDatabase();
  const role = `gx_guest_${process.pid}`;
  const guest = new URL(db.url);
  guest.username = role;
  initCompany(db);
  sql(db, `CREATE ROLE ${role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`);
  const server = await startServer({ db: { url: guest.href } });
  try {
    const admin = server.client({ token: newToken(db, ADMIN.login) });
    assert.equal((await admin.post('/customers', { name: '华联机电' })).status, 201);
    sql(db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('check', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
    const ended = (answer) => !['queued', 'running'].includes(answer.body.data[0]?.state);
    await until(() => admin.get('/jobs?kind=check'), ended, 60000);
    const [job] = (await admin.get('/jobs?kind=check')).body.data;
    assert.equal(job.state, 'done', job.error);
  } finally {
    await server.stop();
    sql(db, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
