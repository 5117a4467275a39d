/* What customers cost (R38): the ledger follows interactions and orders at the
 * standard costs of the day, actual costs replace them, and the profit is what
 * a second opinion, kept here step by step, says it is. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { settled, startServer } from './lib.mjs';
import { follow, importAll } from './jobs.mjs';
import { Random, readAll } from './random.mjs';

const DAY = 86400000;
const text = (ms) => new Date(ms).toISOString().slice(0, 10);
const STEPS = 160;

let server;
let admin;

async function good(promise, what, status) {
  const answer = await promise;
  assert.ok(status ? answer.status === status : answer.status < 300, `${what}: ${answer.status} ${answer.text}`);
  return answer.body;
}
const make = (path, body) => good(admin.post(path, body), `${path} ${JSON.stringify(body)}`, 201);
const change = (path, body) => good(admin.patch(path, body), `${path} ${JSON.stringify(body)}`);
const remove = (path) => good(admin.request('DELETE', path), path);
const back = (path) => good(admin.post(`${path}/restore`), path);
const set = (values) => good(admin.request('PUT', '/settings', values), JSON.stringify(values));
const stats = async (id) => (await admin.get(`/customers/${id}`)).body;
const costs = async (id, client = admin) => (await client.get(`/customers/${id}/costs`)).body;
const entries = (query) => readAll(admin, `/cost_entries?sort=id&${query}`);

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
});

const talk = (customer, more = {}) => make('/interactions', { customer_id: customer, channel: 'phone', content: 'x',
  happened_at: '2026-03-02T04:00:00Z', ...more });

describe('the ledger', () => {
  test('nothing is counted until a standard cost is set', async () => {
    const c = await make('/customers', { name: 'free' });
    await talk(c.id, { channel: 'visit', outcome: 'poor' });
    assert.deepEqual(await entries(`customer_id=${c.id}`), []);
    await set({ 'cost.visit': '200', 'cost.call': '20.5', 'cost.complaint': '100', 'cost.return': '30' });
    const { data } = (await admin.get('/settings')).body;
    assert.deepEqual(data.find((s) => s.key === 'cost.call').value, '20.5');
    for (const bad of ['-1', 'x', '1.234'])
      assert.equal((await admin.request('PUT', '/settings', { 'cost.call': bad })).status, 422, bad);
  });

  test('an order that goes to nobody leaves what it did cost with its customer', async () => {
    const c = await make('/customers', { name: 'left' });
    const order = await make('/orders', { customer_id: c.id, number: 'left', kind: 'return', ordered_on: '2026-03-01', amount: -5000 });
    const [entry] = await entries(`customer_id=${c.id}`);
    assert.equal(entry.kind, 'return');
    await change(`/cost_entries/${entry.id}`, { amount: 1234 });
    /* a grading at work finds both by the log */
    await settled(server.db);
    const { cursor } = (await admin.get('/changes?limit=1000')).body;
    await change(`/orders/${order.id}`, { customer_id: null });
    await settled(server.db);
    const { data: told } = (await admin.get(`/changes?limit=1000&since=${encodeURIComponent(cursor)}`)).body;
    assert.ok(told.some((x) => x.object === 'customers' && x.id === c.id), JSON.stringify(told));
    assert.deepEqual((await entries(`customer_id=${c.id}`)).map((e) => [e.id, e.amount, e.origin]), [[entry.id, 1234, 'actual']]);
    const d = await make('/customers', { name: 'taken' });
    await change(`/orders/${order.id}`, { customer_id: d.id });
    assert.deepEqual((await entries(`customer_id=${d.id}`)).map((e) => e.id), [entry.id]);
  });

  test('visits, calls and complaints at their standard costs; later ones at later costs', async () => {
    const c = await make('/customers', { name: 'talker' });
    const visit = await talk(c.id, { channel: 'visit' });
    const call = await talk(c.id, { outcome: 'poor' });
    await talk(c.id, { channel: 'email' });
    await talk(c.id, { party: 'machine' });
    let all = await entries(`customer_id=${c.id}`);
    assert.deepEqual(all.map((e) => [e.kind, e.amount, e.base_amount, e.currency, e.origin, e.incurred_on, e.interaction_id]), [
      ['visit', 20000, 20000, 'CNY', 'standard', '2026-03-02', visit.id],
      ['call', 2050, 2050, 'CNY', 'standard', '2026-03-02', call.id],
      ['complaint', 10000, 10000, 'CNY', 'standard', '2026-03-02', call.id]]);
    await set({ 'cost.call': '25' });
    await talk(c.id);
    assert.deepEqual((await stats(c.id)).cost_to_serve, '345.5');
    /* what a call turned out to cost stands, whatever is edited later */
    await change(`/cost_entries/${all[1].id}`, { amount: 777, note: 'two hours' });
    assert.equal((await admin.get(`/cost_entries/${all[1].id}`)).body.origin, 'actual');
    await change(`/interactions/${call.id}`, { happened_at: '2026-02-01T04:00:00Z', outcome: 'fine' });
    all = await entries(`customer_id=${c.id}`);
    assert.deepEqual(all.map((e) => [e.kind, e.amount, e.origin, e.incurred_on]), [
      ['visit', 20000, 'standard', '2026-03-02'], ['call', 777, 'actual', '2026-02-01'],
      ['call', 2500, 'standard', '2026-03-02']]);
    const { kinds, ...figures } = await costs(c.id);
    assert.deepEqual(kinds, [{ kind: 'call', entries: 2, amount: '32.77', standard: '25', actual: '7.77', order: '0' },
      { kind: 'visit', entries: 1, amount: '200', standard: '200', actual: '0', order: '0' }]);
    assert.deepEqual(figures, { customer_id: c.id, margin: '0', list_margin: '0', cost_to_serve: '232.77',
      net_profit: '-232.77', unpriced_orders: 0 });
    await set({ 'cost.call': '20.5' });
  });

  test('a discount costs what the list price would have brought; returns their margin and their handling', async () => {
    const c = await make('/customers', { name: 'buyer' });
    const p = await make('/products', { name: 'desk', price: '100', cost: '60' });
    const o = await make('/orders', { customer_id: c.id, number: 'D1', ordered_on: '2026-01-05', discount_percent: '20' });
    await make('/order_lines', { order_id: o.id, product_id: p.id, product_name: 'desk', quantity: '10', unit_price: '80' });
    assert.equal((await admin.get(`/orders/${o.id}`)).body.margin, '200');
    const [discount] = await entries(`order_id=${o.id}`);
    assert.deepEqual([discount.kind, discount.origin, discount.amount], ['discount', 'order', 20000]);
    const refused = await admin.patch(`/cost_entries/${discount.id}`, { amount: 5 });
    assert.deepEqual([refused.status, refused.body.errors[0].code], [422, 'cost_from_order'], refused.text);
    /* not counted twice: the margin is less by the discount already */
    assert.deepEqual(await stats(c.id), { ...(await stats(c.id)), margin: '200', discounts_given: '200',
      cost_to_serve: '200', net_profit: '200' });
    const r = await make('/orders', { customer_id: c.id, number: 'R1', ordered_on: '2026-01-09', kind: 'return' });
    await make('/order_lines', { order_id: r.id, product_id: p.id, product_name: 'desk', quantity: '-2', unit_price: '80', kind: 'return' });
    const after = await stats(c.id);
    assert.deepEqual([after.margin, after.cost_to_serve, after.net_profit], ['160', '230', '130']);
    /* bad debt is typed, also in another currency */
    await make('/currency_rates', { currency: 'USD', day: '2026-01-01', rate: '7' });
    const debt = await make('/cost_entries', { customer_id: c.id, kind: 'bad_debt', incurred_on: '2026-02-01', currency: 'USD', amount: 1000 });
    assert.deepEqual([debt.origin, (await admin.get(`/cost_entries/${debt.id}`)).body.base_amount], ['actual', 7000]);
    assert.equal((await stats(c.id)).net_profit, '60');
    await remove(`/cost_entries/${debt.id}`);
    assert.equal((await stats(c.id)).net_profit, '130');
    for (const [body, code] of [[{ currency: 'XX' }, 'not_currency'], [{ amount: -1 }, 'too_small'], [{ kind: 'x' }, null],
      [{ currency: 'GBP' }, 'no_rate']]) {
      const answer = await admin.post('/cost_entries', { customer_id: c.id, kind: 'other', incurred_on: '2026-02-01', amount: 1, ...body });
      assert.equal(answer.status, 422, answer.text);
      if (code) assert.equal(answer.body.errors[0].code, code, answer.text);
      if (code === 'no_rate') assert.match(answer.body.errors[0].message, /2026-02-01/);
    }
    /* given by the program alone */
    for (const field of ['origin', 'order_id', 'interaction_id', 'base_amount'])
      assert.equal((await admin.post('/cost_entries', { customer_id: c.id, kind: 'other', incurred_on: '2026-02-01', amount: 1, [field]: 1 })).status, 422, field);
  });

  test('without a cost there is no profit, unless a margin is taken for granted', async () => {
    const c = await make('/customers', { name: 'unknown' });
    const p = await make('/products', { name: 'lamp', price: '50' });
    const o = await make('/orders', { customer_id: c.id, number: 'U1', ordered_on: '2026-01-05' });
    const line = await make('/order_lines', { order_id: o.id, product_id: p.id, product_name: 'lamp', quantity: '4', unit_price: '50' });
    let s = await stats(c.id);
    assert.deepEqual([s.margin, s.net_profit, s.unpriced_orders], [null, null, 1]);
    await set({ 'cost.assumed_margin': '25' });
    await change(`/order_lines/${line.id}`, { note: 'again' });
    s = await stats(c.id);
    assert.deepEqual([s.margin, s.net_profit, s.unpriced_orders], ['50', '50', 0]);
    await set({ 'cost.assumed_margin': '0' });
    await change(`/products/${p.id}`, { cost: '10' });
    await change(`/order_lines/${line.id}`, { note: 'third' });
    assert.equal((await stats(c.id)).margin, '160');
  });
});

