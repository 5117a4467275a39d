/* Files on records: kinds, sizes and space, who may touch them, and that
 * nothing of them runs in a browser. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { addUser, newToken, sql, startServer, until } from './lib.mjs';

let server;
let admin;

before(async () => {
  server = await startServer({ admin: true });
  admin = await server.signIn();
});

const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(1000, 0x20)]);
const PNG = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.alloc(100, 1)]);

async function customer(more = {}) {
  const answer = await admin.post('/customers', { name: '附件客户', ...more });
  assert.equal(answer.status, 201, answer.text);
  return answer.body.id;
}

const put = (client, path, name, bytes, type = 'application/octet-stream') =>
  client.post(`${path}/files?name=${encodeURIComponent(name)}`, bytes, { 'content-type': type });

async function download(client, id) {
  const headers = { ...client.headers };
  if (client.cookie) headers.cookie = client.cookie;
  const answer = await fetch(`${client.url}/api/v1/files/${id}`, { headers });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) };
}

const rows = () => Number(sql(server.db, 'SELECT count(*) FROM file'));

describe('files of a record', () => {
  test('come back as they went, under headers that let nothing run', async () => {
    const path = `/customers/${await customer()}`;
    const big = Buffer.concat([PDF, randomBytes(3 * 1024 * 1024 + 17)]);
    const made = await put(admin, path, '../合同 2026.PDF', big, 'application/pdf');
    assert.equal(made.status, 201, made.text);
    assert.equal(made.body.name, '合同 2026.PDF');
    assert.equal(made.body.media_type, 'application/pdf');
    assert.equal(made.body.size, big.length);
    assert.equal(made.body.sha256, createHash('sha256').update(big).digest('hex'));
    const list = await admin.get(`${path}/files`);
    assert.deepEqual(list.body.data, [made.body]);
    const got = await download(admin, made.body.id);
    assert.equal(got.status, 200);
    assert.ok(got.bytes.equals(big));
    assert.equal(got.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(got.headers.get('content-type'), 'application/pdf');
    assert.match(got.headers.get('content-security-policy'), /^sandbox;/);
    assert.match(got.headers.get('content-disposition'), /^attachment; .*filename\*=UTF-8''%E5%90%88/);
    const audit = await admin.get(`/audit_entries?entity=customer&action=attach&record_id=${path.split('/').pop()}`);
    assert.equal(audit.body.data.length, 1);
  });

  test('are of a kind, by content, name and declaration', async () => {
    const path = `/customers/${await customer()}`;
    const cases = [
      [201, 'a.png', PNG, 'image/png', 'image/png'], [201, 'a.csv', 'a,b\n1,2\n', 'application/vnd.ms-excel', 'text/csv'],
      [201, 'a.txt', '说明', 'text/plain; charset=utf-8', 'text/plain'], [201, 'a.docx', 'PK\x03\x04rest', '', /wordprocessingml/],
      [415, 'a.html', '<html><script>alert(1)</script>', 'text/html'], [415, 'a.svg', '<svg onload="x"/>', 'image/svg+xml'],
      [415, 'a.txt', ' \n<!DOCTYPE html>', 'text/plain'], [415, 'a.pdf', PNG, 'application/pdf'],
      [415, 'a.exe', Buffer.from('MZ\0\0\0'), 'application/octet-stream'], [415, 'a.png', PNG, 'application/pdf'],
      [415, 'a.pdf', PDF, 'image/png'], [415, 'a.txt', 'plain', 'text/html'], [415, 'a.sh', '#!/bin/sh', 'text/plain'],
      [415, 'noending', 'plain', 'text/plain'], [415, 'a.js', 'alert(1)', 'text/plain'], [422, '', PDF, 'application/pdf'],
    ];
    for (const [status, name, bytes, type, kept] of cases) {
      const was = rows();
      const answer = await put(admin, path, name, bytes, type || 'application/octet-stream');
      assert.equal(answer.status, status, `${name} ${type}: ${answer.text}`);
      if (status !== 201) assert.equal(rows(), was, 'nothing is kept');
      else if (kept instanceof RegExp) assert.match(answer.body.media_type, kept);
      else assert.equal(answer.body.media_type, kept);
    }
    assert.equal((await put(admin, path, 'a.txt', '')).status, 422);
  });

  test('have a size and a space', async () => {
    const path = `/customers/${await customer()}`;
    assert.equal((await admin.put('/settings', { 'files.max_mb': 1 })).status, 200);
    const large = await put(admin, path, 'a.pdf', Buffer.concat([PDF, Buffer.alloc(1024 * 1024)]));
    assert.equal(large.status, 413, large.text);
    const used = Number(sql(server.db, 'SELECT sum(size) FROM file WHERE record_id IS NOT NULL'));
    const quota = Math.ceil(used / (1024 * 1024));
    assert.equal((await admin.put('/settings', { 'files.max_mb': 50, 'files.quota_mb': quota })).status, 200);
    const full = await put(admin, path, 'a.pdf', Buffer.concat([PDF, Buffer.alloc(1024 * 1024)]));
    assert.equal(full.status, 507, full.text);
    assert.equal((await admin.put('/settings', { 'files.quota_mb': 10240 })).status, 200);
  });

  test('that come at once share the space, and what is refused leaves nothing', async () => {
    const path = `/customers/${await customer()}`;
    const used = Number(sql(server.db, 'SELECT sum(size) FROM file WHERE record_id IS NOT NULL'));
    const MIB = 1024 * 1024;
    const quota = Math.ceil(used / MIB) + 1;
    const one = Buffer.concat([PDF, Buffer.alloc(Math.floor((quota * MIB - used) / 2) + 1 - PDF.length)]);
    assert.equal((await admin.put('/settings', { 'files.quota_mb': quota })).status, 200);
    const was = rows();
    const answers = await Promise.all(Array.from({ length: 6 }, (_, i) => put(admin, path, `${i}.pdf`, one)));
    assert.deepEqual(answers.map((a) => a.status).sort(), [201, 507, 507, 507, 507, 507]);
    assert.equal(rows(), was + 1);
    assert.equal((await admin.put('/settings', { 'files.quota_mb': 10240 })).status, 200);
  });

  test('that never came to hang on a record are thrown away', async () => {
    const own = await startServer({ admin: true });
    const me = await own.signIn();
    const { id } = (await me.post('/customers', { name: '附件客户' })).body;
    const made = [];
    for (const name of ['kept.pdf', 'old.pdf', 'new.pdf']) made.push((await put(me, `/customers/${id}`, name, PDF)).body.id);
    sql(own.db, `UPDATE file SET created_at = created_at - ${8 * 86400000} WHERE id IN (${made[0]}, ${made[1]})`);
    sql(own.db, `UPDATE file SET entity = 'attachment', record_id = NULL WHERE id IN (${made[1]}, ${made[2]})`);
    await own.stop();
    const again = await startServer({ db: own.db });
    const left = () => sql(own.db, 'SELECT id FROM file ORDER BY id').trim().split(/\s+/).map(Number);
    await until(async () => left(), (ids) => !ids.includes(made[1]), 60000);
    assert.deepEqual(left(), [made[0], made[2]]);
    await again.stop();
  });

  test('go into the bin and come back', async () => {
    const path = `/orders/${(await admin.post('/orders', { customer_id: await customer(), number: 'F-1', ordered_on: '2024-01-01', currency: 'CNY' })).body.id}`;
    const { id } = (await put(admin, path, 'a.pdf', PDF)).body;
    assert.equal((await admin.delete(`/files/${id}`)).status, 204);
    assert.equal((await download(admin, id)).status, 404);
    assert.deepEqual((await admin.get(`${path}/files`)).body.data, []);
    assert.deepEqual((await admin.get(`${path}/files?bin=true`)).body.data.map((f) => f.id), [id]);
    assert.equal((await admin.delete(`/files/${id}`)).status, 404);
    assert.equal((await admin.post(`/files/${id}/restore`)).status, 204);
    assert.equal((await download(admin, id)).status, 200);
    /* They share the fate of their record. */
    assert.equal((await admin.delete(path)).status, 204);
    assert.equal((await download(admin, id)).status, 404);
    assert.equal((await admin.get(`${path}/files`)).status, 404);
    assert.equal((await admin.post(`${path}/restore`)).status, 200);
    assert.equal((await download(admin, id)).status, 200);
  });
});

