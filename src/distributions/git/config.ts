/** Values of a repository's own configuration, by `section.subsection.key`; section and key in lower case. */
export type GitConfig = ReadonlyMap<string, readonly string[]>;

/** Reads `.git/config` (git-config(1), "Syntax"). Files that it includes belong to the user, not to the repository. */
export function parseConfig(text: string): GitConfig {
  const values = new Map<string, string[]>();
  let section = '';
  for (const line of text.replace(/\\\r?\n/g, '').split('\n')) {
    const [, name, quoted, rest] = /^\s*\[([^\]\s"]+)(?:\s+"((?:[^"\\]|\\.)*)")?\](.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      section = quoted === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${quoted.replace(/\\(.)/g, '$1')}`;
    }
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*(?:=\s*(.*))?$/.exec(rest ?? line) ?? [];
    if (key === undefined) continue;
    const full = `${section}.${key.toLowerCase()}`;
    values.set(full, [...(values.get(full) ?? []), value === undefined ? 'true' : unquote(value)]);
  }
  return values;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b' };

/** A value without its quotes, its comment, and white space at its end. */
function unquote(text: string): string {
  let value = '';
  let isQuoted = false;
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\') {
      const next = text.charAt(++at);
      value += escapes[next] ?? next;
    } else if (char === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (char === '#' || char === ';')) break;
    else value += char;
    if (isQuoted || !/\s/.test(char)) end = value.length;
  }
  return value.slice(0, end);
}

/** The last value, which is the one that counts. */
export function settingOf(config: GitConfig, key: string): string | undefined {
  return config.get(key)?.at(-1);
}

/** One `[remote "NAME"]`. */
export interface Remote {
  readonly name: string;
  readonly url: string;
  /** The settings of it that others keep there, by their key. */
  readonly setting: (key: string) => string | undefined;
}

export function remotesOf(config: GitConfig): Remote[] {
  return [...config.keys()].flatMap((key) => {
    const name = /^remote\.(.+)\.url$/.exec(key)?.[1];
    const url = config.get(key)?.[0];
    if (name === undefined || url === undefined) return [];
    return [{ name, url, setting: (own) => settingOf(config, `remote.${name}.${own}`) }];
  });
}
