import type { FileEntry } from '../../model/file-entry.js';
import type { ManifestFile } from './schema.js';

type Permissions = Pick<FileEntry, 'mode' | 'uid' | 'gid'>;

/** What a file of the manifest is put in place with: what that says, else what the snapshot has of it. */
export function permissionsOf({ mode, owner }: ManifestFile, entry: FileEntry | undefined): Permissions {
  const [uid = 0, gid = 0] = owner?.split(':').map(Number) ?? [entry?.uid, entry?.gid];
  return { mode: mode === undefined ? (entry?.mode ?? 0o644) : Number.parseInt(mode, 8), uid, gid };
}
