import { ReproError } from '../../errors.js';
import type { BelowContext } from '../../packaging/distribution.js';
import type { Requests } from '../../packaging/requests.js';
import { parseRequirement } from './requirements.js';
import { type PythonLock, type PythonManifest, packageRequest } from './schema.js';
import { satisfies } from './specifiers.js';
import { minorOf } from './virtual-environment.js';

const own = '/usr/bin/python3';

/** Where packages go that nobody named an environment for. */
const defaultEnvironment = '/opt/venv';

/** One virtual environment of the base's own Python, whatever version that is. */
export function requestPython(packages: readonly string[]): PythonManifest {
  return { name: 'python', environments: [{ path: defaultEnvironment, packages: [...packages] }] };
}

/** How a manifest asks for packages; one `=` is what people mean by two. */
export const pythonRequests: Requests<PythonManifest> = {
  parse(written) {
    const text = written.replace(/^([^=<>!~]+)=(?!=)/, '$1==');
    const requirement = packageRequest.safeParse(text).success ? parseRequirement(text) : undefined;
    return requirement && { name: requirement.name, text };
  },
  pins(text) {
    const [only, ...more] = parseRequirement(text)?.specifiers ?? [];
    const isOne = only && more.length === 0 && /^={2,3}$/.test(only.operator) && !only.version.endsWith('*');
    return isOne ? { version: only.version } : {};
  },
  allows: (text, { version }) => satisfies(version, parseRequirement(text)?.specifiers ?? []),
  edit: (manifest, change) => ({
    ...manifest,
    environments: manifest.environments.map((each) => ({ ...each, packages: [...change(each.packages)] })),
  }),
};

/** Environments of the base's own Python, where that is another one now: their packages are asked for as before. */
export function adaptPython(manifest: PythonManifest, { base, below }: BelowContext): PythonManifest {
  const python = pythonOf(below, base.distribution);
  const now = minorOf(python);
  return {
    ...manifest,
    environments: manifest.environments.map((each) => {
      const { path, interpreter = own } = each;
      const before = minorOf(each.python);
      const isOfBase = each.interpreter === undefined ? before === undefined : isOwn(each.interpreter);
      if (!isOfBase || (before !== undefined && before === now)) return each;
      if (python === undefined || now === undefined) throw withoutPython(path);
      const moved = (text: string) => text.replace(/(?<=\/python)\d+\.\d+(?=\/|$)/, now);
      return { ...each, path: moved(path), interpreter: moved(interpreter), python };
    }),
  };
}

function isOwn(interpreter: string): boolean {
  return /^\/usr\/bin\/python3(?:\.\d+)?$/.test(interpreter);
}

function withoutPython(where: string): ReproError {
  return new ReproError('usage', 'a Python environment stands on the Python of the base, which has none', {
    where,
    remedy: 'ask for python3 too',
  });
}

/** The version of what `/usr/bin/python3` is. */
function pythonOf(below: BelowContext['below'], base: string): string | undefined {
  const packages = below.find(({ name }) => name === base)?.packages ?? [];
  const found =
    packages.find(({ name }) => name === 'python3') ?? packages.find(({ name }) => name === 'python3-minimal');
  return /^(?:\d+:)?(\d+\.\d+\.\d+)/.exec(found?.version ?? '')?.[1];
}

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactPython({ environments, packages }: PythonLock): PythonManifest {
  return {
    name: 'python',
    environments: environments.map(({ path, interpreter, python, systemSitePackages, site }) => ({
      path,
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(python === undefined ? {} : { python }),
      ...(systemSitePackages === undefined ? {} : { systemSitePackages }),
      packages: packages
        .filter(({ used, at }) => used && at === (site ?? path))
        .map(({ name, version }) => `${name}==${version}`),
    })),
  };
}
