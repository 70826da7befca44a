import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { pathFromText } from '../../model/file-path.js';
import type { Machine } from '../machine.js';

const rangeSchema = z.strictObject({ first: z.int().positive(), count: z.int().positive() });

/**
 * Which ids of the host stand for those of a tree. `identity`: the same, for root. `subordinate`: root of the tree is
 * the user, and 1 and up are a range that /etc/subuid and /etc/subgid give to the user. `single`: root of the tree is
 * the user, and nobody else is there for the kernel, so that all its files are root's: whose they are in the environment
 * is kept beside them. Chosen once for a tree.
 */
export const idMappingSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('identity') }),
  z.strictObject({ kind: z.literal('subordinate'), uids: rangeSchema, gids: rangeSchema }),
  z.strictObject({ kind: z.literal('single') }),
]);

export type IdMapping = z.infer<typeof idMappingSchema>;

/** Every id up to and with `nobody`. */
const neededIds = 65534;

/** The mapping that this user can have on `host`, or a `not-ready` error that says what to install or to run. */
export async function chooseMapping(host: Machine): Promise<IdMapping> {
  const identity = await identify(host);
  if (identity.uid === '0') return { kind: 'identity' };
  const mapping: IdMapping = {
    kind: 'subordinate',
    uids: await subordinateRange(host, '/etc/subuid', identity),
    gids: await subordinateRange(host, '/etc/subgid', identity),
  };
  await probe(host, mapping);
  return mapping;
}

/** The start of a command that runs as root of the mapping: its own ids, nothing else of its own. */
export function insideMapping(mapping: IdMapping): string[] {
  return mapping.kind === 'identity' ? [] : ['unshare', ...mappingFlags(mapping), '--'];
}

/** What `unshare` (util-linux 2.38) needs to make the mapping; commas and this order mean the same in every release. */
export function mappingFlags(mapping: IdMapping): string[] {
  if (mapping.kind === 'identity') return [];
  if (mapping.kind === 'single') return ['--user', '--map-root-user'];
  const { uids, gids } = mapping;
  return [
    ...['--user', '--map-root-user'],
    ...[`--map-users=${uids.first},1,${uids.count}`, `--map-groups=${gids.first},1,${gids.count}`],
  ];
}

interface Identity {
  readonly uid: string;
  readonly name: string;
}

const identities = new WeakMap<Machine, Promise<Identity>>();

/** Asked once of a machine. */
function identify(host: Machine): Promise<Identity> {
  const identity = identities.get(host) ?? askIdentity(host);
  identities.set(host, identity);
  return identity;
}

async function askIdentity(host: Machine): Promise<Identity> {
  const answer = await host.shell?.run(['sh', '-c', 'id -u; id -un']);
  const [uid = '', name = uid] = answer?.stdout.toString().split('\n') ?? [];
  if (answer?.exit.code === 0 || uid !== '') return { uid, name: name || uid };
  throw new ReproError('not-ready', 'It cannot be found out who runs this.', { where: host.label });
}

async function subordinateRange(
  host: Machine,
  file: '/etc/subuid' | '/etc/subgid',
  { uid, name }: Identity,
): Promise<z.infer<typeof rangeSchema>> {
  const ranges = await readRanges(host, file);
  const own = ranges.find((range) => [uid, name].includes(range.owner) && range.count >= neededIds);
  if (own !== undefined) return { first: own.first, count: own.count };
  const first = Math.max(100_000, ...ranges.map((range) => range.first + range.count));
  const range = `${first}-${first + 65535}`;
  throw new ReproError('not-ready', `The user ${name} has no range of subordinate ids, which a root folder needs.`, {
    where: file,
    remedy: `Give it one with: sudo usermod --add-subuids ${range} --add-subgids ${range} ${name}`,
  });
}

/** `name-or-uid:first:count` a line: subuid(5). */
async function readRanges(
  host: Machine,
  file: string,
): Promise<readonly { readonly owner: string; readonly first: number; readonly count: number }[]> {
  const path = pathFromText(file);
  const text = (await host.files.lstat(path)) ? (await host.files.read(path)).toString() : '';
  return text.split('\n').flatMap((line) => {
    const [owner = '', first = '', count = ''] = line.trim().split(':');
    return /^\d+$/.test(first) && /^\d+$/.test(count) ? [{ owner, first: Number(first), count: Number(count) }] : [];
  });
}

async function probe(host: Machine, mapping: IdMapping): Promise<void> {
  const result = await host.shell?.run([...insideMapping(mapping), 'true']);
  if (result?.exit.code === 0) return;
  const complaint = result?.stderr.toString().trim().split('\n').at(-1) ?? 'it has no shell';
  const missing = /new[ug]idmap/.test(complaint) && /No such file|not found|failed to execute/.test(complaint);
  throw new ReproError('not-ready', `A user namespace with subordinate ids cannot be made here: ${complaint}.`, {
    where: host.label,
    remedy: missing
      ? 'sudo apt-get install uidmap'
      : 'It takes util-linux 2.38 or newer, the package uidmap, and a kernel that lets users make namespaces ' +
        '(sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0).',
  });
}
