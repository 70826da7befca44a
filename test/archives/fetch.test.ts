import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DownloadError, download } from '../../src/archives/download.js';
import { type Fetched, fetchArtifacts } from '../../src/archives/fetch.js';
import { environmentProxy, openHttpClient } from '../../src/archives/http.js';
import type { Offer } from '../../src/archives/ladder.js';
import { type ContentFolder, openStore } from '../../src/archives/store.js';
import { sha256 } from '../../src/hash.js';
import { directoryMachine } from '../../src/machines/directory.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { PlannedPackage } from '../../src/model/plan.js';
import type { ProgressEvent } from '../../src/model/progress.js';
import { folderContents } from '../../src/spec/folder/contents.js';

const content = Buffer.from('a package of some length '.repeat(4000));
let folder: string;
let store: ContentFolder;
let server: Server;
let base: string;
let handler: RequestListener;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fetch-'));
  store = await openStore(join(folder, 'store'));
  server = createServer((request, response) => handler(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

function planned(name: string, urls: readonly string[], extra: object = {}): PlannedPackage {
  const artifact = {
    name: `${name}.deb`,
    digest: { algorithm: 'sha256' as const, value: sha256(content) },
    size: content.length,
    urls,
    ...extra,
  };
  return { distribution: 'debian', name, version: '1.0', architecture: 'amd64', used: true, artifact };
}

async function fetchOne(
  wanted: PlannedPackage,
  { offline = false, ...offer }: Partial<Offer> & { readonly offline?: boolean } = {},
): Promise<Fetched | undefined> {
  await using host = await directoryMachine(folder);
  const contents = folderContents(join(folder, 'contents'));
  const offers = async () => ({ files: [], urls: [], ...offer });
  return (await fetchArtifacts([wanted], { store, contents, host, offers, offline })).get(wanted);
}

describe('offline', () => {
  it('asks no archive, and says what is not on this machine', async () => {
    let asked = 0;
    handler = (_request, response) => {
      asked++;
      response.end(content);
    };
    const wanted = planned('far', [`${base}/far.deb`]);
    await expect(fetchOne(wanted, { offline: true, urls: [`${base}/own.deb`] })).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringMatching(/far 1\.0 .*no archive is asked offline/),
    });
    expect(asked).toBe(0);
    await fetchOne(wanted);
    expect((await fetchOne(wanted, { offline: true }))?.rung).toBe('store');
    expect(asked).toBe(1);
  });
});

