/* Writers that know what was promised to them. Each has its own customers and
 * orders and one request under way at a time, so that after a crash every
 * value is either the last acknowledged one or that of the request that got no
 * answer. */
import assert from 'node:assert/strict';
import { Random, patiently } from '../api/random.mjs';

export class Writer {
  /* tag keeps writers of one database apart. */
  constructor(number, seed, tag = 'w') {
    this.number = number;
    this.tag = tag;
    this.random = new Random(seed + number);
    this.count = 0;
    this.records = []; /* { plural, key, id, sent: acknowledged values } */
    this.fresh = new Set(); /* touched since the last check */
    this.pending = null; /* { record, values } without an answer */
    this.acknowledged = 0;
    this.refused = new Map();
  }

  key() {
    return `${this.tag}${this.number}-${++this.count}`;
  }

  /* What to do next: a new record, or new values for an old one. */
  next() {
    const r = this.random;
    const customers = this.records.filter((x) => x.plural === 'customers');
    const orders = this.records.filter((x) => x.plural === 'orders');
    const what = r.int(0, 9);
    if (customers.length === 0 || what < 2) {
      const key = this.key();
      return { record: { plural: 'customers', field: 'code', key }, values: { code: key, name: `客户 ${key}`, note: key } };
    }
    if (orders.length === 0 || what < 4) {
      const key = this.key();
      const values = { number: key, customer_id: r.pick(customers.slice(-20)).id, ordered_on: r.day(), amount: r.int(1, 100000) };
      return { record: { plural: 'orders', field: 'number', key }, values };
    }
    if (what < 6) {
      const key = this.key();
      const values = { order_id: r.pick(orders.slice(-20)).id, product_name: key, quantity: String(r.int(1, 9)), unit_price: `${r.int(1, 99)}.5` };
      return { record: { plural: 'order_lines', field: 'product_name', key }, values };
    }
    if (what < 8) return { record: r.pick(customers.slice(-20)), values: { note: this.key(), name: `客户 ${this.count}` } };
    return { record: r.pick(orders.slice(-20)), values: { ordered_on: r.day(), note: this.key() } };
  }

  /* Writes until the server is gone or `until` is over. Answers other than
   * success must be among `refusals` (status → may be). */
  async write(client, until, refusals = new Set()) {
    while (Date.now() < until) {
      const { record, values } = this.next();
      this.pending = { record, values };
      let answer;
      try {
        answer = record.id === undefined
          ? await client.post(`/${record.plural}`, values)
          : await client.patch(`/${record.plural}/${record.id}`, values);
      } catch {
        return; /* no answer: both may be true */
      }
      this.pending = null;
      if (answer.status === 200 || answer.status === 201) {
        this.keep(record, values, answer.body.id);
      } else {
        assert.ok(refusals.has(answer.status), `${record.plural} ${JSON.stringify(values)}: ${answer.status} ${answer.text}`);
        this.refused.set(answer.status, (this.refused.get(answer.status) ?? 0) + 1);
        this.fresh.add(record);
        if (record.id === undefined) this.absent(record);
      }
    }
  }

  keep(record, values, id) {
    if (record.id === undefined) this.records.push(record);
    Object.assign(record, { id, sent: { ...record.sent, ...values } });
    this.fresh.add(record);
    this.acknowledged++;
  }

  /* A refused record must not be there. */
  absent(record) {
    record.never = true;
  }

  /* Every promise since the last check is kept; after settle. */
  async check(client) {
    for (const record of this.fresh) {
      if (record.id === undefined) {
        assert.equal((await find(client, record)).length, 0, `${record.key} was refused and is there`);
        continue;
      }
      const { status, body, text } = await patiently(() => client.get(`/${record.plural}/${record.id}`));
      assert.equal(status, 200, `${record.plural} ${record.id} was acknowledged: ${text}`);
      for (const [name, value] of Object.entries(record.sent))
        if (name !== 'amount' || !record.hasLines) assert.deepEqual(body[name], value, `${record.plural} ${record.id} ${name}`);
    }
    this.fresh.clear();
  }

  /* The request that got no answer was done as a whole or not at all. */
  async settle(client) {
    if (this.pending === null) return;
    const { record, values } = this.pending;
    this.pending = null;
    if (record.id === undefined) {
      const found = await find(client, record);
      assert.ok(found.length <= 1);
      if (found.length === 1) {
        for (const [name, value] of Object.entries(values)) assert.deepEqual(found[0][name], value, `${record.key} is half there`);
        this.keep(record, values, found[0].id);
      }
      return;
    }
    const { body } = await patiently(() => client.get(`/${record.plural}/${record.id}`));
    const done = Object.entries(values).filter(([name, value]) => body[name] === value && record.sent[name] !== value);
    if (done.length > 0) {
      for (const [name, value] of Object.entries(values)) assert.deepEqual(body[name], value, `${record.plural} ${record.id} is half changed`);
      this.keep(record, values, record.id);
    }
  }
}

/* Lines decide their order's amount. */
export function linesDecide(writers) {
  for (const w of writers) {
    const orders = new Map(w.records.filter((r) => r.plural === 'orders').map((r) => [r.id, r]));
    for (const r of w.records) if (r.plural === 'order_lines') orders.get(r.sent.order_id).hasLines = true;
  }
}

/* Live records with the key. */
async function find(client, record) {
  const answer = await patiently(() => client.get(`/${record.plural}?${record.field}=${record.key}&count=none`));
  assert.equal(answer.status, 200, answer.text);
  return answer.body.data;
}

/* The search box finds exactly the record, by its newest text. */
export async function checkSearch(client, record) {
  const answer = await patiently(() => client.get(`/${record.plural}?q=${record.key}&limit=200`));
  assert.equal(answer.status, 200, answer.text);
  const found = answer.body.data.filter((row) => row[record.field] === record.key);
  assert.deepEqual(found.map((row) => row.id), [record.id], `search for ${record.key}`);
}
