import type { Machine, Unreadable } from '../../machines/machine.js';
import { comparePaths, showPath } from '../../model/file-path.js';
import { withoutCredentials } from '../http.js';
import { fieldOf, parseDeb822 } from './deb822.js';

/** One archive's suite as a machine's apt configuration names it; binary packages only. */
export interface AptSource {
  /** Base address without credentials and without a trailing slash. */
  readonly uri: string;
  /** A suite, or a path ending in `/` of a flat archive. */
  readonly suite: string;
  readonly components: readonly string[];
  /** Empty: those of the machine. */
  readonly architectures: readonly string[];
  /** The keyring's path; a key written into the source itself is `inline`. */
  readonly signedBy?: string;
  readonly trusted: boolean;
  /** The file that names it, for messages. */
  readonly file: string;
}

/** Where apt looks for its sources (sources.list(5)). */
export const sourceGlobs = ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*.{list,sources}'] as const;

/** Every enabled source of binary packages on a machine. */
export async function readSources(machine: Machine, unreadable?: Unreadable): Promise<AptSource[]> {
  const files = await machine.files.gather([...sourceGlobs], undefined, unreadable);
  return [...files]
    .sort(([a], [b]) => comparePaths(a, b))
    .flatMap(([path, content]) => {
      const text = content.toString('utf8');
      const file = showPath(path);
      return file.endsWith('.sources') ? parseSourcesFile(text, file) : parseSourcesList(text, file);
    });
}

/** The one-line format. */
export function parseSourcesList(text: string, file: string): AptSource[] {
  return text.split('\n').flatMap((line) => parseSourceLine(line, file) ?? []);
}

function parseSourceLine(line: string, file: string): AptSource | undefined {
  const content = line.replace(/#.*$/, '').trim();
  const match = /^deb(?:\s+\[([^\]]*)\])?\s+(\S+)\s+(\S+)(?:\s+(.*))?$/.exec(content);
  if (!match?.[2] || !match[3]) return undefined;
  const options = parseOptions(match[1] ?? '');
  return source({
    uri: match[2],
    suite: match[3],
    components: words(match[4]),
    architectures: (options.get('arch') ?? '').split(',').filter(Boolean),
    signedBy: options.get('signed-by'),
    trusted: options.get('trusted') === 'yes',
    file,
  });
}

/** The deb822 format (`.sources`), with `Enabled: no` and keys written inline. */
export function parseSourcesFile(text: string, file: string): AptSource[] {
  return parseDeb822(text).flatMap((stanza) => {
    if (/^(?:no|false|0|off|without|disable)$/i.test(fieldOf(stanza, 'Enabled') ?? '')) return [];
    if (!words(fieldOf(stanza, 'Types')).includes('deb')) return [];
    const signedBy = fieldOf(stanza, 'Signed-By');
    return words(fieldOf(stanza, 'URIs')).flatMap((uri) =>
      words(fieldOf(stanza, 'Suites')).map((suite) =>
        source({
          uri,
          suite,
          components: words(fieldOf(stanza, 'Components')),
          architectures: words(fieldOf(stanza, 'Architectures')),
          signedBy: signedBy?.includes('BEGIN PGP') ? 'inline' : signedBy,
          trusted: /^yes$/i.test(fieldOf(stanza, 'Trusted') ?? ''),
          file,
        }),
      ),
    );
  });
}

function source(fields: Omit<AptSource, 'signedBy'> & { readonly signedBy: string | undefined }): AptSource {
  const { signedBy, uri, ...rest } = fields;
  return { ...rest, uri: withoutCredentials(uri), ...(signedBy ? { signedBy } : {}) };
}

function parseOptions(text: string): Map<string, string> {
  const pairs = words(text).map((word) => {
    const [name = '', value = ''] = word.split('=', 2);
    return [name.replace(/[+-]$/, '').toLowerCase(), value] as const;
  });
  return new Map(pairs);
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}
