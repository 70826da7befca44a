import type { Machine } from '../machines/machine.js';
import type { SeenEntries } from '../machines/seen-files.js';
import type { Access, Trace } from '../model/access.js';
import type { FilePath } from '../model/file-path.js';
import type { Progress } from '../model/progress.js';
import type { Lock } from '../spec/document/schema.js';
import type { OutputHashes } from './repeats.js';

export interface CaptureOptions {
  /** The largest file of code or configuration that is carried, in bytes; default 64 MiB. */
  readonly carryLimit?: number;
  /** The largest tool tree that is carried, in bytes; default 4 GiB. */
  readonly treeLimit?: number;
  /** Carry data inputs too. */
  readonly carryInputs?: boolean;
  /** The command installs something: it becomes a step that create does again, and what it leaves is carried. */
  readonly install?: boolean;
  /** Files and folders that are carried whatever the rules say. */
  readonly carry?: readonly FilePath[];
  /** Names of further environment variables to keep. */
  readonly environment?: readonly string[];
  readonly repack?: 'missing' | 'all' | 'none';
}

export interface CaptureRequest {
  /** More than one where the run was repeated; the first is the one that is kept. None where nothing ran. */
  readonly traces: readonly Trace[];
  /** Where nothing ran: what the spec is to hold, used or not. */
  readonly paths?: readonly Access[];
  /** What was seen of the machine already: it is not looked at again to find whose it is. */
  readonly seen?: SeenEntries;
  /** What each run left, from `hashOutputs` at once after it. */
  readonly outputHashes?: readonly OutputHashes[];
  /** Where the command ran. */
  readonly machine: Machine;
  /** Where the caller's shell runs, and what it redirected lies: given where the command ran on another machine. */
  readonly caller?: Machine;
  /** What the machine was made from, where it is a resource of ours. */
  readonly former?: Lock | undefined;
  /** The manifest to write; its folder goes beside it. */
  readonly output: string;
  readonly options?: CaptureOptions;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
}

export const defaultCarryLimit = 64 * 1024 * 1024;
export const defaultTreeLimit = 4 * 1024 * 1024 * 1024;
