import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadDistribution } from '../../src/distributions/load.js';
import { type DistributionName, distributions } from '../../src/distributions/registry.js';
import { claimAll } from '../../src/identification/claims.js';
import { withoutFiles } from '../../src/machines/without.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { LockHalf } from '../../src/model/lock-half.js';
import type { Owner } from '../../src/model/owner.js';
import { silent } from '../../src/model/progress.js';
import type { DistributionModule } from '../../src/packaging/distribution.js';
import type { FinishContext } from '../../src/packaging/reader.js';
import { folderContents } from '../../src/spec/folder/contents.js';
import { access, type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';
import { needs } from '../support/needs.js';
import { randomNumbers } from '../support/random.js';
import { freshText, type Installation, installations, secretText } from './installations.js';

let root: FixtureRoot;
let folder: string;
beforeEach(async () => {
  root = await fixtureRoot();
  folder = await mkdtemp(join(tmpdir(), 'contract-'));
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Asked extends Partial<Pick<FinishContext, 'mayCarry' | 'isNew'>> {
  readonly used?: readonly string[];
  /** A path whose package something else needs. */
  readonly needed?: string;
}

/** What a module alone says of an installation; undefined where it is not on the machine. */
async function finished(module: DistributionModule, installation: Installation, asked: Asked = {}) {
  const { machine } = root;
  const { used = installation.used, needed, ...options } = asked;
  const databases = await machine.files.gather(module.databases);
  const environments = () => [new Map(Object.entries(installation.environment ?? {}))];
  const { mayCarry } = options;
  const reader = await module.open({ machine, databases, environments, ...(mayCarry ? { mayCarry } : {}) });
  if (!reader) return undefined;
  const claim = (paths: readonly string[]) =>
    claimAll(
      paths.map((path) => access(path, 'read')),
      [{ module, reader }],
      machine,
    );
  const elsewhere = needed === undefined ? undefined : await claim([needed]);
  const { owners, problems } = await claim(used);
  const isOwn = (owner: Owner) => owner.package?.distribution === module.name;
  const own = [...owners.values()].filter(isOwn);
  for (const owner of (await reader.verify?.(own.map(({ path }) => path))) ?? []) owners.set(owner.path, owner);
  const contents = folderContents(join(folder, 'contents'));
  const { isNew } = options;
  const result = await reader.finish({
    ...{ contents, repack: 'all', progress: silent, ...options },
    machine: isNew ? withoutFiles(machine, isNew) : machine,
    owned: [...owners.values()].filter(isOwn),
    needed: [...(elsewhere?.owners.values() ?? [])].flatMap((owner) => (isOwn(owner) && owner.package) || []),
    ownerOf: (path) => owners.get(path) ?? elsewhere?.owners.get(path),
  });
  return { ...result, told: [...problems, ...result.notes], lock: result.lock as LockHalf };
}

/** Whether a text is in anything that was kept, packed or not. */
async function isKept(text: string): Promise<boolean> {
  const kept = join(folder, 'contents');
  for (const name of await readdir(kept).catch(() => [])) {
    const content = await readFile(join(kept, name));
    if (content.includes(text)) return true;
    const magic = Buffer.from([0x1f, 0x8b, 8]);
    for (let at = content.indexOf(magic); at >= 0; at = content.indexOf(magic, at + 1)) {
      if (gunzipped(content.subarray(at)).includes(text)) return true;
    }
  }
  return false;
}

/** Nothing where it only looks like an archive. */
function gunzipped(content: Buffer): Buffer {
  try {
    return gunzipSync(content, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

function isSentence(text: string): boolean {
  return /^\S.* .*[.!?]$/s.test(text);
}

/** Versions as different tools write them, of a fixed sequence. */
function versions(): string[] {
  const below = randomNumbers(7);
  const parts = ['0', '1', '2', '10', '01', 'a', 'rc', 'dev', 'post', 'alpha', '~', '-', '+', '_', '.', '.', '.', ':'];
  const made = Array.from({ length: 60 }, () =>
    Array.from({ length: 1 + below(6) }, () => parts[below(parts.length)]).join(''),
  );
  return [...made, '', '1', '1.0', '1.0.0', '1.0-1', '1:1.0-1', '1.0~rc1', '1.0.dev1', '1.0-r1', '1.0_p1', 'v1.0'];
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

describe.each(Object.keys(distributions) as DistributionName[])('the module %s', (name) => {
  const { make, programs = [] } = installations[name];
  const load = async () => (await loadDistribution(name)) as DistributionModule;
  beforeEach(needs({ programs }));

  it('writes halves that its own schemas accept, and that YAML and JSON keep', async () => {
    const module = await load();
    const { manifest, lock } = (await finished(module, await make(root))) ?? {};
    expect(module.lockSchema.parse(JSON.parse(JSON.stringify(lock)))).toEqual(lock);
    expect(module.manifestSchema.parse(parse(stringify(manifest)))).toEqual(manifest);
    expect(lock?.packages?.length).toBeGreaterThanOrEqual(2);
  });

  it('writes the same whatever the order in which paths are asked', async () => {
    const [module, installation] = [await load(), await make(root)];
    const one = await finished(module, installation);
    const other = await finished(module, installation, { used: [...installation.used].reverse() });
    for (const half of ['manifest', 'lock', 'epoch'] as const)
      expect(JSON.stringify(other?.[half])).toBe(JSON.stringify(one?.[half]));
    expect([...(other?.files ?? [])].sort()).toEqual([...(one?.files ?? [])].sort());
  });

  it('keeps no copy of what may be a secret, and does not promise it', async () => {
    const [module, installation] = [await load(), await make(root)];
    const all = await finished(module, installation);
    const isListed = all?.files.includes(installation.secret as FilePath);
    expect(await isKept(secretText)).toBe(isListed);
    await rm(join(folder, 'contents'), { recursive: true, force: true });
    const { files, told } = (await finished(module, installation, {
      mayCarry: (path, head) => path !== installation.secret && !head.includes(secretText),
    })) as NonNullable<typeof all>;
    expect(await isKept(secretText)).toBe(false);
    expect(files).not.toContain(installation.secret);
    expect(told.filter((sentence) => !isSentence(sentence))).toEqual([]);
  });

  it('takes what the run itself made for no part of what it found', async () => {
    const [module, installation] = [await load(), await make(root)];
    const { fresh } = installation;
    const { files } = (await finished(module, installation, { isNew: (path) => path === fresh })) ?? {};
    expect(files).not.toContain(fresh);
    expect(await isKept(freshText)).toBe(false);
  });

  it('has packages that only others need', async () => {
    const [module, installation] = [await load(), await make(root)];
    const without = await finished(module, installation);
    const { lock, files } = (await finished(module, installation, { needed: installation.needed })) ?? {};
    expect(without?.files).not.toContain(installation.needed);
    expect(files).toContain(installation.needed);
    expect(lock?.packages?.length).toBe((without?.lock.packages?.length ?? 0) + 1);
  });

  it('plans purely', async () => {
    const module = await load();
    const result = await finished(module, await make(root));
    const lock = frozen(module.lockSchema.parse(JSON.parse(JSON.stringify(result?.lock))));
    const base = { distribution: 'debian', release: '12', architecture: 'x86_64', layout: 'merged-usr' } as const;
    const context = frozen({ base, libc: 'glibc' as const, epoch: 1 });
    const plan = module.plan(lock, context);
    expect(module.plan(lock, context)).toEqual(plan);
    const bootstrap = module.base?.plan(lock, context);
    expect(module.base?.plan(lock, context)).toEqual(bootstrap);
    const recipes = module.recipes?.(lock, context) ?? [];
    expect(module.recipes?.(lock, context) ?? []).toEqual(recipes);
    const planned = [...(plan.artifacts ?? []), ...(bootstrap?.packages ?? [])];
    for (const { packages } of recipes) expect(planned).toEqual(expect.arrayContaining([...packages]));
  });

  it('tells of a record that cannot be understood, and goes on', async (context) => {
    const [module, installation] = [await load(), await make(root)];
    const { broken } = installation;
    if (broken === undefined) return context.skip('its packages are known without a record');
    await writeFile(root.folder + broken, '\u0000{[not what it should be');
    const { told = [] } = (await finished(module, installation)) ?? {};
    expect(told.filter((sentence) => !isSentence(sentence))).toEqual([]);
    expect(told).not.toEqual([]);
  });

  it('compares versions the same from both sides', async () => {
    const { compareVersions } = await load();
    const all = versions();
    const wrong = all.flatMap((a) => all.filter((b) => sign(compareVersions(a, b)) !== sign(-compareVersions(b, a))));
    expect(wrong).toEqual([]);
    expect(all.filter((version) => compareVersions(version, version) !== 0)).toEqual([]);
  });
});

/** No negative zero. */
function sign(value: number): number {
  return Math.sign(value) + 0;
}
