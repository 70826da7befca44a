import type { Machine } from '../../machines/machine.js';
import { baseName, type FilePath } from '../../model/file-path.js';
import type { Owner } from '../../model/owner.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../packaging/reader.js';
import { finish } from './finish.js';
import { Prefixes, recordsNear } from './prefixes.js';
import type { CondaLock, CondaManifest } from './schema.js';

/** Prefixes lie wherever people put them: whether there are any is known when paths are asked about. */
export async function openConda({ machine }: OpenContext): Promise<Reader<CondaManifest, CondaLock>> {
  return new CondaReader(machine);
}

class CondaReader implements Reader<CondaManifest, CondaLock> {
  readonly #machine: Machine;
  readonly #prefixes = new Prefixes();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  databasesNear(paths: readonly FilePath[]): string[] {
    return recordsNear(paths);
  }

  async claim(paths: readonly FilePath[], databases: ReadonlyMap<FilePath, Buffer>): Promise<Claims> {
    this.#prefixes.add(databases);
    const owners: Owner[] = [];
    const roots = new Set<FilePath>();
    for (const path of paths) {
      const found = this.#prefixes.isPrivate(path) ? undefined : this.#prefixes.pathOf(path);
      if (found) {
        roots.add(found.record.prefix);
        owners.push({ path, state: 'owned', package: found.record.ref });
      } else if (/\/conda-meta\/(?:history|pinned)$/.test(path) && this.#isOfPrefix(path)) {
        owners.push({ path, state: 'generated', rule: `conda-${baseName(path)}`, onCreate: 'carry' });
      }
    }
    return { owners, more: [], roots: [...roots], problems: this.#prefixes.problems };
  }

  #isOfPrefix(path: FilePath): boolean {
    return this.#prefixes.prefixOf(path) !== undefined && !this.#prefixes.isPrivate(path);
  }

  async verify(paths: readonly FilePath[], signal?: AbortSignal): Promise<readonly Owner[]> {
    const changed: Owner[] = [];
    const asked = paths.filter((path) => this.#prefixes.pathOf(path)?.hash !== undefined);
    const options = { hash: true, ...(signal ? { signal } : {}) };
    for await (const [path, entry] of this.#machine.files.entries(asked, options)) {
      const found = this.#prefixes.pathOf(path);
      if (!found) continue;
      const rule = !entry ? 'removed' : entry.type !== 'file' ? 'replaced' : 'content';
      if (rule === 'content' && (entry?.hash === undefined || entry.hash === found.hash)) continue;
      changed.push({ path, state: 'modified', package: found.record.ref, rule });
    }
    return changed;
  }

  finish(context: FinishContext): Promise<Finished<CondaManifest, CondaLock>> {
    return finish(this.#prefixes, context);
  }
}
