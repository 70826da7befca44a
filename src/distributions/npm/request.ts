import type { LockHalf } from '../../model/lock-half.js';
import type { Requests } from '../../packaging/requests.js';
import { isInRange } from './ranges.js';
import { type NpmLock, type NpmManifest, packageRequest } from './schema.js';

/** Where packages go that nobody named a folder for. */
const defaultTree = '/opt/node/node_modules';

/** The packages that may have Node, in bases and other distributions. */
const nodeNames = new Set(['nodejs', 'node']);

/** One tree, for the Node that is below. */
export function requestNpm(packages: readonly string[]): NpmManifest {
  return { name: 'npm', trees: [{ path: defaultTree, packages: packages.map((text) => parse(text)?.text ?? text) }] };
}

/** The packages that have it, as a lock refers to them. */
export function nodeBelow(below: readonly LockHalf[] = []): NpmLock['node'] {
  return below.flatMap(({ name: distribution, packages = [] }) =>
    packages
      .filter(({ name }) => nodeNames.has(name))
      .map(({ name, version, architecture, at }) => ({
        ...{ distribution, name, version },
        ...(architecture === undefined ? {} : { architecture }),
        ...(at === undefined ? {} : { at }),
      })),
  );
}

/** `left-pad`, `left-pad@^1.3`; `left-pad>=1` and `left-pad=1.3.0` are what people mean by them elsewhere. */
export const npmRequests: Requests<NpmManifest> = {
  parse,
  pins(text) {
    const version = rangeIn(text);
    return /^=?v?\d+\.\d+\.\d+(?:[-+]\S*)?$/.test(version) ? { version: version.replace(/^=?v?/, '') } : {};
  },
  // What a tag means only the registry knows: any version may be it.
  allows: (text, { version }) => isInRange(version, rangeIn(text)) ?? true,
  edit: (manifest, change) => ({
    ...manifest,
    trees: manifest.trees.map((tree) => ({ ...tree, packages: [...change(tree.packages)] })),
  }),
};

/** What stands behind the name; nothing: any version. */
function rangeIn(written: string): string {
  const { name = '', text = '' } = parse(written) ?? {};
  return text.slice(name.length + 1);
}

function parse(written: string) {
  const text = written.replace(/^((?:@[^@/\s]+\/)?[^@/\s=<>]+)(?:==?|(?=[<>]))(?=\S)/, '$1@');
  const [, name] = /^((?:@[^@/\s]+\/)?[^@/\s]+)(?:@|$)/.exec(text) ?? [];
  return name !== undefined && packageRequest.safeParse(text).success ? { name, text } : undefined;
}

/** What a manifest asks for, as the used packages of a lock have it. */
export function exactNpm({ trees, packages }: NpmLock): NpmManifest {
  return {
    name: 'npm',
    trees: trees.map(({ path }) => ({
      path,
      packages: packages
        .filter(({ used, at }) => used && at.startsWith(`${path}/`))
        .map(({ name, version }) => `${name}@${version}`),
    })),
  };
}
