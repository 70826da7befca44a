import type { FileEntry } from '../../model/file-entry.js';
import { type FilePath, isWithin, showPath } from '../../model/file-path.js';
import type { ManifestFile } from '../schema.js';
import type { CarriedTree } from './contents-of.js';
import type { Decision } from './decide.js';
import { isKernelPath } from './kinds.js';
import type { Subject, Survey } from './survey.js';

/** The manifest's line for a file that no package has as it is; nothing for what is named elsewhere. */
export function describeFile(
  { path, entry }: Subject,
  decision: Decision,
  kept: FileEntry | undefined,
  trees: readonly CarriedTree[],
): ManifestFile[] {
  if (decision.kind !== 'carried' && decision.kind !== 'listed') return [];
  if (trees.some((tree) => tree.refused === undefined && isWithin(path, tree.root))) return [];
  const carried = decision.kind === 'carried' && kept?.hash !== undefined;
  const why = kept?.unreadable === undefined ? decision.why : `cannot be read (${kept.unreadable})`;
  return [
    {
      path: showPath(path),
      ...(kept?.hash === undefined ? {} : { sha256: kept.hash }),
      ...(entry.type === 'file' ? { size: entry.size } : {}),
      ...accessOf(entry),
      carried,
      ...(why === undefined ? {} : { why }),
    },
  ];
}

export function describeLink(link: FileEntry): ManifestFile {
  const owner = ownerText(link);
  const target = showPath(link.target ?? ('' as FilePath));
  return { path: showPath(link.path), target, ...(owner === undefined ? {} : { owner }), carried: true };
}

export function describeTree(tree: CarriedTree): ManifestFile {
  const files = tree.entries.filter(({ type }) => type === 'file').length;
  return {
    path: showPath(tree.root),
    tree: { files, size: tree.size },
    carried: tree.refused === undefined,
    ...(tree.refused === undefined ? {} : { why: tree.refused }),
  };
}

/** Whether a link is nobody's: no package's, none of the base's layout, and none that a rule makes again. */
export function isLooseLink(link: FileEntry, survey: Survey, trees: readonly CarriedTree[]): boolean {
  const { path, target } = link;
  if (isKernelPath(path) || mergedUsr.test(path) || runtimeLinks.test(path)) return false;
  if (isWithin(path, alternatives) || (target !== undefined && isWithin(target, alternatives))) return false;
  if (trees.some((tree) => tree.refused === undefined && isWithin(path, tree.root))) return false;
  const state = survey.owners.get(path)?.state;
  return state === undefined || state === 'loose' || state === 'modified';
}

const alternatives = '/etc/alternatives' as FilePath;
const mergedUsr = /^\/(?:bin|sbin|lib(?:32|64|x32|o32)?)$/;
const runtimeLinks = /^\/(?:var\/run|var\/lock|etc\/mtab|run\/.*|initrd\.img|vmlinuz)(?:\.old)?$/;

function accessOf(entry: FileEntry): { mode: string; owner?: string } {
  const owner = ownerText(entry);
  return { mode: entry.mode.toString(8).padStart(4, '0'), ...(owner === undefined ? {} : { owner }) };
}

function ownerText({ uid, gid }: FileEntry): string | undefined {
  return uid === 0 && gid === 0 ? undefined : `${uid}:${gid}`;
}
