import { type FilePath, pathFromText, showPath } from '../model/file-path.js';
import { readIfThere } from './if-there.js';
import type { FileView, Machine, Unreadable } from './machine.js';

/** The version of the kernel's NVIDIA driver; undefined where there is none, or where the kernel is not to be seen. */
export async function nvidiaDriver(files: FileView, unreadable: Unreadable): Promise<string | undefined> {
  const text = await textOf(files, '/proc/driver/nvidia/version', unreadable);
  return /Kernel Module.*?\s(\d+(?:\.\d+)+)\s/.exec(text)?.[1];
}

/**
 * Revisions of mounted repositories of CVMFS, by their names: an attribute of the folder, where `getfattr` is there to
 * read it, else the `S` of a manifest in it (https://cvmfs.readthedocs.io/en/stable/cpt-details.html).
 */
export async function repositoryRevisions(
  machine: Machine,
  names: readonly string[],
  unreadable: Unreadable,
): Promise<Map<string, string>> {
  const found = await attributesOf(machine, names);
  for (const name of names.filter((each) => !found.has(each))) {
    const text = await textOf(machine.files, `/cvmfs/${name}/.cvmfspublished`, unreadable);
    const revision = /^S(\d+)$/m.exec(text)?.[1];
    if (revision !== undefined) found.set(name, revision);
  }
  return found;
}

async function attributesOf({ shell }: Machine, names: readonly string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (!shell || names.length === 0) return found;
  const folders = names.map((name) => showPath(`/cvmfs/${name}` as FilePath));
  const script = 'command -v getfattr >/dev/null && exec getfattr --absolute-names -n user.revision -- "$@"';
  const { stdout } = await shell.run(['sh', '-c', script, 'sh', ...folders]);
  const answers = stdout.toString('latin1').matchAll(/^# file: \/cvmfs\/(.+)\nuser\.revision="(\d+)"$/gm);
  for (const [, name = '', revision = ''] of answers) found.set(name, revision);
  return found;
}

async function textOf(files: FileView, path: string, unreadable: Unreadable): Promise<string> {
  return (await readIfThere(files, pathFromText(path), unreadable))?.toString('latin1') ?? '';
}
