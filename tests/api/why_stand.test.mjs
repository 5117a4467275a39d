/* Where customers stand, recomputed: whoever takes the days of orders and contacts
 * and the limits and parameters that GET /customers/{id}/risk and …/ladder list
 * gets the risk, its band, the rung, the class and the stage that are shown. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { demoCompany, newToken, startServer } from './lib.mjs';
import { Random, SEED, patiently, readAll, together } from './random.mjs';
import { checkRisk, eventsOf } from './recompute.mjs';
import { checkLadder, gather, number, opinion, today } from './rungs.mjs';

const SAMPLE = 1000;
const CUSTOMERS = 1200;
const r = new Random(SEED);

let client;

async function get(path) {
  const answer = await patiently(() => client.get(path));
  assert.equal(answer.status, 200, `${path}: ${answer.text}`);
  return answer.body;
}

before(async () => {
  const db = demoCompany(CUSTOMERS);
  const server = await startServer({ db, workers: 4 });
  client = server.client({ token: newToken(db, 'admin') });
});

const grouped = (rows) => rows.reduce((all, row) => all.set(row.customer_id, [...(all.get(row.customer_id) ?? []), row]), new Map());

test(`risk and ladder give every figure of ${SAMPLE} customers`, async () => {
  const on = today();
  const [everybody, orders, interactions] = await Promise.all(['customers', 'orders', 'interactions'].map((name) => readAll(client, `/${name}?sort=id`)));
  const limits = { ...(await get('/analytics/ladder')).limits };
  limits.client_days ||= Infinity;
  const facts = gather(everybody, orders, interactions, limits);
  const [sold, met] = [grouped(orders), grouped(interactions)];
  const left = everybody.sort(() => r.next() - 0.5).slice(0, SAMPLE);
  const [methods, rungs, bands] = [new Set(), new Set(), new Set()];
  await together(4, async () => {
    while (left.length > 0) {
      const customer = left.pop();
      const risk = await get(`/customers/${customer.id}/risk`);
      checkRisk(risk, customer, eventsOf(sold.get(customer.id) ?? [], met.get(customer.id) ?? []));
      methods.add(risk.method);
      bands.add(risk.band);
      const ladder = await get(`/customers/${customer.id}/ladder`);
      if (ladder.as_of !== on) continue; /* midnight */
      checkLadder(ladder, customer, opinion(facts.get(customer.id), number(on)));
      rungs.add(ladder.ladder_rung);
    }
  });
  assert.ok(methods.size >= 2 && bands.size >= 3, JSON.stringify([[...methods], [...bands]]));
  assert.ok(rungs.size >= 4 || today() !== on, JSON.stringify([...rungs]));
});
