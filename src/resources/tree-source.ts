import { PassThrough, Readable } from 'node:stream';
import type { Backend, SharingContext } from '../../backends/backend.js';
import { ReproError } from '../errors.js';
import { TreeDigest } from '../filesystem/digest.js';
import { readTar } from '../filesystem/tar-reader.js';
import type { Sha256 } from '../hash.js';
import { type Progress, silent } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import type { ProvedTree } from './prove.js';

/** What a resource is made of where nothing need be built: another one, or a file. */
export interface TreeSource {
  /** For people. */
  readonly label: string;
  /** Its tree as a tar stream, which is streamed over. */
  open(signal?: AbortSignal): Promise<Readable>;
  /** Makes the resource where both can share what they are made of; undefined where they cannot. */
  readonly share?: (backend: Backend, context: SharingContext) => Promise<Shared>;
  /** What it has of the other from the start. */
  readonly inherited?: Pick<Resource, 'image' | 'outer' | 'substitutes'>;
  /** The machine that it is made on is to be one of this image, as the backend before the colon has it. */
  readonly machineImage?: Resource['details'];
  /** What was proved of the other, and so of all that share it as it is. */
  readonly proved?: ProvedTree;
}

type Shared = Resource['details'] | undefined;

/** A resource that was made of what is there. */
export interface TakenOver {
  readonly resource: Resource;
  /** Of the tree as it came; undefined where it is shared. */
  readonly digest: Sha256 | undefined;
}

export interface TakingOver {
  readonly backend: Backend;
  readonly context: SharingContext;
  /** Dates of the tree count up to here. */
  readonly epoch: number;
  /** Makes the resource of a tree. */
  readonly place: (tree: Readable) => Promise<Resource>;
  /** Keeps the details of a resource that is made. */
  readonly keep: (details: Resource['details']) => Promise<Resource>;
  readonly progress?: Progress;
}

/** Makes a resource of what is there: it shares that, or the tree is streamed over. */
export async function takeOver(source: TreeSource, taking: TakingOver): Promise<TakenOver> {
  const { backend, context, epoch, place, keep, progress = silent } = taking;
  const details = await source.share?.(backend, context);
  if (details) return { resource: await keep(details), digest: undefined };
  progress({ kind: 'note', message: `the tree of ${source.label} is taken over` });
  const { tar, digest } = digested(await source.open(context.signal), epoch);
  const resource = await place(tar);
  return { resource, digest: await digest };
}

/** What came must be what is there now. */
export function refuseChanged({ digest }: TakenOver, { treeDigest }: ProvedTree, label: string): void {
  if (digest === undefined || digest === treeDigest) return;
  throw new ReproError('not-proved', `the tree is not that of ${label} any more: its digest is ${treeDigest}`, {
    where: `of ${label}: ${digest}`,
    remedy: 'see that there is space on the disk, and try again',
  });
}

/** A tar stream as it is, with the tree digest of it when it was read to its end. */
export function digested(tar: Readable, epoch: number): { readonly tar: Readable; readonly digest: Promise<Sha256> } {
  const copy = new PassThrough();
  async function* chunks() {
    try {
      for await (const chunk of tar as AsyncIterable<Buffer>) {
        if (!copy.destroyed && !copy.write(chunk)) await untilReady(copy);
        yield chunk;
      }
      copy.end();
    } catch (error) {
      copy.destroy(error instanceof Error ? error : new Error(String(error)));
      throw error;
    } finally {
      if (!copy.writableEnded) copy.destroy(new Error('it was not read to its end'));
      tar.destroy();
    }
  }
  const reading = async () => {
    const digest = new TreeDigest(epoch);
    for await (const entry of readTar(copy, { hash: true })) digest.add(entry);
    return digest.value();
  };
  const digest = reading();
  // Whoever places the tree is told first of what is wrong with it.
  digest.catch(() => copy.destroy());
  return { tar: Readable.from(chunks(), { objectMode: false }), digest };
}

/** Until more can be written, or nobody reads it any more. */
function untilReady(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.once('drain', go).once('close', go);
  });
}
