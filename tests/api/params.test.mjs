/* A parameter that a route does not know is refused by every route: whoever
 * misspells one is told, and not answered as if he had asked without it. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const LIST = 'sort'; /* a parameter of lists alone */

let client;
let operations;

before(async () => {
  const server = await startServer({ admin: true });
  client = await server.signIn();
  const { paths } = (await client.get('/openapi.json')).body;
  operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/api/v1/'))
    .flatMap(([path, item]) => METHODS.filter((m) => item[m]).map((method) => ({
      name: `${method.toUpperCase()} ${path}`,
      path: path.slice('/api/v1'.length).replace(/\{[^}]+\}/g, '1'),
      method,
      isList: item[method].parameters.some((p) => p.$ref === `#/components/parameters/${LIST}`),
    })));
});

const ask = ({ method, path }, query) =>
  method === 'get' || method === 'delete' ? client[method](`${path}?${query}`) : client[method](`${path}?${query}`, {});

describe('unknown parameters', () => {
  test('are refused with their name by every route', async () => {
    assert.ok(operations.length > 200, `${operations.length} operations`);
    for (const one of operations) {
      const answer = await ask(one, 'nope=1');
      assert.equal(answer.status, 422, `${one.name}: ${answer.text.slice(0, 300)}`);
      const [error] = answer.body.errors;
      assert.deepEqual([error.field, error.code], ['nope', one.isList ? 'unknown_field' : 'unknown_param'], one.name);
    }
  });

  test('are those of lists too where there is no list', async () => {
    for (const one of operations.filter((o) => !o.isList))
      assert.equal((await ask(one, `${LIST}=id`)).status, 422, one.name);
  });

  test('lose no place in the feed of changes', async () => {
    const { cursor } = (await client.get('/changes')).body;
    const lost = await client.get(`/changes?cursor=${encodeURIComponent(cursor)}`);
    assert.equal(lost.status, 422, lost.text);
    assert.equal((await client.get(`/changes?since=${encodeURIComponent(cursor)}`)).status, 200);
  });

  test('are no matter of health checks', async () => {
    for (const path of ['/healthz', '/readyz'])
      assert.equal((await fetch(`${client.url}${path}?nope=1`)).status, 200, path);
  });
});
