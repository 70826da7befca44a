import { z } from 'zod';
import { type FilePath, parsePath, rootPath, showPath } from '../../../src/model/file-path.js';
import type { PlannedPackage, Step } from '../../../src/model/plan.js';
import { pathTextSchema, sha256Schema } from '../../../src/model/schemas.js';
import type { DistributionModule } from '../../../src/packaging/distribution.js';
import type { Claims, FinishContext, Finished, OpenContext, Reader } from '../../../src/packaging/reader.js';

const packageSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  used: z.boolean(),
  sha256: sha256Schema,
  url: z.url(),
  files: z.array(pathTextSchema),
});

/**
 * A distribution for tests, of plain tar files that are unpacked at the root: as much of one as a module must have. A
 * package is one JSON file below /var/lib/NAME.
 */
export function tarballs(name: string, needs: readonly string[] = []) {
  const manifestSchema = z.strictObject({ name: z.literal(name), packages: z.array(z.string()) });
  const lockSchema = z.strictObject({
    name: z.literal(name),
    needs: z.array(z.string()),
    packages: z.array(packageSchema),
  });
  type Manifest = z.infer<typeof manifestSchema>;
  type Lock = z.infer<typeof lockSchema>;
  type Package = Lock['packages'][number];

  class TarballReader implements Reader<Manifest, Lock> {
    readonly #packages: readonly Package[];

    constructor(packages: readonly Package[]) {
      this.#packages = packages;
    }

    async claim(paths: readonly FilePath[]): Promise<Claims> {
      const owners = paths.flatMap((path) => {
        const found = this.#packages.find(({ files }) => files.includes(showPath(path)));
        if (!found) return [];
        const { version } = found;
        return [{ path, state: 'owned' as const, package: { distribution: name, name: found.name, version } }];
      });
      return { owners, more: [] };
    }

    async finish({ owned }: FinishContext): Promise<Finished<Manifest, Lock>> {
      const used = new Set(owned.map((owner) => owner.package?.name));
      const packages = this.#packages.filter((each) => used.has(each.name)).map((each) => ({ ...each, used: true }));
      return {
        manifest: { name, packages: packages.map((each) => `${each.name}=${each.version}`) },
        lock: { name, needs: [...needs], packages },
        files: packages.flatMap(({ files }) => files.map(parsePath)),
        notes: [],
        epoch: 0,
      };
    }
  }

  return {
    name,
    title: 'tar files unpacked at the root',
    manifestSchema,
    lockSchema,
    databases: [`/var/lib/${name}/*.json`],
    async open({ databases }: OpenContext) {
      const files = [...databases].filter(([path]) => path.startsWith(`/var/lib/${name}/`));
      const packages = files.map(([, content]) => packageSchema.parse(JSON.parse(content.toString())));
      return packages.length === 0 ? undefined : new TarballReader(packages);
    },
    needs: (lock) => lock.needs.map((distribution) => ({ distribution })),
    plan: ({ packages }) => ({
      artifacts: packages.map(planned),
      steps: packages.map(unpacking),
    }),
    offers: async (host) => {
      const cached = await host.files.list(`/var/cache/${name}` as FilePath).catch(() => []);
      return ({ artifact }) => {
        const files = cached.filter((each) => each === artifact.name);
        return { files: files.map((each) => `/var/cache/${name}/${each}` as FilePath), urls: [] };
      };
    },
    compareVersions: (a, b) => Number(a) - Number(b),
  } satisfies DistributionModule<Manifest, Lock>;

  function planned(each: Package): PlannedPackage {
    const { version, used, sha256, url } = each;
    const artifact = { name: fileOf(each), digest: { algorithm: 'sha256' as const, value: sha256 }, urls: [url] };
    return { distribution: name, name: each.name, version, used, artifact };
  }

  function unpacking(each: Package): Step {
    return { kind: 'unpack', path: rootPath, content: each.sha256, reason: `unpacks ${each.name}` };
  }

  function fileOf(each: Package): string {
    return `${each.name}-${each.version}.tar`;
  }
}
