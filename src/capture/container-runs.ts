import { z } from 'zod';
import { reasonOf } from '../errors.js';
import type { Shell } from '../machines/machine.js';
import type { TracedProcess } from '../model/access.js';
import { type FilePath, joinPath, normalizePath, rootPath } from '../model/file-path.js';

/** A container that the run had an engine start: what ran inside was not traced. */
export interface ContainerRun {
  readonly engine: string;
  /** As the command named it. */
  readonly image: string;
  /** The image's own id, a digest of its configuration. */
  readonly id?: string;
  /** Names with digests by which a registry gives the very same image. */
  readonly digests?: readonly string[];
  /** Of an image that is a file or folder of its own: where it is, */
  readonly file?: FilePath;
  /** the hash of its content, */
  readonly sha256?: string;
  /** and what it was built by, as it says itself. */
  readonly definition?: string;
  /** Why the engine did not say which image it is. */
  readonly unidentified?: string;
}

/** Flags of `docker run` and its like that take no value: https://docs.docker.com/reference/cli/docker/container/run/ */
const switches =
  /^(?:-[ditqPT]+|--(?:detach|disable-content-trust|help|init|interactive|no-healthcheck|no-hosts|oom-kill-disable|privileged|publish-all|quiet|read-only|replace|rm|rmi|sig-proxy|tls-verify|tty|use-api-socket))$/;
const dockerLike = /^(?:docker|podman|nerdctl)$/;
const apptainerLike = /^(?:apptainer|singularity)$/;
/** Flags of `apptainer exec` and its like that take a value: https://apptainer.org/docs/user/latest/cli/apptainer_exec.html */
const apptainerValues =
  /^(?:-[BHSWo]|--(?:add-caps|app|apply-cgroups|bind|blkio-weight|cpu-shares|cpus|cpuset-cpus|cwd|dns|docker-host|drop-caps|env|env-file|fusemount|home|hostname|memory|mount|network|network-args|overlay|pwd|scratch|security|workdir))$/;

/**
 * The containers that processes of a run started, as their command lines say, each image once. Apptainer becomes another
 * program before it starts one.
 */
export function containerRuns(processes: readonly Pick<TracedProcess, 'argv' | 'earlier' | 'cwd'>[]): ContainerRun[] {
  const found = new Map<string, ContainerRun>();
  for (const { argv, earlier = [], cwd = rootPath } of processes) {
    for (const started of [...earlier, argv].flatMap((each) => containerRunOf(each, cwd) ?? []))
      found.set(`${started.engine} ${started.file ?? started.image}`, started);
  }
  return [...found.values()];
}

function containerRunOf([program = '', ...rest]: readonly string[], cwd: FilePath): ContainerRun | undefined {
  const engine = program.slice(program.lastIndexOf('/') + 1);
  if (dockerLike.test(engine)) {
    const verb = rest.findIndex((word) => word === 'run' || word === 'create');
    // `docker container run`, and options of the client before it; else the word is an argument of another verb.
    const isOwn = verb >= 0 && rest.slice(0, verb).every((word, at, before) => isBeforeVerb(word, before[at - 1]));
    const image = isOwn ? firstArgument(rest.slice(verb + 1), (flag) => !switches.test(flag)) : undefined;
    return image === undefined ? undefined : { engine, image };
  }
  if (!apptainerLike.test(engine)) return undefined;
  const verb = rest.findIndex((word) => !word.startsWith('-'));
  if (!/^(?:exec|run|shell|instance|test)$/.test(rest[verb] ?? '')) return undefined;
  const after = rest.slice(verb + (rest[verb] === 'instance' ? 2 : 1));
  const image = firstArgument(after, (flag) => apptainerValues.test(flag));
  if (image === undefined) return undefined;
  // `docker://debian:12`, `instance://name` and the like are no files.
  return /^[a-z+]+:\/\//.test(image) ? { engine, image } : { engine, image, file: placeOf(image, cwd) };
}

