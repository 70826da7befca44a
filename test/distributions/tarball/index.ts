import { z } from 'zod';
import type {
  Claims,
  DistributionModule,
  Finished,
  OpenContext,
  Reader,
} from '../../../src/distributions/distribution.js';
import { type FilePath, parsePath, showPath } from '../../../src/model/file-path.js';
import type { PlannedPackage, Step } from '../../../src/model/plan.js';
import { pathTextSchema, sha256Schema } from '../../../src/model/schemas.js';

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
    readonly #used = new Set<Package>();

    constructor(packages: readonly Package[]) {
      this.#packages = packages;
    }

    async claim(paths: readonly FilePath[]): Promise<Claims> {
      const owners = paths.flatMap((path) => {
        const found = this.#packages.find(({ files }) => files.includes(showPath(path)));
        if (!found) return [];
        this.#used.add(found);
        const { version } = found;
        return [{ path, state: 'owned' as const, package: { distribution: name, name: found.name, version } }];
      });
      return { owners, more: [] };
    }

    async finish(): Promise<Finished<Manifest, Lock>> {
      const packages = [...this.#used].map((each) => ({ ...each, used: true }));
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
    needs: (lock) => lock.needs,
    plan: ({ packages }) => ({
      artifacts: packages.map(planned),
      steps: packages.flatMap(unpacking),
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
    const artifact = { name: fileOf(each), sha256, urls: [url] };
    return { distribution: name, name: each.name, version, used, artifact };
  }

  /** The artifact is put beside the system, unpacked, and taken away again. */
  function unpacking(each: Package): Step[] {
    const path = `/run/${fileOf(each)}` as FilePath;
    const place = { mode: 0o600, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mtime: 0 };
    return [
      { kind: 'write', path, content: each.sha256, ...place, reason: 'to be unpacked' },
      { kind: 'run', argv: ['tar', '-xpf', path.slice(1)], cwd: '/' as FilePath, reason: `unpacks ${each.name}` },
      { kind: 'remove', path, reason: 'it is unpacked' },
    ];
  }

  function fileOf(each: Package): string {
    return `${each.name}-${each.version}.tar`;
  }
}
