import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { ReproError, reasonOf } from '../errors.js';
import type { FileChange } from '../filesystem/diff/file-comparison.js';
import { showMode } from '../model/file-entry.js';
import { type FilePath, pathFromText, showPath } from '../model/file-path.js';
import type { AddedEntry } from './added.js';
import type { Comparison } from './comparison.js';
import { bytesOf } from './summary.js';

const globs = z.array(z.string()).min(1);
const bytes = z.union([
  z.int().nonnegative(),
  z.string().regex(/^\d+(?:\.\d+)? ?(?:B|kB|MB|GB)$/, 'bytes such as 1000 or "12 MB"'),
]);

/** What `--rules FILE` may hold; each rule may be absent. */
export const rulesSchema = z.strictObject({
  'max-added-bytes': bytes.optional().describe('how much larger the second may be, by what was added to it'),
  'max-changed': z.int().nonnegative().optional().describe('how many files may differ'),
  'min-similarity': z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('how much of all places must be the same: same / (same and different)'),
  'no-setuid-added': z.boolean().optional().describe('no file may be setuid or setgid that was not'),
  'no-new-world-writable': z.boolean().optional().describe('nothing may be writable for all that was not; /tmp may'),
  'no-removed-packages': z.boolean().optional(),
  'no-downgraded-packages': z.boolean().optional(),
  allow: globs.optional().describe('only what one of these globs names may differ'),
  deny: globs.optional().describe('nothing that one of these globs names may differ'),
  ignore: z
    .array(z.strictObject({ paths: globs, reason: z.string().min(1) }))
    .optional()
    .describe('what does not count, and why'),
});

export type Rules = z.infer<typeof rulesSchema>;

/** A rule that does not hold, and where. */
export const violationSchema = z.strictObject({
  rule: z.string(),
  message: z.string(),
  path: z.string().optional(),
});

export type Violation = z.infer<typeof violationSchema>;

/** Reads a file of rules. */
export async function readRules(file: string): Promise<Rules> {
  let content: unknown;
  try {
    content = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new ReproError('usage', `the rules cannot be read: ${reasonOf(cause)}`, { where: file, cause });
  }
  const result = rulesSchema.safeParse(content ?? {});
  if (result.success) return result.data;
  throw new ReproError('usage', `the rules are invalid: ${z.prettifyError(result.error)}`, { where: file });
}

/** Takes out of a comparison what rules ignore, and says of how much it is told no more. */
export function withoutIgnored(comparison: Comparison, { ignore = [] }: Rules): Comparison {
  if (ignore.length === 0) return comparison;
  const isIgnored = ignore.map(({ paths }) => matcher(paths));
  const counts = ignore.map(() => 0);
  const changes = comparison.files.changes.filter((change) => {
    const at = isIgnored.findIndex((matches) => matches(change.path) && (!change.from || matches(change.from)));
    if (at === -1) return true;
    counts[at] = (counts[at] ?? 0) + 1;
    return false;
  });
  const notes = ignore.flatMap(({ reason, paths }, at) =>
    counts[at] ? [`${counts[at]} differences are ignored (${paths.join(', ')}): ${reason}`] : [],
  );
  return { ...comparison, files: { ...comparison.files, changes }, notes: [...comparison.notes, ...notes] };
}

/** All that breaks a rule, in the order of the rules. */
export function violationsOf(comparison: Comparison, added: readonly AddedEntry[], rules: Rules): Violation[] {
  const { files, packages } = comparison;
  return [
    ...boundViolations(comparison, rules),
    ...(rules['no-setuid-added']
      ? added.filter(isNewlySetuid).map(modeViolation('no-setuid-added', 'setuid or setgid'))
      : []),
    ...(rules['no-new-world-writable']
      ? added.filter(isNewlyWritable).map(modeViolation('no-new-world-writable', 'writable for all'))
      : []),
    ...packageViolations(packages, rules['no-removed-packages'], 'removed'),
    ...packageViolations(packages, rules['no-downgraded-packages'], 'downgraded'),
    ...pathViolations(files.changes, rules),
  ];
}

