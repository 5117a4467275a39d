/* What the browser fetches before the workbench is drawn must stay within
 * 200 KB compressed: entry, shell, workbench, one language, their styles. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 200 * 1024;
const DIST = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));
rmSync(join(DIST, '.vite'), { recursive: true }); // made for this check alone
/* Chunk names: a page others import from has no key of its own. */
const FIRST = ['AppShell', 'WorkBench', 'zh-CN'];

const files = new Set();
function take(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`no chunk ${key} in the manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) take(next);
}
take('index.html');
for (const name of FIRST) {
  const found = Object.keys(manifest).filter((k) => manifest[k].name === name && k.match(/\.js$|^src/));
  if (!found.length) throw new Error(`no chunk is called ${name}`);
  found.forEach(take);
}

const sizes = [...files].map((f) => [f, gzipSync(readFileSync(join(DIST, f)), { level: 9 }).length]);
const total = sizes.reduce((n, [, size]) => n + size, 0);
console.log(`first paint: ${(total / 1024).toFixed(1)} KB compressed in ${sizes.length} files`);
if (total > LIMIT) {
  for (const [file, size] of sizes.sort((a, b) => b[1] - a[1])) console.error(`${size}\t${file}`);
  console.error(`over the limit of ${LIMIT / 1024} KB`);
  process.exit(1);
}
