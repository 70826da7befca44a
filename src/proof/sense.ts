import { sourceOfBytecode } from '../distributions/rules.js';
import type { FileEntry } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { accountFile, compareAccounts, type ExpectedAccounts } from './accounts.js';
import { staleBytecode } from './bytecode.js';
import type { TreeView } from './entries.js';
import type { Difference } from './proof.js';
import type { Recompiles } from './recompile.js';

/** The published rule by which two contents mean the same, or what differs in what they mean, or why it is not known. */
export type SenseResult =
  | { readonly unproved: string }
  | { readonly rule: string; readonly why: string }
  | { readonly differences: readonly Difference[]; readonly why: string };

/** A comparison of meaning, where a published rule says how: undefined where there is none for the path. */
export type SenseComparison = (path: FilePath, found: FileEntry) => Promise<SenseResult | undefined>;

export interface SenseSources {
  readonly origin: TreeView;
  readonly created: TreeView;
  readonly accounts: ExpectedAccounts;
  /** Content of a file of the created tree; without it nothing is compared by its meaning. */
  readonly readContent?: ((path: FilePath) => Promise<Buffer>) | undefined;
  /** Without it compiled code that differs is not known to be that of its source. */
  readonly recompiles?: Recompiles | undefined;
}

/** Compares files that are made anew on every machine by what they mean. */
export function senseComparison(sources: SenseSources): SenseComparison {
  const { readContent } = sources;
  return async (path, found) => {
    if (readContent === undefined || found.type !== 'file') return undefined;
    const kind = accountFile(path);
    if (kind !== undefined) return accountsBySense(kind, sources.accounts, await readContent(path));
    const source = sourceOfBytecode(path);
    return source === undefined ? undefined : bytecodeBySense(path, source, await readContent(path), sources);
  };
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

/** The source must be the same as on the origin, and be the one that the code was compiled from. */
async function bytecodeBySense(
  path: FilePath,
  source: FilePath,
  content: Buffer,
  { origin, created, recompiles }: SenseSources,
): Promise<SenseResult> {
  const before = origin.entry(source);
  const after = created.entry(source);
  const same = before?.hash !== undefined && before.hash === after?.hash;
  const stale = same ? staleBytecode(content, after) : 'its source differs';
  const isItsCode = stale === undefined ? await recompiles?.(path, source) : false;
  if (isItsCode === undefined) return { unproved: 'no Python there can tell whether it is the code of its source' };
  if (isItsCode) return { rule: 'python-bytecode', why: 'compiled anew from the same source' };
  const why = stale ?? 'it is not what Python makes of its source';
  return { why, differences: [{ aspect: 'content', expected: 'code of its source', found: why }] };
}
