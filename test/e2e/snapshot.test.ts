import { mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { type Registry, startRegistry } from '../support/registry.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, programs: ['docker', 'docker-registry', 'tar'] }));

/** Another run of the tests may be on the same engine. */
const name = `reproman-snapshot-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'snapshot-'));
let cli: Cli;
let registry: Registry;

/** An image of three layers, whose upper ones hide, empty and link what is below. */
const made = shared(async () => {
  cli = await freshCli({ ownStore: true });
  registry = await startRegistry();
  const tree = join(folder, 'tree');
  await must(['sh', '-euc', makeTree, 'sh', tree]);
  await must(['sh', '-c', 'tar -C "$1" -c . | docker import - "$2"', 'sh', tree, `${name}:base`]);
  writeFileSync(join(folder, 'Dockerfile'), recipe(`${name}:base`));
  await must(['docker', 'build', '--network=none', '--tag', `${name}:top`, folder]);
});
beforeEach(made);
afterAll(async () => {
  await must(['docker', 'rmi', '--force', `${name}:top`, `${name}:base`]).catch(() => undefined);
  await registry?.[Symbol.asyncDispose]();
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Busybox-like: the shell of this machine and what it is linked with. */
const makeTree = `
mkdir -p "$1/bin" "$1/full" "$1/kept" "$1/tmp"
for each in sh rm ln mkdir chmod; do cp "$(readlink -f "/bin/$each")" "$1/bin/$each"; done
for each in sh rm ln mkdir chmod; do
  ldd "/bin/$each" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$1\${library%/*}"; cp -L "$library" "$1$library"
  done
done
printf one > "$1/full/one"; printf two > "$1/full/two"; printf gone > "$1/kept/gone"; printf here > "$1/kept/nowhere"
ln "$1/kept/nowhere" "$1/kept/linked"
`;

const recipe = (base: string) => `FROM ${base}
RUN ["/bin/sh", "-c", "rm /kept/gone; rm -r /full; mkdir /full; echo new > /full/new"]
RUN ["/bin/sh", "-c", "ln /full/new /full/again; chmod 4755 /full/new; echo x > /kept/.whatever"]
ENV ONE=two
`;

/** Of what the engine itself says is in a container of it, but for what it adds. */
async function exported(): Promise<string[]> {
  const id = (await must(['docker', 'create', `${name}:top`, 'sh'])).trim();
  try {
    return (await must(['sh', '-c', 'docker export "$1" | tar -t', 'sh', id])).split('\n').flatMap((line) => {
      const path = `/${line.replace(/\/$/, '')}`;
      return line === '' || /^\/(?:\.dockerenv|dev|etc|proc|sys)(?:\/|$)/.test(path) ? [] : [path];
    });
  } finally {
    await must(['docker', 'rm', id]);
  }
}

interface Summary {
  readonly entries: Readonly<Record<string, number>>;
  readonly treeDigest: string;
}

it('has of an image just what the engine has of it, wherever it is read from', async () => {
  const top = `${name}:top`;
  const snapshot = async (source: string, ...more: string[]) =>
    JSON.parse((await cli.must(['snapshot', source, '--json', ...more])).stdout) as Summary;
  const ofEngine = await snapshot(`docker:${top}`, '-o', 'top.trie');
  await cli.must(['snapshot', `docker:${top}`, '--format', 'jsonl', '-o', 'top.jsonl.gz']);
  const paths = await must(['zcat', join(cli.work, 'top.jsonl.gz')]);
  const own = paths
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { path: string }).path);
  expect(own.filter((path) => path !== '/').sort()).toEqual((await exported()).sort());

  const place = `${registry.address}/lab/top:1`;
  await must(['docker', 'tag', top, place]);
  await must(['docker', 'push', '--quiet', place]);
  const pushed = await must(['docker', 'inspect', '--format', '{{index .RepoDigests 0}}', place]);
  await must(['docker', 'rmi', place]);
  await must(['docker', 'save', '--output', join(cli.work, 'top.tar'), top]);
  const cold = { ...cli.env, XDG_CACHE_HOME: join(folder, 'cold') };
  for (const source of [`registry:${place}`, 'top.tar', 'top.trie']) {
    const { stdout } = await cli.must(['snapshot', source, '--json'], { env: cold });
    expect(JSON.parse(stdout)).toMatchObject({ entries: ofEngine.entries, treeDigest: ofEngine.treeDigest });
    rmSync(cold.XDG_CACHE_HOME, { recursive: true, force: true });
  }

  const size = ['--format', 'container-diff', '--type', 'size', '--json'];
  const [{ Analysis }] = JSON.parse((await cli.must(['snapshot', `registry:${place}`, ...size])).stdout);
  expect(pushed.trim().split('@')[1]).toBe(Analysis[0].Digest);
});

it('keeps what it read of layers and files where the store verbs list, check and remove it', async () => {
  const env = { ...cli.env, XDG_CACHE_HOME: join(folder, 'kept') };
  const told = async (...args: string[]) => JSON.parse((await cli.must([...args, '--json'], { env })).stdout);
  const saved = join(cli.work, 'kept.tar');
  await must(['docker', 'save', '--output', saved, `${name}:top`]);
  const { treeDigest } = (await told('snapshot', saved)) as Summary;
  await told('snapshot', '/usr/share/base-files');
  const { caches } = (await told('store', 'ls')) as { caches: { kind: string; file: string; size: number }[] };
  expect(new Set(caches.map(({ kind }) => kind))).toEqual(new Set(['layers', 'packages', 'hashes']));
  expect(caches.every(({ file, size }) => statSync(file).size === size)).toBe(true);
  expect(await told('store', 'verify')).toMatchObject({ caches: { checked: caches.length, damaged: [] } });
  const [layer = ''] = caches.filter(({ kind }) => kind === 'layers').map(({ file }) => file);
  truncateSync(layer, 100);
  const verified = await cli.must(['store', 'verify', '--json'], { env, code: 1 });
  expect(JSON.parse(verified.stdout)).toMatchObject({ caches: { damaged: [layer] } });
  expect(await told('snapshot', saved)).toMatchObject({ treeDigest });
  expect((await told('store', 'prune', '--yes')).caches).toHaveLength(caches.length);
  expect((await told('store', 'ls')).caches).toEqual([]);
});
