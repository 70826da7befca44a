import type { FilePath } from '../model/file-path.js';
import type { Owner, PackageRef } from '../model/owner.js';
import { recompiler } from './python-recompile.js';
import type { Meaning, MeaningComparison, MeaningContext, Variation } from './variation.js';

const rule = 'python-bytecode';

/** The code that Python keeps beside its sources, whichever distribution those are of. */
export const pythonBytecode: Variation = {
  volatile: [
    {
      name: rule,
      paths: ['**/__pycache__/*.pyc'],
      compare: 'presence',
      reason:
        "Python compiles it from the source beside it; the environment's own Python must make the same code of it",
    },
  ],
  sameMeaning: compareBytecode,
};

/** The source of a cached Python bytecode file: `__pycache__/x.cpython-311.opt-1.pyc` is made of `x.py` (PEP 3147). */
export function sourceOfBytecode(path: FilePath): FilePath | undefined {
  if (!path.endsWith('.pyc')) return undefined;
  const cached = /^(.*\/)__pycache__\/([^/]+?)\.[a-z]+-?\d+[a-z]*(?:\.opt-\w+)?\.pyc$/.exec(path);
  if (cached) return `${cached[1]}${cached[2]}.py` as FilePath;
  return path.includes('/__pycache__/') ? undefined : (path.slice(0, -1) as FilePath);
}

/** The owner of bytecode that is made anew of a source that is there. */
export function bytecodeOf(path: FilePath, source: PackageRef | undefined): Owner {
  return { path, state: 'generated', ...(source ? { package: source } : {}), rule, onCreate: 'regenerate' };
}

/** Bytecode that no distribution knows goes with its source: carried where that is, left where that is unknown. */
export function bytecodeOwner(owner: Owner, source: Owner | undefined): Owner {
  if (!source || source.state === 'left-out') return owner;
  if (source.state === 'loose') return { path: owner.path, state: 'generated', rule, onCreate: 'carry' };
  return bytecodeOf(owner.path, source.package);
}

/** The source must be the same as on the origin, and be the one that the code was compiled from. */
function compareBytecode({ before, after, read, machine }: MeaningContext): MeaningComparison {
  const python = recompiler(machine);
  async function compare(path: FilePath, source: FilePath): Promise<Meaning> {
    const hash = before(source)?.hash;
    const isSame = hash !== undefined && hash === after(source)?.hash;
    const stale = isSame ? staleBytecode(await read(path), after(source)) : 'its source differs';
    const isItsCode = stale === undefined ? await python.same(path, source) : false;
    if (isItsCode === undefined) return { unproved: 'no Python there can tell whether it is the code of its source' };
    if (isItsCode) return { rule, why: 'compiled anew from the same source' };
    return { expected: 'code of its source', why: stale ?? 'it is not what Python makes of its source' };
  }
  return {
    compare: async (path) => {
      const source = sourceOfBytecode(path);
      return source && compare(path, source);
    },
    [Symbol.asyncDispose]: () => python[Symbol.asyncDispose](),
  };
}

/**
 * Why Python would not take compiled code for that of its source: undefined where it would. The header is four little
 * endian words: magic, flags, then date and size of the source, or its hash (PEP 552).
 */
function staleBytecode(
  header: Buffer,
  source: { readonly size: number; readonly mtime: number } | undefined,
): string | undefined {
  if (source === undefined) return 'its source is missing';
  if (header.length < 16 || header.toString('latin1', 2, 4) !== '\r\n') return 'it is not compiled Python';
  // Bit 0: checked by hash, which Python itself compares with the source when it has to.
  if ((header.readUInt32LE(4) & 1) !== 0) return undefined;
  if (header.readUInt32LE(12) !== source.size % 2 ** 32) return 'it was made from a source of another size';
  return header.readUInt32LE(8) === source.mtime % 2 ** 32 ? undefined : 'it was made from a source of another date';
}
