import { type Pack, pack } from 'tar-stream';
import type { BootstrapPlan } from '../../model/plan.js';
import { groupText, passwdText } from '../../packaging/accounts.js';
import type { DebianDetails } from './details.js';

/** Makes `usrmerge` and `usr-is-merged` accept a system that is not merged. */
export const splitMarker = 'etc/unsupported-skip-usrmerge-conversion';

/**
 * Found before the real one by mmdebstrap's chroot: maintainer scripts must not see SOURCE_DATE_EPOCH, or Python's byte
 * code would be of another kind (checked by hash, not by date) than on every system installed in the usual way.
 */
export const wrapperFolder = '/run/reproman';
const dpkgWrapper = `#!/bin/sh
unset SOURCE_DATE_EPOCH
PATH=\${PATH#*:}
exec dpkg "$@"
`;

/**
 * What must be there before the first package: the links of a merged /usr, and the accounts with their traced ids, so
 * that maintainer scripts find them and base-passwd only adds what is missing. Passwords are locked; shadow is made by
 * the packages themselves.
 */
export function seedTar(plan: BootstrapPlan, details: DebianDetails): Pack {
  const tar = pack();
  const common = { mtime: new Date(plan.epoch * 1000), uid: 0, gid: 0, uname: 'root', gname: 'root' };
  const folder = (name: string) => tar.entry({ ...common, name: `${name}/`, type: 'directory', mode: 0o755 });
  const file = (name: string, text: string) => tar.entry({ ...common, name, mode: 0o644 }, text);
  folder('etc');
  folder('run');
  folder(wrapperFolder.slice(1));
  tar.entry({ ...common, name: `${wrapperFolder.slice(1)}/dpkg`, mode: 0o755 }, dpkgWrapper);
  if (details.layout === 'merged-usr') {
    folder('usr');
    for (const name of mergedFolders(plan)) {
      folder(`usr/${name}`);
      tar.entry({ ...common, name, type: 'symlink', linkname: `usr/${name}`, mode: 0o777 });
    }
  } else if (plan.packages.some(({ name }) => name === 'usrmerge' || name === 'usr-is-merged')) {
    file(splitMarker, '');
  }
  if (details.accounts.users.length > 0) {
    file('etc/passwd', passwdText(details.accounts));
    file('etc/group', groupText(details.accounts));
  }
  tar.finalize();
  return tar;
}

/** Links of a merged /usr: as debootstrap does, but a folder for another word size only where a package of that kind is planned. */
export function mergedFolders({ architecture, packages }: BootstrapPlan): string[] {
  const has = (pattern: RegExp) => packages.some(({ name }) => pattern.test(name));
  const wide = ['amd64', 'ppc64', 'ppc64el', 'loong64', 'sparc64', 'x32'].includes(architecture);
  return [
    'bin',
    'sbin',
    'lib',
    ...(wide || has(/^(?:lib64|libc6-amd64)/) ? ['lib64'] : []),
    ...(has(/^(?:lib32|libc6-i386|libc6-s390)/) ? ['lib32'] : []),
    ...(has(/^(?:libx32|libc6-x32)/) ? ['libx32'] : []),
  ];
}