/* --- a second opinion ------------------------------------------------------- */

class Shop {
  constructor(random) {
    this.r = random;
    this.standard = { visit: 20000, call: 2050, complaint: 10000, return: 3000 };
    this.customers = [];
    this.products = [];
    this.talks = [];
    this.orders = [];
    this.typed = [];
    this.n = 0;
  }

  async open() {
    for (let i = 0; i < 6; i++) this.customers.push({ id: (await make('/customers', { name: `s${i}` })).id, live: true });
    for (const [price, cost] of [[100, 60], [40, 45], [250, 50]])
      this.products.push({ price, cost, id: (await make('/products', { name: `p${price}`, price: String(price), cost: String(cost) })).id });
  }

  live(list) {
    return list.filter((x) => x.live && x.customer.live);
  }

  day() {
    return text(Date.parse('2026-01-01') + this.r.int(0, 200) * DAY);
  }

  /* slot → { kind, amount, actual } as a document wants it */
  static sync(entries, wants) {
    for (const slot of Object.keys(entries))
      if (!(slot in wants) && !entries[slot].actual) delete entries[slot];
    for (const [slot, want] of Object.entries(wants)) {
      const e = entries[slot];
      if (!e && want.amount > 0) entries[slot] = { ...want, actual: false };
      else if (e && want.counted) e.amount = want.amount;
      else if (e && e.kind !== want.kind) {
        if (!e.actual) e.amount = want.amount;
        e.kind = want.kind;
      }
    }
  }

