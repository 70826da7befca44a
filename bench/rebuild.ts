// A spec of Debian, Python and npm packages (with a little of every other kind): its first create from a warm store,
// with the proof, against mmdebstrap, pip and npm of the same set, one after the other; the same spec again against
// `tar x` of its tree; and its bundle against the sum of its artifacts, each counted once. Needs root, npm, mmdebstrap,
// the machine's own Debian archive and a build (`npm run build`). Exits 2 when a target is missed.
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchArtifacts } from '../src/archives/fetch.js';
import { openStore } from '../src/archives/store.js';
import { openTreeCache } from '../src/archives/trees.js';
import { debianDetailsSchema } from '../src/distributions/debian/details.js';
import { openLocalArchive } from '../src/distributions/debian/local-archive.js';
import { debianLockSchema } from '../src/distributions/debian/schema.js';
import { localMachine } from '../src/machines/local.js';
import type { ProgressEvent } from '../src/model/progress.js';
import { createEnvironment } from '../src/resources/create.js';
import { openInventory } from '../src/resources/inventory.js';
import { readSpecification } from '../src/spec/read.js';
import type { Specification } from '../src/spec/specification.js';
import { offeredVersions } from '../test/support/archive.js';
import { type Cli, freshCli } from '../test/support/cli.js';
import { command, everythingNeeds, makeEverything, place } from '../test/support/everything.js';
import { pythonIn } from '../test/support/python.js';
import { type Root, withRoot } from '../test/support/roots.js';
import { must } from '../test/support/run.js';
import { median, report, shown, timed } from './shared/measure.js';
import { bootstrapOf, mmdebstrap } from './shared/mmdebstrap.js';

const limits = { first: 1.1, again: 1.2, changed: 0.7, bundle: 1.1 };
const rounds = 5;

await main();

