/* Saved views are what their list takes: nothing else is kept, and what the
 * list no longer takes can still be listed, renamed and deleted. */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ADMIN, addUser, startServer } from './lib.mjs';

let server, admin, seller;

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
  addUser(server.db, 'seller', 'sales');
  seller = server.client();
  assert.equal((await seller.signIn('seller', ADMIN.password)).status, 200);
});

const save = (query, { entity = 'customer', by = admin } = {}) => by.post('/saved_views', { name: 'V', entity, query });

async function kept(query, more) {
  const answer = await save(query, more);
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.body.query, query);
  return answer.body;
}

function refused(answer, field, code) {
  assert.equal(answer.status, 422, answer.text);
  assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [[field, code]], answer.text);
}

describe('a view is kept', () => {
  test('with filter, sort and columns of its entity', async () => {
    await kept({});
    await kept({ filter: { and: [] }, sort: [], columns: [] });
    await kept({ filter: { and: [{ field: 'kind', op: 'in', value: ['person'] }, { field: 'sales', op: 'gte', value: 5 }] },
      sort: ['-sales', 'name'], columns: ['name', 'sales'] });
    await kept({ filter: { or: [{ field: 'done', op: 'eq', value: true }] }, sort: ['due_on'] }, { entity: 'task' });
  });

  test('with what pages ask of lists that is no field', async () => {
    const tag = (await admin.post('/tags', { name: 'T' })).body;
    await kept({ filter: { and: [{ field: 'tag', op: 'eq', value: String(tag.id) }, { field: 'bought', op: 'eq', value: '2026-03' },
      { field: 'bought', op: 'eq', value: '2026-04' }, { field: 'name', op: 'contains', value: 'x' }] } });
  });
});

describe('a view is refused', () => {
  test('of what is no entity, or hidden from whoever saves', async () => {
    for (const entity of ['nothing', 'customers', 'change_log']) refused(await save({}, { entity }), 'entity', 'unknown_object');
    assert.equal((await seller.get('/import_mappings')).status, 403);
    refused(await save({}, { entity: 'import_mapping', by: seller }), 'entity', 'unknown_object');
  });

  test('with what its list does not take', async () => {
    refused(await save([]), 'query', 'not_object');
    refused(await save({ note: 1 }), 'query.note', 'unknown_field');
    refused(await save({ sort: 'name' }), 'query.sort', 'not_array');
    refused(await save({ sort: ['nope'] }), 'query.nope', 'unknown_sort');
    refused(await save({ columns: ['nope'] }), 'query.nope', 'unknown_field');
    refused(await save({ columns: ['name'], fields: ['name'] }), 'query.fields', 'unknown_field');
    refused(await save({ filter: { and: [{ field: 'nope', op: 'eq', value: 1 }] } }), 'query.nope', 'unknown_field');
    refused(await save({ filter: { field: 'name', op: 'gte', value: 1 } }), 'query.name', 'filter_op_not_allowed');
    refused(await save({ filter: { and: [{ field: 'bought', op: 'eq', value: 'x' }] } }), 'query.bought', 'not_month');
    refused(await save({ filter: { and: [{ field: 'bought', op: 'eq', value: '2026-03' }] } }, { entity: 'task' }), 'query.bought', 'unknown_field');
  });

  test('when it is changed into such', async () => {
    const view = await kept({ sort: ['name'] });
    refused(await admin.patch(`/saved_views/${view.id}`, { query: { sort: ['nope'] } }), 'query.nope', 'unknown_sort');
    refused(await admin.patch(`/saved_views/${view.id}`, { entity: 'nothing' }), 'entity', 'unknown_object');
    assert.deepEqual((await admin.get(`/saved_views/${view.id}`)).body.query, { sort: ['name'] });
  });
});

test('a view of a field that was retired is listed, renamed and deleted', async () => {
  const field = (await admin.post('/custom_fields', { entity: 'customer', name: 'x_away', type: 'int', label: { zh: '去', en: 'Away' } })).body;
  const query = { filter: { and: [{ field: 'x_away', op: 'gte', value: 3 }] }, sort: ['x_away'], columns: ['x_away'] };
  const view = await kept(query);
  assert.equal((await admin.post(`/custom_fields/${field.id}/retire`)).status, 200);
  assert.equal((await save(query)).status, 422);
  const listed = (await admin.get('/saved_views?entity=customer&limit=100')).body.data.find((v) => v.id === view.id);
  assert.deepEqual(listed.query, query);
  assert.equal((await admin.patch(`/saved_views/${view.id}`, { name: 'W', shared: true })).status, 200);
  assert.equal((await admin.delete(`/saved_views/${view.id}`)).status, 204);
});
