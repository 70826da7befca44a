import { ReproError } from '../../errors.js';
import { usualPath } from '../../exec.js';
import type { Machine, Shell } from '../../machines/machine.js';
import { pathFromText } from '../../model/file-path.js';
import { shellOf } from './readiness.js';

/** By its path, for BusyBox calls a program of its own so. */
export const rpmProgram = '/usr/bin/rpm';

/** Where a machine's own rpm is run, and how. */
export interface RpmThere {
  readonly shell: Shell;
  readonly environment: Readonly<Record<string, string>>;
}

/** Throws where the machine has none. */
export async function rpmOf(machine: Machine): Promise<RpmThere> {
  const shell = shellOf(machine);
  const environment = { PATH: usualPath, LC_ALL: 'C' };
  if (await machine.files.lstat(pathFromText(rpmProgram))) return { shell, environment };
  throw new ReproError('not-ready', `rpm, which installs its packages, is missing on ${machine.label}`, {
    remedy: 'install it there, or build the environment beside it: --backend rootfs',
  });
}
