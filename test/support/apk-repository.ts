import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import type { ApkSource } from './apk.js';

const mtime = 1_700_000_000;

/** A repository of real packages for x86_64, as `abuild` and `apk index` make them, signed by nobody. */
export function writeApkRepository(folder: string, sources: readonly ApkSource[]): void {
  const place = join(folder, 'x86_64');
  mkdirSync(place, { recursive: true });
  const entries = sources.map((source) => writePackage(place, source));
  const index = Buffer.from(entries.join(''));
  const members = [file('DESCRIPTION', Buffer.from('for tests\n')), file('APKINDEX', index), tarEnd()];
  writeFileSync(join(place, 'APKINDEX.tar.gz'), Buffer.concat([signature(), gzipSync(Buffer.concat(members))]));
}

/** Gives its entry of the index. */
function writePackage(folder: string, { name, version, depends, provides, installIf, ...source }: ApkSource): string {
  const data = gzipSync(Buffer.concat([...membersOf(source), tarEnd()]));
  const info = `pkgname = ${name}\npkgver = ${version}\ndatahash = ${createHash('sha256').update(data).digest('hex')}\n`;
  const script = source.script === undefined ? [] : [file('.post-install', Buffer.from(source.script), 0o755)];
  const control = gzipSync(Buffer.concat([file('.PKGINFO', Buffer.from(info)), ...script]));
  writeFileSync(join(folder, `${name}-${version}.apk`), Buffer.concat([signature(), control, data]));
  const lines = [
    ...[`C:Q1${createHash('sha1').update(control).digest('base64')}`, `P:${name}`, `V:${version}`, 'A:x86_64'],
    ...['S:1000', 'I:4096', `T:${name} for tests`, 'L:MIT', `o:${name}`, `t:${mtime}`],
    ...(depends ? [`D:${depends}`] : []),
    ...(provides ? [`p:${provides}`] : []),
    ...(installIf ? [`i:${installIf}`] : []),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** A part of its own, without the end that a tar has. */
function signature(): Buffer {
  return gzipSync(file('.SIGN.RSA.nobody.rsa.pub', Buffer.from('no signature')));
}

function membersOf({ files, copies = {} }: Pick<ApkSource, 'files' | 'copies'>): Buffer[] {
  const written = Object.entries(files).map(([path, content]) => {
    const owned = { name: path.slice(1), uid: 0, gid: 0, mtime, size: 0 };
    if (content === '/') return tarHeader({ ...owned, type: 'directory', mode: path.endsWith('tmp') ? 0o1777 : 0o755 });
    if (!content.startsWith('-> '))
      return file(path.slice(1), Buffer.from(content), content.startsWith('#!') ? 0o755 : 0o644);
    return tarHeader({ ...owned, type: 'symlink', mode: 0o777, target: content.slice(3) });
  });
  return [...written, ...Object.entries(copies).map(([path, from]) => file(path.slice(1), readFileSync(from), 0o755))];
}

function file(name: string, content: Buffer, mode = 0o644): Buffer {
  const header = tarHeader({ name, type: 'file', mode, uid: 0, gid: 0, mtime, size: content.length });
  return Buffer.concat([header, content, tarPadding(content.length)]);
}
