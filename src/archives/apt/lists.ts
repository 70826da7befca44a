import type { AptSource } from './sources.js';

/** The folder of apt's index files on a machine. */
export const listsFolder = '/var/lib/apt/lists';

/**
 * The name under which apt keeps the file of an address in its lists folder (`URItoFileName` in apt-pkg): without
 * scheme and credentials, special bytes as `%xx`, and `/` as `_`.
 */
export function listFileName(uri: string): string {
  const bare = uri.replace(/^[a-z][a-z0-9+.-]*:(?:\/\/)?/i, '').replace(/^[^/@]*@/, '');
  const quoted = Array.from(Buffer.from(bare, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    const special = byte <= 0x20 || byte >= 0x7f || '\\|{}[]<>"^~_=!@#$%&*'.includes(character);
    return special ? `%${byte.toString(16).padStart(2, '0')}` : character;
  });
  return quoted.join('').replaceAll('/', '_');
}

/** One Packages index that a source stands for, before any compression suffix. */
export interface IndexName {
  readonly source: AptSource;
  readonly component?: string;
  readonly file: string;
  /** The names its release file may have. */
  readonly releaseFiles: readonly [string, string];
}

/** The indexes of a source; of a flat archive there is one. */
export function indexNames(source: AptSource, architectures: readonly string[]): IndexName[] {
  const flat = source.suite.endsWith('/');
  const base = flat ? `${source.uri}/${source.suite.replace(/^\/+/, '')}` : `${source.uri}/dists/${source.suite}/`;
  const releaseFiles = [listFileName(`${base}InRelease`), listFileName(`${base}Release`)] as const;
  if (flat) return [{ source, file: listFileName(`${base}Packages`), releaseFiles }];
  const wanted = source.architectures.length > 0 ? source.architectures : architectures;
  return source.components.flatMap((component) =>
    [...new Set([...wanted, 'all'])].map((architecture) => ({
      source,
      component,
      file: listFileName(`${base}${component}/binary-${architecture}/Packages`),
      releaseFiles,
    })),
  );
}
