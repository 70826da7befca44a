import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { secondsOf } from '../../src/archives/apt/snapshot/timestamp.js';

/** One version of a package, in one archive from one point in time until another. */
export interface Published {
  readonly archive: string;
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly content: Buffer;
  /** As `20240101T000000Z`. */
  readonly from: string;
  readonly until?: string;
}

/** A source package that all archives have at all times. */
export interface PublishedSource {
  readonly name: string;
  readonly version: string;
  readonly buildDepends?: string;
  readonly files: Readonly<Record<string, Buffer>>;
}

interface ServiceOptions {
  /** Makes the InRelease of a Release file; there is none without it. */
  readonly sign?: ((release: Buffer) => Buffer) | undefined;
  readonly sources?: readonly PublishedSource[];
}

/** Answers a request in the service's stead; a fault that gives `false` leaves the answer to the service. */
export type Fault = (request: IncomingMessage, response: ServerResponse, content: Buffer) => unknown;

/**
 * A snapshot service on loopback, with the layout and machine interface of Debian's
 * (https://snapshot.debian.org): every state of its archives, with indexes whose Valid-Until is long over. Below
 * `/mirror` instead of `/archive` the same can be had as from a mirror, until a test says that it has moved on.
 */
export interface SnapshotService extends AsyncDisposable {
  readonly base: string;
  /** Paths asked for, in order. */
  readonly asked: string[];
  /** The next answers to paths that match: one fault each. */
  fail(path: RegExp, ...faults: Fault[]): void;
}

export async function snapshotService(
  all: readonly Published[],
  suite: string,
  { sign, sources = [] }: ServiceOptions = {},
): Promise<SnapshotService> {
  const asked: string[] = [];
  const faults: { readonly path: RegExp; readonly queue: Fault[] }[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    asked.push(path);
    const answer = answerTo(path, { all, suite, sign, sources });
    const fault = faults.find((each) => each.path.test(path) && each.queue.length > 0)?.queue.shift();
    if (fault && fault(request, response, answer.content ?? Buffer.alloc(0)) !== false) return;
    if (answer.location !== undefined) response.writeHead(302, { location: answer.location }).end();
    else if (answer.content) give(request, response, answer.content);
    else response.writeHead(404).end('<html>not found</html>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    fail: (path, ...queue) => void faults.push({ path, queue }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What can go wrong on the way from such a service. */
export const faults = {
  busy:
    (status: 429 | 503): Fault =>
    (_request, response) => {
      response.writeHead(status, { 'retry-after': '0' }).end();
    },
  cut: (): Fault => (_request, response, content) => {
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, content.length / 2), () => setTimeout(() => response.destroy(), 10));
  },
  wrongBytes: (): Fault => (_request, response, content) => {
    response.end(Buffer.from(content.map((byte) => byte ^ 1)));
  },
  signIn: (): Fault => (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>please sign in</html>');
  },
  circle: (): Fault => (request, response) => {
    response.writeHead(302, { location: request.url }).end();
  },
  missing: (): Fault => (_request, response) => {
    response.writeHead(404).end();
  },
} as const;

/** Where a package lies below its archive. */
export function pathOf({ name, version, architecture }: Omit<Published, 'content' | 'archive' | 'from'>): string {
  return `pool/main/${name[0]}/${name}/${name}_${version}_${architecture}.deb`;
}

function give({ headers, method }: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from, ...(from > 0 && range) });
  response.end(method === 'HEAD' ? undefined : content.subarray(from));
}

interface Answer {
  readonly content?: Buffer;
  readonly location?: string;
}

interface Service extends ServiceOptions {
  readonly all: readonly Published[];
  readonly suite: string;
}

function answerTo(url: string, { all, suite, sign, sources = [] }: Service): Answer {
  const [path = ''] = url.split('?');
  const [, name] = /^\/mr\/binary\/([^/]+)\/$/.exec(path) ?? [];
  if (name !== undefined) {
    const versions = [...new Set(all.filter((each) => each.name === name).map(({ version }) => version))];
    return versions.length > 0 ? json({ result: versions.map((version) => ({ binary_version: version })) }) : {};
  }
  const [, binary, version] = /^\/mr\/binary\/([^/]+)\/([^/]+)\/binfiles$/.exec(path) ?? [];
  if (binary !== undefined) return binaryFiles(all.filter((each) => each.name === binary && each.version === version));
  const [, hash] = /^\/file\/([0-9a-f]{40})$/.exec(path) ?? [];
  if (hash !== undefined) {
    const found = all.find(({ content }) => sha1(content) === hash);
    return found ? { content: found.content } : {};
  }
  const [, archive, at, rest = ''] = /^\/(?:archive|mirror)\/([^/]+)\/(\d{8}T\d{6}Z)\/(.+)$/.exec(path) ?? [];
  if (archive === undefined || at === undefined) return {};
  const listed = all.filter(
    (each) => each.archive === archive && each.from <= at && (each.until === undefined || at < each.until),
  );
  return inArchive(rest, listed, { origin: archive === 'debian' ? 'Debian' : archive, suite, at, sign, sources });
}

