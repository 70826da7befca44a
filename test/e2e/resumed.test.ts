import { readFileSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { type Cli, freshCli } from '../support/cli.js';
import { installEveryKind } from '../support/every-kind.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { withRoot } from '../support/roots.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'git'] }));

const create = ['create', '--fresh', '--name', 'victim', 'environment.yml'];
const moments = fileURLToPath(import.meta.resolve('../support/moments.mjs'));
/** Each has an inventory of its own, so that two moments are tried at a time. */
let clis: readonly [Cli, Cli];
/** What a create does to the world outside, in order. */
let done: string[];
let digest: string | undefined;

beforeEach(
  shared(async () => {
    clis = [await freshCli({ ownTemporary: true }), await freshCli({ ownTemporary: true })];
    const [first, second] = clis;
    await using root = await withRoot();
    const { kinds, command } = await installEveryKind(root);
    await first.must(['trace', '-o', 'environment.yml', '--root', root.path, '--cwd', '/srv', '--', ...command]);
    const spec = readFileSync(join(first.work, 'environment.yml'), 'utf8');
    expect(kinds.filter((kind) => !spec.includes(`name: ${kind}\n`))).toEqual([]);
    expect(kinds.length).toBeGreaterThan(12);
    // What mmdebstrap gives is kept by the first, and given again by all others.
    for (const _time of ['with what is fetched first', 'from a warm store']) {
      rmSync(join(first.work, 'moments'), { force: true });
      digest = (await build(first)).treeDigest;
      await first.must(['delete', '--yes', 'victim']);
    }
    done = readFileSync(join(first.work, 'moments'), 'utf8').trim().split('\n');
    await cp(first.work, second.work, { recursive: true });
  }),
);
afterAll(async () => {
  for (const cli of clis ?? []) await cli[Symbol.asyncDispose]();
});

function watched(cli: Cli, at?: number): Record<string, string> {
  const own = { MOMENTS_LOG: join(cli.work, 'moments'), MOMENTS_SYSTEM: join(cli.work, 'system.tar') };
  return { NODE_OPTIONS: `--import=${moments}`, ...own, ...(at === undefined ? {} : { MOMENTS_AT: String(at) }) };
}

const resourceSchema = z.object({ state: z.string(), treeDigest: z.string().optional() });
type Shown = z.infer<typeof resourceSchema>;

async function build(cli: Cli): Promise<Shown> {
  const { stdout } = await cli.must([...create, '--json'], { env: watched(cli) });
  return z.object({ resource: resourceSchema }).parse(JSON.parse(stdout)).resource;
}

async function resources(cli: Cli): Promise<Shown[]> {
  return z.array(resourceSchema).parse(JSON.parse((await cli.must(['ls', '--json'])).stdout));
}

it('is made again as the same tree, with packages of every kind, after a kill at every journal entry and every effect', async () => {
  const begun = done.indexOf('journal written');
  expect(done.filter((what) => what === 'journal written').length).toBeGreaterThan(4);
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  await Promise.all(
    clis.map(async (cli, lane) => {
      for (const [at, what] of done.entries()) {
        if (at % clis.length !== lane) continue;
        const killed = await cli.run(create, { env: watched(cli, at + 1) });
        const states = (await resources(cli)).map(({ state }) => state);
        const isDone = at === done.length - 1;
        expect({ what, signal: killed.signal, states }).toEqual({
          ...{ what, signal: 'SIGKILL' },
          states: at < begun ? [] : [isDone ? 'ready' : 'broken'],
        });
        // Nothing was begun before the journal was: there is nothing to take up.
        if (at >= begun) {
          const made = isDone ? (await resources(cli))[0] : await build(cli);
          expect({ what, made }).toMatchObject({ what, made: { treeDigest: digest } });
          await cli.must(['delete', '--yes', 'victim']);
        }
        await expect.poll(() => remains(cli), { timeout: 10_000, interval: 100 }).toEqual([]);
      }
    }),
  );
});
