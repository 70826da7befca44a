import type { PackageChange } from '../../comparison/packages.js';
import { showBytes } from '../../model/sizes.js';
import type { Changelog, ChangelogStep } from './changelog.js';
import type { OutcomeReport } from './correlation.js';
import type { FileAmount } from './files.js';

const titles = {
  upgraded: 'upgraded',
  downgraded: 'downgraded',
  changed: 'at another version',
  added: 'added',
  removed: 'removed',
  origin: 'from another archive',
  place: 'at another place',
} satisfies Record<PackageChange['kind'], string>;

/** Each step: packages first, by what became of them, then files. */
export function formatChangelog({ steps, byPaths }: Changelog): string {
  const lines = steps.map(formatStep);
  if (byPaths.length > 0) {
    lines.push(`${byPaths.join(', ')}: packages by the names of their records, of some without versions`);
  }
  return lines.join('\n\n');
}

function formatStep({ before, after, packages, files }: ChangelogStep): string {
  const lines = [`${before} → ${after}`];
  for (const [kind, title] of Object.entries(titles)) {
    const found = packages.filter((each) => each.kind === kind);
    if (found.length === 0) continue;
    lines.push(`  ${title} (${found.length}):`, ...found.map((each) => `    ${showChange(each)}`));
  }
  if (packages.length === 0) lines.push('  no package changed');
  const { added, removed, changed, netBytes, largest } = files;
  const amount = (title: string, { files: count, bytes }: FileAmount) => `${count} ${title} (${showBytes(bytes)})`;
  lines.push(
    `  files: ${amount('added', added)}, ${amount('changed', changed)}, ${amount('removed', removed)}; ${showSigned(netBytes)} in all`,
  );
  if (largest.length > 0) lines.push('  largest of no package:');
  for (const { kind, path, bytes } of largest) lines.push(`    ${kind} ${path} (${showBytes(bytes)})`);
  return lines.join('\n');
}

function showChange({ distribution, name, before, after }: PackageChange): string {
  const versions = [before?.version, after?.version].filter((version) => version);
  const [one, other] = [before?.origin, after?.origin];
  const text = versions[0] === versions[1] ? versions.slice(0, 1) : versions;
  const from = one !== undefined && other !== undefined && one !== other ? ` (${one} → ${other})` : '';
  return `${distribution} ${name} ${text.join(' → ')}${from}`.trimEnd();
}

/** How outcomes went with the changes; of few steps it says how few. */
export function formatOutcomes(reports: readonly OutcomeReport[]): string {
  return reports.map(formatOutcome).join('\n\n');
}

function formatOutcome({ metric, steps, correlations, suspects, unmeasured }: OutcomeReport): string {
  const lines = [`${metric}, over ${steps.length} step${steps.length === 1 ? '' : 's'}`];
  for (const { before, after, change } of steps)
    lines.push(`  ${before} → ${after}: ${change > 0 ? '+' : ''}${round(change)}`);
  const known = correlations.filter(({ r }) => r !== undefined);
  if (known.length === 0) lines.push('  too few steps to hold against the changes, or nothing varies');
  else lines.push(`  goes with (Pearson's r, n = ${steps.length}; so few points show no cause):`);
  for (const { feature, r = 0 } of known) lines.push(`    ${feature}: ${r.toFixed(2)}`);
  if (suspects.length > 0) lines.push(`  changed only in the step with the largest difference: ${suspects.join(', ')}`);
  if (unmeasured.length > 0) lines.push(`  without a value: ${unmeasured.join(', ')}`);
  return lines.join('\n');
}

/** As many digits as say something. */
function round(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function showSigned(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${showBytes(Math.abs(bytes))}`;
}
