/* What the browser fetches before the workbench is drawn must stay within
 * 200 KB compressed: entry, shell, workbench, one language, their styles. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT = 200 * 1024;
const DIST = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));
const FIRST = [
  'index.html',
  'src/components/shell/AppShell.vue',
  'src/pages/WorkBench.vue',
  'src/i18n/zh-CN.json',
];

const files = new Set();
function take(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`no chunk ${key} in the manifest`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) take(next);
}
for (const key of FIRST) take(key);

const sizes = [...files].map((f) => [f, gzipSync(readFileSync(join(DIST, f)), { level: 9 }).length]);
const total = sizes.reduce((n, [, size]) => n + size, 0);
console.log(`first paint: ${(total / 1024).toFixed(1)} KB compressed in ${sizes.length} files`);
if (total > LIMIT) {
  for (const [file, size] of sizes.sort((a, b) => b[1] - a[1])) console.error(`${size}\t${file}`);
  console.error(`over the limit of ${LIMIT / 1024} KB`);
  process.exit(1);
}
