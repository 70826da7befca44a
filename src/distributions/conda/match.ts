import { compareVersions } from './versions.js';

/** What a match specification says behind the name. */
export interface Match {
  /** `>=1.2,<2|==3`; empty: any. */
  readonly versions: string;
  /** A glob. */
  readonly build?: string;
}

/** Reads a request as the manifest has it: `name`, `name>=1.2,<2`, `name=version` or `name=version=build`. */
export function matchIn(request: string): Match {
  const rest = /^(?:\S*::)?[^\s=<>!~[]+(.*)$/.exec(request)?.[1] ?? '';
  const [, version, build] = /^=([^=<>!~,|]+)=([^=]+)$/.exec(rest) ?? [];
  return version === undefined || build === undefined ? { versions: rest } : { versions: `==${version}`, build };
}

/** The only version that it allows, where there is only one. */
export function onlyVersionOf({ versions }: Match): string | undefined {
  return /^==([^,|*=]+)$/.exec(versions)?.[1];
}

/**
 * Whether a package is one that it allows; a comma is stronger than a bar.
 * https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html#package-match-specifications
 */
export function isMatching({ versions, build }: Match, version: string, itsBuild: string | undefined): boolean {
  if (build !== undefined && !globOf(build).test(itsBuild ?? '')) return false;
  if (versions === '') return true;
  return versions.split('|').some((clauses) => clauses.split(',').every((clause) => isAllowed(clause, version)));
}

function isAllowed(clause: string, version: string): boolean {
  const [, operator = '', bound = ''] = /^\s*(==|!=|<=|>=|~=|<|>|=)?\s*(.*?)\s*$/.exec(clause) ?? [];
  if (bound === '' || bound === '*') return operator !== '!=';
  const beginning = /^(.+?)\.?\*$/.exec(bound)?.[1];
  switch (operator) {
    case '=':
      return beginsWith(version, beginning ?? bound);
    case '~=':
      return compareVersions(version, bound) >= 0 && beginsWith(version, bound.replace(/\.[^.]*$/, ''));
    case '!=':
      return beginning === undefined ? compareVersions(version, bound) !== 0 : !beginsWith(version, beginning);
    case '>=':
      return compareVersions(version, beginning ?? bound) >= 0;
    case '<=':
      return compareVersions(version, bound) <= 0;
    case '>':
      return compareVersions(version, bound) > 0;
    case '<':
      return compareVersions(version, bound) < 0;
    default:
      return beginning === undefined ? compareVersions(version, bound) === 0 : beginsWith(version, beginning);
  }
}

/** `1.2` begins 1.2.3 and 1.2a, but not 1.20. */
function beginsWith(version: string, beginning: string): boolean {
  return version.startsWith(beginning) && !/^\d/.test(version.slice(beginning.length));
}

function globOf(glob: string): RegExp {
  const parts = glob.split('*').map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
