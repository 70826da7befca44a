import { type FileEntry, showMode } from '../../model/file-entry.js';
import { type FilePath, isWithin, showPath } from '../../model/file-path.js';
import { documentPath } from '../../model/schemas.js';
import type { ManifestFile } from '../document/schema.js';
import type { ComparableSpec } from './comparable.js';
import type { FileDifference } from './schema.js';

type Verdict = FileDifference['verdict'];

/** What is known of one loose file of a spec. */
interface Known {
  readonly type: string | undefined;
  readonly content: string | undefined;
  readonly link: string | undefined;
  readonly mode: string | undefined;
  readonly owner: string | undefined;
}

/** Every loose file that is not the same in both, by path; files of carried trees one by one. */
export async function diffFiles(one: ComparableSpec, other: ComparableSpec): Promise<FileDifference[]> {
  const [before, after] = [await filesOf(one), await filesOf(other)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => differenceOf(path, before.get(path), after.get(path)) ?? []);
}

function differenceOf(path: string, before: Known | undefined, after: Known | undefined): FileDifference | undefined {
  if (!before || !after) return { path, verdict: before ? 'removed' : 'added' };
  const aspects: readonly Verdict[] = ['type', 'content', 'link', 'mode', 'owner'];
  const [verdict, ...also] = aspects.filter((aspect) => isOther(aspect, before, after));
  if (verdict === undefined) return undefined;
  const [from, to] = [before[verdict as keyof Known], after[verdict as keyof Known]];
  return {
    ...{ path, verdict },
    ...(also.length > 0 && { also }),
    ...(from !== undefined && { before: from }),
    ...(to !== undefined && { after: to }),
  };
}

/** What one of them does not say is no difference. */
function isOther(aspect: Verdict, before: Known, after: Known): boolean {
  const [from, to] = [before[aspect as keyof Known], after[aspect as keyof Known]];
  return from !== undefined && to !== undefined && from !== to;
}

async function filesOf(spec: ComparableSpec): Promise<Map<string, Known>> {
  const nothing = { type: undefined, content: undefined, link: undefined, mode: undefined, owner: undefined };
  const found = new Map<string, Known>(spec.paths.map((path) => [path, nothing]));
  for (const file of spec.files) found.set(file.path, knownOf(file));
  const trees = spec.files.filter(({ tree }) => tree && tree.files > 0).map(({ path }) => documentPath(path));
  if (trees.length === 0) return found;
  for await (const entry of spec.snapshot()) {
    const isInTree = trees.some((tree) => tree !== entry.path && isWithin(entry.path, tree));
    if (isInTree && !found.has(showPath(entry.path))) found.set(showPath(entry.path), knownOfEntry(entry));
  }
  return found;
}

function knownOf({ sha256, target, tree, mode, owner = '0:0' }: ManifestFile): Known {
  return { type: typeOf({ sha256, target, tree }), content: sha256, link: target, mode: mode?.padStart(4, '0'), owner };
}

function typeOf({ sha256, target, tree }: Partial<ManifestFile>): string | undefined {
  if (tree) return 'directory';
  if (target !== undefined) return 'symlink';
  return sha256 === undefined ? undefined : 'file';
}

function knownOfEntry({ type, hash, target, mode, uid, gid }: FileEntry): Known {
  return {
    ...{ type, content: hash, link: target === undefined ? undefined : showPath(target as FilePath) },
    mode: type === 'symlink' ? undefined : showMode(mode),
    owner: `${uid}:${gid}`,
  };
}
