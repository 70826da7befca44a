import { compareParsed, type PythonVersion, parseVersion } from './versions.js';

/** One clause of a version specifier: `>=2`, `==1.*`, `~=1.4.2`. https://peps.python.org/pep-0440/#version-specifiers */
export interface Specifier {
  readonly operator: '===' | '~=' | '==' | '!=' | '<=' | '>=' | '<' | '>';
  readonly version: string;
}

/** Reads clauses with commas between; undefined where one is none. */
export function parseSpecifiers(text: string): Specifier[] | undefined {
  const specifiers: Specifier[] = [];
  for (const clause of text.split(',')) {
    if (clause.trim() === '') continue;
    const [, operator, version] = /^\s*(===|~=|==|!=|<=|>=|<|>)\s*(\S+)\s*$/.exec(clause) ?? [];
    if (!operator || !version) return undefined;
    specifiers.push({ operator: operator as Specifier['operator'], version });
  }
  return specifiers;
}

/** Whether a version is one that every clause allows; what is installed may be a pre-release. */
export function satisfies(version: string, specifiers: readonly Specifier[]): boolean {
  return specifiers.every((specifier) => allows(specifier, version));
}

function allows({ operator, version: bound }: Specifier, text: string): boolean {
  if (operator === '===') return text.toLowerCase() === bound.toLowerCase();
  const prefix = /^(.*)\.\*$/.exec(bound)?.[1];
  const version = parseVersion(text);
  const limit = parseVersion(prefix ?? bound);
  if (!version || !limit) return false;
  if (prefix !== undefined) {
    if (operator !== '==' && operator !== '!=') return false;
    return hasPrefix(version, limit) === (operator === '==');
  }
  switch (operator) {
    case '==':
      return equals(version, limit);
    case '!=':
      return !equals(version, limit);
    case '<=':
      return compareParsed(withoutLocal(version), limit) <= 0;
    case '>=':
      return compareParsed(withoutLocal(version), limit) >= 0;
    case '<':
      return compareParsed(version, limit) < 0 && !(isPre(version) && !isPre(limit) && isOfRelease(version, limit));
    case '>':
      return isAfter(version, limit);
    case '~=':
      return (
        compareParsed(withoutLocal(version), limit) >= 0 &&
        hasPrefix(version, { epoch: limit.epoch, release: limit.release.slice(0, -1) })
      );
  }
}

/** A bound without a local part matches whatever local part a version has. */
function equals(version: PythonVersion, bound: PythonVersion): boolean {
  return compareParsed(bound.local ? version : withoutLocal(version), bound) === 0;
}

/** `>1.7` allows neither post-releases nor local versions of 1.7 itself. */
function isAfter(version: PythonVersion, bound: PythonVersion): boolean {
  if (compareParsed(version, bound) <= 0) return false;
  if (version.post !== undefined && bound.post === undefined && isOfRelease(version, bound)) return false;
  return version.local === undefined || !isOfRelease(version, bound);
}

/** `==1.4.*`: the release begins so, missing parts being zero. */
function hasPrefix(version: PythonVersion, { epoch, release }: PythonVersion): boolean {
  return version.epoch === epoch && release.every((part, at) => part === (version.release[at] ?? 0n));
}

function isPre({ pre, dev }: PythonVersion): boolean {
  return pre !== undefined || dev !== undefined;
}

/** Whether both are of the same release, whatever stands behind it. */
function isOfRelease(a: PythonVersion, b: PythonVersion): boolean {
  return compareParsed({ epoch: a.epoch, release: a.release }, { epoch: b.epoch, release: b.release }) === 0;
}

function withoutLocal({ local: _local, ...rest }: PythonVersion): PythonVersion {
  return rest;
}
