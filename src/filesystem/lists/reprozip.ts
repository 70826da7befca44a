import { Readable } from 'node:stream';
import { z } from 'zod';
import type { FilePath } from '../../model/file-path.js';
import { packageText } from '../../model/package-text.js';
import { decompressed } from '../decompressed.js';
import { type TarMember, tarMembers } from '../tar.js';
import { readTar } from '../tar-reader.js';
import type { PartialEntry } from '../trie/values.js';
import { type ListFacts, type ListFormat, type ListInput, malformed } from './format.js';
import { checked } from './json.js';
import { rootedText } from './paths-of-lists.js';
import { yamlIn, yamlOf } from './yaml.js';

const texts = z.union([z.literal('').transform(() => []), z.array(z.string())]).default([]);
const record = z.union([z.literal('').transform(() => ({})), z.record(z.string(), z.string())]).default({});

/** https://docs.reprozip.org/en/1.x/unpacked-format.html; of a document in which all scalars are text. */
const configSchema = z.looseObject({
  runs: z
    .array(
      z.looseObject({
        environ: record,
        architecture: z.string().optional(),
        distribution: texts,
        argv: texts,
      }),
    )
    .default([]),
  packages: z
    .union([
      z.literal('').transform(() => []),
      z.array(
        z.looseObject({ name: z.string(), version: z.string().default(''), size: z.string().optional(), files: texts }),
      ),
    ])
    .default([]),
  other_files: texts,
  inputs_outputs: z
    .union([z.literal('').transform(() => []), z.array(z.looseObject({ path: z.string() }))])
    .default([]),
});

type Config = z.infer<typeof configSchema>;

/** The configuration of an experiment, `config.yml`: its packages with the files of them that were used, and other files. */
export const reprozip: ListFormat = {
  title: 'configuration of ReproZip',
  made: 'reprozip trace COMMAND (it is .reprozip-trace/config.yml)',
  isLike: ({ text }) =>
    /^# ReproZip configuration file/m.test(text) ||
    (/^runs:/m.test(text) && /^[ \t-]+binary:/m.test(text) && /^(?:packages|other_files|inputs_outputs):/m.test(text)),
  async *read(input: ListInput) {
    const config = checked(configSchema, await yamlOf(input, reprozip), reprozip, input.where);
    input.tell(factsOf(config));
    const owners = ownersIn(config);
    yield [...pathsIn(config)].map((path) => withOwner({ path }, owners));
  },
};

/**
 * A bundle of ReproZip: the configuration, and the files in a tar of their own (format 2) or beside it (format 1). Files
 * that the configuration names and that were not packed have a path alone.
 */
export const rpz: ListFormat = {
  title: 'bundle of ReproZip',
  made: 'reprozip pack FILE.rpz',
  isArchive: true,
  isLike: ({ text }) => /^(?:\.\/)?(?:METADATA|DATA)/.test(text) && text.slice(257, 262) === 'ustar',
  async *read(input: ListInput) {
    const { where, content, hash, tell } = input;
    let config: Config | undefined;
    const kept: PartialEntry[] = [];
    for await (const member of tarMembers(content)) {
      if (member.path === '/METADATA/config.yml') {
        const text = (await whole(member, where)).toString('utf8');
        config = checked(configSchema, yamlIn(text, rpz, where), rpz, where);
      } else if (member.path === '/DATA.tar.gz') {
        const packed = decompressed(Readable.from(member.content));
        for await (const entry of readTar(packed, { hash })) kept.push(...below(entry));
      } else if (member.type !== 'hardlink') {
        const { path, type, mode, uid, gid, size, mtime, target } = member;
        kept.push(...below({ path, type, mode, uid, gid, size, mtime, ...(target !== undefined && { target }) }));
      }
    }
    if (!config) throw malformed(rpz, where, 'it has no METADATA/config.yml');
    tell(factsOf(config));
    const owners = ownersIn(config);
    const known = new Set(kept.map(({ path }) => path));
    const named = [...pathsIn(config)].filter((path) => !known.has(path)).map((path) => ({ path }));
    yield [...kept, ...named].map((entry) => withOwner(entry, owners));
  },
};

const mostConfig = 32 * 1024 * 1024;

async function whole({ size, content }: TarMember, where: string): Promise<Buffer> {
  if (size > mostConfig) throw malformed(rpz, where, `its METADATA/config.yml is longer than ${mostConfig} bytes`);
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What lies in its DATA, by the path that it had. */
function below(entry: PartialEntry): PartialEntry[] {
  return entry.path.startsWith('/DATA/') ? [{ ...entry, path: entry.path.slice('/DATA'.length) as FilePath }] : [];
}

function pathsIn({ packages, other_files, inputs_outputs }: Config): ReadonlySet<FilePath> {
  const named = [...packages.flatMap(({ files }) => files), ...other_files, ...inputs_outputs.map(({ path }) => path)];
  return new Set(named.map(rootedText));
}

function ownersIn(config: Config): ReadonlyMap<FilePath, string> {
  const distribution = distributionOf(config);
  return new Map(
    config.packages.flatMap(({ name, version, files }) =>
      files.map((file) => [rootedText(file), packageText({ distribution, name, version })] as const),
    ),
  );
}

function withOwner(entry: PartialEntry, owners: ReadonlyMap<FilePath, string>): PartialEntry {
  const owner = owners.get(entry.path);
  return owner === undefined ? entry : { ...entry, package: owner };
}

/** It looks packages up with dpkg, or with rpm where that is the system's (tracer/linux_pkgs.py). */
function distributionOf({ runs: [run] }: Config): string {
  return /^(?:centos|fedora|scientific|red ?hat|rhel)/i.test(run?.distribution[0] ?? '') ? 'rpm' : 'debian';
}

function factsOf(config: Config): ListFacts {
  const [run] = config.runs;
  const [id, version] = run?.distribution ?? [];
  const distribution = distributionOf(config);
  return {
    packages: config.packages.map(({ name, version: its, size }) => ({
      ...{ distribution, name, version: its },
      ...(size !== undefined && /^\d+$/.test(size) && { size: Number(size) }),
    })),
    ...(run && { environment: run.environ }),
    ...(id !== undefined && {
      system: { ID: id.toLowerCase(), ...(version !== undefined && { VERSION_ID: version }) },
    }),
  };
}
