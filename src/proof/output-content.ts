import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import type { Comparator } from '../spec/document/comparators.js';
import type { Blame } from './blame.js';
import { allowedBy, compareContents, describeComparator } from './comparison/compare.js';
import { suggestComparator } from './comparison/suggest.js';
import { firstLine, haveSameLines } from './formats/lines.js';
import type { FoundContent } from './inputs.js';
import type { OutputResult } from './proof.js';

/** A larger file is compared by its hash alone. */
const contentLimit = 64 * 1024 * 1024;

/** Two outputs that are not the same byte for byte. */
export interface DifferingOutput {
  readonly path: FilePath;
  /** What it was, where that is at hand. */
  readonly original: FoundContent | undefined;
  readonly found: FileEntry;
  readonly machine: Machine;
  /** As the manifest names it; nobody else chooses one. */
  readonly comparator: Comparator;
  readonly isStream: boolean;
  readonly blame: Blame;
  readonly signal?: AbortSignal | undefined;
}

type ContentResult = Omit<OutputResult, 'path' | 'compare'>;

/** Compares the content of an output with the original by the manifest's comparator. */
export async function compareOutputContent(output: DifferingOutput): Promise<ContentResult> {
  const { original, found, comparator, blame, signal } = output;
  const isSmall = found.size <= contentLimit && (original?.size ?? 0) <= contentLimit;
  if (original === undefined || !isSmall || found.type !== 'file') return notLookedInto(output, isSmall);
  const expected = await contentOf(original);
  const content = await output.machine.files.read(output.path);
  const comparison = await compareContents(expected, content, comparator, signal);
  if (comparison.verdict === 'equal') {
    return {
      verdict: 'equal',
      why: `what may differ: ${await allowedBy(comparator)}`,
    };
  }
  if (comparison.verdict === 'unproved') {
    return { verdict: 'unproved', cause: 'not-recorded', why: `${describeComparator(comparator)}: ${comparison.why}` };
  }
  const why = haveSameLines(expected, content)
    ? `the same lines in another order, as when a folder is listed: its order is the filesystem's; ${blame.why}`
    : blame.why;
  const { differences, count } = comparison;
  const suggestion =
    comparator === 'bytes' ? await suggestComparator(expected, content, output.path, signal) : undefined;
  return { ...blame, why, differences: [...differences], count, ...(suggestion ? { suggestion } : {}) };
}

async function notLookedInto(output: DifferingOutput, isSmall: boolean): Promise<ContentResult> {
  const { comparator, blame, isStream } = output;
  const limit = contentLimit / 1024 / 1024;
  const reason = isSmall
    ? 'the original is not at hand to compare with'
    : `it is too large to look into (more than ${limit} MiB)`;
  if (comparator !== 'bytes') {
    return { verdict: 'unproved', cause: 'not-recorded', why: `${reason} (${describeComparator(comparator)})` };
  }
  const says = isSmall && isStream ? await beginningOf(output) : '';
  return { ...blame, why: `${blame.why}; ${reason}${says}` };
}

/** What a redirected stream says: of a command that failed, the reason. */
async function beginningOf({ machine, path }: DifferingOutput): Promise<string> {
  const line = firstLine(await machine.files.read(path));
  return line === '' ? '' : `; it begins: ${line}`;
}

async function contentOf({ open }: FoundContent): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of open()) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}
