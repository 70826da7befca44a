import type { Readable } from 'node:stream';
import type { ZodObject, z } from 'zod';
import type { Machine } from '../src/machines/machine.js';
import type { FilePath } from '../src/model/file-path.js';
import type { HostFile } from '../src/model/host-file.js';
import type { Plan } from '../src/model/plan.js';
import type { Progress } from '../src/model/progress.js';
import type { Readiness } from '../src/model/readiness.js';
import type { Effect, LiveState, Resource } from '../src/model/resource.js';

/** One kind of place to build. It acts on a `host` and never opens files or runs programs except through it. */
export interface Backend<P extends ZodObject = ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly parameters: P;
  /** Whether it can be used on this host, or what is missing and how to get it. */
  check(host: Machine, parameters: z.infer<P>): Promise<Readiness>;
  /** Makes the bare system from the base tar; what it makes is recorded before it is made. Returns the resource's details. */
  bootstrap(base: Readable, context: BootstrapContext<z.infer<P>>): Promise<Resource['details']>;
  /** After customize: fixes the resource's final form, such as an image. Returns the changed details. */
  commit?(resource: Resource, context: BackendContext): Promise<Resource['details']>;
  /** Makes what was installed later part of that form, too. */
  recommit?(resource: Resource, context: BackendContext): Promise<void>;
  /** The machine itself, with a shell. */
  connect(resource: Resource, host: Machine, options?: ConnectOptions): Promise<Machine>;
  /** A throwaway copy with a shell, cut off from the network unless asked for: gone when disposed. */
  connectCopy(resource: Resource, host: Machine, options: CopyOptions): Promise<Machine>;
  /** Its files at rest, as a tar stream; never read from a running system. */
  exportTree(resource: Resource, host: Machine, signal?: AbortSignal): Promise<Readable>;
  /** What is in those files only so that files of the host could be shown there. */
  mountPoints(resource: Resource, host: Machine): Promise<ReadonlySet<FilePath>>;
  /** Undoes one recorded effect; quiet when it is already gone. */
  undo(effect: Effect, host: Machine, options?: UndoOptions): Promise<void>;
  /** Lets it run until it is stopped, and not only as long as somebody works in it. Absent where nothing ever runs. */
  start?(resource: Resource, host: Machine, options?: ConnectOptions): Promise<void>;
  /** Ends all that runs in it; quiet where nothing does. */
  stop?(resource: Resource, host: Machine): Promise<void>;
  /** Asks what is really there. Absent where that cannot be told. */
  state?(resource: Resource, host: Machine): Promise<LiveState>;
  /** What gives it another name. Without it a resource keeps its own. */
  readonly naming?: Naming;
  /** For people: where it is and whether it runs. */
  describe(resource: Resource, host: Machine): Promise<string>;
  /** Bytes that it takes on the host. */
  size(resource: Resource, host: Machine): Promise<number>;
}

export interface BackendContext {
  readonly host: Machine;
  /** Journals an effect before it happens. */
  readonly record: (effect: Effect) => Promise<void>;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

export interface BootstrapContext<P> extends BackendContext {
  readonly name: string;
  readonly plan: Plan;
  readonly parameters: P;
  /** The version of reproman that builds, for labels. */
  readonly tool: string;
  /** A folder of the resource's own on the host, for backends that keep files; made by the backend. */
  readonly folder: string;
}

/** How what is called after a resource gets another name. */
export interface Naming {
  /** Pure: the details under the other name, and what of the effects is called otherwise then. */
  renamed(resource: Resource, from: Called, to: Called): Renamed;
  /**
   * Gives one effect its other name, never in the place of what is somebody else's; quiet where that was done before, as
   * after a kill it is asked for again. The same the other way round takes it back.
   */
  rename(from: Effect, to: Effect, host: Machine): Promise<void>;
}

/** A name, with the folder that `bootstrap` is given for it. */
export interface Called {
  readonly name: string;
  readonly folder: string;
}

export interface Renamed {
  readonly details: Resource['details'];
  readonly effects: readonly (readonly [from: Effect, to: Effect])[];
}

export interface UndoOptions {
  /** The process that was making it was killed: a service may still be at it, and it may come into being only now. */
  readonly late?: boolean;
}

export interface ConnectOptions {
  /** What programs see of the host. Default: nothing, as packages are installed. */
  readonly hostFiles?: readonly HostFile[];
  /** Told why the host's files are others than asked for. */
  readonly warn?: (message: string) => void;
}

export interface CopyOptions {
  readonly hostFiles?: readonly HostFile[];
  readonly network: boolean;
}
