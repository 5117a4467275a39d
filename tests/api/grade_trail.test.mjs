/* A grade set by hand in the dated history: set, put off, lifted and run out,
 * by a form, a bulk edit, an import and its revert, each with one row; the
 * moves from month to month are those of the grade in force. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql, startServer } from './lib.mjs';
import { importAll, work } from './jobs.mjs';

const DAY = 86400000;
const later = (days) => new Date(Date.now() + 8 * 3600000 + days * DAY).toISOString().slice(0, 10);
const month = () => later(0).slice(0, 7);
const by = (grade, reason = 'Group account', days = 30) => ({ grade_override: grade, grade_override_reason: reason, grade_override_until: later(days) });
const LIFT = { grade_override: null, grade_override_reason: null, grade_override_until: null };

let server;
let admin;
const shop = [];

async function good(promise, status = 200) {
  const answer = await promise;
  assert.equal(answer.status, status, answer.text);
  return answer.body;
}
const make = (path, body) => good(admin.post(path, body), 201);
const patch = (id, body) => good(admin.patch(`/customers/${id}`, body));

async function grade() {
  const job = await work(admin, '/grading/run');
  assert.equal(job.state, 'done', JSON.stringify(job));
}

/* Oldest first. */
async function history(id, client = admin) {
  const { data } = await good(client.get(`/grade_history?customer_id=${id}&limit=100`));
  return data.sort((a, b) => a.id - b.id);
}
const steps = async (id) => (await history(id)).map((h) => [h.source, h.previous_effective_grade, h.effective_grade]);

/* What one step adds. */
async function adds(id, act) {
  const n = (await history(id)).length;
  await act();
  return (await steps(id)).slice(n);
}

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
});

test('before the first grading too', async () => {
  const { id } = await make('/customers', { name: 'Promised', ...by('main', 'Promised at the fair') });
  const [row, ...more] = await history(id);
  assert.equal(more.length, 0);
  assert.deepEqual([row.source, row.grade, row.effective_grade, row.reason, row.until, row.run_id, row.as_of],
    ['by_hand', null, 'main', 'Promised at the fair', later(30), null, later(0)]);
  const event = (await good(admin.get(`/customers/${id}/timeline`))).data.find((e) => e.entity === 'grade_history');
  assert.deepEqual([event.effective_grade, event.source, event.reason, event.until], ['main', 'by_hand', 'Promised at the fair', later(30)]);
  assert.equal((await good(admin.get(`/customers/${id}`))).grade_by_hand, true);
  const { months } = await good(admin.get('/analytics/grade_moves'));
  assert.deepEqual(months.map((m) => [m.month, m.moves.map(({ from, to, customers }) => [from, to, customers])]), [[month(), [[null, 'main', 1]]]]);
  assert.deepEqual(await adds(id, () => patch(id, LIFT)), [['lifted', 'main', null]]);
  assert.deepEqual((await good(admin.get('/analytics/grade_moves'))).months, [], 'there and back is no move of the month');
});

test('each change of it is one row, what is no change none', async () => {
  for (let k = 0; k < 12; k++) {
    const { id } = await make('/customers', { name: `c${k}`, code: `C${k}` });
    for (let n = 0; n < 2; n++)
      await make('/orders', { customer_id: id, number: `${k}-${n}`, ordered_on: later(-40 - n), amount: (k + 1) * 10000 });
    shop.push(id);
  }
  await grade();
  const id = shop[0];
  const before_ = await good(admin.get(`/customers/${id}`));
  assert.deepEqual([before_.grade, before_.effective_grade, before_.grade_by_hand], ['small', 'small', false]);
  assert.deepEqual(await steps(id), [['computed', null, 'small']]);
  assert.deepEqual(await adds(id, () => patch(id, by('vip'))), [['by_hand', 'small', 'vip']]);
  assert.deepEqual(await adds(id, () => patch(id, by('vip'))), [], 'the same again');
  assert.deepEqual(await adds(id, () => patch(id, { name: 'other' })), []);
  assert.deepEqual(await adds(id, () => patch(id, by('vip', 'Group account', 60))), [['by_hand', 'vip', 'vip']]);
  assert.equal((await history(id)).at(-1).until, later(60));
  assert.deepEqual(await adds(id, () => patch(id, by('main', 'Less', 60))), [['by_hand', 'vip', 'main']]);
  assert.deepEqual(await adds(id, grade), [], 'gradings do not repeat it');
  assert.deepEqual(await adds(id, grade), []);
  /* the worst credit is the program's doing */
  assert.deepEqual(await adds(id, () => patch(id, { credit_score: 1, credit_source: 'bank', credit_on: later(-1) })), [['computed', 'main', 'small']]);
  assert.deepEqual(await adds(id, () => patch(id, { credit_score: null })), [['by_hand', 'small', 'main']]);
  /* a day gone by ends it at once */
  assert.deepEqual(await adds(id, () => patch(id, { grade_override_until: '2020-01-01' })), [['expired', 'main', 'small']]);
  assert.deepEqual(await adds(id, () => patch(id, LIFT)), [], 'it held no more');
});

test('one set to what is computed stands there as well, and runs out in a grading once', async () => {
  const id = shop[1];
  assert.deepEqual(await adds(id, () => patch(id, by('small', 'Stays small'))), [['by_hand', 'small', 'small']]);
  sql(server.db, `UPDATE customer SET grade_override_until = 18000 WHERE id = ${id}`);
  assert.deepEqual(await adds(id, grade), [['expired', 'small', 'small']]);
  assert.equal((await good(admin.get(`/customers/${id}`))).grade_by_hand, false);
  assert.deepEqual(await adds(id, grade), []);
});

