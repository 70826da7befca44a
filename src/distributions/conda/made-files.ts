import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { comparePaths, type FilePath, joinPath, parentPath, parsePath, pathFromText } from '../../model/file-path.js';
import { readInfo } from './archive.js';
import { type Installing, installed } from './install.js';
import { metaFolder } from './prefixes.js';
import type { Solved } from './solve.js';

/** A package that is to be put in place, as a file of this machine. */
export interface Placed {
  readonly solved: Solved;
  readonly file: string;
  readonly installing: Installing;
  /** What was asked for, of one that was. */
  readonly requested?: string | undefined;
}

interface Made {
  readonly path: FilePath;
  readonly content: Buffer;
  readonly mode: number;
}

/**
 * What an installation makes beside the files of packages, as a tar from the root: its records, so that conda and others
 * know what is there, and the programs of Python packages.
 */
export async function packMade(
  prefixText: string,
  packages: readonly Placed[],
  epoch: number,
): Promise<{ readonly tar: Buffer; readonly withScripts: readonly string[] }> {
  const prefix = parsePath(prefixText) as FilePath;
  const made: Made[] = [];
  const withScripts: string[] = [];
  for (const each of packages) {
    const { record, programs } = await recordOf(each, prefix);
    const { name, version, build } = each.solved;
    if (record.files.includes(`bin/.${name}-post-link.sh`)) withScripts.push(name);
    const content = Buffer.from(`${JSON.stringify(record, null, 2)}\n`);
    made.push(...programs, { path: inMeta(prefix, `${name}-${version}-${build}.json`), content, mode: 0o644 });
  }
  const specs = packages.flatMap(({ requested }) => (requested === undefined ? [] : `'${requested}'`));
  const date = new Date(epoch * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const history = `==> ${date} <==\n# update specs: [${specs.join(', ')}]\n`;
  made.push({ path: inMeta(prefix, 'history'), content: Buffer.from(history), mode: 0o644 });
  return { tar: tarOf(prefix, made, epoch), withScripts };
}

function inMeta(prefix: FilePath, name: string): FilePath {
  return joinPath(metaFolder(prefix), pathFromText(name));
}

/** conda-meta/*.json: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html */
async function recordOf({ solved, file, installing, requested }: Placed, prefix: FilePath) {
  const paths: object[] = [];
  const files: string[] = [];
  const open = () => createReadStream(file);
  for await (const { path, type, content } of installed(open, installing)) {
    const hash = createHash('sha256');
    for await (const chunk of content) hash.update(chunk);
    if (type === 'directory') continue;
    const _path = Buffer.from(path.slice(1), 'latin1').toString('utf8');
    files.push(_path);
    paths.push({
      _path,
      ...(type === 'symlink'
        ? { path_type: 'softlink' }
        : { path_type: 'hardlink', sha256_in_prefix: hash.digest('hex') }),
    });
  }
  const { entryPoints } = await readInfo(open, installing.file);
  const programs = entryPoints.map((line) => programOf(line, prefix));
  for (const { path } of programs) {
    const _path = path.slice(prefix.length + 1);
    files.push(_path);
    paths.push({ _path, path_type: 'unix_python_entry_point' });
  }
  const record = {
    ...solved,
    files: files.sort(),
    paths_data: { paths_version: 1, paths },
    ...(requested === undefined ? {} : { requested_spec: requested }),
  };
  return { record, programs };
}

/** `name = module:function`: https://packaging.python.org/en/latest/specifications/entry-points/ */
function programOf(line: string, prefix: FilePath): Made {
  const [, name = '', module = '', attribute = ''] = /^([\w.+-]+)\s*=\s*([\w.]+):([\w.]+)/.exec(line.trim()) ?? [];
  if (name === '' || attribute === '') throw new Error(`the entry point ${JSON.stringify(line)} cannot be read`);
  const text = [
    `#!${prefix}/bin/python`,
    'import sys',
    `from ${module} import ${attribute.split('.')[0]}`,
    "if __name__ == '__main__':",
    `    sys.exit(${attribute}())`,
  ];
  return {
    path: joinPath(prefix, pathFromText(`bin/${name}`)),
    content: Buffer.from(`${text.join('\n')}\n`),
    mode: 0o755,
  };
}

function tarOf(prefix: FilePath, made: readonly Made[], mtime: number): Buffer {
  const folders = new Set<FilePath>();
  for (const { path } of made) {
    for (let at = parentPath(path); at.startsWith(prefix); at = parentPath(at)) folders.add(at);
  }
  const owned = { uid: 0, gid: 0, mtime };
  return Buffer.concat([
    ...[...folders]
      .sort(comparePaths)
      .map((path) => tarHeader({ ...owned, name: path.slice(1), type: 'directory', mode: 0o755, size: 0 })),
    ...made.flatMap(({ path, content, mode }) => [
      tarHeader({ ...owned, name: path.slice(1), type: 'file', mode, size: content.length }),
      content,
      tarPadding(content.length),
    ]),
    tarEnd(),
  ]);
}
