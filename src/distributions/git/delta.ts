/**
 * Puts an object together from the one that it was stored as a difference to: sizes of both, then copies of pieces of
 * the base and bytes of its own (gitformat-pack(5), "Deltified representation").
 */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = delta[at++];
    if (value === undefined) throw new Error('a delta ends too early');
    return value;
  };
  const size = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  };
  if (size() !== base.length) throw new Error('a delta belongs to another object');
  const result = Buffer.alloc(size());
  let end = 0;
  while (at < delta.length) {
    const command = byte();
    if (command & 0x80) {
      let offset = 0;
      let length = 0;
      for (let bit = 0; bit < 4; bit++) if (command & (1 << bit)) offset += byte() * 2 ** (8 * bit);
      for (let bit = 0; bit < 3; bit++) if (command & (0x10 << bit)) length += byte() * 2 ** (8 * bit);
      end += base.copy(result, end, offset, offset + (length || 0x10000));
    } else {
      end += delta.copy(result, end, at, at + command);
      at += command;
    }
  }
  if (end !== result.length) throw new Error('a delta gives another size than it says');
  return result;
}
