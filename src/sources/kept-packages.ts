import { createHash } from 'node:crypto';
import { keep, readKept } from '../machines/images/kept-documents.js';
import type { FilePath } from '../model/file-path.js';
import { packageVersion } from '../package-files.js';
import type { PackageFact } from './facts.js';
import type { OpenOptions } from './kind.js';
import type { LazyMachine } from './lazy-machine.js';
import { type Packages, packagesOf, withOwners } from './packages.js';
import type { OpenSource } from './source.js';

interface Image {
  /** Of its layers: who has the same has the same files. */
  readonly digests: readonly string[];
  readonly machine: LazyMachine;
}

interface Kept {
  readonly facts: readonly PackageFact[];
  readonly texts: readonly string[];
  /** Of each path the number of its text. */
  readonly owners: readonly (readonly [path: string, text: number])[];
}

/** A source that tells packages, where they are wanted: as they were found before in the same image. */
export function keptPackages(source: OpenSource, { digests, machine }: Image, options: OpenOptions): OpenSource {
  if (!options.packages) return source;
  let found: Promise<Packages> | undefined;
  return withOwners(source, () => {
    found ??= find(digests, machine, options);
    return found;
  });
}

async function find(digests: readonly string[], machine: LazyMachine, options: OpenOptions): Promise<Packages> {
  const layers = createHash('sha256').update(digests.join('\n')).digest('hex');
  // Another version of this program may find others.
  const name = `packages-${packageVersion()}/${layers}.json.gz`;
  const kept = (await readKept(name)) as Kept | undefined;
  if (kept) return packagesFrom(kept);
  const packages = await packagesOf(await machine.get(), options);
  await keep(name, keptOf(packages));
  return packages;
}

function keptOf({ facts, owners }: Packages): Kept {
  const numbers = new Map<string, number>();
  const rows = [...owners].map(([path, text]) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return [path, number] as const;
  });
  return { facts, texts: [...numbers.keys()], owners: rows };
}

function packagesFrom({ facts, texts, owners }: Kept): Packages {
  return { facts, owners: new Map(owners.map(([path, text]) => [path as FilePath, texts[text] ?? ''])) };
}
