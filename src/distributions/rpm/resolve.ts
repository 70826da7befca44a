import { createReadStream } from 'node:fs';
import { openHttpClient } from '../../archives/http.js';
import { type ContentFolder, openStore } from '../../archives/store.js';
import { ReproError } from '../../errors.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { Progress } from '../../model/progress.js';
import { stage } from '../../model/progress.js';
import { collectAccounts } from '../../packaging/accounts.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { usrLayoutOf } from '../../packaging/usr-layout.js';
import { scratchFolder } from '../../scratch.js';
import { closureOf, groundFiles, groundNames, groundOf, PackageIndex } from './closure.js';
import { type Downloaded, downloadWithDnf } from './dnf.js';
import { extractRpm } from './extract.js';
import { FileIndex } from './file-index.js';
import { namesOf } from './finish.js';
import { tag } from './header.js';
import { type Verification, verificationOf, withKeys } from './keys.js';
import { lockedPackage } from './locked-package.js';
import { withMirrors } from './mirrors.js';
import { findIndexed, type Location, plainId } from './origins.js';
import { RpmPackage } from './package.js';
import { type DatabaseFolder, databaseFolders } from './places.js';
import { shellOf } from './readiness.js';
import { dnfRequest, packagesFor } from './requests.js';
import { repositoriesFor, systemOf } from './resolve-repositories.js';
import { openRpmFile } from './rpm-file.js';
import type { RpmLock, RpmManifest, RpmRepository } from './schema.js';

/** Has dnf choose and fetch the packages of a new system; their headers say what is in them. */
export async function resolveRpm(manifest: RpmManifest, context: ResolveContext<RpmLock>): Promise<Resolved<RpmLock>> {
  return stage(context.progress, 'resolve packages', () => resolve(manifest, context), {
    summary: ({ lock }) => `${lock.packages.length} packages`,
  });
}

async function resolve(manifest: RpmManifest, context: ResolveContext<RpmLock>): Promise<Resolved<RpmLock>> {
  const { base, host, previous, progress, signal } = context;
  const shell = shellOf(host);
  await requireDnf(shell, host.label);
  const repositories = await verified(
    await repositoriesFor({ manifest, ...context, environment: process.env }),
    context,
  );
  await using scratch = await scratchFolder('dnf');
  const ground = [...groundNames, ...groundFiles, '/etc/os-release'];
  const downloaded = await downloadWithDnf(shell, {
    ...{ repositories, architecture: base.architecture, release: systemOf(base).version, folder: scratch.path },
    packages: [...manifest.packages.map(dnfRequest), ...ground],
    ...(signal && { signal }),
  });
  const files = new Map<RpmPackage, string>();
  for (const file of downloaded.files) files.set(new RpmPackage((await openRpmFile(file)).header), file);
  const layout = usrLayoutOf(new Set(mergedFolders));
  const packages = [...files.keys()].sort((a, b) => comparePaths(a.id, b.id));
  const index = new PackageIndex(packages, new FileIndex(packages, layout), layout);
  const used = new Set(manifest.packages.flatMap((text) => requested(text, index, downloaded)));
  const closure = closureOf([...used, ...groundOf(index)], index);
  const origins = await originsOf(files, downloaded, await openStore(), progress);
  const locked = packages.map((each) =>
    lockedPackage(each, {
      used: used.has(each),
      needs: namesOf(closure.needs.get(each) ?? [], packages),
      origin: { ...origins.get(each), certainty: 'verified', automatic: !used.has(each), isAvailable: true },
      repacked: undefined,
      problems: closure.problems.get(each) ?? [],
    }),
  );
  const ofUse = new Set(locked.map(({ repository }) => repository));
  tellUnverified(repositories, ofUse, progress);
  const lock: RpmLock = {
    name: 'rpm',
    architecture: base.architecture,
    database: { folder: databaseOf(packages), format: 'sqlite' },
    repositories: await withAddresses(
      [...repositories].filter(([{ id }]) => ofUse.has(id)),
      context,
    ),
    packages: locked,
    documentation: true,
    accounts: previous?.accounts ?? (await accountsOf(index, files)),
  };
  return { lock, epoch: Math.max(0, ...packages.map(({ header }) => header.number(tag.buildTime) ?? 0)) };
}

/** Systems of today have /usr merged; those that have not cannot be asked for by name. */
const mergedFolders = ['/bin', '/sbin', '/lib', '/lib64'] as readonly string[] as readonly FilePath[];

