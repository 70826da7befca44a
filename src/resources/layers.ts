import type { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
import type { Artifact } from '../archives/ladder.js';
import type { Layer } from '../archives/tree-entries.js';
import { type Keeping, type TreeCache, UnusableTree } from '../archives/trees.js';
import { reasonOf } from '../errors.js';
import { canonicalJson, sha256 } from '../hash.js';
import type { Plan, PlannedPackage, Step } from '../model/plan.js';
import type { Progress } from '../model/progress.js';

export interface LayersOptions {
  readonly trees: TreeCache;
  readonly plan: Plan;
  readonly backend: Pick<Backend, 'name' | 'commit'>;
  /** The version of reproman: another one may build otherwise. */
  readonly tool: string;
  readonly progress: Progress;
}

/**
 * What was built of a plan before: the bare system, which takes the programs of its packages to make, and the finished
 * one. What customize puts between them is unpacked, and so would a tree of every part of it have to be.
 */
export interface Layers {
  /** By what was found for its packages, which may be other than the plan names. */
  bare(artifacts: ReadonlyMap<PlannedPackage, Artifact>): KeptLayer;
  /** Undefined where the backend commits: it makes layers of both halves, the same ones always. */
  readonly finished: KeptLayer | undefined;
}

export interface KeptLayer {
  take(): Promise<Readable | undefined>;
  keep(): LayerKeeping;
}

/** As in {@link Keeping}; that a tree cannot be kept is told, and fails nothing. */
export interface LayerKeeping extends Pick<Keeping, 'copy'>, AsyncDisposable {
  commit(): Promise<void>;
}

/** Of two plans with the same key nothing that is built differs; where it is built makes no difference either. */
export function layersOf({ trees, plan, backend, tool, progress }: LayersOptions): Layers {
  const tell = (message: string) => progress({ kind: 'note', message });
  const layer = (name: Layer, builtFrom: object): KeptLayer => {
    const key = sha256(canonicalJson({ ...builtFrom, tool }));
    return {
      async take() {
        const tree = await trees.find(name, key).catch((error: unknown) => {
          tell(`whether the ${name} system was built before cannot be read: ${reasonOf(error)}`);
          return undefined;
        });
        if (tree) tell(`the ${name} system was built before, and is taken from the cache`);
        return tree;
      },
      keep() {
        const keeping = trees.keep(name, key);
        const commit = async () => {
          const problem = await keeping.commit();
          if (problem !== undefined) tell(`the ${name} system is not kept for the next time: ${problem}`);
        };
        return { ...keeping, commit };
      },
    };
  };
  return {
    bare(artifacts) {
      const found = plan.bootstrap.packages.map((each) => artifacts.get(each)?.sha256);
      return layer('bare', { plan: plan.bootstrap, found });
    },
    finished: backend.commit ? undefined : layer('finished', { plan: plan.digest, backend: backend.name }),
  };
}

/** Whether a build failed for want of a tree that the cache said it had. */
export function isOfUnusableTree(error: unknown): boolean {
  return error instanceof UnusableTree || (error instanceof Error && isOfUnusableTree(error.cause));
}

/** One layer of a resource, from the base up. */
export interface StackedLayer {
  readonly kind: string;
  /** The digest of all that it and those below it are made from. */
  readonly key: string;
  /** How many steps of the plan are done when it is. */
  readonly done: number;
}

export interface StackOptions {
  /** With what was found for their packages. */
  readonly steps: readonly Step[];
  readonly plan: Plan;
  readonly artifacts: ReadonlyMap<PlannedPackage, Artifact>;
  readonly tool: string;
}

/** The base, and over it each kind of packages: what one is made from says nothing of those above it. */
export function stackOf({ steps, plan, artifacts, tool }: StackOptions): StackedLayer[] {
  const found = plan.bootstrap.packages.map((each) => artifacts.get(each)?.sha256);
  let key = sha256(canonicalJson({ plan: plan.bootstrap, found, tool }));
  let done = 0;
  const stack: StackedLayer[] = [{ kind: 'base', key, done }];
  for (const layer of plan.layers) {
    const own = steps.slice(done, done + layer.steps).map(({ reason: _reason, ...deed }) => deed);
    key = sha256(canonicalJson({ below: key, own }));
    done += layer.steps;
    stack.push({ kind: layer.kind, key, done });
  }
  return stack;
}
