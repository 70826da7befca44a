import type { ZodObject, z } from 'zod';
import type { Machine } from '../src/machines/machine.js';
import type { Readiness } from '../src/model/readiness.js';
import type { Effect, Resource } from '../src/model/resource.js';
import type { BackendContext, UndoOptions } from './backend.js';

/**
 * A way to the machine that a backend then acts on: what stands before the colon in `ssh:rootfs`. The machine is there
 * already, or is made for the resource, each effect being recorded before it is made.
 */
export interface Outer<P extends ZodObject = ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly parameters: P;
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
}

/** As a backend's; its `host` is this machine. */
export interface OuterContext<P> extends BackendContext {
  /** Of the resource. */
  readonly name: string;
  readonly parameters: P;
  /** The version of reproman that builds, for labels. */
  readonly tool: string;
}
