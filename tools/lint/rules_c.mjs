/* Rules on C sources. Each rule is (file, say): file = {path, text, code,
 * strings, includes, tree}; say(line, rule, message) refuses, say.warn counts. */
import { functionsOf, includesOf, mutableStaticsOf } from './c_source.mjs';
import {
  ENGINE_PLACES, GENERATED, LAYERS, LIBRARIES, LIMITS, MALLOC_PLACES, MUTABLE_STATICS, SQL_PLACES,
} from './policy.mjs';

const layerOf = (path) => /^src\/([a-z]+)\//.exec(path)?.[1] ?? null;
const within = (places, path) => places.some((place) => (Array.isArray(place) ? place[0] : place).test(path));

function eachMatch(code, pattern, call) {
  code.split('\n').forEach((line, i) => {
    const match = pattern.exec(line);
    if (match) call(i + 1, match);
  });
}

export function layers({ path, includes, tree }, say) {
  const layer = layerOf(path);
  for (const { line, path: header, quoted } of includes) {
    if (!quoted) {
      libraryRule(layer, header, line, say);
      continue;
    }
    if (!layer) continue;
    const [target, name] = header.split('/');
    if (!name && GENERATED.some((one) => one.test(header))) continue;
    if (!name || !(target in LAYERS))
      say(line, 'include', `"${header}": write "layer/file.h"`);
    else if (target !== layer && !LAYERS[layer].includes(target))
      say(line, 'layer', `${layer} may not include ${header}: it may use ${LAYERS[layer].join(', ') || 'libc'}`);
    else if (target !== layer && /_private\.h$/.test(name))
      say(line, 'layer', `${header} is private to ${target}`);
    else if (!tree.has(`src/${header}`) && !GENERATED.some((one) => one.test(header)))
      say(line, 'include', `there is no src/${header}`);
  }
}

function libraryRule(layer, header, line, say) {
  if (!layer) return;
  for (const [library, owners] of Object.entries(LIBRARIES))
    if (library.endsWith('/') ? header.startsWith(library) : header === library) {
      if (!owners.includes(layer))
        say(line, 'library', `<${header}> belongs to ${owners.join(', ')}, not ${layer}`);
    }
}

const SQL_START = /^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s|CREATE\s+(UNIQUE\s+)?(TABLE|INDEX|VIEW|VIRTUAL|TRIGGER)|ALTER\s+TABLE|DROP\s+(TABLE|INDEX)|PRAGMA\s|BEGIN\b(?!\s+[a-z])|COMMIT$|ROLLBACK$)/;

export function sql({ path, code, strings }, say) {
  for (const { line, text } of strings)
    if (SQL_START.test(text) && /%[-0-9.*]*[a-z]/i.test(text.replace(/LIKE\s+'[^']*'/g, '')))
      say(line, 'sql-format', 'SQL made by a format string: bind values, build with sqlb');
  if (within(SQL_PLACES, path)) return;
  for (const { line, text } of strings)
    if (SQL_START.test(text)) say(line, 'sql-place', `SQL text outside src/store and src/db: "${text.slice(0, 40)}"`);
  eachMatch(code, /^\s*SQL\(/, (line) => say(line, 'sql-place', 'SQL() outside src/store and src/db'));
}

export function memory({ path, code }, say) {
  if (within(MALLOC_PLACES, path)) return;
  eachMatch(code, /(?<![\w.>])(malloc|calloc|realloc|free|strdup|strndup|asprintf|vasprintf)\s*\(/, (line, match) =>
    say(line, 'malloc', `${match[1]}() here: use the arena, or add the owner to tools/lint/policy.mjs`));
}

export function engine({ path, code, text }, say) {
  if (within(ENGINE_PLACES, path)) return;
  eachMatch(code, /\b(is_pg|is_postgres\w*|is_sqlite|HAVE_POSTGRES\w*|HAVE_SQLITE\w*|DB_IS_\w+)\b/, (line, match) =>
    say(line, 'engine', `${match[1]}: engines differ only inside src/db`));
  eachMatch(text, /\b(str_eq|strcmp|streq|str_is|str_starts)\s*\([^;]*(db_engine\(|"postgresql"|"sqlite")/, (line) =>
    say(line, 'engine', 'a decision by engine name: engines differ only inside src/db'));
}

export function headerGuard({ path, text }, say) {
  if (!path.endsWith('.h')) return;
  const names = [...text.matchAll(/^#(ifndef|define|endif)\s*(\w*)/gm)];
  const layered = /^src\/(.+)\.h$/.exec(path);
  const wanted = layered?.[1].replace(/[^a-z0-9]+/gi, '_').toUpperCase();
  const guard = names[0]?.[1] === 'ifndef' && names[1]?.[1] === 'define' && names[0][2] === names[1][2]
    ? names[0][2] : null;
  if (!guard) say(1, 'guard', `a header opens with #ifndef ${wanted ?? '…_H'}`.replace(/([^H])$/, '$1_H'));
  else if (wanted && guard !== `${wanted}_H`) say(1, 'guard', `the guard is ${wanted}_H, not ${guard}`);
}

export function ownHeaderFirst({ path, includes, tree }, say) {
  const own = /^src\/(.+)\.c$/.exec(path)?.[1];
  if (!own || !tree.has(`src/${own}.h`)) return;
  const first = includes[0];
  if (first?.path === `${own}.h` || opensWith(tree, first?.path, `${own}.h`)) return;
  say(first?.line ?? 1, 'own-header', `the first include is "${own}.h"`);
}

/* A layer's private header may stand first when it opens with the public one. */
function opensWith(tree, header, wanted) {
  const file = header && tree.get(`src/${header}`);
  return Boolean(file) && includesOf(file.text)[0]?.path === wanted;
}

export function opening({ path, text }, say) {
  if (/^(src|tools)\/.*\.c$/.test(path) && !/^\/\*/.test(text))
    say(1, 'opening', 'a source opens with a comment: purpose, what it owns, threads, invariants');
}

export function statics({ path, code }, say) {
  if (within(MUTABLE_STATICS, path)) return;
  for (const { line, text } of mutableStaticsOf(code))
    say(line, 'global', `not const: ${text.slice(0, 60)}`);
}

export function sizes({ path, code }, say) {
  if (!path.endsWith('.c') && !path.endsWith('.h')) return;
  for (const one of functionsOf(code)) {
    if (one.lines > LIMITS.function.warn) say.warn(one.line, 'function-length', `${one.name}: ${one.lines} lines`);
    if (one.parameters > LIMITS.parameters.warn) say.warn(one.line, 'parameters', `${one.name}: ${one.parameters}`);
    if (one.nesting > LIMITS.nesting.warn) say.warn(one.line, 'nesting', `${one.name}: ${one.nesting} deep`);
  }
}
