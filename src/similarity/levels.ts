/**
 * What two environments must agree in so that they have an entry in common: that it is there, what kind of entry it is,
 * its size, or its content (of a link: where it leads).
 */
export const fileLevels = ['path', 'type', 'size', 'content'] as const;
export type FileLevel = (typeof fileLevels)[number];

/** What is compared instead of entries: packages by distribution and name, or by their version, too. */
export const packageLevels = ['package', 'package+version'] as const;
export type PackageLevel = (typeof packageLevels)[number];

export const levels = [...fileLevels, ...packageLevels] as const;
export type Level = FileLevel | PackageLevel;

/**
 * Which entries count. In lists that do not say what an entry is, one with entries below it is a folder. `leaves` are
 * those that have nothing below them: what lies above only repeats them. A folder that is empty in one environment and
 * not in another is then a leaf of the first alone.
 */
export const entryKinds = ['all', 'files', 'folders', 'leaves'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** What an entry counts: one, its bytes, or more the fewer environments have it (log of all by those that have it). */
export const weightings = ['count', 'bytes', 'rarity'] as const;
export type Weighting = (typeof weightings)[number];

export interface FeatureOptions {
  readonly level: Level;
  readonly entries: EntryKind;
  readonly weighting: Weighting;
}

export function isPackageLevel(level: Level): level is PackageLevel {
  return level === 'package' || level === 'package+version';
}
