/* Bad input of every kind: a 4xx that says what is wrong, nothing written, and
 * a server that goes on. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';
import { startServer } from './lib.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const MIB = 1024 * 1024;

let server;
let client;
let customer;
let before_all;

before(async () => {
  server = await startServer({ admin: true });
  client = await server.signIn();
  customer = (await client.post('/customers', { name: '不变', registered_capital: 5 })).body;
  before_all = await everything();
});

/* The whole of what there is, to see that nothing was written. */
async function everything() {
  const answers = await Promise.all(['/customers', '/orders', '/audit_entries', '/roles', '/users?fields=id,rev']
    .map((path) => client.get(`${path}${path.includes('?') ? '&' : '?'}limit=500`)));
  return answers.map((answer) => answer.body.data);
}

async function unchanged(about) {
  assert.deepEqual(await everything(), before_all, about);
}

function isProblem(answer, status, about) {
  assert.equal(answer.status, status, `${about}: ${answer.text.slice(0, 300)}`);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', about);
  assert.equal(answer.body.status, status, about);
  assert.match(answer.body.request_id, /^[0-9a-f]{16}$/, about);
  assert.ok(Array.isArray(answer.body.errors) && answer.body.detail.length > 0, about);
}

/* Bytes over a socket: what no client library would send. → the status line
 * and all that follows. */
function raw(text) {
  const { hostname, port } = new URL(server.url);
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let got = '';
    socket.setTimeout(20000, () => socket.destroy(new Error('no answer')));
    socket.on('data', (chunk) => (got += chunk.toString('latin1')));
    socket.on('end', () => done(got));
    socket.on('close', () => done(got));
    socket.on('error', (e) => (got ? done(got) : failed(e)));
  });
}

/* The end of what is refused early meets a closed socket, which may take the
 * answer along before it is read: it must come through in one of ten tries. */
async function answered(ask) {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (e) {
      if (tries === 10 || !['ECONNRESET', 'EPIPE'].includes(e.code)) throw e;
    }
  }
}

const asMe = () => `Host: x\r\nCookie: ${client.cookie}\r\nX-CSRF-Token: ${client.csrf}\r\nConnection: close\r\n`;

