import type { FileChange } from '../filesystem/diff/file-comparison.js';
import { showPath } from '../model/file-path.js';
import { showBytes } from '../model/sizes.js';
import type { PackageFact } from '../sources/facts.js';
import { collapse } from './collapse.js';
import { type Comparison, isEqual } from './comparison.js';
import { type FileGroup, groupByPackage } from './groups.js';
import type { PackageChange } from './packages.js';
import type { SettingChange } from './settings.js';
import { bytesOf, countVerdicts, detailsOf } from './summary.js';

export interface FormatOptions {
  /** Shows every line instead of the first of each section. */
  readonly all: boolean;
  /** Of both sources: what the files' packages are called. */
  readonly packages: readonly PackageFact[];
}

/** How many lines a section has before the rest of it is only counted. */
const mostLines = 50;

/** A comparison for people: packages first, then settings, then files by their packages. */
export function formatComparison(comparison: Comparison, options: FormatOptions): string {
  const { one, other, packages = [], environment, image } = comparison;
  const heading = `${one} > ${other}: ${isEqual(comparison) ? 'no difference' : 'different'}`;
  return [
    heading,
    ...section(packagesTitle(packages), packages.map(packageLine), options),
    ...section(`environment: ${environment.length}`, environment.map(settingLine), options),
    ...section(`image configuration: ${image.length}`, image.map(settingLine), options),
    ...fileLines(comparison, options),
  ].join('\n');
}

export function packagesTitle(packages: readonly PackageChange[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of packages) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return `packages: ${[...counts].map(([kind, count]) => `${count} ${kindNames[kind as PackageChange['kind']]}`).join(', ')}`;
}

const kindNames: Readonly<Record<PackageChange['kind'], string>> = {
  upgraded: 'upgraded',
  downgraded: 'downgraded',
  changed: 'of another version',
  added: 'added',
  removed: 'removed',
  origin: 'of another origin',
  place: 'at another place',
};

/** What a package was and is. */
export function packageStory({ kind, before, after }: PackageChange): string {
  if (kind === 'origin') return `${after?.version} (${before?.origin} > ${after?.origin})`;
  if (kind === 'place') return `${after?.version} (${placeOf(before)} > ${placeOf(after)})`;
  return [before?.version, after?.version].filter((version) => version !== undefined).join(' > ');
}

function placeOf(fact: PackageFact | undefined): string {
  return [fact?.architecture, fact?.at].filter((part) => part !== undefined).join(' ') || 'the system';
}

function packageLine(change: PackageChange): string {
  return `${change.kind.padEnd(10)}  ${change.distribution} ${change.name} ${packageStory(change)}`;
}

function settingLine({ name, before, after }: SettingChange): string {
  const show = (value: string | undefined) => (value === undefined ? 'not set' : JSON.stringify(value));
  return `${name}: ${show(before)} > ${show(after)}`;
}

function fileLines({ files }: Comparison, options: FormatOptions): string[] {
  const { changes, volatile, normalized, same } = files;
  const groups = groupByPackage(changes, options.packages);
  const lines = groups.flatMap((group) => [titleOf(group), ...collapse(group.changes).map((line) => `  ${line}`)]);
  const rules = new Map<string, number>();
  for (const { rule = '' } of volatile) rules.set(rule, (rules.get(rule) ?? 0) + 1);
  for (const { rule, entries } of normalized) rules.set(rule, (rules.get(rule) ?? 0) + entries);
  return [
    ...section(filesTitle(changes, same), lines, options),
    ...section(
      `set aside by rules: ${[...rules].map(([rule, count]) => `${count} ${rule}`).join(', ')}`,
      [...volatile.map(({ rule, path }) => `${rule}  ${showPath(path)}`), ...normalized.map(normalizedLine)],
      options,
    ),
  ];
}

export function filesTitle(changes: readonly FileChange[], same: number): string {
  const counts = Object.entries(countVerdicts(changes)).map(([verdict, count]) => `${count} ${verdict}`);
  const { added, removed } = bytesOf(changes);
  return `files: ${[...counts, `${same} same`].join(', ')}; ${showBytes(added)} more, ${showBytes(removed)} less`;
}

function normalizedLine(normalized: { readonly path: string; readonly from?: string; readonly rule: string }): string {
  const { path, from, rule } = normalized;
  const shown = showPath(path as never);
  return `${rule}  ${from === undefined ? shown : `${showPath(from as never)} > ${shown}`}`;
}

function titleOf({ package: owner }: FileGroup): string {
  return owner ? `${owner.distribution} ${owner.name}` : 'of no known package';
}

function section(title: string, lines: readonly string[], { all }: FormatOptions): string[] {
  if (lines.length === 0) return [];
  const shown = all || lines.length <= mostLines ? lines : lines.slice(0, mostLines);
  const more = lines.length - shown.length;
  return [title, ...shown.map((line) => `  ${line}`), ...(more > 0 ? [`  ... ${more} more lines, with --all`] : [])];
}

/** `verdict+verdict  path (details)`. */
export function changeLine(change: FileChange, details = detailsOf(change)): string {
  const { path, from, verdicts } = change;
  const places = from === undefined ? showPath(path) : `${showPath(from)} > ${showPath(path)}`;
  return `${verdicts.join('+').padEnd(8)}  ${places}${details === '' ? '' : ` (${details})`}`;
}
