/* tools/lint.mjs refuses each sample of bad/ for the reasons in its
 * expect.txt (starts of lines) and for no other, and accepts good code. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const LINT = join(HERE, '..', '..', 'tools', 'lint.mjs');

function lint(root, ...options) {
  const { status, stdout, stderr } = spawnSync('node', [LINT, '--root', root, ...options], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const lines = stdout.trim().split('\n');
  return { status, found: lines.slice(0, -1), summary: lines.at(-1) };
}

/* A tree made for one test. */
function tree(t, files) {
  const root = mkdtempSync(join(tmpdir(), 'guanxi-lint-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

for (const sample of readdirSync(join(HERE, 'bad')))
  test(`refuses ${sample}`, () => {
    const root = join(HERE, 'bad', sample);
    const expected = readFileSync(join(root, 'expect.txt'), 'utf8').trim().split('\n');
    const { status, found } = lint(root);
    assert.equal(status, 1);
    for (const start of expected)
      assert.ok(found.some((line) => line.startsWith(start)), `nothing starts with "${start}" in:\n${found.join('\n')}`);
    for (const line of found)
      assert.ok(expected.some((start) => line.startsWith(start)), `not expected: ${line}`);
  });

test('refuses unfinished words', (t) => {
  const word = 'FIX' + 'ME';
  const root = tree(t, { 'docs/a.md': `# A\n\n${word}\n`, 'src/app/x.c': `/* X. */\n/* ${word}: later */\n` });
  const { status, found } = lint(root);
  assert.equal(status, 1);
  assert.deepEqual(found, ['docs/a.md', 'src/app/x.c'].map((path, i) =>
    `${path}:${3 - i}: unfinished: ${word}: finish it or file it`));
});

const GOOD_HEADER = '#ifndef BASE_GOOD_H\n#define BASE_GOOD_H\n\nint good(int a);\n\n#endif\n';

test('accepts good code', (t) => {
  const root = tree(t, {
    'src/base/good.h': GOOD_HEADER,
    'src/base/good.c': '/* Good. */\n#include "base/good.h"\n\nint good(int a) {\n    return a;\n}\n',
    'src/store/q.c': '/* Queries. */\n#include "base/good.h"\nSQL(Q, "SELECT a FROM t WHERE id = $1");\n',
    'locale/en.json': '{\n  "a": "A {0}",\n  "b": "B"\n}\n',
    'locale/zh.json': '{\n  "a": "甲 {0}",\n  "b": "乙"\n}\n',
    'README.md': '# 入门 Start\n\n[code](src/base/good.c) [here](#入门-start)\n',
  });
  const { status, found, summary } = lint(root, '--warnings');
  assert.deepEqual(found, []);
  assert.equal(status, 0);
  assert.equal(summary, 'lint: 6 files, 0 refused, 0 warnings');
});

test('counts functions that are too long, take too much or nest too deep', (t) => {
  const long = `static int long_one(void) {\n${'    f();\n'.repeat(60)}    return 0;\n}\n`;
  const wide = 'int wide(int a, int b, int (*c)(int, int), int d, int e, int f) {\n    return a;\n}\n';
  const deep = 'void deep(void) {\n    if (a) {\n        if (b) {\n            if (c) {\n' +
    '                if (d) {\n                    f();\n                }\n            }\n        }\n    }\n}\n';
  const root = tree(t, { 'src/base/x.c': `/* Too much. */\n${long}${wide}${deep}` });
  const { status, found } = lint(root, '--warnings');
  assert.equal(status, 0);
  assert.deepEqual(found, [
    'src/base/x.c:2: function-length: long_one: 63 lines',
    'src/base/x.c:65: parameters: wide: 6',
    'src/base/x.c:68: nesting: deep: 4 deep',
  ]);
});

test('warns at 500 lines and refuses 1000', (t) => {
  const root = tree(t, {
    'src/base/a.c': `/* Long. */\n${'int f(void);\n'.repeat(600)}`,
    'src/base/b.c': `/* Longer. */\n${'int f(void);\n'.repeat(1000)}`,
  });
  const { status, found } = lint(root, '--warnings');
  assert.equal(status, 1);
  assert.deepEqual(found, [
    'src/base/b.c:1000: file-length: 1001 lines, 1000 at most',
    'src/base/a.c:1: file-length: 601 lines',
  ]);
});
