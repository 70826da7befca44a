import type { HostNeed } from '../document/schema.js';

/** What is needed of the machine that runs, in plain words; of what comes with a package, that it does. */
export function describeNeed({ kind, name, version, match, package: of }: HostNeed): string {
  const here = version === undefined ? '' : ` (${version} where the trace ran)`;
  if (match === 'package') {
    const peer = kind === 'name-service' ? 'the service that it asks' : "the site's launcher and interconnect";
    return `${name}${here} comes with its package ${of ?? 'there'}; ${peer} must suit it`;
  }
  switch (kind) {
    case 'cpu':
      return `a CPU of level ${name} or higher: the loader chose libraries that are built for it`;
    case 'gpu-driver':
      return `the ${name} driver${version === undefined ? '' : ` ${version} or newer`}, which is part of the kernel`;
    case 'mpi':
    case 'interconnect':
      return `${name} of the site${here}: any version under this name`;
    case 'name-service':
      return `the name service "${name}", which knows the users and hosts of the site`;
    case 'software-repository':
      return `the repository /cvmfs/${name}${version === undefined ? '' : `, revision ${version} or later`}`;
    case 'device':
      return `the device ${name}`;
  }
}
