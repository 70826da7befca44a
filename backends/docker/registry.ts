import type Docker from 'dockerode';
import { ReproError } from '../../src/errors.js';
import { ifThere, withEngine } from '../../src/machines/engine/index.js';
import { credentialsFor, registryOf } from '../../src/machines/registry-credentials.js';
import { goArchitecture } from '../../src/model/go-architecture.js';
import { stage } from '../../src/model/progress.js';
import type { Resource } from '../../src/model/resource.js';
import type { BootstrapContext, PushContext } from '../backend.js';
import { answersOf } from './answers.js';
import { detailsOf } from './lifecycle.js';
import { splitTag } from './names.js';
import type { DockerParameters } from './parameters.js';

/** The image goes by another name for as long as it takes. Returns what names it for ever: the name with its digest. */
export async function push(resource: Resource, reference: string, context: PushContext): Promise<string> {
  const { host, here, record, progress, signal } = context;
  const { engine: address, image, token } = detailsOf(resource);
  const [repo, tag] = splitTag(reference);
  const credentials = await credentialsFor(reference, here);
  return withEngine(host, address, async (engine) => {
    const present = await ifThere(engine.getImage(reference).inspect());
    const own = await engine.getImage(image).inspect();
    if (present && present.Id !== own.Id) throw taken(reference);
    if (!present) await record({ kind: 'image', id: reference, at: address, token });
    if (!present) await engine.getImage(image).tag({ repo, tag });
    try {
      const digest = await stage(progress, 'push', async () => {
        // The engine wants to be told, also that nothing is known.
        const authconfig = credentials ?? { username: '', password: '', serveraddress: registryOf(reference) };
        const options = { authconfig, ...(signal && { abortSignal: signal }) };
        const stream = await engine.getImage(reference).push(options);
        const answers = await answersOf(stream, (problem) => refused('push', reference, problem));
        return answers.flatMap(({ aux }) => aux?.Digest ?? []).at(-1);
      });
      return `${repo}@${digest ?? 'unknown'}`;
    } finally {
      // Others may have their names for it.
      if (!present) await ifThere(engine.getImage(reference).remove());
    }
  });
}

/** An image that is there ready-made. */
export interface PulledImage {
  readonly id: string;
  /** By which it can be had again, where a registry has it. */
  readonly digest: string | undefined;
}

/** The image of that name, as its registry has it now, for the architecture of the plan; else as the engine has it. */
export async function pull(
  engine: Docker,
  reference: string,
  { host, plan, progress, signal }: BootstrapContext<DockerParameters>,
): Promise<PulledImage> {
  const platform = `linux/${goArchitecture(plan.bootstrap.architecture)}`;
  const credentials = await credentialsFor(reference, host);
  let problem: unknown;
  try {
    await stage(progress, 'pull', async () => {
      const options = { fromImage: reference, platform, ...(signal && { abortSignal: signal }) };
      const stream = await engine.createImage({ ...credentials }, options);
      await answersOf(stream, (why) => refused('pull', reference, why));
    });
  } catch (error) {
    signal?.throwIfAborted();
    problem = error;
  }
  const found = await ifThere(engine.getImage(reference).inspect());
  if (!found) throw problem;
  return { id: found.Id, digest: found.RepoDigests?.[0] };
}

function refused(what: string, reference: string, problem: string): ReproError {
  const registry = registryOf(reference);
  return new ReproError('not-ready', `the engine cannot ${what} ${reference}: ${problem}`, {
    where: registry,
    remedy: `see that the registry answers, and that you are let in: docker login ${registry}`,
  });
}

function taken(reference: string): ReproError {
  return new ReproError('usage', `the Docker engine has another image that is called '${reference}'`, {
    remedy: 'choose another name',
  });
}
