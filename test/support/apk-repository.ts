import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarHeader, tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import type { ApkSource } from './apk.js';

const mtime = 1_700_000_000;

/** A key pair as `abuild-keygen` makes it. */
export interface ApkKey {
  /** Of the file with the public key. */
  readonly name: string;
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

export function apkKey(name = 'tester-4a6a0840.rsa.pub'): ApkKey {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { name, privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** As `abuild-sign` does it: `RSA` of SHA-1, `RSA256` of SHA-256. */
export function signedBy({ name, privateKey }: ApkKey, content: Buffer, kind: 'RSA' | 'RSA256' = 'RSA'): Buffer {
  const signature = sign(kind === 'RSA' ? 'sha1' : 'sha256', content, privateKey);
  return Buffer.concat([gzipSync(file(`.SIGN.${kind}.${name}`, signature)), content]);
}

/** The part of an index that is signed. */
export function apkIndex(index: string): Buffer {
  return gzipSync(
    Buffer.concat([file('DESCRIPTION', Buffer.from('for tests\n')), file('APKINDEX', Buffer.from(index)), tarEnd()]),
  );
}

/** A repository of real packages for x86_64, as `abuild` and `apk index` make them, signed by a key, or by nobody. */
export function writeApkRepository(folder: string, sources: readonly ApkSource[], key?: ApkKey): void {
  const place = join(folder, 'x86_64');
  mkdirSync(place, { recursive: true });
  const index = apkIndex(sources.map((source) => writePackage(place, source, key)).join(''));
  writeFileSync(join(place, 'APKINDEX.tar.gz'), key ? signedBy(key, index) : index);
}

/** Gives its entry of the index. */
function writePackage(folder: string, from: ApkSource, key: ApkKey | undefined): string {
  const { name, version, depends, provides, installIf, ...source } = from;
  const data = gzipSync(Buffer.concat([...membersOf(source), tarEnd()]));
  const words = (key: string, text = '') =>
    text.split(' ').flatMap((each) => (each === '' ? [] : [`${key} = ${each}`]));
  const info = [
    ...[`pkgname = ${name}`, `pkgver = ${version}`, `pkgdesc = ${name} for tests`, 'arch = x86_64', 'license = MIT'],
    ...[`origin = ${name}`, `builddate = ${mtime}`, 'size = 4096'],
    ...[...words('depend', depends), ...words('provides', provides), ...words('install_if', installIf)],
    `datahash = ${createHash('sha256').update(data).digest('hex')}\n`,
  ].join('\n');
  const script = source.script === undefined ? [] : [file('.post-install', Buffer.from(source.script), 0o755)];
  const control = gzipSync(Buffer.concat([file('.PKGINFO', Buffer.from(info)), ...script]));
  const signed = key ? signedBy(key, control) : control;
  writeFileSync(join(folder, `${name}-${version}.apk`), Buffer.concat([signed, data]));
  const lines = [
    ...[`C:Q1${createHash('sha1').update(control).digest('base64')}`, `P:${name}`, `V:${version}`, 'A:x86_64'],
    ...['S:1000', 'I:4096', `T:${name} for tests`, 'L:MIT', `o:${name}`, `t:${mtime}`],
    ...(depends ? [`D:${depends}`] : []),
    ...(provides ? [`p:${provides}`] : []),
    ...(installIf ? [`i:${installIf}`] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}

function membersOf({ files, copies = {} }: Pick<ApkSource, 'files' | 'copies'>): Buffer[] {
  const written = Object.entries(files).map(([path, content]) => {
    const owned = { name: path.slice(1), uid: 0, gid: 0, mtime, size: 0 };
    if (content === '/') return header({ ...owned, type: 'directory', mode: path.endsWith('tmp') ? 0o1777 : 0o755 });
    if (!content.startsWith('-> '))
      return file(path.slice(1), Buffer.from(content), content.startsWith('#!') ? 0o755 : 0o644);
    const target = content.slice(3);
    return Buffer.concat([summed(Buffer.from(target)), header({ ...owned, type: 'symlink', mode: 0o777, target })]);
  });
  const copied = Object.entries(copies).map(([path, from]) => file(path.slice(1), readFileSync(from), 0o755));
  return [...foldersOf([...Object.keys(files), ...Object.keys(copies)]), ...written, ...copied];
}

/** apk puts nothing into a folder that the package does not have itself. */
function foldersOf(paths: readonly string[]): Buffer[] {
  const names = paths.flatMap((path) => {
    const parts = path.slice(1).split('/').slice(0, -1);
    return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
  });
  const own = new Set(names.filter((name) => !paths.includes(`/${name}`)));
  return [...own]
    .sort()
    .map((name) => header({ name, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime, size: 0 }));
}

function file(name: string, content: Buffer, mode = 0o644): Buffer {
  const own = header({ name, type: 'file', mode, uid: 0, gid: 0, mtime, size: content.length });
  return Buffer.concat([summed(content), own, content, tarPadding(content.length)]);
}

/** The hash that stands before each file or link, of its content or target: a pax record, which begins with its length. */
function summed(content: Buffer): Buffer {
  const rest = ` APK-TOOLS.checksum.SHA1=${createHash('sha1').update(content).digest('hex')}\n`;
  const record = Buffer.from(`${rest.length + 2}${rest}`);
  const fields = { name: 'PaxHeaders', type: 'file', mode: 0o644, uid: 0, gid: 0, mtime, size: record.length } as const;
  return Buffer.concat([header(fields, 'x'), record, tarPadding(record.length)]);
}

/** Short names as apk reads them, without the `./` that others have before them. */
function header(fields: TarHeader, flag?: string): Buffer {
  const block = tarHeader(fields);
  block.copy(block, 0, 2, 100);
  if (flag) block.write(flag, 156);
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