  syncTalk(t) {
    const wants = {};
    const kind = { visit: 'visit', phone: 'call' }[t.channel];
    if (kind) wants.contact = { kind, amount: this.standard[kind] };
    if (['poor', 'very_poor'].includes(t.outcome)) wants.complaint = { kind: 'complaint', amount: this.standard.complaint };
    Shop.sync(t.entries, wants);
  }

  syncOrder(o) {
    const wants = {};
    const counts = !['draft', 'cancelled'].includes(o.status);
    const sum = o.lines.filter((l) => l.live).reduce((n, l) => n + l.quantity * l.price, 0);
    const returned = o.kind === 'return' ? Math.abs(sum) : -o.lines.filter((l) => l.live && l.quantity < 0).reduce((n, l) => n + l.quantity * l.price, 0);
    const sales = o.kind === 'return' ? 0 : o.lines.filter((l) => l.live && l.quantity > 0).reduce((n, l) => n + l.quantity * l.price, 0);
    const off = Math.floor((sales * 1000000 * o.discount) / (100 - o.discount) / 10000 + 0.5);
    if (counts && returned > 0) wants.return = { kind: 'return', amount: this.standard.return };
    if (counts && o.discount > 0 && off > 0) wants.discount = { kind: 'discount', amount: off, counted: true };
    Shop.sync(o.entries, wants);
    o.margin = o.lines.filter((l) => l.live).reduce((n, l) => n + l.quantity * (l.price - l.product.cost), 0);
    if (o.kind === 'return' && sum > 0) o.margin = -o.margin;
    o.counts = counts;
  }

  async step() {
    const r = this.r;
    const steps = { talk: 4, editTalk: 3, goTalk: 2, order: 3, line: 4, editOrder: 4, goOrder: 2, goLine: 1, type: 2, goTyped: 1, actual: 2, goCustomer: 1, prices: 1 };
    const bag = Object.entries(steps).flatMap(([name, n]) => Array(n).fill(name));
    await this[r.pick(bag)]();
  }

