/* The drop desk (R39, R40): a loss-maker is proposed by one person and decided
 * by another, the customer gets a letter, orders keep to the measures, and who
 * is not to come back does not, whichever way he tries. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { addUser, sql, startServer, until } from './lib.mjs';
import { csvRows, dryRun, follow, importAll, run, uploadGood, work } from './jobs.mjs';

let server;
let admin;
const users = {}; /* login → client */
const ids = {};

async function good(promise, what, status) {
  const answer = await promise;
  assert.ok(status ? answer.status === status : answer.status < 300, `${what}: ${answer.status} ${answer.text}`);
  return answer.body;
}
const make = (path, body, client = admin) => good(client.post(path, body), `${path} ${JSON.stringify(body)}`, 201);
const refused = (answer, status, code) => {
  assert.equal(answer.status, status, answer.text);
  if (code) assert.equal(answer.body.errors?.[0]?.code ?? answer.body.code, code, answer.text);
  return answer.body.errors?.[0]?.message ?? answer.body.detail;
};

const decision = (customer, more = {}) => ({ customer_id: customer, can_rise: 'no', must_go: 'yes', measures: ['exit', 'no_reentry'],
  reason: 'Endless calls about one solved matter.', terms: 'Open invoices are due.', effective_on: '2026-01-01', ...more });
const propose = (client, customer, more) => make('/drop_decisions', decision(customer, more), client);
const decide = (client, id, verb, body = {}) => client.post(`/drop_decisions/${id}/${verb}`, body);

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  const team = (await make('/teams', { name: 'East' })).id;
  const roles = Object.fromEntries((await admin.get('/roles')).body.data.map((r) => [r.key, r.id]));
  const all = { read: 'all', update: 'all' };
  roles.chief = (await make('/roles', { key: 'chief', name: 'Chief', grants: { customer: all, drop_decision: all } })).id;
  for (const [login, role] of [['boss', 'manager'], ['chief', 'chief'], ['sam', 'sales'], ['eve', 'sales'], ['ann', 'analyst']]) {
    const user = await make('/users', { login, name: login, role_id: roles[role], team_id: ['analyst', 'chief'].includes(role) ? null : team });
    ids[login] = user.id;
    const { token } = await make('/api_tokens', { name: 't', user_id: user.id });
    users[login] = server.client({ token });
  }
});

