import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it, vi } from 'vitest';
import { compareSourcePair } from '../../src/comparison/compare-sources.js';
import { readSources } from '../../src/sources/collect.js';
import { sourcesOf } from '../../src/sources/open.js';
import type { Source } from '../../src/sources/source.js';
import { type ApptainerMachine, apptainerMachine } from '../support/apptainer.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['mmdebstrap', 'newuidmap', 'useradd', 'setpriv'];
const recipe = `Bootstrap: scratch
%setup
  cp -a tree/. "$APPTAINER_ROOTFS"/
%labels
  Purpose comparison
%environment
  export LAB=one
`;
let user: OrdinaryUser;
let machine: ApptainerMachine;

/** A tree of all that a SquashFS has ways to hold, an image of it by Apptainer, and a sandbox of the image. */
const made = shared(async () => {
  user = await ordinaryUser();
  machine = await apptainerMachine();
  vi.stubEnv('XDG_CACHE_HOME', join(user.home, 'cache'));
  const tree = join(user.home, 'tree');
  mkdirSync(join(tree, 'many'), { recursive: true });
  mkdirSync(join(tree, 'empty'));
  for (let at = 0; at < 600; at++) writeFileSync(join(tree, 'many', `file ${at}`), `${at} `.repeat(at));
  writeFileSync(join(tree, 'large'), Buffer.alloc(3 * 131_072 + 17, 'of several blocks, with an end of its own. '));
  writeFileSync(join(tree, 'sparse'), Buffer.alloc(1 << 20));
  writeFileSync(join(tree, 'nothing'), '');
  writeFileSync(join(tree, 'new\nline "quoted" \\n'), 'odd');
  writeFileSync(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x63, 0xe9, 0xff])]), 'no UTF-8');
  writeFileSync(join(tree, 'program'), '#!/bin/sh\necho a program of its own\n', { mode: 0o755 });
  await must(['ln', join(tree, 'large'), join(tree, 'again')]);
  await must(['ln', '-s', 'many/../large', join(tree, 'link')]);
  await must(['ln', '-s', '/no/such place', join(tree, 'dangling')]);
  await must(['mkfifo', join(tree, 'fifo')]);
  await must(['chmod', '2750', join(tree, 'empty')]);
  writeFileSync(join(user.home, 'image.def'), recipe);
  await must(['chown', '-R', `${user.uid}:${user.gid}`, user.home]);
  await must(['chmod', '0755', user.home]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: user.home, APPTAINER_CACHEDIR: join(user.home, 'cache') };
  const as = [...machine.enter, 'setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups'];
  const apptainer = (...argv: readonly string[]) => must([...as, 'apptainer', ...argv], { cwd: user.home, env });
  await apptainer('build', '--fakeroot', 'image.sif', 'image.def');
  await apptainer('build', '--fakeroot', '--sandbox', 'box', 'image.sif');
});
beforeEach(needs({ root: true, archive: true, programs }));
beforeEach(made);
afterAll(async () => {
  vi.unstubAllEnvs();
  await user?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
});

/** Of files in a sandbox all are the user's, who is root in the image. */
async function differences(one: string, other: string): Promise<string[]> {
  const sources = sourcesOf([one, other]) as [Source, Source];
  const { comparison } = await compareSourcePair(sources, { packages: false, strict: true });
  return comparison.files.changes.flatMap(({ path, from = path, verdicts }) => {
    const others = verdicts.filter((verdict) => verdict !== 'owner');
    return others.length === 0 ? [] : [`${others.join('+')} ${from} ${path}`];
  });
}

it('what a SIF of Apptainer holds is what Apptainer unpacks of it', async () => {
  const [image, box] = [join(user.home, 'image.sif'), join(user.home, 'box')];
  const different = await differences(`sif=${image}`, `box=dir:${box}`);
  // What it notes of how the sandbox was made is no longer what it noted of the image.
  const noted = / \/\.singularity\.d\/(?:Singularity|labels\.json|bootstrap_history(?:\/.*)?)$/;
  expect(different.filter((line) => !noted.test(line))).toEqual([]);
});

it('is the tree that it was made of, with what Apptainer adds', async () => {
  const [image, tree] = [join(user.home, 'image.sif'), join(user.home, 'tree')];
  const more = await differences(`tree=dir:${tree}`, `sif=${image}`);
  expect(more.length).toBeGreaterThan(0);
  const isOfApptainer = / \/(?:\.singularity\.d|\.exec|\.run|\.shell|\.test|singularity|environment)(?:\/.*)?$/;
  const places = / \/(?:bin|dev|etc|home|proc|root|sys|tmp|usr|var)(?:\/.*)?$/;
  expect(more.filter((line) => !/^added /.test(line) || !(isOfApptainer.test(line) || places.test(line)))).toEqual([]);
});

it('tells its recipe, labels and variables', async () => {
  const text = join(user.home, 'image.sif');
  const { facts, trie } = await readSources([{ name: 'sif', text }], { hash: true });
  const told = facts.get('sif');
  expect(told?.recipe?.trim()).toContain('Purpose comparison');
  expect(told?.image?.labels).toMatchObject({ Purpose: 'comparison' });
  expect(told?.environment).toMatchObject({ LAB: 'one' });
  expect([...trie].filter(({ path }) => path.startsWith('/many/'))).toHaveLength(600);
});
