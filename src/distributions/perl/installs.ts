import { z } from 'zod';
import { comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { Records } from '../../packaging/prefix/kind.js';

/** `.meta/DIST/install.json` of cpanm and cpm. */
const installSchema = z.looseObject({
  name: z.string(),
  version: z.union([z.string(), z.number()]).transform(String),
  dist: z.string().optional(),
  pathname: z.string().optional(),
  provides: z.record(z.string(), z.unknown()).default({}),
});
/** `MYMETA.json` beside it: https://metacpan.org/pod/CPAN::Meta::Spec */
const metaSchema = z.looseObject({
  prereqs: z.looseObject({ runtime: z.looseObject({ requires: z.record(z.string(), z.unknown()).default({}) }) }),
});

/** What was written when one distribution of CPAN was installed; an older one of the same name may still be there. */
export interface Install extends z.infer<typeof installSchema> {
  /** That has `.meta`, and `auto` with the lists. */
  readonly folder: FilePath;
  /** Modules that it needs when it runs. */
  readonly requires: readonly string[];
  readonly records: readonly FilePath[];
}

/** All of them that can be read, and what is wrong with the others. */
export function readInstalls(records: Records): { installs: Install[]; problems: string[] } {
  const installs: Install[] = [];
  const problems: string[] = [];
  for (const path of [...records.keys()].sort(comparePaths)) {
    const [, folder, meta] = /^((.*)\/\.meta\/[^/]+)\/install\.json$/.exec(path) ?? [];
    if (folder === undefined || meta === undefined) continue;
    const metaPath = `${folder}/MYMETA.json` as FilePath;
    const install = read(installSchema, path, records, problems);
    const about = records.has(metaPath) ? read(metaSchema, metaPath, records, problems) : undefined;
    if (!install) continue;
    const requires = Object.keys(about?.prereqs.runtime.requires ?? {});
    installs.push({ ...install, folder: meta as FilePath, requires, records: about ? [path, metaPath] : [path] });
  }
  return { installs, problems };
}

function read<T>(schema: z.ZodType<T>, path: FilePath, records: Records, problems: string[]): T | undefined {
  try {
    return schema.parse(JSON.parse(records.get(path)?.toString('utf8') ?? ''));
  } catch {
    problems.push(`${showPath(path)} cannot be read: what was installed there has no known origin.`);
    return undefined;
  }
}
