import type { DistributionModule } from '../../packaging/distribution.js';
import { summarize } from './finish.js';
import { planGit } from './plan.js';
import { openGit } from './reader.js';
import { gitRecipes } from './recipe.js';
import { refreshIndexes } from './refresh.js';
import { requestGit } from './request.js';
import { resolveGit } from './resolve.js';
import { type GitLock, type GitManifest, gitLockSchema, gitManifestSchema } from './schema.js';

const gitRules = {
  'git-folder': "is git's own, and was used by git itself",
  'python-bytecode': 'is compiled from a tracked source',
  data: 'is data that git-annex or git-lfs keeps outside of commits',
  content: 'is not as in the commit',
  staged: 'is not as in the commit, though it was added for the next one',
  'line-ends': 'is as in the commit but for its line ends',
  removed: 'is tracked, and is not there',
  unreadable: 'cannot be read, so that nobody knows whether it is as in the commit',
  replaced: 'is tracked, and is something else now',
};

/** Working trees of git, wherever they are, with what git-annex, DataLad and git-lfs keep for them. */
export const git: DistributionModule<GitManifest, GitLock> = {
  name: 'git',
  title: 'repositories of git (git-annex, DataLad, git-lfs)',
  manifestSchema: gitManifestSchema,
  lockSchema: gitLockSchema,
  rules: gitRules,
  databases: [],
  open: openGit,
  resolve: resolveGit,
  request: requestGit,
  exact: ({ packages }) => ({ name: 'git', repositories: packages.map(summarize) }),
  plan: planGit,
  recipes: gitRecipes,
  beforeRun: refreshIndexes,
  // Ids of commits have no order: two are the same or not.
  compareVersions: (a, b) => Number(a > b) - Number(a < b),
};