function boundViolations({ files }: Comparison, rules: Rules): Violation[] {
  const found: Violation[] = [];
  const most = rules['max-added-bytes'];
  const added = bytesOf(files.changes).added;
  if (most !== undefined && added > toBytes(most)) {
    found.push({ rule: 'max-added-bytes', message: `${added} bytes were added; ${most} may be` });
  }
  const changed = files.changes.length;
  if (rules['max-changed'] !== undefined && changed > rules['max-changed']) {
    found.push({ rule: 'max-changed', message: `${changed} paths differ; ${rules['max-changed']} may` });
  }
  const all = files.same + files.changes.length;
  const similarity = all === 0 ? 1 : files.same / all;
  if (rules['min-similarity'] !== undefined && similarity < rules['min-similarity']) {
    const message = `${similarity.toFixed(4)} of the places are the same; at least ${rules['min-similarity']} must be`;
    found.push({ rule: 'min-similarity', message });
  }
  return found;
}

function isNewlySetuid({ before, after }: AddedEntry): boolean {
  const special = 0o6000;
  return after.type !== 'directory' && ((after.mode ?? 0) & special & ~((before?.mode ?? 0) & special)) !== 0;
}

/** A sticky folder such as /tmp is meant to be. */
function isNewlyWritable({ before, after }: AddedEntry): boolean {
  const isOpen = (entry: AddedEntry['after'] | undefined) =>
    entry?.type !== 'symlink' &&
    ((entry?.mode ?? 0) & 0o002) !== 0 &&
    !(entry?.type === 'directory' && ((entry.mode ?? 0) & 0o1000) !== 0);
  return isOpen(after) && !isOpen(before);
}

function modeViolation(rule: string, what: string): (added: AddedEntry) => Violation {
  return ({ after }) => ({
    rule,
    path: showPath(after.path),
    message: `${showPath(after.path)} is ${what} (${showMode(after.mode ?? 0)})`,
  });
}

function packageViolations(
  packages: Comparison['packages'],
  isAsked: boolean | undefined,
  kind: 'removed' | 'downgraded',
): Violation[] {
  const rule = `no-${kind}-packages`;
  if (!isAsked) return [];
  if (!packages) return [{ rule, message: 'the packages of both sources are not known' }];
  return packages
    .filter((change) => change.kind === kind)
    .map(({ distribution, name }) => ({ rule, message: `${distribution} ${name} was ${kind}` }));
}

function pathViolations(changes: readonly FileChange[], { allow, deny }: Rules): Violation[] {
  const [isAllowed, isDenied] = [allow && matcher(allow), deny && matcher(deny)];
  return changes.flatMap(({ path, from, verdicts }) => {
    const places = from === undefined ? [path] : [from, path];
    const tell = (rule: string, place: FilePath) => ({
      rule,
      path: showPath(place),
      message: `${showPath(place)} differs: ${verdicts.join(', ')}`,
    });
    const denied = places.find((place) => isDenied?.(place));
    const forbidden = places.find((place) => isAllowed && !isAllowed(place));
    return [
      ...(forbidden === undefined ? [] : [tell('allow', forbidden)]),
      ...(denied === undefined ? [] : [tell('deny', denied)]),
    ];
  });
}

function matcher(patterns: readonly string[]): (path: FilePath) => boolean {
  const matches = picomatch(
    patterns.map((pattern) => pathFromText(pattern)),
    { dot: true },
  );
  return (path) => matches(path);
}

function toBytes(amount: number | string): number {
  if (typeof amount === 'number') return amount;
  const [, number = '', unit = ''] = /^([\d.]+) ?(\w+)$/.exec(amount) ?? [];
  return Number(number) * ({ B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[unit] ?? 1);
}
