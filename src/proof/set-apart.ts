import { hasChanged } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import { isKernelPath } from '../model/kernel-path.js';
import type { Owner } from '../model/owner.js';
import type { AccessRecord } from '../spec/specification.js';
import type { TreeView } from './entries.js';
import { type Expectations, isLost } from './expectations.js';
import type { Judgement } from './proof.js';

/** A path that a run used, or an entry of the snapshot. */
interface Subject {
  readonly path: FilePath;
  readonly owner?: Owner | undefined;
  /** Where it led on the origin, as the trace says. */
  readonly resolved?: FilePath | undefined;
}

interface Origin {
  readonly origin: TreeView;
  readonly expectations: Expectations;
}

/**
 * Paths of which the created tree is not expected to hold what the origin held, and why; undefined of all others. The
 * first reason that holds counts, the same for what a run used (with its `access`) as for any entry of the snapshot.
 */
export function setApart(subject: Subject, access: AccessRecord | undefined, from: Origin): Judgement | undefined {
  const { origin, expectations } = from;
  const { path, owner, resolved } = subject;
  const real = origin.resolve(path).path;
  const places = [path, real, ...(resolved === undefined ? [] : [resolved])];
  if (!path.startsWith('/') || isKernelPath(path) || (resolved && isKernelPath(resolved))) {
    return byEngine('kernel', 'the kernel makes it');
  }
  if (owner?.state === 'host-bound') return byEngine(owner.rule ?? 'host-bound', 'the host supplies it');
  if (places.some(expectations.isSupplied)) {
    return { verdict: 'input', cause: 'supplied-to-rerun', why: 'data of the run, supplied when it runs again' };
  }
  if (access && (hasChanged(access) || places.slice(1).some(expectations.isChanged))) return changed(access);
  if (owner?.state === 'left-out') return leftOut(owner, access);
  if (isRunsFolder(real, owner, from)) {
    return { verdict: 'input', cause: 'supplied-to-rerun', why: "a folder of the run's own data" };
  }
  return undefined;
}

function byEngine(rule: string, why: string): Judgement {
  return { verdict: 'engine', cause: 'mounted-by-engine', rule, why };
}

function changed(access: AccessRecord): Judgement {
  if (!isLost(access)) return { verdict: 'changed', cause: 'changed-by-run', why: 'a run makes or changes it' };
  const why = 'a run read it and changed it: what it was is not known';
  return { verdict: 'unproved', cause: 'changed-by-run', why };
}

function leftOut({ rule = 'left-out' }: Owner, access: AccessRecord | undefined): Judgement {
  const isRead = access?.uses.some((use) => use === 'read' || use === 'executed');
  return isRead
    ? { verdict: 'unproved', cause: 'left-out', rule, why: 'a run read it, and its rule never carries it' }
    : { verdict: 'left-out', cause: 'left-out', rule, why: 'never carried, by rule' };
}

/** A folder around data of a run, that neither a package nor the manifest puts there. */
function isRunsFolder(path: FilePath, owner: Owner | undefined, { origin, expectations }: Origin): boolean {
  const isNobodys = owner === undefined || owner.state === 'loose';
  const isFolder = expectations.isFolderOfRun(path) && origin.entry(path)?.type === 'directory';
  return isNobodys && isFolder && expectations.listed(path) === undefined;
}
