import { readFile } from 'node:fs/promises';
import { machine as architecture } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReproError } from '../../errors.js';
import { pathFromText } from '../../model/file-path.js';
import { sourceFolder } from '../../package-files.js';
import { compiledProgram } from '../compiled-program.js';
import type { Machine } from '../machine.js';
import { chooseMapping, type IdMapping, insideMapping } from './id-mapping.js';
import { ownersFile } from './owners.js';
import { chooseTreeMapping, complaintIn, wayIn } from './way-in.js';

const name = 'reproman-ids';

const programs = new WeakMap<Machine, Promise<string>>();

/**
 * The program by which a user without subordinate ids is root of all ids (`ids/`), by its full name on the host; a
 * `not-ready` error says what it takes.
 */
export function idsProgram(host: Machine): Promise<string> {
  const program = programs.get(host) ?? findProgram(host);
  programs.set(host, program);
  return program;
}

/** As `chooseMapping`, or `single` where packages of many users can be installed with the one id that the user has. */
export async function chooseBuildMapping(host: Machine): Promise<IdMapping> {
  try {
    return await chooseMapping(host);
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    await orElse(error, idsProgram(host));
    return { kind: 'single' };
  }
}

/** Where it fails, both ways are told. */
async function orElse(first: ReproError, second: Promise<unknown>): Promise<void> {
  try {
    await second;
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    throw new ReproError('not-ready', `${first.message.replace(/\.$/, '')}; ${error.message}`, {
      ...(first.where !== undefined && { where: first.where }),
      remedy: [first.remedy, error.remedy].filter(Boolean).join('; or '),
      cause: error,
    });
  }
}

/** By what a tree is entered that is made now, why so, and by what packages are installed. */
export async function tellWay(host: Machine): Promise<string> {
  const mapping = await chooseTreeMapping(host);
  if (mapping.kind === 'identity') return 'entered by namespaces, as root';
  if (mapping.kind === 'subordinate') return 'entered by namespaces, with subordinate ids';
  const way = await wayIn(host);
  if (way.kind === 'namespaces') return `entered by namespaces; ${await tellBuilding(host)}`;
  return `entered by proot, in which nothing can be installed, for users may make no namespaces (${way.refusal})`;
}

async function tellBuilding(host: Machine): Promise<string> {
  try {
    await idsProgram(host);
    return `without subordinate ids packages are installed by ${name}, which is root of many ids for them`;
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    return `nothing can be installed (${error.message})${error.remedy === undefined ? '' : `: ${error.remedy}`}`;
  }
}

/**
 * The start of a command of the host that runs as root of a mapping, to which files are given as to the real one. What
 * it gives away in a tree is kept beside that; without one, as long as it runs.
 */
export async function asRootOfMany(mapping: IdMapping, host: Machine, tree?: string): Promise<string[]> {
  if (mapping.kind !== 'single') return insideMapping(mapping);
  return [...insideMapping(mapping), ...asManyIds(await idsProgram(host), tree)];
}

/** The same for what is inside the mapping already. */
export function asManyIds(program: string, tree?: string): string[] {
  return [program, 'run', ...(tree === undefined ? [] : ['--tree', tree]), '--'];
}

/** Writes down by their paths whose files are that were given away since that was done last. */
export async function settleOwners(tree: string, host: Machine): Promise<void> {
  const since = await host.files.lstat(pathFromText(`${ownersFile(tree)}.since`));
  if (since === undefined || since.size === 0) return;
  const argv = [...insideMapping({ kind: 'single' }), await idsProgram(host), 'settle', tree];
  const result = await host.shell?.run(argv);
  if (result?.exit.code === 0) return;
  throw new ReproError('step-failed', `it is not known whose files are: ${complaintIn(result)}`, {
    where: ownersFile(tree),
  });
}

async function findProgram(host: Machine): Promise<string> {
  const way = await wayIn(host);
  if (way.kind !== 'namespaces') {
    throw new ReproError('not-ready', `nothing can be installed where users may make no namespaces (${way.refusal})`, {
      where: host.label,
    });
  }
  const sources = fileURLToPath(sourceFolder('machines/rootfs/ids'));
  const found = await compiledProgram({ name, sources, cacheName: 'ids' });
  if ('missing' in found) {
    throw new ReproError(
      'not-ready',
      `without subordinate ids it takes ${name}, which lets the user be root of many: ${found.missing}`,
      { where: host.label, remedy: 'sudo apt-get install gcc libc6-dev, or have a C compiler on PATH as cc' },
    );
  }
  const program = host.isLocal ? found.program : await bring(found.program, host);
  const tried = await host.shell?.run([...insideMapping({ kind: 'single' }), ...asManyIds(program), ...probe]);
  if (tried?.exit.code === 0) return program;
  throw new ReproError('not-ready', `many ids cannot be had here: ${complaintIn(tried)}`, {
    where: host.label,
    remedy: 'it takes Linux 5.9 or newer, with seccomp, which may be forbidden in a container',
  });
}

/** What it is for: a file that was given away, whoever may watch processes there. */
const probe = [
  'sh',
  '-c',
  'file=$(mktemp) && chown 1:1 "$file" && owner=$(stat -c %u "$file"); rm -f "$file"; [ "$owner" = 1 ]',
];

/** $1 the folder, $2 the program's name there. */
const keepProgram = `
part="$1/$2.$$"
mkdir -p -- "$1" && cat >"$part" && chmod 755 "$part" && mv -- "$part" "$1/$2" && exit
rm -f -- "$part"
exit 1`;

/** To a machine of the same kind, under the hash that its folder is called after. */
async function bring(program: string, host: Machine): Promise<string> {
  const { dataFolder, shell, processor } = host;
  const cannot = (reason: string) =>
    new ReproError('not-ready', `without subordinate ids it takes ${name} there: ${reason}`, { where: host.label });
  if (dataFolder === undefined || !shell) throw cannot('it is not known where files are kept');
  if (processor !== architecture())
    throw cannot(`it is compiled here, for ${architecture()}, and not for ${processor}`);
  const folder = join(dataFolder, 'reproman', 'programs', dirname(program).split('/').at(-1) ?? '');
  const there = join(folder, name);
  if (await host.files.lstat(pathFromText(there))) return there;
  const input = await readFile(program);
  const kept = await shell.run(['sh', '-c', keepProgram, 'sh', folder, name], { input });
  if (kept.exit.code !== 0) throw cannot(complaintIn(kept));
  return there;
}
