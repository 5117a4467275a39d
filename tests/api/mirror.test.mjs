/* The columns beside the database are never needed to be right: whatever has
 * become of their file or of the change log that feeds them, figures made of
 * them are those of the orders. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { checkCohorts } from './ledger.mjs';
import { ADMIN, KIND, freshDatabase, initCompany, newToken, sql, startServer } from './lib.mjs';
import { Random } from './random.mjs';

const CUSTOMERS = 12;
const ORDERS = 40;
const files = KIND === 'sqlite' ? {} : { skip: 'skipped: columns are kept in a file beside SQLite alone' };
const r = new Random(77);
let db;
let token;
let customers;
let made = 0;

const clientOf = (server) => server.client({ token });

async function sell(client, n) {
  for (let k = 0; k < n; k++) {
    const order = { customer_id: r.pick(customers), number: `o${++made}`, ordered_on: r.day(), amount: r.int(1, 90000) };
    const answer = await client.post('/orders', order);
    assert.equal(answer.status, 201, answer.text);
  }
}

/* A server of its own, from its start to its end: the columns are written to
 * their file when it ends. */
async function visit(work = async () => {}) {
  const server = await startServer({ db });
  const client = clientOf(server);
  await work(client);
  await checkCohorts(client);
  const end = await server.stop();
  assert.equal(end.code, 0, end.err);
}

/* As the nightly work does with rows older than thirty days. */
function purge() {
  const last = sql(db, 'SELECT xid, id FROM change_log ORDER BY xid DESC, id DESC LIMIT 1').replace('|', ' ');
  sql(db, `DELETE FROM change_log; INSERT INTO setting (key, value) VALUES ('feed.purged', '${last}')
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`);
}

const cols = () => `${db.path}.cols`;

before(async () => {
  db = freshDatabase();
  initCompany(db);
  token = newToken(db, ADMIN.login);
  await visit(async (client) => {
    customers = [];
    for (let i = 0; i < CUSTOMERS; i++) customers.push((await client.post('/customers', { name: `c${i}` })).body.id);
    await sell(client, ORDERS);
  });
});

test('the file is there, for its owner alone, and serves the next start', files, async () => {
  assert.equal(statSync(cols()).mode & 0o777, 0o600);
  assert.ok(statSync(cols()).size > ORDERS * 28);
  await visit();
});

test('a start without the file', files, async () => {
  rmSync(cols());
  await visit();
  assert.ok(existsSync(cols()));
});

for (const [name, harm] of [
  ['cut short', (path) => truncateSync(path, statSync(path).size - 9)],
  ['empty', (path) => truncateSync(path, 0)],
  ['too long', (path) => writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(28)]))],
  ['of another kind', (path) => writeFileSync(path, 'Dear diary')],
  ['with one bit turned in the sales', (path) => {
    const bytes = readFileSync(path);
    bytes[bytes.length - 20] ^= 4;
    writeFileSync(path, bytes);
  }],
  ['with a number of rows that cannot be', (path) => {
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(1n << 60n, 16);
    writeFileSync(path, bytes);
  }],
])
  test(`a file ${name} is made anew`, files, async () => {
    await visit();
    harm(cols());
    await visit((client) => sell(client, 2));
  });

test('a file of another company is not believed', files, async () => {
  const other = freshDatabase();
  initCompany(other);
  const server = await startServer({ db: other });
  const client = server.client({ token: newToken(other, ADMIN.login) });
  const { body } = await client.post('/customers', { name: 'stranger' });
  assert.equal((await client.post('/orders', { customer_id: body.id, number: 'x', ordered_on: '2020-01-01', amount: 5 })).status, 201);
  assert.equal((await client.get('/analytics/cohorts')).body.cohorts.length, 1);
  assert.equal((await server.stop()).code, 0);
  copyFileSync(`${other.path}.cols`, cols());
  await visit();
});

test('an old file is brought up to date by what has changed since', files, async () => {
  await visit();
  const old = readFileSync(cols());
  await visit(async (client) => {
    await sell(client, 5);
    const { data } = (await client.get('/orders?sort=id&limit=3')).body;
    assert.equal((await client.delete(`/orders/${data[0].id}`)).status, 204);
    assert.equal((await client.patch(`/orders/${data[1].id}`, { ordered_on: '2022-02-02' })).status, 200);
    assert.equal((await client.patch(`/orders/${data[2].id}`, { customer_id: customers[0] })).status, 200);
  });
  writeFileSync(cols(), old);
  await visit();
});

test('an old file and a change log that does not reach back to it', files, async () => {
  await visit();
  const old = readFileSync(cols());
  await visit((client) => sell(client, 5));
  writeFileSync(cols(), old);
  purge();
  await visit();
});

test('rows of the change log that were purged before they were read', async () => {
  const server = await startServer({ db });
  const client = clientOf(server);
  await checkCohorts(client);
  await sell(client, 3);
  purge();
  await sell(client, 1);
  await checkCohorts(client);
  await sell(client, 1);
  await checkCohorts(client);
  assert.equal((await server.stop()).code, 0);
});
