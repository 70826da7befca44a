import { accountsRule, type GeneratedRule, ruleFinder, textsOf } from '../../packaging/generated-rules.js';

/** What installing makes anew, whether a package lists it or not. First match wins. */
const rules: readonly GeneratedRule[] = [
  accountsRule,
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

/** The rule for a path, whoever lists it. */
export const generatedRule = ruleFinder(rules);

/** A %ghost: a package's by name, made by its scripts, by a program or by a person, nobody knows which. */
export const ghostRule: Pick<GeneratedRule, 'name' | 'onCreate'> = { name: 'ghost', onCreate: 'carry' };

/** All rules in words. */
export const ruleTexts: Readonly<Record<string, string>> = {
  ...textsOf(rules),
  ghost: 'a %ghost of its package: made by a script, a program or a person, and not packed',
  link: 'it leads elsewhere than its package recorded',
};
