import { z } from 'zod';
import { packageText } from '../../model/package-text.js';
import { type EntryBatch, SizedPaths } from '../trie/entry-batch.js';
import type { PartialEntry } from '../trie/values.js';
import { fileRows } from './file-rows.js';
import { type ListedPackage, type ListFormat, type ListInput, malformed } from './format.js';
import { type JsonRows, jsonRows } from './json-rows.js';
import { rootedText } from './paths-of-lists.js';

const fileSchema = z.looseObject({ Name: z.string(), Size: z.number() });
const packageSchema = z.looseObject({ Name: z.string(), Version: z.string(), Size: z.number().optional() });
const analysisSchema = z.looseObject({
  Image: z.string().optional(),
  AnalyzeType: z.string(),
  Analysis: z.unknown(),
});

/** The distributions of its analyzers of packages. */
const managers: Readonly<Record<string, string>> = { Apt: 'debian', RPM: 'rpm', Pip: 'python', Node: 'npm' };

/**
 * What `container-diff analyze --type=file --json` prints: an array of analyses, one of them `File` with paths and sizes.
 * https://github.com/GoogleContainerTools/container-diff (util/image_prep_utils.go, differs/file_diff.go). A
 * folder's size is the sum of what is below, and -1 stands for one that is not known.
 */
export const containerDiff: ListFormat = {
  title: 'list of files as container-diff writes it',
  made: 'container-diff analyze --type=file --json IMAGE',
  takesPassing: true,
  isLike: ({ text }) => /^\s*\[\s*\{/.test(text) && /"(?:AnalyzeType|Analysis)"\s*:/.test(text),
  async *read(input: ListInput) {
    const { where, tell } = input;
    const parts = jsonRows(input, ['Analysis'], containerDiff, fileRows);
    const packages: ListedPackage[] = [];
    /** Of analyses that say their type behind what they found. */
    const held: JsonRows<SizedPaths>[] = [];
    let next = await parts.next();
    for (; !next.done; next = await parts.next()) {
      const part = next.value;
      const type = typeBefore(part.before);
      if (type === 'File') yield entriesIn(part, where);
      else if (type === undefined) held.push(lasting(part));
      else packages.push(...packagesIn(type, part.rows));
    }
    const analyses = z.array(analysisSchema).safeParse(next.value).data ?? [];
    const file = analyses.find(({ AnalyzeType }) => AnalyzeType === 'File');
    if (!file) throw malformed(containerDiff, where, 'it has no analysis of the type File');
    if (!Array.isArray(file.Analysis)) throw malformed(containerDiff, where, 'its Analysis is no list');
    const lists = analyses.filter(({ Analysis }) => Array.isArray(Analysis));
    for (const part of held) {
      const type = lists[part.list]?.AnalyzeType ?? '';
      if (type === 'File') yield entriesIn(part, where);
      else packages.push(...packagesIn(type, part.rows));
    }
    const image = file.Image ?? analyses[0]?.Image;
    const hasPackages = analyses.some(({ AnalyzeType }) => Object.hasOwn(managers, AnalyzeType));
    tell({
      ...(image !== undefined && { image: { names: [image] } }),
      ...(hasPackages && { packages: distinct(packages) }),
    });
  },
};

function lasting(part: JsonRows<SizedPaths>): JsonRows<SizedPaths> {
  return part.rows instanceof SizedPaths ? { ...part, rows: part.rows.lasting() } : part;
}

/** What the analysis is called whose list comes next, where that stands before it. */
function typeBefore(text: string): string | undefined {
  return /"AnalyzeType"\s*:\s*"([^"]*)"[^{}]*$/.exec(text)?.[1];
}

function entriesIn({ rows, first }: JsonRows<SizedPaths>, where: string): EntryBatch {
  return rows instanceof SizedPaths ? rows : rows.map((row, at) => entryOf(row, first + at, where));
}

/** By hand, as a hundred lists have two million rows. */
function entryOf(row: unknown, number: number, where: string): PartialEntry {
  const { Name, Size } = (row ?? {}) as { Name?: unknown; Size?: unknown };
  if (typeof Name !== 'string' || typeof Size !== 'number') {
    const told = fileSchema.safeParse(row).error;
    throw malformed(containerDiff, where, `entry ${number} of its Analysis is none: ${wordsOf(told)}`);
  }
  return Size < 0 ? { path: rootedText(Name) } : { path: rootedText(Name), size: Size };
}

function wordsOf(error: z.ZodError | undefined): string {
  return error ? z.prettifyError(error) : 'no size';
}

/** What an analyzer of packages found; what is none is left to those who asked for packages. */
function packagesIn(analyzer: string, rows: readonly unknown[] | SizedPaths): ListedPackage[] {
  const distribution = Object.hasOwn(managers, analyzer) ? managers[analyzer] : undefined;
  // Of packages a version is told.
  if (distribution === undefined || rows instanceof SizedPaths) return [];
  return rows.flatMap((row: unknown) => {
    const found = packageSchema.safeParse(row);
    if (!found.success) return [];
    const { Name, Version, Size = -1 } = found.data;
    return [{ distribution, name: Name, version: versionIn(analyzer, Version), ...(Size >= 0 && { size: Size }) }];
  });
}

/** It writes the first `+` of a version of Debian as a space (differs/apt_diff.go). */
function versionIn(analyzer: string, version: string): string {
  return analyzer === 'Apt' ? version.replace(' ', '+') : version;
}

function distinct(packages: readonly ListedPackage[]): ListedPackage[] {
  return [...new Map(packages.map((each) => [packageText(each), each])).values()];
}
