/* A connection to PostgreSQL that goes while COMMIT is under way: whoever
 * waited is told that the outcome is not known, all of it is there or nothing,
 * and the same request with its key says which. */
import assert from 'node:assert/strict';
import { createServer, connect } from 'node:net';
import { test } from 'node:test';
import { freshDatabase, initCompany, newToken, sql, startServer, until } from '../api/lib.mjs';
import { checkWhole } from './whole.mjs';

const COMMIT = Buffer.concat([Buffer.from([0x51, 0, 0, 0, 11]), Buffer.from('COMMIT\0')]);
const LIMIT_MS = 60000;

/* Between server and database. cut.word: the connection that carries it is cut
 * at its next COMMIT, before the database hears of it or (cut.heard) once it
 * has answered. */
async function relay({ hostname, port }) {
  const cut = { word: null, heard: false, done: 0 };
  const listener = createServer((client) => {
    const database = connect(Number(port), hostname);
    let marked = false;
    let silent = false;
    const end = () => [client, database].forEach((s) => s.destroy());
    client.on('data', (bytes) => {
      marked ||= cut.word !== null && bytes.includes(cut.word);
      const now = marked && bytes.includes(COMMIT);
      if (now) cut.done++;
      if (now && !cut.heard) return end();
      silent ||= now;
      database.write(bytes);
    });
    database.on('data', (bytes) => (silent ? end() : client.write(bytes)));
    for (const socket of [client, database]) socket.on('error', end).on('close', end);
  });
  await new Promise((done) => listener.listen(0, '127.0.0.1', done));
  return { cut, port: listener.address().port, close: () => listener.close() };
}

for (const heard of [false, true])
  test(`a connection that goes ${heard ? 'behind' : 'before'} a COMMIT leaves all or nothing, and says that it does not know`, async (t) => {
    if (!process.env.GUANXI_TEST_PG) return t.skip('GUANXI_TEST_PG is not set');
    const db = freshDatabase('postgresql');
    initCompany(db);
    const token = newToken(db, 'admin');
    const url = new URL(db.url);
    const between = await relay(url);
    t.after(between.close);
    url.hostname = '127.0.0.1';
    url.port = between.port;
    const server = await startServer({ db: { url: url.href } });
    const client = server.client({ token });
    const name = `lost ${heard}`;
    const headers = { 'idempotency-key': name };
    const ask = () => client.post('/customers', { kind: 'organization', name }, headers);
    Object.assign(between.cut, { word: name, heard });
    const lost = await ask();
    assert.equal(between.cut.done, 1, 'the COMMIT was met');
    between.cut.word = null;
    assert.equal(lost.status, 503, lost.text);
    assert.deepEqual(lost.body.errors.map((e) => e.code), ['outcome_unknown']);
    const rows = () => ['customer', 'audit_entry', 'change_log'].map((table) => Number(sql(db, table === 'customer'
      ? `SELECT count(*) FROM customer WHERE name = '${name}'`
      : `SELECT count(*) FROM ${table} WHERE ${table === 'audit_entry' ? "entity = 'customer' AND action = 'create'" : "entity = 'customer'"}`)));
    assert.deepEqual(rows(), heard ? [1, 1, 1] : [0, 0, 0]);
    let again;
    await until(async () => (again = await ask()), (answer) => answer.status === 201, LIMIT_MS);
    assert.equal(again.headers.get('idempotency-replayed'), heard ? 'true' : null);
    assert.deepEqual(rows(), [1, 1, 1], 'once');
    assert.equal((await client.get(`/customers/${again.body.id}`)).body.name, name);
    await server.stop();
    checkWhole(db);
  });
