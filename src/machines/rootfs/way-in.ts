import { ReproError } from '../../errors.js';
import type { Machine, RunResult } from '../machine.js';
import { findEntrance } from './entrance.js';
import { chooseMapping, type IdMapping, insideMapping } from './id-mapping.js';
import { asFakedRoot, type ProotPrograms } from './proot/supervise.js';

/** How a user without subordinate ids gets into a tree whose files are all their own. */
export type WayIn =
  | { readonly kind: 'namespaces' }
  | { readonly kind: 'proot'; readonly programs: ProotPrograms /** Of the system. */; readonly refusal: string };

const ways = new WeakMap<Machine, Promise<WayIn>>();

/** Found out once of a machine, by trying; a `not-ready` error says what to install where there is none. */
export function wayIn(host: Machine): Promise<WayIn> {
  const way = ways.get(host) ?? findWay(host);
  ways.set(host, way);
  return way;
}

/** As `chooseMapping`, or `single` for a user without a range: enough for a whole tree in which nothing is installed. */
export async function chooseTreeMapping(host: Machine): Promise<IdMapping> {
  try {
    return await chooseMapping(host);
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    await wayIn(host);
    return { kind: 'single' };
  }
}

/** The start of a command of the host that runs as root of a mapping, for what it sees of files. */
async function asRootOf(mapping: IdMapping, host: Machine): Promise<string[]> {
  if (mapping.kind !== 'single') return insideMapping(mapping);
  const way = await wayIn(host);
  return way.kind === 'proot' ? asFakedRoot(way.programs) : insideMapping(mapping);
}

/** The same for what only reads all of a tree: proot takes its time, and is not needed where the user may read it. */
export async function asReaderOf(tree: string, mapping: IdMapping, host: Machine): Promise<string[]> {
  const asRoot = await asRootOf(mapping, host);
  if (mapping.kind !== 'single' || (await wayIn(host)).kind === 'namespaces') return asRoot;
  const shut = ['(', '!', '-type', 'l', '!', '-readable', '-o', '-type', 'd', '!', '-executable', ')'];
  const found = await host.shell?.run(['find', tree, '-xdev', ...shut, '-print', '-quit']);
  return found?.exit.code === 0 && found.stdout.length === 0 ? [] : asRoot;
}

/** The same for tar, which takes for a change by others what proot does to read what is shut. */
export async function asPackerOf(tree: string, mapping: IdMapping, host: Machine): Promise<string[]> {
  const prefix = await asReaderOf(tree, mapping, host);
  if (prefix.length === 0 || mapping.kind !== 'single' || (await wayIn(host)).kind === 'namespaces') return prefix;
  return [...prefix, 'sh', '-c', '"$@"; code=$?; [ $code = 1 ] || exit $code', 'sh'];
}

async function findWay(host: Machine): Promise<WayIn> {
  const refusal = await complaintOf(host, insideMapping({ kind: 'single' }));
  if (refusal === undefined) return { kind: 'namespaces' };
  const { aid } = await findEntrance(host, { tree: '/', copy: undefined }, host.label);
  const [perl, proot] = [aid('perl'), aid('proot')];
  if (perl === undefined || proot === undefined) {
    throw new ReproError(
      'not-ready',
      `users may make no namespaces here (${refusal}), and the program ${proot ? 'perl' : 'proot'} is missing, which does without`,
      { where: host.label, remedy: `${proot ? 'sudo apt-get install perl-base' : getProot}; or ${allowNamespaces}` },
    );
  }
  const programs = { perl, proot };
  const complaint = await complaintOf(host, asFakedRoot(programs));
  if (complaint === undefined) return { kind: 'proot', programs, refusal };
  throw new ReproError(
    'not-ready',
    `users may make no namespaces here (${refusal}), and proot, which does without, cannot work: ${complaint}`,
    { where: host.label, remedy: `allow ptrace (sysctl kernel.yama.ptrace_scope=1); or ${allowNamespaces}` },
  );
}

const getProot = 'sudo apt-get install proot, or put the program on PATH: it is one file that needs no rights';

const allowNamespaces =
  'have namespaces allowed: sysctl user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1 ' +
  'kernel.apparmor_restrict_unprivileged_userns=0';

async function complaintOf(host: Machine, prefix: readonly string[]): Promise<string | undefined> {
  const result = await host.shell?.run([...prefix, 'true']);
  return result?.exit.code === 0 ? undefined : complaintIn(result);
}

/** The last that a command said before it failed. */
export function complaintIn(result: RunResult | undefined): string {
  return result?.stderr.toString('utf8').trim().split('\n').at(-1) || `exit code ${result?.exit.code ?? 'unknown'}`;
}
