/* Lists of trials of rules and of whom policies wait for: found by the whole
 * company's figures, so never where others wait for it, and not anew for each
 * page. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { addUser, demoCompany, KIND, newToken, pgSession, startServer } from './lib.mjs';
import { patiently } from './random.mjs';

const RULES = (vip) => `${vip}.3000.6000:8000.9500:0:sales:0.0.0.0.0:share`;
const WAIT_MS = 60000;

let db;
const tokens = {};

before(() => {
  db = demoCompany(300);
  addUser(db, 'nobodys', 'sales');
  for (const login of ['admin', 'nobodys']) tokens[login] = newToken(db, login);
});

async function visit(work, options = {}) {
  const server = await startServer({ db, ...options });
  const by = Object.fromEntries(Object.entries(tokens).map(([login, token]) => [login, server.client({ token })]));
  let end;
  try {
    await work(by, server);
  } finally {
    end = await server.stop();
  }
  assert.equal(end.code, 0, end.err);
}

/* 503: somebody else is making the columns. */
async function good(ask) {
  for (const end = Date.now() + WAIT_MS; ;) {
    const answer = await patiently(ask);
    if (answer.status !== 503 || Date.now() > end) {
      assert.ok(answer.status < 300, answer.text);
      return answer.body;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
}

const list = (by, test, more = 'limit=5') => good(() => by.get(`/customers?${test}&${more}`));

/* Requests that left the threads where others wait. */
async function pooled(server) {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(/^guanxi_pool_requests_total (\d+)$/m.exec(text)[1]);
}

test('are never found where others wait, whoever asks and whatever is ready', () => visit(async (by, server) => {
  const asked = async (ask) => {
    const start = await pooled(server);
    await ask();
    assert.ok(await pooled(server) > start);
  };
  /* Before there are columns, then with them. */
  for (const vip of [101, 102, 103, 104])
    await asked(async () => assert.deepEqual((await list(by.nobodys, `would=any:vip:${RULES(vip)}`)).data, []));
  await asked(() => list(by.admin, `would=any:vip:${RULES(105)}`));
  const { data: [policy] } = await good(() => by.admin.get('/grade_policies?limit=1'));
  await asked(() => list(by.admin, `awaits=contact:${policy.id}`));
}));

test('have the time that a figure has', () => visit(async (by) => {
  const { tiers } = await good(() => by.admin.post('/grading/what_if', {}));
  const found = await by.admin.get(`/customers?${tiers[3].query}&count=exact`);
  assert.equal(found.status, 200, found.text);
  assert.deepEqual(found.body.count, { value: tiers[3].customers, capped: false });
}, { env: { GUANXI_FAULT: 'read.budget:1' } }));

/* The rest of a list from its link to the next page on. */
async function rest(by, next) {
  const all = [];
  for (; next !== null;) {
    const page = await good(() => by.get(next));
    all.push(...page.data.map((c) => c.id));
    next = page.links.next;
  }
  return all;
}

const RETURNED = 'returned=1:2010-01..2026-12';

const rhythms = (by) => good(() => by.get('/grade_policies?contact_days[empty]=false&sort=id'));

/* What takes somebody from the list, or brings somebody into it, and back. */
const CHANGES = {
  async would(by) {
    const { id } = await good(() => by.post('/customers', { name: '更大的客户' }));
    const order = await good(() => by.post('/orders', { customer_id: id, number: 'T-2', ordered_on: '2026-01-05', amount: 990000000 }));
    return (later) => good(() => later.delete(`/orders/${order.id}`));
  },
  async awaits(by) {
    const { data } = await rhythms(by);
    const set = async (client, days) => {
      for (const { id, contact_days } of data) await good(() => client.patch(`/grade_policies/${id}`, { contact_days: days ?? contact_days }));
    };
    await set(by, 3650);
    return (later) => set(later);
  },
  async returned(by) {
    const { data } = await list(by, RETURNED, 'limit=500');
    const { data: orders } = await good(() => by.get(`/orders?customer_id=${data.at(-1).id}&status[not_in]=draft,cancelled&limit=500`));
    for (const { id } of orders) await good(() => by.patch(`/orders/${id}`, { status: 'cancelled' }));
    return async (later) => {
      for (const { id, status } of orders) await good(() => later.patch(`/orders/${id}`, { status }));
    };
  },
};

async function longest(by) {
  const lists = [];
  for (const { id } of (await rhythms(by)).data) lists.push([`awaits=contact:${id}`, (await list(by, `awaits=contact:${id}`, 'limit=500')).data.length]);
  return lists.sort((x, y) => y[1] - x[1])[0][0];
}

for (const [name, change] of Object.entries(CHANGES))
  test(`of ${name}= go on in what their first page found, whatever is written`, async () => {
    let query, page, undo;
    const whole = async (by) => (await list(by, query, 'limit=500')).data.map((c) => c.id);
    await visit(async (by, server) => {
      query = { would: `would=any:vip:${RULES(600)}`, returned: RETURNED, awaits: await longest(by.admin) }[name];
      const was = await whole(by.admin);
      assert.ok(was.length > 2, `${was.length}`);
      page = await list(by.admin, query, 'limit=1');
      undo = await change(by.admin);
      /* Beside a transaction that is still open what was written comes later. */
      for (const end = Date.now() + WAIT_MS; String(await whole(by.admin)) === String(was);) {
        assert.ok(Date.now() < end, 'what was written counts');
        await new Promise((done) => setTimeout(done, 100));
      }
      assert.deepEqual([page.data[0].id, ...await rest(by.admin, page.links.next)], was);
      /* Where others wait, too: nothing is found again. A slow machine sends some of them away all the same. */
      for (const end = Date.now() + WAIT_MS; ;) {
        const start = await pooled(server);
        const pages = (await rest(by.admin, page.links.next)).length;
        if (await pooled(server) - start < pages) break;
        assert.ok(Date.now() < end, 'found anew each time');
        await new Promise((done) => setTimeout(done, 200));
      }
      /* Whoever else has the link gets what is his. */
      let others;
      for (const end = Date.now() + WAIT_MS; ;) {
        others = await patiently(() => by.nobodys.get(page.links.next));
        if (others.status !== 503 || Date.now() > end) break;
        await new Promise((done) => setTimeout(done, 100));
      }
      assert.ok(others.status === 403 || others.status === 422 || others.body.data.length === 0, others.text);
    });
    /* A server that has kept nothing finds what there is now. */
    await visit(async (by) => {
      const behind = (await whole(by.admin)).filter((id) => id < page.data[0].id);
      assert.deepEqual(await rest(by.admin, page.links.next), behind);
      await undo(by.admin);
    });
  });

test('are kept for the next page, until something is written', () => visit(async (by, server) => {
  const query = `would=any:vip:${RULES(500)}`;
  const ids = async () => {
    const all = [];
    for (let next = `/customers?${query}&limit=4`; next !== null;) {
      const page = await good(() => by.admin.get(next));
      all.push(...page.data.map((c) => c.id));
      next = page.links.next;
    }
    return all;
  };
  const first = await ids();
  assert.ok(first.length > 4 && new Set(first).size === first.length, `${first.length}`);
  /* A busy machine may send a question to the pool that is answered at once. */
  for (const end = Date.now() + WAIT_MS; ;) {
    const start = await pooled(server);
    const { data } = await list(by.admin, query, 'limit=4&fields=id');
    assert.deepEqual(data.map((c) => c.id), first.slice(0, 4));
    if (await pooled(server) === start) break;
    assert.ok(Date.now() < end, 'found anew each time');
    await new Promise((done) => setTimeout(done, 200));
  }
  /* Others do not get what was kept for him. */
  assert.deepEqual((await list(by.nobodys, query)).data, []);
  /* … at once, also while something older is open in the database server. */
  const older = KIND === 'postgresql' ? pgSession(server.db) : null;
  older?.send('BEGIN; SELECT pg_current_xact_id();');
  await older?.done();
  await ids();
  const { id } = await good(() => by.admin.post('/customers', { name: '大客户' }));
  await good(() => by.admin.post('/orders', { customer_id: id, number: 'T-1', ordered_on: '2026-01-05', amount: 900000000 }));
  assert.ok((await ids()).includes(id), 'what was written counts');
  older?.send('COMMIT;');
  await older?.end();
}));
