import { describe, expect, it } from 'vitest';
import type { Use } from '../../../src/model/access.js';
import type { FilePath } from '../../../src/model/file-path.js';
import type { Owner } from '../../../src/model/owner.js';
import { classifyUnowned, outrightOwner } from '../../../src/packaging/path-rules.js';
import { hostNeedsOf, mergeNeeds } from '../../../src/spec/host/needs.js';

/** A path that nobody has but the general rules. */
function used(path: string, resolved?: string, uses: readonly Use[] = ['read']) {
  const owner =
    outrightOwner((resolved ?? path) as FilePath) ?? classifyUnowned((resolved ?? path) as FilePath, 'file');
  return { path: path as FilePath, ...(resolved ? { resolved: resolved as FilePath } : {}), uses, owner };
}

function packaged(path: string, resolved: string, name: string) {
  const reference = { distribution: 'debian', name, version: '4.1.4-3' };
  const owner: Owner = { path: resolved as FilePath, state: 'owned', package: reference };
  return { path: path as FilePath, resolved: resolved as FilePath, uses: ['read' as const], owner };
}

describe('what runs took from the machine below', () => {
  it('is the highest level of CPU that a library was chosen for, by whichever name it was read', () => {
    const folder = '/usr/lib/x86_64-linux-gnu/glibc-hwcaps';
    const needs = hostNeedsOf([
      used('/opt/lib/liba.so', `${folder}/x86-64-v3/liba.so.1`),
      used(`${folder}/x86-64-v2/libb.so.1`),
      used(`${folder}/x86-64-v4/libc.so.1`, undefined, ['absent']),
    ]);
    expect(needs).toEqual([{ kind: 'cpu', name: 'x86-64-v3', match: 'at-least', at: `${folder}/x86-64-v3` }]);
  });

  it("is the GPU's driver, at the version in the names of its libraries", () => {
    const library = '/usr/lib/x86_64-linux-gnu/libcuda.so';
    expect(hostNeedsOf([used('/dev/nvidia0'), used(`${library}.1`, `${library}.535.104.05`)])).toEqual([
      { kind: 'gpu-driver', name: 'nvidia', version: '535.104.05', match: 'at-least', at: `${library}.535.104.05` },
    ]);
    expect(hostNeedsOf([used('/dev/nvidiactl')])).toMatchObject([{ kind: 'gpu-driver', at: '/dev/nvidiactl' }]);
  });

  it("is the site's MPI and interconnect by their sonames, unless a package has them", () => {
    const [site, own] = ['/opt/cray/pe/lib', '/usr/lib/x86_64-linux-gnu'];
    const needs = hostNeedsOf([
      used(`${site}/libmpi_cray.so.12`, `${site}/libmpi_cray.so.12.0.3`),
      used('/usr/lib64/libfabric.so.1', '/usr/lib64/libfabric.so.1.18.2'),
      packaged(`${own}/libmpi.so.40`, `${own}/libmpi.so.40.30.4`, 'libopenmpi3'),
      used('/home/ada/lib/libmpi.so.40'),
      used('/dev/infiniband/uverbs0', undefined, ['read', 'written']),
    ]);
    expect(needs).toEqual([
      { kind: 'device', name: '/dev/infiniband', match: 'present', at: '/dev/infiniband' },
      {
        ...{ kind: 'interconnect', name: 'libfabric.so.1', version: '1.18.2', match: 'soname' },
        at: '/usr/lib64/libfabric.so.1.18.2',
      },
      {
        ...{ kind: 'mpi', name: 'libmpi.so.40', version: '40.30.4', match: 'package' },
        ...{ at: `${own}/libmpi.so.40.30.4`, package: 'debian libopenmpi3 4.1.4-3' },
      },
      {
        ...{ kind: 'mpi', name: 'libmpi_cray.so.12', version: '12.0.3', match: 'soname' },
        at: `${site}/libmpi_cray.so.12.0.3`,
      },
    ]);
  });

  it("is the site's name service, and never the modules that come with the C library", () => {
    const needs = hostNeedsOf([
      used('/usr/lib64/libnss_sss.so.2'),
      used('/var/lib/sss/mc/passwd'),
      used('/run/nscd/socket'),
      packaged('/lib/libnss_files.so.2', '/usr/lib/libnss_files.so.2', 'libc6'),
    ]);
    expect(needs.map(({ kind, name, match }) => [kind, name, match])).toEqual([
      ['name-service', 'nscd', 'present'],
      ['name-service', 'sss', 'present'],
    ]);
  });

  it('is a mounted repository, of which many files are one thing', () => {
    const repository = '/cvmfs/software.eessi.io';
    expect(
      hostNeedsOf([used('/cvmfs'), used(`${repository}/init/bash`), used('/opt/gcc', `${repository}/bin/gcc`)]),
    ).toEqual([{ kind: 'software-repository', name: 'software.eessi.io', match: 'at-least', at: repository }]);
  });

  it('is nothing of what was only looked for or at, and of other files', () => {
    const looked = used('/opt/ucx/lib/libucp.so.0', undefined, ['examined']);
    expect(hostNeedsOf([looked, used('/usr/lib/libm.so.6'), used('/etc/hosts'), used('/run/user/0/bus')])).toEqual([]);
  });
});

it('asks, of two specs, for what both need, and for the newer or higher of each', () => {
  const driver = (version: string) =>
    ({ kind: 'gpu-driver', name: 'nvidia', version, match: 'at-least', at: '/dev/nvidia0' }) as const;
  const cpu = (name: string) =>
    ({ kind: 'cpu', name, match: 'at-least', at: `/usr/lib/glibc-hwcaps/${name}` }) as const;
  const merged = mergeNeeds([driver('535.104.05'), cpu('x86-64-v3'), driver('535.54.03'), cpu('x86-64-v2')]);
  expect(merged).toEqual([cpu('x86-64-v3'), driver('535.104.05')]);
});
