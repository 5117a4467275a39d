/* The parts of each set, in order, and how each kind of part runs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CORES, ROOT, pool, run } from './process.mjs';
import { failuresOfTap, readPlain, readTap } from './tap.mjs';

export const SETS = ['quick', 'full', 'torture'];

/* Three builds with fault points and self-checked replies: one plain and without
 * web pages, quick to make; one with them and with the address and
 * undefined-behaviour sanitizers; one with the thread sanitizer. */
const BUILDS = {
  plain: { folder: 'build-test', options: ['-Dweb=false'] },
  asan: {
    folder: 'build-asan',
    web: true,
    options: ['-Dweb=true', '-Db_sanitize=address,undefined', '-Db_lundef=false'],
  },
  tsan: {
    folder: 'build-tsan',
    options: ['-Dweb=false', '-Db_sanitize=thread', '-Db_lundef=false'],
  },
};

/* Begun first, so that none of them is left alone at the end. */
const LONG = /^(audit|fields|import_revert|scope|trials|upgrade)\./;

/* Files of tests/api whose work meets on several threads: writers, jobs,
 * streams. The long run has all of them. */
const THREADED = /^(records|stats|import|export|batch|feed|shares)\./;
/* On PostgreSQL every request runs in the pool. */
const THREADED_PG = /^(stats|shares)\./;

const SANITIZER_ENV = {
  ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99:detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
  TSAN_OPTIONS: 'halt_on_error=0:second_deadlock_stack=1',
};

const PARTS = [
  build('build', ['quick'], ['plain']),
  build('build', ['torture'], ['plain', 'tsan']),
  build('build', ['full'], ['plain', 'asan', 'tsan']),
  unit('unit', ['quick'], 'plain'),
  unit('unit', ['full'], 'asan'),
  nodeTests('runner', ['quick', 'full'], 'plain'),
  nodeTests('lint', ['quick', 'full'], 'plain'),
  nodeTests('model', ['quick'], 'plain'),
  nodeTests('model', ['full'], 'asan'),
  nodeTests('cli', ['quick'], 'plain'),
  nodeTests('cli', ['full'], 'asan'),
  nodeTests('api', ['quick'], 'plain', 'sqlite'),
  nodeTests('api', ['full'], 'asan', 'sqlite'),
  nodeTests('api', ['full'], 'asan', 'postgresql'),
  nodeTests('api', ['full'], 'tsan', 'sqlite', { name: 'threads/sqlite', only: THREADED }),
  nodeTests('api', ['full'], 'tsan', 'postgresql', { name: 'threads/postgresql', only: THREADED_PG }),
  nodeTests('api', ['torture'], 'tsan', 'sqlite', { name: 'threads/sqlite' }),
  nodeTests('api', ['torture'], 'tsan', 'postgresql', { name: 'threads/postgresql' }),
  nodeTests('both', ['full'], 'plain', null, { postgres: true }),
  nodeTests('fault', ['full', 'torture'], 'plain', null, { postgres: true, width: 1 }),
  nodeTests('browser', ['full'], 'asan', null, { npm: true, width: 1 }),
  complete('complete', ['quick', 'full']),
];

export function partsOf(set) {
  return PARTS.filter((part) => part.sets.includes(set));
}

function build(name, sets, variants) {
  return {
    name,
    sets,
    async run({ report, part }) {
      for (const variant of variants) {
        const result = await buildVariant(BUILDS[variant]);
        if (result.code !== 0)
          throw new Error(`${BUILDS[variant].folder}:\n${result.output}`);
        console.log(`  ${BUILDS[variant].folder} (${result.seconds.toFixed(1)} s)`);
      }
    },
  };
}

async function buildVariant({ folder, web, options }) {
  if (web) {
    const built = await run('scripts/build-web.sh', []);
    if (built.code !== 0) return built;
  }
  if (!existsSync(join(folder, 'build.ninja'))) {
    const setup = await run('meson', ['setup', folder, '-Dtesting=true', ...options]);
    if (setup.code !== 0) return setup;
  }
  /* Generators run once and leave their memory to the system. */
  const env = { ASAN_OPTIONS: 'detect_leaks=0' };
  return run('ninja', ['-C', folder, '--quiet'], { env, timeoutS: 1500 });
}

/* Programs registered with test() in tests/unit/meson.build, run by Meson,
 * which knows their limits; each ends with the plain line. */
function unit(name, sets, variant) {
  return {
    name,
    sets,
    async run({ report, postgres, options, part }) {
      const { folder } = BUILDS[variant];
      const env = {
        ...SANITIZER_ENV,
        ...(options.set === 'full' ? { GUANXI_TEST_PG: await postgres.url() } : {}),
      };
      if (options.files.length > 0) return;
      const log = join(folder, 'meson-logs', 'testlog.json');
      rmSync(log, { force: true });
      const result = await run('meson', ['test', '-C', folder, '--no-rebuild'], {
        env,
        timeoutS: 1500,
      });
      if (!existsSync(log)) {
        report.fail(part, 'meson test', result.output);
        return;
      }
      for (const line of readFileSync(log, 'utf8').split('\n').filter(Boolean))
        addUnit(report, part, folder, JSON.parse(line));
    },
  };
}

