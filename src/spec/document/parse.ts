import { isCollection, isMap, isPair, isScalar, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import { ReproError } from '../../errors.js';

/** A parsed YAML document with the way back from a value to its place in the text. */
export interface ParsedYaml {
  readonly value: unknown;
  /** `file:line:column` of the value at `path`, or of the nearest thing above it that exists. */
  where(path: readonly PropertyKey[]): string;
  /** `file:line:column` of a key itself. */
  whereKey(path: readonly PropertyKey[], key: string): string;
  /** The text of a scalar as it was written, e.g. `12` or `0022`. */
  source(path: readonly PropertyKey[]): string | undefined;
}

/** More than any manifest needs, less than what would exhaust memory. */
const sizeLimit = 32 * 1024 * 1024;
const aliasLimit = 100;

/** Parses YAML 1.2 for a document that people write; `name` is how the file is called in messages. */
export function parseYaml(text: string, name: string): ParsedYaml {
  if (text.length > sizeLimit) {
    throw new ReproError('usage', `the spec is larger than ${sizeLimit / 1024 / 1024} MiB`, { where: name });
  }
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${line}:${col}`;
  };
  const document = guardDepth(name, () =>
    parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: 'error' }),
  );
  const problem = document.errors[0] ?? document.warnings[0];
  if (problem) {
    throw new ReproError('usage', `not valid YAML: ${explain(problem.code, problem.message)}`, {
      where: at(problem.pos[0]),
    });
  }
  const root = document.contents;
  return {
    value: guardDepth(name, () => toValue(() => document.toJS({ maxAliasCount: aliasLimit }), name)),
    where: (path) => at(startOf(nearest(root, path))),
    whereKey: (path, key) => at(startOf(keyNode(nearest(root, path), key) ?? nearest(root, path))),
    source: (path) => {
      const node = nearest(root, path);
      return isScalar(node) ? node.source : undefined;
    },
  };
}

function explain(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds more than one document';
  if (code === 'DUPLICATE_KEY') return 'the same key is there twice';
  if (code === 'TAB_AS_INDENT') return 'tabs cannot indent; use spaces';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function toValue(read: () => unknown, name: string): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new ReproError('usage', 'the aliases (*name) of the spec expand to too much', {
      where: name,
      remedy: 'write the values out',
      cause: error,
    });
  }
}

function guardDepth<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ReproError('usage', 'the spec is nested too deeply to be one', { where: name, cause: error });
  }
}

function nearest(root: unknown, path: readonly PropertyKey[]): unknown {
  let node = root;
  for (const part of path) {
    if (!isCollection(node)) return node;
    const next: unknown = node.get(typeof part === 'symbol' ? String(part) : part, true);
    if (next === undefined || next === null) return keyNode(node, String(part)) ?? node;
    node = next;
  }
  return node;
}

function keyNode(node: unknown, key: string): Node | undefined {
  if (!isMap(node)) return undefined;
  const pair = (node as YAMLMap).items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key,
  );
  return pair?.key as Node | undefined;
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? 0;
}