describe('deciding', () => {
  let customer;
  before(async () => {
    customer = (await make('/customers', { name: '亏本公司', owner_id: ids.sam })).id;
    await make('/cost_entries', { customer_id: customer, kind: 'call', incurred_on: '2026-01-02', amount: 12345 });
  });

  test('a proposal notes the figures it was made on; its author does not approve it', async () => {
    const d = await propose(users.sam, customer);
    assert.deepEqual([d.state, d.measures], ['proposed', ['exit', 'no_reentry']]);
    const seen = (await users.sam.get(`/drop_decisions/${d.id}`)).body;
    assert.deepEqual([seen.margin_then, seen.cost_then, seen.net_then, seen.created_by], ['0', '123.45', '-123.45', ids.sam]);
    refused(await decide(users.sam, d.id, 'approve'), 403, 'decision_approver');
    refused(await decide(users.eve, d.id, 'approve'), 404);
    refused(await decide(users.ann, d.id, 'approve'), 403);
    refused(await users.sam.patch(`/drop_decisions/${d.id}`, { state: 'approved' }), 422);
    refused(await users.sam.get(`/drop_decisions/${d.id}/letter`), 422, 'letter_not_approved');
    assert.equal((await good(decide(users.boss, d.id, 'approve', { note: 'Agreed.' }), 'approve')).state, 'approved');
    const after = (await users.sam.get(`/drop_decisions/${d.id}`)).body;
    assert.deepEqual([after.state, after.decided_by, after.decision_note], ['approved', ids.boss, 'Agreed.']);
    assert.ok(after.decided_at);
    refused(await decide(users.boss, d.id, 'approve'), 409, 'decision_state');
    /* its words stand; when the letter went out may still be noted */
    refused(await users.boss.patch(`/drop_decisions/${d.id}`, { reason: 'other' }), 409, 'decision_settled');
    assert.equal((await users.boss.patch(`/drop_decisions/${d.id}`, { letter_sent_on: '2026-01-03' })).status, 200);
    const entry = (await admin.get(`/audit_entries?entity=drop_decision&record_id=${d.id}&sort=-id`)).body.data;
    assert.ok(entry.some((e) => e.changes?.state?.[1] === 'approved' && e.user_id === ids.boss), JSON.stringify(entry));
  });

  test('one decides about one\'s own proposal only where the company says so', async () => {
    const d = await propose(users.boss, customer);
    refused(await decide(users.boss, d.id, 'approve'), 403, 'decision_own');
    await good(admin.request('PUT', '/settings', { 'drop.self_approval': true }), 'settings');
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    await good(admin.request('PUT', '/settings', { 'drop.self_approval': false }), 'settings');
    refused(await decide(users.boss, d.id, 'lift', {}), 422);
    await good(decide(users.boss, d.id, 'lift', { note: 'paid' }), 'lift');
  });

  test('rejected with a reason, withdrawn by its author', async () => {
    const one = await propose(users.sam, customer);
    refused(await decide(users.boss, one.id, 'reject'), 422);
    assert.equal((await good(decide(users.boss, one.id, 'reject', { note: 'no' }), 'reject')).state, 'rejected');
    const two = await propose(users.sam, customer);
    assert.equal((await good(decide(users.sam, two.id, 'withdraw'), 'withdraw')).state, 'withdrawn');
    refused(await decide(users.boss, two.id, 'approve'), 409, 'decision_state');
    refused(await users.sam.post('/drop_decisions', decision(customer, { must_go: 'no' })), 422, 'decision_must_go');
    refused(await users.sam.post('/drop_decisions', decision(customer, { measures: [] })), 422);
    refused(await users.eve.post('/drop_decisions', decision(customer)), 422);
    refused(await decide(users.boss, 999999, 'approve'), 404);
  });

  test('the letter, in both languages, from the template', async () => {
    const milder = (await make('/customers', { name: 'Small & Co', owner_id: ids.sam })).id;
    const d = await propose(users.sam, milder, { measures: ['fee', 'prepayment'], must_go: 'no', terms: '6 yuan a month', effective_on: '2026-02-01' });
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    const en = await users.sam.get(`/drop_decisions/${d.id}/letter?language=en`);
    assert.match(en.headers.get('content-type'), /^text\/plain/);
    assert.match(en.headers.get('content-disposition'), /^attachment; filename="Notice-.+-\d{4}-\d\d-\d\d\.txt"; filename\*=UTF-8''Notice-.+\.txt$/);
    for (const words of ['Small & Co', '2026-02-01', '6 yuan a month', 'A service fee applies', 'payment in advance'])
      assert.ok(en.text.includes(words), `${words}: ${en.text}`);
    assert.ok(!/[{}]/.test(en.text), en.text);
    const no = await users.sam.get(`/drop_decisions/${d.id}/letter?language=EN`);
    assert.deepEqual([no.status, no.body.errors[0].field, no.body.errors[0].code], [422, 'language', 'not_option'], no.text);
    const zh = await users.sam.get(`/drop_decisions/${d.id}/letter?language=zh`);
    assert.ok(zh.headers.get('content-disposition').includes(encodeURIComponent('告知函-Small')), zh.headers.get('content-disposition'));
    assert.ok(!/\n{3}/.test(en.text + zh.text), 'no hole where nothing is said');
    assert.ok(zh.text.includes('预付款') && zh.text.includes('收取服务费'), zh.text);
    await good(admin.request('PUT', '/settings', { 'drop.letter_en': 'Dear {customer},\n{measures}\n{unknown} {' }), 'settings');
    const own = (await users.sam.get(`/drop_decisions/${d.id}/letter?language=en`)).text;
    assert.ok(own.startsWith('Dear Small & Co,\n- A service fee') && own.includes('{unknown} {'), own);
    refused(await users.eve.get(`/drop_decisions/${d.id}/letter`), 404);
    /* orders keep to it */
    refused(await users.sam.post('/orders', { customer_id: milder, number: 'C1', ordered_on: '2026-03-01', pay_method: 'credit' }), 422, 'prepayment_only');
    await make('/orders', { customer_id: milder, number: 'C2', ordered_on: '2026-01-31', pay_method: 'credit' }, users.sam);
    await make('/orders', { customer_id: milder, number: 'C3', ordered_on: '2026-03-01', pay_method: 'cash' }, users.sam);
    refused(await users.sam.post('/orders', { customer_id: customer, number: 'C4', ordered_on: '2026-03-01' }), 422, 'customer_exited');
  });

  test('no order comes in by another day, or by having been a return', async () => {
    const leaver = (await make('/customers', { name: 'Leaver by steps', owner_id: ids.sam })).id;
    const stands = await make('/orders', { customer_id: leaver, number: 'S0', ordered_on: '2026-03-05', pay_method: 'credit' }, users.sam);
    const d = await propose(users.sam, leaver, { measures: ['exit'], effective_on: '2026-02-01' });
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    const early = await make('/orders', { customer_id: leaver, number: 'S1', ordered_on: '2026-01-31' }, users.sam);
    const back = await make('/orders', { customer_id: leaver, number: 'S2', ordered_on: '2026-03-01', kind: 'return' }, users.sam);
    refused(await users.sam.patch(`/orders/${early.id}`, { ordered_on: '2026-03-01' }), 422, 'customer_exited');
    refused(await users.sam.patch(`/orders/${back.id}`, { kind: 'sale' }), 422, 'customer_exited');
    for (const ordered_on of ['2026-01-02', '2026-01-30']) await good(users.sam.patch(`/orders/${early.id}`, { ordered_on }), 'history');
    await good(users.sam.patch(`/orders/${stands.id}`, { ordered_on: '2026-03-06', note: 'x' }), 'what stood before the decision');
    const payer = (await make('/customers', { name: 'Payer by steps', owner_id: ids.sam })).id;
    const p = await propose(users.sam, payer, { measures: ['prepayment'], must_go: 'no', effective_on: '2026-02-01' });
    await good(decide(users.boss, p.id, 'approve'), 'approve');
    const credit = await make('/orders', { customer_id: payer, number: 'S3', ordered_on: '2026-01-31', pay_method: 'credit' }, users.sam);
    refused(await users.sam.patch(`/orders/${credit.id}`, { ordered_on: '2026-02-01' }), 422, 'prepayment_only');
    await good(users.sam.patch(`/orders/${credit.id}`, { ordered_on: '2026-02-01', pay_method: 'cash' }), 'in cash');
  });
});

