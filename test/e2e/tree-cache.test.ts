import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeEach, expect, it } from 'vitest';
import type { TreeEntry } from '../../src/archives/tree-entries.js';
import type { Created } from '../../src/resources/create.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

let cli: Cli;
/** Not in the folder for temporary files, of which nothing counts as part of a tree. */
let place: string;
let digest: string | undefined;

// Two at once, of which neither knows what the other builds.
const prepare = shared(async () => {
  cli = await freshCli({ ownStore: true });
  place = mkdtempSync('/srv/reproman-e2e-');
  await traceCounting('lines', 'environment.yml');
  const [one, two] = await Promise.all([create('one'), create('two')]);
  digest = one?.digest;
  expect([one, two]).toEqual([made('one'), made('two')]);
});
beforeEach(prepare);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  if (place) rmSync(place, { recursive: true });
});

async function traceCounting(what: 'lines' | 'bytes', spec: string): Promise<void> {
  writeFiles(place, { 'count.sh': `#!/bin/sh\necho one two | wc --${what}\n` });
  await cli.must(['trace', '-o', spec, '--', join(place, 'count.sh')]);
}

async function create(name: string, ...flags: readonly string[]) {
  const { stdout } = await cli.must(['create', '--json', '--name', name, ...flags]);
  const { resource, taken, proof } = JSON.parse(stdout) as Created & { readonly proof: { readonly ok: boolean } };
  return { name: resource.name, taken, digest: resource.treeDigest, ok: proof.ok };
}

/** Proved, with the tree that was built without a cache. */
function made(name: string, taken?: Created['taken']) {
  return { name, taken, digest, ok: true };
}

const store = () => join(cli.env['XDG_CACHE_HOME'] ?? '', 'reproman/store');
const layers = () => readdirSync(join(store(), 'trees')).map((name) => name.replace(/-.*/, ''));

it('is an unpack of the same tree, proved, whatever became of what was made from it', async () => {
  const { stderr } = await cli.must(['create', '--name', 'again']);
  expect(stderr).toContain('the finished system was built before, and is taken from the cache\n');
  expect(stderr).not.toContain('install packages');
  await cli.must(['exec', 'again', '--', 'sh', '-c', 'echo other > /usr/share/base-files/motd; rm /usr/bin/wc']);
  expect(await create('once-more')).toEqual(made('once-more', 'finished'));
});

it('puts what has changed on the bare system', async () => {
  mkdirSync(join(cli.work, 'other'));
  await traceCounting('bytes', 'other/environment.yml');
  const other = await create('other', 'other/environment.yml');
  expect(other).toMatchObject({ taken: 'bare', ok: true });
  expect(other.digest).not.toBe(digest);
  expect(await create('first')).toEqual(made('first', 'finished'));
});

it('lets a backend with layers of its own begin with the bare system', async (context) => {
  await needs({ docker: true })(context);
  expect(await create('image', '--backend', 'docker')).toEqual(made('image', 'bare'));
});

it('builds anew what was damaged, and what it is asked to', async () => {
  const { trees } = JSON.parse((await cli.must(['store', 'ls', '--json'])).stdout) as { readonly trees: TreeEntry[] };
  for (const { file, size } of trees.filter(({ layer }) => layer === 'finished')) truncateSync(file, size - 4096);
  expect(await create('mended')).toEqual(made('mended', 'bare'));
  expect(await create('fresh', '--fresh')).toEqual(made('fresh'));
});

it('takes nothing from a create that was killed while it wrote', async () => {
  await cli.must(['store', 'prune', '--all', '--yes']);
  expect(layers()).toEqual([]);
  const [program = '', ...args] = [...cli.program, 'create', '--name', 'victim'];
  const victim = spawn(program, args, { cwd: cli.work, env: cli.env, stdio: 'ignore' });
  const writing = () => readdirSync(join(store(), 'tmp')).some((name) => sizeOf(join(store(), 'tmp', name)) > 5e6);
  while (!writing()) {
    if (victim.exitCode !== null) throw new Error(`it ended with ${victim.exitCode} before it wrote`);
    await wait(5);
  }
  victim.kill('SIGKILL');
  await once(victim, 'exit');
  // A slow look may miss the moment: what was whole by then counts.
  const kept = layers();
  expect(['', 'bare']).toContain(kept.join());
  expect(await create('victim')).toEqual(made('victim', kept.length > 0 ? 'bare' : undefined));
  expect(layers().sort()).toEqual(['bare', 'finished']);
});

function sizeOf(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}
