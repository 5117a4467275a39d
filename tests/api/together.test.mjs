/* Writes that are committed together: who is refused leaves nothing behind, also
 * when he is refused behind his first change, and takes nobody with him. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KIND, startServer } from './lib.mjs';

const AT_ONCE = 48;
const ROUNDS = 6;
const TRIES = 30;

let client;

before(async () => {
  const server = await startServer({ admin: true });
  client = await server.signIn();
});

/* Good ones, and of each kind of refusal some: before anything is written (no
 * name), by the first statement (a number twice), and by what is looked at when
 * all is written (a score that rests on nothing). */
const KINDS = [
  { make: (tag) => ({ name: `好${tag}`, phone: `1390000${tag}` }), status: 201 },
  { make: (tag) => ({ name: `好${tag}`, email: `g${tag}@example.com` }), status: 201 },
  { make: (tag) => ({ phone: `1380000${tag}` }), status: 422 },
  { make: () => ({ name: '同号', code: 'TAKEN' }), status: 409 },
  { make: (tag) => ({ name: `坏${tag}`, phone: `1370000${tag}`, credit_score: 4 }), status: 422 },
];

/* On PostgreSQL who loses against too many others is told when to come again; a
 * writer of SQLite's loses against nobody. */
async function told(ask) {
  for (let tried = 1; ; tried++) {
    const answer = await ask();
    const lost = KIND === 'postgresql' && answer.status === 503 && answer.body.code === 'retry';
    if (!lost || tried === TRIES) return answer;
    const seconds = Number(answer.headers.get('retry-after'));
    assert.ok(seconds >= 1, `told when: ${answer.text}`);
    await pause(seconds * 1000 * Math.random());
  }
}

async function all(path) {
  const found = [];
  for (let next = `${path}${path.includes('?') ? '&' : '?'}limit=500`; next; ) {
    const { body } = await client.get(next.replace(/^\/api\/v1/, ''));
    found.push(...body.data);
    next = body.links.next;
  }
  return found;
}

describe('writes at the same time', () => {
  test('each has its own fate', { timeout: 240000 }, async () => {
    assert.equal((await client.post('/customers', { name: '占号', code: 'TAKEN' })).status, 201);
    const made = new Map();
    for (let round = 0; round < ROUNDS; round++) {
      // a round without the last kind needs nothing taken back
      const kinds = round % 2 === 0 ? KINDS : KINDS.slice(0, 4);
      const asked = Array.from({ length: AT_ONCE }, (_, i) => {
        const kind = kinds[(i * 7 + round) % kinds.length];
        return { kind, data: kind.make(String(round * AT_ONCE + i).padStart(4, '0')) };
      });
      const answers = await Promise.all(asked.map(({ data }) => told(() => client.post('/customers', data))));
      answers.forEach((answer, i) => {
        assert.equal(answer.status, asked[i].kind.status, `${JSON.stringify(asked[i].data)}: ${answer.text.slice(0, 200)}`);
        if (answer.status !== 201) return;
        assert.equal(answer.body.name, asked[i].data.name);
        assert.ok(!made.has(answer.body.id), 'an id of its own');
        made.set(answer.body.id, asked[i].data.name);
      });
    }
    const there = (await all('/customers?fields=id,name')).filter((one) => one.name !== '占号');
    assert.deepEqual(new Map(there.map((one) => [one.id, one.name])), made, 'those that were answered, and nobody else');
    const entries = (await all('/audit_entries?entity=customer&action=create')).map((one) => one.record_id);
    assert.equal(entries.length, made.size + 1, 'one entry each');
    for (const [text, n] of [['坏', 0], ['1370000', 0]])
      assert.equal((await client.get(`/customers?q=${encodeURIComponent(text)}&limit=500`)).body.data.length, n, `found by ${text}`);
    const [one] = there.filter((x) => x.name.startsWith('好'));
    assert.deepEqual((await client.get(`/customers?q=${encodeURIComponent(one.name)}`)).body.data.map((x) => x.id), [one.id], 'found by its whole name');
  });

  test('what is answered is what is read afterwards', async () => {
    const { body: first } = await client.post('/customers', { name: '甲' });
    const made = [
      ['customers', { name: '乙', kind: 'organization', phone: '+86 139-0000-9999', email: 'A@Example.com', registered_capital: 5 }],
      ['customers', { name: '丙', roles: ['agent', 'supplier'], no_call: true, founded_on: '2001-02-03' }],
      ['customers', { name: '丁', referred_by_id: first.id, buys: ['product'], wanted_benefits: '快' }],
      ['customers', { name: '戊', credit_score: 5, credit_source: '银行', credit_on: '2026-01-01' }],
      ['contacts', { name: '己', customer_id: first.id }],
      ['tasks', { title: '庚', customer_id: first.id, due_on: '2030-01-01' }],
    ];
    for (const [object, data] of made) {
      const answer = await client.post(`/${object}`, data);
      assert.equal(answer.status, 201, `${object}: ${answer.text}`);
      const read = await client.get(`/${object}/${answer.body.id}`);
      assert.deepEqual(answer.body, read.body, object);
      assert.equal(answer.headers.get('etag'), read.headers.get('etag'), object);
    }
  });

  test('changes too', { timeout: 240000 }, async () => {
    const { body: record } = await client.post('/customers', { name: '先', phone: '13600000000' });
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => told(() => client.patch(`/customers/${record.id}`,
      i % 3 === 0 ? { influence_score: 3 } : { name: `后${i}` }))));
    answers.forEach((answer, i) => assert.equal(answer.status, i % 3 === 0 ? 422 : 200, answer.text.slice(0, 200)));
    const { body: now } = await client.get(`/customers/${record.id}`);
    assert.equal(now.rev, 1 + answers.filter((answer) => answer.status === 200).length, 'each change counts once');
    assert.equal(now.influence_score, null);
    assert.equal((await client.get(`/customers?q=${encodeURIComponent('先')}`)).body.data.length, 0, 'found by the old name no longer');
    assert.equal((await client.get(`/customers?q=${encodeURIComponent(now.name)}`)).body.data.some((x) => x.id === record.id), true);
  });
});
