import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildRpms } from './rpm.js';
import { systemWithRpm } from './rpm-program.js';
import { installWithDnf } from './rpm-system.js';
import { must } from './run.js';

/** By name, in what version the system has packages otherwise than the repository. */
const versions: Readonly<Record<string, string>> = { filesystem: '3.18-7', 'greeter-data': '1-1', spare: '2-1' };

export interface OtherRpmSystem {
  /** A system of packages that are older than those of the repository, newer, and the same, and `theirs`. */
  readonly root: string;
  /** A folder of packages, with its index. */
  readonly repository: string;
}

/** Makes both below a folder. dnf installs the system; `greeter`, and `admirer` that needs it, are of the repository alone. */
export async function otherRpmSystem(folder: string): Promise<OtherRpmSystem> {
  const admirer = { name: 'admirer', version: '1-1', preamble: ['Requires: greeter'] };
  const sources = [...(await systemWithRpm()), admirer];
  const others = sources.flatMap((each) => {
    const version = versions[each.name];
    return version === undefined ? [] : [{ ...each, version }];
  });
  const theirs = { name: 'theirs', version: '1-1', files: { '/usr/share/theirs': 'kept\n' } };
  await using built = await buildRpms(sources);
  await using own = await buildRpms([...others, theirs]);
  const [repository, ofSystem] = [join(folder, 'repository'), join(folder, 'packages')];
  cpSync(built.folder, repository, { recursive: true });
  await must(['createrepo_c', '--quiet', repository]);
  cpSync(built.folder, ofSystem, { recursive: true });
  for (const name of readdirSync(ofSystem)) {
    if (Object.keys(versions).some((other) => new RegExp(`^${other}-[0-9]`).test(name))) rmSync(join(ofSystem, name));
  }
  cpSync(own.folder, ofSystem, { recursive: true });
  const root = join(folder, 'root');
  mkdirSync(root, { mode: 0o755 });
  const names = ['example-release', 'busybox', 'rpm', 'greeter-data', 'spare', 'theirs'];
  await installWithDnf(root, ofSystem, names);
  return { root, repository };
}
