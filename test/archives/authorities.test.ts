import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { authorityFiles } from '../../src/archives/authorities.js';
import { openHttpClient } from '../../src/archives/http.js';
import { needs, shared } from '../support/needs.js';
import { must } from '../support/run.js';

let folder: string;
let authority: string;
let server: Server | undefined;
let port: number;

/** A server whose certificate is signed by an authority that nobody else knows. */
const prepare = shared(async () => {
  folder = await mkdtemp(join(tmpdir(), 'authorities-'));
  authority = join(folder, 'ca.pem');
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, `${name}.key`)];
  await must(['openssl', 'req', '-x509', ...key('ca'), '-out', authority, '-days', '2', '-subj', '/CN=Lab']);
  await must(['openssl', 'req', ...key('server'), '-out', join(folder, 'server.csr'), '-subj', '/CN=127.0.0.1']);
  await writeFile(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  const signing = ['-CA', authority, '-CAkey', join(folder, 'ca.key'), '-CAcreateserial', '-days', '2'];
  const files = [
    '-in',
    join(folder, 'server.csr'),
    '-out',
    join(folder, 'server.pem'),
    '-extfile',
    join(folder, 'names'),
  ];
  await must(['openssl', 'x509', '-req', ...files, ...signing]);
  const [certificate, own] = [await readFile(join(folder, 'server.pem')), await readFile(join(folder, 'server.key'))];
  const made = createServer({ cert: certificate, key: own }, (_request, response) => response.end('packages'));
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  ({ port } = made.address() as AddressInfo);
});
beforeEach(async (context) => {
  await needs({ programs: ['openssl'] })(context);
  await prepare();
});
afterAll(async () => {
  server?.closeAllConnections();
  server?.close();
  if (folder) await rm(folder, { recursive: true });
});

async function ask(environment: NodeJS.ProcessEnv): Promise<string> {
  using client = openHttpClient({ environment });
  const response = await client.request(`https://127.0.0.1:${port}/`);
  return String((await response.toArray())[0]);
}

describe('a server of an authority of its own', () => {
  it.each(['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT'])(
    'is trusted by %s',
    async (variable) => {
      expect(await ask({ [variable]: authority })).toBe('packages');
    },
  );

  it("is trusted by pip's own setting", async () => {
    const home = join(folder, 'home');
    await mkdir(join(home, '.config/pip'), { recursive: true });
    await writeFile(
      join(home, '.config/pip/pip.conf'),
      `[global]\nindex-url = https://x.example\ncert = ${authority}\n`,
    );
    expect(await ask({ HOME: home })).toBe('packages');
    await writeFile(join(folder, 'pip.ini'), `[install]\ncert: ${authority}\n`);
    expect(await ask({ PIP_CONFIG_FILE: join(folder, 'pip.ini') })).toBe('packages');
  });

  it('is refused where nothing names it', async () => {
    await expect(ask({})).rejects.toThrow(/certificate/);
  });

  it('is told of by which setting its certificates cannot be read', async () => {
    await expect(ask({ PIP_CERT: join(folder, 'nothing') })).rejects.toThrow(
      'the certificates that PIP_CERT names cannot be read (ENOENT)',
    );
  });
});

it('reads a file that several settings name once', () => {
  const named = authorityFiles({ SSL_CERT_FILE: '/a.pem', REQUESTS_CA_BUNDLE: '/a.pem', PIP_CERT: '/b.pem' });
  expect([...named.keys()].filter((file) => /^\/[ab]\.pem$/.test(file))).toEqual(['/a.pem', '/b.pem']);
});
