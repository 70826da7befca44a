import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Owner } from '../../src/model/owner.js';
import { findHostFiles } from '../../src/resources/host-files.js';
import type { HostNeed } from '../../src/spec/document/schema.js';
import { hostNeedsOf } from '../../src/spec/host/needs.js';
import { type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';
import { loaderCacheOf } from '../machines/loader-caches.js';
import { at, link, specOf, traceOf } from '../proof/trees.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(() => root[Symbol.asyncDispose]());

const used = [
  bound('/opt/mpi/lib/libmpi.so.40', 'site-mpi', '/opt/openmpi-4/lib/libmpi.so.40.30.4'),
  bound('/usr/lib/libcuda.so.1', 'gpu-driver', '/usr/lib/libcuda.so.535.104.05'),
  bound('/cvmfs/soft.example.org/bin/tool', 'software-repository'),
  bound('/var/lib/sss/pipes/nss', 'host-service'),
];

function bound(path: string, rule: string, resolved = path) {
  const owner: Owner = { path: at(path), state: 'host-bound', rule };
  return { path: at(path), resolved: at(resolved), uses: ['read' as const], owner };
}

function specWith(host: readonly HostNeed[] = hostNeedsOf(used)) {
  const spec = specOf({ origin: [link('/opt/mpi', 'openmpi-4')], trace: traceOf(used) });
  return { ...spec, manifest: { ...spec.manifest, host: [...host] } };
}

async function found(options = {}, spec = specWith()): Promise<string[]> {
  const warn = (message: string) => expect(message).toBe('');
  const files = await findHostFiles(spec, root.machine, { network: true, warn, ...options });
  return files.map(({ source, target, type }) => `${source} at ${target}: ${type}`);
}

it('finds what the runs took from below where this host has it, for the places where programs look', async () => {
  await root.file('/usr/lib64/libmpi.so.40.40.1', 'mpi');
  await root.link('/usr/lib64/libmpi.so.40', 'libmpi.so.40.40.1');
  await root.file('/usr/lib64/libcuda.so.1', 'driver');
  await root.file('/usr/lib64/libnvidia-nvvm.so.4', 'of a newer driver');
  const cache = ['libmpi.so.40', 'libcuda.so.1', 'libnvidia-nvvm.so.4', 'libz.so.1'];
  await root.file('/etc/ld.so.cache', loaderCacheOf(cache.map((name) => ({ path: `/usr/lib64/${name}` }))));
  await root.file('/cvmfs/soft.example.org/bin/tool', '');
  await root.file('/var/lib/sss/pipes/nss', '');
  const services = ['/var/lib/sss at /var/lib/sss: directory'];
  const others = [
    '/cvmfs/soft.example.org at /cvmfs/soft.example.org: directory',
    '/usr/lib64/libmpi.so.40.40.1 at /opt/openmpi-4/lib/libmpi.so.40: file',
    '/usr/lib64/libcuda.so.1 at /usr/lib/libcuda.so.1: file',
    '/usr/lib64/libnvidia-nvvm.so.4 at /usr/lib/libnvidia-nvvm.so.4: file',
  ];
  expect(await found()).toEqual([...others, ...services]);
  expect(await found({ network: false })).toEqual(others);
});

it('finds nothing on a host that has none of it, nor of what comes with packages', async () => {
  expect(await found()).toEqual([]);
  await root.file('/usr/lib/libmpi.so.40', 'of a package');
  const packaged = { kind: 'mpi', name: 'libmpi.so.40', match: 'package', at: '/usr/lib/libmpi.so.40' } as const;
  expect(await found({}, specWith([packaged]))).toEqual([]);
});
