import { lstatSync, statfsSync } from 'node:fs';
import type { Machine } from '../machines/machine.js';
import { comparePaths, type FilePath, pathToBytes } from '../model/file-path.js';

/**
 * Of the given paths, those whose inode was made after `stamp`, a file that was made just before the run. Birth times
 * (statx) decide; on an overlay they are those of the copy that the first change makes, so there nothing is known.
 */
export type BirthCheck = (paths: readonly FilePath[], stamp: FilePath) => Promise<ReadonlySet<FilePath>>;

const overlayMagic = 0x794c7630;

export const bornHere: BirthCheck = async (paths, stamp) => {
  const begin = birthOf(stamp);
  return new Set(
    begin === undefined ? [] : paths.filter((path) => (birthOf(path) ?? 0n) > begin && !isOnOverlay(path)),
  );
};

/** The same through a machine's shell, in two passes of `stat` however many paths there are. */
export function bornOn(machine: Machine): BirthCheck {
  return async (paths, stamp) => {
    if (paths.length === 0 || !machine.shell) return new Set();
    const births = await stat(machine, ['stat', '--printf', '%.9W %n\\0', '--'], [stamp, ...paths]);
    const kinds = await stat(machine, ['stat', '-f', '--printf', '%T %n\\0', '--'], paths);
    const begin = births.get(stamp);
    if (begin === undefined || begin.startsWith('0.')) return new Set();
    return new Set(
      paths.filter((path) => {
        const birth = births.get(path);
        return birth !== undefined && compareTimes(birth, begin) > 0 && kinds.get(path) !== 'overlayfs';
      }),
    );
  };
}

function birthOf(path: FilePath): bigint | undefined {
  try {
    return lstatSync(pathToBytes(path), { bigint: true }).birthtimeNs;
  } catch {
    // Gone, or not ours to look at: what it was before is told without its birth.
    return undefined;
  }
}

function isOnOverlay(path: FilePath): boolean {
  try {
    return statfsSync(pathToBytes(path)).type === overlayMagic;
  } catch {
    // Births are believed only where they are known to be true.
    return true;
  }
}

async function stat(
  machine: Machine,
  command: readonly string[],
  paths: readonly FilePath[],
): Promise<Map<string, string>> {
  const input = Buffer.from(paths.map((path) => `${path}\0`).join(''), 'latin1');
  const result = await machine.shell?.run(['xargs', '-0', ...command], { input });
  const answers = new Map<string, string>();
  for (const record of (result?.stdout.toString('latin1') ?? '').split('\0')) {
    const space = record.indexOf(' ');
    if (space > 0) answers.set(record.slice(space + 1), record.slice(0, space));
  }
  return answers;
}

/** Seconds with nine digits of their fraction. */
function compareTimes(one: string, other: string): number {
  return one.length - other.length || comparePaths(one, other);
}
