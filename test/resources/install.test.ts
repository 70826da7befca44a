import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Plan, PlannedPackage, Step } from '../../src/model/plan.js';
import type { Resource } from '../../src/model/resource.js';
import { describeDifference, jointStandIns, planDifference } from '../../src/resources/install/difference.js';
import { type Inventory, openInventory } from '../../src/resources/inventory.js';
import {
  addOwnSpec,
  makeOwnSpec,
  ownSpecEffect,
  readOwnSpec,
  replaceOwnSpec,
  unfinishedSpecs,
} from '../../src/resources/own-spec.js';
import { readSpecification } from '../../src/spec/read.js';
import type { LockedSpecification } from '../../src/spec/specification.js';
import { draftSpecification } from '../../src/spec/write.js';

const planned = (name: string, version = '1', at?: string): PlannedPackage => ({
  ...{ distribution: at === undefined ? 'debian' : 'python', name, version, used: true, artifact: { name, urls: [] } },
  ...(at !== undefined && { at: at as FilePath }),
});
const write = (path: string, reason = 'why'): Step => ({
  ...{ kind: 'write', path: path as FilePath, content: 'a', mode: 0o644, uid: 0, gid: 0, mtime: 0, reason },
});

function plan(base: PlannedPackage[], artifacts: PlannedPackage[], customize: Step[]): Plan {
  return { bootstrap: { packages: base }, artifacts, customize } as unknown as Plan;
}

describe('what a plan makes beyond another', () => {
  it('is the packages and steps that the other has not, in order', () => {
    const before = plan([planned('libc6')], [planned('six', '1', '/venv')], [write('/a', 'for one'), write('/b')]);
    const after = plan(
      [planned('libc6'), planned('jq')],
      [planned('six', '1', '/venv'), planned('six', '1', '/other')],
      [write('/c'), write('/a', 'for two'), write('/b'), write('/d')],
    );
    const difference = planDifference(before, after);
    expect(difference.steps.map((step) => 'path' in step && step.path)).toEqual(['/c', '/d']);
    expect(describeDifference(difference)).toEqual(['debian jq 1', 'python six 1 in /other', '2 steps']);
  });

  it('is nothing where the other is the same', () => {
    const same = plan([planned('libc6')], [], [write('/a')]);
    expect(describeDifference(planDifference(same, same))).toEqual([]);
  });
});

it('what an added spec brings in the place of packages never is for those that the resource asks for itself', () => {
  const known = (name: string): PlannedPackage => {
    const one = planned(name);
    return { ...one, artifact: { ...one.artifact, digest: { algorithm: 'sha256', value: sha256(name) } } };
  };
  const standIn = (content: string) => ({
    ...({ sha256: sha256(content), rung: 'built', sameness: 'same-source', evidence: '' } as const),
  });
  const name = (of: string) => `sha256-${sha256(of)}`;
  const own = { standIns: new Map([[name('jq'), standIn('ours')]]) };
  const theirs = ['libc6', 'jq', 'plots'].map((of) => [name(of), standIn('theirs')] as const);
  const brought = jointStandIns(own, plan([known('libc6')], [known('jq')], []), { standIns: new Map(theirs) });
  expect(brought).toEqual(
    new Map([
      [name('plots'), standIn('theirs')],
      [name('jq'), standIn('ours')],
    ]),
  );
});

describe("a resource's own spec that another takes the place of", () => {
  let folder: string;
  let inventory: Inventory;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'install-'));
    inventory = openInventory(folder);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function spec(release: string): Promise<LockedSpecification> {
    await mkdir(join(folder, release));
    const file = join(folder, release, 'environment.yml');
    await using draft = await draftSpecification(file);
    const base = { distribution: 'debian', release, architecture: 'amd64', layout: 'merged-usr' as const };
    await draft.publish({ version: 1, base, distributions: [], files: [], runs: [] }, []);
    const read = await readSpecification(file);
    if (!read.lock) throw new Error('it has a lock');
    return { ...read, lock: read.lock };
  }

  async function made(): Promise<Resource> {
    const own = ownSpecEffect(folder, 'one');
    const first = await spec('11');
    await makeOwnSpec(own, first, first.lock);
    const resource: Resource = {
      ...{
        name: 'one',
        backend: 'rootfs',
        state: 'ready',
        created: '2026-01-02T03:04:05Z',
        effects: [own],
        details: {},
      },
      ...{ spec: '/e.yml', specDigest: first.lock.manifest, planDigest: 'a'.repeat(64) },
      run: { cwd: '/' as FilePath, environment: {}, user: { uid: 0, gid: 0, groups: [] } },
    };
    await inventory.add(resource);
    return resource;
  }

  it('is the other from then on, and the first is gone', async () => {
    const second = await spec('12');
    const changed = await replaceOwnSpec(await made(), second, inventory, (present) => present);
    expect((await readOwnSpec(changed)).lock).toEqual(second.lock);
    expect(await readdir(join(folder, 'specs'))).toHaveLength(1);
    expect(changed.effects).toHaveLength(1);
  });

  it('is known beside what it is being made into, as far as that copy is whole', async () => {
    const [resource, second] = [await made(), await spec('12')];
    await addOwnSpec(resource, second, inventory);
    const broken = await addOwnSpec(resource, second, inventory);
    await rm(join(broken.id, 'environment.yml'));
    const left = await inventory.find('one');
    expect((await readOwnSpec(left)).manifest.base.release).toBe('11');
    expect((await unfinishedSpecs(left)).map(({ manifest }) => manifest.base.release)).toEqual(['12']);
    await replaceOwnSpec(left, second, inventory, (present) => present);
    expect(await readdir(join(folder, 'specs'))).toHaveLength(1);
  });

  it.each([0, 1, 2])('is one of the two wherever a kill ends that (change %i)', async (last) => {
    const resource = await made();
    const second = await spec('12');
    let changes = 0;
    const dying: Inventory = {
      ...inventory,
      async update(name, change) {
        if (changes++ === last) throw new Error('killed');
        return inventory.update(name, change);
      },
    };
    await expect(replaceOwnSpec(resource, second, dying, (present) => present)).rejects.toThrow('killed');
    const left = await inventory.find('one');
    expect((await readOwnSpec(left)).manifest).toBeDefined();
    for (const name of await readdir(join(folder, 'specs')))
      expect(left.effects.map(({ id }) => id)).toContain(join(folder, 'specs', name));
    expect(existsSync(join(folder, 'specs'))).toBe(true);
  });
});
