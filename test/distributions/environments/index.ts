import { z } from 'zod';
import { type FilePath, joinPath, parsePath, showPath } from '../../../src/model/file-path.js';
import type { PackageRef } from '../../../src/model/owner.js';
import { pathTextSchema } from '../../../src/model/schemas.js';
import type { DistributionModule } from '../../../src/packaging/distribution.js';
import type { Claims, FinishContext, Finished, Reader } from '../../../src/packaging/reader.js';

const name = 'environments';
const databaseName = 'environment.json';
const referenceSchema = z.strictObject({ distribution: z.string(), name: z.string(), version: z.string() });
const databaseSchema = z.strictObject({
  interpreter: pathTextSchema,
  requires: z.array(referenceSchema),
  packages: z.array(z.strictObject({ name: z.string(), version: z.string(), files: z.array(z.string()) })),
});
const manifestSchema = z.strictObject({ name: z.literal(name), packages: z.array(z.string()) });
const lockSchema = z.strictObject({
  name: z.literal(name),
  needs: z.array(referenceSchema),
  packages: z.array(
    z.strictObject({ name: z.string(), version: z.string(), at: pathTextSchema, used: z.literal(true) }),
  ),
});
type Manifest = z.infer<typeof manifestSchema>;
type Lock = z.infer<typeof lockSchema>;

/** A distribution for tests of what people put anywhere, as virtual environments: folders called `NAME.env`. */
export const environments: DistributionModule<Manifest, Lock> = {
  name,
  title: 'folders that are environments',
  manifestSchema,
  lockSchema,
  databases: [],
  open: async () => new EnvironmentsReader(),
  needs: ({ needs }) => needs,
  plan: () => ({ steps: [] }),
  compareVersions: (a, b) => Number(a) - Number(b),
  installed: async ({ read, list }) => {
    return async ({ name: wanted, at = '/' as FilePath }) => {
      if (!(await list(at)).includes(databaseName as FilePath)) return undefined;
      const content = await read(joinPath(at, databaseName as FilePath));
      const { packages } = databaseSchema.parse(JSON.parse(String(content)));
      return packages.find((each) => each.name === wanted)?.version;
    };
  },
};

class EnvironmentsReader implements Reader<Manifest, Lock> {
  readonly #roots = new Set<FilePath>();
  readonly #interpreters = new Set<FilePath>();
  readonly #required: PackageRef[] = [];
  readonly #owned = new Map<FilePath, PackageRef>();

  databasesNear(paths: readonly FilePath[]): string[] {
    return paths.flatMap((path) => {
      const folder = /^(.*\.env)\//.exec(path)?.[1];
      return folder === undefined ? [] : [`${folder}/${databaseName}`];
    });
  }

  async claim(paths: readonly FilePath[], databases: ReadonlyMap<FilePath, Buffer>): Promise<Claims> {
    for (const [path, content] of databases) {
      const at = path.slice(0, -databaseName.length - 1) as FilePath;
      const { interpreter, requires, packages } = databaseSchema.parse(JSON.parse(String(content)));
      this.#roots.add(at);
      this.#interpreters.add(parsePath(interpreter));
      this.#required.push(...requires);
      for (const { files, ...each } of packages) {
        for (const file of files) this.#owned.set(joinPath(at, parsePath(file)), { distribution: name, ...each, at });
      }
    }
    const owners = paths.flatMap((path) => {
      const found = this.#owned.get(path);
      return found ? [{ path, state: 'owned' as const, package: found }] : [];
    });
    return { owners, more: [...this.#interpreters], roots: [...this.#roots] };
  }

  async finish({ owned, ownerOf }: FinishContext): Promise<Finished<Manifest, Lock>> {
    const used = new Set(owned.flatMap((owner) => owner.package ?? []));
    const packages = [...used].map((each) => ({
      ...{ name: each.name, version: each.version, at: showPath(each.at ?? ('/' as FilePath)), used: true as const },
    }));
    const interpreters = [...this.#interpreters].flatMap((path) => ownerOf(path)?.package ?? []);
    const needs = [...interpreters, ...this.#required].map(({ distribution, name, version }) => ({
      ...{ distribution, name, version },
    }));
    return {
      manifest: { name, packages: packages.map((each) => `${each.name}=${each.version} in ${each.at}`) },
      lock: { name, needs, packages },
      files: [],
      notes: [],
      epoch: 0,
    };
  }
}
