import type { Sha256 } from '../../hash.js';
import type { Machine } from '../../machines/machine.js';
import { type FilePath, showPath } from '../../model/file-path.js';
import type { Managed } from '../../spec/document/files.js';
import { maskText } from '../../spec/secrets/mask.js';
import { ansible } from './ansible.js';
import { type CodeState, checkoutsAround, globsOfCheckout, isPlain, readCheckout } from './checkout.js';
import { chef } from './chef.js';
import type { Provisioner } from './provisioner.js';
import { puppet } from './puppet.js';
import { salt } from './salt.js';

const provisioners: readonly Provisioner[] = [ansible, puppet, chef, salt];

/** A marker stands in the first lines of a file. */
const headBytes = 4096;

export interface ManagedRequest {
  readonly machine: Machine;
  /** Files that no package has as they are, by their places. */
  readonly files: ReadonlyMap<FilePath, Sha256>;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundManaged {
  readonly managed: ReadonlyMap<FilePath, Managed>;
  readonly notes: readonly string[];
}

/** A file under the control of a provisioner, and where the code may lie that says so: the best place first. */
interface Candidate {
  readonly path: FilePath;
  readonly by: Provisioner['name'];
  readonly from: string | undefined;
  readonly code: CodeState;
  readonly checkouts: readonly FilePath[];
}

/**
 * Which files are under the control of a provisioner, with the revision of its code where the machine knows that. The
 * passes over the machine are a fixed number, however many files there are.
 */
export async function findManaged({ machine, files, signal }: ManagedRequest): Promise<FoundManaged> {
  const notes: string[] = [];
  if (files.size === 0) return { managed: new Map(), notes };
  const heads = await readBeginnings(machine, [...files.keys()], signal);
  const found = await gather([
    ...provisioners.flatMap(({ records }) => records),
    ...provisioners.flatMap(({ backups }) =>
      (backups ? [...files.keys()].filter(isPlain).flatMap(backups) : []).map(
        ({ prefix, ending }) => `${prefix}*${ending}`,
      ),
    ),
  ]);
  const candidates = new Map<FilePath, Candidate>();
  for (const provisioner of provisioners) {
    const { files: listed, checkout, ...code } = provisioner.read?.(found) ?? {};
    const sources = await sourcesOf(provisioner);
    for (const [path, hash] of files) {
      const marker = provisioner.marker.exec(heads.get(path) ?? '');
      const from = marker?.[1] ?? listed?.get(path) ?? sources.get(hash);
      const isIts = marker !== null || listed?.has(path) || sources.has(hash) || hasBackup(provisioner, path, found);
      if (!isIts || candidates.has(path)) continue;
      const around = from?.startsWith('/') ? checkoutsAround(from as FilePath) : [];
      const checkouts = [...around, ...(checkout === undefined ? [] : [checkout])];
      candidates.set(path, { path, by: provisioner.name, from, code, checkouts });
    }
  }
  const all = new Set([...candidates.values()].flatMap(({ checkouts }) => checkouts));
  const states = await gather([...all].flatMap(globsOfCheckout));
  const managed = new Map<FilePath, Managed>();
  for (const [path, { by, from, code, checkouts }] of candidates) {
    const [state] = checkouts.flatMap((checkout) => readCheckout(checkout, states) ?? []);
    const { repository, revision } = { ...code, ...state };
    managed.set(path, {
      by,
      ...(from === undefined ? {} : { from: maskText(from) }),
      ...(repository === undefined ? {} : { repository: maskText(repository) }),
      ...(revision === undefined ? {} : { revision }),
    });
  }
  return { managed, notes };

  async function gather(globs: readonly string[]): Promise<ReadonlyMap<FilePath, Buffer>> {
    if (globs.length === 0) return new Map();
    return machine.files.gather(globs, signal, (path, code) => {
      notes.push(`${showPath(path)} cannot be read (${code}): what it says of who manages files is not known.`);
    });
  }

  async function sourcesOf({ sources }: Provisioner): Promise<ReadonlyMap<Sha256, string>> {
    const names = new Map<Sha256, string>();
    if (!sources || !(await machine.files.lstat(sources.folder))) return names;
    const options = { hash: true, ...(signal ? { signal } : {}) };
    // Empty files are all alike.
    for await (const { path, type, hash, size } of machine.files.walk(sources.folder, options))
      if (type === 'file' && hash !== undefined && size > 0) names.set(hash, sources.name(path));
    return names;
  }
}

async function readBeginnings(
  machine: Machine,
  paths: readonly FilePath[],
  signal: AbortSignal | undefined,
): Promise<Map<FilePath, string>> {
  const heads = new Map<FilePath, string>();
  for await (const { path, content } of machine.files.contents(paths, {
    length: headBytes,
    ...(signal ? { signal } : {}),
  })) {
    const pieces: Buffer[] = [];
    for await (const piece of content) pieces.push(piece);
    heads.set(path, Buffer.concat(pieces).toString('latin1'));
  }
  return heads;
}

function hasBackup({ backups }: Provisioner, path: FilePath, found: ReadonlyMap<FilePath, Buffer>): boolean {
  const names = backups?.(path) ?? [];
  return names.some(({ prefix, between, ending }) =>
    [...found.keys()].some(
      (each) =>
        each.startsWith(prefix) &&
        each.endsWith(ending) &&
        between.test(each.slice(prefix.length, each.length - ending.length)),
    ),
  );
}
