import type { Lock } from '../spec/document/schema.js';

/** Accounts by the file that lists them; each as the line that the environment must have, without free text. */
export interface ExpectedAccounts {
  readonly passwd: ReadonlyMap<string, string>;
  readonly group: ReadonlyMap<string, string>;
}

/** The accounts that the lock records: those of the closure's packages, of carried files' owners and of the run. */
export function expectedAccounts(lock: Lock | undefined): ExpectedAccounts {
  const passwd = new Map<string, string>();
  const group = new Map<string, string>();
  for (const { accounts } of lock?.distributions ?? []) {
    const { users = [], groups = [] } = accounts ?? {};
    for (const { name, uid, gid, home, shell } of users) passwd.set(name, `${uid}:${gid}:${home}:${shell}`);
    for (const { name, gid } of groups) group.set(name, `${gid}`);
  }
  return { passwd, group };
}

/** Which of the two account files a path is; they are merged by name and so never equal byte for byte. */
export function accountFile(path: string): keyof ExpectedAccounts | undefined {
  if (path === '/etc/passwd') return 'passwd';
  return path === '/etc/group' ? 'group' : undefined;
}

/** Accounts that are missing or have other ids, homes or shells; each with what was expected and found. */
export function compareAccounts(
  kind: keyof ExpectedAccounts,
  expected: ExpectedAccounts,
  content: string,
): { readonly name: string; readonly expected: string; readonly found: string }[] {
  const found = new Map<string, string>();
  for (const line of content.split('\n')) {
    const fields = line.split(':');
    const [name = '', , first = '', second = '', , home = '', shell = ''] = fields;
    if (name === '' || name.startsWith('#')) continue;
    // passwd(5): name:password:uid:gid:gecos:home:shell; group(5): name:password:gid:members
    if (!found.has(name)) found.set(name, kind === 'passwd' ? `${first}:${second}:${home}:${shell}` : first);
  }
  return [...expected[kind]]
    .map(([name, line]) => ({ name, expected: line, found: found.get(name) ?? 'no such account' }))
    .filter((account) => account.expected !== account.found);
}
