// Packages fetched into an empty store, each verified by its hash, against `curl --parallel` of the same from the same
// server on the loopback: over a line of 1 Gbit/s, and as fast as it can, where a hash takes as long as what it hashes to
// come, so that the peer is curl and a hash of it all after that. Exits 2 when a target is missed.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { fetchArtifacts } from '../src/archives/fetch.js';
import { openStore } from '../src/archives/store.js';
import { findProgram, runProcess } from '../src/exec.js';
import { sha256 } from '../src/hash.js';
import { localMachine } from '../src/machines/local.js';
import type { PlannedPackage } from '../src/model/plan.js';
import { median, report, shown, timed } from './shared/measure.js';

const least = 0.9;
const rounds = 3;
/** As many as fetch has. */
const connections = 8;
/** Bytes: many small packages and few large ones, as archives have them. */
const sizes = Array.from({ length: 200 }, (_, at) => Math.round(20_000 * 1.03 ** at));
/** Bytes a second; 0: no limit. */
const lines = { 'over 1 Gbit/s': 125_000_000, 'as fast as it can': 0 };
/** What a line at that rate lets through at once. */
const burst = 1 << 16;

if (process.send) await serve();
else await main();

async function main(): Promise<void> {
  if (findProgram('curl') === undefined) return console.log('curl: not found');
  const folder = await mkdtemp(join(tmpdir(), 'reproman-bench-'));
  const noise = randomBytes(Math.max(...sizes));
  const contents = sizes.map((size) => noise.subarray(0, size));
  try {
    const hashing = await timed(async () => contents.map(sha256));
    for (const [line, rate] of Object.entries(lines)) {
      const server = fork(fileURLToPath(import.meta.url));
      server.send({ noise: noise.toString('base64'), rate });
      const [port] = (await once(server, 'message')) as [number];
      const packages = contents.map((content) => planned(content, `http://127.0.0.1:${port}/${content.length}`));
      const times = { curl: [] as number[], fetch: [] as number[] };
      for (let round = 0; round < rounds; round++) {
        const place = join(folder, `${rate}-${round}`);
        times.curl.push(await curl(packages, `${place}-curl`));
        times.fetch.push(await fetchAll(packages, `${place}-store`));
      }
      server.disconnect();
      const hashed = rate > 0 ? 0 : hashing;
      const after = hashed > 0 ? ` and a hash of it all ${hashed.toFixed(1)} s` : '';
      console.log(`${line}: curl ${shown(times.curl)}${after}; fetched ${shown(times.fetch)}`);
      report('of that rate', (median(times.curl) + hashed) / median(times.fetch), { least });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function planned(content: Uint8Array, url: string): PlannedPackage {
  const name = String(content.length);
  const digest = { algorithm: 'sha256', value: sha256(content) } as const;
  const artifact = { name, digest, size: content.length, urls: [url] };
  return { distribution: 'debian', name, version: '1', used: true, artifact };
}

async function curl(packages: readonly PlannedPackage[], folder: string): Promise<number> {
  await mkdir(folder);
  const settings = packages.flatMap(({ artifact }) => [`url = "${artifact.urls[0]}"`, 'remote-name']).join('\n');
  const file = join(folder, 'settings');
  await writeFile(file, settings);
  return timed(async () => {
    const argv = ['curl', '--silent', '--fail', '--parallel', '--parallel-max', String(connections), '--config', file];
    const { exit, stderr } = await runProcess(argv, { cwd: folder });
    if (exit.code !== 0) throw new Error(`curl failed: ${stderr.toString()}`);
  });
}

async function fetchAll(packages: readonly PlannedPackage[], folder: string): Promise<number> {
  await using host = await localMachine();
  const store = await openStore(folder);
  return timed(() => fetchArtifacts(packages, { store, contents: store, host }));
}

/** In a process of its own, as the server is of somebody else. */
async function serve(): Promise<void> {
  const [{ noise, rate }] = (await once(process, 'message')) as [{ noise: string; rate: number }];
  const content = Buffer.from(noise, 'base64');
  let free = 0;
  const server = createServer(async ({ url = '' }, response) => {
    const size = Number(url.slice(1));
    response.setHeader('content-length', size);
    for (let at = 0; at < size; at += burst) {
      if (rate > 0) {
        free = Math.max(free, performance.now()) + (burst / rate) * 1000;
        await wait(free - performance.now());
      }
      if (!response.write(content.subarray(at, Math.min(size, at + burst)))) await once(response, 'drain');
    }
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send?.((server.address() as AddressInfo).port);
  process.once('disconnect', () => process.exit());
}
