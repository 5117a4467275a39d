/* Taking imports back: afterwards the tables hold what they held before, but
 * for what somebody changed in between, which stays and is told. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addUser, freshDatabase, initCompany, KIND, sql, startServer, until } from './lib.mjs';
import { importAll, readJob, uploadGood, follow, work } from './jobs.mjs';

const HEAD = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';
/* What a record may keep of having been touched. */
const MARKS = new Set(['rev', 'updated_at', 'updated_by', 'run_id', 'graded_at', 'grade_run_id', 'graded_run_id']);

function columns(db, table) {
  const out = db.path !== undefined
    ? sql(db, `SELECT name FROM pragma_table_info('${table}') ORDER BY name`)
    : sql(db, `SELECT column_name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY column_name COLLATE "C"`);
  return out.split('\n').filter((name) => !MARKS.has(name));
}

function dumpOf(db, table, where) {
  const text = columns(db, table).map((name) => `coalesce(CAST(t."${name}" AS TEXT), '-')`).join(" || '|' || ");
  return sql(db, `SELECT ${text} FROM "${table}" t WHERE ${where} ORDER BY t.id`).split('\n');
}

/* Every live row of what imports write, with statistics, grades, points. */
export function dump(db) {
  const live = 't.deleted_at IS NULL';
  const ofLive = 'EXISTS (SELECT 1 FROM customer c WHERE c.id = t.id AND c.deleted_at IS NULL)';
  return {
    customer: dumpOf(db, 'customer', live),
    contact: dumpOf(db, 'contact', live),
    product: dumpOf(db, 'product', live),
    order: dumpOf(db, 'order', live),
    order_line: dumpOf(db, 'order_line', live),
    currency_rate: dumpOf(db, 'currency_rate', live),
    customer_stats: dumpOf(db, 'customer_stats', ofLive),
    contact_point: sql(db, `SELECT p.record_id || '|' || p.kind || '|' || p.value || '|' || coalesce(p.digits, '-') FROM contact_point p
      WHERE p.entity = 'customer' AND EXISTS (SELECT 1 FROM customer c WHERE c.id = p.record_id AND c.deleted_at IS NULL)
      ORDER BY p.record_id, p.kind, p.value`).split('\n'),
  };
}

const revert = (client, made) => work(client, `/imports/${made.id}/revert`);

/* The job is told to stop as soon as its first chunk has been taken back. */
const STOP = KIND === 'postgresql'
  ? `CREATE FUNCTION halt() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.cancel := 1; RETURN NEW; END $$;
     CREATE TRIGGER halt BEFORE UPDATE OF done ON job FOR EACH ROW WHEN (NEW.kind = 'import_revert' AND NEW.done > 0)
     EXECUTE FUNCTION halt()`
  : `CREATE TRIGGER halt AFTER UPDATE OF done ON job WHEN NEW.kind = 'import_revert' AND NEW.done > 0 AND NEW.cancel = 0
     BEGIN UPDATE job SET cancel = 1 WHERE id = NEW.id; END`;

/* A revert that is stopped behind its first chunk: the import's answer. */
async function halted(server, client, made) {
  sql(server.db, STOP);
  const job = await revert(client, made);
  sql(server.db, KIND === 'postgresql' ? 'DROP TRIGGER halt ON job; DROP FUNCTION halt()' : 'DROP TRIGGER halt');
  assert.equal(job.state, 'cancelled', job.error);
  const { body } = await client.get(`/imports/${made.id}`);
  assert.equal(body.state, 'done');
  return body;
}

async function kept(client, made) {
  const answer = await client.get(`/imports/${made.id}/kept`);
  assert.equal(answer.status, 200, answer.text);
  return answer.text.trim().split('\n').map((line) => JSON.parse(line));
}

async function one(client, entity, filter) {
  const answer = await client.get(`/${entity}?${filter}`);
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.body.data.length, 1, `${entity} ${filter}: ${answer.text}`);
  return answer.body.data[0];
}

