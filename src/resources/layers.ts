import type { Readable } from 'node:stream';
import type { Backend } from '../../backends/backend.js';
import type { Contents } from '../archives/contents.js';
import type { Artifact } from '../archives/ladder.js';
import type { Layer } from '../archives/tree-entries.js';
import { type Keeping, type TreeCache, UnusableTree } from '../archives/trees.js';
import { reasonOf } from '../errors.js';
import { canonicalJson, sha256 } from '../hash.js';
import type { Plan, PlannedPackage, Step } from '../model/plan.js';
import type { Progress } from '../model/progress.js';
import type { FormerSystem } from '../packaging/base-system.js';
import { formersIn } from './formers.js';

export interface LayersOptions {
  readonly trees: TreeCache;
  /** Has what each bare system was built from, under the key of its tree. */
  readonly store: Contents;
  readonly plan: Plan;
  readonly backend: Pick<Backend, 'name' | 'commit' | 'keepsTree'>;
  /** The version of reproman: another one may build otherwise. */
  readonly tool: string;
  /** Whether the bare system may be made from one of another plan. */
  readonly withFormers: boolean;
  readonly progress: Progress;
}

/**
 * What was built of a plan before: the bare system, which takes the programs of its packages to make, and the finished
 * one. What customize puts between them is unpacked, and so would a tree of every part of it have to be.
 */
export interface Layers {
  /** By what was found for its packages, which may be other than the plan names. */
  bare(artifacts: ReadonlyMap<PlannedPackage, Artifact>): BareLayer;
  /** Undefined where the backend commits: it makes layers of both halves, the same ones always. */
  readonly finished: KeptLayer | undefined;
}

export interface KeptLayer {
  isKept(): Promise<boolean>;
  take(): Promise<Readable | undefined>;
  keep(): LayerKeeping;
}

export interface BareLayer extends KeptLayer {
  /** What it may be made from instead of its packages alone. */
  formers(): AsyncIterable<FormerSystem>;
}

/** As in {@link Keeping}; that a tree cannot be kept is told, and fails nothing. */
export interface LayerKeeping extends Pick<Keeping, 'copy'>, AsyncDisposable {
  commit(): Promise<void>;
}

/** Of two plans with the same key nothing that is built differs; where it is built makes no difference either. */
export function layersOf({ trees, store, plan, backend, tool, withFormers, progress }: LayersOptions): Layers {
  const tell = (message: string) => progress({ kind: 'note', message });
  const layer = (name: Layer, builtFrom: object): KeptLayer => {
    const key = sha256(canonicalJson({ ...builtFrom, tool }));
    return {
      // That it cannot be read is told by who takes it.
      isKept: () => trees.has(name, key).catch(() => false),
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
      const builtFrom = { plan: plan.bootstrap, found };
      const kept = layer('bare', builtFrom);
      return {
        ...kept,
        keep() {
          const keeping = kept.keep();
          const commit = async () => {
            await keeping.commit();
            // Without it, no other tree is made from this one.
            await store.add(Buffer.from(canonicalJson({ ...builtFrom, tool }))).catch(() => undefined);
          };
          return { ...keeping, commit };
        },
        formers: () => (withFormers ? formersIn(trees, store, tool) : noFormers()),
      };
    },
    finished:
      backend.commit && !backend.keepsTree
        ? undefined
        : layer('finished', { plan: plan.digest, backend: backend.name }),
  };
}

async function* noFormers(): AsyncGenerator<FormerSystem> {}

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
