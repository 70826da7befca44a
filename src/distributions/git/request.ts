import type { GitManifest } from './schema.js';

/** Repositories as `URL` or `URL@REF`, each in a folder of its own name. */
export function requestGit(names: readonly string[]): GitManifest {
  return { name: 'git', repositories: names.map(repositoryOf) };
}

function repositoryOf(text: string): GitManifest['repositories'][number] {
  // A user may stand before an `@` too: `git@host:name`, `ssh://git@host/name`.
  const [, url = text, ref] = /^((?:[a-z][a-z0-9+.-]*:\/\/[^/]*\/|[^/:]+:(?!\/\/)|\/).+?)@([^@:]+)$/.exec(text) ?? [];
  const name = /([^/:]+?)(?:\.git)?\/*$/.exec(url)?.[1] ?? 'repository';
  return { path: `/srv/${name}`, url, ...(ref === undefined ? {} : { ref }) };
}
