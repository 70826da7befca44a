import type { Access } from '../../model/access.js';
import { baseName, comparePaths, type FilePath, showPath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import { compareLoosely } from '../../packaging/prefix/kind.js';
import { siteLibraryKind } from '../../packaging/site-libraries.js';
import type { HostNeed } from '../document/schema.js';

/** A path with what identification said of it. */
type Used = Pick<Access, 'path' | 'resolved' | 'uses'> & { readonly owner: Owner };

/** What paths that runs used say of the machine below, one entry for each thing. */
export function hostNeedsOf(used: Iterable<Used>): HostNeed[] {
  return mergeNeeds([...used].flatMap((each) => hostNeedOf(each) ?? []));
}

/** One entry for each thing: the one that asks for most. */
export function mergeNeeds(needs: readonly HostNeed[]): HostNeed[] {
  const found = new Map<string, HostNeed>();
  for (const need of needs) {
    const key = needKey(need);
    const known = found.get(key);
    if (!known || compareNeeds(known, need) < 0) found.set(key, need);
  }
  return [...found].sort(([a], [b]) => comparePaths(a, b)).map(([, need]) => need);
}

/** What tells one thing from another: of CPUs there is one. */
export function needKey({ kind, name, match }: HostNeed): string {
  return kind === 'cpu' ? kind : `${kind} ${name} ${match === 'package' ? match : ''}`;
}

function compareNeeds(a: HostNeed, b: HostNeed): number {
  return compareLoosely(a.name, b.name) || compareLoosely(a.version ?? '', b.version ?? '');
}

/** What one path says of the machine below; undefined of most. */
export function hostNeedOf({ path, resolved = path, uses, owner }: Used): HostNeed | undefined {
  if (!/\/(?:dev|cvmfs|glibc-hwcaps|run|sss)\/|\/lib[^/]*\.so/.test(`${path} ${resolved}`)) return undefined;
  if (!uses.some((use) => use !== 'absent' && use !== 'examined')) return undefined;
  const ruled = byRule(path, resolved, owner);
  return ruled ?? cpuNeed(resolved) ?? cpuNeed(path) ?? libraryNeed(resolved, owner);
}

function byRule(path: FilePath, resolved: FilePath, { rule }: Owner): HostNeed | undefined {
  switch (rule) {
    case 'gpu-driver':
      return { ...nvidia, ...versionIn(resolved), match: 'at-least', at: showPath(resolved) };
    case 'gpu-device':
      return path.startsWith('/dev/nvidia') ? { ...nvidia, match: 'at-least', at: showPath(path) } : device(path);
    case 'interconnect-device':
      return device(path);
    case 'software-repository': {
      const name = /^\/cvmfs\/([^/]+)/.exec(path.startsWith('/cvmfs/') ? path : resolved)?.[1];
      if (name === undefined) return undefined;
      return { kind: 'software-repository', name, match: 'at-least', at: showPath(`/cvmfs/${name}` as FilePath) };
    }
    case 'host-service': {
      const [at, service] = /^.*?\/(nscd|sssd?)(?=\/|$)/.exec(path) ?? [];
      if (at === undefined || service === undefined) return undefined;
      return { kind: 'name-service', name: service === 'sssd' ? 'sss' : service, match: 'present', at };
    }
    default:
      return undefined;
  }
}

const nvidia = { kind: 'gpu-driver', name: 'nvidia' } as const;

function device(path: FilePath): HostNeed {
  const at = showPath(path.split('/').slice(0, 3).join('/') as FilePath);
  return { kind: 'device', name: at, match: 'present', at };
}

/** A driver's libraries have its version in their names, and beside that links whose name has one number only. */
function versionIn(path: FilePath): { version?: string } {
  const version = /\.so\.(\d+(?:\.\d+)+)$/.exec(path)?.[1];
  return version === undefined ? {} : { version };
}

/** Of several builds of a library the loader takes the one for the highest level that the CPU has (ld.so(8)). */
function cpuNeed(path: FilePath): HostNeed | undefined {
  const [at, name] = /^.*\/glibc-hwcaps\/([^/]+)(?=\/)/.exec(path) ?? [];
  if (at === undefined || name === undefined) return undefined;
  return { kind: 'cpu', name, match: 'at-least', at: showPath(at as FilePath) };
}

/** Modules that ask a service of the site; those of files and DNS come with the C library. */
const siteModules = /^libnss_(sss|ldap|winbind|wins|nis|nisplus|slurm)\.so/;

function libraryNeed(resolved: FilePath, owner: Owner): HostNeed | undefined {
  const file = baseName(resolved);
  const where = { at: showPath(resolved), ...packageOf(owner) };
  const isPackaged = owner.package !== undefined;
  const module = owner.rule === 'name-service-module' ? /^libnss_([\w-]+)\.so/ : siteModules;
  const service = module.exec(file)?.[1];
  if (service !== undefined)
    return { kind: 'name-service', name: service, match: isPackaged ? 'package' : 'present', ...where };
  const kind = siteLibraryKind(file);
  // A library that somebody put into their home is carried like their other files.
  if (kind === undefined || !(isPackaged || owner.rule === 'site-mpi')) return undefined;
  return { kind, name: sonameOf(file), ...versionIn(resolved), match: isPackaged ? 'package' : 'soname', ...where };
}

/** By convention a library is asked for by its name with the first number only. */
function sonameOf(file: string): string {
  return /^.*\.so(?:\.\d+)?/.exec(file)?.[0] ?? file;
}

function packageOf({ package: of }: Owner): { package?: string } {
  return of ? { package: `${of.distribution} ${of.name} ${of.version}` } : {};
}
