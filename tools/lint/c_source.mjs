/* Reads C just far enough for the rules: blanks comments and literals, lists
 * string literals and includes, finds functions. Not a parser: it relies on
 * clang-format's layout. */

/* {code, strings}: code is the text with comments and the inside of literals
 * replaced by spaces (same length, same lines); strings are {line, text}. */
export function strip(text) {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/g;
  const strings = [];
  let line = 1;
  let seen = 0;
  const code = text.replace(token, (match, offset) => {
    for (; seen < offset; seen++) if (text[seen] === '\n') line++;
    if (match[0] === '"') strings.push({ line, text: match.slice(1, -1) });
    if (match[0] === '"' || match[0] === "'")
      return match[0] + match.slice(1, -1).replace(/[^\n]/g, ' ') + match[0];
    return match.replace(/[^\n]/g, ' ');
  });
  return { code, strings };
}

/* The text's #include lines: {line, path, quoted}. */
export function includesOf(text) {
  const found = [];
  text.split('\n').forEach((source, i) => {
    const match = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(source);
    if (match) found.push({ line: i + 1, path: match[2], quoted: match[1] === '"' });
  });
  return found;
}

/* Blanks preprocessor lines with their continuations. */
function withoutDirectives(code) {
  let inside = false;
  return code.split('\n').map((line) => {
    const directive = inside || /^\s*#/.test(line);
    inside = directive && line.endsWith('\\');
    return directive ? '' : line;
  });
}

/* Functions with a body: {name, line, lines, parameters, nesting}. */
export function functionsOf(code) {
  const lines = withoutDirectives(code);
  const found = [];
  let depth = 0;
  let deepest = 0;
  let head = '';
  let open = null;
  lines.forEach((line, i) => {
    for (const char of line) {
      if (char === '{') {
        if (depth === 0) open = startOf(head, i + 1);
        depth++;
        deepest = Math.max(deepest, depth);
      } else if (char === '}') {
        depth = Math.max(0, depth - 1);
        if (depth === 0) {
          if (open) found.push({ ...open, lines: i + 2 - open.line, nesting: deepest - 1 });
          open = null;
          head = '';
          deepest = 0;
        }
      } else if (depth === 0) {
        head = char === ';' ? '' : head + char;
      }
    }
    if (depth === 0) head += ' ';
  });
  return found;
}

function startOf(head, line) {
  const match = /([A-Za-z_]\w*)\s*\(((?:[^()]|\([^()]*\))*)\)\s*$/.exec(head);
  if (!match || /=\s*$/.test(head)) return null;
  const list = match[2].trim();
  const flat = list.replace(/\([^()]*\)/g, '');
  const parameters = list === '' || list === 'void' ? 0 : flat.split(',').length;
  return { name: match[1], line, parameters };
}

/* Variables with static storage that are not const: {line, text}. */
export function mutableStaticsOf(code) {
  const found = [];
  let depth = 0;
  withoutDirectives(code).forEach((line, i) => {
    const local = depth > 0 && /^\s+static\s/.test(line);
    const global = depth === 0 && /^static\s/.test(line);
    const rest = line.trim();
    if ((local || global) && !/\bconst\b|\b_Thread_local\b/.test(rest) &&
        /^static\s+[\w\s*]+?[\w\]]+(\[[^\]]*\])*\s*(=|;|,)/.test(rest) && !/\(/.test(rest.split('=')[0]))
      found.push({ line: i + 1, text: rest });
    for (const char of line) depth += char === '{' ? 1 : char === '}' ? -1 : 0;
  });
  return found;
}
