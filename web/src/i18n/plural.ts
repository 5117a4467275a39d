/* English words that go with a number. A message marks their ends with both
 * forms, `{n} entr⟦y/ies⟧`, and the number before the mark says which is meant;
 * numbers are formatted by then, and a message may have several. */

const MARK = /⟦([^/⟧]*)\/([^⟧]*)⟧/g;
const NUMBER = /\d[\d,.]*/g;

/** The message with one form of each mark. */
export function pluralised(message: string): string {
  if (!message.includes('⟦')) return message;
  return message.replace(MARK, (_, one: string, many: string, at: number) => {
    const before = message.slice(0, at).match(NUMBER);
    return before?.at(-1) === '1' ? one : many;
  });
}
