import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { compressionOf, decompress } from '../../filesystem/decompress.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { Digest, Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { Unpacked } from '../../packaging/distribution.js';

/** What npm did where it unpacked a tarball, beside what the tarball says. */
export const unpackingSchema = z.strictObject({
  umask: z.int().nonnegative(),
  programs: z.array(z.string()).describe('files that were made executable because package.json names them as programs'),
  mtime: z.int().describe('the date that all files get'),
});

export type Unpacking = z.infer<typeof unpackingSchema>;

/** Files by their path in the package, with the mode that the tarball gives them. */
export type TarballFiles = ReadonlyMap<FilePath, { readonly hash: Sha256; readonly mode: number }>;

/** A tarball's files as npm puts them in place. */
export async function* extractTarball(file: string, details: unknown): AsyncGenerator<Unpacked> {
  const { umask, programs, mtime } = unpackingSchema.parse(details);
  const executable = new Set(programs);
  for await (const member of filesOf(createReadStream(file), await compressionOf(file))) {
    const isProgram = executable.has(member.path.slice(1));
    yield { ...member, mode: modeOf(member.mode, umask) | (isProgram ? 0o111 : 0), mtime, uid: 0, gid: 0 };
  }
}

/** What a tarball holds; undefined where it is none, or not the one that the digest names. */
export async function readTarball(content: AsyncIterable<Buffer>, digest: Digest): Promise<TarballFiles | undefined> {
  const whole = createHash(digest.algorithm);
  async function* seen() {
    for await (const chunk of content) {
      whole.update(chunk);
      yield chunk;
    }
  }
  const files = new Map<FilePath, { hash: Sha256; mode: number }>();
  try {
    for await (const { path, mode, content: bytes } of filesOf(Readable.from(seen(), { objectMode: false }), '.gz')) {
      const hash = createHash('sha256');
      for await (const chunk of bytes) hash.update(chunk);
      files.set(path.slice(1) as FilePath, { hash: hash.digest('hex'), mode });
    }
  } catch {
    // Damaged, cut off or not readable in a cache: the package is taken as it is installed, and nothing is lost.
    return undefined;
  }
  return whole.digest('hex') === digest.value ? files : undefined;
}

/** How npm unpacked the tarball to exactly these files; undefined where they are not what it makes of it. */
export function unpackingOf(
  tarball: TarballFiles,
  installed: ReadonlyMap<FilePath, FileEntry>,
  programs: ReadonlySet<string>,
): Unpacking | undefined {
  if (tarball.size !== installed.size) return undefined;
  for (const [path, { hash }] of tarball) if (installed.get(path)?.hash !== hash) return undefined;
  const mtime = Math.max(...[...installed.values()].map((entry) => entry.mtime));
  for (const umask of [0o022, 0o002, 0o077, 0o027, 0o007, 0]) {
    const odd = [...tarball].filter(([path, { mode }]) => installed.get(path)?.mode !== modeOf(mode, umask));
    const isMade = ([path, { mode }]: (typeof odd)[number]) =>
      programs.has(path) && installed.get(path)?.mode === (modeOf(mode, umask) | 0o111);
    if (odd.every(isMade)) return { umask, programs: odd.map(([path]) => path).sort(), mtime };
  }
  return undefined;
}

/** Files can be read by everybody, as far as the umask allows, and written by their owner: as pacote has it. */
function modeOf(mode: number, umask: number): number {
  return ((mode | 0o666) & ~umask) | 0o600;
}

/**
 * The regular files of a tarball without the first part of their names, as pacote takes them: no links, and .gitignore
 * is .npmignore where there is none. https://github.com/npm/pacote/blob/main/lib/fetcher.js
 */
async function* filesOf(content: Readable, suffix: Parameters<typeof decompress>[1]): AsyncGenerator<Unpacked> {
  const ignores = new Set<string>();
  for await (const member of tarMembers(decompress(content, suffix, 'a package of npm'))) {
    const inside = /^\/[^/]+(\/.+)$/.exec(member.path)?.[1];
    if (member.type !== 'file' || inside === undefined || inside.split('/').includes('..')) continue;
    if (inside.endsWith('/.npmignore')) ignores.add(inside);
    const renamed = inside.replace(/\/\.gitignore$/, '/.npmignore');
    if (renamed !== inside && ignores.has(renamed)) continue;
    yield { ...member, path: renamed as FilePath };
  }
}
