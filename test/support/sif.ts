const descriptorSize = 585;

/** A SIF of a SquashFS and the recipe that it was made from, as `apptainer build` lays it out. */
export function sifOf(system: Buffer, recipe: string): Buffer {
  const parts = [
    { type: 0x4001, content: Buffer.from(recipe), extra: [] },
    { type: 0x4004, content: system, extra: [1, 2] },
  ];
  const header = Buffer.alloc(128);
  header.write('#!/usr/bin/env run-singularity\n');
  header.write('SIF_MAGIC\0' + '01\0' + '02\0', 32, 'latin1');
  header.writeBigInt64LE(BigInt(parts.length), 88);
  header.writeBigInt64LE(128n, 96);
  let start = 128 + parts.length * descriptorSize;
  const descriptors = parts.map(({ type, content, extra }) => {
    const descriptor = Buffer.alloc(descriptorSize);
    descriptor.writeInt32LE(type, 0);
    descriptor[4] = 1;
    descriptor.writeBigInt64LE(BigInt(start), 17);
    descriptor.writeBigInt64LE(BigInt(content.length), 25);
    for (const [at, value] of extra.entries()) descriptor.writeInt32LE(value, 201 + at * 4);
    start += content.length;
    return descriptor;
  });
  return Buffer.concat([header, ...descriptors, ...parts.map(({ content }) => content)]);
}
