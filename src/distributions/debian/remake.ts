import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ownedTar } from '../../filesystem/canonical-tar.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { canonicalJson } from '../../hash.js';
import { gatherReadable } from '../../machines/gather.js';
import { requireLocal } from '../../machines/local.js';
import type { Machine } from '../../machines/machine.js';
import { tarMachine } from '../../machines/tar-machine.js';
import { type FilePath, parentPath, pathToBytes } from '../../model/file-path.js';
import type { BootstrapPlan } from '../../model/plan.js';
import type { BuildContext, FormerSystem } from '../../packaging/base-system.js';
import { type DpkgDatabase, debianDatabases, readDatabase } from './database.js';
import { datedByBuild } from './dated-by-build.js';
import { type DebianDetails, debianDetailsSchema } from './details.js';
import { runMmdebstrap } from './mmdebstrap.js';
import type { DpkgPackage } from './package.js';
import { isPlainChange, type PackageChange } from './plain.js';
import { isRootOn } from './readiness.js';
import { mergedFolders } from './seed.js';
import { quoted } from './unfinished.js';

/** More than so many packages are installed as fast with all the others. */
const most = 32;

/** Of every system that is built, and part of none. */
const runFolder = '/run/reproman';

/** Where the packages lie in the new system until they are installed. */
const folder = `${runFolder}/changed`;

const inside = 'chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C';

/** As `build` makes it, byte for byte, where dpkg has but to unpack what differs; undefined otherwise. */
export async function remakeDebian(
  plan: BootstrapPlan,
  former: FormerSystem,
  context: BuildContext,
): Promise<Readable | undefined> {
  // The packages are on this machine, and the work folder is one of its own.
  requireLocal(context.host, 'building a Debian system');
  const details = debianDetailsSchema.parse(plan.details);
  const before = debianDetailsSchema.parse(former.plan.details);
  // What is left unfinished depends on the others.
  if (details.unfinished || before.unfinished) return undefined;
  if (settingsOf(plan, details) !== settingsOf(former.plan, before)) return undefined;
  const differing = differenceOf(plan, former, context);
  if (differing.gone.size + differing.come.length > most) return undefined;
  const file = await former.locate();
  if (file === undefined) return undefined;
  await using machine = await tarMachine(file, 'the bare system that was built before');
  const database = readDatabase(await gatherReadable(machine, debianDatabases));
  if (!database) return undefined;
  const gone = database.packages.filter(({ id }) => differing.gone.has(id));
  const change = { gone, come: differing.come };
  if (gone.length < differing.gone.size || !(await isPlainChange(change, database, machine))) return undefined;
  const redated = await redatedFor(plan, former, { database, machine, context, differing });
  if (!redated) return undefined;
  const remaining = new Set(plan.packages.map(idOf));
  const removed = gone.filter(({ id }) => !remaining.has(id)).map(({ id }) => id);
  const options = [
    // What the tree has is there, and what mmdebstrap put in its place goes.
    `--setup-hook=tar-in ${quoted(await treeFor(file, context))} /`,
    ...[...(await redateHooks(redated, context)), ...changeHooks(change, removed)].map(
      (hook) => `--customize-hook=${hook}`,
    ),
  ];
  return await runMmdebstrap({ plan, details, packages: change.come.length, options }, context);
}

/** All that a bare system is made of but its packages; the lines of sources.list are written anew. */
function settingsOf(plan: BootstrapPlan, { control: _, sources: __, ...details }: DebianDetails): string {
  return canonicalJson({ ...plan, epoch: 0, packages: [], details, folders: mergedFolders(plan) });
}

interface Difference {
  /** `name:architecture` of what the former system has and the plan has not, or has otherwise. */
  readonly gone: ReadonlySet<string>;
  readonly come: readonly string[];
}

function differenceOf(plan: BootstrapPlan, former: FormerSystem, { artifacts }: BuildContext): Difference {
  const found = new Map(former.plan.packages.map((each, at) => [idOf(each), former.found[at]]));
  const gone = new Set(found.keys());
  const come: string[] = [];
  for (const planned of plan.packages) {
    const artifact = artifacts.get(planned);
    const id = idOf(planned);
    if (artifact && artifact.sha256 === found.get(id)) gone.delete(id);
    else if (artifact) come.push(artifact.file);
  }
  return { gone, come };
}

interface Redating {
  readonly database: DpkgDatabase;
  readonly machine: Machine;
  readonly context: BuildContext;
  readonly differing: Difference;
}

/** What the build made is dated with the epoch: what was made later is dated back, as all files are, and these are not. */
async function redatedFor(
  plan: BootstrapPlan,
  { plan: { epoch } }: FormerSystem,
  { database, machine, context, differing }: Redating,
): Promise<readonly FilePath[] | undefined> {
  if (plan.epoch <= epoch) return [];
  const debs = new Map(plan.packages.map((each) => [idOf(each), context.artifacts.get(each)?.file]));
  const debOf = ({ id }: DpkgPackage) => (differing.gone.has(id) ? undefined : debs.get(id));
  return datedByBuild({ epoch, database, machine, debOf });
}

/** They are made anew, as if it were now. */
async function redateHooks(redated: readonly FilePath[], { workFolder }: BuildContext): Promise<string[]> {
  if (redated.length === 0) return [];
  const list = join(workFolder, 'redated');
  await writeFile(list, pathToBytes(redated.map((path) => `${path}\0`).join('') as FilePath));
  const names = `${runFolder}/redated`;
  return [
    `upload ${quoted(list)} ${names}`,
    `${inside} xargs --null --arg-file=${names} touch --no-create --no-dereference`,
    `rm "$1"${names}`,
  ];
}

/** dpkg puts one version in the place of another; what has none goes first, as it may conflict with what comes. */
function changeHooks({ come }: PackageChange, removed: readonly string[]): string[] {
  const dpkg = `${inside} dpkg --log=/dev/null`;
  const files = come.map((_, at) => `${folder}/${at}.deb`);
  return [
    ...(removed.length > 0 ? [`${dpkg} --force-depends --purge ${removed.join(' ')}`] : []),
    ...(come.length > 0 ? [`mkdir -p "$1"${folder}`] : []),
    ...come.map((file, at) => `upload ${quoted(file)} ${files[at]}`),
    ...(come.length > 0 ? [`${dpkg} --install ${files.join(' ')}`, `rm -r "$1"${folder}`] : []),
    // It lists links of packages, too, that need not have it run.
    `if [ -e "$1"/etc/ld.so.cache ]; then ${inside} ldconfig; fi`,
  ];
}

/** For an ordinary user mmdebstrap fills /dev itself, and must find it empty. */
async function treeFor(file: string, { host, workFolder }: BuildContext): Promise<string> {
  if (await isRootOn(host)) return file;
  const copy = join(workFolder, 'former.tar');
  const tar = ownedTar(withoutDevices(tarMembers(createReadStream(file))), ({ uid, gid }) => ({ uid, gid }));
  await pipeline(Readable.from(tar, { objectMode: false }), createWriteStream(copy));
  return copy;
}

async function* withoutDevices(members: AsyncIterable<TarMember>): AsyncGenerator<TarMember> {
  for await (const member of members) if (parentPath(member.path) !== '/dev') yield member;
}

function idOf({ name, architecture }: { readonly name: string; readonly architecture?: string }): string {
  return `${name}:${architecture}`;
}
