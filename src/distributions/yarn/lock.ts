import { parse } from 'yaml';
import { z } from 'zod';

const lockSchema = z.record(
  z.string(),
  z.looseObject({
    version: z.union([z.string(), z.number()]).optional(),
    resolution: z.string().optional(),
    checksum: z.string().optional(),
    dependencies: z.record(z.string(), z.string()).optional(),
  }),
);

/** What the lock file says of the package of an archive. */
interface LockedArchive {
  readonly name: string;
  /** Of the archive itself, after the key of how it was made. */
  readonly checksum?: string;
  /** Beginnings of the names of all archives that it depends on. */
  readonly needs: readonly string[];
}

export interface YarnLock {
  locked(slug: string, version: string): LockedArchive | undefined;
}

type Entry = z.infer<typeof lockSchema>[string];

/** Reads the yarn.lock of Yarn 2 and later: https://yarnpkg.com/configuration/manifest */
export function parseLock(content: Buffer): YarnLock {
  const entries = lockSchema.parse(parse(content.toString('utf8')));
  const byRange = new Map<string, Entry>();
  const bySlug = new Map<string, Entry>();
  for (const [ranges, entry] of Object.entries(entries)) {
    for (const range of ranges.split(', ')) byRange.set(range, entry);
    const slug = slugOf(entry);
    if (slug !== undefined) bySlug.set(slug, entry);
  }
  return {
    locked(name, version) {
      const entry = bySlug.get(`${name}-npm-${version}`);
      if (!entry) return undefined;
      const { checksum } = entry;
      return { name: identOf(entry), ...(checksum ? { checksum } : {}), needs: needsOf(entry, byRange) };
    },
  };
}

function needsOf(of: Entry, byRange: ReadonlyMap<string, Entry>): string[] {
  const closure = new Set([of]);
  for (const { dependencies = {} } of closure) {
    for (const [name, range] of Object.entries(dependencies)) {
      const found = byRange.get(`${name}@${range}`);
      if (found) closure.add(found);
    }
  }
  closure.delete(of);
  return [...closure].flatMap((each) => slugOf(each) ?? []);
}

/** The beginning of the archive's name: `@babel-core-npm-7.0.0` of `@babel/core@npm:7.0.0`; none of a workspace. */
function slugOf({ resolution = '' }: Entry): string | undefined {
  const [, ident, version] = /^(@?[^@]+)@npm:([^:]+)$/.exec(resolution) ?? [];
  return ident && `${ident.replace('/', '-')}-npm-${version}`;
}

function identOf({ resolution = '' }: Entry): string {
  return resolution.replace(/(?<=.)@.*$/, '');
}
