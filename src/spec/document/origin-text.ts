import type { ManifestFile } from './files.js';

const said = {
  attribute: 'an attribute of the file says so',
  'wget-log': 'the wget-log beside it says so',
  cache: 'its name in the cache says so',
} as const;

/** Where a file is from, in words; undefined where nothing is known. */
export function describeOrigin({ origin }: Pick<ManifestFile, 'origin'>): string | undefined {
  if (origin === undefined) return undefined;
  if ('command' in origin) return `made by ${origin.command.join(' ')}, in the run ${origin.run}`;
  const { url, from, checksums } = origin;
  const sums = checksums === undefined ? undefined : `its SHA-256 is the one in ${checksums}`;
  if (url === undefined) return sums;
  return `from ${url} (${[from && said[from], sums ?? 'not verified'].filter((part) => part !== undefined).join('; ')})`;
}

/** What put a file there, in words; undefined where nothing is known. */
export function describeManaged({ managed }: Pick<ManifestFile, 'managed'>): string | undefined {
  if (managed === undefined) return undefined;
  const { by, from, repository, revision } = managed;
  const at = revision === undefined ? '' : ` at ${revision}`;
  const code = repository === undefined ? revision && `revision ${revision}` : repository + at;
  return `managed by ${[by, from && `from ${from}`, code].filter((part) => part).join(', ')}`;
}
