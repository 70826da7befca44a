import type { Accounts } from '../../model/lock-half.js';
import { collectAccounts, namesInSysusers } from '../../packaging/accounts.js';
import type { StatOverride } from './installed.js';

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

const makesAccounts =
  /\b(?:adduser|useradd|addgroup|groupadd|systemd-sysusers|dpkg-statoverride|chown|chgrp|install)\b/;

/** The accounts that the packages of a closure make or need. */
export function accountsOfDebian({ passwd, group, ids, ...declared }: AccountSources): Accounts {
  return collectAccounts({ passwd, group, ids, names: namesIn(declared), isStatic });
}

/** The ids that every Debian system has (Debian policy §9.2.2): base-passwd owns them. */
function isStatic(id: number): boolean {
  return id < 100 || id === 65534;
}

/** Every word that may name an account in what packages run or declare. */
function namesIn({
  scripts,
  sysusers,
  statOverrides,
}: Pick<AccountSources, 'scripts' | 'sysusers' | 'statOverrides'>): ReadonlySet<string> {
  const names = new Set<string>(statOverrides.flatMap(({ user, group }) => [user, group]));
  for (const content of scripts) {
    const script = Buffer.from(content).toString('latin1');
    if (!makesAccounts.test(script)) continue;
    for (const [word] of script.matchAll(/[A-Za-z_][A-Za-z0-9_.-]*/g)) names.add(word);
  }
  for (const name of sysusers.flatMap(namesInSysusers)) names.add(name);
  return names;
}
