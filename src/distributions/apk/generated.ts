import picomatch from 'picomatch';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';

interface GeneratedRule {
  readonly name: string;
  /** Globs over canonical paths. */
  readonly paths: readonly string[];
  readonly onCreate: NonNullable<Owner['onCreate']>;
  /** In words, for people. */
  readonly why: string;
}

/** What scripts of packages make, whether a package lists it or not. First match wins. */
const rules: readonly GeneratedRule[] = [
  {
    name: 'accounts',
    paths: ['/etc/{passwd,group,shadow,gshadow,subuid,subgid}{,-}', '/etc/.pwd.lock'],
    onCreate: 'regenerate',
    why: 'accounts are in the lock with their ids and merged by name; passwords never leave the machine',
  },
  {
    name: 'package-database',
    paths: ['/{usr/,}lib/apk/**', '/etc/apk/{world,arch}', '/var/cache/apk/**'],
    onCreate: 'regenerate',
    why: 'apk writes down what is installed',
  },
  {
    name: 'certificates',
    paths: ['/etc/ssl/certs/**', '/etc/ca-certificates/**'],
    onCreate: 'carry',
    why: 'update-ca-certificates collects the certificates that are installed',
  },
];

const matchers = rules.map((rule) => ({ rule, matches: picomatch([...rule.paths], { dot: true }) }));

export function generatedRule(path: FilePath): GeneratedRule | undefined {
  return matchers.find(({ matches }) => matches(path))?.rule;
}

/** Links that the trigger of busybox makes, one for each of its programs. */
export const appletRule = 'busybox-applets';

/** Whether a link is one of them, by its target. */
export function isApplet(target: FilePath | undefined): boolean {
  return target === '/bin/busybox' || target === '/usr/bin/busybox';
}

/** All rules in words. */
export const ruleTexts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(rules.map(({ name, why }) => [name, why])),
  [appletRule]: 'BusyBox makes a link for each of its programs',
  link: 'it leads elsewhere than its package recorded',
};
