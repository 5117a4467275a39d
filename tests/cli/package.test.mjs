/* The Debian package and its unit, as far as a test can look without
 * installing: scripts/prove-deb.sh does the rest on a fresh system. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { BIN, ROOT, guanxi } from '../api/lib.mjs';

const has = (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;
const dir = mkdtempSync(join(tmpdir(), 'gx_deb_'));
after(() => rmSync(dir, { recursive: true, force: true }));

describe('the unit', () => {
  const text = readFileSync(join(ROOT, 'packaging/guanxi.service'), 'utf8');

  test('is understood by systemd and is locked up well', { skip: !has('systemd-analyze') && 'skipped: there is no systemd-analyze' }, () => {
    const file = join(dir, 'guanxi.service');
    writeFileSync(file, text.replace('/usr/bin/guanxi', BIN).replace(/^Documentation=.*$/m, ''));
    const verify = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
    assert.equal(verify.status, 0, verify.stderr);
    assert.doesNotMatch(verify.stderr, /guanxi\.service/);
    const level = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=20', file], { encoding: 'utf8' });
    assert.equal(level.status, 0, level.stdout.split('\n').at(-2));
  });

  test('names options, credentials and variables that exist', () => {
    const help = guanxi(['serve', '--help']).out;
    for (const [option] of text.match(/^ExecStart=.*$/m)[0].matchAll(/--[a-z-]+/g)) assert.ok(help.includes(option), option);
    const sources = execFileSync('grep', ['-rhoE', 'secret_read\\(c, "[a-z_]+"|getenv\\("GUANXI_[A-Z_]+"', join(ROOT, 'src')], { encoding: 'utf8' });
    for (const [, name] of text.matchAll(/^LoadCredential=(\w+)$/gm)) assert.ok(sources.includes(`"${name}"`), name);
    const settings = readFileSync(join(ROOT, 'src/app/settings_table.c'), 'utf8');
    const env = readFileSync(join(ROOT, 'packaging/guanxi.env'), 'utf8') + text;
    for (const [, name] of env.matchAll(/\b(GUANXI_[A-Z_]+)\b/g)) {
      const key = name.slice(7).toLowerCase().replace('_', '.');
      assert.ok(name === 'GUANXI_OPTIONS' || sources.includes(`"${name}"`) || settings.includes(`S_INIT("${key}")`), name);
    }
  });
});

test('what the manual says to type as the service’s user names the company', () => {
  const text = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8').replaceAll('\\\n', ' ');
  const lines = [...text.matchAll(/sudo -u guanxi guanxi [^`\n]*/g)].map((m) => m[0]);
  assert.ok(lines.length >= 2);
  for (const line of lines) {
    assert.match(line, /--db \S+/, line);
    const command = line.split(/\s+/)[4];
    assert.ok(guanxi([command, '--help']).out.includes('--db'), line);
  }
});

describe('the package', { skip: !has('dpkg-deb') && 'skipped: there is no dpkg-deb' }, () => {
  test('holds the program, unit, configuration, manual and documents, and belongs to root', () => {
    const made = spawnSync(join(ROOT, 'scripts/make-deb.sh'), [dir], { encoding: 'utf8', env: { ...process.env, GUANXI_BIN: BIN, ASAN_OPTIONS: 'detect_leaks=0' } });
    assert.equal(made.status, 0, made.stderr);
    const deb = made.stdout.trim();
    const version = guanxi(['--version']).out.trim().split(' ')[1];
    const field = (name) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
    assert.equal(field('Package'), 'guanxi');
    assert.equal(field('Version'), version);
    for (const library of ['libmicrohttpd12', 'libpq5', 'libsqlite3-0', 'adduser']) assert.ok(field('Depends').includes(library), library);
    const files = execFileSync('dpkg-deb', ['-c', deb], { encoding: 'utf8' }).split('\n').filter(Boolean).map((line) => line.split(/\s+/));
    for (const [mode, owner, , , , name] of files) {
      assert.equal(owner, 'root/root', name);
      assert.doesNotMatch(mode, /^.....w|^........w/, `${name} is for its owner to write`);
    }
    const names = files.map((f) => f[5]);
    for (const name of ['./usr/bin/guanxi', './lib/systemd/system/guanxi.service', './etc/guanxi/guanxi.env', './usr/share/man/man1/guanxi.1.gz',
      './usr/share/doc/guanxi/operations.md', './usr/share/doc/guanxi/copyright'])
      assert.ok(names.includes(name), name);
    const out = join(dir, 'out');
    execFileSync('dpkg-deb', ['-R', deb, out]);
    assert.match(execFileSync(join(out, 'usr/bin/guanxi'), ['--version'], { encoding: 'utf8' }), /^guanxi /);
    assert.equal(readFileSync(join(out, 'DEBIAN/conffiles'), 'utf8'), '/etc/guanxi/guanxi.env\n');
    const manual = execFileSync('gzip', ['-dc', join(out, 'usr/share/man/man1/guanxi.1.gz')], { encoding: 'utf8' });
    for (const word of ['guanxi serve', 'guanxi copy', 'guanxi backup']) assert.ok(manual.includes(`.SH "${word}"`), word);
    for (const script of ['postinst', 'prerm', 'postrm']) execFileSync('sh', ['-n', join(out, 'DEBIAN', script)]);
  });
});
