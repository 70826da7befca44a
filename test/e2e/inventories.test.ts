import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ownBase } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['mmdebstrap', 'docker'] }));

/** Two people, or two machines of one, with an inventory each. */
let ours: Cli;
let theirs: Cli;
const [mine, yours, image] = ['mine', 'yours', 'image'].map((name) => `i-${name}-${process.pid}`) as [
  string,
  string,
  string,
];

beforeEach(
  shared(async () => {
    // What is asked to be built anew takes no layers that are there.
    ours = await freshCli({ ownStore: true });
    theirs = await freshCli({ ownStore: true });
    const run = '  - { id: one, command: [jq, -n, 1+1], cwd: /srv, user: { uid: 1234, gid: 1234 } }\n';
    const packages = 'distributions:\n  - name: debian\n    packages: [jq]\n';
    const spec = `version: 1\n${await ownBase()}\n${packages}runs:\n${run}`;
    for (const { work } of [ours, theirs]) writeFiles(work, { 'environment.yml': spec });
    await create(ours, mine);
  }),
);
afterAll(async () => {
  await theirs?.[Symbol.asyncDispose]();
  await ours?.[Symbol.asyncDispose]();
});

const create = (cli: Cli, name: string, ...more: readonly string[]) =>
  cli.must(['create', '--backend', 'docker', '--name', name, ...more, 'environment.yml']);

const names = async (cli: Cli) =>
  (JSON.parse((await cli.must(['ls', '--refresh', '--json'])).stdout) as { name: string; state: string }[]).map(
    ({ name, state }) => `${name} ${state}`,
  );

const works = async (cli: Cli, name: string) =>
  expect((await cli.must(['exec', name, '--', 'jq', '-n', '1+1'])).stdout).toBe('2\n');

interface Found {
  readonly garbage: readonly { readonly id: string; readonly resource?: string; readonly isForeign: boolean }[];
  readonly removed: number;
}

async function gc(cli: Cli, ...more: readonly string[]): Promise<Found> {
  return JSON.parse((await cli.must(['gc', '--backend', 'docker', '--json', ...more])).stdout) as Found;
}

const markOf = ({ env }: Cli) => readFileSync(join(env['XDG_DATA_HOME'] ?? '', 'reproman/inventory-id'), 'utf8').trim();

/** All on the engine that an inventory has marked: ids of containers and images, layers among them. */
async function marked(cli: Cli): Promise<string[]> {
  const filter = ['--quiet', '--no-trunc', '--all', '--filter', `label=reproman.inventory=${markOf(cli)}`];
  const listed = await Promise.all([must(['docker', 'ps', ...filter]), must(['docker', 'images', ...filter])]);
  return [...new Set(listed.join('\n').split('\n'))].filter((line) => line !== '').sort();
}

describe('two inventories on one engine', () => {
  it('each mark what they make as their own, also on top of what the other has made', async () => {
    const before = await marked(ours);
    await create(theirs, yours);
    const added = await marked(theirs);
    expect(added.length).toBeGreaterThan(1);
    expect(added.filter((id) => before.includes(id))).toEqual([]);
    // They began with our layers, so that some of their image is ours.
    const layers = async (name: string) =>
      JSON.parse(
        await must(['docker', 'inspect', '--format', '{{json .RootFS.Layers}}', `reproman/${name}`]),
      ) as string[];
    const [own, other] = [await layers(mine), await layers(yours)];
    expect(other.slice(0, -1)).toEqual(own.slice(0, other.length - 1));
    expect(await marked(ours)).toEqual(before);
  });

  it('list only their own, and take no name that the other has', async () => {
    expect(await names(ours)).toEqual([expect.stringMatching(`^${mine} `)]);
    expect(await names(theirs)).toEqual([expect.stringMatching(`^${yours} `)]);
    const before = await marked(ours);
    const taken = await theirs.run(['create', '--backend', 'docker', '--name', mine, 'environment.yml']);
    expect(taken).toMatchObject({ code: 2, stderr: expect.stringContaining('that is not of this inventory exists') });
    expect(await names(theirs)).toEqual([expect.stringMatching(`^${yours} `)]);
    for (const verb of [['delete', '--yes', '--force'], ['stop'], ['start']])
      expect((await theirs.run([...verb, mine])).code).toBe(2);
    expect(await marked(ours)).toEqual(before);
    await works(ours, mine);
  });

  it('find nothing of the other to remove, and say that it is the other that has it when they are asked', async () => {
    for (const cli of [ours, theirs]) expect(await gc(cli, '--yes')).toMatchObject({ garbage: [], removed: 0 });
    const { garbage, removed } = await gc(theirs, '--any-inventory');
    expect(removed).toBe(0);
    // Other tests have things on the same engine.
    const own = garbage.filter(({ resource }) => resource === mine || resource === yours);
    expect(own).toEqual([expect.objectContaining({ resource: mine, isForeign: true })]);
    await works(ours, mine);
    await works(theirs, yours);
  });

  it('leave what the other has made of their layers when they delete', async () => {
    await ours.must(['delete', '--yes', mine]);
    expect(await names(theirs)).toEqual([expect.stringMatching(`^${yours} `)]);
    await works(theirs, yours);
    // The container comes back from its image.
    await must(['docker', 'rm', '--force', yours]);
    await works(theirs, yours);
    expect(await must(['docker', 'ps', '--all', '--quiet', '--filter', `label=reproman.resource=${mine}`])).toBe('');
  });

  it('remove what a lost entry had made, and only in the inventory that made it', async () => {
    await create(ours, mine);
    await create(ours, image, '--image-only');
    rmSync(join(ours.env['XDG_DATA_HOME'] ?? '', 'reproman/resources', `${mine}.json`));
    const before = await marked(ours);
    expect(await gc(theirs, '--yes')).toMatchObject({ garbage: [], removed: 0 });
    expect(await marked(ours)).toEqual(before);
    const { garbage, removed } = await gc(ours, '--yes');
    expect(garbage.map(({ resource, isForeign }) => [resource, isForeign])).toEqual([[mine, false]]);
    expect(removed).toBe(1);
    await works(theirs, yours);
    expect(await names(ours)).toEqual([`${image} ready`]);
  });

  it('leave nothing on the engine when both have deleted all', async () => {
    await must(['docker', 'rmi', `reproman/${mine}`]);
    await ours.must(['delete', '--yes', image]);
    await works(theirs, yours);
    await theirs.must(['delete', '--yes', yours]);
    expect(await marked(ours)).toEqual([]);
    expect(await marked(theirs)).toEqual([]);
  });
});
