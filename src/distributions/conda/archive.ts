import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { decompress } from '../../filesystem/decompress.js';
import { decompressed } from '../../filesystem/decompressed.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { FilePath } from '../../model/file-path.js';
import type { Unpacked } from '../../packaging/distribution.js';
import type { Placeholder } from './replace-prefix.js';
import { storedMembers } from './stored-zip.js';

/** What a package says in info/ of how it is put in place. */
export interface PackageInfo {
  /** By path in the package. */
  readonly placeholders: ReadonlyMap<string, Placeholder>;
  /** Its Python modules go where the Python of the prefix looks. */
  readonly isNoarchPython: boolean;
  /** Programs that are made where it is installed: `name = module:function`. */
  readonly entryPoints: readonly string[];
}

/** Opened anew each time it is read. */
export type Opened = () => AsyncIterable<Buffer>;

/** https://docs.conda.io/projects/conda/en/latest/user-guide/concepts/packages.html */
const pathsSchema = z.looseObject({
  paths: z.array(
    z.looseObject({
      _path: z.string(),
      prefix_placeholder: z.string().nullish(),
      file_mode: z.enum(['text', 'binary']).nullish(),
    }),
  ),
});
const indexSchema = z.looseObject({ noarch: z.union([z.string(), z.boolean()]).nullish() });
const linkSchema = z.looseObject({
  noarch: z.looseObject({ entry_points: z.array(z.string()).default([]) }).optional(),
});

/** Before info/paths.json there was: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html */
const oldPlaceholder = '/opt/anaconda1anaconda2anaconda3';

/** Reads what a package, a .conda or a .tar.bz2, says of itself. */
export async function readInfo(open: Opened, name: string): Promise<PackageInfo> {
  const found = new Map<string, Buffer>();
  for await (const { path, type, content } of membersOf(open, name, 'info')) {
    const file = /^\/info\/(paths\.json|has_prefix|index\.json|link\.json)$/.exec(path)?.[1];
    if (file === undefined || type !== 'file') continue;
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    found.set(file, Buffer.concat(chunks));
  }
  const index = indexSchema.parse(JSON.parse(String(found.get('index.json') ?? '{}')));
  const link = linkSchema.parse(JSON.parse(String(found.get('link.json') ?? '{}')));
  const entryPoints = link.noarch?.entry_points ?? [];
  return { placeholders: placeholdersOf(found), isNoarchPython: index.noarch === 'python', entryPoints };
}

/** What a package puts in place: all but info/. */
export async function* packedMembers(open: Opened, name: string): AsyncGenerator<Unpacked> {
  for await (const member of membersOf(open, name, 'pkg')) if (!/^\/info(?:\/|$)/.test(member.path)) yield member;
}

/** The SHA-256 or MD5 of a package. */
export async function digestOf(open: Opened, algorithm: 'sha256' | 'md5'): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of open()) hash.update(chunk);
  return hash.digest('hex');
}

/** A .conda is a zip of one tar for info/ and one for the rest, a .tar.bz2 has both. */
async function* membersOf(open: Opened, name: string, part: 'info' | 'pkg'): AsyncGenerator<Unpacked> {
  if (!name.endsWith('.conda')) {
    yield* tarMembers(decompress(Readable.from(open(), { objectMode: false }), '.bz2', name));
    return;
  }
  for await (const member of storedMembers(open())) {
    if (!member.name.startsWith(`${part}-`)) continue;
    yield* tarMembers(decompressed(Readable.from(member.content, { objectMode: false })));
  }
}

function placeholdersOf(info: ReadonlyMap<string, Buffer>): Map<string, Placeholder> {
  const paths = info.get('paths.json');
  if (paths === undefined) return new Map(oldPlaceholders(info.get('has_prefix') ?? Buffer.alloc(0)));
  const placeholders = new Map<string, Placeholder>();
  for (const { _path, prefix_placeholder: text, file_mode: mode } of pathsSchema.parse(JSON.parse(String(paths)))
    .paths) {
    if (text && mode) placeholders.set(Buffer.from(_path, 'utf8').toString('latin1') as FilePath, { text, mode });
  }
  return placeholders;
}

/** `placeholder mode path`, each maybe quoted, or a path alone. */
function* oldPlaceholders(content: Buffer): Generator<[string, Placeholder]> {
  for (const line of content
    .toString('latin1')
    .split('\n')
    .filter((each) => each.trim() !== '')) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const [text = '', mode = '', ...path] = words;
    if (mode === 'text' || mode === 'binary') yield [path.join(' '), { text, mode }];
    else yield [line.trim(), { text: oldPlaceholder, mode: 'text' }];
  }
}
