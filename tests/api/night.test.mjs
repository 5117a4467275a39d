/* The work of the night: what a server plans of it, at which hour it is started. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADMIN, freshDatabase, initCompany, newToken, sql, startServer, until } from './lib.mjs';
import { work } from './jobs.mjs';

const [MINUTE, HOUR, DAY] = [60_000, 3600_000, 86400_000];
/* The first day of the company, at its midnight. */
const FIRST = Date.UTC(2026, 2, 2) - 8 * HOUR;

/* Night begins; the server starts, minutes behind midnight; what is planned: the
 * minutes behind that midnight at which it was due. */
const NIGHTS = [
  { begins: '', starts: 5 * 60, planned: {} },
  { begins: '02:00', starts: 90, planned: { grade: 120 - 1440 } },
  { begins: '02:00', starts: 150, planned: { grade: 120 } },
  { begins: '02:00', starts: 200, planned: { grade: 120, check: 180 } },
  { begins: '02:00', starts: 240, planned: { grade: 120, check: 180, bin_purge: 220 } },
  { begins: '02:00', starts: 12 * 60, planned: { grade: 120 } },
  { begins: '23:30', starts: 45, planned: { grade: -30, check: 30 } },
  { begins: '23:30', starts: 23 * 60 + 45, planned: { grade: 23 * 60 + 30 } },
];

test('each work of the night is planned once it is due, and not too late', async () => {
  const db = freshDatabase();
  initCompany(db);
  const token = newToken(db, ADMIN.login);
  for (const [n, { begins, starts, planned }] of NIGHTS.entries()) {
    /* days lie between, so that none is done by what came before */
    const midnight = FIRST + 3 * n * DAY;
    const server = await startServer({ db, env: { GUANXI_NIGHT_TIME: begins, GUANXI_TEST_CLOCK: String(midnight + starts * MINUTE) } });
    const client = server.client({ token });
    if (n === 0) {
      const { body: customer } = await client.post('/customers', { name: '夜' });
      const { body: order } = await client.post('/orders', { customer_id: customer.id, number: '夜', ordered_on: '2026-02-01' });
      const line = await client.post('/order_lines', { order_id: order.id, product_name: '夜', quantity: '1', unit_price: '1' });
      assert.equal(line.status, 201, line.text);
    }
    const found = () => Object.fromEntries(sql(db, `SELECT kind, (planned_at - ${midnight}) / ${MINUTE} FROM job
      WHERE schedule IS NOT NULL AND planned_at > ${midnight - DAY} ORDER BY planned_at`)
      .split('\n').filter(Boolean).map((row) => row.split('|')).map(([kind, at]) => [kind, Number(at)]));
    const told = `night at ${begins}, start at minute ${starts}`;
    await until(found, (now) => Object.keys(now).length >= Object.keys(planned).length, 60000);
    assert.deepEqual(found(), planned, told);
    await work(client, '/grading/run', {});
    assert.deepEqual(found(), planned, `${told}, later`);
    await server.stop();
  }
});

test('its hour is a time of the day, or none', async () => {
  const server = await startServer({ admin: true, env: { GUANXI_NIGHT_TIME: undefined } });
  const client = await server.signIn();
  const hour = async () => (await client.get('/settings')).body.data.find((s) => s.key === 'night.time');
  assert.equal((await hour()).value, '02:00');
  for (const wrong of ['25:00', '2:00', 'noon', 7]) {
    const answer = await client.request('PUT', '/settings', { 'night.time': wrong });
    assert.equal(answer.status, 422, answer.text);
    assert.equal(answer.body.errors[0].field, 'night.time');
  }
  for (const right of ['23:30', '']) {
    const answer = await client.request('PUT', '/settings', { 'night.time': right });
    assert.ok(answer.status < 300, answer.text);
    assert.equal((await hour()).value, right);
  }
});