  async talk() {
    const customer = this.r.pick(this.customers.filter((c) => c.live));
    const t = { customer, channel: this.r.pick(['visit', 'phone', 'email']), outcome: this.r.pick([null, 'fine', 'poor', 'very_poor']),
      day: this.day(), live: true, entries: {} };
    t.id = (await talk(customer.id, { channel: t.channel, outcome: t.outcome, happened_at: `${t.day}T04:00:00Z` })).id;
    this.syncTalk(t);
    this.talks.push(t);
  }

  async editTalk() {
    const t = this.live(this.talks)[0] && this.r.pick(this.live(this.talks));
    if (!t) return;
    if (this.r.once(2)) t.day = this.day();
    if (this.r.once(2)) t.channel = this.r.pick(['visit', 'phone', 'email']);
    if (this.r.once(2)) t.outcome = this.r.pick([null, 'poor']);
    if (this.r.once(3)) t.customer = this.r.pick(this.customers.filter((c) => c.live));
    await change(`/interactions/${t.id}`, { channel: t.channel, outcome: t.outcome, happened_at: `${t.day}T04:00:00Z`, customer_id: t.customer.id });
    this.syncTalk(t);
  }

  async flip(list, path) {
    const able = list.filter((x) => x.customer.live && !x.with);
    if (!able.length) return null;
    const x = this.r.pick(able);
    await (x.live ? remove(`${path}/${x.id}`) : back(`${path}/${x.id}`));
    x.live = !x.live;
    return x;
  }

  goTalk() {
    return this.flip(this.talks, '/interactions');
  }

  goOrder() {
    return this.flip(this.orders, '/orders');
  }

  goTyped() {
    return this.flip(this.typed, '/cost_entries');
  }

  async order() {
    const o = { customer: this.r.pick(this.customers.filter((c) => c.live)), kind: this.r.once(4) ? 'return' : 'sale', status: 'confirmed',
      day: this.day(), discount: this.r.pick([0, 0, 10, 33]), lines: [], live: true, entries: {} };
    o.id = (await make('/orders', { customer_id: o.customer.id, number: `S${++this.n}`, kind: o.kind, ordered_on: o.day,
      discount_percent: String(o.discount) })).id;
    this.syncOrder(o);
    this.orders.push(o);
    await this.lineOf(o);
  }

  async lineOf(o) {
    const product = this.r.pick(this.products);
    const l = { product, price: product.price, quantity: this.r.int(1, 9) * (this.r.once(4) ? -1 : 1), live: true };
    if (o.kind === 'return') l.quantity = Math.abs(l.quantity) * (o.id % 2 ? 1 : -1);
    l.id = (await make('/order_lines', { order_id: o.id, product_id: product.id, product_name: 'x', quantity: String(l.quantity), unit_price: String(l.price) })).id;
    o.lines.push(l);
    this.syncOrder(o);
  }

  async line() {
    const orders = this.live(this.orders);
    if (orders.length) await this.lineOf(this.r.pick(orders));
  }

  async goLine() {
    const o = this.live(this.orders).filter((x) => x.lines.filter((l) => l.live).length > 1)[0];
    if (!o) return;
    const l = o.lines.find((x) => x.live);
    await remove(`/order_lines/${l.id}`);
    l.live = false;
    this.syncOrder(o);
  }

  async editOrder() {
    const orders = this.live(this.orders);
    if (!orders.length) return;
    const o = this.r.pick(orders);
    if (this.r.once(2)) o.day = this.day();
    if (this.r.once(2)) o.status = this.r.pick(['draft', 'confirmed', 'completed', 'cancelled']);
    if (this.r.once(2)) o.discount = this.r.pick([0, 5, 50]);
    if (this.r.once(3)) o.customer = this.r.pick(this.customers.filter((c) => c.live));
    await change(`/orders/${o.id}`, { ordered_on: o.day, status: o.status, discount_percent: String(o.discount), customer_id: o.customer.id });
    this.syncOrder(o);
  }

  async type() {
    const e = { customer: this.r.pick(this.customers.filter((c) => c.live)), amount: this.r.int(1, 50000), live: true };
    e.id = (await make('/cost_entries', { customer_id: e.customer.id, kind: this.r.pick(['bad_debt', 'other', 'visit']),
      incurred_on: this.day(), amount: e.amount })).id;
    this.typed.push(e);
  }

  /* Somebody knows what one of the program's entries really cost. */
  async actual() {
    const [path, list] = this.r.once(2) ? ['interaction_id', this.live(this.talks)] : ['order_id', this.live(this.orders)];
    const x = list.length && this.r.pick(list);
    const slot = x && Object.keys(x.entries).find((k) => k !== 'discount');
    if (!slot) return;
    const row = (await entries(`${path}=${x.id}`)).find((e) => e.kind === x.entries[slot].kind);
    const amount = this.r.int(1, 9999);
    if (row.amount === amount) return;
    await change(`/cost_entries/${row.id}`, { amount });
    Object.assign(x.entries[slot], { amount, actual: true });
  }

