import { createHash } from 'node:crypto';
import { z } from 'zod';
import { openZip, type ZipFile, type ZipMember } from '../../archives/zip.js';
import { ReproError } from '../../errors.js';
import { baseName, type FilePath, joinPath, normalizePath, parentPath } from '../../model/file-path.js';
import { documentPath, pathTextSchema } from '../../model/schemas.js';
import type { Unpacked } from '../../packaging/distribution.js';

/** What the step that installs a wheel is told, and the lock has. */
export const wheelPlaceSchema = z.strictObject({
  site: pathTextSchema,
  prefix: pathTextSchema.describe('what programs and data go below'),
  interpreter: pathTextSchema.describe('the Python that its programs name'),
  requested: z.boolean(),
  date: z.int(),
});

export type WheelPlace = z.infer<typeof wheelPlaceSchema>;

interface Installed {
  readonly path: FilePath;
  readonly mode: number;
  readonly content: () => AsyncIterable<Buffer>;
  readonly size: number;
}

/**
 * What installing a wheel puts in place, as pip does it: members where their names say, programs of its entry points,
 * and a RECORD of all. https://packaging.python.org/specifications/binary-distribution-format/#installing-a-wheel-distribution-1-0-py32-none-any-whl
 */
export async function* extractWheel(file: string, details: unknown): AsyncGenerator<Unpacked> {
  const place = wheelPlaceSchema.parse(details);
  await using zip = await openZip(file);
  const info = infoFolder(zip, file);
  const site = documentPath(place.site);
  const made = new Set<FilePath>([...foldersUpTo(site), joinPath(documentPath(place.prefix), 'bin')]);
  const record: string[] = [];
  const common = { uid: 0, gid: 0, mtime: place.date };
  const files = [...installedMembers(zip, info, place), ...(await writtenFiles(zip, info, place))];
  for (const { path, mode, size, content } of files) {
    if (!isBelow(path, [site, documentPath(place.prefix)])) throw outside(file, path);
    for (const folder of foldersUpTo(parentPath(path)).reverse()) {
      if (made.has(folder)) continue;
      made.add(folder);
      yield { ...common, path: folder, type: 'directory', mode: 0o755, size: 0, content: nothing() };
    }
    const sum = createHash('sha256');
    yield { ...common, path, type: 'file', mode, size, content: seen(content(), (chunk) => sum.update(chunk)) };
    record.push(`${quoted(relative(site, path))},sha256=${sum.digest('base64url')},${size}`);
  }
  const path = joinPath(site, `${info}/RECORD`);
  const text = Buffer.from([...record, `${quoted(`${info}/RECORD`)},,`, ''].join('\n'), 'latin1');
  yield { ...common, path, type: 'file', mode: 0o644, size: text.length, content: only(text) };
}

/** The metadata of a wheel on this machine. */
export async function wheelMetadata(file: string): Promise<Buffer> {
  await using zip = await openZip(file);
  const info = infoFolder(zip, file);
  return (await read(zip, `${info}/METADATA`)) ?? Buffer.alloc(0);
}

function infoFolder({ members }: ZipFile, file: string): string {
  for (const { name } of members) {
    const [, info] = /^([^/]+\.dist-info)\/WHEEL$/.exec(name) ?? [];
    if (info) return info;
  }
  throw new ReproError('not-rebuildable', 'this is no wheel: it has no .dist-info folder', { where: file });
}

/** Members under their installed names; RECORD and its signatures are made anew or dropped. */
function* installedMembers({ members }: ZipFile, info: string, place: WheelPlace): Generator<Installed> {
  for (const member of members) {
    const { name, type, mode, size } = member;
    if (type !== 'file' || /^[^/]+\.dist-info\/RECORD(?:\.jws|\.p7s)?$/.test(name)) continue;
    const [, scheme, rest = ''] = /^[^/]+\.data\/([^/]+)\/(.+)$/.exec(name) ?? [];
    if (scheme === 'scripts') continue;
    const path = scheme === undefined ? joinPath(documentPath(place.site), name) : dataPlace(scheme, rest, info, place);
    yield {
      path: normalizePath(path),
      mode: (mode & 0o111) === 0 ? 0o644 : 0o755,
      size,
      content: () => member.content(),
    };
  }
}

