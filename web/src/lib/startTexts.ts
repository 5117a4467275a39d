/* Texts a company begins with. They are kept in its language and shown in the
 * viewer's, where the program put them and nobody has changed them. */
import type { Field, Row } from '@/api/types';

export interface Words {
  zh: string;
  en: string;
}

/** Each text, and each line of one, by itself in either language. */
export function startTexts(texts: Words[]): Map<string, Words> {
  const found = new Map<string, Words>();
  const bare = (line: string) => line.replace(/\s*\|\s*\d+\s*$/, '');
  for (const both of texts) {
    const zh = both.zh.split('\n');
    const en = both.en.split('\n');
    const pairs = [both, ...(zh.length === en.length ? zh.map((line, i) => ({ zh: bare(line), en: bare(en[i]!) })) : [])];
    for (const pair of pairs) for (const text of [pair.zh, pair.en]) if (!found.has(text)) found.set(text, pair);
  }
  return found;
}

/** May the record have such a text there? What people write anywhere else is
 * theirs, also when it reads the same. */
export function holdsStart(field: Pick<Field, 'start_texts'>, row?: Partial<Row>): boolean {
  const by = field.start_texts;
  return !!by && row?.[by] !== null && row?.[by] !== undefined;
}
