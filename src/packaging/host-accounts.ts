import { ReproError } from '../errors.js';
import { readIfThere } from '../machines/if-there.js';
import type { Machine } from '../machines/machine.js';
import { pathFromText } from '../model/file-path.js';
import type { Accounts } from '../model/lock-half.js';
import { groupLine, userLine } from './accounts.js';

type User = Accounts['users'][number];
type Group = Accounts['groups'][number];

/** A host's programs for its accounts. */
interface Tools {
  addGroup(group: Group): readonly string[];
  /** `group` is the name of the user's. */
  addUser(user: User, group: string): readonly string[];
  readonly removeUser: readonly string[];
  readonly removeGroup: readonly string[];
}

/** https://github.com/shadow-maint/shadow */
const shadow: Tools = {
  addGroup: ({ name, gid }) => ['groupadd', '--gid', String(gid), '--', name],
  addUser: ({ name, uid, gid, gecos, home, shell }) => [
    ...['useradd', '--no-create-home', '--uid', String(uid), '--gid', String(gid)],
    ...['--comment', gecos, '--home-dir', home, '--shell', shell, '--', name],
  ],
  removeUser: ['userdel', '--'],
  removeGroup: ['groupdel', '--'],
};

/** Those of Alpine: https://busybox.net/downloads/BusyBox.html#adduser */
const busybox: Tools = {
  addGroup: ({ name, gid }) => ['addgroup', '-g', String(gid), '--', name],
  addUser: ({ name, uid, gecos, home, shell }, group) => [
    ...['adduser', '-D', '-H', '-u', String(uid), '-G', group, '-g', gecos, '-h', home, '-s', shell, '--', name],
  ],
  // These know no `--`; what begins with a dash was never added.
  removeUser: ['deluser'],
  removeGroup: ['delgroup'],
};

/** Adds accounts with the ids that files of the environment have; their passwords are locked. */
export async function addAccounts({ users, groups }: Accounts, host: Machine): Promise<void> {
  if (users.length + groups.length === 0) return;
  for (const account of [...users, ...groups]) refuseOdd(account, host);
  const tools = await toolsOf(host);
  for (const group of groups) await add(tools.addGroup(group), host);
  const names = await groupNames(host);
  for (const user of users) await add(tools.addUser(user, names.get(user.gid) ?? String(user.gid)), host);
}

/**
 * Adds accounts to a system that was built, which need not have programs for that: as lines of its files, as when it was
 * built.
 */
export async function appendAccounts({ users, groups }: Accounts, machine: Machine): Promise<void> {
  const texts = [
    ['/etc/group', groups.map((group) => groupLine(group)).join('')],
    ['/etc/passwd', users.map((user) => userLine(user)).join('')],
  ] as const;
  for (const [file, input] of texts) {
    if (input === '') continue;
    const result = await machine.shell?.run(['sh', '-c', appendScript, 'sh', file], { input });
    if (result?.exit.code === 0) continue;
    const why = result?.stderr.toString('utf8').trim() ?? 'it has no shell';
    throw new ReproError('step-failed', `accounts cannot be added to ${file}: ${why}`, { where: machine.label });
  }
}

/** $1 the file, of which the last line may not be ended. */
const appendScript = 'if [ -s "$1" ] && [ -n "$(tail -c 1 "$1")" ]; then echo >>"$1"; fi; cat >>"$1"';

/** Takes accounts away by their names; tells which stay, and why. One that is gone is none of them. */
export async function removeAccounts(
  { users, groups }: { readonly users: readonly string[]; readonly groups: readonly string[] },
  host: Machine,
  tell: (what: string) => void,
): Promise<void> {
  if (users.length + groups.length === 0) return;
  const { removeUser, removeGroup } = await toolsOf(host);
  const commands = [...users.map((name) => [...removeUser, name]), ...groups.map((name) => [...removeGroup, name])];
  for (const argv of commands) {
    const result = await host.shell?.run(argv);
    const said = result?.stderr.toString('utf8').trim() ?? '';
    // 6: there is none of that name; userdel(8), groupdel(8). A group of one's own goes with the user.
    if (result?.exit.code === 0 || result?.exit.code === 6 || /^del\w+: unknown /.test(said)) continue;
    tell(`the account ${argv.at(-1)} stays: ${said}`);
  }
}

async function toolsOf({ shell }: Machine): Promise<Tools> {
  const found = await shell?.run(['sh', '-c', 'command -v useradd || ! command -v adduser']);
  return found?.exit.code === 0 ? shadow : busybox;
}

/** The programs of BusyBox write what they are given into lines whose fields a colon ends. */
function refuseOdd(account: User | Group, { label }: Machine): void {
  const texts = Object.values(account).filter((value) => typeof value === 'string');
  if (!texts.some((text) => /[:\n\r]/.test(text))) return;
  throw new ReproError('usage', `the account ${JSON.stringify(account.name)} has a colon or a line break in a field`, {
    where: label,
    remedy: 'correct the accounts of the spec, or build the environment beside the machine: --backend rootfs',
  });
}

async function groupNames({ files }: Machine): Promise<ReadonlyMap<number, string>> {
  const text = (await readIfThere(files, pathFromText('/etc/group')))?.toString('utf8') ?? '';
  const lines = text.split('\n').map((line) => line.split(':'));
  return new Map(lines.toReversed().map(([name = '', , gid]) => [Number(gid), name]));
}

async function add(argv: readonly string[], host: Machine): Promise<void> {
  const result = await host.shell?.run(argv);
  if (result?.exit.code === 0) return;
  const why = result?.stderr.toString('utf8').trim() ?? 'it has no shell';
  throw new ReproError('step-failed', `the account ${argv.at(-1)} cannot be added: ${why}`, { where: host.label });
}
