/* Every answer carries the headers that keep browsers from being used against
 * their users, over TLS and without. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ADMIN, freshDatabase, initCompany, startServer, until } from './lib.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

function check(answer, what, { page = false, tls = false } = {}) {
  const h = (name) => answer.headers.get(name) ?? '';
  assert.equal(h('x-content-type-options'), 'nosniff', what);
  assert.equal(h('referrer-policy'), 'same-origin', what);
  assert.equal(h('x-frame-options'), 'DENY', what);
  assert.equal(h('cross-origin-resource-policy'), 'same-origin', what);
  assert.match(h('permissions-policy'), /camera=\(\), microphone=\(\), geolocation=\(\)/, what);
  const csp = Object.fromEntries(h('content-security-policy').split(';').map((part) => {
    const [name, ...values] = part.trim().split(' ');
    return [name, values.join(' ')];
  }));
  assert.equal(csp['frame-ancestors'], "'none'", what);
  const scripts = csp['script-src'] ?? csp['default-src'];
  assert.equal(scripts, page ? "'self'" : "'none'", `${what}: scripts from ${scripts}`);
  if (page) assert.equal(csp['base-uri'], "'none'", what);
  else assert.match(h('cache-control'), /no-store/, what);
  assert.equal(h('strict-transport-security'), tls ? 'max-age=31536000' : '', what);
}

describe('security headers', () => {
  let server, admin, paths;
  after(() => server.stop());
  before(async () => {
    server = await startServer({ admin: true, args: ['--tls-proxy'] });
    admin = await server.signIn();
    paths = Object.keys((await admin.get('/openapi.json')).body.paths);
  });

  test('on every route, whatever it answers', async () => {
    let n = 0;
    const seen = new Set();
    for (const client of [admin, server.client()])
      for (const pattern of paths) {
        if (pattern.endsWith('/events')) continue; /* a stream: below */
        const path = pattern.replace(/\{[a-z_]+\}/g, '999999');
        for (const method of METHODS) {
          if (method === 'delete' && /\/sessions?$/.test(path)) continue;
          const body = method === 'get' || method === 'delete' ? undefined : {};
          const answer = await client.request(method.toUpperCase(), path.startsWith('/api/') ? path : `/api/..${path}`, body);
          check(answer, `${method} ${path} ${answer.status}`);
          seen.add(answer.status);
          n++;
        }
      }
    for (const status of [200, 401, 404, 405, 422]) assert.ok(seen.has(status), `no ${status} among ${[...seen]}`);
    assert.ok(n > 400, String(n));
  });

  test('on what is no route, too long, or badly made', async () => {
    check(await admin.get('/no_such_thing'), '404');
    check(await admin.get('/customers?name=%zz'), '400');
    check(await admin.post('/customers', '{"a":', { 'content-type': 'application/json' }), 'bad JSON');
    check(await admin.post('/customers', 'x'.repeat(2 << 20), { 'content-type': 'application/json' }), '413');
    check(await admin.post('/session', 'x', { 'content-type': 'text/plain' }), '415');
  });

  test('on every page and file of the interface', async () => {
    const open = async (path, init) => {
      const answer = await fetch(server.url + path, init);
      return { headers: answer.headers, text: await answer.text(), status: answer.status };
    };
    const index = await open('/');
    const files = [...index.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((m) => m[1]);
    for (const path of ['/', '/sign-in', '/customers/12', '/reset', '/no/such.file', ...files])
      check(await open(path), path, { page: true });
    check(await open('/', { method: 'POST' }), 'POST /', { page: true });
    assert.doesNotMatch(index.text, /<script>|<script [^>]*>[^<]|on(load|click|error)=/, 'no script in the page');
  });

  test('with HSTS when the proxy says TLS, and only then', async () => {
    const tls = server.client({ headers: { 'x-forwarded-proto': 'https' } });
    check(await tls.get('/session'), 'api over TLS', { tls: true });
    check(await fetch(`${server.url}/`, { headers: { 'x-forwarded-proto': 'https' } }), 'page over TLS', { page: true, tls: true });
    check(await admin.get('/session'), 'api without');
  });
});

describe('a public address with https', () => {
  test('makes cookies __Host- and Secure, and no other one counts', async () => {
    const db = freshDatabase();
    initCompany(db);
    const server = await startServer({ db });
    const admin = await server.signIn();
    assert.match(admin.cookie, /^gx_session=/);
    const set = await admin.put('/settings', { 'company.public_url': 'https://crm.example.com/' });
    assert.equal(set.status, 200, set.text);
    const client = server.client();
    await until(() => client.get('/setup'), (a) => a.headers.get('strict-transport-security') !== null, 60000);
    const answer = await client.signIn(ADMIN.login, ADMIN.password);
    const cookie = answer.headers.get('set-cookie');
    assert.match(cookie, /^__Host-gx_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
    assert.equal((await client.get('/session')).status, 200);
    const planted = server.client();
    planted.cookie = client.cookie.replace('__Host-', '');
    assert.equal((await planted.get('/session')).status, 401, 'a cookie without the prefix may be anybody\'s');
    await server.stop();
  });
});