/** With what is to be verified of each. */
async function verified(
  repositories: readonly RpmRepository[],
  { contents }: ResolveContext<RpmLock>,
): Promise<Map<RpmRepository, Verification>> {
  const context = { contents, environment: process.env };
  const all = repositories.map(async (each) => [each, await verificationOf(each, context)] as const);
  return new Map(await Promise.all(all));
}

function tellUnverified(
  repositories: ReadonlyMap<RpmRepository, Verification>,
  ofUse: ReadonlySet<string | undefined>,
  progress: Progress,
): void {
  for (const [{ id }, { reason }] of repositories) {
    if (reason === undefined || !ofUse.has(id)) continue;
    const message = `Packages of ${id} are what its index says, whoever signed them: ${reason}`;
    progress({ kind: 'note', message });
  }
}

async function requireDnf(shell: ReturnType<typeof shellOf>, label: string): Promise<void> {
  const { exit } = await shell.run(['sh', '-c', 'command -v dnf']);
  if (exit.code === 0) return;
  throw new ReproError('not-ready', `dnf, which chooses rpm packages, is missing on ${label}`, {
    remedy: 'install it: apt-get install dnf rpm, or dnf install dnf',
  });
}

/** The packages of one request; dnf may have left it out, and why is in what it says. */
function requested(text: string, index: PackageIndex, { unmet }: Downloaded): readonly RpmPackage[] {
  const found = packagesFor(text, index);
  if (found.length > 0) return found;
  const said = unmet.length > 0 ? ` dnf says: ${unmet.slice(0, 8).join('; ')}` : '';
  throw new ReproError('not-rebuildable', `No repository has ${text}, or it cannot be installed.${said}`, {
    where: text,
    remedy: 'Check the name and the version, or name a repository that has it in REPROMAN_RPM_REPOSITORIES.',
  });
}

type Found = Pick<Location, 'repository' | 'location' | 'sha256' | 'size'>;

/** Where each is in its repository; the files stay in the store, for whoever creates the environment. */
async function originsOf(
  files: ReadonlyMap<RpmPackage, string>,
  { indexes }: Downloaded,
  store: ContentFolder,
  progress: Progress,
): Promise<Map<RpmPackage, Found>> {
  const notes: string[] = [];
  const indexed = await findIndexed(new Set([...files.keys()].map(plainId)), indexes, notes);
  for (const message of notes) progress({ kind: 'note', message });
  const found = new Map<RpmPackage, Found>();
  for (const [each, file] of files) {
    const { hash, size } = await store.add(createReadStream(file));
    const listed = (indexed.get(plainId(each)) ?? []).find(({ sha256 }) => sha256 === hash);
    if (!listed) throw new ReproError('not-rebuildable', `no index has a SHA-256 of ${each.id}`, { where: each.id });
    found.set(each, { repository: listed.repository, location: listed.location, sha256: hash, size });
  }
  return found;
}

async function withAddresses(
  repositories: readonly (readonly [RpmRepository, Verification])[],
  { host, contents, signal }: ResolveContext<RpmLock>,
): Promise<RpmRepository[]> {
  using client = openHttpClient();
  const all: RpmRepository[] = [];
  for (const [each, { named }] of repositories) {
    const { repository } = await withMirrors(each, client, signal);
    all.push(contents ? await withKeys(repository, { machine: host, contents }, named) : repository);
  }
  return all;
}

/** rpm's own package says it, where it is among them. */
function databaseOf(packages: readonly RpmPackage[]): DatabaseFolder {
  const folders = new Set(packages.flatMap((each) => each.folders.map((folder) => folder.replace(/\/$/, ''))));
  return databaseFolders.find((folder) => folders.has(folder)) ?? '/var/lib/rpm';
}

/** Those that the packages bring as files; what their scripts add comes when they are installed. */
async function accountsOf(index: PackageIndex, files: ReadonlyMap<RpmPackage, string>): Promise<RpmLock['accounts']> {
  const read = async (path: FilePath): Promise<Buffer> => {
    const [owner] = index.owning(path);
    const file = owner && files.get(owner);
    if (file === undefined) return Buffer.alloc(0);
    const chunks: Buffer[] = [];
    for await (const member of extractRpm(file, { users: {}, groups: {} })) {
      // Each is to be read before the next.
      for await (const chunk of member.content) if (member.path === path) chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  };
  const [passwd, group] = [await read('/etc/passwd' as FilePath), await read('/etc/group' as FilePath)];
  return collectAccounts({ passwd, group, names: new Set(), ids: { users: [], groups: [] }, isStatic: () => true });
}
