import type { StatOverride } from './installed.js';
import type { DebianAccounts } from './schema.js';

export interface AccountSources {
  /** Content of /etc/passwd and /etc/group. */
  readonly passwd: Uint8Array;
  readonly group: Uint8Array;
  /** Maintainer scripts (preinst, postinst, config) and sysusers.d files of the closure's packages. */
  readonly scripts: readonly Uint8Array[];
  readonly sysusers: readonly Uint8Array[];
  readonly statOverrides: readonly StatOverride[];
  /** Ids that own files of the closure or ran the command. */
  readonly ids: { readonly users: readonly number[]; readonly groups: readonly number[] };
}

type User = DebianAccounts['users'][number];
type Group = DebianAccounts['groups'][number];

const makesAccounts =
  /\b(?:adduser|useradd|addgroup|groupadd|systemd-sysusers|dpkg-statoverride|chown|chgrp|install)\b/;

/** The accounts that a closure makes or needs, with the ids they have on the traced machine; never a password field. */
export function collectAccounts(sources: AccountSources): DebianAccounts {
  const users = parsePasswd(sources.passwd);
  const groups = parseGroup(sources.group);
  const named = namesIn(sources);
  const userIds = new Set(sources.ids.users);
  const groupIds = new Set(sources.ids.groups);
  const keptUsers = users.filter(({ name, uid }) => isStatic(uid) || named.has(name) || userIds.has(uid));
  const keptNames = new Set(keptUsers.map(({ name }) => name));
  const primary = new Set(keptUsers.map(({ gid }) => gid));
  const keptGroups = groups.filter(
    ({ name, gid }) => isStatic(gid) || named.has(name) || groupIds.has(gid) || primary.has(gid),
  );
  return {
    users: keptUsers,
    groups: keptGroups.map((group) => ({ ...group, members: group.members.filter((member) => keptNames.has(member)) })),
  };
}

/** The ids that every Debian system has (Debian policy §9.2.2): base-passwd owns them. */
function isStatic(id: number): boolean {
  return id < 100 || id === 65534;
}

/** Every word that may name an account in what packages run or declare. */
function namesIn({ scripts, sysusers, statOverrides }: AccountSources): ReadonlySet<string> {
  const names = new Set<string>(statOverrides.flatMap(({ user, group }) => [user, group]));
  for (const content of scripts) {
    const script = Buffer.from(content).toString('latin1');
    if (!makesAccounts.test(script)) continue;
    for (const [word] of script.matchAll(/[A-Za-z_][A-Za-z0-9_.-]*/g)) names.add(word);
  }
  for (const content of sysusers) {
    // sysusers.d(5): type, name, id, ... on each line.
    for (const [, name] of Buffer.from(content)
      .toString('latin1')
      .matchAll(/^[ \t]*[ugmr]!?[ \t]+"?([A-Za-z0-9_.-]+)/gm)) {
      if (name) names.add(name);
    }
  }
  return names;
}

function parsePasswd(content: Uint8Array): User[] {
  return lines(content).flatMap((line): User[] => {
    const [name, , uid, gid, gecos, home, shell] = line.split(':');
    if (!name || !isId(uid) || !isId(gid) || gecos === undefined || home === undefined || shell === undefined)
      return [];
    return [{ name, uid: Number(uid), gid: Number(gid), gecos, home, shell }];
  });
}

function parseGroup(content: Uint8Array): Group[] {
  return lines(content).flatMap((line): Group[] => {
    const [name, , gid, members] = line.split(':');
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
