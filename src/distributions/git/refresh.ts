import { usualPath } from '../../exec.js';
import { parsePath } from '../../model/file-path.js';
import type { RunStep } from '../../model/plan.js';
import type { GitLock } from './schema.js';

/**
 * Pure: the index notes of each file when its inode was changed, which is another time in every copy: git would look
 * into all files once more. Of a link it would look up what was committed, which need not be there: it is added again.
 * The index keeps its own date: git looks into files that are as new as the index (racy-git(7)), here as on the origin.
 */
export function refreshIndexes({ packages }: GitLock): RunStep[] {
  return packages
    .filter(({ index }) => index)
    .map(({ at, changed }) => ({
      kind: 'run',
      argv: ['sh', '-c', refreshScript, 'sh', ...changed.map((name) => `:(exclude,literal)${name}`)],
      cwd: parsePath(at),
      environment: nothingOfOthers,
      reason: 'the index notes when files were put there',
    }));
}

const refreshScript = `index=$(git rev-parse --git-path index)
touch -r "$index" "$index.date"
git ls-files -s -z -- . "$@" | sed -z -n 's/^120000 [^\\t]*\\t//p' | git update-index -z --stdin
git update-index -q --refresh
touch -r "$index.date" "$index"
rm "$index.date"`;

/** No hooks and monitors, whosever the repository is (git-config(1), "ENVIRONMENT"); filters run as they do in the run. */
const nothingOfOthers = {
  PATH: usualPath,
  GIT_CONFIG_COUNT: '3',
  ...{ GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
  ...{ GIT_CONFIG_KEY_1: 'core.fsmonitor', GIT_CONFIG_VALUE_1: 'false' },
  ...{ GIT_CONFIG_KEY_2: 'core.hooksPath', GIT_CONFIG_VALUE_2: '/dev/null' },
};
