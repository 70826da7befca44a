import { codeOf, ReproError, reasonOf } from '../errors.js';
import { type Digest, type Sha256, sha256OfStream } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import { type FilePath, showPath } from '../model/file-path.js';
import type { ArtifactSource, PlannedPackage } from '../model/plan.js';
import type { ContentSource } from './contents.js';
import { download } from './download.js';
import { checkoutFromRemote, isCommitAddress } from './git/remote.js';
import type { HttpClient } from './http.js';
import type { ContentFolder } from './store.js';

/** From the top: the spec's own copy is the last, unless it is the very artifact. */
export type Rung = 'store' | 'cache' | 'archive' | 'own-archive' | 'contents';

/** An artifact on this machine. */
export interface Artifact {
  readonly file: string;
  /** Of this very content: of a repacked copy another than that of the artifact. */
  readonly sha256: Sha256;
}

/** What a machine has of an artifact beside the addresses in the plan; the hash decides whether it is the same. */
export interface Offer {
  /** In caches of package managers. */
  readonly files: readonly FilePath[];
  /** At archives that the machine uses. */
  readonly urls: readonly string[];
}

export interface LadderContext {
  readonly store: ContentFolder;
  /** The spec's own contents. */
  readonly contents: ContentSource;
  /** The machine whose caches and archives may help. */
  readonly host: Machine;
  /** What the host has of a package; asked only of those that the store lacks. */
  readonly offers?: (planned: PlannedPackage) => Promise<Offer>;
  readonly signal?: AbortSignal;
}

/** The step of the ladder that has it. */
export interface Found extends Artifact {
  readonly rung: Rung;
  /** The file or the address. */
  readonly from: string;
  /** What its content was verified by: the artifact's digest, or of a repacked copy its own. */
  readonly verifiedBy: Digest['algorithm'];
}

/** One package on its way down the ladder. */
interface Wanted {
  readonly artifact: ArtifactSource;
  readonly digest: Digest;
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

  /** The first step that has it; the reasons of those that do not go into `tried`. */
  async descend(planned: PlannedPackage, tried: string[], advance: Wanted['advance']): Promise<Found | undefined> {
    const { artifact } = planned;
    const { digest, content, urls } = artifact;
    if (digest === undefined) return undefined;
    const wanted = { artifact, digest, tried, advance };
    const isCopied = content === digest.value;
    const here = (await this.#fromStore(wanted)) ?? (isCopied ? await this.#fromContents(wanted) : undefined);
    if (here) return here;
    const offer = await this.#context.offers?.(planned);
    return (
      (await this.#fromCaches(wanted, offer?.files ?? [])) ??
      (await this.#fromUrls(wanted, urls, 'archive')) ??
      (await this.#fromUrls(wanted, offer?.urls ?? [], 'own-archive')) ??
      (isCopied ? undefined : await this.#fromContents(wanted))
    );
  }

  async #fromStore({ digest }: Wanted): Promise<Found | undefined> {
    const { store } = this.#context;
    const sha256 = await store.known(digest);
    const file = sha256 && (await store.verified(sha256));
    return file ? { rung: 'store', from: file, file, sha256, verifiedBy: digest.algorithm } : undefined;
  }

  async #fromContents({ artifact: { content }, tried }: Wanted): Promise<Found | undefined> {
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
    return { rung: 'contents', from: file, file, sha256: content, verifiedBy: 'sha256' };
  }

  async #fromCaches(wanted: Wanted, files: readonly FilePath[]): Promise<Found | undefined> {
    const { host, signal } = this.#context;
    for (const path of files) {
      const from = showPath(path);
      try {
        return { rung: 'cache', from, ...(await this.#keep(wanted, contentOf(host, path))) };
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        wanted.tried.push(`${from}: ${reasonOf(error)}`);
      }
    }
    return undefined;
  }

  async #fromUrls(wanted: Wanted, urls: readonly string[], rung: Rung): Promise<Found | undefined> {
    const { signal } = this.#context;
    const { tried } = wanted;
    for (const url of urls) {
      const server = serverOf(url);
      if (this.#unreachable.has(server)) {
        tried.push(`${server}: ${this.#unreachable.get(server)}`);
        continue;
      }
      const content = this.#contentAt(url, wanted);
      try {
        return { rung, from: url, ...(await this.#keep(wanted, content)) };
      } catch (error) {
        signal?.throwIfAborted();
        if (isFatal(error)) throw error;
        if (isUnreachable(error)) this.#unreachable.set(server, `it cannot be reached (${reasonOf(error)})`);
        tried.push(isUnreachable(error) ? `${server}: ${this.#unreachable.get(server)}` : `${url}: ${reasonOf(error)}`);
      }
    }
    return undefined;
  }

  #contentAt(url: string, { artifact: { listing }, advance }: Wanted): AsyncIterable<Uint8Array> {
    const { contents, signal } = this.#context;
    if (listing !== undefined && isCommitAddress(url)) return checkoutFromRemote(url, contents.open(listing), signal);
    return download(url, { client: this.#client, received: advance, ...(signal ? { signal } : {}) });
  }

  /** Into the store, where it stays for the next build; throws when it is not what is wanted. */
  async #keep({ artifact, digest }: Wanted, content: AsyncIterable<Uint8Array>): Promise<Omit<Found, 'rung' | 'from'>> {
    const { store } = this.#context;
    const { hash } = await store.add(content, digest, artifact.size === undefined ? {} : { size: artifact.size });
    return { file: await store.locate(hash), sha256: hash, verifiedBy: digest.algorithm };
  }
}

/** Opened when it is asked for, not before: what is gone by then is an error of who reads it. */
async function* contentOf({ files }: Machine, path: FilePath): AsyncGenerator<Uint8Array> {
  yield* files.stream(path) as AsyncIterable<Uint8Array>;
}

/** Errors that no other place can help with: a full or read-only disk. */
function isFatal(error: unknown): boolean {
  return error instanceof ReproError && error.kind === 'not-ready';
}

function serverOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

/** Whether nothing answers at all, as against an answer that is no use. */
function isUnreachable(error: unknown): boolean {
  const codes = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
  return codes.includes(codeOf(error instanceof Error ? error.cause : undefined) ?? '');
}
