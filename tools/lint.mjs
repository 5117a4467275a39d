#!/usr/bin/env node
/* Checks the house rules that compilers and formatters do not: layers, where
 * SQL and malloc may stand, sizes, guards, unfinished words, locales, links.
 * What is allowed stands in lint/policy.mjs.
 *
 *   tools/lint.mjs [--root DIR] [--warnings] [PATH...]
 *
 * Exit code 1 when something is refused. Warnings are counted; --warnings
 * lists them. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { includesOf, strip } from './lint/c_source.mjs';
import { IGNORED } from './lint/policy.mjs';
import * as cRules from './lint/rules_c.mjs';
import { length, links, locales, messages, whitespace, words } from './lint/rules_text.mjs';

function parse(argv) {
  const options = { root: fileURLToPath(new URL('..', import.meta.url)), warnings: false, paths: [] };
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === '--root') options.root = argv[++i];
    else if (argv[i] === '--warnings') options.warnings = true;
    else options.paths.push(relative(options.root, join(process.cwd(), argv[i])));
  }
  return options;
}

/* Paths that git knows or would add; without git every file. */
function listFiles(root) {
  if (existsSync(join(root, '.git'))) {
    const output = execFileSync('git',
      ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
      { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 });
    return output.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  }
  return readdirSync(root, { recursive: true }).map((path) => String(path))
    .filter((path) => statSync(join(root, path)).isFile());
}

function load(root) {
  const files = new Map();
  for (const path of [...new Set(listFiles(root))].sort()) {
    if (IGNORED.some((one) => one.test(path))) continue;
    const text = readFileSync(join(root, path), 'utf8');
    files.set(path, { path, text, lines: text.replace(/\n$/, '').split('\n') });
  }
  return files;
}

function checkC(file, tree, say) {
  const { code, strings } = strip(file.text);
  const source = { ...file, code, strings, tree, includes: includesOf(file.text) };
  for (const rule of Object.values(cRules)) rule(source, say);
}

function main() {
  const options = parse(process.argv.slice(2));
  const files = load(options.root);
  const refused = [];
  const warned = [];
  const sayIn = (path) => {
    const note = (list) => (line, rule, message) => list.push({ path, line, rule, message });
    return Object.assign(note(refused), { warn: note(warned) });
  };
  for (const file of files.values()) {
    const say = sayIn(file.path);
    for (const rule of [length, words, whitespace]) rule(file, say);
    if (/\.[ch]$/.test(file.path)) checkC(file, files, say);
  }
  locales(files, sayIn);
  messages(files, sayIn);
  links(files, sayIn, (path) => existsSync(join(options.root, path)));
  return report(options, files.size, refused, warned);
}

function report(options, count, refused, warned) {
  const wanted = ({ path }) =>
    options.paths.length === 0 || options.paths.some((one) => path === one || path.startsWith(`${one}/`));
  const print = ({ path, line, rule, message }) => console.log(`${path}:${line}: ${rule}: ${message}`);
  const bad = refused.filter(wanted);
  const soft = warned.filter(wanted);
  bad.forEach(print);
  if (options.warnings) soft.forEach(print);
  const sums = {};
  for (const { rule } of soft) sums[rule] = (sums[rule] ?? 0) + 1;
  const words = Object.entries(sums).map(([rule, n]) => `${n} ${rule}`).join(', ');
  console.log(`lint: ${count} files, ${bad.length} refused, ${soft.length} warnings${words && ` (${words})`}`);
  return bad.length > 0 ? 1 : 0;
}

process.exitCode = main();