  async goCustomer() {
    const c = this.r.pick(this.customers);
    if (c.live && this.customers.filter((x) => x.live).length < 3) return;
    await (c.live ? remove(`/customers/${c.id}`) : back(`/customers/${c.id}`));
    c.live = !c.live;
  }

  async prices() {
    this.standard.call = this.r.int(100, 5000);
    this.standard.return = this.r.int(100, 5000);
    await set({ 'cost.call': String(this.standard.call / 100), 'cost.return': String(this.standard.return / 100) });
  }

  async agree() {
    const rows = await entries('');
    for (const c of this.customers.filter((x) => x.live)) {
      const want = [];
      for (const [list, key] of [[this.talks, 'interaction_id'], [this.orders, 'order_id']])
        for (const x of list.filter((y) => y.live && y.customer === c))
          for (const e of Object.values(x.entries))
            want.push([`${key} ${x.id}`, e.kind, e.amount, e.counted ? 'order' : e.actual ? 'actual' : 'standard', x.day]);
      const have = rows.filter((e) => e.customer_id === c.id && (e.interaction_id || e.order_id));
      const order = (a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b));
      assert.deepEqual(have.map((e) => [e.order_id ? `order_id ${e.order_id}` : `interaction_id ${e.interaction_id}`, e.kind, e.amount, e.origin, e.incurred_on]).sort(order),
        want.sort(order), `entries of ${c.id}`);
      const typed = this.typed.filter((e) => e.live && e.customer === c).reduce((n, e) => n + e.amount, 0);
      const cost = want.reduce((n, e) => n + e[2], typed);
      const discounts = want.filter((e) => e[3] === 'order').reduce((n, e) => n + e[2], 0);
      const margin = this.orders.filter((o) => o.live && o.customer === c && o.counts).reduce((n, o) => n + o.margin, 0);
      const s = await stats(c.id);
      const cents = (v) => Math.round(Number(v ?? 0) * 100);
      assert.deepEqual([cents(s.margin), cents(s.cost_to_serve), cents(s.discounts_given), cents(s.net_profit), s.unpriced_orders],
        [margin * 100, cost, discounts, margin * 100 + discounts - cost, 0], `figures of ${c.id}: ${JSON.stringify(s)}`);
      const figures = await costs(c.id);
      assert.equal(cents(figures.net_profit), cents(s.net_profit));
      assert.equal(figures.kinds.reduce((n, k) => n + cents(k.amount), 0), cost, 'the kinds add up to the cost');
    }
  }
}

describe('profit after random steps', () => {
  test('equals what is kept here step by step', async () => {
    const random = new Random();
    const shop = new Shop(random);
    await set({ 'cost.visit': '200', 'cost.call': '20.5', 'cost.complaint': '100', 'cost.return': '30' });
    await shop.open();
    for (let i = 1; i <= STEPS; i++) {
      await shop.step();
      if (i % 40 === 0) await shop.agree();
    }
  });
});

describe('imports', () => {
  test('orders that come in bulk have margins and costs; taken back, they have none', async () => {
    await set({ 'cost.return': '30' });
    /* a policy's task about the customer would keep it */
    for (const p of (await admin.get('/grade_policies')).body.data) await change(`/grade_policies/${p.id}`, { active: false });
    await make('/products', { code: 'BULK', name: 'bulk', price: '10', cost: '4' });
    const file = 'Order No,Date,Product code,Product,Quantity,Unit price,Customer\n'
      + 'B1,2026-01-02,BULK,bulk,10,10,Bulk & Co\nB1,2026-01-02,BULK,bulk,-1,10,Bulk & Co\nB2,2026-01-03,BULK,bulk,5,10,Bulk & Co\n';
    const { made } = await importAll(admin, 'orders', file, {});
    const customer = (await readAll(admin, '/customers?name=Bulk %26 Co'))[0];
    const s = await stats(customer.id);
    assert.deepEqual([s.margin, s.cost_to_serve, s.net_profit, s.unpriced_orders], ['84', '30', '54', 0]);
    const { job } = await good(admin.post(`/imports/${made.id}/revert`), 'revert', 202);
    const end = await follow(admin, job.id);
    assert.deepEqual([end.state, end.result.kept], ['done', 0], JSON.stringify(end));
    assert.deepEqual(await entries(`customer_id=${customer.id}`), []);
  });
});