describe('bodies', () => {
  test('that are no JSON are 400', async () => {
    const texts = ['', ' ', '{', '}', '{"name"}', '{"name":}', "{'name':'x'}", '{"name":"x"', '{"name":"x"}}', '{"name":"x"} x',
      '{"name":"x",}', '{"a":01}', '{"a":+1}', '{"a":.5}', '{"a":1.}', '{"a":NaN}', '{"a":Infinity}', '{"a":0x10}', '{"a":tru}',
      '{"name":"a\nb"}', '{"name":"\\x41"}', '{"name":"\\u12"}', '{"name":"\\ud800"}', '/* c */{}', '\ufeff{"name":"x"}', '{"name":"x"}\0'];
    for (const text of texts) isProblem(await client.post('/customers', text, JSON_TYPE), 400, JSON.stringify(text));
    await unchanged();
  });

  test('that are JSON but no object are 400', async () => {
    for (const text of ['[]', '1', '"x"', 'null', 'true', '[{"name":"x"}]'])
      isProblem(await client.post('/customers', text, JSON_TYPE), 400, text);
    await unchanged();
  });

  test('with a name twice are 400', async () => {
    isProblem(await client.post('/customers', '{"name":"x","name":"y"}', JSON_TYPE), 400, 'twice');
    isProblem(await client.post('/saved_views', '{"name":"x","entity":"customer","query":{"a":1,"a":2}}', JSON_TYPE), 400, 'twice below');
    await unchanged();
  });

  test('that are nested too deep are 400', async () => {
    for (const depth of [33, 100, 5000, 100000]) {
      const text = `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      isProblem(await client.post('/customers', text, JSON_TYPE), 400, `depth ${depth}`);
      isProblem(await client.post('/customers', `{"a":${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}}`, JSON_TYPE), 400, `objects ${depth}`);
    }
    const filter = '{"not":'.repeat(40) + '{"field":"name","value":"x"}' + '}'.repeat(40);
    isProblem(await client.post('/customers/search', `{"filter":${filter}}`, JSON_TYPE), 400, 'a filter');
    await unchanged();
  });

  test('with invalid UTF-8 or U+0000 are 400', async () => {
    const bytes = [[0xff], [0xc0, 0xaf], [0xe4, 0xb8], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0x00]];
    for (const some of bytes) {
      const body = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from(some), Buffer.from('b"}')]);
      isProblem(await client.post('/customers', body, JSON_TYPE), 400, `bytes ${some}`);
    }
    isProblem(await client.post('/customers', '{"name":"a\\u0000b"}', JSON_TYPE), 400, 'escaped NUL');
    isProblem(await client.post('/customers', '{"name":"a","n\\u0000":1}', JSON_TYPE), 400, 'NUL in a name');
    await unchanged();
  });

  test('of another type are 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp', 'text/json', 'application', '', ';'])
      isProblem(await client.post('/customers', '{"name":"x"}', { 'content-type': type }), 415, type);
    isProblem(await client.post('/customers', new TextEncoder().encode('{"name":"x"}')), 415, 'no type');
    await unchanged();
    const fine = await client.patch(`/customers/${customer.id}`, '{"name":"不变"}', { 'content-type': 'Application/JSON; charset=utf-8' });
    assert.equal(fine.status, 200, fine.text);
  });

  test('of 10 MB are 413, declared or not, and never read whole', async () => {
    const head = `POST /api/v1/customers HTTP/1.1\r\n${asMe()}Content-Type: application/json\r\n`;
    const declared = await raw(`${head}Content-Length: ${10 * MIB}\r\n\r\n{"name":"${'x'.repeat(200000)}`);
    assert.match(declared, /^HTTP\/1\.1 413 .*"code":"body_too_large"/s);
    isProblem(await client.post('/customers', `{"name":"${'x'.repeat(MIB)}"}`, JSON_TYPE), 413, 'a little more');
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
    const chunked = await raw(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    const claimed = await raw(`${head}Content-Length: 99999999999\r\n\r\n{`);
    assert.match(claimed, /^HTTP\/1\.1 413 /);
    isProblem(await client.post('/session', { login: 'x'.repeat(20000), password: 'y' }), 413, 'a smaller limit');
    await unchanged();
  });

  test('with unknown members of routes of their own are 422', async () => {
    isProblem(await client.post('/api_tokens', { name: 'x', nope: 1 }), 422, 'a token');
    isProblem(await client.post('/session', { login: 'x', password: 'y', nope: 1 }), 422, 'signing in');
    isProblem(await client.put('/settings', { nope: 1 }), 422, 'a setting');
    isProblem(await client.patch('/session', { language: 'xx' }), 422, 'a language');
    await unchanged();
  });
});

describe('numbers', () => {
  test('beyond what a field holds are refused with the field, never rounded', async () => {
    const path = `/customers/${customer.id}`;
    const texts = ['1e400', '-1e400', '1e999999999', '9223372036854775808', '-9223372036854775809', '18446744073709551616',
      '9007199254740993.5', '1e30', '1.0000000000000000000001', '123456789012345678901234567890', '-0.5'];
    for (const text of texts) {
      const answer = await client.patch(path, `{"registered_capital":${text}}`, JSON_TYPE);
      assert.ok(answer.status === 400 || answer.status === 422, `${text}: ${answer.status} ${answer.text}`);
      isProblem(answer, answer.status, text);
    }
    for (const text of ['"1e400"', '"9223372036854775808"', '"99999999999999999999.99"', '"--1"', '"1e5"', '"0x10"', '"NaN"', '1e400', '1e18'])
      assert.match(String((await client.patch(path, `{"market_share":${text}}`, JSON_TYPE)).status), /^4(00|22)$/, text);
    await unchanged();
  });

  test('up to 64 bits are exact', async () => {
    const path = `/customers/${customer.id}`;
    for (const text of ['9007199254740993', '9223372036854775807', '0']) {
      const answer = await client.patch(path, `{"registered_capital":${text}}`, JSON_TYPE);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.text, new RegExp(`"registered_capital":${text}[,}]`));
    }
    assert.equal((await client.patch(path, { registered_capital: 5 })).status, 200);
    before_all = await everything();
  });

  test('as ids that can not be are 404 in paths and 422 in fields', async () => {
    for (const id of ['0', '-1', '1.5', '1e3', 'x', '9007199254740993', '9223372036854775807', '9223372036854775808', '99999999999999999999', '%31x', '00000000000000000001', '1%00'])
      for (const ask of [() => client.get(`/customers/${id}`), () => client.patch(`/customers/${id}`, {}), () => client.delete(`/customers/${id}`)]) {
        const answer = await ask();
        isProblem(answer, id === '1%00' ? 400 : 404, id);
      }
    for (const text of ['9007199254740993', '9223372036854775807', '9223372036854775808', '0', '-5', '1.0', '"1"'])
      assert.match(String((await client.post('/contacts', `{"name":"x","customer_id":${text}}`, JSON_TYPE)).status), /^4(00|22)$/, text);
    await unchanged();
  });
});

describe('dates', () => {
  test('that do not exist are 422 and name the field', async () => {
    const path = `/customers/${customer.id}`;
    for (const text of ['2023-02-29', '2023-02-30', '2023-04-31', '2023-13-01', '2023-00-10', '2023-01-00', '20230101', '1', 'x', '2023-1', '-2023-01-01', '2023-01-01T00:00:00Z', '99999-01-01', '0000-00-00', '2100-02-29', '９９９９-99-99']) {
      const answer = await client.patch(path, { birth_date: text });
      isProblem(answer, 422, text);
      assert.equal(answer.body.errors[0].field, 'birth_date', text);
    }
    for (const text of ['2023-02-29T10:00:00Z', '2023-02-28T24:01:00Z', '2023-02-28T10:60:00Z', '2023-02-28T10:00:00+99:00', '2023-02-28T10:00:00 o’clock', '10:00'])
      isProblem(await client.post('/interactions', { customer_id: customer.id, happened_at: text, content: 'x' }), 422, text);
    await unchanged();
  });

  test('that do are taken', async () => {
    const path = `/customers/${customer.id}`;
    for (const text of ['2024-02-29', '2000-02-29', '1912-01-01', '9999-12-31', '0001-01-01']) {
      const answer = await client.patch(path, { birth_date: text });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.body.birth_date, text);
    }
    assert.equal((await client.patch(path, { birth_date: null })).status, 200);
    before_all = await everything();
  });
});

describe('URLs', () => {
  test('that lead nowhere are 404', async () => {
    for (const path of ['/nope', '/customers/1/nope', '/customers/1/restore/now', '/', '', '/customers//', '/Customers', '/customer', '/change_log', '/record_share', '/setting', '/files', '/login_attempts', '/..', '/customers/..', '/%2e%2e/etc/passwd', `/${'x'.repeat(3000)}`])
      isProblem(await client.get(`/api/v1${path}`), 404, path);
    isProblem(await client.post('/nope', {}), 404, 'POST');
    isProblem(await client.get('/api/v2/customers'), 404, 'another version');
    await unchanged();
  });

  test('with a method they do not know are 405', async () => {
    for (const [method, path] of [['PUT', '/customers'], ['PUT', '/customers/1'], ['POST', '/customers/1'], ['DELETE', '/customers'], ['PATCH', '/customers'], ['DELETE', '/schema'], ['POST', '/healthz'], ['GET', '/customers/1/restore'], ['DELETE', '/settings'], ['OPTIONS', '/customers']])
      isProblem(await client.request(method, path === '/healthz' ? '/api/v1/../../healthz' : path, undefined), 405, `${method} ${path}`);
    assert.match(await raw(`BREW /api/v1/customers HTTP/1.1\r\n${asMe()}\r\n`), /^HTTP\/1\.1 (400|405|501) /);
    await unchanged();
  });

  test('with broken escapes are 400', async () => {
    for (const target of ['/api/v1/customers/%', '/api/v1/customers/%zz', '/api/v1/%ff%fe', '/api/v1/customers/%00', '/api/v1/customers?name=%', '/api/v1/customers?name=%g1', '/api/v1/customers?%ff=1', '/api/v1/customers?name=%00', '/api/v1/customers?name=%c3%28'])
      assert.match(await raw(`GET ${target} HTTP/1.1\r\n${asMe()}\r\n`), /^HTTP\/1\.1 400 /, target);
    for (const target of ['/api/v1/customers/\u0001', '/api/v1/customers/\x7f', 'customers', '*', 'http://x/api/v1/nope'])
      assert.match(await raw(`GET ${target} HTTP/1.1\r\n${asMe()}\r\n`), /^HTTP\/1\.1 (400|404|405) /, target);
    await unchanged();
  });

  test('that are extremely long are refused', async () => {
    for (const n of [17000, 70000, 2 * MIB]) {
      const got = await answered(() => raw(`GET /api/v1/customers?name=${'x'.repeat(n)} HTTP/1.1\r\n${asMe()}\r\n`));
      assert.match(got, /^HTTP\/1\.[01] (400|413|414|431) /, `${n}: ${got.slice(0, 80)}`);
    }
    isProblem(await client.get(`/customers?${'name=x&'.repeat(300)}`), 400, 'many parameters');
    isProblem(await client.get(`/customers?${'name=x&'.repeat(60)}`), 422, 'many tests');
    isProblem(await client.get(`/customers?id[in]=${'1,'.repeat(1200)}1`), 422, 'many values');
    await unchanged();
  });

  test('with parameters that make no sense are 422', async () => {
    for (const query of ['limit=-1', 'limit=0', 'limit=1000000', 'limit=1.5', 'limit=%F0%9F%92%A9', 'bin=2', 'count=-1', 'sort=%27;drop', "name'--=1", 'name[=1', 'name[]=1', '[eq]=1', 'name[eq=1', '=1', "fields=id;--", 'include=*'])
      isProblem(await client.get(`/customers?${query}`), 422, query);
    isProblem(await client.get('/customers?cursor=%27%20or%201=1'), 400, 'a cursor');
    await unchanged();
  });

  test('hold no SQL', async () => {
    for (const text of ["'; DROP TABLE customer; --", '" OR ""="', '%', '_', '\\', "a'b\"c`d", '$1', '?', ':x', '%_%', "' UNION SELECT 1"]) {
      for (const op of ['eq', 'ne', 'contains', 'starts', 'in'])
        assert.equal((await client.get(`/customers?name[${op}]=${encodeURIComponent(text)}`)).status, 200, `${op} ${text}`);
      const hits = await client.get(`/customers?name[contains]=${encodeURIComponent(text)}`);
      assert.deepEqual(hits.body.data, [], text);
      assert.equal((await client.get(`/customers?q=${encodeURIComponent(text)}`)).status, 200, text);
    }
    await unchanged();
  });
});

describe('requests', () => {
  test('that are no HTTP are refused', async () => {
    const odd = ['\r\n\r\n\r\n', 'GET\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(5000)}\r\n`,
      'GET /api/v1/customers HTTP/1.1\r\nHost x\r\n\r\n', 'POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
      'POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde',
      'POST /api/v1/customers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'];
    for (const text of odd) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      const got = await new Promise((done) => {
        let all = '';
        socket.on('data', (chunk) => (all += chunk));
        socket.on('close', () => done(all));
        socket.on('error', () => {});
        socket.setTimeout(2000, () => socket.destroy());
        socket.end(text, 'latin1');
      });
      assert.doesNotMatch(got, /^HTTP\/1\.1 (2|500)/, JSON.stringify(text.slice(0, 60)));
    }
    assert.equal((await client.get('/session')).status, 200);
    await unchanged();
  });

  test('cut off in mid-body leave nothing behind', async () => {
    for (let k = 0; k < 10; k++) {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
      await new Promise((done) => socket.on('connect', done));
      socket.write(`POST /api/v1/customers HTTP/1.1\r\n${asMe()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name":"half`);
      await new Promise((done) => setTimeout(done, 10));
      socket.destroy();
    }
    await unchanged();
  });

  test('without a right to be there are 401 or 403 before anything is read', async () => {
    const nobody = server.client();
    isProblem(await nobody.post('/customers', { name: 'x' }), 401, 'nobody');
    isProblem(await nobody.get('/customers', { authorization: 'Bearer gx_nonsense' }), 401, 'a bad token');
    isProblem(await nobody.get('/customers', { authorization: `Bearer ${'x'.repeat(4000)}` }), 401, 'a long token');
    isProblem(await client.post('/customers', { name: 'x' }, { 'x-csrf-token': 'wrong' }), 403, 'no CSRF token');
    await unchanged();
  });
});

