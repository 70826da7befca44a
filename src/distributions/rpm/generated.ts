import picomatch from 'picomatch';
import type { FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';

interface GeneratedRule {
  readonly name: string;
  /** Globs over canonical paths. */
  readonly paths: readonly string[];
  /** `regenerate`: installing the packages makes it again. `carry`: it depends on more than the packages. */
  readonly onCreate: NonNullable<Owner['onCreate']>;
  /** In words, for people. */
  readonly why: string;
}

/** What installing makes anew, whether a package lists it or not. First match wins. */
const rules: readonly GeneratedRule[] = [
  {
    name: 'accounts',
    paths: ['/etc/{passwd,group,shadow,gshadow,subuid,subgid}{,-}', '/etc/.pwd.lock'],
    onCreate: 'regenerate',
    why: 'accounts are in the lock with their ids and merged by name; passwords never leave the machine',
  },
  {
    name: 'linker-cache',
    paths: ['/etc/ld.so.cache', '/var/cache/ldconfig/**'],
    onCreate: 'regenerate',
    why: 'ldconfig lists the libraries that are installed',
  },
  {
    name: 'package-database',
    paths: ['/{var/lib,usr/lib/sysimage,usr/share}/rpm/**', '/usr/lib/sysimage/libdnf5/**', '/var/lib/dnf/**'],
    onCreate: 'regenerate',
    why: 'rpm and dnf write down what is installed',
  },
  {
    name: 'locale-archive',
    paths: ['/usr/lib/locale/locale-archive'],
    onCreate: 'regenerate',
    why: 'glibc makes it of its locales when it is installed',
  },
  {
    name: 'alternatives',
    paths: ['/etc/alternatives/*', '/var/lib/alternatives/*'],
    onCreate: 'carry',
    why: 'update-alternatives links it to the chosen program',
  },
];

const matchers = rules.map((rule) => ({ rule, matches: picomatch([...rule.paths], { dot: true }) }));

/** The rule for a path, whoever lists it. */
export function generatedRule(path: FilePath): GeneratedRule | undefined {
  return matchers.find(({ matches }) => matches(path))?.rule;
}

/** A %ghost: a package's by name, made by its scripts, by a program or by a person, nobody knows which. */
export const ghostRule: Pick<GeneratedRule, 'name' | 'onCreate'> = { name: 'ghost', onCreate: 'carry' };

/** All rules in words. */
export const ruleTexts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(rules.map(({ name, why }) => [name, why])),
  ghost: 'a %ghost of its package: made by a script, a program or a person, and not packed',
  link: 'it leads elsewhere than its package recorded',
};