const found = async (client, q) => (await client.get(`/customers?q=${encodeURIComponent(q)}`)).body.data.map((c) => c.name).sort();

describe('a file of customers', () => {
  let server;
  let admin;
  before(async () => {
    server = await startServer({ admin: true });
    admin = await server.signIn();
    let text = 'code,name,phone,email,city,tax_number\n';
    for (let i = 0; i < 30; i++) text += `R${i},旧客户${10000 + i}号,1390000${1000 + i},old${i}@a.cn,上海,T${i}\n`;
    await importAll(admin, 'customers', text);
  });

  after(() => server.stop());

  const second = () => {
    let text = 'code,name,phone,email,city\n';
    for (let i = 20; i < 5000; i++) text += `R${i},新名字${10000 + i}号,1380000${1000 + i},new${i}@b.cn,北京\n`;
    return text;
  };

  test('goes back whole: rows, points, search', async () => {
    const was = dump(server.db);
    const { made, report } = await importAll(admin, 'customers', second());
    assert.deepEqual([report.created, report.updated], [4970, 10]);
    assert.deepEqual(await found(admin, '新名字10025号'), ['新名字10025号']);
    assert.deepEqual(await found(admin, '旧客户10025号'), []);
    const job = await revert(admin, made);
    assert.equal(job.state, 'done', job.error);
    assert.deepEqual(job.result, { rows: 4980, deleted: 4970, restored: 10, kept: 0 });
    assert.deepEqual(dump(server.db), was);
    assert.deepEqual(await found(admin, '新名字10025号'), []);
    assert.deepEqual(await found(admin, '旧客户10025号'), ['旧客户10025号']);
    const state = (await admin.get(`/imports/${made.id}`)).body;
    assert.equal(state.state, 'reverted');
    assert.deepEqual(state.reverted, job.result);
    assert.equal((await admin.get(`/imports/${made.id}/kept`)).status, 404);
    for (const verb of ['revert', 'run']) {
      const again = await admin.post(`/imports/${made.id}/${verb}`);
      assert.equal(again.status, 409, again.text);
      assert.equal(again.body.errors[0].code, 'import_reverted');
    }
    const entries = (await admin.get(`/audit_entries?entity=import&record_id=${made.id}&action=import_revert`)).body.data;
    assert.equal(entries.reduce((n, e) => n + (e.changes.deleted?.customers.length ?? 0), 0), 4970);
  });

  test('what was changed since stays and is told', async () => {
    const text = 'code,name,phone,city\n' +
      'R1,甲,13700000001,广州\nR2,乙,13700000002,广州\nR3,丙,13700000003,广州\n' +
      'N1,新一,13700000004,广州\nN2,新二,13700000005,广州\nN3,新三,13700000006,广州\n';
    const { made, report } = await importAll(admin, 'customers', text);
    assert.deepEqual([report.created, report.updated], [3, 3]);
    const r1 = await one(admin, 'customers', 'code=R1');
    const r2 = await one(admin, 'customers', 'code=R2');
    const n1 = await one(admin, 'customers', 'code=N1');
    const n2 = await one(admin, 'customers', 'code=N2');
    for (const [id, change] of [[r1.id, { phone: '13611112222' }], [r2.id, { note: 'by hand' }], [n1.id, { city: '深圳' }]])
      assert.equal((await admin.patch(`/customers/${id}`, change)).status, 200);
    assert.equal((await admin.post('/contacts', { customer_id: n2.id, name: '联系人' })).status, 201);
    const job = await revert(admin, made);
    assert.deepEqual(job.result, { rows: 6, deleted: 1, restored: 3, kept: 3 });
    const lines = await kept(admin, made);
    assert.deepEqual(lines.map((l) => [l.entity, l.id, l.reason]).sort(), [
      ['customers', r1.id, 'changed'], ['customers', n1.id, 'changed'], ['customers', n2.id, 'used']].sort());
    assert.deepEqual(lines.find((l) => l.id === r1.id).fields, { phone: ['13900001001', '13700000001', '13611112222'] });
    const now = await one(admin, 'customers', 'code=R1');
    assert.deepEqual([now.name, now.phone, now.city], ['旧客户10001号', '13611112222', '上海']);
    const other = await one(admin, 'customers', 'code=R2');
    assert.deepEqual([other.name, other.phone, other.note], ['旧客户10002号', '13900001002', 'by hand']);
    assert.equal((await one(admin, 'customers', 'code=N1')).city, '深圳');
    assert.equal((await admin.get('/customers?code=N3')).body.data.length, 0);
  });

  test('stopped in the middle it goes on to the same end', async () => {
    const was = dump(server.db);
    let text = 'code,name\n';
    for (let i = 0; i < 20000; i++) text += `S${i},停${i}\n`;
    const { made } = await importAll(admin, 'customers', text);
    const { reverted } = await halted(server, admin, made);
    assert.ok(reverted.deleted > 0 && reverted.deleted < 20000, JSON.stringify(reverted));
    const rest = sql(server.db, `SELECT count(*) FROM customer WHERE import_id = ${made.id} AND deleted_at IS NULL`);
    assert.equal(Number(rest), 20000 - reverted.deleted);
    assert.equal((await revert(admin, made)).result.deleted, 20000);
    assert.deepEqual(dump(server.db), was);
  });

  test('an old value that is another record’s by now does not come back', async () => {
    await importAll(admin, 'customers', 'id,code,name\nU1,OLD1,Uma\n');
    const { made } = await importAll(admin, 'customers', 'id,code,name\nU1,NEW1,Uma\n', { options: { key: 'external_id' } });
    assert.equal((await admin.post('/customers', { name: 'Second', code: 'OLD1', kind: 'person' })).status, 201);
    const job = await revert(admin, made);
    assert.deepEqual([job.result.restored, job.result.kept], [0, 1]);
    assert.equal((await kept(admin, made))[0].reason, 'taken');
  });

  test('tells of what stays by the masks of the one who takes it back', async () => {
    const all = { read: 'all', create: 'all', update: 'all', delete: 'all' };
    const grants = { customer: all, import: all, job: all, user: { read: 'all' } };
    const role = await admin.post('/roles', { key: 'masker', name: 'Masker', grants });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'masker', 'masker');
    const masker = await server.signIn('masker');
    const old = await admin.post('/customers', { name: '遮面', code: 'MASK1', kind: 'person', phone: '13511110001', email: 'before@a.cn' });
    assert.equal(old.status, 201, old.text);
    const { made, report } = await importAll(masker, 'customers', 'code,name,phone,email\nMASK1,遮面,13511110002,during@a.cn\n');
    assert.equal(report.updated, 1, JSON.stringify(report));
    assert.equal((await admin.patch(`/customers/${old.body.id}`, { phone: '13511110003', email: 'after@a.cn' })).status, 200);
    const hidden = await admin.patch(`/roles/${role.body.id}`, { grants: { ...grants, fields: { customer: { email: 'hidden' } } } });
    assert.equal(hidden.status, 200, hidden.text);
    await until(() => masker.get('/schema/customer'), (a) => !a.body.fields.some((f) => f.name === 'email'), 60000);
    await revert(masker, made);
    const answer = await masker.get(`/imports/${made.id}/kept`);
    assert.equal(answer.status, 200, answer.text);
    const [line] = answer.text.trim().split('\n').map((text) => JSON.parse(text));
    assert.deepEqual(line.fields.phone, ['135****0001', '135****0002', '135****0003']);
    for (const word of ['before', 'during', 'after']) assert.ok(!answer.text.includes(word), answer.text);
    const now = (await admin.get(`/customers/${old.body.id}`)).body;
    assert.deepEqual([now.phone, now.email], ['13511110003', 'after@a.cn']);
  });

  test('needs the right to delete, and an import that ran', async () => {
    const made = await uploadGood(admin, 'customers', 'name\nNobody\n');
    const early = await admin.post(`/imports/${made.id}/revert`);
    assert.equal(early.status, 409);
    assert.equal(early.body.errors[0].code, 'import_not_run');
    const own = { read: 'own', create: 'own', update: 'own' };
    const role = await admin.post('/roles', { key: 'adder', name: 'Adder', grants: { customer: own, import: own, job: own, user: { read: 'all' } } });
    assert.equal(role.status, 201, role.text);
    addUser(server.db, 'adder', 'adder');
    const adder = await server.signIn('adder');
    const ran = await importAll(adder, 'customers', 'name\nMine\n');
    assert.equal((await adder.post(`/imports/${ran.made.id}/revert`)).status, 403);
    const foreign = await adder.post(`/imports/${made.id}/revert`);
    assert.equal(foreign.status, 404);
  });
});

