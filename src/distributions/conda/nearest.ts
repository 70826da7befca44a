import { Readable } from 'node:stream';
import { z } from 'zod';
import { download } from '../../archives/download.js';
import { type Listed, nearestListed } from '../../archives/nearest.js';
import type { ArchiveService, Asking } from '../../archives/service.js';
import { decompress } from '../../filesystem/decompress.js';
import type { PlannedPackage } from '../../model/plan.js';
import { sha256Schema } from '../../model/schemas.js';
import { compareVersions } from './versions.js';

/** What is read of an entry: https://docs.conda.io/projects/conda-build/en/stable/concepts/generating-index.html */
const entrySchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  build: z.string(),
  build_number: z.int().default(0),
  sha256: sha256Schema,
});

interface Build extends Listed {
  readonly file: string;
  readonly number: number;
}

/** The nearest versions in the channels that packages came from, for the same Python and packed alike. */
export function nearestOfConda(): ArchiveService {
  return nearestListed({
    title: 'other versions of packages of conda',
    of: ({ artifact: { urls } }) => urls.map((url) => url.replace(/\/[^/]+$/, '')),
    read: readChannel,
    fits: ({ place: { url } }, { artifact: { name } }) => kindOf(url) === kindOf(name),
    compare: compareVersions,
    upstreamOf: (version) => version,
  });
}

/** How a file is packed, and the Python that it was built for. */
function kindOf(file: string): string {
  return `${/\.(?:conda|tar\.bz2)$/.exec(file)?.[0]} ${/-[^-]*(py\d+)[^-]*$/.exec(file)?.[1]}`;
}

/** Of each version the newest build. */
async function* readChannel(
  folder: string,
  packages: readonly PlannedPackage[],
  asking: Asking,
): AsyncGenerator<Listed> {
  const names = new Set(packages.map(({ name }) => name));
  const newest = new Map<string, Build>();
  for await (const build of builds(folder, names, asking)) {
    const key = `${build.name} ${build.version} ${kindOf(build.file)}`;
    if ((newest.get(key)?.number ?? -1) < build.number) newest.set(key, build);
  }
  yield* newest.values();
}

/**
 * A channel's index, `"FILE": {...}` by `"FILE": {...}`: it may be too long for one text. Entries have lists in them, and no
 * objects.
 */
async function* builds(folder: string, names: ReadonlySet<string>, asking: Asking): AsyncGenerator<Build> {
  let rest = '';
  for await (const chunk of indexOf(folder, asking)) {
    const parts = (rest + chunk.toString('utf8')).split('}');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      const [, file = '', body = ''] = /"([^"{]+\.(?:conda|tar\.bz2))"\s*:\s*\{([^{]*)$/.exec(part) ?? [];
      if (!names.has(file.replace(/-[^-]+-[^-]+$/, ''))) continue;
      const entry = entrySchema.safeParse(entryIn(`{${body}}`));
      if (!entry.success) continue;
      const { name, version, build_number: number, sha256 } = entry.data;
      const digest = { algorithm: 'sha256', value: sha256 } as const;
      yield { name, version, number, file, place: { url: `${folder}/${encodeURIComponent(file)}`, digest } };
    }
  }
}

/** A bracket in a text of an entry cuts it off: it is passed over. */
function entryIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Compressed, where the channel has it so. */
async function* indexOf(folder: string, { client, signal }: Asking): AsyncGenerator<Buffer> {
  const url = `${folder}/repodata.json`;
  const content = (from: string) =>
    Readable.from(download(from, { client, ...(signal && { signal }) }), { objectMode: false });
  let isThere = false;
  try {
    for await (const chunk of decompress(content(`${url}.zst`), '.zst', url)) {
      isThere = true;
      yield chunk;
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (isThere) throw error;
    yield* decompress(content(url), '', url);
  }
}