test('names of a whole page are answered in JSON all the same', async () => {
  for (const [n, length] of [[1, 300000], [20, 40000], [100, 5000]]) {
    const body = Object.fromEntries(Array.from({ length: n }, (_, i) => ['k'.repeat(length) + i, 1]));
    const answer = await client.post('/customers', JSON.stringify(body), JSON_TYPE);
    isProblem(answer, 422, `${n} names of ${length} bytes`);
    assert.equal(answer.body.detail.length > 0, true);
  }
  await unchanged();
});

test('a name that can be neither seen nor found is none', async () => {
  const answer = await client.post('/customers', { name: '\u200b' });
  isProblem(answer, 422, 'zero width space');
  assert.deepEqual(answer.body.errors.map((e) => [e.field, e.code]), [['name', 'required']]);
  await unchanged();
});

describe('decimals', () => {
  let second, order;
  before(async () => {
    second = await startServer({ admin: true });
    const admin = await second.signIn();
    const id = (await admin.post('/customers', { name: '大' })).body.id;
    order = (await admin.post('/orders', { customer_id: id, number: 'N1', ordered_on: '2026-01-01' })).body.id;
    second.add = (price, quantity = '1') => admin.post('/order_lines',
      `{"order_id":${order},"product_name":"x","quantity":${quantity},"unit_price":${price}}`, JSON_TYPE);
  });

  test('of JSON are decimals only when nothing of them is lost', async () => {
    for (const [given, kept] of [['0.1', '0.1'], ['19.99', '19.99'], ['1e3', '1000'], ['123456789.000001', '123456789.000001']]) {
      const answer = await second.add(given);
      assert.equal(answer.status, 201, answer.text);
      assert.equal(answer.body.unit_price, kept, given);
    }
    for (const given of ['1.23456789', '0.0000001', '123456789012.3456789'])
      isProblem(await second.add(given), 422, given);
  });

  test('that add up to too much are refused alike by both databases', async () => {
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await second.add('4000000000', '1000'));
    assert.deepEqual(answers.map((a) => a.status), [201, 201, 422]);
    isProblem(answers[2], 422, 'the sum');
    assert.equal(answers[2].body.errors[0].code, 'number_range');
    const { err } = await second.stop();
    assert.doesNotMatch(err, /request failed/);
  });
});

