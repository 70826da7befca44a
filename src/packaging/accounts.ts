import type { Accounts } from '../model/lock-half.js';

interface AccountSources {
  /** Content of /etc/passwd and /etc/group. */
  readonly passwd: Uint8Array;
  readonly group: Uint8Array;
  /** What may name an account that the closure makes or needs. */
  readonly names: ReadonlySet<string>;
  /** Ids that own files of the closure or ran the command. */
  readonly ids: { readonly users: readonly number[]; readonly groups: readonly number[] };
  /** Whether every system of the distribution has the account of that id. */
  readonly isStatic: (id: number) => boolean;
}

type User = Accounts['users'][number];
type Group = Accounts['groups'][number];

/** The accounts that a closure makes or needs, with the ids they have on the traced machine; never a password field. */
export function collectAccounts({ passwd, group, names, ids, isStatic }: AccountSources): Accounts {
  const userIds = new Set(ids.users);
  const groupIds = new Set(ids.groups);
  const users = parsePasswd(passwd).filter(({ name, uid }) => isStatic(uid) || names.has(name) || userIds.has(uid));
  const kept = new Set(users.map(({ name }) => name));
  const primary = new Set(users.map(({ gid }) => gid));
  const groups = parseGroup(group).filter(
    ({ name, gid }) => isStatic(gid) || names.has(name) || groupIds.has(gid) || primary.has(gid),
  );
  return { users, groups: groups.map((each) => ({ ...each, members: each.members.filter((name) => kept.has(name)) })) };
}

/** Accounts that a package declares: type, name, id, ... on each line of a sysusers.d(5) file. */
export function namesInSysusers(content: Uint8Array): string[] {
  const lines = Buffer.from(content).toString('latin1');
  return [...lines.matchAll(/^[ \t]*[ugmr]!?[ \t]+"?([A-Za-z0-9_.-]+)/gm)].flatMap(([, name]) => name ?? []);
}

/** What stands for a password: that there is none, or that /etc/shadow has it. passwd(5) */
type PasswordField = '*' | 'x';

/** The accounts as /etc/passwd, with locked passwords; root is always among them. */
export function passwdText({ users }: Accounts, password: PasswordField = '*'): string {
  const root = { name: 'root', uid: 0, gid: 0, gecos: 'root', home: '/root', shell: '/bin/bash' };
  const all = users.some(({ name }) => name === 'root') ? users : [root, ...users];
  return all.map((user) => userLine(user, password)).join('');
}

/** One of them. */
export function userLine({ name, uid, gid, gecos, home, shell }: User, password: PasswordField = '*'): string {
  return line([name, password, uid, gid, gecos, home, shell]);
}

/** The accounts' groups as /etc/group. */
export function groupText({ groups }: Accounts, password: PasswordField = '*'): string {
  const all = groups.some(({ name }) => name === 'root') ? groups : [{ name: 'root', gid: 0, members: [] }, ...groups];
  return all.map((group) => groupLine(group, password)).join('');
}

/** One of them. */
export function groupLine({ name, gid, members }: Group, password: PasswordField = '*'): string {
  return line([name, password, gid, members.join(',')]);
}

/** A field cannot hold what would end it. */
function line(fields: readonly (string | number)[]): string {
  return `${fields.map((field) => String(field).replace(/[:\n\r]/g, ' ')).join(':')}\n`;
}

function parsePasswd(content: Uint8Array): User[] {
  return lines(content).flatMap((each): User[] => {
    const [name, , uid, gid, gecos, home, shell] = each.split(':');
    if (!name || !isId(uid) || !isId(gid) || gecos === undefined || home === undefined || shell === undefined)
      return [];
    return [{ name, uid: Number(uid), gid: Number(gid), gecos, home, shell }];
  });
}

function parseGroup(content: Uint8Array): Group[] {
  return lines(content).flatMap((each): Group[] => {
    const [name, , gid, members] = each.split(':');
    if (!name || !isId(gid) || members === undefined) return [];
    return [{ name, gid: Number(gid), members: members.split(',').filter(Boolean) }];
  });
}

function lines(content: Uint8Array): string[] {
  return Buffer.from(content).toString('utf8').split('\n');
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
