import { expect, it } from 'vitest';
import type { GitLock } from '../../src/distributions/git/schema.js';
import type { Machine, RunOptions, Shell } from '../../src/machines/machine.js';
import { setRight } from '../../src/proof/before-run.js';
import type { ManifestRun } from '../../src/spec/document/schema.js';
import type { Specification } from '../../src/spec/specification.js';

const repository: GitLock['packages'][number] = {
  name: 'work',
  version: '12'.repeat(20),
  at: '/work',
  used: true,
  certainty: 'repacked',
  algorithm: 'sha1',
  index: true,
  ...{ remotes: [], folders: [], changed: [], edited: [], contents: [] },
};

it('runs what distributions ask for as the user of the run, and goes on where it cannot', async () => {
  const asked: (RunOptions | undefined)[] = [];
  const shell: Partial<Shell> = {
    async run(_argv, options) {
      asked.push(options);
      throw new Error('there is no such program');
    },
  };
  const packages = [repository, { ...repository, at: '/other' }, { ...repository, at: '/unused', index: undefined }];
  const lock = {
    distributions: [
      { name: 'unknown', packages: [] },
      { name: 'git', packages },
    ],
  };
  const run = { user: { uid: 1000, gid: 100, groups: [7] } };
  await setRight({ label: 'here', shell } as Machine, { lock } as unknown as Specification, run as ManifestRun);
  expect(asked.map((options) => [options?.cwd, options?.user])).toEqual(
    [
      ['/other', { uid: 1000, gid: 100, groups: [7] }],
      ['/work', { uid: 1000, gid: 100, groups: [7] }],
    ].reverse(),
  );
});
