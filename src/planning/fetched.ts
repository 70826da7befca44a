import { createReadStream } from 'node:fs';
import { type ContentSource, foundFile } from '../archives/contents.js';
import type { Artifact } from '../archives/ladder.js';
import type { Sha256 } from '../hash.js';
import type { BootstrapPlan, Plan, PlannedPackage, Step } from '../model/plan.js';

/** What customize carries out, and from what. */
interface Customizing {
  readonly steps: readonly Step[];
  readonly contents: ContentSource;
}

/**
 * The plan's steps with the artifacts that the ladder found for them, each by the SHA-256 of what was found: the
 * artifact itself, whatever digest the plan knows it by, or a repacked copy.
 */
export function withArtifacts(
  { customize, artifacts }: Pick<Plan, 'customize' | 'artifacts'>,
  found: ReadonlyMap<PlannedPackage, Artifact>,
  contents: ContentSource,
): Customizing {
  const files = new Map<Sha256, string>();
  const kept = new Map<string, Sha256>();
  for (const planned of artifacts) {
    const artifact = found.get(planned);
    const wanted = planned.artifact.digest?.value ?? planned.artifact.key;
    if (!artifact || wanted === undefined) continue;
    files.set(artifact.sha256, artifact.file);
    kept.set(wanted, artifact.sha256);
  }
  return {
    steps: customize.map((step) =>
      'content' in step ? { ...step, content: kept.get(step.content) ?? step.content } : step,
    ),
    contents: {
      has: async (hash) => files.has(hash) || (await contents.has(hash)),
      locate: async (hash) => files.get(hash) ?? (await contents.locate(hash)),
      async find(hash) {
        const file = files.get(hash);
        return (file !== undefined && foundFile(file)) || contents.find(hash);
      },
      open(hash) {
        const file = files.get(hash);
        return file === undefined ? contents.open(hash) : createReadStream(file);
      },
    },
  };
}

/** The first stage with the versions that were found, where no more than the nearest of a package was. */
export function bootstrapOf<A extends Artifact>(
  plan: BootstrapPlan,
  found: ReadonlyMap<PlannedPackage, A>,
): { readonly plan: BootstrapPlan; readonly artifacts: ReadonlyMap<PlannedPackage, A> } {
  const artifacts = new Map(found);
  const packages = plan.packages.map((planned) => {
    const artifact = found.get(planned);
    if (artifact?.version === undefined) return planned;
    const nearest = { ...planned, version: artifact.version };
    artifacts.delete(planned);
    artifacts.set(nearest, artifact);
    return nearest;
  });
  return { plan: { ...plan, packages }, artifacts };
}
