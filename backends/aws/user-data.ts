/** What a backend needs of the machine that the official image has not, by the package's name in Debian. */
const packages: Readonly<Record<string, readonly string[]>> = { docker: ['docker.io'] };

/** Whether something is installed there that is to be waited for. */
export function needsPackages(backend: string): boolean {
  return Object.hasOwn(packages, backend);
}

/**
 * What cloud-init does when the machine starts for the first time, https://cloudinit.readthedocs.io: official images let
 * root in only when they are told to. JSON is YAML, too.
 */
export function userData({ user, backend }: { readonly user: string; readonly backend: string }): string {
  const wanted = packages[backend];
  const config = {
    ...(user === 'root' && { disable_root: false }),
    ...(wanted && { package_update: true, packages: wanted }),
  };
  return `#cloud-config\n${JSON.stringify(config)}\n`;
}