describe('rights', () => {
  test('are those to the record, in every role', async () => {
    const people = {};
    for (const role of ['sales', 'service', 'analyst', 'manager']) {
      const id = addUser(server.db, `f_${role}`, role);
      people[role] = { id, client: server.client({ token: newToken(server.db, `f_${role}`) }) };
    }
    const mine = await customer({ owner_id: people.sales.id });
    const other = await customer();
    const files = {};
    for (const id of [mine, other]) files[id] = (await put(admin, `/customers/${id}`, 'a.pdf', PDF)).body.id;
    const want = { /* [read own, read other, write own, write other] */
      sales: [200, 404, 201, 404], service: [200, 200, 403, 403], analyst: [200, 200, 403, 403], manager: [404, 404, 404, 404],
    };
    for (const [role, [readMine, readOther, writeMine, writeOther]] of Object.entries(want))
      for (const [id, read, write] of [[mine, readMine, writeMine], [other, readOther, writeOther]]) {
        const { client } = people[role];
        const was = rows();
        assert.equal((await client.get(`/customers/${id}/files`)).status, read, `${role} list`);
        assert.equal((await download(client, files[id])).status, read, `${role} download`);
        const answer = await put(client, `/customers/${id}`, 'b.pdf', PDF);
        assert.equal(answer.status, write, `${role}: ${answer.text}`);
        if (write !== 201) {
          assert.equal(rows(), was);
          assert.equal((await client.delete(`/files/${files[id]}`)).status, 404, `${role} delete`);
          assert.equal((await download(admin, files[id])).status, 200);
        } else {
          assert.equal((await client.delete(`/files/${files[id]}`)).status, 204);
          assert.equal((await client.post(`/files/${files[id]}/restore`)).status, 204);
        }
      }
    assert.equal((await server.client().get(`/files/${files[mine]}`)).status, 401);
    assert.equal((await put(server.client(), `/customers/${mine}`, 'a.pdf', PDF)).status, 401);
  });

  test('files of imports, exports and jobs are none of these', async () => {
    const answer = await admin.post('/imports?entity=customers&filename=x.csv', 'name\n某人\n', { 'content-type': 'text/csv' });
    assert.equal(answer.status, 201, answer.text);
    const id = sql(server.db, "SELECT max(id) FROM file WHERE entity = 'import'");
    assert.equal((await download(admin, id)).status, 404);
    assert.equal((await admin.delete(`/files/${id}`)).status, 404);
    for (const path of ['/audit_entries/1', '/nothings/1', '/files/1', '/grade_runs/1'])
      assert.ok([404, 405].includes((await put(admin, path, 'a.pdf', PDF)).status), path);
  });
});
