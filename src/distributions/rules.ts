import type { FileType } from '../model/file-entry.js';
import type { FilePath } from '../model/file-path.js';
import { kernelPattern } from '../model/kernel-path.js';
import type { Owner, OwnerState } from '../model/owner.js';

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
    name: 'machine-identity',
    state: 'host-bound',
    path: /^\/(?:etc\/(?:machine-id|hostname|hosts|resolv\.conf)|var\/lib\/dbus\/machine-id)$/,
    why: 'names the host and its network',
  },
  {
    name: 'host-service',
    state: 'host-bound',
    path: /^\/(?:var\/)?run\/(?:systemd|dbus|nscd|sssd|user)(?:\/|$)/,
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
