import { constants } from 'node:buffer';
import type { z } from 'zod';
import { type ListFormat, type ListInput, malformed } from './format.js';

/** The whole of a list that is one JSON text. */
export async function jsonOf(
  { content, where }: Pick<ListInput, 'content' | 'where'>,
  format: ListFormat,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > constants.MAX_STRING_LENGTH) throw malformed(format, where, `it is longer than ${length} bytes`);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(format, where, `it is not JSON (${cause instanceof Error ? cause.message : cause})`, cause);
  }
}

/** What a schema makes of a value, or an error that names the place in it; `above`: where the value itself lies. */
export function checked<T>(
  schema: z.ZodType<T>,
  value: unknown,
  format: ListFormat,
  where: string,
  above: readonly PropertyKey[] = [],
): T {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const { path, message } = deepest(found.error.issues, above);
  const place = path.map(String).join('.');
  throw malformed(format, where, `${place === '' ? '' : `${place}: `}${message}`);
}

type Issues = readonly z.core.$ZodIssue[];

/** Of what may be one thing or another the problem that lies deepest: most of it was as it should be. */
function deepest(issues: Issues, above: readonly PropertyKey[]): Pick<z.core.$ZodIssue, 'path' | 'message'> {
  const found = issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    const own = { path, message: issue.message };
    return issue.code === 'invalid_union' ? [own, ...issue.errors.map((each) => deepest(each, path))] : [own];
  });
  const [first] = found.toSorted((a, b) => b.path.length - a.path.length);
  return first ?? { path: [...above], message: 'it is not valid' };
}
