import type { Stanza } from '../../archives/apt/deb822.js';
import { findIndexes, readIndex } from '../../archives/apt/indexes.js';
import type { AptSource } from '../../archives/apt/sources.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import { pathFromText } from '../../model/file-path.js';
import type { Base } from '../../packaging/base-system.js';
import { archiveOf, withUniqueId } from './origins.js';
import type { DebianArchive } from './schema.js';

/** One version of a package that an archive has. */
export interface Candidate {
  readonly stanza: Stanza;
  readonly archive: DebianArchive;
}

/** Reads the private apt's indexes; each archive gets its id once. */
export class ResolveIndex {
  readonly archives = new Map<string, DebianArchive>();
  readonly #uris = new Map<string, string>();
  readonly #host: Machine;
  readonly #base: Base;
  readonly #sources: readonly AptSource[];
  readonly #lists: string;

  constructor(host: Machine, base: Base, sources: readonly AptSource[], lists: string) {
    this.#host = host;
    this.#base = base;
    this.#sources = sources;
    this.#lists = lists;
  }

  async of(names: ReadonlySet<string>): Promise<Map<string, Candidate[]>> {
    const found = new Map<string, Candidate[]>();
    for await (const candidate of this.#scan((name) => names.has(name))) {
      const name = candidate.stanza['Package'] ?? '';
      found.set(name, [...(found.get(name) ?? []), candidate]);
    }
    return found;
  }

  /** Every package that there is. */
  async *all(): AsyncGenerator<Stanza> {
    for await (const { stanza } of this.#scan(() => true)) yield stanza;
  }

  async *#scan(wanted: (name: string) => boolean): AsyncGenerator<Candidate> {
    const options = { sources: this.#sources, folder: pathFromText(this.#lists) };
    const { indexes } = await findIndexes(this.#host, [this.#base.architecture], options);
    if (indexes.length === 0) throw unreachable(this.#base, this.#sources);
    for (const index of indexes) {
      const archive = withUniqueId(archiveOf(index), this.#uris);
      this.archives.set(archive.id, archive);
      for await (const stanza of readIndex(this.#host, index, wanted)) yield { stanza, archive };
    }
  }
}

function unreachable(base: Base, sources: readonly AptSource[]): ReproError {
  const places = sources.map(({ uri, suite }) => `${uri} ${suite}`).join(', ');
  return new ReproError(
    'not-ready',
    `No index of ${base.codename ?? base.release} could be downloaded from ${places}.`,
    {
      remedy:
        'See that the archive can be reached, or name another: in /etc/apt/sources.list, of a date in REPROMAN_DEBIAN_SNAPSHOTS or REPROMAN_UBUNTU_SNAPSHOTS.',
    },
  );
}
