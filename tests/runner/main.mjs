/* Runs the project's tests part by part and ends with one plain line
 * "N passed, N failed[, N skipped]"; exit code 0 when nothing failed and
 * something passed. Every skip says why. */
import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { partsOf, SETS } from './parts.mjs';
import { Postgres } from './postgres.mjs';
import { killAll, ROOT } from './process.mjs';
import { Report } from './report.mjs';

const USAGE = `usage: tests/run [quick|full|torture] [PART...] [FILE...] [--name PATTERN]

  quick      half a minute: unit, model, lint, the API on SQLite   (default)
  full       both databases, sanitizers, browser, kill -9: what CI runs
  torture    the long fault tests
  PART       only parts whose name starts so: unit, api, api/postgresql …
  FILE       only these test files
  --name     only tests whose name matches (node tests)
  --list     tell the parts of the set and end
`;

function parse(argv) {
  const options = { set: 'quick', parts: [], files: [], name: null, list: false };
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i];
    if (word === '--help' || word === '-h') {
      process.stdout.write(USAGE);
      process.exit(0);
    } else if (word === '--list') options.list = true;
    else if (word === '--name') options.name = argv[++i];
    else if (SETS.includes(word) && i === 0) options.set = word;
    else if (word.startsWith('-')) usage(`unknown option ${word}`);
    else if (/\.mjs$/.test(word) && existsSync(word))
      options.files.push(relative(ROOT, resolve(word)));
    else options.parts.push(word);
  }
  return options;
}

function usage(message) {
  process.stderr.write(`tests/run: ${message}\n${USAGE}`);
  process.exit(2);
}

function chosen(options) {
  const parts = partsOf(options.set);
  for (const wanted of options.parts)
    if (!parts.some((part) => part.name.startsWith(wanted)))
      usage(`the set ${options.set} has no part ${wanted}`);
  return parts.filter(
    (part) =>
      options.parts.length === 0 ||
      options.parts.some((wanted) => part.name.startsWith(wanted)));
}

async function main() {
  const options = parse(process.argv.slice(2));
  const parts = chosen(options);
  if (options.list) {
    for (const part of parts) console.log(part.name);
    return 0;
  }
  process.chdir(ROOT);
  const report = new Report(options.set);
  const postgres = new Postgres();
  try {
    for (const part of parts) {
      const good = await report.time(part, () =>
        part.run({ report, postgres, options, part }));
      if (!good && part.name === 'build') break;
    }
  } finally {
    await postgres.stop();
  }
  return report.end();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    killAll();
    process.exit(130);
  });

process.exitCode = await main();