describe('no re-entry', () => {
  const ID = '11010519491231002X';
  const TAX = '91110000600037341L';
  const PHONE = '+86 138-1234-5678';
  let gone;
  let d;
  before(async () => {
    gone = (await make('/customers', { name: '不再接纳者', owner_id: ids.sam, phone: PHONE, id_kind: 'id_card', id_number: ID, tax_number: TAX })).id;
    d = await propose(users.sam, gone);
    /* a proposal bars nobody */
    const other = await make('/customers', { name: 'before', phone: '13812345678' }, users.eve);
    await good(admin.request('DELETE', `/customers/${other.id}`), 'delete');
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    ids.before = other.id;
  });

  const same = [{ phone: '13812345678' }, { phone: '0086 13812345678' }, { phone: '(138) 1234 5678' },
    { id_kind: 'id_card', id_number: ID.toLowerCase() }, { tax_number: ` ${TAX.slice(0, 9)} ${TAX.slice(9)}` }];

  test('not by creating, by any of the three, however they are written', async () => {
    for (const by of same) {
      const told = refused(await users.boss.post('/customers', { name: 'again', ...by }), 422, 'no_reentry_of');
      assert.ok(told.includes('不再接纳者'), told);
    }
    await make('/customers', { name: 'somebody else', phone: '13812345679' }, users.eve);
  });

  test('whoever may not read the decision is told no more than that', async () => {
    for (const by of same) {
      const answer = await users.eve.post('/customers', { name: 'again', ...by }, { 'accept-language': 'en' });
      refused(answer, 422, 'no_reentry');
      assert.ok(!answer.text.includes('不再接纳者') && !/20\d\d-\d\d/.test(answer.text), answer.text);
    }
    const zh = await users.eve.post('/customers', { name: 'again', phone: PHONE }, { 'accept-language': 'zh' });
    assert.ok(zh.body.errors[0].message.includes('不再接纳'), zh.text);
    assert.equal(zh.body.errors[0].field, 'phone');
  });

  test('not by a change, an upsert, a batch, out of the bin', async () => {
    const other = await make('/customers', { name: 'other' }, users.eve);
    refused(await users.eve.patch(`/customers/${other.id}`, { phone: PHONE }), 422, 'no_reentry');
    refused(await users.eve.request('PUT', '/customers/by/code/K77', { name: 'again', tax_number: TAX }), 422, 'no_reentry');
    const batch = await users.eve.post('/batch', { atomic: false, operations: [
      { op: 'create', object: 'customers', data: { name: 'fine' } },
      { op: 'create', object: 'customers', data: { name: 'again', phone: PHONE } },
      { op: 'upsert', object: 'customers', field: 'code', value: 'K78', data: { name: 'again', id_kind: 'id_card', id_number: ID } }] });
    assert.deepEqual(batch.body.results.map((r) => r.status), [201, 422, 422], batch.text);
    refused(await admin.post(`/customers/${ids.before}/restore`), 409, 'no_reentry_of');
    /* the one himself: neither back out of the bin */
    await good(admin.request('DELETE', `/customers/${gone}`), 'delete');
    refused(await admin.post(`/customers/${gone}/restore`), 409, 'no_reentry_of');
    refused(await users.eve.post('/customers', { name: 'again', phone: PHONE }), 422, 'no_reentry');
  });

  test('not by an import: those rows are set aside, with the reason', async () => {
    const file = `name,phone,tax_number\nImp One,13900000001,\nImp Two,${PHONE},\nImp Three,,${TAX}\nImp Four,13900000004,\n`;
    const tried = await dryRun(admin, await uploadGood(admin, 'customers', file));
    assert.deepEqual([tried.result.created, tried.result.error_lines], [2, 2], 'the dry run tells it before');
    const { made, report } = await importAll(admin, 'customers', file, {});
    assert.deepEqual([report.created, report.error_lines], [2, 2], JSON.stringify(report));
    const rows = csvRows((await admin.get(`/imports/${made.id}/errors`)).text).slice(1);
    assert.deepEqual(rows.map((r) => r[0]), ['Imp Two', 'Imp Three']);
    for (const row of rows) assert.ok(row.at(-1).includes('不再接纳'), row.join('|'));
    const again = await importAll(admin, 'customers', 'name,phone\nImp One,13900000001\n', { options: { key: 'phone', on_duplicate: 'create' } });
    assert.equal(again.report.created, 1);
    const change = await importAll(admin, 'customers', `name,code,phone\nfresh,F1,\n`, {});
    assert.equal(change.report.created, 1);
    const update = await importAll(admin, 'customers', `name,code,phone\nfresh,F1,${PHONE}\n`, { options: { key: 'code', on_duplicate: 'update' } });
    assert.deepEqual([update.report.updated, update.report.error_lines], [0, 1]);
  });

  test('not by taking an import back: that record stays, the others go back', async () => {
    const old = '13600000001';
    const file = (a, b) => `name,code,phone\nback one,R1,${a}\nback two,R2,${b}\n`;
    await importAll(admin, 'customers', file(old, '13600000002'), {});
    const { made } = await importAll(admin, 'customers', file('13600000003', '13600000004'), { options: { key: 'code', on_duplicate: 'update' } });
    const x = (await make('/customers', { name: 'has the old number', owner_id: ids.sam, phone: old })).id;
    const d = await propose(users.sam, x, { measures: ['no_reentry'] });
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    const result = await work(admin, `/imports/${made.id}/revert`);
    assert.deepEqual([result.state, result.result.restored, result.result.kept], ['done', 1, 1], JSON.stringify(result));
    const phones = (await admin.get('/customers?name[contains]=back&sort=name')).body.data.map((r) => r.phone);
    assert.deepEqual(phones, ['13600000003', '13600000002']);
    const line = JSON.parse((await admin.get(`/imports/${made.id}/kept`)).text);
    assert.equal(line.reason, 'refused');
    assert.ok(line.message.includes('不再接纳'), line.message);
    assert.deepEqual(line.fields, { phone: [old, '13600000003', '13600000003'] });
    await good(decide(admin, d.id, 'lift', { note: 'Settled.' }), 'lift');
  });

  test('nor by a file of orders that would make him anew', async () => {
    const file = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,phone\n' +
      `X1,A,Cup,1,2026-03-01,5,BACK,${PHONE}\n` + //  set aside
      `X1,B,Pot,2,2026-03-01,5,BACK,${PHONE}\n` + //  … all of the order
      'X2,A,Cup,1,2026-03-01,5,FINE,13900000099\n' +
      `X3,A,Cup,1,2026-03-02,5,BACK,${PHONE}\n`;
    const made = await uploadGood(admin, 'orders', file);
    assert.equal(made.columns.at(-1).field, 'customer.phone');
    assert.equal((await admin.patch(`/imports/${made.id}`, { options: { source: 'till' } })).status, 200);
    const dry = await dryRun(admin, made);
    assert.deepEqual([dry.state, dry.result.error_lines], ['done', 3], 'the dry run tells it before');
    const { result } = await run(admin, made);
    assert.deepEqual([result.error_lines, result.orders_created, result.customers_created], [3, 1, 1], JSON.stringify(result));
    const rows = csvRows((await admin.get(`/imports/${made.id}/errors`)).text).slice(1);
    assert.deepEqual(rows.map((r) => r[0]), ['X1', 'X1', 'X3']);
    for (const row of rows) assert.ok(row.at(-1).includes('不再接纳'), row.join('|'));
    assert.deepEqual((await admin.get('/customers?external_id=BACK')).body.data, []);
  });

  test('what a barred customer is changed to is barred too; lifted, he may come again', async () => {
    const x = (await make('/customers', { name: 'moves', owner_id: ids.sam, phone: '13700000001' })).id;
    const e = await propose(users.sam, x, { measures: ['no_reentry'] });
    await good(decide(users.boss, e.id, 'approve'), 'approve');
    await good(admin.patch(`/customers/${x}`, { phone: '13700000002', note: 'moved' }), 'own numbers may change');
    for (const phone of ['13700000001', '13700000002'])
      refused(await users.eve.post('/customers', { name: 'again', phone }), 422, 'no_reentry');
    await good(decide(admin, e.id, 'lift', { note: 'Settled.' }), 'lift');
    for (const phone of ['13700000001', '13700000002'])
      await make('/customers', { name: 'welcome', phone }, users.eve);
  });
});

