import { createReadStream } from 'node:fs';
import type { ContentSource } from '../archives/contents.js';
import type { Artifact } from '../archives/ladder.js';
import type { Sha256 } from '../hash.js';
import type { Plan, PlannedPackage, Step } from '../model/plan.js';

/** What customize carries out, and from what. */
interface Furnishing {
  readonly steps: readonly Step[];
  readonly contents: ContentSource;
}

/**
 * The plan's steps with the artifacts that the ladder found for them: where that is a repacked copy, the steps that
 * put the artifact in place put the copy there.
 */
export function withArtifacts(
  { customize, artifacts }: Pick<Plan, 'customize' | 'artifacts'>,
  found: ReadonlyMap<PlannedPackage, Artifact>,
  contents: ContentSource,
): Furnishing {
  const files = new Map<Sha256, string>();
  const copies = new Map<Sha256, Sha256>();
  for (const planned of artifacts) {
    const artifact = found.get(planned);
    const wanted = planned.artifact.sha256;
    if (!artifact || wanted === undefined) continue;
    files.set(artifact.sha256, artifact.file);
    copies.set(wanted, artifact.sha256);
  }
  return {
    steps: customize.map((step) =>
      step.kind === 'write' ? { ...step, content: copies.get(step.content) ?? step.content } : step,
    ),
    contents: {
      has: async (hash) => files.has(hash) || (await contents.has(hash)),
      locate: async (hash) => files.get(hash) ?? (await contents.locate(hash)),
      open(hash) {
        const file = files.get(hash);
        return file === undefined ? contents.open(hash) : createReadStream(file);
      },
    },
  };
}
