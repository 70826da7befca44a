import { withoutVersions } from '../filesystem/diff/drift.js';
import type { FileChange, FileComparison, Normalized } from '../filesystem/diff/file-comparison.js';
import type { FileContents } from './contents.js';

/** Larger files are not read to find out whether they are the same but for a path in them. */
export const mostRewritten = 4_000_000;

/** A folder that lies at another place now: what its files say of that place is another text, and means the same. */
interface Prefix {
  readonly from: string;
  readonly to: string;
}

/**
 * Takes out of a comparison files whose content is the same but for the place where they are installed, the interpreter
 * that the first line names, or the version of a language.
 */
export async function withoutRewritten(
  files: FileComparison,
  before: FileContents,
  after: FileContents,
  signal?: AbortSignal,
): Promise<FileComparison> {
  const prefixes = files.changes.flatMap(({ path, from, verdicts, whole }) =>
    whole && from !== undefined && verdicts.includes('moved') ? [{ from, to: path }] : [],
  );
  for (const { path, from } of files.normalized) if (from !== undefined) prefixes.push({ from, to: path });
  const changes: FileChange[] = [];
  const normalized: Normalized[] = [...files.normalized];
  for (const change of files.changes) {
    signal?.throwIfAborted();
    const rule = await ruleFor(change, before, after, prefixes);
    const verdicts = rule === undefined ? change.verdicts : change.verdicts.filter((verdict) => verdict !== 'content');
    if (rule !== undefined) normalized.push({ path: change.path, ...fromOf(change), rule, entries: 1 });
    if (verdicts.length > 0) changes.push(rule === undefined ? change : { ...change, verdicts });
  }
  return { ...files, changes, normalized };
}

async function ruleFor(
  { path, from = path, verdicts, before, after }: FileChange,
  one: FileContents,
  other: FileContents,
  prefixes: readonly Prefix[],
): Promise<string | undefined> {
  if (!verdicts.includes('content') || isLarge(before?.size) || isLarge(after?.size)) return undefined;
  const [content, otherContent] = [await one.read(from), await other.read(path)];
  if (typeof content === 'string' || typeof otherContent === 'string') return undefined;
  return sameButFor(content, otherContent, prefixes);
}

/** By what rule two texts are the same, if by any. */
export function sameButFor(before: Buffer, after: Buffer, prefixes: readonly Prefix[]): string | undefined {
  // Programs hold paths, too, but nobody can tell what else the room after a shorter one means.
  if (before.includes(0) || after.includes(0)) return undefined;
  const [one, other] = [before.toString('latin1'), after.toString('latin1')];
  const moved = replacePrefixes(one, prefixes);
  if (moved === other) return 'prefix';
  const [plain, otherPlain] = [withoutVersions(moved).text, withoutVersions(other).text];
  if (plain === otherPlain) return moved === one ? 'version-in-text' : 'prefix';
  return withoutInterpreter(plain) === withoutInterpreter(otherPlain) ? 'shebang' : undefined;
}

/** A path ends where its name does: `/opt/conda` is not in `/opt/conda2`. */
function replacePrefixes(text: string, prefixes: readonly Prefix[]): string {
  return prefixes.reduce((replaced, { from, to }) => {
    const escaped = from.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return replaced.replace(new RegExp(`${escaped}(?![\\w.-])`, 'g'), () => to);
  }, text);
}

/** The folder of the interpreter in the first line; which one it is remains. */
function withoutInterpreter(text: string): string {
  return text.replace(/^#!\s*(?:\S*\/env\s+)?(?:\S*\/)?([^\s/]+)/, '#!$1');
}

function isLarge(size: number | undefined): boolean {
  return size === undefined || size > mostRewritten;
}

function fromOf({ from }: FileChange): Pick<Normalized, 'from'> {
  return from === undefined ? {} : { from };
}
