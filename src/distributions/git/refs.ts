import { type FilePath, isWithin, joinPath } from '../../model/file-path.js';

/** What HEAD is: a branch, which may have no commit yet, or a commit by itself. */
export interface Head {
  readonly branch?: string;
  readonly commit?: string;
}

/** Names and ids of a repository's branches, remote branches and tags (gitrepository-layout(5)). */
export type Refs = ReadonlyMap<string, string>;

const idPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

/** `packed`: the file packed-refs; `loose`: files in folders of repositories, of which those in this one go before it. */
export function parseRefs(packed: string, loose: ReadonlyMap<FilePath, string>, folder: FilePath): Refs {
  const refs = new Map<string, string>();
  for (const line of packed.split('\n')) {
    const [, id, name] = /^([0-9a-f]{40,64}) (refs\/.+)$/.exec(line) ?? [];
    if (id !== undefined && name !== undefined) refs.set(name, id);
  }
  for (const [path, text] of loose) {
    // A submodule's folder lies in that of the repository around it.
    if (isWithin(path, joinPath(folder, 'refs')) && idPattern.test(text.trim()))
      refs.set(path.slice(folder.length + 1), text.trim());
  }
  return refs;
}

/** Undefined where the file is no HEAD, so that the folder is no repository. */
export function parseHead(text: string, refs: Refs): Head | undefined {
  const [, ref] = /^ref: *(refs\/\S+)\s*$/.exec(text) ?? [];
  if (ref !== undefined) {
    const commit = refs.get(ref);
    return { branch: ref.replace(/^refs\/heads\//, ''), ...(commit === undefined ? {} : { commit }) };
  }
  return idPattern.test(text.trim()) ? { commit: text.trim() } : undefined;
}

/** What the remotes had when they were last asked, by remote. */
export function remoteTips(refs: Refs, remotes: readonly string[]): Map<string, string[]> {
  const tips = new Map<string, string[]>();
  for (const name of remotes) {
    const own = [...refs].flatMap(([ref, id]) => (ref.startsWith(`refs/remotes/${name}/`) ? [id] : []));
    if (own.length > 0) tips.set(name, [...new Set(own)]);
  }
  return tips;
}
