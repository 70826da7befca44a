import { type FilePath, joinPath } from '../../model/file-path.js';
import type { PackageFiles } from './package-files.js';
import type { PackageRow } from './packages.js';

const versionFolder = /^python[0-9]+\.[0-9]+$/;

/** What pip and Debian install of Python, where container-diff looks for it. */
export async function listPip(
  files: PackageFiles,
  environment: Readonly<Record<string, string>>,
): Promise<PackageRow[]> {
  const found = new Map<string, PackageRow>();
  for (const folder of foldersOf(files, environment)) {
    const names = files.names(folder);
    for (const [at, name] of names.entries()) {
      if (!/(?:egg|dist)-info$/.test(name)) continue;
      const known = (await metadataOf(files, joinPath(folder, name))) ?? namedBy(name);
      const size = await sizeOf(files, folder, { names, at, package: known.name });
      if (size === undefined) continue;
      found.set(`${known.name}\n${folder}`, { Name: known.name, Path: folder, Version: known.version, Size: size });
    }
  }
  return [...found.values()];
}

function foldersOf({ names }: PackageFiles, { PYTHONPATH }: Readonly<Record<string, string>>): Set<FilePath> {
  const versions = ['/usr/local/lib', '/usr/lib'].flatMap((folder) =>
    names(folder as FilePath).filter((name) => versionFolder.test(name)),
  );
  const asked = PYTHONPATH?.split(':').filter((folder) => folder.startsWith('/')) ?? [];
  const usual = versions.flatMap((version) => [
    ...['', '/dist-packages', '/site-packages'].map((below) => `/usr/lib/${version}${below}`),
    ...['/dist-packages', '/site-packages'].map((below) => `/usr/local/lib/${version}${below}`),
  ]);
  return new Set([...asked, ...usual] as FilePath[]);
}

interface Known {
  readonly name: string;
  readonly version: string;
}

/** The line of the name, and the one below it; an egg may be a single file. */
async function metadataOf({ read, isFolder }: PackageFiles, place: FilePath): Promise<Known | undefined> {
  const file = place.endsWith('egg-info') ? 'PKG-INFO' : 'METADATA';
  const text = isFolder(place) ? await read(joinPath(place, file)) : await read(place);
  if (text === undefined) return undefined;
  const lines = text.toString('utf8').split(/\r?\n/);
  const at = lines.findIndex((line) => line.startsWith('Name'));
  const valueAt = (line: number) => lines[line]?.split(': ')[1] ?? '';
  return at === -1 ? { name: '', version: '' } : { name: valueAt(at), version: valueAt(at + 1) };
}

function namedBy(name: string): Known {
  const [, packageName = '', version = ''] = /^([a-z|A-Z0-9_]+)-((?:[0-9]+\.){2,3})(?:dist|egg)-info$/.exec(name) ?? [];
  return { name: packageName, version: version.slice(0, -1) };
}

interface Place {
  readonly names: readonly string[];
  readonly at: number;
  readonly package: string;
}

/** Of what `top_level.txt` names, else of the entry before or after that has the package's name in its own. */
async function sizeOf(files: PackageFiles, folder: FilePath, { names, at, package: name }: Place) {
  const top = await files.read(joinPath(joinPath(folder, names[at] ?? ''), 'top_level.txt'));
  if (top === undefined) {
    const near = [names[at - 1], names[at + 1]].find((each) => each?.includes(name));
    return near === undefined ? undefined : (files.size(joinPath(folder, near)) ?? 0);
  }
  const lines = top.toString('utf8').replace(/\n$/, '').split(/\r?\n/);
  return lines.reduce((sum, line) => {
    const place = line === '' ? folder : below(folder, line);
    return sum + (files.size(place) ?? files.size(`${place}.py` as FilePath) ?? 0);
  }, 0);
}

function below(folder: FilePath, names: string): FilePath {
  let at = folder;
  for (const name of names.split('/')) if (name !== '') at = joinPath(at, name);
  return at;
}
