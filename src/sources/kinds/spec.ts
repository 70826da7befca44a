import type { FilePath } from '../../model/file-path.js';
import { lockHalfSchema } from '../../model/lock-half.js';
import { readSpecification } from '../../spec/read.js';
import type { Specification } from '../../spec/specification.js';
import { type PackageFact, packageText, type SourceFacts } from '../facts.js';
import { inBatches, type OpenOptions, openSourceOf } from '../kind.js';
import { factOf } from '../packages.js';
import type { OpenSource } from '../source.js';

/** What a spec says the environment has: its snapshot, and the packages of its lock. */
export async function openSpec(file: string, { packages = false }: OpenOptions): Promise<OpenSource> {
  const spec = await readSpecification(file);
  return openSourceOf({
    async *batches() {
      const owners = packages ? await ownersOf(spec) : undefined;
      for await (const batch of inBatches(spec.snapshot())) {
        yield owners
          ? batch.map((entry) => {
              const owner = owners.get(entry.path);
              return owner === undefined ? entry : { ...entry, package: owner };
            })
          : batch;
      }
    },
    facts: async () => factsOf(spec),
  });
}

function factsOf({ lock }: Specification): SourceFacts {
  if (!lock) return {};
  return { packages: lock.distributions.flatMap(packagesOf) };
}

function packagesOf(half: unknown): PackageFact[] {
  const { name: distribution, packages = [] } = lockHalfSchema.parse(half);
  return packages.map(({ name, version, architecture, at, size }) => ({
    ...{ distribution, name, version },
    ...(architecture !== undefined && { architecture }),
    ...(at !== undefined && { at }),
    ...(typeof size === 'number' && size >= 0 && { size }),
  }));
}

/** Whose each path is, by what identification said in the runs and of what no run used. */
async function ownersOf(spec: Specification): Promise<ReadonlyMap<FilePath, string>> {
  const owners = new Map<FilePath, string>();
  const traces = await Promise.all((spec.manifest.runs ?? []).map(({ id }) => spec.trace(id)));
  for (const { path, resolved, owner } of [
    ...(await spec.paths()),
    ...traces.flatMap((trace) => trace?.accesses ?? []),
  ])
    if (owner.package) owners.set(resolved ?? path, packageText(factOf(owner.package)));
  return owners;
}
