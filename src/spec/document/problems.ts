import type { z } from 'zod';
import { ReproError } from '../../errors.js';
import type { ParsedYaml } from './parse.js';

type Issue = z.core.$ZodIssue;

/** One thing that is wrong in a document, with its place. */
export interface Problem {
  readonly where: string;
  readonly message: string;
}

const shownProblems = 10;

/** What zod found, as sentences of what was expected and what was found, each at its line and column. */
export function problemsOf(
  error: z.ZodError,
  yaml: ParsedYaml,
  schema: z.ZodType,
  prefix: readonly PropertyKey[] = [],
) {
  return error.issues.flatMap((issue) => issueProblems(deepest(issue), yaml, schema, prefix));
}

/** One error for all problems: a single one at its place, several as a list. */
export function invalidSpec(name: string, problems: readonly Problem[]): ReproError {
  const sorted = [...problems].sort((a, b) => placeOf(a) - placeOf(b));
  const [first, ...others] = sorted;
  if (first && others.length === 0) return new ReproError('usage', first.message, { where: first.where });
  const shown = sorted
    .slice(0, shownProblems)
    .map(({ where, message }) => `${where}: ${message}${message.endsWith('?') ? '' : '.'}`);
  const more = problems.length > shownProblems ? ` (and ${problems.length - shownProblems} more)` : '';
  return new ReproError('usage', `the spec has ${problems.length} problems: ${shown.join(' ')}${more}`, {
    where: name,
  });
}

/** Line and column as one number, for reading from the top. */
function placeOf({ where }: Problem): number {
  const [, line = '0', column = '0'] = /:(\d+):(\d+)$/.exec(where) ?? [];
  return Number(line) * 1e6 + Number(column);
}

function issueProblems(
  issue: Issue,
  yaml: ParsedYaml,
  schema: z.ZodType,
  prefix: readonly PropertyKey[],
): readonly Problem[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.map((key) => ({
      where: yaml.whereKey(path, key),
      message: `${label([...path, key])} is not a known key${suggestion(key, known)}`,
    }));
  }
  const found = valueAt(yaml.value, path);
  if (found === undefined && path.length > 0) {
    return [
      { where: yaml.where(path.slice(0, -1)), message: `${label(path)} is missing; expected ${expected(issue)}` },
    ];
  }
  const hint = quoteHint(issue, found, yaml.source(path));
  return [
    { where: yaml.where(path), message: `${label(path)}: expected ${expected(issue)}, found ${show(found)}${hint}` },
  ];
}

/** Of a union, the issue of the member that came furthest, and then has least to complain of; otherwise the issue itself. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union') return issue;
  const candidates = issue.errors.flatMap((all) => {
    const told = all.filter((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys');
    return told.map((inner) => ({ inner, issues: all.length }));
  });
  const [{ inner } = {}] = candidates.sort((a, b) => b.inner.path.length - a.inner.path.length || a.issues - b.issues);
  return inner ? deepest({ ...inner, path: [...issue.path, ...inner.path] } as Issue) : issue;
}

function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return typeNames[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return oneOf(issue.values.map((value) => String(value)));
    case 'invalid_union':
      return oneOf(issue.errors.flat().flatMap((inner) => alternatives(inner)));
    case 'too_small':
      return issue.origin === 'array' ? `at least ${issue.minimum} items` : `at least ${issue.minimum}`;
    case 'too_big':
      return `at most ${issue.maximum}`;
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0] ? expected(issue.issues[0]) : issue.message;
    default:
      return issue.message.replace(/^Invalid string: must match pattern /, 'text that matches ');
  }
}

function alternatives(issue: Issue): readonly string[] {
  return issue.code === 'invalid_value' ? issue.values.map((value) => String(value)) : [expected(issue)];
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'keys with values',
  record: 'keys with values',
  array: 'a list',
};

function oneOf(values: readonly string[]): string {
  const unique = [...new Set(values)];
  return unique.length < 2 ? (unique[0] ?? 'nothing') : `${unique.slice(0, -1).join(', ')} or ${unique.at(-1)}`;
}

function show(found: unknown): string {
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'keys with values';
  if (typeof found !== 'string') return `${typeof found === 'number' ? 'the number ' : ''}${String(found)}`;
  return JSON.stringify(found.length > 60 ? `${found.slice(0, 57)}...` : found);
}

/** YAML reads a bare `12` or `0022` as a number: say how the text is written. */
function quoteHint(issue: Issue, found: unknown, source: string | undefined): string {
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  if (!wantsText || found === null || typeof found === 'object' || source === undefined) return '';
  return `; write it as "${source}"`;
}

function label(path: readonly PropertyKey[]): string {
  return path.map(String).join('.') || 'the document';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const part of path) {
    if (found === null || typeof found !== 'object') return undefined;
    found = (found as Record<PropertyKey, unknown>)[part];
  }
  return found;
}

/** The keys that a schema knows at a path, for suggestions. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  let schemas: readonly z.core.$ZodType[] = [schema];
  for (const part of path) schemas = schemas.flatMap((one) => childSchemas(one, part));
  return schemas.flatMap((one) => {
    const { def } = unwrap(one)._zod as { def: { shape?: object; options?: readonly z.core.$ZodType[] } };
    const options = def.options ?? [];
    return [...Object.keys(def.shape ?? {}), ...options.flatMap((option) => keysAt(option as z.ZodType, []))];
  });
}

function childSchemas(schema: z.core.$ZodType, part: PropertyKey): readonly z.core.$ZodType[] {
  const { def } = unwrap(schema)._zod as {
    def: {
      shape?: Record<PropertyKey, z.core.$ZodType>;
      element?: z.core.$ZodType;
      valueType?: z.core.$ZodType;
      options?: readonly z.core.$ZodType[];
    };
  };
  if (def.options) return def.options.flatMap((option) => childSchemas(option, part));
  const child = def.shape?.[part] ?? def.element ?? def.valueType;
  return child ? [child] : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType ? unwrap(innerType) : schema;
}

function suggestion(key: string, known: readonly string[]): string {
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(key.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  if (best) return `; did you mean ${best.candidate}?`;
  return known.length === 0 ? '' : `; known keys: ${[...new Set(known)].join(', ')}`;
}

/** Levenshtein distance, for names of a few letters. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
