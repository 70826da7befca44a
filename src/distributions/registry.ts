import type { DistributionModule } from '../packaging/distribution.js';

/**
 * Every distribution, loaded when first asked for; the key is the folder's name. From the ground up: what others stand
 * on comes before them, and has what several of them claim.
 */
export const distributions = {
  debian: async () => (await import('./debian/index.js')).debian,
  rpm: async () => (await import('./rpm/index.js')).rpm,
  apk: async () => (await import('./apk/index.js')).apk,
  spack: async () => (await import('./spack/index.js')).spack,
  easybuild: async () => (await import('./easybuild/index.js')).easybuild,
  homebrew: async () => (await import('./homebrew/index.js')).homebrew,
  snap: async () => (await import('./snap/index.js')).snap,
  nix: async () => (await import('./nix/index.js')).nix,
  modules: async () => (await import('./modules/index.js')).modules,
  conda: async () => (await import('./conda/index.js')).conda,
  python: async () => (await import('./python/index.js')).python,
  npm: async () => (await import('./npm/index.js')).npm,
  yarn: async () => (await import('./yarn/index.js')).yarn,
  r: async () => (await import('./r/index.js')).r,
  julia: async () => (await import('./julia/index.js')).julia,
  perl: async () => (await import('./perl/index.js')).perl,
  rubygems: async () => (await import('./rubygems/index.js')).rubygems,
  git: async () => (await import('./git/index.js')).git,
  svn: async () => (await import('./svn/index.js')).svn,
} as const satisfies Record<string, () => Promise<DistributionModule>>;

export type DistributionName = keyof typeof distributions;

export function isDistribution(name: string): name is DistributionName {
  return Object.hasOwn(distributions, name);
}
