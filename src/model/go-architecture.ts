/** Where a distribution has its own word for an architecture: https://go.dev/doc/install/source#environment */
const goArchitectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
  i686: '386',
  x86: '386',
  armhf: 'arm',
  armv7: 'arm',
  ppc64el: 'ppc64le',
};

/** What images call the architecture of a base. */
export function goArchitecture(architecture: string): string {
  return goArchitectures[architecture] ?? architecture;
}
