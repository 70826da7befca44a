import { readSync } from 'node:fs';

/** The Singularity image format: https://github.com/apptainer/sif/blob/main/pkg/sif/sif.go */
const magic = Buffer.from('SIF_MAGIC\0');
const magicOffset = 32;
const headerSize = 128;
const descriptorSize = 585;
const mostDescriptors = 1000;

/** Types of what a descriptor is of. */
const recipeType = 0x4001;
const partitionType = 0x4004;
/** Of partitions: the kind of filesystem, and what it is for. */
const squashfs = 1;
const system = 2;

export interface Sif {
  /** Where the filesystem of the container lies. */
  readonly start: number;
  /** The definition that it was made from. */
  readonly recipe?: string;
}

export function isSifFile(beginning: Buffer): boolean {
  return beginning.subarray(magicOffset, magicOffset + magic.length).equals(magic);
}

/** Whether a file begins with a bare SquashFS, as the images of older versions of Singularity do. */
export function isSquashFile(beginning: Buffer): boolean {
  return beginning.subarray(0, 4).toString('latin1') === 'hsqs';
}

/** Finds in an open SIF the filesystem that its container has. */
export function readSif(file: number): Sif {
  const readAt: ReadAt = (offset, size) => {
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, readSync(file, bytes, 0, size, offset));
  };
  const descriptors = descriptorsIn(readAt);
  const partition = descriptors.find(({ type, extra }) => {
    return type === partitionType && extra.readInt32LE(0) === squashfs && extra.readInt32LE(4) === system;
  });
  if (!partition) throw new Error('it has no SquashFS with the system of a container; it may be encrypted');
  const recipe = recipeAmong(descriptors, readAt);
  return { start: partition.start, ...(recipe !== undefined && { recipe }) };
}

/** The definition that a SIF was made from, as far as the beginning of the file tells; undefined where it does not. */
export function recipeIn(beginning: Buffer): string | undefined {
  if (!isSifFile(beginning)) return undefined;
  const readAt: ReadAt = (offset, size) => beginning.subarray(offset, offset + size);
  try {
    return recipeAmong(descriptorsIn(readAt), readAt);
  } catch {
    return undefined;
  }
}

/** Gives so many bytes from a place, fewer at the end. */
type ReadAt = (offset: number, size: number) => Buffer;
type Descriptor = ReturnType<typeof descriptorAt>;

function recipeAmong(descriptors: readonly Descriptor[], readAt: ReadAt): string | undefined {
  const found = descriptors.find(({ type, size }) => type === recipeType && size < 1024 * 1024);
  return found && wholeAt(readAt, found.start, found.size).toString('utf8');
}

/** Those that are used. */
function descriptorsIn(readAt: ReadAt): Descriptor[] {
  const header = wholeAt(readAt, 0, headerSize);
  // After magic, two texts, an id and two times: how many descriptors are free and there, where they begin, how long they are.
  const total = Number(header.readBigInt64LE(88));
  const offset = Number(header.readBigInt64LE(96));
  if (!(total >= 0 && total <= mostDescriptors)) throw new Error(`its header tells of ${total} descriptors`);
  const all = Array.from({ length: total }, (_, at) => descriptorAt(readAt, offset + at * descriptorSize));
  return all.filter(({ isUsed }) => isUsed);
}

function descriptorAt(readAt: ReadAt, offset: number) {
  const bytes = wholeAt(readAt, offset, descriptorSize);
  return {
    type: bytes.readInt32LE(0),
    isUsed: bytes[4] !== 0,
    start: Number(bytes.readBigInt64LE(17)),
    size: Number(bytes.readBigInt64LE(25)),
    extra: bytes.subarray(201),
  };
}

function wholeAt(readAt: ReadAt, offset: number, size: number): Buffer {
  const isPlace = Number.isSafeInteger(offset) && offset >= 0 && size >= 0;
  const bytes = isPlace ? readAt(offset, size) : undefined;
  if (!bytes || bytes.length < size) throw new Error(`it ends before the ${size} bytes that should be at ${offset}`);
  return bytes;
}
