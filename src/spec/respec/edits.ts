import { ReproError } from '../../errors.js';
import { type LockHalf, needsAmong } from '../../model/lock-half.js';
import type { DistributionModule, Named } from '../../packaging/distribution.js';
import type { Request } from '../../packaging/requests.js';
import { kindIn } from '../document/named-packages.js';

/** What is to be another way than a spec has it, each as `name`, `name>=version` or `kind:name`. */
export interface Changes {
  readonly set: readonly string[];
  readonly drop: readonly string[];
  readonly add: readonly string[];
}

/** One kind of packages of a spec, as it is. */
export interface Present {
  readonly module: DistributionModule;
  readonly half: Named;
  readonly lock: LockHalf | undefined;
}

/** What becomes of the requests of one kind, by the names of packages. */
export interface Edits {
  /** Asked for like this, whether it was before or not. */
  readonly wanted: ReadonlyMap<string, Request>;
  readonly dropped: ReadonlySet<string>;
}

/** Finds which kind each change is about: the one that it names, else the only one that has such a package, else the base. */
export function editsOf(changes: Changes, present: readonly Present[], base: string): ReadonlyMap<string, Edits> {
  const edits = new Map<string, { wanted: Map<string, Request>; dropped: Set<string> }>();
  const of = (kind: string) => {
    const found = edits.get(kind) ?? { wanted: new Map<string, Request>(), dropped: new Set<string>() };
    edits.set(kind, found);
    return found;
  };
  for (const text of changes.set) {
    const { kind, request } = locate(text, '--set', present);
    of(kind).wanted.set(request.name, request);
  }
  for (const text of changes.drop) {
    const { kind, request, isAsked } = locate(text, '--drop', present);
    if (!isAsked) throw onlyNeeded(text, request.name, present);
    of(kind).dropped.add(request.name);
  }
  for (const text of changes.add) {
    const [prefix, rest] = kindIn(text);
    const kind = prefix ?? base;
    const known = present.find(({ module }) => module.name === kind);
    const request = known ? parsed(known, rest, '--add') : { name: rest, text: rest };
    of(kind).wanted.set(request.name, request);
  }
  return edits;
}

/** The half with its requests changed; `loosely`: what is asked for as before may be at any version. */
export function editHalf({ module, half }: Present, edits: Edits | undefined, loosely: boolean): Named {
  const { requests: form } = module;
  if (!form || (edits === undefined && !loosely)) return half;
  const { wanted = new Map<string, Request>(), dropped = new Set<string>() } = edits ?? {};
  const names = new Set(requestsOf({ module, half }).map(({ name }) => name));
  const fresh = [...wanted.values()].filter(({ name }) => !names.has(name));
  let places = 0;
  const edited = form.edit(half, (requests) => {
    places++;
    const kept = requests.flatMap((text) => {
      const { name } = form.parse(text) ?? { name: text };
      if (dropped.has(name)) return [];
      return [wanted.get(name)?.text ?? (loosely ? name : text)];
    });
    return [...kept, ...fresh.map(({ text }) => text)];
  });
  if (fresh.length === 0 || places === 1) return edited;
  throw new ReproError('usage', `the spec has ${module.title} at ${places} places, or at none`, {
    where: fresh.map(({ text }) => text).join(' '),
    remedy: 'write the package into the spec by hand, at the place that is meant',
  });
}

/** All that a half asks for, at whatever place. */
export function requestsOf({ module, half }: Pick<Present, 'module' | 'half'>): Request[] {
  const found: Request[] = [];
  module.requests?.edit(half, (requests) => {
    found.push(...requests.flatMap((text) => module.requests?.parse(text) ?? []));
    return requests;
  });
  return found;
}

function locate(text: string, flag: string, present: readonly Present[]) {
  const [prefix, rest] = kindIn(text);
  const readable = present.flatMap((each) => {
    const request = prefix === undefined || prefix === each.module.name ? each.module.requests?.parse(rest) : undefined;
    return request ? [{ each, request, kind: each.module.name }] : [];
  });
  const asked = readable.filter(({ each, request }) => requestsOf(each).some(({ name }) => name === request.name));
  const needed = readable.filter(({ each, request }) => each.lock?.packages?.some(({ name }) => name === request.name));
  const found = asked.length > 0 ? asked : needed;
  const [first, ...others] = found;
  if (first === undefined) {
    throw new ReproError('usage', `the spec has no package ${JSON.stringify(rest)}`, {
      where: `${flag} ${text}`,
      remedy: 'ask for it with --add, or name it with its kind, as in python:numpy',
    });
  }
  if (others.length > 0) {
    throw new ReproError('usage', `several kinds have the package: ${found.map(({ kind }) => kind).join(', ')}`, {
      where: `${flag} ${text}`,
      remedy: `name one, as in ${first.kind}:${rest}`,
    });
  }
  return { kind: first.kind, request: first.request, isAsked: asked.length > 0 };
}

function parsed({ module }: Present, text: string, flag: string): Request {
  const request = module.requests?.parse(text);
  if (request) return request;
  throw new ReproError('usage', `${module.title}: ${JSON.stringify(text)} is no package that can be asked for`, {
    where: flag,
  });
}

function onlyNeeded(text: string, name: string, present: readonly Present[]): ReproError {
  const by = present.flatMap(({ lock }) => {
    if (!lock) return [];
    const needed = needsAmong(lock);
    const dependents = lock.packages?.filter((each) => needed(each).some((one) => one.name === name));
    return dependents?.map((each) => each.name) ?? [];
  });
  const what = by.length > 0 ? `only needed, by ${by.slice(0, 3).join(', ')}` : 'only needed';
  return new ReproError('usage', `${name} is ${what}: the spec does not ask for it`, {
    where: `--drop ${text}`,
    remedy: 'drop what needs it',
  });
}
