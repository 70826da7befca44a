import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { pipeline } from '../support/inputs.js';
import { place, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { run } from '../support/run.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap', 'unshare', 'ip'] }));

const root = place('root');
let traced: Traced;
let cluster: Cli;

const prepare = shared(async () => {
  traced = await root.trace(pipeline);
  cluster = await freshCli({ ownStore: true });
});
beforeEach(prepare);

afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

it('builds on a node without a network what was fetched on one that has it, in a store of their own', async () => {
  const store = join(cluster.work, 'scratch/store');
  const env = { ...cluster.env, REPROMAN_STORE: store };
  const fetched = await cluster.must(['create', '--fetch-only', '--json', traced.spec], { env });
  expect(JSON.parse(fetched.stdout)).toEqual({ packages: expect.any(Number), standIns: [], store });
  expect((await cluster.must(['ls', '--json'])).stdout.trim()).toBe('[]');
  expect(existsSync(join(cluster.env['XDG_CACHE_HOME'] ?? '', 'reproman/store'))).toBe(false);

  const offline = ['create', '--offline', '--json', '--name', 'offline', traced.spec];
  const alone = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'];
  const made = await run([...alone, ...cluster.program, ...offline], { env, cwd: cluster.work });
  const { proof, fetched: rows } = JSON.parse(made.stdout);
  expect([made.code, proof?.ok, made.stderr]).toEqual([0, true, expect.any(String)]);
  expect(rows.every(({ rung }: { rung: string }) => rung === 'store' || rung === 'contents')).toBe(true);
});
