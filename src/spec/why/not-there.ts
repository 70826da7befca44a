import { ReproError } from '../../errors.js';
import { type FilePath, parentPath } from '../../model/file-path.js';
import { generalRules, outrightOwner } from '../../packaging/path-rules.js';
import { closestName } from '../closest-name.js';
import type { Specification } from '../specification.js';
import { bareName, packagesCalled } from './names.js';
import type { LockedPackage } from './needs.js';
import type { Records } from './uses.js';

interface Question {
  readonly spec: Specification;
  readonly what: string;
  readonly asked: FilePath;
  readonly packages: readonly LockedPackage[];
  readonly records: Records;
}

/** Why there is no answer, and what to ask instead. */
export async function notThere(question: Question): Promise<ReproError> {
  const { spec, what, asked, packages, records } = question;
  const error = (message: string, remedy: string) => new ReproError('usage', message, { where: spec.file, remedy });
  const rule = outrightOwner(asked)?.rule;
  if (rule !== undefined) return error(`${what} is in no spec: ${generalRules[rule]}`, 'ask for a path below another');
  for await (const { path } of spec.snapshot()) {
    if (path !== asked) continue;
    const [near] = ownersAround(asked, records);
    const whose = near === undefined ? 'ask for the package' : `what was used beside it is of ${near}: ask for that`;
    return error(`no run used ${what}; it is there because a package of the environment brings it`, whose);
  }
  const name = bareName(what);
  const [other] = packagesCalled(name, packages);
  if (other) return error(`the spec has ${other.name} ${other.version}, not ${what}`, `ask for ${other.name}`);
  const near = namesNear(
    name,
    packages.map((each) => each.name),
  );
  return error(
    `the spec has no package ${JSON.stringify(what)}, and no run used such a path`,
    near.length === 0
      ? 'ask for a path as a run used it, or for a package as lock.json names it'
      : `did you mean ${near.join(' or ')}?`,
  );
}

const mostNear = 3;

/** Names that what was asked for is a part of, the shortest first; else the one most like it. */
function namesNear(wanted: string, known: readonly string[]): string[] {
  const containing = wanted.length < 3 ? [] : known.filter((name) => name.includes(wanted.toLowerCase()));
  const near = containing.length > 0 ? containing : [closestName(wanted, known) ?? []].flat();
  return [...new Set(near)].sort((a, b) => a.length - b.length).slice(0, mostNear);
}

/** Packages of the paths in the same folder that runs used, the most frequent first. */
function ownersAround(path: FilePath, { accesses }: Records): string[] {
  const counts = new Map<string, number>();
  for (const { path: other, owner } of accesses) {
    const isBeside = owner.path === other && parentPath(other) === parentPath(path);
    const name = isBeside ? owner.package?.name : undefined;
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name);
}
