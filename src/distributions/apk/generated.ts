import type { FilePath } from '../../model/file-path.js';
import { accountsRule, type GeneratedRule, ruleFinder, textsOf } from '../../packaging/generated-rules.js';

/** What scripts of packages make, whether a package lists it or not. First match wins. */
const rules: readonly GeneratedRule[] = [
  accountsRule,
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

/** The rule for a path, whoever lists it. */
export const generatedRule = ruleFinder(rules);

/** Links that the trigger of busybox makes, one for each of its programs. */
export const appletRule = 'busybox-applets';

/** Whether a link is one of them, by its target. */
export function isApplet(target: FilePath | undefined): boolean {
  return target === '/bin/busybox' || target === '/usr/bin/busybox';
}

/** All rules in words. */
export const ruleTexts: Readonly<Record<string, string>> = {
  ...textsOf(rules),
  [appletRule]: 'BusyBox makes a link for each of its programs',
  link: 'it leads elsewhere than its package recorded',
};