test('a stranger\'s file is refused before it has come', async () => {
  const head = 'POST /api/v1/imports?entity=customers HTTP/1.1\r\nHost: x\r\nContent-Length: 400000000\r\n';
  const first = 'name\r\n';
  assert.match(await raw(`${head}\r\n${first}`), /^HTTP\/1.1 401 /);
  await unchanged();
});

test('a stranger\'s long JSON is refused before it has come, another\'s read after sign-in', async () => {
  const head = 'POST /api/v1/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
  assert.match(await raw(`${head}Content-Length: 8000000\r\n\r\n[1,`), /^HTTP\/1.1 401 /);
  assert.match(await raw(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n`), /^HTTP\/1.1 401 /);
  /* What is wrong with a body is told to those who may send one. */
  const broken = `[${'1,'.repeat(100000)}`;
  const bad = { authorization: 'Bearer gx_nonsense', ...JSON_TYPE };
  isProblem(await server.client().post('/batch', '{', JSON_TYPE), 401, 'nobody');
  isProblem(await server.client().request('POST', '/batch', broken, bad), 401, 'a bad token');
  isProblem(await client.request('POST', '/batch', broken, JSON_TYPE), 400, 'broken');
  const long = await client.request('POST', '/customers', `{"name": "x", "nonsense": "${'y'.repeat(100000)}"}`, JSON_TYPE);
  isProblem(long, 422, 'a long one');
  const label = `L${'z'.repeat(8)}`;
  const made = await client.post('/customers', { name: label, note: '长'.repeat(3000) });
  assert.equal(made.status, 201, made.text);
  const padded = await client.request('PATCH', `/customers/${made.body.id}`, `{"name": "短"${' '.repeat(200000)}}`,
    { ...JSON_TYPE, 'if-match': made.headers.get('etag') });
  assert.equal(padded.status, 200, padded.text);
  assert.equal(padded.body.name, '短');
  before_all = await everything();
});

test('records keep their rules whatever the order of mistakes', async () => {
  const all = await client.post('/customers', { id: 1, rev: 2, created_at: 'x', deleted_at: null, sales: '5', name: 5, roles: 'x', owner_id: 'me', '': 1, 'a.b': 2, __proto__x: 3 });
  isProblem(all, 422, 'many');
  const fields = all.body.errors.map((e) => e.field);
  for (const name of ['id', 'rev', 'created_at', 'deleted_at', 'sales', 'name', 'roles', 'owner_id', '', 'a.b', '__proto__x'])
    assert.ok(fields.includes(name), `${name} is missing in ${fields}`);
  await unchanged();
});

test('the server goes on and ends cleanly', async () => {
  assert.equal((await client.get('/customers')).status, 200);
  const { code, err } = await server.stop();
  assert.equal(code, 0, err);
  assert.doesNotMatch(err, /does not match its shape|request failed|Sanitizer/, err);
});
