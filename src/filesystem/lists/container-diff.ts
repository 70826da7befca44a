import { z } from 'zod';
import { ReproError } from '../../errors.js';
import { type FilePath, pathFromText } from '../../model/file-path.js';
import type { PartialEntry } from '../trie/values.js';

const fileSchema = z.looseObject({ Name: z.string(), Size: z.number() });
const analysisSchema = z.looseObject({
  Image: z.string().optional(),
  AnalyzeType: z.string(),
  Analysis: z.unknown(),
});

/** A list of one image's entries. */
export interface FileList {
  readonly image?: string;
  readonly entries: readonly PartialEntry[];
}

/**
 * What `container-diff analyze --type=file --json` prints: an array of analyses, one of them `File` with paths and sizes.
 * https://github.com/GoogleContainerTools/container-diff (util/image_prep_utils.go, differs/file_diff.go). A
 * folder's size is the sum of what is below, and -1 stands for one that is not known.
 */
export function readContainerDiff(text: string, where: string): FileList {
  const analyses = z.array(analysisSchema).safeParse(parseJson(text, where));
  const file = analyses.data?.find(({ AnalyzeType }) => AnalyzeType === 'File');
  if (!file) throw malformed(where, 'it has no analysis of the type File');
  const rows = Array.isArray(file.Analysis) ? (file.Analysis as unknown[]) : undefined;
  if (!rows) throw malformed(where, 'its Analysis is no list');
  const entries = rows.map((row, at) => entryOf(row, at, where));
  return { ...(file.Image !== undefined && { image: file.Image }), entries };
}

/** By hand, as a hundred lists have two million rows. */
function entryOf(row: unknown, at: number, where: string): PartialEntry {
  const { Name, Size } = (row ?? {}) as { Name?: unknown; Size?: unknown };
  if (typeof Name !== 'string' || typeof Size !== 'number') {
    const told = fileSchema.safeParse(row).error;
    throw malformed(where, `entry ${at + 1} of its Analysis is none: ${told ? z.prettifyError(told) : 'no size'}`);
  }
  const path = isAscii(Name) ? (Name as FilePath) : pathFromText(Name);
  return Size < 0 ? { path } : { path, size: Size };
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return false;
  return true;
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed(where, `it is not JSON (${cause instanceof Error ? cause.message : cause})`);
  }
}

function malformed(where: string, why: string): ReproError {
  return new ReproError('usage', `${where} is no list of files as container-diff writes it: ${why}`, {
    remedy: 'make it with: container-diff analyze --type=file --json IMAGE',
  });
}
