/* The throwaway PostgreSQL of a run: started by tests/pg.sh when the first
 * part asks for it, stopped by closing its standard input. */
import { spawn } from 'node:child_process';
import { ROOT } from './process.mjs';

export class Postgres {
  #child = null;
  #url = null;

  /* The URL of the server's maintenance database; throws when it can't start. */
  url() {
    this.#url ??= this.#start();
    return this.#url;
  }

  #start() {
    return new Promise((done, failed) => {
      const child = spawn('tests/pg.sh', ['serve'], {
        cwd: ROOT,
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      });
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
      child.stdout.setEncoding('utf8').once('data', (text) => done(text.trim()));
      child.on('error', failed);
      child.on('exit', () => failed(new Error(`PostgreSQL: ${errors.trim()}`)));
      this.#child = child;
    });
  }

  async stop() {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.stdin.end();
    await gone;
  }
}
