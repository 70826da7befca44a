import type { FileType } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { kernelPattern } from '../model/kernel-path.js';
import type { Owner, OwnerState } from '../model/owner.js';
import { siteLibrary } from './site-libraries.js';

/** A rule over path names that holds on every distribution. */
interface PathRule {
  readonly name: string;
  readonly state: Extract<OwnerState, 'host-bound' | 'left-out'>;
  readonly path: RegExp;
  readonly why: string;
}

/** Asked before any distribution: a package's claim does not change these. First match wins. */
const outrightRules: readonly PathRule[] = [
  {
    name: 'tracer',
    state: 'left-out',
    path: /^\/run\/reproman(?:\/|$)/,
    why: 'belongs to the tracer',
  },
  {
    name: 'gpu-device',
    state: 'host-bound',
    path: /^\/dev\/(?:nvidia[^/]*|nvidia-caps\/.*|dri(?:\/.*)?|kfd)$/,
    why: 'a device of the host',
  },
  {
    name: 'interconnect-device',
    state: 'host-bound',
    path: /^\/dev\/(?:infiniband(?:\/.*)?|hfi1[^/]*|ipath[^/]*|cxi\d+|knem|xpmem|kgni\d*)$/,
    why: 'a device of the host',
  },
  {
    name: 'kernel-interface',
    state: 'left-out',
    path: kernelPattern,
    why: 'made by the running kernel',
  },
  {
    name: 'gpu-driver',
    state: 'host-bound',
    path: /\/lib(?:cuda|cudadebugger|nvidia-[^/]+|nvcuvid|nvoptix|GLX_nvidia|EGL_nvidia|GLESv\d_[^/]*nvidia)\.so(?:\.[\d.]+)?$/,
    why: 'must be of the same version as the kernel module of the host',
  },
  {
    name: 'software-repository',
    state: 'host-bound',
    path: /^\/cvmfs(?:\/|$)/,
    why: 'a read-only repository that every host mounts',
  },
];

/** The rule, if any, that settles a path before any distribution is asked. */
export function outrightOwner(path: FilePath): Owner | undefined {
  return anyOutright.test(path) ? matchRule(path, outrightRules) : undefined;
}

const anyOutright = new RegExp(outrightRules.map(({ path }) => `(?:${path.source})`).join('|'));

/** Asked for what no distribution claims. First match wins. */
const unownedRules: readonly PathRule[] = [
  {
    name: 'name-service-module',
    state: 'host-bound',
    path: /\/libnss_[\w-]+\.so(?:\.[\d.]+)?$/,
    why: 'asks the directory of the site for users and hosts',
  },
  {
    name: 'site-mpi',
    state: 'host-bound',
    path: new RegExp(String.raw`^\/(?!home\/|root\/|tmp\/)(?:.*\/)?${siteLibrary}`),
    why: "must fit the site's interconnect and the launcher of its batch system",
  },
  {
    name: 'machine-identity',
    state: 'host-bound',
    path: /^\/(?:etc\/(?:machine-id|hostname|hosts|resolv\.conf)|var\/lib\/dbus\/machine-id)$/,
    why: 'names the host and its network',
  },
  {
    name: 'host-service',
    state: 'host-bound',
    path: /^\/(?:(?:var\/)?run\/(?:systemd|dbus|nscd|sssd|user)|var\/lib\/sss)(?:\/|$)/,
    why: 'state of a service of the host',
  },
];

function matchRule(path: FilePath, rules: readonly PathRule[]): Owner | undefined {
  const rule = rules.find((each) => each.path.test(path));
  return rule && { path, state: rule.state, rule: rule.name };
}

/** What a path is that nobody claims; `type` is undefined where nothing is. */
export function classifyUnowned(path: FilePath, type: FileType | undefined): Owner {
  if (type === undefined) return { path, state: 'left-out', rule: 'absent' };
  const ruled = matchRule(path, unownedRules);
  if (ruled) return ruled;
  if (type === 'file' || type === 'directory' || type === 'symlink') return { path, state: 'loose' };
  return { path, state: 'left-out', rule: type === 'socket' ? 'socket' : 'device' };
}

/** What the rules of no distribution say, in words. */
export const generalRules: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...outrightRules, ...unownedRules].map(({ name, why }) => [name, why])),
  'merged-usr': 'a link into /usr that the base makes',
  'python-bytecode': 'Python compiles it from the source beside it',
  absent: 'nothing is there',
  added: 'its package does not bring it',
  content: 'its content is not what its package brought',
  device: 'a device of the machine',
  removed: 'its package brings it, and it is not there',
  replaced: 'its package brings a file, and something else is there',
  socket: 'a socket of a running service',
};
