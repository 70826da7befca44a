import { ReproError, reasonOf } from '../errors.js';
import { type Digest, type Sha256, sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { PlannedPackage } from '../model/plan.js';
import type { Build } from './build.js';
import type { ContentSource } from './contents.js';
import { download, stayedBusy } from './download.js';
import { checkoutFromRemote, isCommitAddress } from './git/remote.js';
import { type HttpClient, isUnreachable } from './http.js';
import { type Expected, expectedAt, type Requirement, type Sameness } from './sameness.js';
import { type ArchiveService, type Asking, type Inquiry, locateAt, type Place } from './service.js';
import type { StandIns } from './stand-ins.js';
import type { ContentFolder } from './store.js';

/** The spec's own copy comes after the services, unless it is the very artifact; then what is built, and the nearest. */
export type Rung = 'store' | 'cache' | 'archive' | 'own-archive' | ArchiveService['rung'] | 'contents' | 'built';

/** An artifact on this machine. */
export interface Artifact {
  readonly file: string;
  /** Of this very content: of a repacked copy another than that of the artifact. */
  readonly sha256: Sha256;
  readonly sameness?: Sameness;
  /** Its version, where it is no more than the nearest. */
  readonly version?: string;
}

/** What a machine has of an artifact beside the addresses in the plan; the hash decides whether it is the same. */
export interface Offer {
  /** In caches of package managers. */
  readonly files: readonly FilePath[];
  /** At archives that the machine uses. */
  readonly urls: readonly string[];
  /** Where there may be more that cannot be read, each with the reason. */
  readonly unread?: readonly string[];
}

export interface LadderContext {
  readonly store: ContentFolder;
  /** The spec's own contents. */
  readonly contents: ContentSource;
  /** What the spec brings in the place of artifacts; the store has them. */
  readonly standIns?: StandIns;
  /** The machine whose caches and archives may help. */
  readonly host: Machine;
  /** What the host has of a package; asked only of those that the store lacks. */
  readonly offers?: (planned: PlannedPackage) => Promise<Offer>;
  /** The services that keep what archives have dropped; asked only of packages that nothing before them has. */
  readonly services?: (packages: readonly PlannedPackage[], host: Machine) => Promise<readonly Inquiry[]>;
  /** Builds from their sources what nobody has; asked only where that is enough. */
  readonly build?: Build;
  /** Ask nobody: only what is on this machine is taken. */
  readonly offline?: boolean;
  /** Default: `exact`. */
  readonly require?: Requirement | undefined;
  readonly signal?: AbortSignal;
}

/** The step of the ladder that has it. */
export interface Found extends Artifact {
  readonly rung: Rung;
  /** The file or the address. */
  readonly from: string;
  /** What its content was verified by: the artifact's digest, or of a repacked copy its own. */
  readonly verifiedBy: Digest['algorithm'];
  readonly sameness: Sameness;
  /** Why it is taken for the wanted one, where its hash alone does not say it. */
  readonly evidence?: string;
}

/** One package on its way down the ladder. */
export interface Wanted {
  readonly planned: PlannedPackage;
  /** The reasons of the steps that do not have it. */
  readonly tried: string[];
  readonly advance: (bytes: number) => void;
}

/** The places of artifacts, best first. */
export class Ladder {
  readonly #context: LadderContext;
  readonly #client: HttpClient;
  /** Servers that could not be reached, with the reason: no other package need wait for them. */
  readonly #unreachable = new Map<string, string>();

  constructor(context: LadderContext, client: HttpClient) {
    this.#context = context;
    this.#client = client;
  }

  /** The steps that are near: store, caches, and the archives that the trace and this machine know. */
  async near(wanted: Wanted): Promise<Found | undefined> {
    const { artifact } = wanted.planned;
    const { digest, content, urls } = artifact;
    if (digest === undefined) return undefined;
    const isCopied = content === digest.value;
    const here = (await this.#fromStore(digest)) ?? (isCopied ? await this.copy(wanted) : undefined);
    if (here) return here;
    const expected = { digest, sameness: 'exact' } as const;
    const offer = await this.#context.offers?.(wanted.planned);
    wanted.tried.push(...(offer?.unread ?? []));
    const cached = await this.#fromCaches(wanted, expected, offer?.files ?? []);
    if (cached) return cached;
    if (this.#context.offline) {
      wanted.tried.push('it is not on this machine, and no archive is asked offline');
      return undefined;
    }
    return (
      (await this.#fromUrls(wanted, expected, urls, 'archive')) ??
      (await this.#fromUrls(wanted, expected, offer?.urls ?? [], 'own-archive'))
    );
  }

  /** Where a service says that packages are. */
  async ask(inquiry: Inquiry, triedOf: ReadonlyMap<PlannedPackage, string[]>): ReturnType<typeof locateAt> {
    return locateAt(inquiry, this.asking(triedOf));
  }

  /** How anything is asked, with the reasons told to each package. */
  asking(triedOf: ReadonlyMap<PlannedPackage, string[]>): Asking {
    const { signal, host, contents } = this.#context;
    const lacks = (planned: PlannedPackage, reason: string) => void triedOf.get(planned)?.push(reason);
    return { client: this.#client, host, contents, lacks, silent: lacks, ...(signal && { signal }) };
  }

  /** The first of a service's places that has it. */
  async served(wanted: Wanted, rung: Rung, places: readonly Place[]): Promise<Found | undefined> {
    for (const place of places) {
      const expected = expectedAt(wanted.planned, place, this.#context.require);
      if ('refusal' in expected) {
        wanted.tried.push(expected.refusal);
        continue;
      }
      const found = await this.#fromUrls(wanted, expected, [place.url], rung, place.recognise);
      if (found) return found;
    }
    return undefined;
  }

  /** The copy among the spec's own contents. */
  async copy({ planned: { artifact }, tried }: Wanted): Promise<Found | undefined> {
    const { content } = artifact;
    const { contents } = this.#context;
    if (content === undefined) return undefined;
    if (!(await contents.has(content))) {
      tried.push(`environment.d: the repacked copy ${content} is missing`);
      return undefined;
    }
    const { hash } = await sha256OfStream(contents.open(content));
    if (hash !== content) {
      tried.push(`environment.d: the repacked copy is damaged (its SHA-256 is ${hash}, not ${content})`);
      return undefined;
    }
    const file = await contents.locate(content);
    const evidence = 'the copy that comes with the spec';
    return { rung: 'contents', from: file, file, sha256: content, verifiedBy: 'sha256', sameness: 'exact', evidence };
  }

  async #fromStore(digest: Digest): Promise<Found | undefined> {
    const { store } = this.#context;
    const sha256 = await store.known(digest);
    const file = sha256 && (await store.verified(sha256));
    return file
      ? { rung: 'store', from: file, file, sha256, verifiedBy: digest.algorithm, sameness: 'exact' }
      : undefined;
  }

  async #fromCaches(wanted: Wanted, expected: Expected, files: readonly FilePath[]): Promise<Found | undefined> {
    const { host, signal } = this.#context;
    for (const path of files) {
      const from = showPath(path);
      try {
        return { rung: 'cache', from, ...(await this.#keep(wanted, expected, contentOf(host, path))) };
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        wanted.tried.push(`${from}: ${clause(error)}`);
      }
    }
    return undefined;
  }

  async #fromUrls(
    wanted: Wanted,
    expected: Expected,
    urls: readonly string[],
    rung: Rung,
    recognise: Place['recognise'] = (content) => content,
  ): Promise<Found | undefined> {
    const { signal } = this.#context;
    const { tried } = wanted;
    for (const url of urls) {
      const server = serverOf(url);
      if (this.#unreachable.has(server)) {
        tried.push(`${server}: ${this.#unreachable.get(server)}`);
        continue;
      }
      const content = recognise(this.#contentAt(url, wanted));
      try {
        return { rung, from: url, ...(await this.#keep(wanted, expected, content)) };
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        const isLost = isUnreachable(error) || stayedBusy(error);
        if (isLost) this.#unreachable.set(server, `it cannot be reached (${reasonOf(error)})`);
        tried.push(isLost ? `${server}: ${this.#unreachable.get(server)}` : `${url}: ${clause(error)}`);
      }
    }
    return undefined;
  }

  #contentAt(url: string, { planned, advance }: Wanted): AsyncIterable<Uint8Array> {
    const { contents, signal } = this.#context;
    const { listing } = planned.artifact;
    if (listing !== undefined && isCommitAddress(url)) return checkoutFromRemote(url, contents.open(listing), signal);
    return download(url, { client: this.#client, received: advance, ...(signal ? { signal } : {}) });
  }

  /** Into the store, where it stays for the next build; throws when it is not what is wanted. */
  async #keep({ planned: { artifact } }: Wanted, expected: Expected, content: AsyncIterable<Uint8Array>) {
    const { store, signal } = this.#context;
    const { digest, ...what } = expected;
    const size = artifact.size === undefined ? {} : { size: artifact.size };
    const isOwn = digest !== undefined && digest === artifact.digest;
    // Of two processes that want the same, one gets it, and the other finds it in the store. Before, the store lacked it.
    const add = (hasWaited: boolean) => store.add(content, digest, { ...size, isLacking: isOwn && !hasWaited });
    const { hash, file } = await (digest ? store.alone(digest, add, signal) : add(false));
    return { file, sha256: hash, verifiedBy: digest?.algorithm ?? 'sha256', ...what };
  }
}

/** Opened when it is asked for, not before: what is gone by then is an error of who reads it. */
async function* contentOf({ files }: Machine, path: FilePath): AsyncGenerator<Uint8Array> {
  yield* files.stream(path) as AsyncIterable<Uint8Array>;
}

/** A reason as part of a longer sentence. */
function clause(error: unknown): string {
  return reasonOf(error).replace(/\.$/, '');
}

/** Errors that no other place can help with: a full or read-only disk. */
function isFatal(error: unknown): boolean {
  return error instanceof ReproError && error.kind === 'not-ready';
}

function serverOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}
