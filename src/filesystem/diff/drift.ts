import type { FilePath } from '../../model/file-path.js';
import type { NodeId } from '../trie/nodes.js';
import type { Side, Sides } from './sides.js';

/** Parts of paths that carry the version of a language, and so are others after an upgrade of it. */
const versionParts: readonly { readonly rule: string; readonly pattern: RegExp; readonly plain: string }[] = [
  { rule: 'python-version', pattern: /\b(lib|i)?python[23](?:\.\d+)?(?=\b|[dmu]\b|_)/g, plain: '$1python*' },
  { rule: 'python-version', pattern: /\b(cpython|pypy)-?\d{2,3}\b/g, plain: '$1-*' },
  { rule: 'python-version', pattern: /-py[23](?:\.\d+)?(?=\.egg|-|$)/g, plain: '-py*' },
  { rule: 'perl-version', pattern: /\/(perl5?|perl-base)\/5\.\d+(?:\.\d+)?(?=\/|$)/g, plain: '/$1/*' },
  { rule: 'ruby-version', pattern: /\/(ruby|gems)\/\d+\.\d+(?:\.\d+)?(?=\/|$)/g, plain: '/$1/*' },
  { rule: 'lua-version', pattern: /\/lua\/5\.\d(?=\/|$)/g, plain: '/lua/*' },
];

/** A text without the versions of languages in it, and the first rule that took one out. */
export function withoutVersions(text: string): { readonly text: string; readonly rule?: string } {
  let plain = text;
  let rule: string | undefined;
  for (const each of versionParts) {
    const before = plain;
    plain = plain.replace(each.pattern, each.plain);
    if (plain !== before) rule ??= each.rule;
  }
  return rule === undefined ? { text: plain } : { text: plain, rule };
}

/** What was removed and what was added at a path that is the same but for the version of a language. */
export interface Drifted {
  readonly from: NodeId;
  readonly to: NodeId;
  readonly rule: string;
}

/** Places whose paths are the same without versions, where just one of each side has it so. */
export function driftedPairs(sides: Sides, removed: readonly NodeId[], added: readonly NodeId[]): Drifted[] {
  const before = byPlainPath(sides, removed);
  const pairs: Drifted[] = [];
  for (const [path, { nodes, rule }] of byPlainPath(sides, added)) {
    const [from, ...others] = before.get(path)?.nodes ?? [];
    const [to, ...further] = nodes;
    if (from === undefined || to === undefined || others.length > 0 || further.length > 0) continue;
    pairs.push({ from, to, rule });
  }
  return pairs;
}

function byPlainPath(
  sides: Sides,
  nodes: readonly NodeId[],
): Map<string, { readonly nodes: NodeId[]; readonly rule: string }> {
  const found = new Map<string, { readonly nodes: NodeId[]; readonly rule: string }>();
  for (const node of nodes) {
    const { text, rule } = withoutVersions(sides.pathOf(node));
    if (rule === undefined) continue;
    const known = found.get(text);
    if (known) known.nodes.push(node);
    else found.set(text, { nodes: [node], rule });
  }
  return found;
}

/** Whether a path is compiled Python that its source, which is there, can make again; or the folder for that. */
export function isBytecode(sides: Sides, path: FilePath, side: Side): boolean {
  if (/\/__pycache__$/.test(path)) return true;
  const source =
    /^(.*)\/__pycache__\/([^/]+?)\.[a-z]+-?\d+[^/]*\.pyc$/s.exec(path) ?? /^(.*)\/([^/]+)\.py[co]$/s.exec(path);
  if (!source) return false;
  const node = sides.trie.nodeAt(`${source[1]}/${source[2]}.py`);
  return node !== undefined && sides.has(node, side);
}