describe('bars without a decision', () => {
  const PHONE = '13611110000';
  const TAX = '91310000123456789X';
  const bars = (client, query = '') => good(client.get(`/bars${query}`), 'bars', 200);
  const lift = (client, id, note = 'Settled.') => client.post(`/bars/${id}/lift`, { note });
  async function barred(name, phone) {
    const id = (await make('/customers', { name, owner_id: ids.sam, phone, tax_number: TAX })).id;
    const d = await propose(users.sam, id, { measures: ['no_reentry'] });
    await good(decide(users.boss, d.id, 'approve'), 'approve');
    return { id, decision: d.id };
  }
  async function purge() {
    sql(server.db, `UPDATE customer SET deleted_at = 1 WHERE deleted_at IS NOT NULL; UPDATE drop_decision SET deleted_at = 1 WHERE deleted_at IS NOT NULL`);
    sql(server.db, `INSERT INTO job (kind, state, args, done, cancel, attempt, created_at) VALUES ('bin_purge', 'queued', '{}', 0, 0, 0, ${Date.now()})`);
    await until(() => admin.get('/jobs?kind=bin_purge&sort=-id&limit=1'), ({ body }) => body.data[0]?.state === 'done', 120000);
  }

  test('are listed and lifted by whoever may approve, with an entry of the trail', async () => {
    const { id, decision } = await barred('purged one', PHONE);
    const mine = async (client) => (await bars(client)).data.find((b) => b.decision_id === decision);
    assert.deepEqual(await mine(users.boss), { decision_id: decision, decision: 'live', customer_id: id, customer_name: 'purged one',
      decided_on: (await mine(admin)).decided_on, identities: (await mine(users.boss)).identities });
    assert.deepEqual((await mine(admin)).identities, [{ kind: 'phone', value: PHONE }, { kind: 'tax_number', value: TAX.toLowerCase() }]);
    for (const login of ['sam', 'ann']) {
      refused(await users[login].get('/bars'), 403);
      refused(await lift(users[login], decision), 403);
    }
    refused(await lift(users.boss, decision), 409, 'bar_decided');
    refused(await users.boss.post(`/bars/${decision}/lift`, {}), 422);
    await good(admin.request('DELETE', `/customers/${id}`), 'delete');
    assert.equal((await mine(admin)).decision, 'bin');
    await purge();
    assert.equal((await admin.get(`/customers?bin=true&name=${encodeURIComponent('purged one')}`)).body.data.length, 0);
    const left = await mine(users.chief);
    assert.deepEqual([left.decision, left.customer_name], ['gone', null]);
    refused(await users.eve.post('/customers', { name: 'again', phone: PHONE }), 422, 'no_reentry');
    assert.equal(await mine(users.boss), undefined, 'nobody tells whose customer it was');
    refused(await lift(users.boss, decision), 404);
    assert.equal((await lift(users.chief, decision)).status, 204);
    assert.equal(await mine(users.chief), undefined);
    await make('/customers', { name: 'welcome again', phone: PHONE, tax_number: TAX }, users.eve);
    refused(await lift(users.boss, decision), 404);
    const [entry] = (await admin.get(`/audit_entries?action=lift_bar&record_id=${decision}`)).body.data;
    assert.deepEqual([entry.user_id, entry.changes], [ids.chief, { customer_id: id, kinds: ['phone', 'tax_number'], note: 'Settled.' }]);
  });

  test('of a purged decision go with the customer: told to and lifted by who sees him', async () => {
    const own = await barred('alive in the team', '13611110011');
    const { id } = await make('/customers', { name: 'alive elsewhere', phone: '13611110012' });
    const { id: other } = await propose(admin, id, { measures: ['no_reentry'] });
    await good(decide(users.chief, other, 'approve'), 'approve');
    for (const d of [own.decision, other]) await good(admin.request('DELETE', `/drop_decisions/${d}`), 'delete');
    await purge();
    const told = async (client) => (await bars(client)).data.filter((b) => [own.decision, other].includes(b.decision_id))
      .map((b) => [b.decision_id, b.decision, b.customer_name, b.identities[0].kind]);
    const rows = [[other, 'gone', 'alive elsewhere', 'phone'], [own.decision, 'gone', 'alive in the team', 'phone']];
    assert.deepEqual(await told(users.chief), rows);
    assert.deepEqual(await told(users.boss), rows.slice(1));
    refused(await lift(users.boss, other), 404);
    assert.equal((await lift(users.boss, own.decision)).status, 204);
    assert.deepEqual(await told(admin), rows.slice(0, 1));
    assert.equal((await lift(users.chief, other)).status, 204);
  });

  test('in the bin too: the decision is lifted with it and the customer can come back', async () => {
    const { id, decision } = await barred('binned one', '13611110001');
    await good(admin.request('DELETE', `/customers/${id}`), 'delete');
    refused(await admin.post(`/customers/${id}/restore`), 409);
    assert.equal((await lift(users.boss, decision)).status, 204);
    await good(admin.post(`/customers/${id}/restore`), 'restore');
    assert.equal((await admin.get(`/drop_decisions/${decision}`)).body.state, 'lifted');
  });

  test('a decision out of reach is neither shown nor lifted; older ones come page by page', async () => {
    const { id } = await make('/customers', { name: 'of nobody in the team', phone: '13611110009' });
    const d = await propose(admin, id, { measures: ['no_reentry'] });
    await good(admin.request('PUT', '/settings', { 'drop.self_approval': true }), 'settings');
    await good(decide(admin, d.id, 'approve'), 'approve');
    await good(admin.request('PUT', '/settings', { 'drop.self_approval': false }), 'settings');
    assert.ok((await bars(admin)).data.some((b) => b.decision_id === d.id));
    assert.ok(!(await bars(users.boss)).data.some((b) => b.decision_id === d.id));
    refused(await lift(users.boss, d.id), 404);
    const { data } = await bars(admin, `?before=${d.id}`);
    assert.ok(data.every((b) => b.decision_id < d.id));
    refused(await admin.get('/bars?before=x'), 422, 'not_integer');
    await good(decide(admin, d.id, 'lift', { note: 'x' }), 'lift');
  });
});

