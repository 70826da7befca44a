// `create` with its proof (without a re-run) against mmdebstrap of the same closure from the same loopback archive into
// a folder, both from an empty store; then a second create with the archive gone. Needs root, mmdebstrap and the
// machine's own Debian archive. Exits 2 when the target is missed. Packages are named on the command line (python3).
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchArtifacts } from '../src/archives/fetch.js';
import { openStore } from '../src/archives/store.js';
import { debianDetailsSchema } from '../src/distributions/debian/details.js';
import { type LocalArchive, openLocalArchive } from '../src/distributions/debian/local-archive.js';
import { type DebianLock, debianLockSchema } from '../src/distributions/debian/schema.js';
import { localMachine } from '../src/machines/local.js';
import type { PlannedPackage } from '../src/model/plan.js';
import { createEnvironment } from '../src/resources/create.js';
import { openInventory } from '../src/resources/inventory.js';
import type { Lock } from '../src/spec/document/schema.js';
import { readSpecification } from '../src/spec/read.js';
import { resolveSpecification } from '../src/spec/resolve.js';
import { median, report, shown, timed } from './shared/measure.js';
import { bootstrapOf, mmdebstrap } from './shared/mmdebstrap.js';

const limit = 1.3;
const rounds = Number(process.env['ROUNDS'] ?? 2);

await main(process.argv.length > 2 ? process.argv.slice(2) : ['python3']);

async function main(packages: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-bench-'));
  try {
    await using host = await localMachine();
    const file = join(folder, 'environment.yml');
    await writeFile(file, manifestOf(packages));
    const spec = await readSpecification(file);
    const { lock } = await resolveSpecification(spec, { host });
    const debian = debianLockSchema.parse(lock.distributions[0]);
    const plan = bootstrapOf(debian, lock.epoch);
    const filled = await openStore(join(folder, 'filled'));
    const artifacts = await fetchArtifacts(plan.packages, { store: filled, contents: spec.contents, host });
    const archive = await openLocalArchive(plan, debianDetailsSchema.parse(plan.details), artifacts);
    const served = withArchive(lock, debian, archive);
    const times = { create: [] as number[], mmdebstrap: [] as number[] };
    const inventory = openInventory(join(folder, 'data'));
    const create = async (name: string, storeFolder: string) => {
      const store = await openStore(storeFolder);
      const options = { spec, lock: served, backend: 'rootfs', name, host, store, inventory };
      return timed(() => createEnvironment(options));
    };
    // Nothing is removed before the end: ext4 is slow where it has just removed much.
    for (let round = 0; round < rounds; round++) {
      times.mmdebstrap.push(await timed(() => mmdebstrap(plan, archive, join(folder, `peer-${round}`))));
      times.create.push(await create(`bench-${round}`, join(folder, `store-${round}`)));
    }
    await archive[Symbol.asyncDispose]();
    const warm = await create('warm', join(folder, 'store-0'));
    console.log(`${plan.packages.length} packages (${packages.join(', ')}), ${rounds} rounds`);
    console.log(`mmdebstrap ${shown(times.mmdebstrap)}; create with proof ${shown(times.create)}`);
    console.log(`create with a warm store and no archive ${warm.toFixed(1)} s`);
    report('ratio', median(times.create) / median(times.mmdebstrap), { most: limit });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The lock with the loopback archive as the only place of every package. */
function withArchive(lock: Lock, debian: DebianLock, archive: LocalArchive): Lock {
  const places = new Map([...archive.filenames].map(([planned, filename]) => [keyOf(planned), filename]));
  const packages = debian.packages.map((entry) => ({
    ...entry,
    locations: [{ archive: 'loopback', filename: places.get(keyOf(entry)) ?? '' }],
  }));
  const archives = [{ id: 'loopback', uri: archive.uri, suite: 'loopback' }];
  return { ...lock, distributions: [{ ...debian, packages, archives }] };
}

function keyOf({ name, architecture }: Pick<PlannedPackage, 'name' | 'architecture'>): string {
  return `${name}:${architecture}`;
}

function manifestOf(packages: readonly string[]): string {
  const architecture = spawnSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).stdout.trim();
  return [
    'version: 1',
    'base:',
    '  distribution: debian',
    '  release: "12"',
    '  codename: bookworm',
    `  architecture: ${architecture}`,
    'distributions:',
    '  - name: debian',
    `    packages: [${packages.join(', ')}]`,
    '',
  ].join('\n');
}
