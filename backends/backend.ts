import type { Readable } from 'node:stream';
import type { ZodObject, z } from 'zod';
import type { Machine } from '../src/machines/machine.js';
import type { FileEntry } from '../src/model/file-entry.js';
import type { FilePath } from '../src/model/file-path.js';
import type { HostFile } from '../src/model/host-file.js';
import type { Plan } from '../src/model/plan.js';
import type { Progress } from '../src/model/progress.js';
import type { Readiness } from '../src/model/readiness.js';
import type { Effect, LiveState, Resource } from '../src/model/resource.js';
import type { Templates } from '../src/templates/templates.js';

/** One kind of place to build. It acts on a `host` and never opens files or runs programs except through it. */
export interface Backend<P extends ZodObject = ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly parameters: P;
  /** What is beside the environment only so that it can live there, a few words each: a kernel, sshd, a user. */
  readonly support?: readonly string[];
  /** Whether it can be used on this host, or what is missing and how to get it. */
  check(host: Machine, parameters: z.infer<P>): Promise<Readiness>;
  /** Whether packages can be installed in what it makes there, where that takes more than to have a whole tree. */
  installs?(host: Machine): Promise<Readiness>;
  /** Makes the bare system from the base tar; what it makes is recorded before it is made. Returns the resource's details. */
  bootstrap(base: Readable, context: BootstrapContext<z.infer<P>>): Promise<Resource['details']>;
  /** Keeps what is installed in layers that other resources can begin with. Absent where a resource is one piece. */
  readonly layers?: Layering<P>;
  /** After customize: fixes the resource's final form, such as an image. Returns the changed details. */
  commit?(resource: Resource, context: BackendContext): Promise<Resource['details']>;
  /** What is committed has the very tree that bootstrap is given: it can be kept for the next one. */
  readonly keepsTree?: boolean;
  /** Makes what was installed later part of that form, too. */
  recommit?(resource: Resource, context: BackendContext): Promise<void>;
  /** Makes an instance of an image that shares it, and keeps only what changes; undefined where this one cannot be shared. */
  instantiate?(image: Resource, context: SharingContext): Promise<Resource['details'] | undefined>;
  /** Makes an image of an instance as it is now, sharing what it can; undefined where its tree has to be streamed over. */
  freeze?(instance: Resource, context: SharingContext): Promise<Resource['details'] | undefined>;
  /** Gives its image to a registry under that name. Returns the name by which it can be had for ever. */
  push?(resource: Resource, reference: string, context: PushContext): Promise<string>;
  /** The machine itself, with a shell. */
  connect(resource: Resource, host: Machine, options?: ConnectOptions): Promise<Machine>;
  /** A throwaway copy with a shell, cut off from the network unless asked for: gone when disposed. */
  connectCopy(resource: Resource, host: Machine, options: CopyOptions): Promise<Machine>;
  /** Its files at rest, as a tar stream; never read from a running system. */
  exportTree(resource: Resource, host: Machine, signal?: AbortSignal): Promise<Readable>;
  /** What is in those files only so that files of the host could be shown there. */
  mountPoints(resource: Resource, host: Machine): Promise<ReadonlySet<FilePath>>;
  /** Why it cannot be made into the environment of another spec; undefined or absent where it can. */
  fixed?(resource: Resource): string | undefined;
  /** Undoes one recorded effect; quiet when it is already gone. */
  undo(effect: Effect, host: Machine, options?: UndoOptions): Promise<void>;
  /** Lets it run until it is stopped, and not only as long as somebody works in it. Absent where nothing ever runs. */
  start?(resource: Resource, host: Machine, options?: ConnectOptions): Promise<void>;
  /** Ends all that runs in it; quiet where nothing does. */
  stop?(resource: Resource, host: Machine): Promise<void>;
  /** Asks what is really there. Absent where that cannot be told. */
  state?(resource: Resource, host: Machine): Promise<LiveState>;
  /** What carries our mark on the host, in the order in which it can be undone. Absent where nothing can be marked. */
  find?(host: Machine, parameters: z.infer<P>): Promise<readonly Marked[]>;
  /**
   * Of the host itself as the environment, which has more than that: takes down what is added to it, before it is. The
   * tree that it bootstraps is empty, and none is exported.
   */
  adopt?(resource: Resource, host: Machine, additions: Additions): Promise<void>;
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
  /** Texts that a user may have others for. Default: those of the package. */
  readonly templates?: Templates;
  readonly signal?: AbortSignal;
}

