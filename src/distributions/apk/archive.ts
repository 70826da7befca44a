import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { compressionOf, decompress } from '../../filesystem/decompress.js';
import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { baseName, type FilePath, parentPath } from '../../model/file-path.js';
import type { Unpacked } from '../../packaging/distribution.js';

/** What is known of a package's file once it is verified. */
export interface ApkArchive {
  /** `.post-install` and the like, by name. */
  readonly scripts: ReadonlyMap<string, Buffer>;
  /** The folders in which a change makes one of them run. */
  readonly triggers: string;
  /** What apk writes down of its files: `F:`, `M:`, `R:`, `a:` and `Z:` lines. */
  readonly listing: readonly string[];
  /** Content of those that were wanted. */
  readonly contents: ReadonlyMap<FilePath, Buffer>;
}

/** Reads a verified .apk. */
export async function readArchive(file: string, wanted: ReadonlySet<FilePath>): Promise<ApkArchive> {
  const scripts = new Map<string, Buffer>();
  const contents = new Map<FilePath, Buffer>();
  const listing = new Listing();
  let triggers = '';
  for await (const member of allMembers(file)) {
    if (member.path === '/.PKGINFO') {
      triggers = /^triggers = (.*)$/m.exec((await whole(member)).toString('utf8'))?.[1] ?? '';
    } else if (isOwn(member.path)) scripts.set(member.path.slice(1), await whole(member));
    else {
      const content = member.type === 'file' ? await sumAndContent(member, wanted) : undefined;
      if (content?.content) contents.set(member.path, content.content);
      listing.add(member, content?.sum);
    }
  }
  return { scripts, triggers, listing: listing.lines(), contents };
}

/** What a package, or a copy of what one had installed, puts in place. */
export async function* packedMembers(file: string): AsyncGenerator<Unpacked> {
  for await (const member of allMembers(file)) if (!isOwn(member.path)) yield member;
}

async function* allMembers(file: string): AsyncGenerator<TarMember> {
  const content = createReadStream(file, { highWaterMark: 1 << 18 });
  yield* tarMembers(decompress(content, await compressionOf(file), file));
}

/** Whether a member only says something of the package. https://wiki.alpinelinux.org/wiki/Apk_spec */
function isOwn(path: FilePath): boolean {
  return /^\/\.(?:PKGINFO|SIGN\..+|trigger|(?:pre|post)-(?:install|upgrade|deinstall))$/.test(path);
}

async function whole({ content }: Pick<TarMember, 'content'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function sumAndContent({ path, content }: Unpacked, wanted: ReadonlySet<FilePath>) {
  const hash = createHash('sha1');
  const chunks: Buffer[] = [];
  for await (const chunk of content) {
    hash.update(chunk);
    if (wanted.has(path)) chunks.push(chunk);
  }
  return { sum: hash.digest('base64'), ...(wanted.has(path) ? { content: Buffer.concat(chunks) } : {}) };
}

/** Files by their folders, as the database has them. */
class Listing {
  readonly #folders = new Map<FilePath, string[]>();
  readonly #owners = new Map<FilePath, string>();

  add({ path, type, mode, uid, gid, target }: Unpacked, sum: string | undefined): void {
    const permissions = `${uid}:${gid}:${mode.toString(8)}`;
    if (type === 'directory') {
      this.#folder(path);
      if (permissions !== '0:0:755') this.#owners.set(path, permissions);
      return;
    }
    const own =
      sum ??
      (type === 'symlink'
        ? createHash('sha1')
            .update(target ?? '', 'latin1')
            .digest('base64')
        : undefined);
    const usual = type === 'symlink' ? '0:0:777' : '0:0:644';
    this.#folder(parentPath(path)).push(
      `R:${baseName(path)}`,
      ...(permissions === usual && type !== 'symlink' ? [] : [`a:${permissions}`]),
      ...(own === undefined ? [] : [`Z:Q1${own}`]),
    );
  }

  lines(): string[] {
    return [...this.#folders].flatMap(([folder, files]) => {
      const owner = this.#owners.get(folder);
      return [`F:${folder.slice(1)}`, ...(owner === undefined ? [] : [`M:${owner}`]), ...files];
    });
  }

  #folder(path: FilePath): string[] {
    const known = this.#folders.get(path) ?? [];
    this.#folders.set(path, known);
    return known;
  }
}
