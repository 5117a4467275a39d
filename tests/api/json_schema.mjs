/* As much of JSON Schema as the OpenAPI document uses, written without a look
 * at the server: a second opinion on what it declares. */

const FORMATS = {
  date: /^\d{4}-\d\d-\d\d$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/,
};
const KNOWN = new Set(['$ref', 'type', 'format', 'enum', 'properties', 'required', 'additionalProperties', 'items',
  'uniqueItems', 'allOf', 'anyOf', 'pattern', 'maxLength', 'minimum', 'maximum', 'propertyNames',
  'description', 'readOnly', 'default']);

export function resolve(document, ref) {
  return ref.replace(/^#\//, '').split('/').reduce((at, key) => at?.[key], document);
}

/* → [] or what is wrong, each with its path. */
export function faults(document, schema, value, path = '') {
  for (const key of Object.keys(schema)) if (!KNOWN.has(key)) throw new Error(`the keyword ${key} is new here`);
  if (schema.$ref) {
    const target = resolve(document, schema.$ref);
    if (!target) return [`${path}: ${schema.$ref} leads nowhere`];
    return faults(document, target, value, path);
  }
  return [...ofType(schema, value, path), ...ofValue(schema, value, path), ...ofObject(document, schema, value, path),
    ...ofArray(document, schema, value, path), ...ofParts(document, schema, value, path)];
}

function typeOf(value) {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function ofType(schema, value, path) {
  if (schema.type === undefined) return [];
  const allowed = [schema.type].flat();
  const type = typeOf(value);
  const good = allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
  return good ? [] : [`${path}: ${type}, not ${allowed}`];
}

function ofValue(schema, value, path) {
  const list = [];
  if (schema.enum && !schema.enum.includes(value)) list.push(`${path}: ${value} is not among ${schema.enum}`);
  if (typeof value === 'string') {
    if (schema.pattern && !new RegExp(schema.pattern, 'u').test(value)) list.push(`${path}: ${value} does not match`);
    if (FORMATS[schema.format] && !FORMATS[schema.format].test(value)) list.push(`${path}: ${value} is no ${schema.format}`);
    if (schema.maxLength !== undefined && [...value].length > schema.maxLength) list.push(`${path}: too long`);
  }
  if (typeof value === 'number') {
    if (value < schema.minimum) list.push(`${path}: ${value} < ${schema.minimum}`);
    if (value > schema.maximum) list.push(`${path}: ${value} > ${schema.maximum}`);
  }
  return list;
}

function ofObject(document, schema, value, path) {
  if (typeOf(value) !== 'object') return [];
  const list = (schema.required ?? []).filter((key) => !(key in value)).map((key) => `${path}.${key}: missing`);
  for (const [key, one] of Object.entries(value)) {
    const own = schema.properties?.[key];
    if (own) list.push(...faults(document, own, one, `${path}.${key}`));
    else if (schema.additionalProperties === false) list.push(`${path}.${key}: not declared`);
    else if (typeof schema.additionalProperties === 'object')
      list.push(...faults(document, schema.additionalProperties, one, `${path}.${key}`));
  }
  return list;
}

function ofArray(document, schema, value, path) {
  if (!Array.isArray(value) || !schema.items) return [];
  const list = value.flatMap((one, i) => faults(document, schema.items, one, `${path}[${i}]`));
  if (schema.uniqueItems && new Set(value.map((one) => JSON.stringify(one))).size < value.length) list.push(`${path}: double`);
  return list;
}

function ofParts(document, schema, value, path) {
  const list = (schema.allOf ?? []).flatMap((part) => faults(document, part, value, path));
  if (schema.anyOf) {
    const all = schema.anyOf.map((part) => faults(document, part, value, path));
    if (!all.some((one) => one.length === 0)) list.push(`${path}: none of ${all.length}: ${all[0][0]}`);
  }
  return list;
}
