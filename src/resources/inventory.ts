import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ReproError, reasonOf } from '../errors.js';
import { withLock } from '../file-lock.js';
import type { Resource, ResourceState } from '../model/resource.js';
import { isAlive } from '../process-identity.js';
import { closestName } from '../spec/closest-name.js';
import { explained, keptTwice, namesIn } from './inventory-files.js';
import { formatResource, parseResource, resourceNamePattern } from './schema.js';

/** The resources that exist, one JSON file each. Every change is on disk before the call returns. */
export interface Inventory {
  /** The folder that everything of reproman's own lies in on this machine. */
  readonly folder: string;
  /** In order of names; a file that cannot be read is an entry with a problem. */
  list(): Promise<InventoryEntry[]>;
  get(name: string): Promise<Resource | undefined>;
  /** By name or by the beginning of one; throws with the nearest name where there is none. */
  find(nameOrPrefix: string): Promise<Resource>;
  /** Puts a new resource in; `replace` may say that the one of that name gives way. */
  add(resource: Resource, replace?: (present: Resource) => Promise<boolean>): Promise<void>;
  update(name: string, change: (resource: Resource) => Resource | Promise<Resource>): Promise<Resource>;
  /**
   * Gives a resource another name that is free. What `change` makes of it is on disk before it has that name: after a
   * crash it has either.
   */
  move(name: string, to: string, change: (resource: Resource) => Resource): Promise<Resource>;
  /** Forgets a resource; quiet where there is none. */
  remove(name: string): Promise<void>;
}

export interface InventoryEntry {
  readonly name: string;
  readonly resource?: Resource;
  readonly problem?: string;
}

/** A resource's state as people see it: `broken` when the process that was making, removing or needing it is gone. */
export type ShownState = ResourceState | 'broken';

/**
 * One whose renaming was cut off is whole all the same: it can be taken up again. Of what was made for the work of a
 * process nothing is left to do when that is gone.
 */
export async function shownState(resource: Resource): Promise<ShownState> {
  if (resource.meanwhile && !(await isAlive(resource.meanwhile.process))) return 'broken';
  if (resource.state === 'ready' || resource.state === 'renaming') return resource.state;
  return resource.process && (await isAlive(resource.process)) ? resource.state : 'broken';
}

/** https://specifications.freedesktop.org/basedir-spec: what a user's programs keep. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_DATA_HOME'];
  return join(base?.startsWith('/') ? base : join(homedir(), '.local', 'share'), 'reproman');
}

export function checkName(name: string): void {
  if (resourceNamePattern.test(name)) return;
  throw new ReproError('usage', `'${name}' cannot be the name of a resource`, {
    remedy: 'use lower-case letters, digits, _ . and -, beginning with a letter or digit, at most 63 of them',
  });
}

export function openInventory(folder: string = dataFolder()): Inventory {
  const resources = join(folder, 'resources');
  const entries = keptTwice(resources);
  const fileOf = (name: string) => {
    checkName(name);
    return `${name}.json`;
  };
  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await mkdir(resources, { recursive: true, mode: 0o700 });
      return await withLock(join(resources, '.lock'), async () => {
        await entries.sweep();
        return work();
      });
    } catch (error) {
      throw explained(error, resources);
    }
  };

  async function get(name: string): Promise<Resource | undefined> {
    const file = fileOf(name);
    try {
      // The file is moved before its content says so.
      return await entries.read(file, (text) => ({ ...parseResource(text), name }));
    } catch (error) {
      if (error instanceof ReproError) throw error;
      throw new ReproError('usage', `the inventory's entry cannot be read: ${reasonOf(error)}`, {
        where: join(resources, file),
        remedy:
          'it was changed by something else or is of another version; to give up the resource, remove the file, and ' +
          'then what was made for it with: reproman gc',
        cause: error,
      });
    }
  }

  async function list(): Promise<InventoryEntry[]> {
    // A courtesy: what cannot be read is told when its names are asked for.
    await entries.sweep().catch(() => undefined);
    const names = await namesIn(resources);
    return Promise.all(
      names.map(async (name) => {
        try {
          const resource = await get(name);
          return resource ? { name, resource } : { name, problem: 'it went while the inventory was read' };
        } catch (error) {
          return { name, problem: reasonOf(error) };
        }
      }),
    );
  }

  /** A name stays taken until nothing is called after it any more. */
  async function refuseFormer(name: string): Promise<void> {
    const present = await list();
    const renaming = present.find(({ resource }) => resource?.formerly === name && resource.name !== name)?.resource;
    if (renaming) throw nameInUse(renaming, name);
  }

  return {
    folder,
    list,
    get,
    async find(wanted) {
      const exact = resourceNamePattern.test(wanted) ? await get(wanted) : undefined;
      if (exact) return exact;
      const name = chooseName(wanted, await namesIn(resources));
      const found = await get(name);
      if (!found) throw unknownName(wanted, []);
      return found;
    },
    add: (resource, replace) =>
      exclusively(async () => {
        const present = await get(resource.name);
        if (present && !(await replace?.(present))) throw nameInUse(present);
        await refuseFormer(resource.name);
        await entries.write(fileOf(resource.name), formatResource(resource));
      }),
    update: (name, change) =>
      exclusively(async () => {
        const present = await get(name);
        if (!present) throw unknownName(name, []);
        const changed = await change(present);
        await entries.write(fileOf(name), formatResource(changed));
        return changed;
      }),
    move: (name, to, change) =>
      exclusively(async () => {
        const present = await get(name);
        if (!present) throw unknownName(name, []);
        const taken = await get(to);
        if (taken) throw nameInUse(taken);
        if (present.formerly !== to) await refuseFormer(to);
        const changed = change(present);
        await entries.write(fileOf(name), formatResource(changed));
        await entries.move(fileOf(name), fileOf(to));
        return { ...changed, name: to };
      }),
    remove: (name) => exclusively(() => entries.remove(fileOf(name))),
  };
}

function chooseName(wanted: string, names: readonly string[]): string {
  const matching = wanted === '' ? [] : names.filter((name) => name.startsWith(wanted));
  const [first, ...others] = matching;
  if (first === undefined) throw unknownName(wanted, names);
  if (others.length === 0) return first;
  throw new ReproError('usage', `'${wanted}' is the beginning of several resources: ${matching.join(', ')}`, {
    remedy: 'write more of the name',
  });
}

function unknownName(wanted: string, names: readonly string[]): ReproError {
  const near = closestName(wanted, names);
  return new ReproError('usage', `there is no resource '${wanted}'`, {
    remedy: near ? `did you mean '${near}'?` : 'list them with: reproman ls',
  });
}

function nameInUse(present: Resource, name: string = present.name): ReproError {
  const state = present.state === 'ready' ? '' : ` (state: ${present.state})`;
  return new ReproError('usage', `a resource '${name}' on ${present.backend} exists already${state}`, {
    remedy: `choose another --name, or remove it with: reproman delete ${present.name}`,
  });
}
