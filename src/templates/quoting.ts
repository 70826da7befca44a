/** One word for a POSIX shell, whatever is in it. */
export function shellWord(text: string): string {
  return /^(?:[\w@%+=:,./-]|(?<=[\w.])~)+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command for a POSIX shell. */
export function shellCommand(argv: readonly string[]): string {
  return argv.map(shellWord).join(' ');
}

/**
 * One word for a shell in a definition file of Singularity: what looks like a new section of the file stands at the
 * beginning of no line, and two braces, in which the file has variables of its own, are never together. The shell knows
 * a variable `newline`.
 */
export function definitionWord(text: string): string {
  const quoted = (line: string) => `'${line.replaceAll("'", "'\\''").replaceAll('{', "{''")}'`;
  return text.split('\n').map(quoted).join('"$newline"');
}

/**
 * A string of Ruby that nothing is put into; what is not plain stands there as its number, for Ruby drops the carriage
 * return of a line end from strings, too. https://docs.ruby-lang.org/en/master/syntax/literals_rdoc.html
 */
export function rubyString(text: string): string {
  if (/^[ -~]*$/.test(text)) return `'${text.replace(/[\\']/g, '\\$&')}'`;
  const numbered = (plain: string) => `\\u{${(plain.codePointAt(0) ?? 0).toString(16)}}`;
  return `"${text.replace(/\p{Surrogate}/gu, '\ufffd').replace(/[^ -~]|["#\\]/gu, numbered)}"`;
}

/**
 * One word of ENV, WORKDIR, FROM and their like; a Dockerfile has no word with a line break.
 * https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function dockerfileWord(text: string): string | undefined {
  if (/[\n\r]/.test(text)) return undefined;
  return `"${text.replace(/[\\"$]/g, '\\$&')}"`;
}

/** Lines that no language takes for more than a comment. */
export function comment(lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '?')}`.replace(/[\\\s]+$/, '')).join('\n');
}
