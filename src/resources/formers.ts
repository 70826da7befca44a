import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { z } from 'zod';
import type { Contents } from '../archives/contents.js';
import { type TreeCache, UnusableTree } from '../archives/trees.js';
import { reasonOf } from '../errors.js';
import { sha256 } from '../hash.js';
import type { BootstrapPlan } from '../model/plan.js';
import type { BaseSystem, BuildContext, FormerSystem } from '../packaging/base-system.js';

/** So many are looked at: to read about one costs little, and what is older is less like what is built now. */
const most = 8;

const builtFromSchema = z.object({
  plan: z.custom<BootstrapPlan>((plan) => typeof plan === 'object' && plan !== null),
  found: z.array(z.string().nullable()),
  tool: z.string(),
});

/**
 * Bare systems that this version of reproman built of other plans, those first that were of use last. What tells of a
 * tree has its key for a hash, so that it can be of no other.
 */
export async function* formersIn(trees: TreeCache, store: Contents, tool: string): AsyncGenerator<FormerSystem> {
  const bare = (await trees.entries()).filter(({ layer }) => layer === 'bare').reverse();
  for (const { layer, key } of bare.slice(0, most)) {
    if (!(await store.has(key))) continue;
    const text = await readFile(await store.locate(key), 'utf8');
    if (sha256(text) !== key) continue;
    const { plan, found, tool: by } = builtFromSchema.parse(JSON.parse(text));
    if (by === tool) yield { plan, found, locate: () => trees.locate(layer, key) };
  }
}

/**
 * The bare system of a plan, made from one of another plan; undefined where none will do. Where that does not come to its
 * end, it fails with an {@link UnusableTree}: of the packages alone it may well be built.
 */
export async function remade(
  formers: AsyncIterable<FormerSystem>,
  plan: BootstrapPlan,
  base: Pick<BaseSystem, 'remake'>,
  context: BuildContext,
): Promise<Readable | undefined> {
  if (!base.remake) return undefined;
  const { progress, signal } = context;
  try {
    for await (const former of formers) {
      const tree = await base.remake(plan, former, context);
      if (!tree) continue;
      const message = 'a bare system that was built before is taken from the cache, and what differs is changed in it';
      progress({ kind: 'note', message });
      return Readable.from(wholeOrUnusable(tree, signal), { objectMode: false });
    }
  } catch (error) {
    signal?.throwIfAborted();
    progress({ kind: 'note', message: `a bare system that was built before cannot be used: ${reasonOf(error)}` });
  }
  return undefined;
}

async function* wholeOrUnusable(tree: Readable, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  try {
    yield* tree;
  } catch (error) {
    signal?.throwIfAborted();
    throw new UnusableTree(`a bare system that was built before cannot be changed (${reasonOf(error)})`, {
      cause: error,
    });
  }
}
