/* modelc refuses each definition of bad/ with the messages in NAME.txt, writes
 * what stands beside each definition of good/, and drafts the migrations of
 * diff/. With GOLDEN=write the expected files are written anew, to be read
 * before they are committed. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = join(HERE, '..', '..');
const MODELC = join(process.env.GUANXI_BUILD ?? join(ROOT, 'build-test'), 'src/model/modelc');
const WRITE = process.env.GOLDEN === 'write';

function modelc(...args) {
  const { status, stdout, stderr, error } = spawnSync(MODELC, args, { encoding: 'utf8' });
  assert.equal(error, undefined, `${MODELC}: ${error?.message}`);
  return { status, stdout, stderr };
}

function names(folder) {
  return readdirSync(join(HERE, folder)).filter((n) => n.endsWith('.json')).map((n) => n.slice(0, -5));
}

function equal(path, actual) {
  if (WRITE) writeFileSync(path, actual);
  assert.ok(existsSync(path), `${path} is missing`);
  assert.equal(actual, readFileSync(path, 'utf8'));
}

function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'guanxi-model-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/* A model folder made of a sample: one definition, or {"entities", "fragments"}.
 * What is no JSON becomes the file of the entity "thing". */
function folderOf(t, text) {
  const folder = temporary(t);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (!Array.isArray(value?.entities)) {
    const name = typeof value?.name === 'string' && /^[a-z_]+$/.test(value.name) ? value.name : 'thing';
    writeFileSync(join(folder, `${name}.json`), text);
    return folder;
  }
  mkdirSync(join(folder, 'fragments'));
  for (const e of value.entities) writeFileSync(join(folder, `${e.name}.json`), JSON.stringify(e));
  for (const f of value.fragments ?? [])
    writeFileSync(join(folder, 'fragments', `${f.name}.json`), JSON.stringify(f));
  return folder;
}

function sample(t, folder, name) {
  return folderOf(t, readFileSync(join(HERE, folder, `${name}.json`), 'utf8'));
}

for (const name of names('bad'))
  test(`refuses ${name}`, (t) => {
    const { status, stdout, stderr } = modelc('check', sample(t, 'bad', name));
    assert.equal(status, 1);
    assert.equal(stdout, '');
    equal(join(HERE, 'bad', `${name}.txt`), stderr);
  });

const OUTPUTS = {
  c: 'c', ts: 'ts', 'ddl-sqlite': 'sqlite.sql', 'ddl-postgres': 'postgres.sql', lock: 'lock',
};

for (const name of names('good'))
  test(`writes ${name}`, (t) => {
    const folder = sample(t, 'good', name);
    for (const [what, suffix] of Object.entries(OUTPUTS)) {
      const { status, stdout, stderr } = modelc(what, folder);
      assert.equal(stderr, '');
      assert.equal(status, 0);
      equal(join(HERE, 'good', `${name}.${suffix}`), stdout);
    }
  });

for (const name of names('good'))
  test(`reads back the lock of ${name}`, (t) => {
    const folder = sample(t, 'good', name);
    const lock = join(folder, 'old.lock');
    writeFileSync(lock, modelc('lock', folder).stdout);
    const { status, stdout } = modelc('diff', lock, folder);
    assert.equal(status, 0);
    assert.equal(stdout, '');
  });

/* diff/NAME.json: {"old": [definitions], "new": [definitions]} */
for (const name of names('diff'))
  test(`drafts ${name}`, (t) => {
    const text = JSON.parse(readFileSync(join(HERE, 'diff', `${name}.json`), 'utf8'));
    const folder = temporary(t);
    const lock = join(folder, 'old.lock');
    writeFileSync(lock, JSON.stringify({ entities: text.old }));
    const now = folderOf(t, JSON.stringify({ entities: text.new }));
    const { status, stdout, stderr } = modelc('diff', lock, now);
    assert.equal(stderr, '');
    assert.equal(status, 0);
    equal(join(HERE, 'diff', `${name}.sql`), stdout);
  });

test('the committed schema is the one the parser reads by', () => {
  const { stdout } = modelc('schema', join(ROOT, 'model'));
  assert.equal(readFileSync(join(ROOT, 'model/_schema.json'), 'utf8'), stdout);
});

test('the committed lock is the model', () => {
  const { stdout } = modelc('lock', join(ROOT, 'model'));
  assert.equal(readFileSync(join(ROOT, 'model/model.lock.json'), 'utf8'), stdout);
});

test('every rule has a definition that breaks it', () => {
  const sources = readdirSync(join(ROOT, 'src/model')).filter((n) => n.endsWith('.c'));
  const rules = new Set();
  for (const file of sources)
    for (const [, id] of readFileSync(join(ROOT, 'src/model', file), 'utf8').matchAll(/"(model_[a-z_]+)"/g))
      rules.add(id);
  const seen = names('bad').map((n) => readFileSync(join(HERE, 'bad', `${n}.txt`), 'utf8')).join('');
  rules.delete('model_unknown_'); /* a prefix */
  rules.delete('model_bad_lock'); /* below */
  assert.ok(rules.size > 40);
  for (const id of rules) assert.match(seen, new RegExp(`\\[${id}(_near)?\\]`));
});

test('a lock that is none is refused', (t) => {
  const folder = folderOf(t, readFileSync(join(HERE, 'good', 'small.json'), 'utf8'));
  const lock = join(folder, 'old.lock');
  writeFileSync(lock, '{"tables": []}');
  const { status, stderr } = modelc('diff', lock, folder);
  assert.equal(status, 1);
  assert.match(stderr, /\[model_bad_lock\]/);
});

test('a file is called like its entity', (t) => {
  const folder = temporary(t);
  writeFileSync(join(folder, 'other.json'), readFileSync(join(HERE, 'good', 'small.json')));
  const { status, stderr } = modelc('check', folder);
  assert.equal(status, 1);
  assert.match(stderr, /other\.json: defines "thing"/);
});

test('wrong usage is told', (t) => {
  assert.equal(modelc().status, 2);
  assert.equal(modelc('fly', join(ROOT, 'model')).status, 2);
  const empty = temporary(t);
  assert.equal(modelc('c', empty).status, 1);
  assert.equal(modelc('c', join(empty, 'none')).status, 1);
});

test('the generated C compiles with every warning an error', (t) => {
  const { stdout } = modelc('c', join(ROOT, 'model'));
  const file = join(temporary(t), 'model_gen.c');
  writeFileSync(file, stdout);
  const flags = ['-std=gnu17', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror'];
  const { status, stderr } = spawnSync('cc', [...flags, '-fsyntax-only', `-I${join(ROOT, 'src')}`, file], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
});

test('the generated TypeScript is strict', (t) => {
  const tsc = join(ROOT, 'web/node_modules/typescript/bin/tsc');
  if (!existsSync(tsc)) {
    t.skip('web/node_modules is not installed');
    return;
  }
  const file = join(temporary(t), 'model.ts');
  writeFileSync(file, modelc('ts', join(ROOT, 'model')).stdout);
  const { status, stdout } = spawnSync('node', [tsc, '--noEmit', '--strict', file], { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
