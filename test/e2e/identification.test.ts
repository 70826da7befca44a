import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { identify } from '../../src/identification/identify.js';
import { localMachine } from '../../src/machines/local.js';
import type { FilePath } from '../../src/model/file-path.js';

const sampleSize = 2000;
const hasDpkg = spawnSync('dpkg-query', ['--version']).status === 0;

it.skipIf(!hasDpkg)('agrees with dpkg-query on files of this machine (skipped where there is no dpkg)', async () => {
  await using machine = await localMachine();
  const sample = await samplePaths();
  const accesses = sample.map((path) => ({ path: path as FilePath, uses: ['read' as const] }));
  const { owners, base } = await identify(machine, accesses, { verify: false });
  const isMerged = base?.layout === 'merged-usr';
  const theirs = ownersByQuery(sample, isMerged);
  const disagreeing = sample.filter((path) => {
    const owner = owners.get(path as FilePath);
    // What another manager has put among its files is not dpkg's to tell.
    const isDpkgs = owner?.state === 'owned' && owner.package?.distribution === 'debian';
    const ours = isDpkgs ? owner.package?.name : undefined;
    const names = theirs.get(path);
    return ours === undefined ? names !== undefined : !names?.has(ours);
  });
  expect(disagreeing).toEqual([]);
  expect([...theirs.keys()].length).toBeGreaterThan(sample.length / 2);
});

/** Evenly from all that is in the folders that packages fill; without names that dpkg-query takes for patterns. */
async function samplePaths(): Promise<string[]> {
  const { stdout } = spawnSync('find', ['/usr', '/etc', '/var/lib', '-xdev', '!', '-type', 'd', '-print0'], {
    encoding: 'latin1',
    maxBuffer: 1 << 30,
  });
  const all = stdout
    .split('\0')
    .filter((path) => /^[!-~]+$/.test(path) && !/[*?[\]\\,:]/.test(path) && !path.startsWith('/usr/local/'));
  const step = Math.max(1, Math.floor(all.length / sampleSize));
  return all.sort().filter((_, index) => index % step === 0);
}

/** Packages by path; a path below /usr is asked under both spellings where /usr is merged. */
function ownersByQuery(paths: readonly string[], isMerged: boolean): Map<string, Set<string>> {
  const usual = (path: string): string =>
    isMerged ? path.replace(/^\/(s?bin|lib(?:32|64|x32)?)\//, '/usr/$1/') : path;
  const aliased = paths.flatMap((path) =>
    isMerged && /^\/usr\/(s?bin|lib(?:32|64|x32)?)\//.test(path) ? [path, path.slice(4)] : [path],
  );
  const { stdout } = spawnSync('dpkg-query', ['-S', ...aliased], {
    encoding: 'latin1',
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 30,
  });
  const diverted = new Map<string, string>();
  const owners = new Map<string, Set<string>>();
  for (const line of stdout.split('\n')) {
    const at = line.indexOf(': /');
    if (at < 0) continue;
    const path = usual(line.slice(at + 2));
    const diversion = /^diversion by (\S+) from$/.exec(line.slice(0, at));
    if (diversion?.[1]) diverted.set(path, diversion[1]);
    if (line.startsWith('diversion by ')) continue;
    const names = line
      .slice(0, at)
      .split(', ')
      .map((name) => name.split(':')[0] ?? '');
    owners.set(path, new Set([...(owners.get(path) ?? []), ...names]));
  }
  // dpkg-query lists whoever names a diverted path; what lies there is the diverting package's.
  for (const [path, by] of diverted) if (owners.get(path)?.has(by)) owners.set(path, new Set([by]));
  return owners;
}
