import { type FilePath, joinPath, parentPath } from '../../model/file-path.js';

/** What the code of a controller is, as a checkout of it says. */
export interface CodeState {
  readonly repository?: string;
  readonly revision?: string;
}

/** Whether a path means only itself in a glob. */
export function isPlain(path: string): boolean {
  return !/[*?[\]{},\\]/.test(path);
}

/** Folders that may be the checkout which holds a file, innermost first. */
export function checkoutsAround(file: FilePath): FilePath[] {
  const folders: FilePath[] = [];
  for (let at = parentPath(file); at !== '/'; at = parentPath(at)) folders.push(at);
  return folders;
}

/** Globs of what says the remote and the commit of a git checkout. */
export function globsOfCheckout(folder: FilePath): string[] {
  return isPlain(folder) ? [`${folder}/.git/{HEAD,config,packed-refs,refs/heads/**}`] : [];
}

/** Remote and commit of a checkout by its own files; undefined where it is none. https://git-scm.com/docs/gitrepository-layout */
export function readCheckout(folder: FilePath, files: ReadonlyMap<FilePath, Buffer>): CodeState | undefined {
  const text = (name: string) => files.get(joinPath(folder, `.git/${name}`))?.toString('utf8');
  const head = text('HEAD')?.trim();
  if (head === undefined) return undefined;
  const [, branch] = /^ref: (\S+)$/.exec(head) ?? [];
  const packed =
    branch === undefined
      ? undefined
      : text('packed-refs')
          ?.split('\n')
          .find((line) => line.endsWith(` ${branch}`));
  const revision = branch === undefined ? head : (text(branch)?.trim() ?? packed?.split(' ')[0]);
  const [, repository] = /^\[remote "origin"\][^[]*?^\s*url\s*=\s*(.+?)\s*$/ms.exec(text('config') ?? '') ?? [];
  return {
    ...(repository === undefined ? {} : { repository }),
    ...(revision === undefined ? {} : { revision }),
  };
}
