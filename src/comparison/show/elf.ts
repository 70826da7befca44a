/** What a program or library tells of itself and needs of others. */
export interface ElfFacts {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly soname?: string;
  readonly interpreter?: string;
  readonly runpath?: string;
  /** The libraries that it is linked with. */
  readonly needed: readonly string[];
  /** Dynamic symbols that it has for others, and that it wants of them. */
  readonly defined: readonly string[];
  readonly undefined: readonly string[];
}

interface Section {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

const sectionTypes = { dynamic: 6, dynamicSymbols: 11 } as const;
const tags = { needed: 1, soname: 14, rpath: 15, runpath: 29 } as const;
/** One that lies about its sections is not followed further. */
const mostSections = 10_000;

export function isElf(content: Buffer): boolean {
  return content.length >= 64 && content.readUInt32BE(0) === 0x7f454c46;
}

/**
 * Reads what the dynamic linker would of an ELF file; undefined where it is damaged.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
export function readElf(content: Buffer): ElfFacts | undefined {
  try {
    return isElf(content) ? factsOf(content) : undefined;
  } catch (error) {
    // Offsets that point out of the file.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function factsOf(content: Buffer): ElfFacts {
  const read = new Reader(content);
  const sections = sectionsOf(read);
  const found = { needed: [] as string[], defined: [] as string[], undefined: [] as string[] };
  const named: { soname?: string; runpath?: string } = {};
  for (const section of sections) {
    const texts = sections[section.link];
    if (!texts) continue;
    if (section.type === sectionTypes.dynamicSymbols) readSymbols(read, section, texts, found);
    if (section.type !== sectionTypes.dynamic) continue;
    for (const [tag, value] of entriesOf(read, section)) {
      if (tag === tags.needed) found.needed.push(read.text(texts, value));
      if (tag === tags.soname) named.soname = read.text(texts, value);
      if (tag === tags.runpath || tag === tags.rpath) named.runpath = read.text(texts, value);
    }
  }
  const interpreter = interpreterOf(read);
  return {
    machine: read.half(18),
    bits: read.is64 ? 64 : 32,
    ...named,
    ...(interpreter !== undefined && { interpreter }),
    needed: found.needed.sort(),
    defined: found.defined.sort(),
    undefined: found.undefined.sort(),
  };
}

function sectionsOf(read: Reader): Section[] {
  const start = read.word(read.is64 ? 40 : 32);
  const size = read.half(read.is64 ? 58 : 46);
  const count = Math.min(read.half(read.is64 ? 60 : 48), mostSections);
  return Array.from({ length: count }, (_, number) => {
    const at = start + number * size;
    const fields = read.is64 ? { offset: 24, size: 32, link: 40 } : { offset: 16, size: 20, link: 24 };
    return {
      type: read.int(at + 4),
      offset: read.word(at + fields.offset),
      size: read.word(at + fields.size),
      link: read.int(at + fields.link),
    };
  });
}

function* entriesOf(read: Reader, { offset, size }: Section): Generator<readonly [tag: number, value: number], void> {
  const width = read.is64 ? 8 : 4;
  for (let at = offset; at < offset + size; at += width * 2) {
    const tag = read.word(at);
    if (tag === 0) return;
    yield [tag, read.word(at + width)];
  }
}

function readSymbols(
  read: Reader,
  { offset, size }: Section,
  texts: Section,
  found: { readonly defined: string[]; readonly undefined: string[] },
): void {
  const width = read.is64 ? 24 : 16;
  for (let at = offset; at < offset + size; at += width) {
    const name = read.text(texts, read.int(at));
    const place = read.half(at + (read.is64 ? 6 : 14));
    if (name !== '') (place === 0 ? found.undefined : found.defined).push(name);
  }
}

/** The program that loads it, from its program headers. */
function interpreterOf(read: Reader): string | undefined {
  const start = read.word(read.is64 ? 32 : 28);
  const size = read.half(read.is64 ? 54 : 42);
  for (let number = 0; number < read.half(read.is64 ? 56 : 44); number++) {
    const at = start + number * size;
    if (read.int(at) !== 3) continue;
    const offset = read.word(at + (read.is64 ? 8 : 4));
    return read.text({ type: 0, offset, size: read.word(at + (read.is64 ? 32 : 16)), link: 0 }, 0);
  }
  return undefined;
}

/** Numbers of an ELF file, which are as the machine has them that it is for. */
class Reader {
  readonly is64: boolean;
  private readonly isLittle: boolean;

  constructor(private readonly content: Buffer) {
    this.is64 = content[4] === 2;
    this.isLittle = content[5] === 1;
  }

  half(at: number): number {
    return this.isLittle ? this.content.readUInt16LE(at) : this.content.readUInt16BE(at);
  }

  int(at: number): number {
    return this.isLittle ? this.content.readUInt32LE(at) : this.content.readUInt32BE(at);
  }

  word(at: number): number {
    if (!this.is64) return this.int(at);
    return Number(this.isLittle ? this.content.readBigUInt64LE(at) : this.content.readBigUInt64BE(at));
  }

  text({ offset, size }: Section, at: number): string {
    const from = offset + at;
    const end = this.content.indexOf(0, from);
    return this.content.toString('latin1', from, end === -1 ? Math.min(offset + size, this.content.length) : end);
  }
}
