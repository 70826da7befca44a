import type { ZodObject, z } from 'zod';
import type { SystemMaker } from '../src/machines/formats/bootable-system.js';
import type { Machine } from '../src/machines/machine.js';
import type { Progress } from '../src/model/progress.js';
import type { Readiness } from '../src/model/readiness.js';
import type { Effect, LiveState, Resource } from '../src/model/resource.js';
import type { Base } from '../src/packaging/base-system.js';
import type { BackendContext, Marked, UndoOptions } from './backend.js';

/**
 * A way to the machine that a backend then acts on: what stands before the colon in `ssh:rootfs`. The machine is there
 * already, or is made for the resource, each effect being recorded before it is made. The `details` are its own: what
 * `bootstrap` returned, or `start` after it.
 */
export interface Outer<P extends ZodObject = ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly parameters: P;
  /** What the machine is made with only so that it can be lived in, as a backend's; of one that is there already, nothing. */
  readonly support?: readonly string[];
  /** The backend that acts there when none is named, and why that one. */
  readonly usual: { readonly backend: string; readonly why: string };
  /** Whether each resource has a machine of its own, which goes with it: then nothing on the machine need be undone. */
  readonly makesMachine: boolean;
  /** Whether it can be used from here, or what is missing and how to get it; asked in general, too, of no machine. */
  check(here: Machine, parameters: Partial<z.infer<P>>): Promise<Readiness>;
  /** Makes the machine where it is not there yet. Returns what it takes to connect to it again. */
  bootstrap(context: OuterContext<z.infer<P>>): Promise<Resource['details']>;
  /** The machine, closed when disposed. */
  connect(details: Resource['details'], here: Machine, signal?: AbortSignal): Promise<Machine>;
  /** Undoes one of its own recorded effects; quiet when it is already gone. */
  undo?(effect: Effect, here: Machine, options?: UndoOptions): Promise<void>;
  /** Lets it run, quiet where it does. Returns the details as they are now: its address may be another. With `stop` and `state`. */
  start?(details: Resource['details'], here: Machine, work: OuterWork): Promise<Resource['details']>;
  /** Stops the machine, which keeps its disk; quiet where it is stopped. */
  stop?(details: Resource['details'], here: Machine, work: OuterWork): Promise<void>;
  /** Asks what the machine is doing; one that was removed from outside is `missing`. Absent where that is not ours to tell. */
  state?(details: Resource['details'], here: Machine): Promise<LiveState>;
  /** What carries our mark where the parameters lead, in the order in which it can be undone. */
  find?(here: Machine, parameters: z.infer<P>): Promise<readonly Marked[]>;
  /** Makes images of its machines. Absent where it cannot. */
  readonly images?: MachineImages;
  /** For people: which machine it is, known without asking. */
  describe(details: Resource['details']): string;
}

/** Images of whole machines, from which `bootstrap` makes others (`image`). They have details in the place of a machine's. */
export interface MachineImages {
  /** Makes one of a machine as it is now, which stays as it is; recorded before it is made. Returns its details. */
  freeze(details: Resource['details'], context: FreezeContext): Promise<Resource['details']>;
  /** Whether details are an image's. */
  isImage(details: Resource['details']): boolean;
}

/** What making an image of a machine is told; its `host` is this machine. */
export interface FreezeContext extends Pick<OuterContext<unknown>, 'name' | 'tool' | 'inventory'>, OuterWork {
  readonly host: Machine;
  /** The one that it is made of. */
  readonly machine: Machine;
  /** Journals an effect before it happens. */
  readonly record: (effect: Effect) => Promise<void>;
}

/** What long work on a machine is told. */
export interface OuterWork {
  readonly progress: Progress;
  readonly signal?: AbortSignal;
}

/** As a backend's; its `host` is this machine. */
export interface OuterContext<P> extends BackendContext {
  /** Of the resource. */
  readonly name: string;
  readonly parameters: P;
  /** The version of reproman that builds, for labels. */
  readonly tool: string;
  /** The inventory that the resource is in, for labels. */
  readonly inventory: string;
  /** Of the spec, for a machine of its kind where there is one. */
  readonly base: Base;
  /** What the table of bases has for it: a machine image, a box. */
  readonly native?: string;
  /** The details of the image that it is to be made of. */
  readonly image?: Resource['details'];
  /** The backend that is to act there, which may need something of the machine. */
  readonly backend: string;
  /** A system of the spec's base with these packages and all that they need, for a machine that boots from it. */
  readonly system: SystemMaker;
  /** A folder of the machine's own on this one, for keys and the like; made by the outer, and its name stays. */
  readonly folder: string;
}