describe('the ladder', () => {
  it('takes what the store has without asking anyone', async () => {
    handler = (_request, response) => response.writeHead(500).end();
    await store.add(content);
    const found = await fetchOne(planned('a', [`${base}/a`]));
    expect(found?.rung).toBe('store');
  });

  it('knows an artifact by the digest that its archive gives, and needs nobody the second time', async () => {
    handler = (_request, response) => response.end(content);
    const digest = { algorithm: 'md5', value: createHash('md5').update(content).digest('hex') };
    const wanted = planned('a', [`${base}/a`], { digest });
    const found = await fetchOne(wanted);
    expect(found).toMatchObject({ rung: 'archive', sha256: sha256(content), verifiedBy: 'md5' });
    handler = (_request, response) => response.writeHead(500).end();
    expect(await fetchOne(wanted)).toMatchObject({ rung: 'store', sha256: sha256(content), verifiedBy: 'md5' });
  });

  it('tells how many packages are known by a digest that proves nothing', async () => {
    handler = (_request, response) => response.end(content);
    const value = createHash('sha1').update(content).digest('hex');
    const weak = planned('a', [`${base}/a`], { digest: { algorithm: 'sha1', value } });
    await using host = await directoryMachine(folder);
    const told: string[] = [];
    const progress = (event: ProgressEvent) => void (event.kind === 'end' && told.push(event.message ?? ''));
    const contents = folderContents(join(folder, 'contents'));
    await fetchArtifacts([weak, planned('b', [`${base}/b`])], { store, contents, host, progress });
    expect(told).toEqual([expect.stringContaining('1 of them known by an MD5 or SHA-1 only')]);
  });

  it('replaces a damaged entry of the store', async () => {
    handler = (_request, response) => response.end(content);
    const { hash } = await store.add(content);
    await writeFile(await store.locate(hash), 'damaged');
    const found = await fetchOne(planned('a', [`${base}/a`]));
    expect(found?.rung).toBe('archive');
    expect(await store.verified(hash)).toBeDefined();
  });

  it('takes a copy that is the very artifact from the contents of the spec before it asks anyone', async () => {
    handler = (_request, response) => response.end(content);
    const { hash } = await folderContents(join(folder, 'contents')).add(content);
    const found = await fetchOne(planned('a', [`${base}/a`], { content: hash }));
    expect(found?.rung).toBe('contents');
    expect(found?.file).toContain(join(folder, 'contents'));
  });

  it('takes a repacked copy when no archive has the artifact any more, and says which it is', async () => {
    handler = (_request, response) => response.writeHead(404).end();
    const { hash } = await folderContents(join(folder, 'contents')).add(Buffer.from('the same, packed anew'));
    const found = await fetchOne(planned('a', [`${base}/a`], { content: hash }));
    expect(found).toMatchObject({
      rung: 'contents',
      tried: [`${base}/a: the archive does not have it any more (404)`],
    });
    expect(found?.sha256).toBe(hash);
  });

  it('takes the artifact of an archive before a repacked copy', async () => {
    handler = (_request, response) => response.end(content);
    const { hash } = await folderContents(join(folder, 'contents')).add(Buffer.from('the same, packed anew'));
    const found = await fetchOne(planned('a', [`${base}/a`], { content: hash }));
    expect(found).toMatchObject({ rung: 'archive', from: `${base}/a` });
    expect(found?.sha256).toBe(sha256(content));
  });

  it('takes the first file of the caches that is the artifact, before any archive', async () => {
    await writeFile(join(folder, 'other'), 'something else');
    await writeFile(join(folder, 'cached'), content);
    const files = ['/gone', '/other', '/cached'] as FilePath[];
    const found = await fetchOne(planned('a', [`${base}/a`]), { files });
    expect(found).toMatchObject({ rung: 'cache', from: '/cached' });
    expect(found?.tried).toEqual([expect.stringContaining('/gone'), expect.stringContaining('/other')]);
  });

  it('says expected, got and address of content that is not what the lock says, and goes on', async () => {
    handler = (request, response) => response.end(request.url === '/good' ? content : '<html>sign in</html>');
    const found = await fetchOne(planned('a', [`${base}/bad`, `${base}/good`]));
    expect(found?.rung).toBe('archive');
    expect(found?.tried[0]).toContain(`${base}/bad`);
    expect(found?.tried[0]).toContain(sha256(content));
    expect(found?.tried[0]).toContain(sha256('<html>sign in</html>'));
  });

  it('takes an address that is none, or of a kind that it cannot read, for a place like any other', async () => {
    handler = (_request, response) => response.end(content);
    const found = await fetchOne(planned('a', ['pool/a', 'cdrom:[disc]/pool/a', `${base}/a`]));
    expect(found).toMatchObject({
      rung: 'archive',
      from: `${base}/a`,
      tried: [/Invalid URL/, /cdrom: addresses/].map((text) => expect.stringMatching(text)),
    });
  });

  it("takes what the machine's own archives have when the traced one has it no more", async () => {
    handler = (request, response) => (request.url === '/own' ? response.end(content) : response.writeHead(404).end());
    const found = await fetchOne(planned('a', [`${base}/traced`]), { urls: [`${base}/own`] });
    expect(found).toMatchObject({ rung: 'own-archive', from: `${base}/own`, tried: [expect.stringContaining('404')] });
  });

  it('downloads once what two want at the same time', async () => {
    let calls = 0;
    handler = (_request, response) => {
      calls++;
      setTimeout(() => response.end(content), 100);
    };
    const both = await Promise.all([fetchOne(planned('a', [`${base}/a`])), fetchOne(planned('b', [`${base}/b`]))]);
    expect(both.map((found) => found?.sha256)).toEqual([sha256(content), sha256(content)]);
    expect(calls).toBe(1);
  });

  it('names every package that nobody has, with what was tried and what to do', async () => {
    handler = (_request, response) => response.writeHead(404).end();
    await using host = await directoryMachine(folder);
    const wanted = [planned('b', [`${base}/pool/b`]), planned('a', [])];
    const attempt = fetchArtifacts(wanted, { store, contents: folderContents(join(folder, 'c')), host });
    await expect(attempt).rejects.toMatchObject({
      kind: 'not-rebuildable',
      message: expect.stringMatching(/^2 packages .*: a 1\.0 .* b 1\.0 .*does not have it any more \(404\)/),
      remedy: expect.stringContaining('--repack all'),
    });
  });

  it('asks an archive that cannot be reached once, not for every package, and names it once', async () => {
    await new Promise((resolve) => server.close(resolve));
    await using host = await directoryMachine(folder);
    const wanted = Array.from({ length: 30 }, (_, at) => {
      const digest = { algorithm: 'sha256' as const, value: sha256(`p${at}`) };
      return planned(`p${at + 10}`, [`${base}/pool/p${at}`], { digest });
    });
    const attempt = fetchArtifacts(wanted, { store, contents: folderContents(join(folder, 'c')), host });
    const error = await attempt.then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error?.message).toMatch(/^30 packages cannot be had exactly: p10 1\.0 .* and 18 more: /);
    expect(error?.message.split(`${base}: it cannot be reached (connect ECONNREFUSED`)).toHaveLength(2);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
});

describe('a download', () => {
  async function all(url: string, backOff = 1): Promise<Buffer> {
    using client = openHttpClient();
    const chunks: Uint8Array[] = [];
    for await (const chunk of download(url, { client, backOff })) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  it('goes on where a connection broke', async () => {
    const ranges: (string | undefined)[] = [];
    handler = (request, response) => {
      ranges.push(request.headers.range);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const rest = content.subarray(from);
      response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
      if (ranges.length > 1) return void response.end(rest);
      response.write(rest.subarray(0, 30_000), () => setTimeout(() => response.destroy(), 20));
    };
    expect((await all(`${base}/x`)).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=30000-']);
  });

  it('skips what it has when the server cannot give a part', async () => {
    let calls = 0;
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      if (++calls > 1) return void response.end(content);
      response.write(content.subarray(0, 30_000), () => setTimeout(() => response.destroy(), 20));
    };
    expect((await all(`${base}/x`)).equals(content)).toBe(true);
  });

  it('tries a server that is overloaded six times, and one that refuses once', async () => {
    const calls: string[] = [];
    handler = (request, response) => {
      calls.push(request.url ?? '');
      response.writeHead(request.url === '/busy' ? 503 : 403).end();
    };
    await expect(all(`${base}/busy`)).rejects.toThrow('503');
    await expect(all(`${base}/closed`)).rejects.toThrow(DownloadError);
    expect(calls).toEqual([...Array(6).fill('/busy'), '/closed']);
  });

  it('follows redirects', async () => {
    handler = (request, response) =>
      request.url === '/a' ? response.writeHead(302, { location: '/b' }).end() : response.end('there');
    expect((await all(`${base}/a`)).toString()).toBe('there');
  });

  it('asks a proxy with the whole address', async () => {
    handler = (request, response) => response.end(request.url);
    using client = openHttpClient({ proxy: () => new URL(base) });
    const response = await client.request('http://archive.invalid/pool/x');
    let answer = '';
    for await (const chunk of response) answer += String(chunk);
    expect(answer).toBe('http://archive.invalid/pool/x');
  });
});

it.each([
  ['http://a.example/x', { http_proxy: 'http://p:1' }, 'p:1'],
  ['http://a.example/x', { http_proxy: 'p:1', no_proxy: '.example' }, undefined],
  ['https://a.example/x', { http_proxy: 'http://p:1' }, undefined],
  ['http://127.0.0.1/x', { http_proxy: 'http://p:1' }, undefined],
])('chooses the proxy of %s from %j', (url, environment, expected) => {
  expect(environmentProxy(environment)(new URL(url))?.host).toBe(expected);
});
