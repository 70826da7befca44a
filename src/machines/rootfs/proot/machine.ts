import { ReproError } from '../../../errors.js';
import { endOnAbort, killQuietly, minimalEnvironment } from '../../../exec.js';
import { type FilePath, pathFromText, pathToBytes, rootPath } from '../../../model/file-path.js';
import { shellOver } from '../../local.js';
import type { Machine, Process, Shell, SpawnOptions } from '../../machine.js';
import { onPlatform } from '../../platform.js';
import { shellFileView } from '../../shell/files.js';
import { childOf, folderLink, linkScript, usualUmask } from '../enter.js';
import type { Entrance } from '../entrance.js';
import type { RootfsMachine, RootfsOptions } from '../index.js';
import { removeTree } from '../tree.js';
import { asReaderOf } from '../way-in.js';
import { openSession, type Session } from './session.js';
import { asFakedRoot, type ProotPrograms, supervised } from './supervise.js';

/**
 * A tree whose files are all of one user, entered without namespaces: programs see the host's processes, its devices and
 * its name. A copy is one of each file, and has no sockets of IP where it is to have no network.
 */
export async function prootMachine(
  { host, label, network = true, hostFiles = [], image, signal }: RootfsOptions,
  entrance: Entrance,
  programs: ProotPrograms,
): Promise<RootfsMachine> {
  if (image) {
    throw new ReproError('not-ready', 'a tree in one file cannot be mounted where users may make no namespaces', {
      where: image.folder,
      remedy: 'export it where they may, and import it here without -b form=squashfs',
    });
  }
  const { tree, copy, shell } = entrance;
  const root = copy === undefined ? tree : `${copy}/root`;
  if (copy !== undefined) await copyTree(tree, root, host, signal);
  const beside: Shell['spawn'] = (argv, options = {}) =>
    shell.spawn([...asFakedRoot(programs), '-w', root, ...argv], {
      ...options,
      cwd: rootPath,
      environment: minimalEnvironment,
    });
  let opened: Promise<Session> | undefined;
  const open = () => (opened ??= openSession({ root, copy, network, hostFiles, label }, entrance, programs));
  const files = shellFileView({ spawn: beside }, label, '.');
  return {
    ...{ label, isLocal: false, ...onPlatform(files), files, beside, untraceable },
    shell: shellOver(async (argv, options = {}) => enter(argv, options, { entrance, programs, ...(await open()) })),
    async [Symbol.asyncDispose]() {
      // Why it did not start was thrown to who asked for it.
      await (await opened?.catch(() => undefined))?.[Symbol.asyncDispose]();
      if (copy !== undefined) await removeTree(copy, { kind: 'single' }, host);
    },
  };
}

const untraceable = 'proot watches its programs by ptrace, and a process can have one tracer only';

async function copyTree(tree: string, root: string, host: Machine, signal?: AbortSignal): Promise<void> {
  const argv = [...(await asReaderOf(tree, { kind: 'single' }, host)), 'cp', '-a', '--reflink=auto', '--', tree, root];
  const result = await host.shell?.run(argv, { cwd: rootPath, ...(signal && { signal }) });
  if (result?.exit.code === 0) return;
  const complaint = result?.stderr.toString('utf8').trim().split('\n')[0];
  throw new ReproError('step-failed', `the tree cannot be copied: ${complaint || 'no reason given'}`, {
    where: root,
    remedy: 'see that there is space on the disk: without namespaces a copy takes as much as the tree',
  });
}

interface Inside extends Session {
  readonly entrance: Entrance;
  readonly programs: ProotPrograms;
}

async function enter(argv: readonly string[], options: SpawnOptions, inside: Inside): Promise<Process> {
  const { signal, user, cwd = rootPath, tty, ...rest } = options;
  signal?.throwIfAborted();
  const { entrance, programs, network, root, folder, binds } = inside;
  const hasTerminal = options.stdin === 'inherit' || tty === true;
  const streams = tty ? ({ tty, stdin: 'inherit', stdout: 'inherit', stderr: 'inherit' } as const) : {};
  const variables = options.environment ?? minimalEnvironment;
  const as = user && user.uid !== 0 ? ['-i', `${user.uid}:${user.gid}`] : ['-0'];
  const shown = binds.flatMap((bind) => ['-b', bind]);
  const { argv: command, environment } = supervised(
    {
      ...{ network, hasTerminal, mark: markOf(folder), root, variables },
      options: [...as, ...shown, '-w', await folderName(cwd, inside)],
      argv,
    },
    programs,
  );
  const child = await entrance.shell.spawn(command, {
    ...{ umask: usualUmask, ...rest, ...streams },
    ...{ cwd: rootPath, environment },
  });
  const { pid, stdin, stdout, stderr, exited } = child;
  const kill = (name: NodeJS.Signals) => {
    // Who supervises it cannot pass that on.
    const told = name === 'SIGKILL' ? 'SIGALRM' : name;
    if (hasTerminal && pid !== undefined && told === name) killQuietly(programOf(pid), name);
    else child.kill(told);
  };
  endOnAbort(kill, exited, signal);
  return { ...(pid !== undefined && { pid }), stdin, stdout, stderr, kill, exited };
}

/** Below who supervises it, proot, and the shell that tells its end. */
function programOf(pid: number): number {
  return childOf(childOf(childOf(pid)));
}

function markOf(session: string): string {
  return `${session}/proot`;
}

/** A folder whose name is no text is reached through a link that is made in the machine's own /run/reproman. */
async function folderName(cwd: FilePath, { entrance, folder }: Inside): Promise<string> {
  const name = textOf(cwd);
  if (pathFromText(name) === cwd) return name;
  const { link, octal } = folderLink(cwd);
  await entrance.shell.run(['sh', '-c', linkScript, 'sh', octal, `${folder}/${link}`], { cwd: rootPath });
  return `/${link}`;
}

function textOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}
