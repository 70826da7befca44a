import { createHash } from 'node:crypto';
import type { FilePath } from '../../model/file-path.js';
import type { InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { parseDatabase, type RpmDatabase } from './database.js';

/** Versions of the packages that rpm has installed in a tree; of several that which is asked for, else the last. */
export async function installedRpm({ read }: TreeReader): Promise<InstalledVersion | undefined> {
  const database = await parseDatabase(read);
  if (!database) return undefined;
  return async ({ name, version, architecture }) => {
    const named = database.packages.filter(
      (each) => each.name === name && (architecture === undefined || each.architecture === architecture),
    );
    return (named.find((each) => each.version === version) ?? named.at(-1))?.version;
  };
}

/** Tells of a tree whether a file is a configuration file as its package ships it. */
export async function settingsOfRpm({ read }: TreeReader): Promise<(path: FilePath) => Promise<boolean>> {
  const shipped = configurationOf(await parseDatabase(read));
  return async (path) => {
    const record = shipped.get(path);
    const content = record && (await read(path));
    return (
      content !== undefined &&
      createHash(record?.algorithm ?? '')
        .update(content)
        .digest('hex') === record?.digest
    );
  };
}

function configurationOf(database: RpmDatabase | undefined) {
  const shipped = new Map<FilePath, { readonly algorithm: string; readonly digest: string }>();
  for (const { files, digestAlgorithm } of database?.packages ?? []) {
    for (const { path, isConfig, digest } of files) {
      if (isConfig && digest !== '' && digestAlgorithm) shipped.set(path, { algorithm: digestAlgorithm, digest });
    }
  }
  return shipped;
}
