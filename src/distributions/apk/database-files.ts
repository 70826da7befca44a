import { Readable } from 'node:stream';
import type { Contents } from '../../archives/contents.js';
import { decompressed } from '../../filesystem/decompressed.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { tarEnd, tarHeader, tarPadding } from '../../filesystem/tar-writer.js';
import { gatherReadable } from '../../machines/gather.js';
import { comparePaths, type FilePath } from '../../model/file-path.js';
import type { FinishContext } from '../../packaging/reader.js';
import type { ApkDatabase, ApkPackage } from './database.js';
import type { ApkLock } from './schema.js';

type Files = ApkLock['database'];

/** The files of apk's database with what is of the closure only, among the contents. */
export async function databaseOf(
  packages: readonly ApkPackage[],
  { folder, architecture, world }: ApkDatabase,
  { machine, contents, repack, signal }: FinishContext,
): Promise<Files> {
  if (repack === 'none') return [];
  const files = await gatherReadable(machine, [`${folder}/{triggers,scripts.tar,scripts.tar.gz}`], signal);
  const names = new Set(packages.map(({ name }) => name));
  const asked = world.filter((word) => names.has(/^[^<>=~@]+/.exec(word)?.[0] ?? ''));
  const triggers = (files.get(`${folder}/triggers` as FilePath)?.toString('latin1') ?? '').split('\n');
  // The plain one counts where both are there, as it does for apk.
  const tars = ['scripts.tar', 'scripts.tar.gz'].map((name) => files.get(`${folder}/${name}` as FilePath));
  const checksums = packages.map(({ checksum }) => checksum);
  return keepDatabase(contents, {
    folder,
    architecture,
    installed: packages.map(({ text }) => text),
    triggers: triggers.filter((line) => checksums.includes(line.split(' ')[0] ?? '')),
    scripts: await scriptsOf(
      packages,
      tars.find((tar) => tar !== undefined),
    ),
    world: asked,
  });
}

/** What stands in the files of apk's database: blocks and lines as latin1. */
interface DatabaseTexts {
  readonly folder: string;
  readonly architecture: string;
  readonly installed: readonly string[];
  readonly triggers: readonly string[];
  readonly scripts: Buffer;
  readonly world: readonly string[];
}

/** Adds a database's files to the contents. */
export async function keepDatabase(contents: Contents, texts: DatabaseTexts): Promise<Files> {
  const { folder, architecture, installed, triggers, scripts, world } = texts;
  const files: [path: string, content: Buffer][] = [
    [`${folder}/installed`, latin1(installed.map((text) => `${text}\n\n`))],
    [`${folder}/triggers`, latin1(triggers.map((line) => `${line}\n`))],
    [`${folder}/scripts.tar`, scripts],
    ['/etc/apk/world', latin1(world.toSorted(comparePaths).map((word) => `${word}\n`))],
    ['/etc/apk/arch', latin1([`${architecture}\n`])],
  ];
  const kept: Files = [];
  for (const [path, content] of files) kept.push({ path, content: (await contents.add(content)).hash, mode: '0644' });
  return kept;
}

/** Members are named `NAME-VERSION.CHECKSUM.SCRIPT`, with the checksum in hexadecimal digits since apk 3 (apk_db_write). */
async function scriptsOf(packages: readonly ApkPackage[], tar: Buffer | undefined): Promise<Buffer> {
  const wanted = packages.flatMap(({ name, version, checksum }) =>
    [checksum, inHex(checksum)].map((sum) => `${name}-${version}.${sum}.`),
  );
  const parts: Buffer[] = [];
  const content = decompressed(Readable.from(tar ? [tar] : [], { objectMode: false }));
  for await (const member of tar ? tarMembers(content) : []) {
    // Base64 has slashes in it.
    const name = member.path.slice(1) as FilePath;
    if (wanted.some((prefix) => name.startsWith(prefix))) parts.push(await copied(member, name));
  }
  return Buffer.concat([...parts, tarEnd()]);
}

/** `X1` and the digits of what is `Q1` and base64. */
function inHex(checksum: string): string {
  return checksum.replace(/^Q1(.*)$/, (_all, base64: string) => `X1${Buffer.from(base64, 'base64').toString('hex')}`);
}

async function copied({ mode, mtime, size, content }: TarMember, name: FilePath): Promise<Buffer> {
  const parts: Buffer[] = [tarHeader({ name, type: 'file', mode, mtime, size, uid: 0, gid: 0 })];
  for await (const chunk of content) parts.push(chunk);
  return Buffer.concat([...parts, tarPadding(size)]);
}

function latin1(parts: readonly string[]): Buffer {
  return Buffer.from(parts.join(''), 'latin1');
}
