import { afterEach, beforeEach, expect, it } from 'vitest';
import { hostMismatches } from '../../src/proof/host.js';
import type { HostNeed } from '../../src/spec/document/schema.js';
import { type FixtureRoot, fixtureRoot } from '../capture/fixture-root.js';
import { loaderCacheOf } from '../machines/loader-caches.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

async function told(need: HostNeed, cpuLevel?: string): Promise<string> {
  const { cpuLevel: _own, ...own } = await root.machine.platform();
  const machine = { ...root.machine, platform: async () => ({ ...own, ...(cpuLevel ? { cpuLevel } : {}) }) };
  return (await hostMismatches([need], machine)).join(' ');
}

it('tells of a CPU that cannot run what the loader chose', async () => {
  const need = { kind: 'cpu', name: 'x86-64-v3', match: 'at-least', at: '/lib/glibc-hwcaps/x86-64-v3' } as const;
  expect(await told(need, 'x86-64-v4')).toBe('');
  expect(await told(need, 'x86-64-v3')).toBe('');
  expect(await told(need, 'x86-64-v2')).toMatch(/level x86-64-v3, and .* has one of level x86-64-v2/);
  expect(await told(need)).toContain('is not known');
});

it('tells of a driver that is older, or not there', async () => {
  const need = {
    kind: 'gpu-driver',
    name: 'nvidia',
    version: '535.104.05',
    match: 'at-least',
    at: '/dev/nvidia0',
  } as const;
  expect(await told(need)).toContain('has none');
  const version = (number: string) =>
    `NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  ${number}  Release Build\n`;
  await root.file('/proc/driver/nvidia/version', version('535.54.03'));
  expect(await told(need)).toContain('has 535.54.03, which is older');
  await root.file('/proc/driver/nvidia/version', version('550.54.15'));
  expect(await told(need)).toBe('');
});

it("tells of the site's libraries that the loader would not find, and of none that a package has", async () => {
  const need = { kind: 'mpi', name: 'libmpi.so.40', match: 'soname', at: '/opt/site/lib/libmpi.so.40.30.5' } as const;
  expect(await told(need)).toContain('no library of that name');
  expect(await told({ ...need, match: 'package', package: 'debian libopenmpi3 4.1.4-3' })).toBe('');
  await root.file('/etc/ld.so.cache', loaderCacheOf([{ path: '/usr/lib64/libmpi.so.40' }]));
  expect(await told(need)).toBe('');
  expect(await told({ ...need, name: 'libmpi.so.4' })).not.toBe('');
  await root.file('/opt/site/lib/libmpi.so.4', 'mpi');
  expect(await told({ ...need, name: 'libmpi.so.4' })).toBe('');
});

it.each([
  ['that are not ASCII', '/opt/größe', '/opt/größe'],
  ['that look like what stands for a byte', '/opt/a\\x41', '/opt/a\\\\x41'],
])('finds a library of the site in a folder with characters %s', async (_, folder, shown) => {
  const at = `${shown}/libmpi.so.40.30.5`;
  await root.file(`${folder}/libmpi.so.40`, 'mpi');
  expect(await told({ kind: 'mpi', name: 'libmpi.so.40', match: 'soname', at })).toBe('');
});

it('tells of a repository that is not mounted, or behind', async () => {
  const at = '/cvmfs/software.example.org';
  const need = {
    kind: 'software-repository',
    name: 'software.example.org',
    version: '99',
    match: 'at-least',
    at,
  } as const;
  expect(await told(need)).toContain('not mounted');
  await root.file(`${at}/.cvmfspublished`, 'Cabc\nS98\n');
  expect(await told(need)).toContain('at revision 99, and');
  await root.file(`${at}/.cvmfspublished`, 'Cabc\nS100\n');
  expect(await told(need)).toBe('');
});

it('tells of a name service and a device that are not there', async () => {
  const module = { kind: 'name-service', name: 'sss', match: 'present', at: '/usr/lib64/libnss_sss.so.2' } as const;
  const device = { kind: 'device', name: '/dev/infiniband', match: 'present', at: '/dev/infiniband' } as const;
  expect(await told(module)).toContain('name service "sss"');
  expect(await told(device)).toContain('has none');
  await root.file(module.at, 'module');
  await root.file('/dev/infiniband/uverbs0', '');
  expect(await told(module)).toBe('');
  expect(await told(device)).toBe('');
});

it('says that it does not know where it may not look', async () => {
  const need = { kind: 'mpi', name: 'libmpi.so.40', match: 'soname', at: '/opt/site/lib/libmpi.so.40.30.5' } as const;
  const read = () => Promise.reject(Object.assign(new Error('denied'), { code: 'EACCES' }));
  const machine = { ...root.machine, files: { ...root.machine.files, read } };
  expect(await hostMismatches([need], machine)).toEqual([
    expect.stringMatching(/not known: \/etc\/ld\.so\.cache cannot be read there \(EACCES\)/),
  ]);
});
