import { z } from 'zod';
import { type FilePath, joinPath, parentPath, pathFromText } from '../../model/file-path.js';
import { type Description, type Records, upTo } from '../../packaging/prefix/kind.js';

/**
 * The usual layouts end in `name-version-hash`, where the hash may be cut to seven letters:
 * https://spack.readthedocs.io/en/latest/config_yaml.html#install-tree
 */
const byHash = upTo(/-[a-z2-7]{32}(?=\/|$)/);
const byShortHash = upTo(/-[a-z2-7]{7}(?=\/|$)/);

const recordName = '.spack/spec.json';
/** So many folders above a package is its tree, in layouts of all versions. */
const treeLevels = 4;

export function spackPrefixOf(path: FilePath): FilePath | undefined {
  return byHash(path) ?? byShortHash(path);
}

/** The package's own spec, and the database of the tree, which says where the others are. */
export function recordsOfSpack(prefix: FilePath): string[] {
  const records: string[] = [joinPath(prefix, recordName)];
  let tree = parentPath(prefix);
  for (let level = 1; level < treeLevels && tree !== '/'; level++) {
    records.push(joinPath(tree, '.spack-db/index.json'));
    tree = parentPath(tree);
  }
  return records;
}

const dependencySchema = z.looseObject({
  name: z.string(),
  hash: z.string(),
  /** Up to format 3, and from format 4 on. */
  type: z.array(z.string()).optional(),
  parameters: z.looseObject({ deptypes: z.array(z.string()).optional() }).optional(),
});

const nodeSchema = z.looseObject({
  name: z.string(),
  version: z.union([z.string(), z.number()]).transform(String),
  hash: z.string(),
  namespace: z.string().optional(),
  compiler: z.looseObject({ name: z.string(), version: z.union([z.string(), z.number()]) }).optional(),
  arch: z.looseObject({ platform: z.string(), platform_os: z.string(), target: z.unknown() }).optional(),
  dependencies: z.array(dependencySchema).optional(),
});

/** A spec begins with the package itself; what it was built with follows. */
const specSchema = z.looseObject({ spec: z.looseObject({ nodes: z.tuple([nodeSchema], z.unknown()) }) });

const treeSchema = z.looseObject({
  database: z.looseObject({
    installs: z.record(z.string(), z.looseObject({ path: z.string().nullish(), installed: z.boolean().optional() })),
  }),
});

export function describeSpack(prefix: FilePath, records: Records): Description | undefined {
  const record = records.get(joinPath(prefix, recordName));
  if (!record) return undefined;
  const [node] = specSchema.parse(JSON.parse(record.toString('utf8'))).spec.nodes;
  const { name, version, hash, namespace, compiler, arch } = node;
  const places = placesIn(recordsOfSpack(prefix).slice(1), records);
  const needs = (node.dependencies ?? []).filter(isNeededToRun).flatMap((each) => places.get(each.hash) ?? []);
  return {
    name,
    version,
    details: {
      hash,
      ...(namespace === undefined ? {} : { namespace }),
      ...(compiler ? { compiler: `${compiler.name}@${compiler.version}` } : {}),
      ...(arch ? { architecture: `${arch.platform}-${arch.platform_os}-${targetName(arch.target)}` } : {}),
    },
    neededRecords: needs.map((place) => joinPath(place, recordName)),
  };
}

function isNeededToRun({ type, parameters }: z.infer<typeof dependencySchema>): boolean {
  const types = parameters?.deptypes ?? type ?? [];
  return types.length === 0 || types.includes('link') || types.includes('run');
}

/** A plain name, or what is known of the processor. */
function targetName(target: unknown): string {
  if (typeof target === 'string') return target;
  return z.looseObject({ name: z.string() }).safeParse(target).data?.name ?? 'unknown';
}

/** By the database: where the packages of a tree are, by their hashes. One database is read for all packages. */
const known = new WeakMap<Buffer, ReadonlyMap<string, FilePath>>();

function placesIn(databases: readonly string[], records: Records): ReadonlyMap<string, FilePath> {
  const content = databases.map((path) => records.get(path as FilePath)).find((each) => each !== undefined);
  if (!content) return new Map();
  const places = known.get(content) ?? readPlaces(content);
  known.set(content, places);
  return places;
}

function readPlaces(database: Buffer): Map<string, FilePath> {
  const { installs } = treeSchema.parse(JSON.parse(database.toString('utf8'))).database;
  return new Map(
    Object.entries(installs).flatMap(([hash, { path, installed = true }]) =>
      installed && path?.startsWith('/') ? [[hash, pathFromText(path)] as const] : [],
    ),
  );
}
