import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RpmSource } from './rpm.js';
import { systemSources } from './rpm-system.js';
import { must } from './run.js';

const settings = '/usr/lib/rpm';

/** The small system with the machine's own rpm and shell, with all that they load: it can install packages by itself. */
export async function systemWithRpm(): Promise<RpmSource[]> {
  const read = ['macros', 'rpmrc', ...readdirSync(settings).filter((name) => name.startsWith('rpmpopt-'))];
  return [
    ...systemSources().map(withoutOwn),
    {
      ...{ name: 'rpm', version: '4.18.0-1', architecture: 'x86_64', preamble: ['Requires: filesystem, dash'] },
      copies: { ...(await program('/usr/bin/rpm')), ...same(read.map((name) => join(settings, name))) },
      // Debian's own keeps no database of the system.
      files: { '/etc/rpm/macros': '%_dbpath /var/lib/rpm\n%_db_backend sqlite\n', '/var/lib/rpm': '/' },
    },
    {
      ...{ name: 'dash', version: '0.5.12-2', architecture: 'x86_64' },
      copies: await program('/usr/bin/dash'),
      files: { '/usr/bin/sh': '-> dash' },
      preamble: ['Requires(pre): filesystem', 'Provides: /bin/sh'],
    },
  ];
}

/** The shell of BusyBox takes its own rpm before any other. */
function withoutOwn({ files = {}, preamble = [], ...source }: RpmSource): RpmSource {
  if (source.name !== 'busybox') return { ...source, files, preamble };
  const { '/usr/bin/sh': _sh, '/usr/bin/rpm': _rpm, ...others } = files;
  return {
    ...source,
    files: others,
    preamble: [...preamble.filter((line) => !line.startsWith('Provides')), 'Requires: dash'],
  };
}

async function program(path: string): Promise<Record<string, string>> {
  const libraries = (await must(['ldd', path])).match(/\/\S+/g) ?? [];
  // Where a merged /usr has them.
  const loaded = libraries.map((library) => [library.replace(/^\/lib/, '/usr/lib'), library]);
  return { ...same([path]), ...Object.fromEntries(loaded) };
}

function same(paths: readonly string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [path, path]));
}
