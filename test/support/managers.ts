import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import type { Owner, PackageRef } from '../../src/model/owner.js';
import type { Root } from './roots.js';
import { rpmIn } from './rpm.js';
import { must } from './run.js';

/** What package managers themselves say: the packages that have a path of a root, each as {@link labelOf} it. */
export type Said = ReadonlyMap<FilePath, ReadonlySet<string>>;

/** A package as one word of text. */
export function labelOf({ distribution, name, version }: PackageRef): string {
  return `${distribution}:${name}@${version}`;
}

export interface Attribution {
  /** Files that a manager has. */
  readonly owned: number;
  /** Lines of text: one for each file that is said to be another's than its manager says. */
  readonly disagreements: readonly string[];
}

/** Compares the owners that were found, by path, with what the managers say of the same paths. */
export function attribution(
  found: Iterable<readonly [FilePath, Pick<Owner, 'state' | 'package'> | undefined]>,
  ...said: Said[]
): Attribution {
  let owned = 0;
  const disagreements: string[] = [];
  for (const [path, owner] of found) {
    const theirs = said.flatMap((each) => [...(each.get(path) ?? [])]);
    const ours = owner?.package && labelOf(owner.package);
    if (theirs.length > 0) owned++;
    // No manager lists what was made of its files.
    const isNobodys = ours === undefined || owner?.state === 'generated';
    const agrees = theirs.length === 0 ? isNobodys : ours !== undefined && theirs.includes(ours);
    if (!agrees) disagreements.push(`${path}: ${ours ?? 'nobody'}, not ${theirs.join(' or ') || 'nobody'}`);
  }
  return { owned, disagreements };
}

/** `dpkg-query -S` of all paths, under the spelling that a merged /usr gives them. */
export async function dpkgSays({ inside }: Pick<Root, 'inside'>): Promise<Said> {
  const format = `\${Package}\t\${binary:Package}\t\${Version}\n`;
  const labels = new Map<string, string>();
  for (const line of linesOf(await inside(['dpkg-query', '-W', '-f', format]))) {
    const [name = '', key = '', version = ''] = line.split('\t');
    labels.set(key, labelOf({ distribution: 'debian', name, version }));
  }
  const said = new Map<FilePath, Set<string>>();
  const diverted = new Map<FilePath, string>();
  for (const line of linesOf(await inside(['dpkg-query', '-S', '*']))) {
    const [who = '', as = ''] = line.split(/: (?=\/)/);
    const path = pathFromText(as.replace(/^\/\.$/, '/').replace(/^\/(s?bin|lib(?:32|64|x32)?)\//, '/usr/$1/'));
    const [, by, direction] = /^diversion by (\S+) (from|to)$/.exec(who) ?? [];
    if (by === undefined) for (const key of who.split(', ')) add(said, path, labels.get(key) ?? key);
    else if (direction === 'from') diverted.set(path, labels.get(by) ?? by);
  }
  // Whoever names a diverted path is listed; what lies there is the diverting package's.
  for (const [path, by] of diverted) if (said.get(path)?.has(by)) said.set(path, new Set([by]));
  return said;
}

/** `pip show -f` of all packages of an environment, or of those that pip put on the system's own interpreter. */
export async function pipSays({ inside }: Pick<Root, 'inside'>, prefix?: string): Promise<Said> {
  const own = prefix === undefined ? [] : ['--python', join(prefix, 'bin/python')];
  const pip = ['env', 'PIP_DISABLE_PIP_VERSION_CHECK=1', '/usr/bin/python3', '-m', 'pip', ...own];
  const sites = 'import site; print(site.getsitepackages()[0])';
  const added = prefix === undefined ? ['--path', (await inside(['/usr/bin/python3', '-c', sites])).trim()] : [];
  const listed = JSON.parse(await inside([...pip, 'list', '--format=json', ...added])) as { name: string }[];
  const said = new Map<FilePath, Set<string>>();
  for (const text of (await inside([...pip, 'show', '--files', ...listed.map(({ name }) => name)])).split('\n---\n')) {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
    const label = labelOf({ distribution: 'python', name: field('Name'), version: field('Version') });
    const files = text
      .slice(text.indexOf('\nFiles:\n'))
      .split('\n')
      .filter((line) => line.startsWith('  '));
    for (const file of files) add(said, pathFromText(join(field('Location'), file.trim())), label);
  }
  return said;
}

const npmPackages = z.array(
  z.object({
    name: z.string().optional(),
    version: z.string().optional(),
    location: z.string(),
    path: z.string(),
    inBundle: z.boolean(),
  }),
);

/** `npm query` of a project, or of what is for everybody below a prefix: folders of packages, and by `find` their files. */
export function npmSays({ path: root }: Pick<Root, 'path'>, folder: string, isGlobal = false): Said {
  const place = join(root, folder);
  const run = (...argv: readonly [string, ...string[]]) =>
    execFileSync(argv[0], argv.slice(1), { cwd: place, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const which = isGlobal ? ['--global', `--prefix=${place}`] : [];
  const listed = npmPackages.parse(JSON.parse(run('npm', 'query', '*', '--offline', ...which)));
  const said = new Map<FilePath, Set<string>>();
  // A package comes before those that lie in it, whose files are theirs; what came in its tarball is its own.
  const isPackage = ({ location, inBundle }: (typeof listed)[number]) => location !== '' && !inBundle;
  for (const { name = '', version = '', path } of listed.filter(isPackage).sort(byPath)) {
    const label = labelOf({ distribution: 'npm', name, version });
    for (const file of [path, ...linesOf(run('find', path, '!', '-type', 'd'))])
      said.set(pathFromText(file.slice(root.length)), new Set([label]));
  }
  return said;
}

/** All files of all packages of a root's rpm database. */
export async function rpmSays({ path: root }: Pick<Root, 'path'>): Promise<Said> {
  const said = new Map<FilePath, Set<string>>();
  const evr = '%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}';
  for (const line of linesOf(
    await must([...rpmIn(root), '-qa', '--qf', `[%{=NAME}\\t${evr.replaceAll('%{', '%{=')}\\t%{FILENAMES}\\n]`]),
  )) {
    const [name = '', version = '', path = ''] = line.split('\t');
    add(said, pathFromText(path), labelOf({ distribution: 'rpm', name, version }));
  }
  return said;
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

function add(said: Map<FilePath, Set<string>>, path: FilePath, label: string): void {
  const known = said.get(path);
  if (known) known.add(label);
  else said.set(path, new Set([label]));
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
