import type { ListedPackage } from './format.js';

/** Types of packages, as package URLs and SBOMs have them, by the distributions that they are of here. */
const distributions: Readonly<Record<string, string>> = {
  ...{ deb: 'debian', rpm: 'rpm', apk: 'apk', pypi: 'python', python: 'python', npm: 'npm', conda: 'conda' },
  ...{ gem: 'rubygems', cran: 'r', 'R-package': 'r', 'r-package': 'r', cpan: 'perl', nix: 'nix', snap: 'snap' },
  ...{ homebrew: 'homebrew', brew: 'homebrew', julia: 'julia' },
};

/** A type that is not known here keeps its own name. */
export function distributionOfType(type: string): string {
  return Object.hasOwn(distributions, type) ? (distributions[type] ?? type) : type;
}

/** `pkg:deb/debian/jq@1.6?arch=amd64`: https://github.com/package-url/purl-spec. Undefined of what is none. */
export function packageOfPurl(text: string): ListedPackage | undefined {
  const [, type, path, version = '', query = ''] =
    /^pkg:\/*([A-Za-z][A-Za-z0-9.+-]*)\/([^@?#]+)(?:@([^?#]+))?(?:\?([^#]*))?/.exec(text) ?? [];
  if (type === undefined || path === undefined) return undefined;
  const distribution = distributionOfType(type.toLowerCase());
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const name = distribution === 'npm' ? parts.join('/') : parts.at(-1);
  if (name === undefined) return undefined;
  const { arch, epoch } = Object.fromEntries(new URLSearchParams(query)) as { arch?: string; epoch?: string };
  const whole =
    epoch !== undefined && epoch !== '0' && !/^\d+:/.test(version) ? `${epoch}:${decoded(version)}` : decoded(version);
  return { distribution, name, version: whole, ...(arch !== undefined && { architecture: arch }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
