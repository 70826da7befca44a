import { createReadStream } from 'node:fs';
import type { ContentSource } from '../archives/contents.js';
import type { Artifact } from '../archives/ladder.js';
import { ReproError } from '../errors.js';
import type { PlannedPackage } from '../model/plan.js';
import { withArtifacts } from '../planning/fetched.js';
import { type EntryStep, isEntryStep, packSteps } from '../planning/pack-steps.js';

/** Gets packages, each verified. */
export type Fetch = (packages: readonly PlannedPackage[]) => Promise<ReadonlyMap<PlannedPackage, Artifact>>;

/** What no tool gets at the other end is put beside the scripts: got when the first of it is written. */
export class Carried {
  readonly #contents: ContentSource;
  readonly #fetch: Fetch;
  readonly #wanted: PlannedPackage[] = [];
  #found: ReturnType<Fetch> | undefined;

  constructor(contents: ContentSource, fetch: Fetch) {
    this.#contents = contents;
    this.#fetch = fetch;
  }

  get packages(): readonly PlannedPackage[] {
    return this.#wanted;
  }

  /** Says that these will be wanted. */
  want(packages: readonly PlannedPackage[]): void {
    this.#wanted.push(...packages);
  }

  /** A package as it is. */
  async *file(planned: PlannedPackage): AsyncGenerator<Uint8Array> {
    const artifact = (await this.#artifacts()).get(planned);
    if (!artifact) throw new ReproError('not-rebuildable', `nobody has ${planned.name} ${planned.version}`);
    yield* createReadStream(artifact.file) as AsyncIterable<Uint8Array>;
  }

  /** Entries as customize would put them in place. */
  async *tar(steps: readonly EntryStep[]): AsyncGenerator<Uint8Array> {
    const plan = { customize: steps, artifacts: this.#wanted };
    const { steps: found, contents } = withArtifacts(plan, await this.#artifacts(), this.#contents);
    yield* packSteps(found.filter(isEntryStep), contents);
  }

  #artifacts(): ReturnType<Fetch> {
    this.#found ??= this.#fetch(this.#wanted);
    return this.#found;
  }
}
