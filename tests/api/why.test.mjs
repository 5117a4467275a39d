/* "Why?": whoever adds up the orders, puts in the parameters and applies the
 * cut-offs that GET /customers/{id}/why lists gets every figure that is shown:
 * grade, class, R, F, M, chance of staying, expected purchases, lifetime value,
 * due day, type in the value matrix, grade in force, gap to the next; whether
 * customers are ranked by sales, by margin or by the profit after cost to
 * serve. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { exact } from './ledger.mjs';
import { demoCompany, newToken, startServer } from './lib.mjs';
import { Random, SEED, patiently, readAll, together } from './random.mjs';
import { checkWhyAll, day } from './recompute.mjs';
import { away } from './rungs.mjs';

const SAMPLE = 1000;
const CUSTOMERS = 1200;
const EDITS = 80;
const r = new Random(SEED);

let client;
let graded; /* customer records with a grade */

async function get(path) {
  const answer = await patiently(() => client.get(path));
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

async function checkWhy(customer) {
  const why = await get(`/customers/${customer.id}/why`);
  if (customer.grade === null) {
    assert.equal(why.grade, null);
    assert.deepEqual(why.orders, []);
    return why;
  }
  const judged = checkWhyAll(why, customer);
  assert.equal(why.grade, judged.grade);
  assert.equal(why.sales, judged.sales);
  assert.equal(why.abc.class, judged.abc_class);
  assert.deepEqual([why.r.score, why.f.score, why.m.score], [judged.r_score, judged.f_score, judged.m_score]);
  assert.deepEqual([why.r.last_order_on, why.f.value, why.m.value], [judged.last_order_on, judged.orders, judged.sales]);
  assert.equal(why.r.days, day(why.as_of) - day(judged.last_order_on));
  assert.ok(why.cutoffs.every((c, k) => k === 0 || c.sales === null || exact(c.sales) <= exact(why.cutoffs[k - 1].sales ?? c.sales)));
  return why;
}

/* A run just ended: ranks, shares and thresholds are those of the rules. */
async function checkRun(customers) {
  const n = customers.length;
  const sales = new Map(customers.map((c) => [c.id, exact(c.sales)]));
  const order = [...customers].sort((a, b) => (sales.get(a.id) === sales.get(b.id) ? a.id - b.id : sales.get(a.id) < sales.get(b.id) ? 1 : -1));
  const total = [...sales.values()].reduce((a, b) => a + b, 0n);
  const rank = (percent) => Math.ceil((n * percent) / 100);
  const ranked = new Map();
  let beforeIt = 0n;
  order.forEach((c, k) => {
    const tier = k < rank(1) ? 'vip' : k < rank(20) ? 'main' : k < rank(50) ? 'ordinary' : 'small';
    const abc = beforeIt * 100n < total * 80n ? 'a' : beforeIt * 100n < total * 95n ? 'b' : 'c';
    assert.deepEqual([c.grade, c.abc_class], [tier, abc], `customer ${c.id}`);
    ranked.set(c.id, { rank: k + 1, share: Number(beforeIt) / Number(total) });
    beforeIt += sales.get(c.id);
  });
  const left = [...customers];
  await together(4, async () => {
    while (left.length > 0) {
      const { id } = left.pop();
      const why = await get(`/customers/${id}/why`);
      assert.equal(why.rank, ranked.get(id).rank, `customer ${id}`);
      const share = Number(why.abc.share_before) - ranked.get(id).share;
      assert.ok(Math.abs(share) <= 1e-9, `customer ${id}: share before ${why.abc.share_before}`);
    }
  });
  const scores = (value) => {
    const sorted = customers.map(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const worse = new Map();
    sorted.forEach((v, k) => worse.has(v) || worse.set(v, k));
    return (c) => 1 + Math.floor((5 * worse.get(value(c))) / n);
  };
  const [R, F, M] = [scores((c) => c.last_order_on), scores((c) => c.orders), scores((c) => sales.get(c.id))];
  for (const c of customers) assert.deepEqual([c.r_score, c.f_score, c.m_score], [R(c), F(c), M(c)], `customer ${c.id}`);
}

const readGraded = () => readAll(client, '/customers?grade[empty]=false');

before(async () => {
  const db = demoCompany(CUSTOMERS);
  const server = await startServer({ db, workers: 4 });
  client = server.client({ token: newToken(db, 'admin') });
  graded = await readGraded();
});

test('a run grades by the rules', async () => {
  assert.ok(graded.length >= SAMPLE, `${graded.length} graded`);
  await checkRun(graded);
});

test(`why gives every figure of ${SAMPLE} customers`, async () => {
  const left = [...graded].sort(() => r.next() - 0.5).slice(0, SAMPLE);
  const grades = new Set(left.map((c) => c.grade + c.abc_class));
  assert.ok(grades.size >= 4, 'many kinds of grades');
  await together(4, async () => {
    while (left.length > 0) await checkWhy(left.pop());
  });
});

/* Grades by hand, some of which bad credit overrules. */
async function setByHand(customers) {
  for (const [k, { id }] of customers.entries()) {
    const answer = await client.patch(`/customers/${id}`, { grade_override: r.pick(['vip', 'main', 'ordinary', 'small']),
      grade_override_reason: `agreed ${k}`, grade_override_until: away(r.int(5, 400)),
      ...(k % 3 ? {} : { credit_score: 1, credit_source: 'file', credit_on: '2025-01-31' }) });
    assert.equal(answer.status, 200, answer.text);
  }
}

test('a grade set by hand is told with its reason and its day', async () => {
  const some = [...graded].sort(() => r.next() - 0.5).slice(0, 60);
  await setByHand(some);
  let other = 0;
  for (const { id } of some) {
    const now = await get(`/customers/${id}`);
    const why = await checkWhy(now);
    assert.match(why.effective.grade_override_reason, /^agreed/);
    other += now.effective_grade !== now.grade;
  }
  assert.ok(other > 10, `${other} stand by hand`);
  for (const { id } of some) assert.equal((await client.patch(`/customers/${id}`, { credit_score: null })).status, 200);
  graded = await readGraded();
});

test('the ungraded have no orders', async () => {
  const some = await get('/customers?grade[empty]=true&limit=20');
  assert.ok(some.data.length > 0);
  for (const customer of some.data) await checkWhy(customer);
});

/* One order more, less, larger or earlier. */
async function edit(customer) {
  const why = await get(`/customers/${customer.id}/why`);
  const order = r.pick(why.orders);
  const act = r.int(0, 4);
  if (order === undefined || act === 0) {
    const answer = await client.post('/orders', {
      customer_id: customer.id, number: `E${r.int(1, 1e9)}`, ordered_on: r.day(2023, 2026), amount: r.int(1, 5000000),
    });
    assert.equal(answer.status, 201, answer.text);
    return;
  }
  const path = `/orders/${order.id}`;
  const answer = act === 1 ? await client.delete(path)
    : await client.patch(path, act === 2 ? { status: 'cancelled' } : act === 3 ? { ordered_on: r.day(2020, 2026) } : { kind: 'return' });
  /* 409: a paid order is not deleted. */
  assert.ok([200, 204, 409].includes(answer.status), answer.text);
}

test('why gives the grade after an order has changed, too', async () => {
  const { as_of: ruler } = await get(`/customers/${graded[0].id}/why`);
  let moved = 0;
  for (let k = 0; k < EDITS; k++) {
    const customer = r.pick(graded);
    await edit(customer);
    const now = await get(`/customers/${customer.id}`);
    if (now.grade !== customer.grade || now.m_score !== customer.m_score || now.r_score !== customer.r_score) moved++;
    const why = await checkWhy(now);
    if (now.grade !== null) assert.equal(why.as_of, ruler, 'held against the ruler in force');
  }
  assert.ok(moved > EDITS / 10, `${moved} scores moved`);
});

test('the next run makes a new ruler', async (t) => {
  const answer = await client.post('/grading/run');
  if (answer.status === 404 || answer.status === 405) return t.skip('there is no route to run a grading yet');
  assert.equal(answer.status, 202, answer.text);
  for (let tries = 0; ; tries++) {
    const job = await get(`/jobs/${answer.body.job.id}`);
    if (job.state === 'done') break;
    assert.ok(tries < 4800 && job.state !== 'failed', JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
  }
  const again = await readGraded();
  await checkRun(again);
  for (let k = 0; k < 50; k++) await checkWhy(r.pick(again));
});

async function gradeBy(measure) {
  const saved = await client.request('PUT', '/settings', { 'value.measure': measure });
  assert.ok(saved.status < 300, saved.text);
  let { job } = (await client.post('/grading/run')).body;
  for (let tries = 0; !['done', 'failed', 'cancelled'].includes(job.state); tries++) {
    assert.ok(tries < 2400, JSON.stringify(job));
    await new Promise((done) => setTimeout(done, 50));
    job = await get(`/jobs/${job.id}`);
  }
  assert.equal(job.state, 'done', JSON.stringify(job));
}

/* Beside the demo's visits and calls. */
async function spend(customers) {
  for (const customer of customers) {
    const answer = await client.post('/cost_entries', { customer_id: customer.id, kind: r.pick(['other', 'call', 'bad_debt']),
      incurred_on: r.day(2023, 2026), amount: r.int(100, 900000) });
    assert.equal(answer.status, 201, answer.text);
  }
}

for (const measure of ['margin', 'profit'])
  test(`by ${measure}, too, the facts give every figure`, async () => {
    await spend((await readGraded()).filter(() => r.once(5)).slice(0, 150));
    await gradeBy(measure);
    const now = await readGraded();
    const left = [...now].sort(() => r.next() - 0.5).slice(0, SAMPLE);
    let facts = 0;
    await together(4, async () => {
      while (left.length > 0) {
        const why = await checkWhy(left.pop());
        assert.equal(why.basis.measure, measure);
        facts += (why.basis.lines ?? [...why.basis.margins, ...why.basis.costs]).length;
      }
    });
    assert.ok(facts > now.length, `${facts} facts`);
    for (let k = 0; k < EDITS / 2; k++) {
      const customer = r.pick(now);
      if (measure === 'profit' && r.once(2)) await spend([customer]);
      else await edit(customer);
      await checkWhy(await get(`/customers/${customer.id}`));
    }
  });
