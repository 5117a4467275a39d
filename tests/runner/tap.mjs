/* What a test program printed → counts. Two formats: the plain line of our C
 * programs, and the TAP of Node's test runner (18 and 20 write the same). */

const PLAIN = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;

/* The last plain line of a C program, or null. Its "skipped: why" lines are
 * the reasons. */
export function readPlain(output) {
  const last = [...output.matchAll(PLAIN)].at(-1);
  if (!last) return null;
  const skips = [...output.matchAll(/^skipped:? (.*)$/gm)].map((m) => m[1]);
  while (skips.length < Number(last[3] ?? 0)) skips.push('no reason given');
  return { passed: Number(last[1]), failed: Number(last[2]), skips };
}

/* The closing counts of Node's TAP, or null when they are missing (crash). */
export function readTap(output) {
  const count = (name) => {
    const match = [...output.matchAll(new RegExp(`^# ${name} (\\d+)$`, 'gm'))].at(-1);
    return match ? Number(match[1]) : null;
  };
  if (count('pass') === null || count('fail') === null) return null;
  const skips = [...output.matchAll(/^ *ok \d+ - (.*?) # SKIP ?(.*)$/gm)]
    .map(([, name, why]) => `${name}: ${why || 'no reason given'}`);
  while (skips.length < (count('skipped') ?? 0)) skips.push('no reason given');
  return {
    passed: count('pass'),
    failed: count('fail') + (count('cancelled') ?? 0) + (count('todo') ?? 0),
    skips,
  };
}

/* The failing tests of a TAP text with their details, without the others. */
export function failuresOfTap(output) {
  const lines = output.split('\n');
  const kept = [];
  let depth = -1;
  for (const line of lines) {
    const failed = /^( *)not ok \d+ - /.exec(line);
    if (failed) depth = failed[1].length;
    else if (depth >= 0 && /^ *(ok \d+ - |# Subtest|1\.\.\d)/.test(line)) depth = -1;
    const known = /^ *(ok \d+ - |# |1\.\.\d|TAP version|---|\.\.\.|duration_ms)/;
    const yaml = /^ +(---|\.\.\.|duration_ms:|type:|[a-zA-Z]+:|stack:|\S)/;
    if (depth >= 0) kept.push(line);
    else if (!known.test(line) && !yaml.test(line) && line !== '') kept.push(line);
  }
  return kept.join('\n');
}
