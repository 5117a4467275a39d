/* Both languages must have the same keys, with the same {values} in each, and
 * every key the code names must exist. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SRC = new URL('../src/', import.meta.url).pathname;

function flatten(node, prefix = '', into = new Map()) {
  for (const [key, value] of Object.entries(node)) {
    const path = prefix ? `${prefix}.${key}` : key;
    if (typeof value === 'string') into.set(path, value);
    else flatten(value, path, into);
  }
  return into;
}

function read(name) {
  return flatten(JSON.parse(readFileSync(join(SRC, 'i18n', name), 'utf8')));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|vue)$/.test(entry.name)) yield path;
  }
}

const values = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
const zh = read('zh-CN.json');
const en = read('en.json');
const problems = [];

for (const key of zh.keys()) if (!en.has(key)) problems.push(`en.json lacks ${key}`);
for (const [key, text] of en) {
  if (!zh.has(key)) problems.push(`zh-CN.json lacks ${key}`);
  else if (values(text) !== values(zh.get(key))) problems.push(`${key}: {values} differ`);
}
for (const file of sources(SRC)) {
  const text = readFileSync(file, 'utf8');
  for (const [, key] of text.matchAll(/\bt\(\s*'([a-z]\w*(?:\.\w+)+)'/g)) {
    if (!zh.has(key)) problems.push(`${file.slice(SRC.length)}: no text for ${key}`);
  }
}

for (const problem of problems) console.error(problem);
console.log(`i18n: ${zh.size} texts in 2 languages, ${problems.length} problems`);
process.exit(problems.length ? 1 : 0);