async function main(): Promise<void> {
  await using cli = await freshCli();
  await using root = await withRoot(...everythingNeeds);
  await using _everything = await makeEverything(root);
  const file = join(cli.work, 'environment.yml');
  await cli.must(['trace', '-o', file, '--root', root.path, '--cwd', place, '--', ...command]);
  await measureBundle(cli);
  const changed = await traceChanged(cli, root);
  const spec = await readSpecification(file);
  const create = await creates(cli);
  const peers = await measurePeers(spec, cli, root);
  const first = await create(spec, 'first');
  const parts = Object.entries(peers).map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`);
  console.log(
    `first create ${first.seconds.toFixed(1)} s, ${first.proving.toFixed(1)} s of it the proof; ${parts.join(', ')}`,
  );
  const sum = Object.values(peers).reduce((total, seconds) => total + seconds, 0);
  report('the first create, ratio', first.seconds / sum, { most: limits.first });
  const changing = await create(changed, 'changed');
  console.log(
    `one package of the base changed ${changing.seconds.toFixed(1)} s, ${changing.proving.toFixed(1)} s of it the proof`,
  );
  report('one package of the base changed, ratio', changing.seconds / first.seconds, { most: limits.changed });
  await measureAgain(spec, create, cli);
}

/** The same with jq as it is upgraded, which is newer than all else. */
async function traceChanged(cli: Cli, root: Root): Promise<Specification> {
  const latest = (await offeredVersions('jq')).at(-1);
  await root.inside([
    'apt-get',
    'install',
    '--yes',
    '--quiet',
    '--allow-change-held-packages',
    `jq=${latest}`,
    `libjq1=${latest}`,
  ]);
  await cli.must(['trace', '-o', 'changed.yml', '--root', root.path, '--cwd', place, '--', ...command]);
  await cli.must(['pack', 'changed.yml']);
  return readSpecification(join(cli.work, 'changed.yml'));
}

/** It fills the store, too. */
async function measureBundle(cli: Cli): Promise<void> {
  const packed = JSON.parse((await cli.must(['pack', '--json', 'environment.yml'])).stdout) as {
    readonly size: number;
    readonly artifactBytes: number;
  };
  report('the bundle, ratio', packed.size / packed.artifactBytes, { most: limits.bundle });
}

type Create = (spec: Specification, name: string) => Promise<{ readonly seconds: number; readonly proving: number }>;

async function creates(cli: Cli): Promise<Create> {
  const host = await localMachine();
  const store = await openStore(join(cli.env['XDG_CACHE_HOME'] ?? '', 'reproman/store'));
  const inventory = openInventory(join(cli.work, 'data'));
  const trees = openTreeCache({ folder: cli.work });
  return async (spec, name) => {
    let proving = 0;
    const progress = (event: ProgressEvent) => {
      if (!('stage' in event) || event.stage !== 'prove') return;
      if (event.kind === 'begin') proving -= performance.now() / 1000;
      if (event.kind === 'end') proving += performance.now() / 1000;
    };
    const { lock } = spec;
    if (!lock) throw new Error('the spec has no lock');
    const options = { spec, lock, backend: 'rootfs', name, host, store, inventory, trees, progress };
    return { seconds: await timed(() => createEnvironment(options)), proving };
  };
}

/** Each has all that it needs on this machine. */
async function measurePeers(spec: Specification, cli: Cli, root: Root): Promise<Readonly<Record<string, number>>> {
  const debian = debianLockSchema.parse(spec.lock?.distributions.find(({ name }) => name === 'debian'));
  const plan = bootstrapOf(debian, spec.lock?.epoch ?? 0);
  await using host = await localMachine();
  const store = await openStore(join(cli.env['XDG_CACHE_HOME'] ?? '', 'reproman/store'));
  const artifacts = await fetchArtifacts(plan.packages, { store, contents: spec.contents, host });
  await using archive = await openLocalArchive(plan, debianDetailsSchema.parse(plan.details), artifacts);
  const { makeEnvironment, runPip } = pythonIn(root.path);
  const folder = join(root.path, place);
  const app = join(folder, 'peer');
  await mkdir(app);
  for (const name of ['package.json', 'package-lock.json']) await cp(join(folder, 'app', name), join(app, name));
  const source = (name: string) => join(place, 'src', name);
  return {
    mmdebstrap: await timed(() => mmdebstrap(plan, archive, join(cli.work, 'peer'))),
    pip: await timed(async () => {
      makeEnvironment(join(place, 'peer-env'));
      const wanted = ['wheeled-tool', `git+file://${source('tracked')}`, '--editable', source('edited')];
      runPip(join(place, 'peer-env'), 'install', '--find-links', join(place, 'wheels'), ...wanted);
    }),
    npm: await timed(() =>
      must(['npm', 'ci', '--offline', '--no-audit', '--no-fund', `--cache=${join(folder, 'cache')}`], { cwd: app }),
    ),
  };
}

/** In turn, and nothing is removed before the end: ext4 is slow where it has just removed much. */
async function measureAgain(spec: Specification, create: Create, cli: Cli): Promise<void> {
  const trees = await openTreeCache({ folder: cli.work }).entries();
  const tree = trees.find(({ layer }) => layer === 'finished');
  if (!tree) throw new Error('the first create kept no finished tree');
  const times = { tar: [] as number[], unpacked: [] as number[], proved: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const target = join(cli.work, `tar-${round}`);
    await mkdir(target);
    await written();
    const extract = ['tar', '--extract', `--file=${tree.file}`, '--preserve-permissions', '--numeric-owner'];
    times.tar.push(await timed(() => must([...extract, '--directory', target])));
    await written();
    const { seconds, proving } = await create(spec, `again-${round}`);
    times.unpacked.push(seconds - proving);
    times.proved.push(proving);
  }
  console.log(`tar x of ${(tree.size / 1e6).toFixed(0)} MB ${shown(times.tar)}; create again ${shown(times.unpacked)}`);
  console.log(`and its proof, which reads all of it again, ${shown(times.proved)}`);
  report('the same spec again until it can be proved, ratio', median(times.unpacked) / median(times.tar), {
    most: limits.again,
  });
}

/** What the one has left in memory would be written to the disk in the time of the other. */
async function written(): Promise<void> {
  await must(['sync']);
}
