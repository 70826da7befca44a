import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReproError } from '../../errors.js';
import { ownEnvironment } from '../../exec.js';
import { pathFromText } from '../../model/file-path.js';
import { stage } from '../../model/progress.js';
import type { ResolveContext, Resolved } from '../../packaging/distribution.js';
import { scratchFolder } from '../../scratch.js';
import { type Platform, packagesFor, type ResolvedPackage } from './package-lock.js';
import { digestOf, recordOf } from './records.js';
import { exactNpm, nodeBelow, npmRequests } from './request.js';
import type { NpmLock, NpmManifest, NpmPackage } from './schema.js';

type Tree = NpmManifest['trees'][number];

/**
 * Has npm itself choose the versions, with the registry and settings of the host, and takes its lock file. Trees that
 * ask for what they have stay as they are.
 */
export async function resolveNpm(manifest: NpmManifest, context: ResolveContext<NpmLock>): Promise<Resolved<NpmLock>> {
  const { previous, progress, below } = context;
  const node = nodeBelow(below);
  const trees: NpmLock['trees'] = [];
  const packages: NpmPackage[] = [];
  await stage(progress, 'resolve packages of Node.js', async () => {
    for (const tree of manifest.trees) {
      const known = previous?.trees.find(({ path }) => path === tree.path);
      if (previous && known && isAsBefore(tree, previous)) {
        trees.push(known);
        packages.push(...previous.packages.filter(({ at }) => at.startsWith(`${tree.path}/`)));
        continue;
      }
      if (known?.rest !== undefined) throw traced(tree.path);
      if (node.length === 0) throw withoutNode(tree);
      const found = packagesFor(await packageLock(tree, context), platformOf(context));
      refuseInexact(found);
      const folder = tree.path.replace(/\/node_modules$/, '');
      trees.push({ path: tree.path, manager: 'npm', links: linksOf(found, folder) });
      packages.push(...found.filter(({ inBundle }) => !inBundle).map((each) => packageOf(each, folder, tree)));
    }
  });
  return { lock: { name: 'npm', trees, packages, node: node.length > 0 ? node : (previous?.node ?? []) } };
}

function isAsBefore(tree: Tree, previous: NpmLock): boolean {
  const before = exactNpm(previous).trees.find(({ path }) => path === tree.path);
  return [...tree.packages].sort().join(' ') === [...(before?.packages ?? [])].sort().join(' ');
}

/** What npm would install, as it writes it down. */
async function packageLock({ packages }: Tree, { host, at, signal }: ResolveContext<NpmLock>): Promise<string> {
  const { shell } = host;
  if (!shell) throw new ReproError('not-ready', `There is no shell on ${host.label} to run npm with.`);
  await using scratch = await scratchFolder('npm');
  const dependencies = Object.fromEntries(
    packages.flatMap((text) => {
      const name = npmRequests.parse(text)?.name;
      return name === undefined ? [] : [[name, text.slice(name.length + 1) || '*']];
    }),
  );
  await writeFile(join(scratch.path, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const before = at === undefined ? [] : [`--before=${new Date(at * 1000).toISOString()}`];
  const argv = ['npm', 'install', '--package-lock-only', '--ignore-scripts', ...quiet, ...before];
  const cwd = pathFromText(scratch.path);
  const settings = host.isLocal ? { environment: ownEnvironment() } : {};
  const { exit, stderr } = await shell.run(argv, { cwd, ...settings, ...(signal ? { signal } : {}) });
  if (exit.code === 0) return await readFile(join(scratch.path, 'package-lock.json'), 'utf8');
  const said = stderr.toString('utf8').split('\n');
  const errors = said.flatMap((line) => /^npm (?:ERR!|error) (?!code\b|A complete log)(.+)$/.exec(line)?.[1] ?? []);
  throw new ReproError('not-rebuildable', `npm finds no such packages: ${errors.slice(0, 6).join(' ')}`, {
    where: packages.join(' '),
    remedy: 'Name versions that the registry of this machine has.',
  });
}

/** What the tarballs alone do not make. */
function refuseInexact(found: readonly ResolvedPackage[]): void {
  const unknown = found.filter(({ integrity, inBundle }) => !inBundle && !digestOf(integrity));
  const running = found.filter(({ hasInstallScript }) => hasInstallScript);
  const [why, those] =
    unknown.length > 0
      ? ['the registry has no hash of', unknown]
      : ['what they make with scripts when they are installed is not known of', running];
  if (those.length === 0) return;
  const names = those.map(({ name, version = '' }) => `${name}@${version}`).join(', ');
  throw new ReproError('not-rebuildable', `packages of Node.js cannot be resolved exactly: ${why} ${names}`, {
    where: 'npm',
    remedy: 'install them, and trace a command that uses them',
  });
}

function packageOf(each: ResolvedPackage, folder: string, tree: Tree): NpmPackage {
  const { name, version = '', place, needs, optional, resolved, integrity, bin } = each;
  const asked = tree.packages.map((text) => npmRequests.parse(text)?.name);
  const programs = Object.values(bin).map((path) => path.replace(/^(?:\.?\/)+/, ''));
  const { optional: isOptional, ...origin } = recordOf({ resolved, integrity, optional });
  return {
    ...{ name, version, at: `${folder}/${place}` },
    used: asked.some((request) => place === `node_modules/${request}`),
    ...(needs.length > 0 ? { needs: needs.map((need) => `${folder}/${need}`).sort() } : {}),
    ...(isOptional ? { optional: true } : {}),
    ...origin,
    certainty: 'indexed',
    unpacked: { umask: 0o022, programs, mtime: 0 },
    owner: { uid: 0, gid: 0 },
  };
}

/** Of programs: from `.bin` beside a package to its file. */
function linksOf(found: readonly ResolvedPackage[], folder: string): NonNullable<NpmLock['trees'][number]['links']> {
  return found.flatMap(({ place, bin }) => {
    const [, beside = '', name = ''] = /^(.*?\bnode_modules\/)((?:@[^/]+\/)?[^/]+)$/.exec(place) ?? [];
    return Object.entries(bin).map(([program, file]) => ({
      path: `${folder}/${beside}.bin/${program}`,
      target: `../${name}/${file.replace(/^(?:\.?\/)+/, '')}`,
    }));
  });
}

/** https://nodejs.org/api/process.html#processarch, of what distributions call architectures. */
const processors: Readonly<Record<string, string>> = {
  ...{ amd64: 'x64', x86_64: 'x64', arm64: 'arm64', aarch64: 'arm64', i386: 'ia32', x86: 'ia32' },
  ...{ armhf: 'arm', armv7: 'arm', ppc64el: 'ppc64', ppc64le: 'ppc64', s390x: 's390x', riscv64: 'riscv64' },
};

function platformOf({ base: { architecture }, libc }: ResolveContext<NpmLock>): Platform {
  return { os: 'linux', cpu: processors[architecture] ?? architecture, libc };
}

function withoutNode({ packages }: Tree): ReproError {
  return new ReproError('usage', 'packages of Node.js need a Node, and there is none below them', {
    where: packages.join(' '),
    remedy: 'ask for nodejs too',
  });
}

function traced(where: string): ReproError {
  return new ReproError('usage', 'packages of Node.js that were traced as they are installed cannot be changed', {
    where,
    remedy: 'undo what was edited of them, or install them as wanted and trace again',
  });
}
