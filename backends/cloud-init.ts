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

/** https://cloudinit.readthedocs.io, `keys_to_console`: it writes them when the machine starts for the first time. */
const shownKeys = /-----BEGIN SSH HOST KEY KEYS-----([\s\S]*?)-----END SSH HOST KEY KEYS-----/g;
const key = /\b(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp\d+) [A-Za-z0-9+/]+={0,2}/g;

/** The keys that a console shows, the newest where it shows several; none where it shows none yet. */
export function hostKeysIn(output: string): readonly string[] {
  const [, text = ''] = [...output.matchAll(shownKeys)].at(-1) ?? [];
  return [...new Set(text.match(key))];
}
