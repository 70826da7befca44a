import { type AptSource, parseSourcesList, readSources } from '../../archives/apt/sources.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';
import type { Base } from '../distribution.js';
import type { DebianLock } from './schema.js';

/** The lock's archives and the host's, where they are of the wanted release; else the host's archives at that release. */
export async function sourcesFor(base: Base, previous: DebianLock | undefined, host: Machine): Promise<AptSource[]> {
  const codename = base.codename;
  if (codename === undefined) {
    throw new ReproError(
      'usage',
      `The base ${base.distribution} ${base.release} has no codename to find archives by.`,
      {
        where: 'base',
        remedy: 'Add codename to base, such as bookworm.',
      },
    );
  }
  const own = await readSources(host);
  const isOf = ({ suite }: AptSource) =>
    suite === codename || suite.startsWith(`${codename}-`) || suite.startsWith(`${codename}/`);
  const locked = parseSourcesList((previous?.sources ?? []).join('\n'), 'environment.d');
  const fitting = [...locked, ...own.filter(isOf)];
  if (fitting.length > 0) return unique(fitting);
  const others = own.flatMap((source) => {
    const match = /^([a-z]+)(-security|-updates|\/updates)?$/.exec(source.suite);
    if (!match || (codename === 'sid' && match[2])) return [];
    return [{ ...source, suite: `${codename}${match[2] ?? ''}` }];
  });
  if (others.length > 0) return unique(others);
  throw new ReproError('not-ready', `${host.label} has no apt archive to resolve packages with.`, {
    remedy: 'Add a Debian archive to /etc/apt/sources.list.',
  });
}

function unique(sources: readonly AptSource[]): AptSource[] {
  return [...new Map(sources.map((source) => [`${source.uri} ${source.suite} ${source.components}`, source])).values()];
}
