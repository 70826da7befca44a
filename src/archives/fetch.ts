import { codeOf, ReproError, reasonOf } from '../errors.js';
import { sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import { type Progress, silent } from '../model/progress.js';
import { readSources } from './apt/sources.js';
import { forEachConcurrently } from './concurrency.js';
import type { Contents } from './contents.js';
import { download } from './download.js';
import { type HttpClient, openHttpClient } from './http.js';
import type { ContentFolder } from './store.js';

export type Rung = 'store' | 'contents' | 'apt-cache' | 'archive' | 'own-archive';

/** Where one package's artifact came from, and why no better place would do. */
export interface LadderRow {
  readonly package: PlannedPackage;
  readonly rung: Rung;
  /** The places that were tried in vain, each with its reason. */
  readonly tried: readonly string[];
}

export interface FetchContext {
  readonly store: ContentFolder;
  /** The spec's own contents. */
  readonly contents: Contents;
  /** The machine whose apt cache and sources may help. */
  readonly host: Machine;
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
  /** Told of each package as it is found. */
  readonly report?: (row: LadderRow) => void;
}

const connections = 8;
const aptCache = '/var/cache/apt/archives';

/**
 * Finds every package's artifact on the ladder: store, the spec's contents, the machine's apt cache, the traced
 * archives, the machine's own archives. Everything is verified by hash; what nobody has is named all at once.
 */
export async function fetchArtifacts(
  packages: readonly PlannedPackage[],
  context: FetchContext,
): Promise<Map<PlannedPackage, string>> {
  const { progress = silent, signal, report } = context;
  const total = packages.reduce((sum, planned) => sum + (planned.artifact.size ?? 0), 0);
  progress({ kind: 'begin', stage: 'fetch packages', total, unit: 'bytes' });
  using client = openHttpClient({ connections });
  const ladder = new Ladder(context, client);
  const found = new Map<PlannedPackage, string>();
  const failures: { readonly planned: PlannedPackage; readonly tried: readonly string[] }[] = [];
  const counts = new Map<Rung, number>();
  let done = 0;
  await forEachConcurrently(packages, connections, async (planned) => {
    signal?.throwIfAborted();
    let received = 0;
    const advance = (bytes: number) => {
      received += bytes;
      done += bytes;
      progress({ kind: 'advance', stage: 'fetch packages', done });
    };
    const tried: string[] = [];
    const step = await ladder.climb(planned, tried, advance);
    advance((planned.artifact.size ?? 0) - received);
    if (!step) {
      failures.push({ planned, tried });
      return;
    }
    found.set(planned, step.file);
    counts.set(step.rung, (counts.get(step.rung) ?? 0) + 1);
    report?.({ package: planned, rung: step.rung, tried });
  });
  signal?.throwIfAborted();
  if (failures.length > 0) throw notRebuildable(failures);
  progress({ kind: 'end', stage: 'fetch packages', message: summary(packages.length, counts) });
  return found;
}

interface Step {
  readonly rung: Rung;
  readonly file: string;
}

class Ladder {
  readonly #context: FetchContext;
  readonly #client: HttpClient;
  #cached: Promise<ReadonlySet<string>> | undefined;
  #ownArchives: Promise<readonly string[]> | undefined;
  /** Archives that could not be reached, with the reason: no other package need wait for them. */
  readonly #unreachable = new Map<string, string>();

  constructor(context: FetchContext, client: HttpClient) {
    this.#context = context;
    this.#client = client;
  }

  async climb(planned: PlannedPackage, tried: string[], advance: (bytes: number) => void): Promise<Step | undefined> {
    return (
      (await this.#fromStore(planned)) ??
      (await this.#fromContents(planned, tried)) ??
      (await this.#fromAptCache(planned, tried)) ??
      (await this.#fromUrls(planned, planned.artifact.urls, 'archive', tried, advance)) ??
      (await this.#fromUrls(planned, await this.#ownUrls(planned), 'own-archive', tried, advance))
    );
  }

  async #fromStore({ artifact }: PlannedPackage): Promise<Step | undefined> {
    const file = artifact.sha256 === undefined ? undefined : await this.#context.store.verified(artifact.sha256);
    return file === undefined ? undefined : { rung: 'store', file };
  }

  async #fromContents({ artifact }: PlannedPackage, tried: string[]): Promise<Step | undefined> {
    const { contents } = this.#context;
    if (artifact.content === undefined) return undefined;
    if (!(await contents.has(artifact.content))) {
      tried.push(`environment.d: the repacked copy ${artifact.content} is missing`);
      return undefined;
    }
    const { hash } = await sha256OfStream(contents.open(artifact.content));
    if (hash === artifact.content) return { rung: 'contents', file: await contents.locate(hash) };
    tried.push(`environment.d: the repacked copy is damaged (its SHA-256 is ${hash}, not ${artifact.content})`);
    return undefined;
  }

  async #fromAptCache(planned: PlannedPackage, tried: string[]): Promise<Step | undefined> {
    const { host, store } = this.#context;
    const { sha256, size } = planned.artifact;
    if (sha256 === undefined) return undefined;
    this.#cached ??= host.files.list(pathFromText(aptCache)).then(
      (names) => new Set<string>(names),
      () => new Set<string>(),
    );
    const name = `${planned.name}_${planned.version.replaceAll(':', '%3a')}_${planned.architecture}.deb`;
    if (!(await this.#cached).has(name)) return undefined;
    try {
      await store.add(host.files.stream(`${aptCache}/${name}` as FilePath), sha256, size === undefined ? {} : { size });
      return { rung: 'apt-cache', file: await store.locate(sha256) };
    } catch (error) {
      if (isFatal(error)) throw error;
      tried.push(`${aptCache}/${name}: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async #fromUrls(
    planned: PlannedPackage,
    urls: readonly string[],
    rung: Rung,
    tried: string[],
    advance: (bytes: number) => void,
  ): Promise<Step | undefined> {
    const { store, signal } = this.#context;
    const { sha256, size } = planned.artifact;
    if (sha256 === undefined) return undefined;
    for (const url of urls) {
      const archive = archiveOf(url);
      if (this.#unreachable.has(archive)) {
        tried.push(`${archive}: ${this.#unreachable.get(archive)}`);
        continue;
      }
      const content = download(url, { client: this.#client, received: advance, ...(signal ? { signal } : {}) });
      try {
        await store.add(content, sha256, size === undefined ? {} : { size });
        return { rung, file: await store.locate(sha256) };
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        if (isUnreachable(error)) this.#unreachable.set(archive, `it cannot be reached (${reasonOf(error)})`);
        tried.push(
          isUnreachable(error) ? `${archive}: ${this.#unreachable.get(archive)}` : `${url}: ${reasonOf(error)}`,
        );
      }
    }
    return undefined;
  }

  /** The same pool path at the archives that this machine uses; the hash decides whether it is the same package. */
  async #ownUrls(planned: PlannedPackage): Promise<readonly string[]> {
    this.#ownArchives ??= readSources(this.#context.host).then(
      (sources) => [...new Set(sources.map((source) => source.uri))],
      () => [],
    );
    const pools = planned.artifact.urls.flatMap((url) => /\/(pool\/.+)$/.exec(url)?.[1] ?? []);
    const archives = await this.#ownArchives;
    const urls = pools.flatMap((pool) => archives.map((archive) => `${archive}/${pool}`));
    return [...new Set(urls)].filter((url) => !planned.artifact.urls.includes(url));
  }
}

/** Errors that no other place can help with: a full or read-only disk. */
function isFatal(error: unknown): boolean {
  return error instanceof ReproError && error.kind === 'not-ready';
}

/** What comes before the pool path, or the server where there is none. */
function archiveOf(url: string): string {
  return /^(.+?)\/pool\//.exec(url)?.[1] ?? new URL(url).origin;
}

/** Whether nothing answers at all, as against an answer that is no use. */
function isUnreachable(error: unknown): boolean {
  const codes = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
  return codes.includes(codeOf(error instanceof Error ? error.cause : undefined) ?? '');
}

const shownPackages = 12;

function notRebuildable(
  failures: readonly { readonly planned: PlannedPackage; readonly tried: readonly string[] }[],
): ReproError {
  const ordered = failures.toSorted((a, b) => (a.planned.name < b.planned.name ? -1 : 1));
  const byReason = new Map<string, string[]>();
  for (const { planned, tried } of ordered) {
    const reasons = tried.length > 0 ? tried : ['no archive, and no copy in environment.d, is known for it'];
    const reason = [...new Set(reasons)].join('; ');
    const name = `${planned.name} ${planned.version} (${planned.architecture})`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  const names = [...byReason].map(([reason, those]) => {
    const more = those.length > shownPackages ? ` and ${those.length - shownPackages} more` : '';
    return `${those.slice(0, shownPackages).join(', ')}${more}: ${reason}`;
  });
  const count = failures.length === 1 ? 'One package' : `${failures.length} packages`;
  return new ReproError('not-rebuildable', `${count} cannot be had exactly: ${names.join('. ')}.`, {
    remedy:
      'Trace again with --repack all where the package is installed, or add an archive that has it to the sources of this machine.',
  });
}

function summary(total: number, counts: ReadonlyMap<Rung, number>): string {
  const parts: readonly (readonly [Rung, string])[] = [
    ['store', 'in the store'],
    ['contents', 'repacked'],
    ['apt-cache', 'from the apt cache'],
    ['archive', 'from the traced archives'],
    ['own-archive', "from this machine's archives"],
  ];
  const told = parts.flatMap(([rung, words]) => (counts.has(rung) ? [`${counts.get(rung)} ${words}`] : []));
  return `${total} packages: ${told.join(', ')}`;
}
