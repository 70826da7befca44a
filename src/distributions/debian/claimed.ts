import type { FilePath } from '../../model/file-path.js';
import type { Owner, PackageRef } from '../../model/owner.js';
import { sourceOfBytecode } from '../../packaging/python-bytecode.js';
import type { UsrLayout } from '../../packaging/usr-layout.js';
import type { Alternative } from './alternatives.js';
import type { PackageIndex } from './closure.js';
import type { DpkgDatabase } from './database.js';
import type { DiversionMap } from './diversions.js';
import type { DpkgPackage } from './package.js';

/** What finishing needs to know of everything that was claimed, and stood. */
export interface Claimed extends Uses {
  readonly database: DpkgDatabase;
  readonly index: PackageIndex;
  readonly layout: UsrLayout;
  readonly diversions: DiversionMap;
  /** Needed by other distributions, used or not. */
  readonly needed: readonly DpkgPackage[];
}

interface Uses {
  readonly used: ReadonlySet<DpkgPackage>;
  /** Canonical paths of the packages' own files. */
  readonly paths: ReadonlySet<FilePath>;
  /** Those that a run went through. */
  readonly alternatives: readonly { readonly alternative: Alternative; readonly value: FilePath }[];
}

/** What a run used of Debian, from the paths that are Debian's in the end. */
export function usesOf(
  owned: readonly Owner[],
  from: Pick<Claimed, 'index' | 'layout' | 'diversions'> & {
    readonly alternativeLinks: ReadonlyMap<FilePath, Alternative>;
    /** By name: what the master link points to. */
    readonly masterValues: ReadonlyMap<string, FilePath>;
  },
): Uses {
  const { index, layout, diversions, alternativeLinks, masterValues } = from;
  const used = new Set<DpkgPackage>();
  const paths = new Set<FilePath>();
  const alternatives = new Map<string, { alternative: Alternative; value: FilePath }>();
  const use = (each: DpkgPackage | undefined): void => {
    if (each) used.add(each);
  };
  for (const { path, state, package: ref, rule, onCreate } of owned) {
    const canonical = layout.canonical(path);
    // Without the diverting package the file would lie at its listed place.
    const diversion = diversions.ofContested(canonical) ?? diversions.ofTarget(canonical);
    if (diversion?.by !== undefined) use(index.named(diversion.by)[0]);
    if (state !== 'generated') paths.add(canonical);
    // What is carried needs nobody to make it.
    if (ref && onCreate !== 'carry') use(packageOf(ref, index));
    if (ref && sourceOfBytecode(path)) use(index.named(compilerOf(ref) ?? '')[0]);
    const alternative = rule === 'alternatives' ? alternativeLinks.get(canonical) : undefined;
    const value = alternative && masterValues.get(alternative.name);
    if (alternative && value) alternatives.set(alternative.name, { alternative, value });
  }
  return { used, paths, alternatives: [...alternatives.values()] };
}

/** Who compiles the modules of Python's own library: the package of the interpreter, when it is configured. */
function compilerOf({ name }: PackageRef): string | undefined {
  const [, python, part] = /^lib(python3\.\d+)-(stdlib|minimal)$/.exec(name) ?? [];
  return part === 'minimal' ? `${python}-minimal` : python;
}

/** The installed package that a reference names. */
export function packageOf({ name, architecture }: PackageRef, index: PackageIndex): DpkgPackage | undefined {
  return index.named(name).find((each) => architecture === undefined || each.architecture === architecture);
}
