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
}

export type ResourceState = 'creating' | 'ready' | 'removing';

/** One thing created on a backend, as the inventory keeps it. */
export interface Resource {
  readonly name: string;
  readonly backend: string;
  readonly state: ResourceState;
  /** ISO 8601, UTC. */
  readonly created: string;
  /** Of the process that is creating or removing it: who to ask whether it still lives. */
  readonly process?: { readonly pid: number; readonly started: string };
  readonly effects: readonly Effect[];
  /** What the backend needs to connect again; its own schema. */
  readonly details: Readonly<Record<string, unknown>>;
  /** Where the spec came from, absolute. */
  readonly spec: string;
  /** Of the manifest. */
  readonly specDigest?: string;
  readonly planDigest: string;
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