function dataPlace(scheme: string, rest: string, info: string, { site, prefix }: WheelPlace): FilePath {
  const below = documentPath(prefix);
  const [name = ''] = info.split('-');
  if (scheme === 'data') return joinPath(below, rest);
  if (scheme === 'headers')
    return joinPath(below, `include/site/${baseName(parentPath(documentPath(site)))}/${name}/${rest}`);
  return joinPath(documentPath(site), rest);
}

/** Programs, with the interpreter in their first line, and what says who installed the wheel. */
async function writtenFiles(zip: ZipFile, info: string, place: WheelPlace): Promise<Installed[]> {
  const { site, prefix, interpreter, requested } = place;
  const files: Installed[] = [];
  const add = (path: FilePath, mode: number, text: Buffer) => {
    files.push({ path: normalizePath(path), mode, size: text.length, content: () => only(text) });
  };
  const program = (name: string) => joinPath(documentPath(prefix), `bin/${name}`);
  for (const member of zip.members) {
    const [, name] = /^[^/]+\.data\/scripts\/([^/]+)$/.exec(member.name) ?? [];
    if (name === undefined || member.type !== 'file') continue;
    const text = (await all(member)).toString('latin1');
    add(program(name), 0o755, Buffer.from(text.replace(/^#!pythonw?/, `#!${documentPath(interpreter)}`), 'latin1'));
  }
  const entryPoints = (await read(zip, `${info}/entry_points.txt`))?.toString('utf8') ?? '';
  for (const [name, module, object] of programsOf(entryPoints)) {
    add(program(name), 0o755, Buffer.from(launcher(interpreter, module, object)));
  }
  const folder = joinPath(documentPath(site), info);
  add(joinPath(folder, 'INSTALLER'), 0o644, Buffer.from('reproman\n'));
  if (requested) add(joinPath(folder, 'REQUESTED'), 0o644, Buffer.alloc(0));
  return files;
}

/** Of the sections `console_scripts` and `gui_scripts`: `name = module:object [extra]`. */
function programsOf(text: string): [name: string, module: string, object: string][] {
  let section = '';
  return text.split(/\r?\n/).flatMap((line): [string, string, string][] => {
    section = /^\s*\[(.+)\]\s*$/.exec(line)?.[1] ?? section;
    if (section !== 'console_scripts' && section !== 'gui_scripts') return [];
    const [, name, module, object] = /^\s*([^\s=[/]+)\s*=\s*([\w.]+)\s*:\s*([\w.]+)/.exec(line) ?? [];
    return name && module && object ? [[name, module, object]] : [];
  });
}

/** What pip writes too (distlib's template). */
function launcher(interpreter: string, module: string, object: string): string {
  const [first = ''] = object.split('.');
  return `#!${interpreter}
# -*- coding: utf-8 -*-
import re
import sys
from ${module} import ${first}
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(${object}())
`;
}

async function read({ members }: ZipFile, name: string): Promise<Buffer | undefined> {
  const member = members.find((each) => each.name === name);
  return member && all(member);
}

async function all(member: ZipMember): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of member.content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* seen(content: AsyncIterable<Buffer>, see: (chunk: Buffer) => void): AsyncGenerator<Buffer> {
  for await (const chunk of content) {
    see(chunk);
    yield chunk;
  }
}

async function* only(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** A folder and all above it, but for the root. */
function foldersUpTo(folder: FilePath): FilePath[] {
  const folders: FilePath[] = [];
  for (let at = folder; at !== '/'; at = parentPath(at)) folders.push(at);
  return folders;
}

function isBelow(path: FilePath, folders: readonly FilePath[]): boolean {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

/** As RECORD has it: below the site by its name there, else by the way up. */
function relative(site: FilePath, path: FilePath): string {
  if (path.startsWith(`${site}/`)) return path.slice(site.length + 1);
  let at = site;
  let up = '';
  while (!path.startsWith(`${at}/`)) {
    at = parentPath(at);
    up += '../';
    if (at === '/') return up + path.slice(1);
  }
  return up + path.slice(at.length + 1);
}

function quoted(name: string): string {
  return /[",]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

function outside(file: string, path: FilePath): ReproError {
  return new ReproError('not-rebuildable', `the wheel has a file that would lie outside its environment: ${path}`, {
    where: file,
  });
}
