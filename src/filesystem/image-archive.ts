import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type Sha256, sha256 } from '../hash.js';
import { isoDate } from '../model/epoch.js';
import { tarEnd, tarHeader, tarPadding } from './tar-writer.js';

/** What an image says beside its files. */
export interface ImageSettings {
  /** Such as `lab/analysis:1`. */
  readonly name: string;
  /** As `GOARCH` has it. */
  readonly architecture: string;
  readonly epoch: number;
  /** What starts, where and as whom, in the words of the OCI image configuration. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * Writes an image of one layer as a tar that is both an OCI layout and what `docker load` takes, in one pass: the layer
 * comes first, and its header when its digest is known. The layer is not compressed, so no program's version decides
 * its bytes. https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export async function writeImage(
  file: FileHandle,
  layer: AsyncIterable<Buffer>,
  settings: ImageSettings,
): Promise<void> {
  const { name, architecture, epoch, config } = settings;
  const add = async (member: string, content: Buffer) => {
    await file.appendFile(Buffer.concat([header(member, content.length, epoch), content, tarPadding(content.length)]));
  };
  const addBlob = async (mediaType: string, value: unknown) => {
    const content = documentOf(value);
    await add(blob(sha256(content)), content);
    return { mediaType, digest: `sha256:${sha256(content)}`, size: content.length };
  };
  const written = await writeLayer(file, layer, epoch);
  const configured = await addBlob('application/vnd.oci.image.config.v1+json', {
    ...{ architecture, os: 'linux', created: isoDate(epoch), config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${written.hash}`] },
    history: [{ created: isoDate(epoch), created_by: 'reproman' }],
  });
  const manifest = await addBlob('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configured,
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${written.hash}`, size: written.size },
    ],
  });
  const annotations = { 'org.opencontainers.image.ref.name': name };
  await add('index.json', documentOf({ schemaVersion: 2, manifests: [{ ...manifest, annotations }] }));
  const saved = { Config: blob(configured.digest.slice(7)), RepoTags: [name], Layers: [blob(written.hash)] };
  await add('manifest.json', documentOf([saved]));
  await add('oci-layout', documentOf({ imageLayoutVersion: '1.0.0' }));
  await file.appendFile(tarEnd());
}

interface Written {
  readonly hash: Sha256;
  readonly size: number;
}

async function writeLayer(file: FileHandle, layer: AsyncIterable<Buffer>, epoch: number): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  await file.appendFile(header('', 0, epoch));
  for await (const chunk of layer) {
    hash.update(chunk);
    size += chunk.length;
    await file.appendFile(chunk);
  }
  await file.appendFile(tarPadding(size));
  const digest = hash.digest('hex');
  const known = header(blob(digest), size, epoch);
  await file.write(known, 0, known.length, 0);
  return { hash: digest, size };
}

function blob(hash: Sha256): string {
  return `blobs/sha256/${hash}`;
}

function documentOf(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** One block: no name here is long. */
function header(name: string, size: number, mtime: number): Buffer {
  return tarHeader({ name, type: 'file', mode: 0o644, uid: 0, gid: 0, size, mtime });
}
