import type { FilePath } from './file-path.js';

/** Something that exists outside the inventory because of us; written before it is made, so that it can be undone. */
export interface Effect {
  /** What it is, in the backend's own words: `tree`, `image`, `container`. */
  readonly kind: string;
  /** How to find it: a path, an id, a name. */
  readonly id: string;
  /** Of an effect on an engine or service: which one, as its address. */
  readonly at?: string;
  /** What it was marked with when it was made, so that a namesake of another origin is never taken for it. */
  readonly token?: string;
  /** It is of the backend before the colon, as in `ssh:rootfs`, and so of this machine. */
  readonly outer?: true;
}

export type ResourceState = 'creating' | 'ready' | 'renaming' | 'removing';

/** What a backend finds of a resource: `present` is what is there and never runs by itself, such as a folder. */
export type LiveState = 'running' | 'stopped' | 'present' | 'missing';

/** A package that stands in for another, because nobody had that one any more. */
export interface Substitute {
  readonly distribution: string;
  readonly name: string;
  /** Of the one that was wanted. */
  readonly version: string;
  readonly architecture?: string;
  /** Where it is, of what may be at several places. */
  readonly at?: FilePath;
  /** How sure it is that both are the same, as the ladder says it. */
  readonly sameness: 'same-source' | 'same-name' | 'other-version';
  /** Its own version, where that is another. */
  readonly instead?: string;
  /** It was made from its source here. */
  readonly built?: true;
  readonly evidence?: string;
}

/** One thing created on a backend, as the inventory keeps it. */
export interface Resource {
  readonly name: string;
  readonly backend: string;
  readonly state: ResourceState;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Of the process that is creating, renaming or removing it: who to ask whether it still lives. */
  readonly process?: { readonly pid: number; readonly started: string };
  /** It is there for the work of that process only: for a resource of that name, say, of which it builds packages. */
  readonly meanwhile?: {
    readonly process: { readonly pid: number; readonly started: string };
    readonly for?: string;
  };
  /** An image is at rest: nothing runs in it, and instances are made of it. All others are instances. */
  readonly form?: 'image';
  /** Of an instance: the image that it was made of, by its name, which stays as long as this does. */
  readonly image?: string;
  /** While it is given another name: the one after which some of what it has may still be called. */
  readonly formerly?: string;
  readonly effects: readonly Effect[];
  /** What the backend needs to connect again; its own schema. */
  readonly details: Readonly<Record<string, unknown>>;
  /** What the backend before the colon needs to connect to the machine that the resource is on; its own schema. */
  readonly outer?: Readonly<Record<string, unknown>>;
  /** Where the spec came from, absolute. */
  readonly spec: string;
  /** Of the manifest. */
  readonly specDigest?: string;
  readonly planDigest: string;
  /** Packages that are not the very ones that its lock names; absent where all are. */
  readonly substitutes?: readonly Substitute[];
  readonly treeDigest?: string;
  readonly environmentDigest?: string;
  readonly run: {
    /** The traced command, where there was one. */
    readonly command?: readonly string[];
    readonly cwd: FilePath;
    readonly environment: Readonly<Record<string, string>>;
    readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  };
}
