import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { writeFiles } from './loop.js';

/** Files of a package, whose package.json is made of these fields. */
export interface PackageSource {
  readonly json: { readonly name: string; readonly version: string; readonly [field: string]: unknown };
  readonly files?: Readonly<Record<string, string>>;
}

/** Packs packages with npm, and installs the project in `app` that asks for them with npm, all below a folder. */
export function installWithNpm(
  place: string,
  sources: readonly PackageSource[],
  project: Readonly<Record<string, unknown>>,
  cache: string = join(place, 'cache'),
): void {
  pack(place, sources, cache);
  const app = join(place, 'app');
  writeFiles(app, { 'package.json': JSON.stringify({ name: 'app', version: '1.0.0', ...project }) });
  npm(app, cache, ['install']);
}

/** Packs packages below a folder, and installs them for everybody: their programs are in `bin` of the prefix. */
export function installGloballyWithNpm(place: string, sources: readonly PackageSource[], prefix: string): void {
  const cache = join(place, 'cache');
  npm(place, cache, ['install', '--global', `--prefix=${prefix}`, ...pack(place, sources, cache)]);
}

/** Gives the tarballs. */
function pack(place: string, sources: readonly PackageSource[], cache: string): string[] {
  const folders = sources.map(({ json, files = {} }) => {
    const folder = join(place, 'sources', `${json.name}-${json.version}`);
    const index = `module.exports = '${json.name}'\n`;
    writeFiles(folder, { 'package.json': JSON.stringify(json), 'index.js': index, ...files });
    return folder;
  });
  npm(place, cache, ['pack', '--pack-destination', place, ...folders]);
  return sources.map(({ json: { name, version } }) =>
    join(place, `${name.replace(/^@/, '').replace('/', '-')}-${version}.tgz`),
  );
}

function npm(cwd: string, cache: string, argv: readonly string[]): void {
  const quiet = ['--offline', '--no-audit', '--no-fund', '--loglevel=error', `--cache=${cache}`];
  execFileSync('npm', [...argv, ...quiet], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
