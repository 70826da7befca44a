import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { ReproError, reasonOf } from '../../errors.js';
import { sha256 } from '../../hash.js';
import {
  type Descriptor,
  documentLimit,
  indexSchema,
  notAnImage,
  parseDocument,
} from '../../machines/images/documents.js';
import { type Blobs, type StoredImage, storedImage } from '../../machines/images/stored-image.js';
import { type RegistryClient, type RegistryOptions, registryClient } from './client.js';
import { smallBody } from './small-body.js';

/** Of one platform, and of several; as OCI and as Docker call them. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** An image as a registry has it: its documents are read, its layers when they are asked for. */
export async function registryImage(
  options: RegistryOptions & { readonly platform?: string | undefined },
): Promise<StoredImage> {
  const client = registryClient(options);
  const { version, name } = options.reference;
  const top = await manifestOf(client, version);
  const blobs = blobsOf(client);
  const image = await storedImage(
    { ...blobs, document: (each) => documentOf(each, top, blobs) },
    [top.descriptor],
    options.platform,
  );
  return { ...image, names: [`${options.reference.host}/${name}${version.includes(':') ? '@' : ':'}${version}`] };
}

interface Top {
  readonly descriptor: Descriptor;
  readonly content: Buffer;
}

async function manifestOf(client: RegistryClient, version: string): Promise<Top> {
  const answer = await client.get(`manifests/${version}`, manifestTypes);
  const content = await bodyOf(client, answer);
  const digest = `sha256:${sha256(content)}`;
  if (version.includes(':') && version !== digest) {
    throw notAnImage(client.where, `what the registry gives for ${version} is ${digest}`);
  }
  const isIndex = indexSchema.safeParse(parsed(client, content)).success;
  const mediaType = isIndex ? 'application/vnd.oci.image.index.v1+json' : 'application/vnd.oci.image.manifest.v1+json';
  return { descriptor: { mediaType, digest, size: content.length }, content };
}

/** What was read already is not asked for again. */
function documentOf(asked: Descriptor, { descriptor, content }: Top, blobs: Blobs): Promise<Buffer> {
  return asked.digest === descriptor.digest ? Promise.resolve(content) : blobs.document(asked);
}

function blobsOf(client: RegistryClient): Blobs {
  const { where } = client;
  return {
    where,
    async document(descriptor) {
      const { digest, mediaType = '' } = descriptor;
      const isManifest = /manifest|index/.test(mediaType);
      const path = `${isManifest ? 'manifests' : 'blobs'}/${digest}`;
      const content = await bodyOf(client, await client.get(path, isManifest ? manifestTypes : '*/*'));
      if (`sha256:${sha256(content)}` === digest) return content;
      throw notAnImage(where, `the document ${digest} is not what its name says${pageNote(content)}`);
    },
    async layer({ digest, size }) {
      const open = async () => {
        const answer = await client.get(`blobs/${digest}`, '*/*');
        return Readable.from(exactly(size, answer), { objectMode: false }).once('close', () => answer.destroy());
      };
      return { name: digest, where, size, open };
    },
  };
}

async function bodyOf({ where }: RegistryClient, answer: IncomingMessage): Promise<Buffer> {
  try {
    return await smallBody(answer, documentLimit);
  } catch (error) {
    throw notAnImage(where, reasonOf(error), error);
  }
}

function parsed({ where }: RegistryClient, content: Buffer): unknown {
  const note = pageNote(content);
  if (note === '') return parseDocument(z.unknown(), content, where);
  throw new ReproError('not-ready', `the registry does not answer as one${note}`, {
    where,
    remedy: 'see that this is the address of a registry, and that nothing between asks for a login',
  });
}

function pageNote(content: Buffer): string {
  return /^\s*</.test(content.toString('latin1', 0, 256)) ? ': it answers with a page' : '';
}

/** A body without an end, or with one too early, is an error where that shows. */
async function* exactly(size: number, answer: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let seen = 0;
  for await (const chunk of answer) {
    seen += chunk.length;
    if (seen > size) throw new Error(`the registry gives more than the ${size} bytes that it should have`);
    yield chunk;
  }
  if (seen < size) throw new Error(`the registry gives ${seen} bytes of ${size}`);
}
