import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import { rootPath } from '../../model/file-path.js';
import { isCheckedFile } from '../checked-file.js';
import type { Machine, Process, Shell } from '../machine.js';
import { feed, streamFrom } from '../tar-command.js';
import { type IdMapping, insideMapping } from './id-mapping.js';
import { settleOwners } from './many-ids.js';
import { type Owners, ownersFile, ownersText, readOwners, withOwners, withoutOwners } from './owners.js';
import { asPackerOf } from './way-in.js';

const keepAll = ['--numeric-owner', '--xattrs', '--xattrs-include=security.capability'];

/**
 * Unpacks a system into a new folder, whose parent is there. Device nodes are left out: whoever enters the tree mounts
 * its own, and a user namespace may not make any. Where all files are to be one user's, whose they are is noted beside it.
 */
export async function unpackTree(tar: Readable, tree: string, mapping: IdMapping, host: Machine): Promise<void> {
  const shell = shellOf(host);
  // All that is the user's own takes no more than the user.
  const asRoot = mapping.kind === 'single' ? [] : insideMapping(mapping);
  await runQuietly(shell, [...asRoot, 'mkdir', '-p', '-m', '0755', '--', tree], tree);
  // In a project's folder all would be of the project's group, whom the one who is root there cannot be root of.
  if (mapping.kind === 'single') await runQuietly(shell, ['sh', '-ec', ownGroup, 'sh', tree], tree);
  const owner = mapping.kind === 'single' ? '--no-same-owner' : '--same-owner';
  const extract = ['tar', '--extract', '--file=-', '--preserve-permissions', owner, ...keepAll];
  const leave = ['--anchored', '--exclude=./dev/*', '--exclude=dev/*', '--exclude=/dev/*'];
  // What lies in one record is written at once.
  const manner = ['--record-size=1M', '--delay-directory-restore'];
  const argv = [...asRoot, ...extract, ...leave, ...manner, '--directory', tree];
  const what = `Unpacking into ${tree}`;
  if (mapping.kind === 'single') {
    const owners: Owners = new Map();
    await feed(await shell.spawn(argv, { stdout: 'ignore' }), withoutOwners(tar, owners), what);
    await runQuietly(shell, ['tee', '--', ownersFile(tree)], tree, ownersText(owners));
  } else if (isCheckedFile(tar))
    await tar.alongside(async (stdin) => feed(await shell.spawn(argv, { stdin, stdout: 'ignore' }), undefined, what));
  else await feed(await shell.spawn(argv, { stdout: 'ignore' }), tar, what);
}

const ownGroup = 'chgrp -- "$(id -g)" "$1"; chmod g-s -- "$1"';

/** A whole tree at rest as a tar stream, in byte order; the same tree always gives the same bytes. */
export function packTree(tree: string, mapping: IdMapping, host: Machine): Readable {
  const settled = mapping.kind === 'single' ? settleOwners(tree, host) : Promise.resolve();
  const start = async () => {
    await settled;
    const argv = [...(await asPackerOf(tree, mapping, host)), ...packing, '--directory', tree, '.'];
    return shellOf(host).spawn(argv, { stdin: 'ignore' });
  };
  return packedBy(start, { tree, mapping, host, settled });
}

/** The same of a tree that only its machine sees. */
export function packMounted({ beside }: Beside, tree: string, mapping: IdMapping, host: Machine): Readable {
  const start = () => beside([...packing, '.'], { stdin: 'ignore' });
  return packedBy(start, { tree, mapping, host, settled: Promise.resolve() });
}

interface Beside {
  readonly beside: Shell['spawn'];
}

const packing = [
  ...['tar', '--create', '--file=-', '--format=pax', '--one-file-system', '--sort=name', ...keepAll],
  '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
];

interface Packed {
  readonly tree: string;
  readonly mapping: IdMapping;
  readonly host: Machine;
  /** Whose files are is written down then. */
  readonly settled: Promise<void>;
}

function packedBy(start: () => Promise<Process>, { tree, mapping, host, settled }: Packed): Readable {
  const tar = streamFrom(start, undefined, `Packing ${tree}`);
  return mapping.kind === 'single'
    ? withOwners(
        tar,
        settled.then(() => readOwners(tree, host)),
      )
    : tar;
}

/** $1 the tree. The rm of BusyBox knows nothing of other file systems, and its find may not delete. */
const removeOneByOne = `
find "$1" -xdev -depth \\( -type d -exec rmdir {} \\; -o -exec rm -f {} \\; \\)
[ ! -e "$1" ] && [ ! -L "$1" ]
`;

/** $1 the tree. */
const openFolders = 'find "$1" -xdev -type d ! -perm -0700 -exec chmod u+rwx {} \\;';

/**
 * Removes a tree, or a folder that holds one, whatever its modes and owners are. Quiet when it is gone. Where the range
 * of the mapping is not the user's any more, all goes that lies in the user's own folders.
 */
export async function removeTree(tree: string, mapping: IdMapping, host: Machine): Promise<void> {
  const asUser = mapping.kind === 'identity' ? [] : [['unshare', '--user', '--map-root-user', '--'], []];
  const run = (argv: readonly string[]) => shellOf(host).run(argv, { cwd: rootPath });
  let complaint = '';
  for (const prefix of [insideMapping(mapping), ...asUser]) {
    // Whoever is root there may do that anyhow.
    if (mapping.kind !== 'identity' && prefix.length === 0) await run(['sh', '-c', openFolders, 'sh', tree]);
    let result = await run([...prefix, 'rm', '-rf', '--one-file-system', '--', tree]);
    if (result.exit.code !== 0 && result.stderr.includes('unrecognized option'))
      result = await run([...prefix, 'sh', '-c', removeOneByOne, 'sh', tree]);
    if (result.exit.code === 0) return;
    complaint = result.stderr.toString().trim();
  }
  const [first = '', ...others] = complaint.split('\n');
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  throw new ReproError('step-failed', `What is left of the folder cannot be removed: ${first}${more}`, {
    where: tree,
    remedy: `remove it with: sudo rm -rf --one-file-system -- '${tree.replaceAll("'", "'\\''")}'`,
  });
}

function shellOf(host: Machine): Shell {
  if (host.shell) return host.shell;
  throw new ReproError('not-ready', `Nothing can be run on ${host.label}.`, { where: host.label });
}

async function runQuietly(shell: Shell, argv: readonly string[], where: string, input?: string): Promise<void> {
  const { exit, stderr } = await shell.run(argv, { cwd: rootPath, ...(input !== undefined && { input }) });
  if (exit.code === 0) return;
  const complaint = stderr.toString().trim().split('\n')[0] ?? '';
  throw new ReproError('step-failed', `The folder cannot be changed: ${complaint || `exit code ${exit.code}`}.`, {
    where,
    remedy: 'See that it is on a disk with space and that you may write there.',
  });
}