test('the computed grade moves beneath it', async () => {
  const id = shop[2];
  await patch(id, by('main', 'Kept'));
  const added = await adds(id, async () => {
    await make('/orders', { customer_id: id, number: 'big', ordered_on: later(-2), amount: 900000000 });
    await grade();
  });
  const moved = (await history(id)).at(-1);
  assert.equal(moved.grade, 'vip');
  assert.ok(added.length > 0 && added.every(([source, from, to]) => source === 'computed' && from === 'main' && to === 'main'), JSON.stringify(added));
  assert.deepEqual(await adds(id, () => patch(id, LIFT)), [['lifted', 'main', 'vip']]);
});

test('bulk edits, imports and their reverts write it too', async () => {
  const [a, b, c] = shop.slice(3, 6);
  const operations = [a, b].map((id) => ({ op: 'update', object: 'customers', id, data: by('vip', 'In bulk') }));
  const was = await good(admin.get(`/customers/${a}`));
  assert.deepEqual(await adds(a, () => good(admin.post('/batch', { operations }))), [['by_hand', was.grade, 'vip']]);
  assert.deepEqual((await steps(b)).at(-1)[0], 'by_hand');
  const { grade: computed } = await good(admin.get(`/customers/${c}`));
  let made;
  const text = `name,code,grade_override,grade_override_reason,grade_override_until\nc5,C5,vip,From a file,${later(9)}\nnew one,N1,main,From a file,${later(9)}\n`;
  assert.deepEqual(await adds(c, async () => {
    let report;
    ({ made, report } = await importAll(admin, 'customers', text, { options: { key: 'code', on_duplicate: 'update' } }));
    assert.deepEqual([report.created, report.updated, report.error_lines], [1, 1, 0], JSON.stringify(report));
  }), [['by_hand', computed, 'vip']]);
  assert.equal((await history(c)).at(-1).reason, 'From a file');
  const fresh = (await good(admin.get('/customers?code=N1'))).data[0].id;
  assert.deepEqual(await steps(fresh), [['by_hand', null, 'main']]);
  assert.deepEqual(await adds(c, async () => {
    const job = await work(admin, `/imports/${made.id}/revert`);
    assert.equal(job.state, 'done', JSON.stringify(job));
  }), [['lifted', 'vip', computed]]);
});

test('the moves of the month open the lists they count', async () => {
  const { months } = await good(admin.get('/analytics/grade_moves'));
  assert.deepEqual(months.map((m) => m.month), [month()]);
  let vip = 0;
  for (const move of months[0].moves) {
    const { count } = await good(admin.get(`/customers?${move.query}&count=exact&limit=1`));
    assert.equal(count.value, move.customers, move.query);
    if (move.from === null && move.to === 'vip') vip = move.customers;
  }
  const inForce = await good(admin.get('/customers?effective_grade=vip&count=exact&limit=1'));
  assert.equal(vip, inForce.count.value, 'all began this month');
});

test('the reason is for those who may read it at the customer', async () => {
  const read = { read: 'all' };
  const role = await make('/roles', { key: 'desk', name: 'Desk',
    grants: { customer: read, grade_history: read, fields: { customer: { grade_override_reason: 'hidden' } } } });
  const user = await make('/users', { login: 'dan', name: 'Dan', role_id: role.id });
  const { token } = await make('/api_tokens', { name: 't', user_id: user.id });
  const dan = server.client({ token });
  const id = shop[3];
  assert.equal((await history(id)).at(-1).reason, 'In bulk');
  const row = (await history(id, dan)).at(-1);
  assert.equal(row.effective_grade, 'vip');
  assert.ok(!('reason' in row));
  const event = (await good(dan.get(`/customers/${id}/timeline`))).data.find((e) => e.entity === 'grade_history');
  assert.deepEqual([event.effective_grade, event.reason], ['vip', null]);
});

test('that it was by hand is for those who may see the grade set by hand', async () => {
  const read = { read: 'all' };
  const role = await make('/roles', { key: 'blind', name: 'Blind',
    grants: { customer: read, grade_history: read, fields: { customer: { grade_override: 'hidden' } } } });
  const user = await make('/users', { login: 'eva', name: 'Eva', role_id: role.id });
  const { token } = await make('/api_tokens', { name: 't', user_id: user.id });
  const eva = server.client({ token });
  const { id } = await make('/customers', { name: 'Known to few', ...by('main') });
  assert.deepEqual([(await good(admin.get(`/customers/${id}`))).grade_by_hand, (await history(id))[0].source], [true, 'by_hand']);
  const seen = await good(eva.get(`/customers/${id}`));
  assert.equal(seen.name, 'Known to few');
  for (const name of ['grade_override', 'grade_by_hand']) assert.ok(!(name in seen), name);
  const [row] = await history(id, eva);
  assert.equal(row.customer_id, id);
  assert.ok(!('source' in row));
  for (const path of ['/customers?grade_by_hand=true', '/grade_history?source=by_hand']) assert.equal((await eva.get(path)).status, 422, path);
  const event = (await good(eva.get(`/customers/${id}/timeline`))).data.find((e) => e.entity === 'grade_history');
  assert.equal(event?.source ?? null, null);
});
