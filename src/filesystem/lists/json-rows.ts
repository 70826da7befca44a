import { reasonOf } from '../../errors.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { type JsonRows, Scanner, type Take } from './json-scanner.js';

export type { JsonRows } from './json-scanner.js';

/**
 * Takes the lists of these names out of a JSON text of any length, piece by piece, and gives the rest of it in the end, in
 * which they are empty. All that is not taken is parsed by JSON.parse: what is done here is to find where items begin and end.
 */
export async function* jsonRows<Taken = never>(
  { content, where }: Pick<ListInput, 'content' | 'where'>,
  keys: readonly string[],
  format: ListFormat,
  take?: Take<Taken>,
): AsyncGenerator<JsonRows<Taken>, unknown> {
  const failed = (key: string, first: number, error: unknown) =>
    malformed(format, where, `it is not JSON from entry ${first} of its ${key} on (${reasonOf(error)})`, error);
  const scanner = new Scanner<Taken>(new Set(keys), failed, take);
  for await (const chunk of content) {
    scanner.push(chunk);
    yield* scanner.found.splice(0);
  }
  scanner.finish();
  yield* scanner.found.splice(0);
  try {
    return JSON.parse(Buffer.from(scanner.rest, 'latin1').toString('utf8'));
  } catch (cause) {
    throw malformed(format, where, `it is not JSON (${scanner.end ?? reasonOf(cause)})`, cause);
  }
}
