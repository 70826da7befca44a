import { joinPath } from '../../model/file-path.js';
import type { InstalledVersion, TreeReader } from '../../packaging/distribution.js';
import { normalizeName } from './names.js';
import { environmentName, parseConfiguration } from './virtual-environment.js';

/** Versions of packages by the names of their databases: `name-version.dist-info`. */
export async function installedPython({ read, list }: TreeReader): Promise<InstalledVersion> {
  return async ({ name, at }) => {
    if (at === undefined) return undefined;
    if (name === environmentName) {
      const configuration = await read(joinPath(at, 'pyvenv.cfg'));
      return configuration && parseConfiguration(configuration, at).version;
    }
    for (const entry of await list(at)) {
      const [, found, version] = databaseName.exec(entry) ?? [];
      if (found !== undefined && normalizeName(found) === name) return version;
    }
    return undefined;
  };
}

const databaseName = /^([^-]+)-([^-]+)(?:-.*)?\.(?:dist-info|egg-info|egg)$/;
