import { describe, expect, it } from 'vitest';
import type { FilePath } from '../../src/model/file-path.js';
import { classifyUnowned, outrightOwner } from '../../src/packaging/path-rules.js';

describe('what is of the host that runs, whoever owns it', () => {
  it.for([
    ['/dev/nvidia0', 'gpu-device'],
    ['/dev/dri/renderD128', 'gpu-device'],
    ['/dev/infiniband/uverbs0', 'interconnect-device'],
    ['/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05', 'gpu-driver'],
    ['/cvmfs/software.eessi.io/versions/2023.06/init/bash', 'software-repository'],
    ['/cvmfs', 'software-repository'],
  ] as const)('%s: %s', ([path, rule]) => {
    expect(outrightOwner(path as FilePath)).toMatchObject({ state: 'host-bound', rule });
  });

  it.for(['/usr/lib/libcudart.so.12', '/home/a/cvmfs/file', '/cvmfsx/file', '/dev/shm/data'])('not %s', (path) => {
    expect(outrightOwner(path as FilePath)).toBeUndefined();
  });
});

describe("what is the site's, unless a distribution has it", () => {
  it.for([
    ['/opt/cray/pe/mpich/8.1/lib/libmpi_cray.so.12', 'site-mpi'],
    ['/usr/local/lib/libmpi.so.40.30.5', 'site-mpi'],
    ['/opt/slurm/lib/libpmix.so.2', 'site-mpi'],
    ['/opt/ucx/lib/libucp.so.0', 'site-mpi'],
    ['/opt/intel/mpi/lib/libmpifort.so.12', 'site-mpi'],
    ['/usr/lib64/libnss_sss.so.2', 'name-service-module'],
    ['/run/sssd/pipe', 'host-service'],
  ] as const)('%s: %s', ([path, rule]) => {
    expect(classifyUnowned(path as FilePath, 'file')).toMatchObject({ state: 'host-bound', rule });
  });

  it.for([
    '/home/user/openmpi/lib/libmpi.so.40',
    '/opt/tool/lib/libmpir.so.3',
    '/opt/tool/lib/libfabricate.so',
    '/opt/tool/lib/libmpi.so.conf',
  ])('a tool that somebody put there is not: %s', (path) => {
    expect(classifyUnowned(path as FilePath, 'file')).toEqual({ path, state: 'loose' });
  });
});
