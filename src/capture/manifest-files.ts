import { type FileEntry, showMode } from '../model/file-entry.js';
import { comparePaths, type FilePath, isWithin, parentPath, showPath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { ManifestFile } from '../spec/document/schema.js';
import type { CarriedTree } from './contents-of.js';
import type { Decision } from './decide.js';
import type { Subject, Survey } from './survey.js';

/** The manifest's list of files: loose and changed ones, links, trees, and folders that hold none of these. */
export function listFiles(from: {
  readonly subjects: readonly Subject[];
  readonly decisions: ReadonlyMap<FilePath, Decision>;
  readonly entries: ReadonlyMap<FilePath, FileEntry>;
  readonly trees: readonly CarriedTree[];
  readonly links: readonly FileEntry[];
  readonly closure: ReadonlySet<FilePath>;
  readonly cwds: readonly FilePath[];
  /** Whether a package brings a file where something else is. */
  readonly isReplaced: (path: FilePath) => boolean;
}): ManifestFile[] {
  const { subjects, decisions, entries, trees, closure, isReplaced } = from;
  const files = subjects.flatMap((subject) => {
    const decision = decisions.get(subject.path);
    return decision ? describeFile(subject, decision, entries.get(subject.path), trees) : [];
  });
  const known = new Set(files.map(({ path }) => path));
  const links = from.links.filter(({ path }) => (!closure.has(path) || isReplaced(path)) && !known.has(showPath(path)));
  const folders = bareFolders(from, links);
  return [...files, ...links.map(describeLink), ...trees.map(describeTree), ...folders.map(describeFolder)].sort(
    (a, b) => comparePaths(a.path, b.path),
  );
}

/**
 * Folders of nobody that the run used and that nothing else would make: not above any file, and not where it worked.
 * Innermost ones only; those above come with them.
 */
function bareFolders(
  { subjects, decisions, trees, closure, cwds, isReplaced }: Parameters<typeof listFiles>[0],
  links: readonly FileEntry[],
): Subject[] {
  const made = new Set<FilePath>();
  const addAbove = (path: FilePath) => {
    for (let at = path; at !== '/' && !made.has(at); at = parentPath(at)) made.add(at);
  };
  for (const path of cwds) addAbove(path);
  for (const { path } of [...links, ...trees.map(({ root }) => ({ path: root }))]) addAbove(path);
  for (const { path, entry } of subjects)
    if (entry.type === 'file' && decisions.get(path)?.kind !== 'left-out') addAbove(path);
  const found: Subject[] = [];
  for (const subject of [...subjects].sort((a, b) => comparePaths(b.path, a.path))) {
    const { path, entry, owner, before } = subject;
    if (entry.type !== 'directory' || before !== undefined) continue;
    if (isReplaced(path)) {
      found.push(subject);
      addAbove(path);
      continue;
    }
    if (owner?.state !== 'loose') continue;
    if (made.has(path) || closure.has(path) || isRuntime(path) || trees.some(({ root }) => isWithin(path, root)))
      continue;
    found.push(subject);
    addAbove(path);
  }
  return found;
}

function isRuntime(path: FilePath): boolean {
  return (
    path === '/' || isKernelPath(path) || isWithin(path, '/run' as FilePath) || isWithin(path, '/var/run' as FilePath)
  );
}

function describeFolder({ path }: Subject): ManifestFile {
  return { path: showPath(path), tree: { files: 0, size: 0 }, carried: true, why: 'a folder that the run looked at' };
}

/** The manifest's line for a file that no package has as it is; nothing for what is named elsewhere. */
function describeFile(
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

/** The manifest's line for a link. */
export function describeLink(link: FileEntry): ManifestFile {
  const owner = ownerText(link);
  const target = showPath(link.target ?? ('' as FilePath));
  return { path: showPath(link.path), target, ...(owner === undefined ? {} : { owner }), carried: true };
}

function describeTree(tree: CarriedTree): ManifestFile {
  const files = tree.entries.filter(({ type }) => type === 'file').length;
  return {
    path: showPath(tree.root),
    tree: { files, size: tree.size },
    carried: tree.refused === undefined,
    ...(tree.refused === undefined ? {} : { why: tree.refused }),
  };
}

/** Whether a link is to be carried: no package's, and none that the distributions make again. */
export function isLooseLink(link: FileEntry, survey: Survey, trees: readonly CarriedTree[]): boolean {
  const { path } = link;
  if (isKernelPath(path) || runtimeLinks.test(path)) return false;
  if (trees.some((tree) => tree.refused === undefined && isWithin(path, tree.root))) return false;
  const { state = 'loose', onCreate } = survey.owners.get(path) ?? {};
  return state === 'loose' || state === 'modified' || (state === 'generated' && onCreate === 'carry');
}

const runtimeLinks = /^\/(?:var\/run|var\/lock|etc\/mtab|run\/.*|initrd\.img|vmlinuz)(?:\.old)?$/;

/** Mode and owner as the manifest has them. */
export function accessOf(entry: FileEntry): { mode: string; owner?: string } {
  const owner = ownerText(entry);
  return { mode: showMode(entry.mode), ...(owner === undefined ? {} : { owner }) };
}

function ownerText({ uid, gid }: FileEntry): string | undefined {
  return uid === 0 && gid === 0 ? undefined : `${uid}:${gid}`;
}
