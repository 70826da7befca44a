import { documentPath } from '../../model/schemas.js';
import type { DistributionModule } from '../../packaging/distribution.js';
import { buildPython } from './build.js';
import { installedPython } from './installed.js';
import { pythonArchives } from './old-files.js';
import { planPython } from './plan.js';
import { openPython } from './reader.js';
import { pythonRecipes } from './recipe.js';
import { adaptPython, exactPython, pythonRequests, requestPython } from './request.js';
import { resolvePython } from './resolve.js';
import { type PythonLock, type PythonManifest, pythonLockSchema, pythonManifestSchema } from './schema.js';
import { compareVersions } from './versions.js';
import { environmentRule } from './virtual-environment.js';
import { extractWheel } from './wheel.js';

/** Python packages, in virtual environments and in the folders that interpreters share. */
export const python: DistributionModule<PythonManifest, PythonLock> = {
  name: 'python',
  title: 'Python packages (pip, uv)',
  manifestSchema: pythonManifestSchema,
  lockSchema: pythonLockSchema,
  databases: [],
  open: openPython,
  needs: ({ requires }) =>
    requires.map(({ at, ...reference }) => ({ ...reference, ...(at && { at: documentPath(at) }) })),
  plan: planPython,
  /** As a virtual environment's own activate does; only there it is known whether it sees packages outside. */
  shell: ({ environments }) =>
    environments.flatMap(({ path, systemSitePackages }) =>
      systemSitePackages === undefined ? [] : [{ programs: `${path}/bin`, variables: { VIRTUAL_ENV: path } }],
    ),
  recipes: pythonRecipes,
  extract: extractWheel,
  services: pythonArchives,
  builder: buildPython,
  resolve: resolvePython,
  hasDates: true,
  request: requestPython,
  standsOn: 'python3',
  exact: exactPython,
  requests: pythonRequests,
  adapt: adaptPython,
  compareVersions,
  installed: installedPython,
  rules: { [environmentRule]: 'made with the virtual environment, and made again with it' },
};
