import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../src/archives/http.js';
import type { ArchiveService, Place } from '../../../src/archives/service.js';
import { npmRegistries } from '../../../src/distributions/npm/old-tarballs.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { Machine, Shell } from '../../../src/machines/machine.js';
import type { PlannedPackage } from '../../../src/model/plan.js';
import { asking } from '../../support/asking.js';

let server: Server;
let base: string;
let versions: readonly string[];
beforeEach(async () => {
  versions = ['1.0.0', '1.0.1', '2.0.0'];
  server = createServer((request, response) => {
    if (request.url !== '/npm/@lab%2ftool') return void response.writeHead(404).end();
    const entries = versions.map((version) => {
      const tarball = `${base}/tarballs/${version}.tgz`;
      return [version, { dist: { tarball, integrity: `sha512-${digestOf(version).toString('base64')}` } }];
    });
    response.end(JSON.stringify({ name: '@lab/tool', versions: Object.fromEntries(entries) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function digestOf(version: string): Buffer {
  return createHash('sha512').update(version).digest();
}

function planned(version: string): PlannedPackage {
  const digest = { algorithm: 'sha512', value: digestOf(version).toString('hex') } as const;
  const artifact = { name: `lab-tool-${version}.tgz`, digest, urls: ['https://gone.example/@lab/tool/-/tool.tgz'] };
  return { distribution: 'npm', name: '@lab/tool', version, used: true, artifact };
}

/** A machine whose npm says that it is set to these registries. */
async function machineWith(settings: Readonly<Record<string, string>>): Promise<Machine> {
  const stdout = Buffer.from(JSON.stringify({ cache: '/root/.npm', ...settings }));
  const run: Shell['run'] = async () => ({ exit: { code: 0 }, stdout, stderr: Buffer.alloc(0) }) as never;
  return { ...(await directoryMachine(tmpdir())), shell: { run } as Shell };
}

async function placesOf(rung: ArchiveService['rung'], wanted: PlannedPackage): Promise<readonly Place[]> {
  using client = openHttpClient();
  const host = await machineWith({ registry: 'https://other.invalid/', '@lab:registry': `${base}/npm/` });
  const service = npmRegistries({}, host).find((each) => each.rung === rung);
  return (await service?.locate([wanted], await asking({ client })))?.get(wanted) ?? [];
}

describe('a tarball whose address is gone', () => {
  it('is asked for at the registry that npm is set to for its scope, and at that of the trace', async () => {
    expect((await placesOf('old-builds', planned('1.0.1'))).map(({ url }) => url)).toEqual([
      `${base}/tarballs/1.0.1.tgz`,
      `${base}/npm/@lab/tool/-/tool-1.0.1.tgz`,
      'https://gone.example/@lab/tool/-/tool-1.0.1.tgz',
    ]);
  });

  it('is looked for by its name where the registry lists the version no more', async () => {
    versions = ['2.0.0'];
    const [first] = await placesOf('old-builds', planned('1.0.1'));
    expect(first?.url).toBe(`${base}/npm/@lab/tool/-/tool-1.0.1.tgz`);
  });

  it('is of the nearest version, by the integrity that the registry has of that', async () => {
    versions = ['0.9.0', '1.0.2', '2.0.0'];
    const value = digestOf('1.0.2').toString('hex');
    expect(await placesOf('nearest', planned('1.0.1'))).toEqual([
      expect.objectContaining({ version: '1.0.2', digest: { algorithm: 'sha512', value } }),
    ]);
  });
});