describe('files of orders', () => {
  const HEAD = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,付款方式\n';
  const options = { source: 'shop' };
  let leaver;
  let payer;
  let bar;
  before(async () => {
    leaver = (await make('/customers', { name: 'Leaver', code: 'LV', owner_id: ids.sam })).id;
    payer = (await make('/customers', { name: 'Payer', code: 'PP', owner_id: ids.sam })).id;
    bar = await propose(users.boss, leaver, { measures: ['exit'], effective_on: '2026-02-01' });
    const prepay = await propose(users.boss, payer, { measures: ['prepayment'], must_go: 'no', effective_on: '2026-02-01' });
    for (const d of [bar, prepay]) await good(decide(admin, d.id, 'approve'), 'approve');
  });
  const aside = async (made) => csvRows((await admin.get(`/imports/${made.id}/errors`)).text).slice(1);
  const numbers = async (id) => (await admin.get(`/orders?customer_id=${id}&sort=number&fields=id,number,external_id&limit=100`)).body.data.map((o) => o.external_id);

  test('rows that a decision forbids are set aside in words, those of days before it go in', async () => {
    const file = HEAD +
      'H1,A,Cup,1,2026-01-31,5,LV,赊购\n' + //  before the decision
      'N1,A,Cup,1,2026-02-01,5,LV,现金\n' + //  set aside
      'N1,B,Pot,2,2026-02-01,5,LV,现金\n' + //  … all of the order
      'CH1,A,Cup,-1,2026-02-10,5,LV,\n' + //    a return is taken
      'P1,A,Cup,1,2026-02-05,5,PP,赊购\n' + //  set aside: on credit
      'P2,A,Cup,1,2026-02-05,5,PP,现金\n' +
      'P3,A,Cup,1,2026-02-05,5,PP,\n' +
      'P4,A,Cup,1,2026-01-05,5,PP,赊购\n' + //  before the decision
      'F1,A,Cup,1,2026-03-01,5,NEW,赊购\n'; //  of somebody new
    const made = await uploadGood(admin, 'orders', file);
    const patched = await admin.patch(`/imports/${made.id}`, { options });
    assert.equal(patched.status, 200, patched.text);
    assert.equal((await dryRun(admin, made)).result.error_lines, 3, 'the dry run tells it before');
    const { result } = await run(admin, made);
    assert.deepEqual([result.error_lines, result.orders_created], [3, 6], JSON.stringify(result));
    const rows = await aside(made);
    assert.deepEqual(rows.map((r) => [r[0], r.at(-2)]), [['N1', 'CustomerID'], ['N1', 'CustomerID'], ['P1', 'CustomerID']]);
    for (const row of rows.slice(0, 2)) assert.ok(row.at(-1).includes('不再接受新订单'), row.join('|'));
    assert.ok(rows[2].at(-1).includes('不接受赊购订单'), rows[2].join('|'));
    assert.deepEqual(await numbers(leaver), ['CH1', 'H1']);
    assert.deepEqual(await numbers(payer), ['P2', 'P3', 'P4']);
  });

  test('an order does not become such a customer’s by an import that updates', async () => {
    const update = { options: { ...options, on_duplicate: 'update' } };
    const file = `${HEAD}F1,A,Cup,1,2026-03-01,5,LV,\n`;
    const refused = await importAll(admin, 'orders', file, update);
    assert.deepEqual([refused.report.error_lines, refused.report.orders_updated], [1, 0], JSON.stringify(refused.report));
    const credit = await importAll(admin, 'orders', file.replace('LV', 'PP'), update);
    assert.deepEqual([credit.report.error_lines, credit.report.orders_updated], [1, 0], JSON.stringify(credit.report));
    assert.ok((await aside(credit.made))[0].at(-1).includes('不接受赊购订单'));
    /* nor does one of his move to a day of the measure */
    const later = await importAll(admin, 'orders', `${HEAD}P4,A,Cup,1,2026-03-05,5,PP,\nH1,A,Cup,1,2026-03-01,5,LV,\n`, update);
    assert.deepEqual([later.report.error_lines, later.report.orders_updated], [2, 0], JSON.stringify(later.report));
    const own = await importAll(admin, 'orders', `${HEAD}P4,A,Cup,2,2026-01-05,5,PP,\n`, update);
    assert.deepEqual([own.report.error_lines, own.report.orders_updated], [0, 1], 'his own may be put right');
  });

  test('a decision holds from its moment on, in the middle of a file too', async () => {
    const ROWS = 30000;
    const id = (await make('/customers', { name: 'Middle', code: 'MID', owner_id: ids.sam })).id;
    const d = await propose(users.boss, id, { measures: ['exit'] });
    const made = await uploadGood(admin, 'orders', HEAD + Array.from({ length: ROWS }, (_, i) => `M${i},A,Cup,1,2026-03-01,5,MID,\n`).join(''));
    assert.equal((await admin.patch(`/imports/${made.id}`, { options })).status, 200);
    const { job } = await good(admin.post(`/imports/${made.id}/run`), 'run');
    await follow(admin, job.id, (j) => j.done > 0 || !['queued', 'running'].includes(j.state));
    await good(decide(admin, d.id, 'approve'), 'approve');
    const { state, error, result } = await follow(admin, job.id);
    assert.equal(state, 'done', error);
    assert.equal(result.error_lines + result.orders_created, ROWS);
    const { decided_at: at } = (await admin.get(`/drop_decisions/${d.id}`)).body;
    const later = await good(admin.get(`/orders?customer_id=${id}&created_at[gt]=${at}&limit=1`), 'later');
    assert.deepEqual(later.data, [], `${result.error_lines} of ${ROWS} set aside`);
  });

  test('lifted, his orders are taken again', async () => {
    await good(decide(admin, bar.id, 'lift', { note: 'Settled.' }), 'lift');
    const { report } = await importAll(admin, 'orders', `${HEAD}N1,A,Cup,1,2026-02-01,5,LV,现金\n`, { options });
    assert.deepEqual([report.error_lines, report.orders_created], [0, 1], JSON.stringify(report));
    assert.deepEqual(await numbers(leaver), ['CH1', 'H1', 'N1']);
  });
});
