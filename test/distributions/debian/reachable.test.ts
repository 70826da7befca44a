import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PackageOrigin } from '../../../src/distributions/debian/origins.js';
import { checkReachable } from '../../../src/distributions/debian/reachable.js';
import type { DebianArchive } from '../../../src/distributions/debian/schema.js';
import { silent } from '../../../src/model/progress.js';

let proxy: Server;
let status: number;

/** Stands for every archive that is not on loopback. */
beforeEach(async () => {
  proxy = createServer((_request, response) => response.writeHead(status).end());
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('http_proxy', `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  vi.stubEnv('no_proxy', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});

async function check(uri: string, answer = 200): Promise<{ availability: string | undefined; notes: string[] }> {
  status = answer;
  const archive: DebianArchive = { id: 'one', uri, suite: 'stable' };
  const origin: PackageOrigin = {
    certainty: 'indexed',
    locations: [{ archive: 'one', filename: 'pool/a.deb' }],
    availability: 'unchecked',
  };
  const notes: string[] = [];
  const found = await checkReachable(new Map([['a', origin]]), [archive], notes, { progress: silent });
  return { availability: found.get('a')?.availability, notes };
}

describe('an archive', () => {
  it.each([
    [200, 'present', 0],
    [404, 'gone', 0],
    [401, 'gone', 1],
    [403, 'gone', 1],
    [503, 'present', 1],
    [429, 'present', 1],
  ])('that answers %i has the package as %s', async (answer, availability, notes) => {
    const found = await check('http://archive.example/debian', answer);
    expect(found).toMatchObject({ availability });
    expect(found.notes).toHaveLength(notes);
  });

  it('that cannot be asked is taken to have the package, and a note tells', async () => {
    vi.stubEnv('http_proxy', 'http://127.0.0.1:1');
    const { availability, notes } = await check('http://archive.example/debian');
    expect(availability).toBe('present');
    expect(notes).toEqual([expect.stringContaining('could not be asked')]);
  });

  it.each([
    'file:///srv/repository',
    'file:/srv/repository',
    'copy:/srv/repository',
    'cdrom:[Debian 12]',
    'mirror+file:/etc/apt/mirrors.list',
    'http://localhost:8080/debian',
    'http://127.0.0.1/debian',
    'http://[::1]/debian',
  ])('at %s has the package for no other machine', async (uri) => {
    const { availability, notes } = await check(uri);
    expect(availability).toBe('gone');
    expect(notes).toEqual([expect.stringContaining(uri)]);
  });
});
