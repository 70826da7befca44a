import { ReproError } from '../../errors.js';
import type { Machine, Shell } from '../../machines/machine.js';
import type { Readiness } from '../../model/readiness.js';

const programs = ['rpm', 'tar', 'unshare', 'setpriv'] as const;

/** Whether the host has what an rpm system is built with. */
export async function rpmReadiness(host: Machine): Promise<Readiness> {
  const script = 'for each do command -v "$each" >/dev/null || echo "$each"; done';
  const { stdout } = await shellOf(host).run(['sh', '-c', script, 'sh', ...programs]);
  const missing = stdout.toString().split('\n').filter(Boolean);
  if (missing.length === 0) return { ready: true };
  return {
    ready: false,
    missing: `${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing on ${host.label}`,
    remedy: 'Install what an rpm system is built with: apt-get install rpm, or dnf install rpm',
  };
}

export function shellOf(host: Machine): Shell {
  if (host.shell) return host.shell;
  throw new ReproError('not-ready', `There is no shell on ${host.label}, so nothing can be built there.`);
}
