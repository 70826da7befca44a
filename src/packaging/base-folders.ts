import { type FilePath, joinPath, pathFromText } from '../model/file-path.js';

/** Of the Filesystem Hierarchy Standard 3.0: what systems of all kinds have. */
const common = {
  '/': 'bin dev etc home lib media mnt opt proc root run sbin srv sys tmp usr var',
  '/usr': 'bin lib local sbin share',
  '/usr/local': 'bin lib share',
  '/var': 'cache lib local log opt run spool tmp',
} as const;

type Names = Partial<Readonly<Record<keyof typeof common, string>>>;

/** Folders and links that a base system makes itself: what all have, and those of its own by the folder that they are in. */
export function baseFolders(own: Names = {}): ReadonlySet<FilePath> {
  const folders = [common, own].flatMap((names) =>
    Object.entries(names).flatMap(([folder, all]) =>
      all.split(' ').map((name) => joinPath(pathFromText(folder), pathFromText(name))),
    ),
  );
  return new Set([pathFromText('/'), ...folders]);
}
