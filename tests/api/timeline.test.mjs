/* The pages of a customer's timeline: all events, each once, newest first. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { work } from './jobs.mjs';
import { sql, startServer } from './lib.mjs';

let server, admin, customer;

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  customer = (await admin.post('/customers', { name: '忙' })).body.id;
});

async function pages() {
  const events = [];
  let next = null, n = 0;
  do {
    const answer = await admin.get(`/customers/${customer}/timeline${next === null ? '' : `?cursor=${next}`}`);
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.body.data.length > 0 || n === 0, 'no page is empty');
    events.push(...answer.body.data);
    next = answer.body.next;
  } while (next !== null && ++n < 50);
  return events;
}

describe('a timeline', () => {
  test('shows all of a day on which more happened than fits a page', async () => {
    const made = [];
    for (let i = 0; i < 75; i++) {
      const day = i < 70 ? '2026-02-03' : `2026-02-0${i - 66}`;
      made.push((await admin.post('/orders', { customer_id: customer, number: `T${i}`, ordered_on: day, amount: 100 })).body.id);
    }
    const noted = [];
    for (let i = 0; i < 5; i++)
      noted.push((await admin.post('/interactions', { customer_id: customer, content: `${i}`, happened_at: '2026-02-03T00:00:00Z' })).body.id);
    const events = await pages();
    const of = (entity) => events.filter((e) => e.entity === entity).map((e) => e.id).sort((a, b) => a - b);
    assert.deepEqual(of('order'), made);
    assert.deepEqual(of('interaction'), noted);
    const times = events.map((e) => e.at);
    assert.deepEqual(times, [...times].sort().reverse());
  });

  test('ends where nothing is left', async () => {
    const quiet = (await admin.post('/customers', { name: '静' })).body.id;
    const answer = await admin.get(`/customers/${quiet}/timeline`);
    assert.deepEqual(answer.body, { data: [], next: null });
  });

  test('refuses a cursor that is none', async () => {
    for (const cursor of ['x', '1', '1.', '.1', '1.x', '1.-1', '9223372036854775807.0', '-9223372036854775808.1', '1.99999999'])
      assert.equal((await admin.get(`/customers/${customer}/timeline?cursor=${cursor}`)).status, 400, cursor);
  });

  test('hides scores from who may not see orders', async () => {
    assert.equal((await work(admin, '/grading/run')).state, 'done');
    const read = { read: 'all' };
    const role = await admin.post('/roles', { key: 'desk', name: '前台',
      grants: { customer: read, grade_history: read, grade_run: read, user: read } });
    assert.equal(role.status, 201, role.text);
    const user = (await admin.post('/users', { login: 'dan', name: '丹', role_id: role.body.id })).body.id;
    assert.equal((await admin.post(`/users/${user}/password`, { password: 'correct horse staple' })).status, 204);
    const dan = await server.signIn('dan');
    const event = (await dan.get(`/customers/${customer}/timeline`)).body.data.find((e) => e.entity === 'grade_history');
    assert.equal(event.grade, (await admin.get(`/customers/${customer}`)).body.grade);
    assert.deepEqual([event.r_score, event.f_score, event.m_score], [null, null, null]);
    for (const [path, names] of [['/grade_history', ['sales', 'sales_rank', 'r_score', 'f_score', 'm_score']], ['/grade_runs', ['sales', 'tiers', 'cutoffs']]]) {
      const row = (await dan.get(path)).body.data[0];
      assert.ok(row.id > 0, path);
      for (const name of names) {
        assert.ok(!(name in row), `${path}: ${name}`);
        assert.ok(name in (await admin.get(path)).body.data[0], name);
        assert.equal((await dan.get(`${path}?sort=${name}`)).status, 422, `${path}: ${name}`);
      }
    }
    assert.ok(sql(server.db, 'SELECT count(*) FROM grade_history') > 0);
  });
});
