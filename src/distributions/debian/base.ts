import type { FilePath } from '../../model/file-path.js';
import type { Base, OpenContext } from '../distribution.js';
import { readDatabase } from './database.js';
import { readLayout } from './layout.js';

/** What the machine's os-release and dpkg database say of the base system. */
export async function debianBase({ machine, databases }: OpenContext): Promise<Base | undefined> {
  const database = readDatabase(databases);
  if (!database) return undefined;
  const release = parseOsRelease(
    databases.get('/etc/os-release' as FilePath) ?? databases.get('/usr/lib/os-release' as FilePath),
  );
  const codename = release['VERSION_CODENAME'] ?? codenameOf(databases.get('/etc/debian_version' as FilePath));
  return {
    distribution: 'debian',
    release: release['VERSION_ID'] ?? codename ?? 'unknown',
    ...(codename ? { codename } : {}),
    architecture: database.architecture,
    layout: (await readLayout(machine)).name,
  };
}

/** os-release(5): shell-like assignments. */
function parseOsRelease(content: Buffer | undefined): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of (content?.toString('utf8') ?? '').split('\n')) {
    const match = /^([A-Z0-9_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
    if (match?.[1]) values[match[1]] = match[2] ?? match[3] ?? match[4] ?? '';
  }
  return values;
}

/** Before a release `/etc/debian_version` says `trixie/sid`; afterwards a number. */
function codenameOf(content: Buffer | undefined): string | undefined {
  return /^([a-z]+)(?:\/sid)?$/.exec(content?.toString('latin1').trim() ?? '')?.[1];
}