function addUnit(report, part, folder, entry) {
  const name = entry.name.replace(/^.* \/ /, '').replace(/^guanxi:/, '');
  const output = (entry.stdout ?? '') + (entry.stderr ?? '');
  const good = entry.result === 'OK';
  const counts = readPlain(output) ?? { passed: good ? 1 : 0, failed: 0, skips: [] };
  if (entry.result === 'SKIP') counts.skips.push(output.trim() || 'no reason given');
  else if (!good && counts.failed === 0) counts.failed = 1;
  const details = good ? '' : `${entry.result}\n${output}`;
  const rerun = `meson test -C ${folder} --print-errorlogs ${name}`;
  report.add(part, name, { ...counts, seconds: entry.duration, details, rerun });
}

/* tests/NAME/*.test.mjs, each file a process of its own. The files find what
 * to test in GUANXI_BIN, GUANXI_BUILD, GUANXI_DB_KIND and GUANXI_TEST_PG. */
function nodeTests(folder, sets, variant, database = null, more = {}) {
  return {
    name: more.name ?? (database ? `${folder}/${database}` : folder),
    folder,
    sets,
    async run({ report, postgres, options, part }) {
      const files = testFiles(folder).filter(
        (file) => (options.files.length === 0 || options.files.includes(file)) &&
          (!more.only || more.only.test(file.split('/').at(-1))));
      if (files.length === 0) {
        if (options.files.length === 0) report.skip(part, `tests/${folder} has no *.test.mjs`);
        return;
      }
      if (more.npm) await installNpm(folder);
      const env = await environment(variant, database, more, postgres, options);
      await pool(files, more.width ?? CORES, async (file) =>
        addFile(report, part, file, env, options));
    },
  };
}

async function environment(variant, database, more, postgres, options) {
  const folder = join(ROOT, BUILDS[variant].folder);
  const env = {
    ...SANITIZER_ENV,
    GUANXI_BUILD: folder,
    GUANXI_BIN: join(folder, 'guanxi'),
    GUANXI_DB_KIND: database ?? 'sqlite',
    GUANXI_TEST_PG: '',
    ...(options.set === 'torture' ? { TORTURE: '1' } : {}),
  };
  if (database === 'postgresql' || more.postgres) env.GUANXI_TEST_PG = await postgres.url();
  return env;
}

async function installNpm(folder) {
  if (!existsSync(`tests/${folder}/package-lock.json`)) return;
  const result = await run('scripts/npm-ci.sh', [`tests/${folder}`]);
  if (result.code !== 0) throw new Error(result.output);
}

/* Runs work(env) with the sanitizers of every process below writing into files;
 * answers [result, what they wrote]: a server that a test started can't hide
 * what it found. */
async function withFindings(env, work) {
  const folder = mkdtempSync(join(tmpdir(), 'guanxi-findings-'));
  const more = `:log_path=${folder}/found`;
  try {
    const result = await work({
      ...env,
      ASAN_OPTIONS: SANITIZER_ENV.ASAN_OPTIONS + more,
      UBSAN_OPTIONS: SANITIZER_ENV.UBSAN_OPTIONS + more,
      TSAN_OPTIONS: SANITIZER_ENV.TSAN_OPTIONS + more,
    });
    const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    return [result, texts.join('\n')];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function addFile(report, part, file, env, options) {
  const pattern = options.name ? [`--test-name-pattern=${options.name}`] : [];
  const args = ['--test-reporter=tap', ...pattern, file];
  const [result, findings] = await withFindings(env, (all) => run('node', args, { env: all }));
  const counts = readTap(result.output) ?? { passed: 0, failed: 0, skips: [] };
  let details = failuresOfTap(result.output);
  if (counts.failed === 0 && result.code !== 0) {
    counts.failed = 1;
    details = `${result.timedOut ? 'took too long' : `exit code ${result.code}`}\n${result.output}`;
  } else if (counts.passed + counts.failed + counts.skips.length === 0) {
    counts.failed = 1;
    details = 'no test ran';
  }
  if (findings !== '') {
    counts.failed++;
    details += `\nsanitizers found:\n${findings}`;
  }
  report.add(part, file.replace(/^tests\/[^/]+\//, ''), {
    ...counts,
    seconds: result.seconds,
    details,
    rerun: `tests/run ${options.set} ${part.name} ${file}`,
  });
}

function testFiles(folder) {
  const path = `tests/${folder}`;
  if (!existsSync(path)) return [];
  return readdirSync(path).filter((name) => name.endsWith('.test.mjs'))
    .sort((a, b) => LONG.test(b) - LONG.test(a) || (a < b ? -1 : 1))
    .map((name) => `${path}/${name}`);
}

/* Refuses test files that no part of any set runs: nothing is left out
 * silently. */
function complete(name, sets) {
  return {
    name,
    sets,
    async run({ report, options, part }) {
      if (options.files.length > 0) return;
      const known = new Set(PARTS.map((one) => one.folder).filter(Boolean));
      const orphans = readdirSync('tests', { recursive: false, withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !known.has(entry.name))
        .flatMap((entry) => testFiles(entry.name));
      if (orphans.length > 0)
        report.fail(part, 'files that no part runs', orphans.join('\n'));
    },
  };
}
