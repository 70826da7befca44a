import picomatch from 'picomatch';
import type { FilePath } from '../model/file-path.js';
import type { Owner } from '../model/owner.js';

/** What a system makes by itself at some paths, whether a package lists them or not. */
export interface GeneratedRule {
  readonly name: string;
  /** Globs over canonical paths. */
  readonly paths: readonly string[];
  /** `regenerate`: installing the packages makes it again. `carry`: it depends on more than the packages. */
  readonly onCreate: NonNullable<Owner['onCreate']>;
  /** In words, for people. */
  readonly why: string;
}

/** Of every system. */
export const accountsRule: GeneratedRule = {
  name: 'accounts',
  paths: ['/etc/{passwd,group,shadow,gshadow,subuid,subgid}{,-}', '/etc/.pwd.lock'],
  onCreate: 'regenerate',
  why: 'accounts are in the lock with their ids and merged by name; passwords never leave the machine',
};

/** Finds the first rule that a path is of. */
export function ruleFinder(rules: readonly GeneratedRule[]): (path: FilePath) => GeneratedRule | undefined {
  const matchers = rules.map((rule) => ({ rule, matches: picomatch([...rule.paths], { dot: true }) }));
  return (path) => matchers.find(({ matches }) => matches(path))?.rule;
}

/** What the rules say, by their names. */
export function textsOf(rules: readonly GeneratedRule[]): Record<string, string> {
  return Object.fromEntries(rules.map(({ name, why }) => [name, why]));
}
