import { realpathSync } from 'node:fs';
import { ReproError } from '../../errors.js';
import { findProgram } from '../../exec.js';
import type { Machine, Shell } from '../machine.js';

/** The programs of a host that lead into a tree. */
const tools = ['env', 'nsenter', 'setpriv', 'unshare'] as const;

type Tool = (typeof tools)[number];

/** Programs that a host may lack: Perl, what enters without namespaces, and what mounts a tree that is kept as one file. */
const aids = ['perl', 'proot', 'flock', 'mksquashfs', 'squashfuse_ll', 'squashfuse', 'fuse-overlayfs'] as const;

type Aid = (typeof aids)[number];

/** What must be known of a host before a tree of its is entered. */
export interface Entrance {
  readonly shell: Shell;
  /** Free of links, as is `copy`. */
  readonly tree: string;
  readonly copy: string | undefined;
  /** A program of the host by its full name: PATH is another for what runs in the tree. */
  tool(name: Tool): string;
  /** A program by its full name, where the host has it. */
  aid(name: Aid): string | undefined;
}

export interface Folders {
  readonly tree: string;
  readonly copy: string | undefined;
}

export async function findEntrance(host: Machine, folders: Folders, label: string): Promise<Entrance> {
  const { shell } = host;
  if (!shell) throw new ReproError('not-ready', `Nothing can be run on ${host.label}.`, { where: host.label });
  return host.isLocal ? entranceHere(shell, folders, label) : await entranceThere(host.label, shell, folders, label);
}

/** Without a process, for that is asked every time that a resource is used. */
function entranceHere(shell: Shell, { tree, copy }: Folders, label: string): Entrance {
  const folders = { tree: realFolder(tree, label), copy: copy && realFolder(copy, label) };
  return { shell, ...folders, tool: toolHere, aid: findHere };
}

function realFolder(folder: string, label: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw notThere(label, folder, cause);
  }
}

function toolHere(name: Tool): string {
  const found = findHere(name);
  if (found !== undefined) return found;
  throw missing(name, 'this machine');
}

/** With the folders that an ordinary user's PATH leaves out. */
function findHere(name: string): string | undefined {
  return findProgram(name, `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/bin:/sbin:/bin`);
}

/** All of it in one question. */
async function entranceThere(host: string, shell: Shell, { tree, copy }: Folders, label: string): Promise<Entrance> {
  const { stdout } = await shell.run(['sh', '-c', questions, 'sh', tree, copy ?? '', ...aids, ...tools]);
  const [realTree, realCopy, ...found] = stdout.toString('utf8').split('\0');
  if (!realTree) throw notThere(label, tree);
  if (copy !== undefined && !realCopy) throw notThere(label, copy);
  return {
    ...{ shell, tree: realTree, copy: realCopy || undefined },
    aid: (name) => found[aids.indexOf(name)] || undefined,
    tool(name) {
      const path = found[aids.length + tools.indexOf(name)];
      if (path) return path;
      throw missing(name, host);
    },
  };
}

/** $1 the tree, $2 the copy's folder or nothing, then the programs. */
const questions = `
for folder in "$1" "$2"; do
  printf '%s\\0' "$([ -z "$folder" ] || { cd -- "$folder" && pwd -P; })"
done
shift 2
for tool; do printf '%s\\0' "$(command -v "$tool")"; done`;

function notThere(label: string, where: string, cause?: unknown): ReproError {
  return new ReproError('usage', `The folder of ${label} is not there.`, { where, cause });
}

function missing(name: Tool, host: string): ReproError {
  return new ReproError('not-ready', `The program ${name} is not on ${host}.`, {
    where: name,
    remedy: 'Install what has it: sudo apt-get install util-linux coreutils',
  });
}
