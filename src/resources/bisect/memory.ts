import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codeOf } from '../../errors.js';
import { canonicalJson, sha256 } from '../../hash.js';
import { cacheFolder } from '../../scratch.js';

/** What became of one variant. `unresolved` says why it could not be built. */
const resultSchema = z.union([
  z.strictObject({ exit: z.union([z.int(), z.literal('timeout')]), said: z.string() }),
  z.strictObject({ unresolved: z.string() }),
]);

export type VariantResult = z.infer<typeof resultSchema>;

const lineSchema = z.strictObject({ plan: z.string(), result: resultSchema });

/** What one test said of variants, by the digests of their plans: kept for when a bisection is interrupted. */
export interface Memory {
  get(plan: string): VariantResult | undefined;
  add(plan: string, result: VariantResult): Promise<void>;
}

/** `test` is all that a result depends on beside the variant. */
export async function openMemory(
  test: object,
  {
    fresh = false,
    folder = join(cacheFolder(), 'bisect'),
  }: { readonly fresh?: boolean; readonly folder?: string } = {},
): Promise<Memory> {
  const file = join(folder, `${sha256(canonicalJson(test))}.jsonl`);
  await mkdir(dirname(file), { recursive: true });
  if (fresh) await rm(file, { force: true });
  const known = new Map(parseLines(await readText(file)).map(({ plan, result }) => [plan, result]));
  return {
    get: (plan) => known.get(plan),
    async add(plan, result) {
      known.set(plan, result);
      // A line of its own after one that a kill cut off.
      await appendFile(file, `\n${JSON.stringify({ plan, result })}\n`);
    },
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return '';
    throw error;
  }
}

/** What a kill cut off is no line: that variant is tested again. */
function parseLines(text: string): z.infer<typeof lineSchema>[] {
  return text.split('\n').flatMap((line) => {
    try {
      const found = lineSchema.safeParse(JSON.parse(line));
      return found.success ? [found.data] : [];
    } catch {
      return [];
    }
  });
}