export interface BootstrapContext<P> extends BackendContext {
  readonly name: string;
  readonly plan: Plan;
  readonly parameters: P;
  /** The version of reproman that builds, for labels. */
  readonly tool: string;
  /** The inventory that the resource is in, for labels. */
  readonly inventory: string;
  /** What the table of bases has for it. */
  readonly native?: string;
  /** What the base is known by as a layer, where it is to be one. */
  readonly layer?: string;
  /** A folder of the resource's own on the host, for backends that keep files; made by the backend. */
  readonly folder: string;
}

export interface PushContext extends BackendContext {
  /** This machine, whose user the registry knows. */
  readonly here: Machine;
}

/** Layers that resources share: each by the digest of all that it and those below it were made from. */
export interface Layering<P extends ZodObject = ZodObject> {
  /** Makes the resource of the uppermost that is there, of these from the lowest up; undefined where none is. */
  begin(keys: readonly string[], context: BootstrapContext<z.infer<P>>): Promise<Begun | undefined>;
  /** Fixes what was installed since the last one. */
  add(
    resource: Resource,
    layer: { readonly key: string; readonly kind: string },
    context: BackendContext,
  ): Promise<void>;
  /** Those with our mark of which nothing is made. */
  find?(host: Machine, parameters: z.infer<P>): Promise<readonly Marked[]>;
}

export interface Begun {
  readonly details: Resource['details'];
  /** Which of the keys. */
  readonly at: number;
  /** It is none of these layers, but a base that was there ready-made, and has yet to be made that of the plan. */
  readonly from?: string;
}

/** For what is made of another resource, and has no parameters of its own. */
export type SharingContext = Omit<BootstrapContext<unknown>, 'parameters'>;

/** Something on an engine or a service that carries our mark. */
export interface Marked {
  /** By which it can be undone. */
  readonly effect: Effect;
  /** The inventory that it was made from, as the mark says. */
  readonly inventory: string;
  /** What the resource was called when it was made. */
  readonly resource: string;
  /** ISO 8601, where that is known. */
  readonly created?: string;
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

/** What an environment makes of a host that has most of it already. */
export interface Additions {
  /** The host's own distribution, and the packages of it. */
  readonly distribution: string;
  readonly packages: readonly { readonly name: string; readonly version: string; readonly architecture?: string }[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** What is put there, parents first. */
  readonly entries: readonly Pick<FileEntry, 'path' | 'type' | 'target' | 'hash'>[];
  /** What is run there: nobody knows all that it makes. */
  readonly commands: readonly string[];
}

export interface UndoOptions {
  /** Told what of the effect stays, and why. */
  readonly tell?: (message: string) => void;
  /** The process that was making it was killed: a service may still be at it, and it may come into being only now. */
  readonly late?: boolean;
}

export interface ConnectOptions {
  /** What programs see of the host. Default: nothing, as packages are installed. */
  readonly hostFiles?: readonly HostFile[];
  /**
   * Whether there must be all users, who are given files as packages are installed, or may be, where that can be had.
   * Default: neither, for what shows many users may be in the way of a tracer.
   */
  readonly users?: 'needed' | 'welcome';
  /** Told why the host's files are others than asked for. */
  readonly warn?: (message: string) => void;
}

export interface CopyOptions {
  readonly hostFiles?: readonly HostFile[];
  readonly network: boolean;
  /** Ends the making of it, which takes long where each file is copied. */
  readonly signal?: AbortSignal | undefined;
}
