/** How a file holds the prefix that its package was built for. */
export interface Placeholder {
  readonly text: string;
  readonly mode: 'text' | 'binary';
}

/**
 * Puts a prefix in the place of the one that a package was built for, as conda does: in text wherever it stands; in a
 * binary in strings that end with a zero, which are filled up so that they stay as long.
 * https://docs.conda.io/projects/conda-build/en/stable/resources/make-relocatable.html
 */
export function replacePrefix(content: Buffer, { text, mode }: Placeholder, prefix: Buffer): Buffer {
  const placeholder = Buffer.from(text, 'utf8');
  if (mode === 'text') return shortShebang(replaceAll(content, placeholder, prefix));
  if (prefix.length > placeholder.length)
    throw new Error(`the prefix is longer than the ${placeholder.length} bytes there is room for`);
  const result = Buffer.from(content);
  for (let at = result.indexOf(placeholder); at >= 0; ) {
    const end = result.indexOf(0, at);
    if (end < 0) break;
    const replaced = replaceAll(result.subarray(at, end), placeholder, prefix);
    result.fill(0, at, end);
    replaced.copy(result, at);
    at = result.indexOf(placeholder, end);
  }
  return result;
}

function replaceAll(content: Buffer, wanted: Buffer, put: Buffer): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = content.indexOf(wanted); at >= 0; at = content.indexOf(wanted, from)) {
    parts.push(content.subarray(from, at), put);
    from = at + wanted.length;
  }
  return Buffer.concat([...parts, content.subarray(from)]);
}

/** The kernel cuts what is longer (BINPRM_BUF_SIZE before Linux 5.1, less the end of the line). */
const longestShebang = 127;

function shortShebang(content: Buffer): Buffer {
  const end = content.indexOf('\n');
  const line = content.toString('latin1', 0, end < 0 ? content.length : end);
  const [, program, options = ''] = /^#! *(\/(?:\\ |[^ \n\r\t])*)(.*)$/.exec(line) ?? [];
  if (program === undefined || line.length <= longestShebang) return content;
  const name = program.slice(program.lastIndexOf('/') + 1);
  return Buffer.concat([Buffer.from(`#!/usr/bin/env ${name}${options}`, 'latin1'), content.subarray(line.length)]);
}
