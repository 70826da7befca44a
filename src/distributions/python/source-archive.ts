import { createReadStream } from 'node:fs';
import { openZip } from '../../archives/zip.js';
import { ReproError, reasonOf } from '../../errors.js';
import { compressionOf, decompress } from '../../filesystem/decompress.js';
import { tarMembers } from '../../filesystem/tar.js';
import type { CompiledLanguage } from '../../packaging/base-system.js';
import { type CoreMetadata, parseMetadata, parseRequiresText } from './metadata.js';
import type { IndexFile } from './simple-index.js';
import { compareVersions } from './versions.js';

/** What a source distribution tells before it is built. https://packaging.python.org/specifications/source-distribution-format/ */
interface SourceArchive {
  /** What its PKG-INFO says; undefined where it has none. */
  readonly metadata: CoreMetadata | undefined;
  readonly build: BuildSystem;
  /** What the code in it is written in that has to be translated. */
  readonly languages: ReadonlySet<CompiledLanguage>;
}

/** https://packaging.python.org/specifications/pyproject-toml/#declaring-build-system-dependencies-the-build-system-table */
export interface BuildSystem {
  /** What has to be installed to build, as requirements. */
  readonly requires: readonly string[];
  /** `module` or `module:object`. */
  readonly backend: string;
  /** Folders of the source that the backend is in. */
  readonly path: readonly string[];
}

/** PEP 517: what counts where a source says nothing of how it is built. */
const legacy: BuildSystem = {
  requires: ['setuptools>=40.8.0', 'wheel'],
  backend: 'setuptools.build_meta:__legacy__',
  path: [],
};

/** By what the names of files end in, in small letters. */
const languagesByEnding: Readonly<Record<string, CompiledLanguage>> = {
  ...{ c: 'c', cc: 'c', cpp: 'c', cxx: 'c', pyx: 'c' },
  ...{ f: 'fortran', for: 'fortran', f77: 'fortran', f90: 'fortran', f95: 'fortran' },
  rs: 'rust',
};

/** Bytes of a text that is read: more is no description of a package. */
const mostText = 16 * 1024 * 1024;

const told = /^\/?[^/]+\/(?:PKG-INFO|pyproject\.toml|(?:src\/)?[^/]+\.egg-info\/requires\.txt)$/;

/** The version in a file name `name-version.tar.gz`, or `.zip` of older sources; undefined of what is no source. */
export function versionOfSource(file: string): string | undefined {
  return /^.+-([^-]+)\.(?:tar\.gz|zip)$/.exec(file)?.[1];
}

/** The source of a version among what an index offers, known by its hash. */
export function sourceAmong(files: readonly IndexFile[], version: string) {
  const found = files.find((file) => {
    const of = versionOfSource(file.name);
    return file.sha256 !== undefined && of !== undefined && compareVersions(of, version) === 0;
  });
  if (found?.sha256 === undefined) return undefined;
  const { url, sha256, size } = found;
  return { name: found.name, url, sha256, ...(size === undefined ? {} : { size }) };
}

/** Reads what is told in a source distribution on this machine; one that is damaged cannot be built. */
export async function readSource(file: string, name: string): Promise<SourceArchive> {
  const texts = new Map<string, Buffer>();
  const languages = new Set<CompiledLanguage>();
  try {
    for await (const [path, read] of name.endsWith('.zip') ? zipFiles(file) : tarFiles(file, name)) {
      const language = languagesByEnding[/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
      if (language) languages.add(language);
      if (told.test(path)) texts.set(path.replace(/^\/?[^/]+\//, ''), await read());
    }
  } catch (error) {
    const message = `${name} cannot be read as a source distribution (${reasonOf(error)})`;
    throw new ReproError('not-rebuildable', message, { cause: error });
  }
  const info = texts.get('PKG-INFO');
  const requires = [...texts].find(([path]) => path.endsWith('/requires.txt'))?.[1];
  const metadata = info && parseMetadata(info);
  const project = texts.get('pyproject.toml')?.toString('utf8');
  return {
    // PKG-INFO of older tools says nothing of what is required.
    metadata: metadata && requires && metadata.requires.length === 0 ? withRequires(metadata, requires) : metadata,
    build: project === undefined ? legacy : parseBuildSystem(project),
    languages,
  };
}

function withRequires(metadata: CoreMetadata, text: Buffer): CoreMetadata {
  return { ...metadata, requires: parseRequiresText(text) };
}

type SourceFile = readonly [path: string, read: () => Promise<Buffer>];

async function* tarFiles(file: string, name: string): AsyncGenerator<SourceFile> {
  const packed = createReadStream(file);
  try {
    for await (const { path, type, content } of tarMembers(decompress(packed, await compressionOf(file), name))) {
      if (type === 'file') yield [path, () => textOf(content)];
    }
  } finally {
    packed.destroy();
  }
}

async function* zipFiles(file: string): AsyncGenerator<SourceFile> {
  await using zip = await openZip(file);
  for (const member of zip.members) if (member.type === 'file') yield [member.name, () => textOf(member.content())];
}

async function textOf(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > mostText) throw new Error('what describes it is no text of a usual size');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Reads the table `[build-system]` of pyproject.toml: strings and lists of strings are all that it has. */
export function parseBuildSystem(text: string): BuildSystem {
  const [, table] = /^[ \t]*\[[ \t]*build-system[ \t]*\][^\n]*\n([\s\S]*?)(?=^[ \t]*\[|(?![\s\S]))/m.exec(text) ?? [];
  if (table === undefined) return legacy;
  const list = (key: string) => stringsAfter(table, new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*\\[`, 'm'), ']');
  const [backend] = stringsAfter(table, /^[ \t]*build-backend[ \t]*=[ \t]*/m, '\n') ?? [];
  const requires = list('requires') ?? legacy.requires;
  if (backend === undefined) return { ...legacy, requires: withWheel(requires) };
  return {
    requires: backend.startsWith('setuptools.') ? withWheel(requires) : requires,
    backend,
    path: list('backend-path') ?? [],
  };
}

/** setuptools asks for it when it is called, before its version 70.1. */
function withWheel(requires: readonly string[]): readonly string[] {
  return requires.some((each) => /^wheel\b/.test(each)) ? requires : [...requires, 'wheel'];
}

/** The strings from a place up to a character outside of them; undefined where there is no such place. */
function stringsAfter(text: string, start: RegExp, end: string): string[] | undefined {
  const found = start.exec(text);
  if (!found) return undefined;
  const strings: string[] = [];
  const token = /"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|#[^\n]*|[\s\S]/g;
  token.lastIndex = found.index + found[0].length;
  for (let next = token.exec(text); next && next[0] !== end; next = token.exec(text)) {
    const [, basic, literal] = next;
    const value = literal ?? basic?.replace(/\\(["\\])/g, '$1');
    if (value !== undefined) strings.push(value);
  }
  return strings;
}
