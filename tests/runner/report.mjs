/* Counts and the words printed about them. */

export class Report {
  #set;
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  #failures = [];
  #timings = [];

  constructor(set) {
    this.#set = set;
  }

  /* Adds the result of one program or file:
   * {passed, failed, skips: [why], seconds, details, rerun}. */
  add(part, name, result) {
    const { passed, failed, skips = [], seconds } = result;
    this.#passed += passed;
    this.#failed += failed;
    this.#skipped += skips.length;
    const counts = `${passed} passed, ${failed} failed` +
      (skips.length > 0 ? `, ${skips.length} skipped` : '');
    const mark = failed > 0 ? 'FAIL' : 'ok  ';
    console.log(`  ${mark} ${name}: ${counts} (${seconds.toFixed(1)} s)`);
    for (const why of skips) console.log(`       skipped: ${why}`);
    if (failed === 0) return;
    const rerun = result.rerun ?? `tests/run ${this.#set} ${part.name}`;
    console.log(indent(result.details ?? ''));
    console.log(`       run just this: ${rerun}`);
    this.#failures.push({ name: `${part.name} ${name}`, rerun });
  }

  /* A whole part that can't run here. */
  skip(part, why) {
    this.#skipped++;
    console.log(`  skipped: ${why}`);
  }

  fail(part, name, details) {
    this.add(part, name, { passed: 0, failed: 1, seconds: 0, details });
  }

  /* Runs a part and prints how long it took; true unless it threw. */
  async time(part, work) {
    const start = Date.now();
    let good = true;
    console.log(`== ${part.name}`);
    try {
      await work();
    } catch (error) {
      this.fail(part, 'runner', error.stack);
      good = false;
    }
    const seconds = (Date.now() - start) / 1000;
    this.#timings.push([part.name, seconds]);
    console.log(`   ${part.name}: ${seconds.toFixed(1)} s`);
    return good;
  }

  /* Prints the summary; the exit code. */
  end() {
    console.log('== summary');
    for (const [name, seconds] of this.#timings)
      console.log(`  ${seconds.toFixed(1).padStart(7)} s  ${name}`);
    for (const { name, rerun } of this.#failures)
      console.log(`  FAILED ${name}\n         ${rerun}`);
    if (this.#passed + this.#failed === 0) {
      console.log('  no test ran');
      this.#failed = 1;
    }
    const skipped = this.#skipped > 0 ? `, ${this.#skipped} skipped` : '';
    console.log(`${this.#passed} passed, ${this.#failed} failed${skipped}`);
    return this.#failed === 0 ? 0 : 1;
  }
}

const MAX_DETAILS = 120;

function indent(text) {
  const lines = text.trimEnd().split('\n');
  const shown = lines.slice(-MAX_DETAILS).map((line) => `       ${line}`);
  if (lines.length > MAX_DETAILS)
    shown.unshift(`       … ${lines.length - MAX_DETAILS} lines before`);
  return shown.join('\n');
}