interface About {
  readonly origin: string;
  readonly suite: string;
  /** Timestamp. */
  readonly at: string;
  readonly sign: ServiceOptions['sign'];
  readonly sources: readonly PublishedSource[];
}

function inArchive(path: string, listed: readonly Published[], about: About): Answer {
  const pooled = listed.find((each) => pathOf(each) === path);
  if (pooled) return { location: `/file/${sha1(pooled.content)}` };
  const index = Buffer.from(listed.map(stanzaOf).join('\n'));
  const source = about.sources.find(({ files }) => Object.keys(files).some((name) => path === `pool/source/${name}`));
  if (source) return { content: source.files[path.replace('pool/source/', '')] ?? Buffer.alloc(0) };
  const sources = Buffer.from(about.sources.map(sourceStanzaOf).join('\n'));
  const files = {
    'main/binary-amd64/Packages': index,
    'main/binary-amd64/Packages.gz': gzipSync(index),
    'main/source/Sources': sources,
  };
  const found = Object.entries(files).find(([name]) => path === `dists/${about.suite}/${name}`);
  if (found) return { content: found[1] };
  const release = releaseOf(files, about);
  if (about.sign && path === `dists/${about.suite}/InRelease`) return { content: about.sign(release) };
  return path === `dists/${about.suite}/Release` ? { content: release } : {};
}

function releaseOf(files: Readonly<Record<string, Buffer>>, { origin, suite, at }: About): Buffer {
  const time = secondsOf(at) * 1000;
  const dates = { Date: new Date(time).toUTCString(), 'Valid-Until': new Date(time + 7 * 86_400_000).toUTCString() };
  const about = { Origin: origin, Suite: suite, Codename: suite, Architectures: 'amd64', Components: 'main' };
  const fields = Object.entries({ ...about, ...dates }).map(([name, value]) => `${name}: ${value}\n`);
  const hashes = Object.entries(files).map(([name, content]) => {
    const hash = createHash('sha256').update(content).digest('hex');
    return ` ${hash} ${content.length} ${name}\n`;
  });
  return Buffer.from(`${fields.join('')}SHA256:\n${hashes.join('')}`);
}

function stanzaOf(published: Published): string {
  const { name, version, architecture, content } = published;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const fields = { Package: name, Version: version, Architecture: architecture, Filename: pathOf(published) };
  const lines = Object.entries({ ...fields, Size: content.length, SHA256: sha256 });
  return lines.map(([field, value]) => `${field}: ${value}\n`).join('');
}

function sourceStanzaOf({ name, version, buildDepends, files }: PublishedSource): string {
  const fields = {
    Package: name,
    Version: version,
    Directory: 'pool/source',
    ...(buildDepends && { 'Build-Depends': buildDepends }),
  };
  const checksums = Object.entries(files).map(([file, content]) => {
    const hash = createHash('sha256').update(content).digest('hex');
    return ` ${hash} ${content.length} ${file}\n`;
  });
  const lines = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  return `${lines.join('')}Checksums-Sha256:\n${checksums.join('')}`;
}

function binaryFiles(found: readonly Published[]): Answer {
  if (found.length === 0) return {};
  const result = found.map(({ architecture, content }) => ({ architecture, hash: sha1(content) }));
  const fileinfo = Object.fromEntries(
    found.map((each) => {
      const path = pathOf(each);
      const folder = `/${path.slice(0, path.lastIndexOf('/'))}`;
      const file = { name: path.slice(path.lastIndexOf('/') + 1), size: each.content.length, path: folder };
      return [sha1(each.content), [{ ...file, archive_name: each.archive, first_seen: each.from }]];
    }),
  );
  return json({ result, fileinfo });
}

function json(value: unknown): Answer {
  return { content: Buffer.from(JSON.stringify(value)) };
}

function sha1(content: Buffer): string {
  return createHash('sha1').update(content).digest('hex');
}