function placeOf(image: string, cwd: FilePath): FilePath {
  return normalizePath((image.startsWith('/') ? image : joinPath(cwd, image)) as FilePath);
}

function isBeforeVerb(word: string, before: string | undefined): boolean {
  return (
    word === 'container' ||
    word.startsWith('-') ||
    /^(?:-[cHl]|--(?:config|context|host|log-level|root|url))$/.test(before ?? '')
  );
}

/** The first word that is neither a flag nor its value. */
function firstArgument(words: readonly string[], takesValue: (flag: string) => boolean): string | undefined {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    if (word === '--') return words[at + 1];
    if (!word.startsWith('-')) return word;
    if (!word.includes('=') && takesValue(word)) at++;
  }
  return undefined;
}

const inspectedSchema = z.array(
  z.looseObject({
    Id: z.string(),
    RepoDigests: z.array(z.string()).nullish(),
    RepoTags: z.array(z.string()).nullish(),
  }),
);

/** Asks each engine once which images the names stand for; what it does not say stays as the command had it, with the reason. */
export async function identifyImages(
  runs: readonly ContainerRun[],
  shell: Pick<Shell, 'run'> | undefined,
  signal?: AbortSignal,
): Promise<readonly ContainerRun[]> {
  const identified = new Map<ContainerRun, ContainerRun>();
  for (const engine of new Set(runs.map((run) => run.engine))) {
    const asked = runs.filter((run) => run.engine === engine && dockerLike.test(engine));
    if (!shell || asked.length === 0) continue;
    for (const [at, image] of (await inspect(engine, asked, shell, signal)).entries()) {
      const run = asked[at];
      if (run) identified.set(run, { ...run, ...image });
    }
  }
  return runs.map((run) => identified.get(run) ?? run);
}

type Inspected = Pick<ContainerRun, 'id' | 'digests' | 'unidentified'>;

/** `docker image inspect` gives what it finds in the order asked, and leaves out what it does not. */
async function inspect(
  engine: string,
  asked: readonly ContainerRun[],
  shell: Pick<Shell, 'run'>,
  signal: AbortSignal | undefined,
): Promise<Inspected[]> {
  const names = asked.map(({ image }) => image);
  const options = signal ? { signal } : {};
  const { stdout, stderr } = await shell
    .run([engine, 'image', 'inspect', '--', ...names], options)
    .catch((error: unknown) => {
      signal?.throwIfAborted();
      return { stdout: '', stderr: reasonOf(error) };
    });
  const images = inspectedSchema.safeParse(jsonOf(String(stdout))).data ?? [];
  return names.map((name, at) => {
    const image = images.length === names.length ? images[at] : images.find((each) => isNamed(each, name));
    if (!image) return { unidentified: String(stderr).trim().split('\n').at(-1) || 'it said nothing' };
    const digests = image.RepoDigests ?? [];
    return { id: image.Id, ...(digests.length > 0 ? { digests } : {}) };
  });
}

function isNamed({ Id, RepoTags, RepoDigests }: z.infer<typeof inspectedSchema>[number], name: string): boolean {
  const tagged = /:[^/]+$|@/.test(name) ? name : `${name}:latest`;
  return Id === name || [...(RepoTags ?? []), ...(RepoDigests ?? [])].some((each) => each === tagged);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a container means for the spec, one sentence each. */
export function containerNotes(runs: readonly ContainerRun[]): string[] {
  return runs.map(({ engine, image, id, digests, sha256, definition, unidentified }) => {
    const which = digests?.[0] ?? id ?? (sha256 && `sha256:${sha256}`);
    const known = which ? `, which is ${which}` : '';
    const unknown = unidentified === undefined ? '' : ` ${engine} did not say which image that is (${unidentified}).`;
    const built = definition === undefined ? '' : ' The spec has the definition that it was built by.';
    return `${engine} ran a container of the image ${image}${known}: what happened inside was not traced and is not in the spec; the image is needed to run the command again.${unknown}${built}`;
  });
}
