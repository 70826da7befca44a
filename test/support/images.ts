import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarHeader, tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';
import { sha256 } from '../../src/hash.js';

export interface TestMember extends Partial<TarHeader> {
  readonly name: string;
  readonly content?: string;
}

/** A tar as an image's layer is one; a name that ends in a slash is a folder. */
export function layerOf(...members: readonly (TestMember | string)[]): Buffer {
  const parts = members.flatMap((each) => {
    const { content = '', name, ...rest } = typeof each === 'string' ? { name: each } : each;
    const size = Buffer.byteLength(content);
    const type = name.endsWith('/') ? 'directory' : 'file';
    const common = { type, mode: type === 'file' ? 0o644 : 0o755, uid: 0, gid: 0, size, mtime: 1_600_000_000 } as const;
    const header = tarHeader({ ...common, ...rest, name: name.replace(/\/$/, '') });
    return [header, Buffer.from(content), tarPadding(size)];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

export interface TestLayer {
  readonly tar: Buffer;
  /** As it is stored; by default not compressed. */
  readonly stored?: Buffer;
  /** What the configuration says of it; by default the truth. */
  readonly digest?: string;
}

export interface TestImage {
  readonly name?: string;
  readonly layers: readonly TestLayer[];
  /** More of its configuration, such as `history`. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

/** Writes an OCI layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md */
export function writeLayout(folder: string, images: readonly TestImage[]): void {
  mkdirSync(join(folder, 'blobs/sha256'), { recursive: true });
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const blob = (content: Buffer) => {
    writeFileSync(join(folder, 'blobs/sha256', sha256(content)), content);
    return { digest: `sha256:${sha256(content)}`, size: content.length };
  };
  const document = (value: unknown) => blob(Buffer.from(JSON.stringify(value)));
  const manifests = images.map(({ name, layers, config: more, platform }) => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', ...document(configOf(layers, more)) };
    const stored = layers.map(({ tar, stored = tar }) => blob(stored));
    const annotations = name === undefined ? {} : { 'org.opencontainers.image.ref.name': name };
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    return { mediaType, ...document({ config, layers: stored }), annotations, ...(platform ? { platform } : {}) };
  });
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

/** Writes a file as `docker save` does. */
export function writeSaved(file: string, images: readonly TestImage[], compressed = false): void {
  const members: TestMember[] = [];
  const add = (name: string, content: Buffer) => {
    members.push({ name, content: content.toString('latin1') });
    return name;
  };
  const saved = images.map(({ name, layers, config }, at) => ({
    Config: add(`${at}.json`, Buffer.from(JSON.stringify(configOf(layers, config)))),
    RepoTags: name === undefined ? null : [name],
    Layers: layers.map(({ tar, stored = tar }, index) => add(`${at}-${index}/layer.tar`, stored)),
  }));
  add('manifest.json', Buffer.from(JSON.stringify(saved)));
  const tar = archiveOf(members);
  writeFileSync(file, compressed ? gzipSync(tar) : tar);
}

/** Contents are bytes in latin1 here. */
function archiveOf(members: readonly TestMember[]): Buffer {
  const parts = members.flatMap(({ name, content = '' }) => {
    const bytes = Buffer.from(content, 'latin1');
    const common = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
    return [tarHeader({ ...common, name, size: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return Buffer.concat([...parts, tarEnd()]);
}

function configOf(layers: readonly TestLayer[], more: TestImage['config'] = {}) {
  const digests = layers.map(({ tar, digest }) => `sha256:${digest ?? sha256(tar)}`);
  return {
    os: 'linux',
    architecture: 'amd64',
    config: { Env: ['LANG=C.UTF-8'] },
    rootfs: { diff_ids: digests },
    ...more,
  };
}
