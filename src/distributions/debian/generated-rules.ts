import { collectedRules } from './generated-collected.js';
import { configurationRules } from './generated-configuration.js';

/** Files that maintainer scripts, triggers and tools make from others: no package lists them. */
export interface GeneratedRule {
  readonly name: string;
  /** Globs over canonical paths. */
  readonly paths: readonly string[];
  /** The package whose scripts make it: the first of these that is installed. */
  readonly by: readonly string[];
  /** `regenerate`: installing the packages makes the same again. `carry`: it depends on more than the packages. */
  readonly onCreate: 'regenerate' | 'carry';
  /** Regenerated only while it equals this file of the package; otherwise it was edited, and is carried. */
  readonly template?: string;
  /** Carried when this folder holds anything: local additions go into what is generated. */
  readonly additions?: string;
  readonly why: string;
}

/** First match wins. */
export const generatedRules: readonly GeneratedRule[] = [...configurationRules, ...collectedRules];

/** What all rules of this distribution say, in words. */
export const debianRules: Readonly<Record<string, string>> = {
  ...Object.fromEntries(generatedRules.map(({ name, why }) => [name, why])),
  alternatives: 'update-alternatives links it to the chosen program',
  'configuration-left': 'a setting of a package that was removed, and not purged',
  diversion: 'a package moved another one’s file aside, and this is neither’s',
  'obsolete-configuration': 'a setting of an earlier version of its package',
};
