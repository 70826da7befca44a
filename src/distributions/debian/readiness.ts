import { ReproError } from '../../errors.js';
import type { Machine, Shell } from '../../machines/machine.js';
import type { Readiness } from '../../model/readiness.js';

/** Whether the host has what a Debian system is built with. */
export async function debianReadiness(host: Machine): Promise<Readiness> {
  const shell = shellOf(host);
  const isThere = async (program: string) => {
    const { exit } = await shell.run(['sh', '-c', 'command -v "$1" >/dev/null', 'sh', program]);
    return exit.code === 0;
  };
  const needed = ['mmdebstrap', 'apt-get'];
  const missing: string[] = [];
  for (const program of needed) if (!(await isThere(program))) missing.push(program);
  if (missing.length === 0) return { ready: true };
  return {
    ready: false,
    missing: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing on ${host.label}`,
    remedy: 'Install what a Debian system is built with: apt-get install mmdebstrap uidmap',
  };
}

/** Whether commands on the host run as root. */
export async function isRootOn(host: Machine): Promise<boolean> {
  return (await shellOf(host).run(['id', '-u'])).stdout.toString().trim() === '0';
}

export function shellOf(host: Machine): Shell {
  if (host.shell) return host.shell;
  throw new ReproError('not-ready', `There is no shell on ${host.label}, so nothing can be built there.`);
}
