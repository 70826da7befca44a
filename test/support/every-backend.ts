import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { z } from 'zod';
import type { Resource } from '../../src/model/resource.js';
import type { Proof } from '../../src/proof/proof.js';
import { kindOf, supportOf } from '../../src/resources/kind.js';

/** What `create --rerun --json` gives. */
export interface MadeOnBackend {
  readonly proof?: Proof;
  readonly resource?: Partial<Pick<Resource, 'treeDigest' | 'environmentDigest'>>;
}

const verdict = z.enum(['equal', 'differs', 'unknown']);

const rowSchema = z.strictObject({
  kind: z.string(),
  proof: z.enum(['proved', 'not proved']),
  ...{ tree: verdict, environment: verdict, rerun: verdict },
  support: z.array(z.string()),
});

/** What the last test of a kind of place found, beside rootfs. */
export type BackendRow = z.infer<typeof rowSchema>;

const rowsFolder = fileURLToPath(new URL('../e2e/every-backend', import.meta.url));

/**
 * Compares what a spec gave on a kind of place with what the same spec gave on rootfs, and that with what is committed
 * of it: a row that is missing is written, one that became another fails the test (and is written with `vitest -u`).
 */
export async function expectRow(kind: string, made: MadeOnBackend, plain: MadeOnBackend): Promise<void> {
  const row: BackendRow = {
    kind,
    proof: made.proof?.ok ? 'proved' : 'not proved',
    tree: compared(made.resource?.treeDigest, plain.resource?.treeDigest),
    environment: compared(made.resource?.environmentDigest, plain.resource?.environmentDigest),
    rerun: rerunOf(made.proof),
    support: supportOf(await kindOf(kind)),
  };
  const file = join(rowsFolder, `${kind.replace(':', '-')}.json`);
  await expect(`${JSON.stringify(row, undefined, 2)}\n`).toMatchFileSnapshot(file);
}

/** As they are committed, in the order of their names. */
export function committedRows(): BackendRow[] {
  const files = readdirSync(rowsFolder).sort();
  return files.map((file) => rowSchema.parse(JSON.parse(readFileSync(join(rowsFolder, file), 'utf8'))));
}

function compared(one: string | undefined, other: string | undefined): z.infer<typeof verdict> {
  if (one === undefined || other === undefined) return 'unknown';
  return one === other ? 'equal' : 'differs';
}

function rerunOf(proof: Proof | undefined): z.infer<typeof verdict> {
  const reruns = proof?.reruns ?? [];
  if (reruns.length === 0) return 'unknown';
  const verdicts = reruns.flatMap(({ exit, outputs }) => [exit?.verdict, ...outputs.map((each) => each.verdict)]);
  return verdicts.every((each) => each === 'equal') ? 'equal' : 'differs';
}
