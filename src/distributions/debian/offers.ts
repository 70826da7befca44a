import { readSources } from '../../archives/apt/sources.js';
import type { Offer } from '../../archives/ladder.js';
import { listIfThere } from '../../machines/if-there.js';
import type { Machine, Unreadable } from '../../machines/machine.js';
import { type FilePath, pathFromText, showPath } from '../../model/file-path.js';
import type { PlannedPackage } from '../../model/plan.js';

const cache = pathFromText('/var/cache/apt/archives');

/** What apt has in its cache, and the same path of an archive's pool at the archives that the machine uses. */
export async function offersOfDebian(host: Machine): Promise<(planned: PlannedPackage) => Offer> {
  const unread: string[] = [];
  const unreadable: Unreadable = (path, code) => unread.push(`${showPath(path)}: ${code}`);
  const cached = new Set<string>(await listIfThere(host.files, cache, unreadable));
  const sources = await readSources(host, unreadable);
  const archives = [...new Set(sources.map(({ uri }) => uri))];
  return ({ name, version, architecture, artifact: { urls } }) => {
    const file = `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
    const pools = urls.flatMap((url) => /\/(pool\/.+)$/.exec(url)?.[1] ?? []);
    const others = pools.flatMap((pool) => archives.map((archive) => `${archive}/${pool}`));
    return {
      files: cached.has(file) ? [`${cache}/${file}` as FilePath] : [],
      urls: [...new Set(others)].filter((url) => !urls.includes(url)),
      unread,
    };
  };
}
