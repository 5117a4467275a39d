/* The runner reads counts right: a wrong reading would hide failures. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { failuresOfTap, readPlain, readTap } from './tap.mjs';

test('plain: the last line counts, skips need a reason', () => {
  const text = 'x\n1 passed, 0 failed\nskipped: no file\n7 passed, 2 failed, 2 skipped\n';
  assert.deepEqual(readPlain(text), { passed: 7, failed: 2, skips: ['no file', 'no reason given'] });
  assert.equal(readPlain('7 passed, 2 failed in words\n'), null);
});

const TAP = `TAP version 13
# Subtest: a
ok 1 - a
  ---
  duration_ms: 1.1
  ...
# Subtest: b
    # Subtest: c
    not ok 1 - c
      ---
      error: '1 == 2'
      ...
    1..1
not ok 2 - b
  ---
  error: '1 subtest failed'
  ...
ok 3 - d # SKIP no chromium
  ---
  ...
1..3
# tests 5
# pass 1
# fail 2
# cancelled 1
# skipped 1
# todo 1
`;

test('tap: cancelled and postponed tests are failures', () => {
  assert.deepEqual(readTap(TAP), { passed: 1, failed: 4, skips: ['d: no chromium'] });
});

test('tap: no closing counts is no result', () => {
  assert.equal(readTap('TAP version 13\nok 1 - a\n'), null);
});

test('tap: failures are shown, the rest is not', () => {
  const shown = failuresOfTap(TAP);
  assert.match(shown, /not ok 1 - c/);
  assert.match(shown, /1 == 2/);
  assert.doesNotMatch(shown, /ok 1 - a|no chromium/);
});
