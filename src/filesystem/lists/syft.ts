import { z } from 'zod';
import type { FileType } from '../../model/file-entry.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import { packageText } from '../../model/package-text.js';
import type { PartialEntry } from '../trie/values.js';
import type { ListedImage, ListedPackage, ListFormat, ListInput } from './format.js';
import { checked } from './json.js';
import { jsonRows } from './json-rows.js';
import { rootedText } from './paths-of-lists.js';
import { distributionOfType } from './purl.js';

const artifactSchema = z.looseObject({
  name: z.string(),
  version: z.string().default(''),
  type: z.string(),
  locations: z.array(z.looseObject({ path: z.string() })).default([]),
  metadata: z
    .looseObject({
      architecture: z.string().optional(),
      installedSize: z.number().optional(),
      release: z.string().optional(),
      epoch: z.number().nullish(),
      files: z.array(z.union([z.string(), z.looseObject({ path: z.string() })])).nullish(),
    })
    .optional()
    .catch(undefined),
});

const fileSchema = z.looseObject({
  location: z.looseObject({ path: z.string() }),
  metadata: z
    .looseObject({
      mode: z.number().optional(),
      type: z.string().optional(),
      userID: z.number().optional(),
      groupID: z.number().optional(),
      size: z.number().optional(),
      linkDestination: z.string().optional(),
    })
    .optional(),
  digests: z.array(z.looseObject({ algorithm: z.string(), value: z.string() })).optional(),
});

/** But for its artifacts and files. */
const documentSchema = z.looseObject({
  source: z
    .looseObject({ type: z.string().optional(), name: z.string().optional(), metadata: z.unknown().optional() })
    .optional(),
  distro: z.looseObject({ id: z.string().optional(), versionID: z.string().optional() }).nullish(),
});

const imageSchema = z.looseObject({
  userInput: z.string().optional(),
  tags: z.array(z.string()).nullish(),
  architecture: z.string().optional(),
  labels: z.record(z.string(), z.string()).nullish(),
});

/** syft's own names of types of files (anchore/stereoscope, file.Type). */
const types: Readonly<Record<string, FileType>> = {
  ...{ RegularFile: 'file', HardLink: 'file', Directory: 'directory', SymbolicLink: 'symlink' },
  ...{ FIFONode: 'fifo', Socket: 'socket', BlockDevice: 'block', CharacterDevice: 'character' },
};

/** syft's own JSON. Its `mode` has the octal digits as a decimal number. https://github.com/anchore/syft/tree/main/schema/json */
export const syft: ListFormat = {
  title: 'list of files as syft writes it',
  made: 'SYFT_FILE_METADATA_SELECTION=all syft IMAGE -o syft-json',
  isLike: ({ text }) => /^\s*\{\s*"artifacts"\s*:/.test(text),
  async *read(input: ListInput) {
    const { where, tell } = input;
    const parts = jsonRows(input, ['artifacts', 'files'], syft);
    const packages = new Map<string, ListedPackage>();
    const owners = new Map<FilePath, string>();
    const given = new Set<FilePath>();
    let next = await parts.next();
    for (; !next.done; next = await parts.next()) {
      const { key, rows, first } = next.value;
      if (key === 'artifacts') {
        for (const [at, row] of rows.entries()) {
          const each = checked(artifactSchema, row, syft, where, ['artifacts', first + at - 1]);
          const owner = packageText(packageOf(each));
          packages.set(owner, packageOf(each));
          for (const path of pathsOf(each)) owners.set(rootedText(path), owner);
        }
      } else {
        const entries = rows.map((row, at) => entryOf(row, first + at - 1, owners, where));
        for (const { path } of entries) if (owners.has(path)) given.add(path);
        yield entries;
      }
    }
    const { source, distro } = checked(documentSchema, next.value, syft, where);
    const image = source && imageOf(source);
    tell({
      packages: [...packages.values()],
      ...(distro && { system: systemOf(distro) }),
      ...(image && { image }),
    });
    yield [...owners].flatMap(([path, owner]): PartialEntry[] => (given.has(path) ? [] : [{ path, package: owner }]));
  },
};

function packageOf({ name, version, type, metadata }: z.infer<typeof artifactSchema>): ListedPackage {
  const { architecture, installedSize } = metadata ?? {};
  // dpkg counts kibibytes.
  const size = installedSize === undefined ? undefined : type === 'deb' ? installedSize * 1024 : installedSize;
  return {
    ...{ distribution: distributionOfType(type), name, version },
    ...(architecture !== undefined && { architecture }),
    ...(size !== undefined && size >= 0 && { size }),
  };
}

function pathsOf({ metadata, locations, type }: z.infer<typeof artifactSchema>): string[] {
  const files = (metadata?.files ?? []).map((file) => (typeof file === 'string' ? file : file.path));
  // Of packages of languages paths are seen from a folder that is not said: the record is theirs in any case.
  return ['deb', 'rpm', 'apk', 'alpm'].includes(type) ? files : locations.map(({ path }) => path);
}

function entryOf(row: unknown, at: number, owners: ReadonlyMap<FilePath, string>, where: string): PartialEntry {
  const { location, metadata, digests = [] } = checked(fileSchema, row, syft, where, ['files', at]);
  const path = rootedText(location.path);
  const { mode, type: said = '', userID, groupID, size, linkDestination } = metadata ?? {};
  const type = Object.hasOwn(types, said) ? types[said] : undefined;
  const hash = digests.find(({ algorithm, value }) => algorithm === 'sha256' && /^[0-9a-f]{64}$/.test(value))?.value;
  const owner = owners.get(path);
  const bits = Number.parseInt(String(mode), 8);
  return {
    path,
    ...(type !== undefined && { type }),
    ...(bits >= 0 && { mode: bits & 0o7777 }),
    ...(userID !== undefined && userID >= 0 && { uid: userID }),
    ...(groupID !== undefined && groupID >= 0 && { gid: groupID }),
    ...(size !== undefined && size >= 0 && type === 'file' && { size }),
    ...(type === 'symlink' && linkDestination !== undefined && { target: pathFromText(linkDestination) }),
    ...(hash !== undefined && type !== 'directory' && { hash }),
    ...(owner !== undefined && { package: owner }),
  };
}

function systemOf({
  id,
  versionID,
}: {
  id?: string | undefined;
  versionID?: string | undefined;
}): Readonly<Record<string, string>> {
  return { ...(id !== undefined && { ID: id }), ...(versionID !== undefined && { VERSION_ID: versionID }) };
}

function imageOf({
  type,
  name,
  metadata,
}: NonNullable<z.infer<typeof documentSchema>['source']>): ListedImage | undefined {
  const found = imageSchema.safeParse(metadata);
  if (type !== 'image' || !found.success) return undefined;
  const { userInput = name, tags, architecture, labels } = found.data;
  const names = [...new Set([...(userInput === undefined ? [] : [userInput]), ...(tags ?? [])])];
  return { names, ...(architecture !== undefined && { architecture }), ...(labels && { labels }) };
}
