import type { FilePath } from '../../model/file-path.js';

/** A path that one package may have and all others must have elsewhere: `dpkg-divert`. */
export interface Diversion {
  readonly path: FilePath;
  readonly divertedTo: FilePath;
  /** The package whose own file stays at `path`; absent for a local diversion, which moves every package's file. */
  readonly by?: string;
}

/** `/var/lib/dpkg/diversions`: three lines each: contested path, diverted path, package or `:`. */
export function parseDiversions(content: Uint8Array): Diversion[] {
  const lines = Buffer.from(content).toString('latin1').split('\n');
  const diversions: Diversion[] = [];
  for (let at = 0; at + 2 < lines.length; at += 3) {
    const [path, divertedTo, by] = [lines[at], lines[at + 1], lines[at + 2]];
    if (!path || !divertedTo || !by) break;
    diversions.push({
      path: path as FilePath,
      divertedTo: divertedTo as FilePath,
      ...(by === ':' ? {} : { by }),
    });
  }
  return diversions;
}

/** Diversions by their canonical paths, asked in both directions. */
export class DiversionMap {
  /** Where from and where to, both canonical. */
  readonly places: readonly (readonly [from: FilePath, to: FilePath])[];
  readonly #from = new Map<string, Diversion>();
  readonly #to = new Map<string, Diversion>();

  constructor(diversions: readonly Diversion[], canonical: (path: FilePath) => FilePath) {
    this.places = diversions.map((diversion) => {
      const [from, to] = [canonical(diversion.path), canonical(diversion.divertedTo)];
      this.#from.set(from, diversion);
      this.#to.set(to, diversion);
      return [from, to];
    });
  }

  /** The diversion of a contested path. */
  ofContested(path: FilePath): Diversion | undefined {
    return this.#from.get(path);
  }

  /** The diversion that put something at this path. */
  ofTarget(path: FilePath): Diversion | undefined {
    return this.#to.get(path);
  }

  /** Where a package's listed (canonical) path really lies, when that is elsewhere. */
  divertedTo(path: FilePath, packageName: string): FilePath | undefined {
    const diversion = this.#from.get(path);
    return diversion && diversion.by !== packageName ? diversion.divertedTo : undefined;
  }
}
