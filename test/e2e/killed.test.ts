import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { codename } from '../support/archive.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must, run } from '../support/run.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap'] }));

/** The inventory's folder is synced after each entry is written: strace kills us at the n-th time. */
async function createKilledAt(cli: Cli, moment: number): Promise<boolean> {
  const journal = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman', 'resources');
  const killing = ['strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-P', journal, '-e', 'trace=fsync'];
  const inject = ['-e', `inject=fsync:signal=KILL:when=${moment}`];
  const create = [...cli.program, 'create', '--name', 'victim', 'environment.yml'];
  const { code } = await run([...killing, ...inject, ...create], { cwd: cli.work, env: cli.env });
  return code !== 0;
}

it('is seen and can be removed or made again, wherever it was killed', async () => {
  await using cli = await freshCli();
  const base = `base: { distribution: debian, release: "12", codename: ${await codename()}, architecture: amd64 }`;
  writeFiles(cli.work, {
    'environment.yml': `version: 1\n${base}\ndistributions:\n  - name: debian\n    packages: [base-files, dash, jq]\n`,
  });
  await cli.must(['create', '--name', 'first', 'environment.yml']);
  await cli.must(['delete', '--yes', 'first']);
  let kills = 0;
  for (let moment = 1; moment < 40; moment++) {
    if (!(await createKilledAt(cli, moment))) break;
    kills++;
    const { stdout } = await cli.must(['ls', '--json']);
    const [seen] = JSON.parse(stdout) as { name: string; state: string }[];
    if (seen?.state === 'ready') {
      await cli.must(['verify', 'victim']);
    } else if (seen !== undefined && moment % 2 === 0) {
      expect(seen).toMatchObject({ name: 'victim', state: 'broken' });
      await cli.must(['create', '--name', 'victim', 'environment.yml']);
    }
    if (seen !== undefined) await cli.must(['delete', '--yes', 'victim']);
    expect(await left(cli)).toEqual([]);
  }
  expect(kills).toBeGreaterThan(2);
  await cli.run(['delete', '--yes', 'victim']);
});

/** What is left outside of the store: folders of the resource, mounts, work folders. */
async function left(cli: Cli): Promise<string[]> {
  const data = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
  const folders = ['resources', 'rootfs', 'work'].map((name) => join(data, name)).filter(existsSync);
  const files = folders.flatMap((folder) => readdirSync(folder)).filter((name) => !name.startsWith('.lock'));
  const mounts = (await must(['cat', '/proc/self/mountinfo'])).split('\n').filter((line) => line.includes(data));
  return [...files, ...mounts];
}
