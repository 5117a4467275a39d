/* Rules on every text file, on locale files and on documents. */
import { dirname, join, normalize } from 'node:path';
import { LIMITS, NO_LENGTH } from './policy.mjs';

const SOURCE = /\.(c|h|mjs|js|ts|vue|css|html|json|md|sql|sh|build|yml)$/;

export function length({ path, lines }, say) {
  if (NO_LENGTH.some((one) => one.test(path)) || !SOURCE.test(path)) return;
  const limit = path.endsWith('.h') ? LIMITS.header : LIMITS.file;
  if (lines.length > limit.refuse) say(limit.refuse, 'file-length', `${lines.length} lines, ${limit.refuse} at most`);
  else if (lines.length > limit.warn) say.warn(1, 'file-length', `${lines.length} lines`);
}

/* Put together so that this file does not refuse itself. */
const UNFINISHED = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`);
const MACHINE_PATH = /(^|["'`\s=(:,])\/(work|home|root|Users)\/[\w.]/;

export function words({ path, lines }, say) {
  lines.forEach((line, i) => {
    const word = UNFINISHED.exec(line);
    if (word) say(i + 1, 'unfinished', `${word[1]}: finish it or file it`);
    if (MACHINE_PATH.test(line)) say(i + 1, 'machine-path', `a path of one machine: ${line.trim().slice(0, 70)}`);
  });
}

export function whitespace({ path, lines, text }, say) {
  if (!SOURCE.test(path)) return;
  lines.forEach((line, i) => {
    if (line.includes('\t')) say(i + 1, 'tab', 'a tab: indent with spaces');
    if (/[ \t\r]$/.test(line) && !path.endsWith('.md')) say(i + 1, 'space', 'space at the end of the line');
  });
  if (text.length > 0 && !text.endsWith('\n')) say(lines.length, 'space', 'no newline at the end of the file');
}

/* locale/en.json and zh.json (and any pair like it): same keys, sorted, same
 * {0} {1} … in each text. */
export function locales(files, sayIn) {
  for (const [path, file] of files) {
    const match = /^(locale\/.*|.*\/locale\/.*)?en\.json$/.exec(path);
    if (!match || !/(^|\/)locale\//.test(path)) continue;
    const other = path.replace(/en\.json$/, 'zh.json');
    if (!files.has(other)) {
      sayIn(path)(1, 'locale', `there is no ${other}`);
      continue;
    }
    compare(path, read(file, sayIn(path)), other, read(files.get(other), sayIn(other)), sayIn);
  }
}

function read(file, say) {
  try {
    return JSON.parse(file.text);
  } catch (error) {
    say(1, 'locale', error.message);
    return {};
  }
}

function compare(path, en, other, zh, sayIn) {
  for (const [at, one, two] of [[path, en, zh], [other, zh, en]]) {
    const say = sayIn(at);
    const keys = Object.keys(one);
    keys.forEach((key, i) => {
      if (i > 0 && keys[i - 1] > key) say(i + 2, 'locale', `${key} is not in its place: keys are sorted`);
      if (!(key in two)) say(i + 2, 'locale', `${key} is missing in the other language`);
      if (typeof one[key] === 'string' && one[key].trim() === '') say(i + 2, 'locale', `${key} is empty`);
    });
  }
  const slots = (text) => [...String(text).matchAll(/\{\w+\}/g)].map((m) => m[0]).sort().join(' ');
  for (const key of Object.keys(en))
    if (key in zh && slots(en[key]) !== slots(zh[key]))
      sayIn(other)(1, 'locale', `${key}: ${slots(zh[key]) || 'no slot'} here, ${slots(en[key]) || 'none'} in English`);
}

const anchorOf = (heading) =>
  heading.trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');

/* Relative links of documents lead somewhere, anchors included. */
export function links(files, sayIn, exists) {
  for (const [path, file] of files) {
    if (!path.endsWith('.md')) continue;
    let fenced = false;
    file.lines.forEach((line, i) => {
      if (/^```/.test(line)) fenced = !fenced;
      if (fenced) return;
      for (const [, target] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
        if (/^[a-z]+:/i.test(target)) continue;
        const [to, anchor] = target.split('#');
        const resolved = to === '' ? path : normalize(join(dirname(path), decodeURI(to)));
        if (!exists(resolved)) sayIn(path)(i + 1, 'link', `${target} leads nowhere`);
        else if (anchor && files.has(resolved) && !hasAnchor(files.get(resolved), anchor))
          sayIn(path)(i + 1, 'link', `${resolved} has no heading #${anchor}`);
      }
    });
  }
}

function hasAnchor(file, anchor) {
  return file.lines.some((line) => {
    const heading = /^#+\s+(.*)$/.exec(line);
    return heading && anchorOf(heading[1]) === decodeURI(anchor).toLowerCase();
  });
}

/* Every message id that C code hands to fail() has a text. */
export function messages(files, sayIn) {
  const locale = files.get('locale/en.json');
  if (!locale) return;
  const known = read(locale, () => {});
  const call = /\bfailv?\(\s*[^,()]+,\s*[^,]+,\s*[^,]+,\s*((?:[^",;()]*\?\s*)?"\w+"(?:\s*:\s*"\w+")?)/g;
  for (const [path, file] of files) {
    if (!/^src\/.*\.c$/.test(path)) continue;
    for (const match of file.text.matchAll(call))
      for (const [, id] of match[1].matchAll(/"(\w+)"/g))
        if (!(id in known))
          sayIn(path)(file.text.slice(0, match.index).split('\n').length, 'message', `locale/ has no text for ${id}`);
  }
}
