import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { must } from './run.js';

/** Facts of the machine's own Debian archive, looked up when asked for: they move. */
export async function codename(): Promise<string> {
  const found = ownRelease('VERSION_CODENAME');
  if (found === undefined) throw new Error('/etc/os-release names no codename');
  return found;
}

/** The base of a hand-written spec: the machine's own release. */
export async function ownBase(): Promise<string> {
  const name = await codename();
  const release = ownRelease('VERSION_ID') ?? name;
  return `base: { distribution: debian, release: "${release}", codename: ${name}, architecture: amd64 }`;
}

function ownRelease(key: string): string | undefined {
  return new RegExp(`^${key}="?([\\w.]+)"?$`, 'm').exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
}

/** The versions of a package that the machine's sources offer, oldest first. */
export async function offeredVersions(name: string): Promise<string[]> {
  const table = await must(['apt-cache', 'madison', name]);
  const versions = table.split('\n').map((line) => line.split('|')[1]?.trim() ?? '');
  const distinct = [...new Set(versions.filter((version) => version !== ''))];
  const sorted: string[] = [];
  for (const version of distinct) {
    let at = 0;
    while (at < sorted.length && (await isOlder(sorted[at] ?? '', version))) at++;
    sorted.splice(at, 0, version);
  }
  return sorted;
}

/** Files with the machine's Debian sources for its own release, as mmdebstrap takes them. */
export async function sourceFiles(): Promise<string[]> {
  const name = await codename();
  const folder = '/etc/apt/sources.list.d';
  const parts = existsSync(folder) ? readdirSync(folder).filter((file) => /\.(list|sources)$/.test(file)) : [];
  const files = ['/etc/apt/sources.list', ...parts.map((file) => `${folder}/${file}`)].filter(existsSync);
  return files.filter((file) => new RegExp(`^(deb |Suites:).*\\b${name}\\b`, 'm').test(readFileSync(file, 'utf8')));
}

/** A line of sources for another suite of the archive that the machine's own release is from. */
export async function sourceLine(suite: string): Promise<string> {
  const text = (await sourceFiles()).map((file) => readFileSync(file, 'utf8')).join('\n');
  const uri = /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? /^deb\s+(?:\[.*?\]\s+)?(\S+)/m.exec(text)?.[1];
  if (uri === undefined) throw new Error("the machine's sources name no archive");
  return `deb ${uri} ${suite} main`;
}

async function isOlder(a: string, b: string): Promise<boolean> {
  return must(['dpkg', '--compare-versions', a, 'lt', b]).then(
    () => true,
    () => false,
  );
}
