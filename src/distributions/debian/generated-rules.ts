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
