import type { Machine } from '../machines/machine.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import type { Meaning, Variation } from '../packaging/variation.js';
import { accountFile, compareAccounts, type ExpectedAccounts } from './accounts.js';
import type { TreeView } from './entries.js';
import type { Difference } from './proof.js';

/** The published rule by which two contents mean the same, or what differs in what they mean, or why it is not known. */
export type SenseResult =
  | { readonly unproved: string }
  | { readonly rule: string; readonly why: string }
  | { readonly differences: readonly Difference[]; readonly why: string };

/** Comparisons of meaning, where a published rule says how: undefined where there is none for the path. */
export interface SenseComparison extends AsyncDisposable {
  compare(path: FilePath, found: FileEntry): Promise<SenseResult | undefined>;
}

export interface SenseSources {
  readonly origin: TreeView;
  readonly created: TreeView;
  readonly accounts: ExpectedAccounts;
  /** Content of a file of the created tree; without it nothing is compared by its meaning. */
  readonly readContent?: ((path: FilePath) => Promise<Buffer>) | undefined;
  /** Without it nothing is known that only the created machine's own programs can tell. */
  readonly machine?: (() => Promise<Machine>) | undefined;
}

/** Compares files that are made anew on every machine by what they mean: accounts, and what the variations know. */
export function senseComparison(variations: readonly Variation[], sources: SenseSources): SenseComparison {
  const { origin, created, accounts, readContent, machine } = sources;
  const context = {
    before: (path: FilePath) => origin.entry(path),
    after: (path: FilePath) => created.entry(path),
    ...(machine ? { machine } : {}),
  };
  const comparisons = readContent
    ? variations.flatMap((variation) => variation.sameMeaning?.({ ...context, read: readContent }) ?? [])
    : [];
  return {
    async compare(path, found) {
      if (readContent === undefined || found.type !== 'file') return undefined;
      const kind = accountFile(path);
      if (kind !== undefined) return accountsBySense(kind, accounts, await readContent(path));
      for (const comparison of comparisons) {
        const meaning = await comparison.compare(path);
        if (meaning) return resultOf(meaning);
      }
      return undefined;
    },
    async [Symbol.asyncDispose]() {
      for (const comparison of comparisons) await comparison[Symbol.asyncDispose]();
    },
  };
}

function resultOf(meaning: Meaning): SenseResult {
  if (!('expected' in meaning)) return meaning;
  const { expected, why } = meaning;
  return { why, differences: [{ aspect: 'content', expected, found: why }] };
}

function accountsBySense(
  kind: 'passwd' | 'group',
  expected: ExpectedAccounts,
  content: Buffer,
): SenseResult | undefined {
  if (expected[kind].size === 0) return undefined;
  const differing = compareAccounts(kind, expected, content.toString('utf8'));
  if (differing.length === 0) {
    return {
      rule: 'accounts',
      why: `the ${expected[kind].size} recorded accounts are the same; they are merged by name`,
    };
  }
  return {
    why: `accounts differ: ${differing.map(({ name }) => name).join(', ')}`,
    differences: differing.map(({ name, expected: before, found }) => ({
      aspect: 'accounts',
      expected: `${name}:${before}`,
      found: `${name}:${found}`,
    })),
  };
}
