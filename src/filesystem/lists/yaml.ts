import { LineCounter, parseDocument } from 'yaml';
import { type ListFormat, type ListInput, malformed } from './format.js';

/** A document of so many paths takes a hundred times as much in memory. */
const sizeLimit = 32 * 1024 * 1024;

/**
 * The value of a list that is one YAML text. Every scalar is text, as it was written: a version `1.10` is no number.
 * What is empty is an empty text.
 */
export async function yamlOf({ content, where }: Pick<ListInput, 'content' | 'where'>, format: ListFormat) {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of content) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > sizeLimit) throw malformed(format, where, `it is longer than ${sizeLimit} bytes`);
  }
  return yamlIn(Buffer.concat(chunks).toString('utf8'), format, where);
}

export function yamlIn(text: string, format: ListFormat, where: string): unknown {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      ...{ lineCounter: lines, prettyErrors: false, schema: 'failsafe', logLevel: 'error' },
    });
    const [problem] = document.errors;
    if (problem) {
      const { line } = lines.linePos(problem.pos[0]);
      throw malformed(format, where, `it is not YAML (line ${line}: ${problem.message})`);
    }
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // Too deep, or an alias that expands to too much.
    if (error instanceof RangeError || error instanceof ReferenceError) {
      throw malformed(format, where, 'its YAML is nested too deeply, or its aliases expand to too much', error);
    }
    throw error;
  }
}
