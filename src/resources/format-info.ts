import { shellWords } from '../model/shell-words.js';
import { showBytes } from '../model/sizes.js';
import type { ResourceInfo } from './info.js';
import { shownLive } from './list.js';

/** What a person reads of a resource, one fact a line. */
export function formatInfo(info: ResourceInfo): string {
  const { run, packages = {}, size, specSize, environmentDigest } = info;
  const kinds = Object.entries(packages).map(([kind, count]) => `${kind}: ${count}`);
  const facts: readonly (readonly [title: string, text: string | undefined])[] = [
    ['name', info.name],
    ['backend', info.backend],
    ['state', shownLive(info)],
    ['image', info.image],
    ['problem', info.problem],
    ['place', info.description],
    ['size', size === undefined ? undefined : showBytes(size)],
    ['created', info.created],
    ['spec', info.spec],
    ['own copy', specSize === undefined ? undefined : showBytes(specSize)],
    ['base', info.base],
    ['packages', kinds.length === 0 ? undefined : kinds.join(', ')],
    ['spec digest', info.specDigest],
    ['plan digest', info.planDigest],
    ['tree digest', info.treeDigest],
    ['environment', environmentDigest],
    ['support', info.support.length === 0 ? undefined : info.support.join(', ')],
    ['command', run.command && shellWords(run.command)],
    ['folder', run.cwd],
    ['user', [run.user.uid, run.user.gid, ...run.user.groups].join(' ')],
    ...Object.entries(run.environment).map(([name, value]) => ['variable', `${name}=${value}`] as const),
  ];
  return facts.flatMap(([title, text]) => (text === undefined ? [] : [`${title.padEnd(12)} ${text}`])).join('\n');
}
