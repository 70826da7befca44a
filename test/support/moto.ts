import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sourceLine } from './archive.js';
import { freePort } from './ports.js';
import { keptToday, mmdebstrap } from './roots.js';
import { must } from './run.js';

/** EC2's interface, without machines behind it: moto's server, from a newer Debian than this machine may be. */
export interface Moto extends AsyncDisposable {
  readonly endpoint: string;
}

/** A machine image that is offered there. */
export interface OfferedImage {
  readonly ami_id: string;
  readonly name: string;
  readonly owner_id: string;
  readonly creation_date: string;
  readonly architecture: string;
}

const packages = ['python3-moto', 'python3-flask', 'python3-flask-cors'];

/** Unpacks it (we must be root) and starts it; disposing removes it. */
export async function startMoto(images: readonly OfferedImage[]): Promise<Moto> {
  const source = await sourceLine('trixie');
  const how = ['--variant=apt', `--include=${packages.join(',')}`, 'trixie'];
  const tar = await keptToday('moto', [how, source], (file) => must([...mmdebstrap, ...how, file, source]));
  const root = await mkdtemp(join(tmpdir(), 'reproman-moto-'));
  await must(['tar', '-C', root, '--numeric-owner', '-xpf', tar]);
  writeFileSync(join(root, 'images.json'), JSON.stringify(images.map((image) => ({ ...usual, ...image }))));
  const port = await freePort();
  const server = spawn('chroot', [root, 'moto_server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { PATH: '/usr/bin:/bin:/usr/sbin', LC_ALL: 'C.UTF-8', MOTO_AMIS_PATH: '/images.json' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await answers(server, endpoint);
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      server.kill('SIGKILL');
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
      await must(['rm', '-rf', '--one-file-system', root]);
    },
  };
}

/** What moto asks of every image. */
const usual = {
  ...{ public: true, description: '', virtualization_type: 'hvm', hypervisor: 'xen', state: 'available' },
  ...{ platform: null, image_type: 'machine', image_location: 'amazon', sriov: 'simple' },
  ...{ root_device_name: '/dev/xvda', root_device_type: 'ebs' },
};

async function answers(server: ChildProcess, endpoint: string): Promise<void> {
  let said = '';
  server.stderr?.on('data', (chunk) => {
    said += String(chunk);
  });
  for (let tries = 0; tries < 300 && server.exitCode === null; tries++) {
    const answer = await fetch(`${endpoint}/moto-api/data.json`).catch(() => undefined);
    if (answer?.ok) return;
    await wait(100);
  }
  throw new Error(`moto does not answer: ${said.slice(-2000)}`);
}
