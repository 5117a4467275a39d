/* Secrets come from files only their owner can read, and stay out of sight. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { freshDatabase, guanxi, initCompany, KIND } from './lib.mjs';

const folder = mkdtempSync(join(tmpdir(), 'gx_secrets_'));
after(() => rmSync(folder, { recursive: true, force: true }));

function secretFile(name, text, mode = 0o600) {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('PostgreSQL\'s own programs', () => {
  /* A pg_dump that tells how it was called. */
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'pg_dump'),
    `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/args"\nprintf '%s' "$PGPASSWORD" > "${folder}/password"\n`);
  chmodSync(join(bin, 'pg_dump'), 0o755);
  const backup = (url, env = {}) =>
    guanxi(['backup', join(folder, 'x.dump'), '--force', '--db', url],
      { env: { PATH: `${bin}:${process.env.PATH}`, ...env } });
  const told = () => ({
    args: readFileSync(join(folder, 'args'), 'utf8'),
    password: readFileSync(join(folder, 'password'), 'utf8'),
  });

  const SERVER = { skip: KIND !== 'postgresql' && 'needs a PostgreSQL to be asked first' };
  function company(password) {
    const url = new URL(freshDatabase().url);
    initCompany({ url: url.href });
    if (password) url.password = password;
    return url;
  }

  test('get the password in their environment, not as an argument', SERVER, () => {
    const url = company("s3cret'word");
    url.searchParams.set('application_name', "it's");
    backup(url.href);
    const { args, password } = told();
    assert.equal(password, "s3cret'word");
    assert.doesNotMatch(args, /s3cret/);
    assert.match(args, new RegExp(`dbname='${url.pathname.slice(1)}'`));
    assert.match(args, /application_name='it\\'s'/);
  });

  test('and it may stand in a file or a credential', SERVER, () => {
    const url = company().href;
    backup(url, { GUANXI_PG_PASSWORD_FILE: secretFile('pg', 'from a file\n') });
    assert.equal(told().password, 'from a file');
    secretFile('pg_password', 'from systemd');
    backup(url, { CREDENTIALS_DIRECTORY: folder });
    assert.equal(told().password, 'from systemd');
  });

  test('which nobody else may read', () => {
    for (const mode of [0o644, 0o640, 0o604]) {
      const file = secretFile('open', 'seen by all', mode);
      const { code, err } = backup('postgresql://guan@127.0.0.1/crm', { GUANXI_PG_PASSWORD_FILE: file });
      assert.equal(code, 1, mode.toString(8));
      assert.match(err, /chmod 600/);
      assert.doesNotMatch(err, /seen by all/);
    }
    const gone = backup('postgresql://guan@127.0.0.1/crm', { GUANXI_PG_PASSWORD_FILE: join(folder, 'none') });
    assert.equal(gone.code, 1);
    assert.match(gone.err, /cannot be read/);
    const empty = backup('postgresql://guan@127.0.0.1/crm', { GUANXI_PG_PASSWORD_FILE: secretFile('empty', '\n') });
    assert.equal(empty.code, 1);
    const bad = backup('postgresql://guan:s3cret@[::1/crm');
    assert.equal(bad.code, 1);
    assert.doesNotMatch(bad.err, /s3cret/);
  });
});

describe('the database', { skip: KIND !== 'postgresql' && 'SQLite has no password' }, () => {
  test('is opened with the password of a file', () => {
    const db = freshDatabase();
    initCompany(db);
    const ok = guanxi(['doctor', '--db', db.url], { env: { GUANXI_PG_PASSWORD_FILE: secretFile('good', 'anything') } });
    assert.equal(ok.code, 0, ok.err + ok.out);
    const open = guanxi(['doctor', '--db', db.url], { env: { GUANXI_PG_PASSWORD_FILE: secretFile('bad', 'x', 0o644) } });
    assert.equal(open.code, 1);
    assert.match(open.err, /chmod 600/);
  });
});
