import { stringify } from 'yaml';
import type { PlanContext } from '../../packaging/distribution.js';
import type { Recipe } from '../../packaging/recipe.js';
import { planConda } from './plan.js';
import type { CondaLock, CondaPackage } from './schema.js';

/** Packages by their addresses and hashes: what conda, mamba and micromamba take without solving anything. */
export function condaRecipes(lock: CondaLock, _context: PlanContext): Recipe[] {
  const { artifacts = [] } = planConda(lock);
  return lock.prefixes.flatMap(({ path }) => {
    const own = lock.packages.filter((each) => each.at === path && explicit(each) !== undefined);
    const digests = new Set(own.flatMap(({ sha256, md5 }) => [sha256, md5]));
    if (own.length === 0) return [];
    return [
      {
        script: 'conda',
        program: 'conda',
        words: { prefix: [path] },
        files: {
          'explicit.txt': ['@EXPLICIT', ...own.map(explicit), ''].join('\n'),
          'environment.yml': environmentFile(own),
        },
        packages: artifacts.filter(({ at, artifact }) => at === path && digests.has(artifact.digest?.value)),
        fetched: 'itself',
        at: path,
      },
    ];
  });
}

/** https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#building-identical-conda-environments */
function explicit({ url = '', certainty, md5, sha256 }: CondaPackage): string | undefined {
  const hash = md5 ?? (sha256 === undefined ? undefined : `sha256:${sha256}`);
  if (certainty === 'repacked' || hash === undefined || !/^https?:\/\/[^\s#]+$/.test(url)) return undefined;
  return `${url}#${hash}`;
}

/** https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#creating-an-environment-file-manually */
function environmentFile(packages: readonly CondaPackage[]): string {
  const channels = [...new Set(packages.flatMap(({ url = '' }) => channelOf(url)))];
  const dependencies = packages.map(({ name, version, build }) => `${name}=${version}=${build}`).sort();
  return stringify({ channels: [...channels, 'nodefaults'], dependencies });
}

/** The address above the folder of an architecture. */
function channelOf(url: string): string[] {
  const [, channel] = /^(.+)\/[^/]+\/[^/]+$/.exec(url) ?? [];
  return channel === undefined ? [] : [channel];
}