describe('files of products and contacts', () => {
  test('go back, one under the other', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    await importAll(admin, 'customers', 'code,name\nP1,Parent\n');
    await importAll(admin, 'products', 'code,name,price\nA,Cup,2\n');
    const was = dump(server.db);
    const products = await importAll(admin, 'products', 'code,name,price\nA,Mug,3\nB,Pot,4\n');
    const contacts = await importAll(admin, 'contacts', 'customer_id,name,phone\nP1,Ann,13500000001\nP1,Ben,13500000002\n');
    assert.deepEqual([products.report.updated, contacts.report.created], [1, 2]);
    for (const { made } of [contacts, products]) assert.equal((await revert(admin, made)).state, 'done');
    assert.deepEqual(dump(server.db), was);
    await server.stop();
  });
});

describe('a file of orders', () => {
  const first = () => {
    let text = HEAD;
    for (let i = 0; i < 40; i++) text += `F${i},A${i % 5},Cup ${i % 5},${1 + i % 3},2024-03-${10 + i % 15},${2 + i % 7},${700 + i % 8},UK\n`;
    return text;
  };
  /* Orders that are there, orders that are new and spread over chunks, new
   * customers and products, another currency. */
  const second = () => {
    let text = HEAD;
    for (let i = 0; i < 20; i++) text += `F${i},B${i},Pot ${i},9,2024-04-01,11,${700 + i % 8},UK\n`;
    /* G7 and G8 once more at the end: however short the last chunk is, they are in it */
    const rows = [...Array(6998).keys(), 7, 8];
    for (const i of rows) text += `G${i % 900},B${i % 50},Pot ${i % 50},2,2024-04-0${1 + i % 5},3,${705 + i % 900 % 60},UK\n`;
    return text;
  };
  const options = { source: 'shop', on_duplicate: 'update' };

  test('goes back whole: orders, lines, customers, products, statistics, grades', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    await importAll(admin, 'orders', first(), { options });
    const was = dump(server.db);
    const { made, report } = await importAll(admin, 'orders', second(), { options: { ...options, currency: 'USD', rate: '7.1' } });
    assert.equal(report.orders_updated, 20);
    assert.ok(report.customers_created > 0 && report.products_created > 0);
    assert.notDeepEqual(dump(server.db), was);
    const job = await revert(admin, made);
    assert.equal(job.state, 'done', job.error);
    assert.equal(job.result.kept, 0, job.result.kept ? JSON.stringify((await kept(admin, made)).slice(0, 3)) : '');
    const now = dump(server.db);
    for (const table of Object.keys(was)) assert.deepEqual(now[table], was[table], table);
    await server.stop();
  });

  /* An order whose line somebody has changed, and one that is paid; their lines
   * are spread over all chunks. */
  async function touched(admin) {
    const { made } = await importAll(admin, 'orders', second(), { options });
    const order = await one(admin, 'orders', 'number=G7');
    const [line] = (await admin.get(`/order_lines?order_id=${order.id}&sort=position&limit=1`)).body.data;
    assert.equal((await admin.patch(`/order_lines/${line.id}`, { quantity: '5' })).status, 200);
    const paid = await one(admin, 'orders', 'number=G8');
    const payment = await admin.post('/payments', { customer_id: paid.customer_id, order_id: paid.id, kind: 'receipt', amount: 100, currency: 'CNY', paid_on: '2024-05-01' });
    assert.equal(payment.status, 201, payment.text);
    return { made, order, paid };
  }
  const orderReasons = (lines) => lines.filter((l) => l.entity === 'orders').map((l) => [l.title, l.reason]).sort();

  test('an order touched since stays with its customer', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const { made, order, paid } = await touched(admin);
    const before = [await one(admin, 'orders', `id=${order.id}`), await one(admin, 'orders', `id=${paid.id}`)];
    const job = await revert(admin, made);
    assert.equal(job.state, 'done', job.error);
    const lines = await kept(admin, made);
    assert.deepEqual(orderReasons(lines), [['G7', 'changed'], ['G8', 'used']]);
    assert.deepEqual([await one(admin, 'orders', `id=${order.id}`), await one(admin, 'orders', `id=${paid.id}`)], before);
    assert.equal(Number(sql(server.db, `SELECT count(*) FROM "order" WHERE deleted_at IS NULL`)), 2);
    assert.deepEqual(lines.filter((l) => l.entity === 'customers').map((l) => l.reason), ['used', 'used']);
    await server.stop();
  });

  test('a revert that goes on tells of an order it leaves once, with the same reason', async () => {
    const server = await startServer({ admin: true });
    const admin = await server.signIn();
    const { made, order, paid } = await touched(admin);
    const { reverted } = await halted(server, admin, made);
    /* Known are those that chunks still to come have, and nobody in the end. */
    const known = () => JSON.parse(sql(server.db, "SELECT cursor FROM job WHERE kind = 'import_revert' ORDER BY id DESC LIMIT 1")).kept_orders;
    assert.deepEqual(known(), [order.id, paid.id].sort((a, b) => a - b));
    assert.ok(reverted.rows > 0 && reverted.rows < 7020, JSON.stringify(reverted));
    const job = await revert(admin, made);
    assert.equal(job.state, 'done', job.error);
    assert.deepEqual(known(), []);
    const lines = await kept(admin, made);
    assert.deepEqual(orderReasons(lines), [['G7', 'changed'], ['G8', 'used']]);
    assert.equal(job.result.kept, lines.length);
    assert.equal(Number(sql(server.db, `SELECT count(*) FROM "order" WHERE deleted_at IS NULL`)), 2);
    await server.stop();
  });
});

describe('killed at any moment', () => {
  test('a revert goes on behind its last whole chunk', async () => {
    const db = freshDatabase();
    initCompany(db);
    let server = await startServer({ db });
    let admin = await server.signIn();
    let text = 'code,name\n';
    for (let i = 0; i < 15000; i++) text += `K${i},杀${i}\n`;
    const was = dump(db);
    const { made } = await importAll(admin, 'customers', text);
    const id = (await admin.post(`/imports/${made.id}/revert`)).body.job.id;
    for (let round = 0; round < 3; round++) {
      await new Promise((done) => setTimeout(done, 30 + Math.random() * 200));
      await server.stop('SIGKILL');
      if (db.path === undefined) sql(db, `UPDATE job SET lease_until = 0 WHERE id = ${id} AND state = 'running'`);
      server = await startServer({ db });
      admin = await server.signIn();
    }
    const job = await follow(admin, id);
    assert.equal(job.state, 'done', job.error);
    assert.equal((await readJob(admin, id)).result.deleted, 15000);
    assert.deepEqual(dump(db), was);
    await server.stop();
  });
});
