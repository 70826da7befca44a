import { baseName, type FilePath, isWithin, outermost, parentPath } from '../model/file-path.js';

/** A program that no package owns, for finding the tool that it belongs to. */
export interface LooseProgram {
  readonly path: FilePath;
  readonly executed: boolean;
  readonly elf: boolean;
}

export interface TreeContext {
  readonly homes: readonly FilePath[];
  readonly cwds: readonly FilePath[];
  readonly exists: (path: FilePath) => Promise<boolean>;
}

/** Folders in which version managers keep one tool and version each, as those managers document them. */
const managedLayouts = [
  /^(.*\/\.?(?:pyenv|rbenv|nodenv|goenv|plenv|phpenv|jenv|luaenv)\/versions\/[^/]+)\//,
  /^(.*\/\.?(?:asdf|mise|rtx)\/installs\/[^/]+\/[^/]+)\//,
  /^(.*\/uv\/(?:python|tools)\/[^/]+)\//,
  /^(.*\/\.?nvm\/versions\/[^/]+\/[^/]+)\//,
  /^(.*\/fnm\/node-versions\/[^/]+)\//,
  /^(.*\/\.volta\/tools\/image\/[^/]+\/[^/]+)\//,
  /^(.*\/\.sdkman\/candidates\/[^/]+\/[^/]+)\//,
  /^(.*\/\.rustup\/toolchains\/[^/]+)\//,
  /^(.*\/\.juliaup\/julia-[^/]+)\//,
  /^(.*\/pipx\/venvs\/[^/]+)\//,
];

/** Prefixes that many tools share; never one tool's tree. */
const sharedPrefixes = new Set(['/', '/usr', '/usr/local', '/opt', '/home', '/root', '/srv', '/var', '/tmp']);
const libraryFolders = ['lib', 'lib64', 'libexec', 'jre'];
/** Roots of version managers: they hold many tools. */
const managerRoot = /\/\.?(?:pyenv|rbenv|nodenv|goenv|asdf|mise|nvm|sdkman|rustup|cargo|local|volta)$/;

/**
 * The roots of the tools that loose programs belong to: a version manager's folder of one version, a virtual
 * environment, the folder that has the program's bin/ and its lib/, a tool's folder in /opt, or the library of an unpackaged
 * Python or R below a shared prefix. Outermost roots only, in byte order.
 */
export async function findTreeRoots(programs: readonly LooseProgram[], context: TreeContext): Promise<FilePath[]> {
  const roots = new Set<FilePath>();
  for (const program of programs) {
    if ([...roots].some((root) => isWithin(program.path, root))) continue;
    const root =
      managedRoot(program.path) ??
      pythonRoot(program.path, context) ??
      rRoot(program.path, context) ??
      (await prefixRoot(program, context));
    if (root !== undefined) roots.add(root);
  }
  return outermost([...roots]);
}

function managedRoot(path: FilePath): FilePath | undefined {
  for (const layout of managedLayouts) {
    const root = layout.exec(path)?.[1];
    if (root !== undefined) return root as FilePath;
  }
  return undefined;
}

/**
 * A virtual environment by its pyvenv.cfg; a standard library by the module that Python cannot start without, where more
 * than this Python lies in the folder that it was installed in.
 */
function pythonRoot(path: FilePath, context: TreeContext): FilePath | undefined {
  if (baseName(path) === 'pyvenv.cfg') return parentPath(path);
  const library = /^(.*)(\/lib(?:64)?\/python\d[\d.]*)\/encodings\/__init__\.py$/.exec(path);
  if (library?.[1] === undefined) return undefined;
  return mayBeTree(library[1] as FilePath, context) ? undefined : ((library[1] + library[2]) as FilePath);
}

/** The folder that an R was installed in, or its own in one that others share, by the program that its scripts start. */
function rRoot(path: FilePath, context: TreeContext): FilePath | undefined {
  const [, prefix, home] = /^(.*)(\/lib(?:64)?\/R)\/bin\/exec\/R$/.exec(path) ?? [];
  if (prefix === undefined) return undefined;
  return (mayBeTree(prefix as FilePath, context) ? prefix : prefix + home) as FilePath;
}

async function prefixRoot(program: LooseProgram, context: TreeContext): Promise<FilePath | undefined> {
  if (!program.executed) return undefined;
  const bin = parentPath(program.path);
  const prefix = parentPath(bin);
  if (program.elf && /\/s?bin$/.test(bin) && mayBeTree(prefix, context)) {
    for (const folder of libraryFolders) {
      if (await context.exists(`${prefix}/${folder}` as FilePath)) return prefix;
    }
  }
  // Of several versions in one folder, each is a tool.
  const inOpt = /^\/opt\/[^/]+(?:\/(?:[^/]+-)?v?\d[^/]*)?(?=\/)/.exec(program.path)?.[0];
  return inOpt !== undefined && mayBeTree(inOpt as FilePath, context) ? (inOpt as FilePath) : undefined;
}

/** Never a shared prefix, a home, or a folder that the run worked in. */
function mayBeTree(prefix: FilePath, { homes, cwds }: TreeContext): boolean {
  if (sharedPrefixes.has(prefix) || managerRoot.test(prefix)) return false;
  return ![...homes, ...cwds].some((folder) => isWithin(folder, prefix));
}

/** Folders of a tool's tree that hold nothing of the tool. `__pycache__` stays: it is read, and valid by its sources' dates. */
export function isCache(path: FilePath): boolean {
  return /\/(?:\.cache|\.git|\.tmp|\.npm|\.pytest_cache|\.mypy_cache|\.ruff_cache)$/.test(path);
}
