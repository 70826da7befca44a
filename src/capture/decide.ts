import { type FilePath, isWithin } from '../model/file-path.js';
import type { NeverCarry } from '../spec/secrets/never-carry.js';
import { isNamed as isNamedBy, privateRule } from '../spec/secrets/private-rule.js';
import { isHidden, kindOf } from './kinds.js';
import type { Subject } from './survey.js';

/** What becomes of one thing that the run used. */
export type Decision =
  /** A package's, the kernel's, a folder: nothing to do but to note it in the snapshot. */
  | { readonly kind: 'noted' }
  | { readonly kind: 'left-out'; readonly rule: string; readonly why: string }
  | { readonly kind: 'carried'; readonly why?: string }
  /** In the list of files, without its content. */
  | { readonly kind: 'listed'; readonly why: string }
  | { readonly kind: 'input'; readonly carried: boolean }
  /** `input`: the run read it too, before or after it changed it. `kept`: its content is carried, as an installation's. */
  | { readonly kind: 'output'; readonly input: boolean; readonly kept: boolean };

export interface DecisionContext {
  readonly never: NeverCarry;
  readonly homes: readonly FilePath[];
  /** Working directories of the runs; none where nothing ran. */
  readonly cwds: readonly FilePath[];
  /** Roots of trees that are carried whole. */
  readonly trees: readonly FilePath[];
  /** Named by the user: carried whatever the rules say. */
  readonly named: readonly FilePath[];
  readonly carryLimit: number;
  readonly carryInputs: boolean;
  /** The run is an installation: what it leaves is of the environment, and what a package has of that is the package's. */
  readonly installs: boolean;
  /** Files that the caller's shell made the run print into. */
  readonly printed: readonly FilePath[];
}

/** Whether a file's content goes into the spec. */
export function isCarried(decision: Decision | undefined): boolean {
  switch (decision?.kind) {
    case 'carried':
      return true;
    case 'input':
      return decision.carried;
    case 'output':
      return decision.kept;
    default:
      return false;
  }
}

/** Decides about one subject; `head` is the beginning of a regular file that no package has as it is. */
export function decide(subject: Subject, head: Buffer, context: DecisionContext): Decision {
  const { path, entry, owner, uses } = subject;
  const state = owner?.state ?? 'loose';
  const isNamed = isNamedBy(path, context.named);
  if (state === 'left-out' && !isNamed) {
    return { kind: 'left-out', rule: owner?.rule ?? 'unnamed', why: 'by a rule of identification' };
  }
  if (state === 'host-bound' || entry.type === 'directory') return { kind: 'noted' };
  const changed = (uses.has('written') || uses.has('created')) && subject.before !== 'same';
  if (state === 'generated' && (changed || owner?.onCreate !== 'carry')) return { kind: 'noted' };
  if (state === 'owned' && (!changed || context.installs)) return { kind: 'noted' };
  if (!isNamed) {
    const rule = privacyRule(subject, head, context);
    if (rule) return { kind: 'left-out', ...rule };
  }
  if (entry.type !== 'file') return { kind: 'listed', why: `a ${entry.type}: only its existence is known` };
  if (changed) {
    const isKept = context.installs && !context.printed.includes(path);
    const kept = isKept && (isNamed || entry.size <= context.carryLimit);
    return { kind: 'output', input: uses.has('read') && isUnknownBefore(subject), kept };
  }
  if (context.trees.some((tree) => isWithin(path, tree))) return { kind: 'carried' };
  return keep(subject, head, context, isNamed);
}

/** What is known is an input of its own, as it was: see `collectFilesBefore`. */
function isUnknownBefore({ before }: Subject): boolean {
  return before !== 'absent' && typeof before !== 'object';
}

function keep(subject: Subject, head: Buffer, context: DecisionContext, isNamed: boolean): Decision {
  const { path, entry, owner, uses } = subject;
  const why = reasonToCarry(subject);
  if (
    owner?.state !== 'modified' &&
    owner?.state !== 'generated' &&
    (owner?.rule === 'data' || kindOf(path, uses, head, foldersOf(context)) === 'data')
  ) {
    const carried = isNamed || context.carryInputs;
    // Where nothing ran, nothing has inputs; and what was only named is none.
    if (context.cwds.length > 0 && uses.size > 0) return { kind: 'input', carried };
    return carried ? { kind: 'carried' } : { kind: 'listed', why: 'data, named by its hash' };
  }
  if (entry.size > context.carryLimit && !isNamed) {
    return { kind: 'listed', why: `${entry.size} bytes, over the limit of ${context.carryLimit}` };
  }
  return { kind: 'carried', ...(why === undefined ? {} : { why }) };
}

function reasonToCarry({ owner }: Subject): string | undefined {
  const name = owner?.package?.name;
  if (owner?.state === 'modified')
    return name === undefined ? 'changed since it was installed' : `changed; from ${name}`;
  if (owner?.state === 'generated') return `generated: ${owner.rule ?? 'by a tool'}`;
  return undefined;
}

function privacyRule(subject: Subject, head: Buffer, context: DecisionContext) {
  const { never, homes, trees } = context;
  const { path, entry, uses } = subject;
  const inTree = trees.some((tree) => isWithin(path, tree));
  const listed = privateRule(never, path, head, { inTree });
  if (listed || inTree || entry.type !== 'file' || (entry.mode & 0o004) !== 0) return listed;
  const home = homes.find((folder) => isWithin(path, folder));
  if (home === undefined) return undefined;
  const isInput = uses.has('read') || uses.has('executed') || uses.has('written') || uses.has('created');
  const folders = foldersOf(context);
  const isSetting = isHidden(path, folders) && kindOf(path, uses, head, folders) !== 'code';
  if (isInput && !isSetting) return undefined;
  const why = uses.has('read')
    ? 'a private setting in a home: the run read it, so a re-run may differ; name it with --carry to keep it'
    : 'a private file in a home, and no input of the run';
  return { rule: 'private', why };
}

function foldersOf({ homes, cwds }: DecisionContext): readonly FilePath[] {
  return [...homes, ...cwds];
}
