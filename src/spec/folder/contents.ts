import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Contents, foundFile } from '../../archives/contents.js';
import { codeOf, ReproError } from '../../errors.js';
import { type Sha256, sha256, sha256OfStream } from '../../hash.js';

/** The `contents` of an `environment.d`: one file per hash, checked against its name the first time that it is used. */
export function folderContents(folder: string): Contents {
  const verified = new Set<Sha256>();
  let isMade = false;
  const fileOf = (hash: Sha256) => join(folder, checkedName(hash));

  async function has(hash: Sha256): Promise<boolean> {
    return (await sizeOf(fileOf(hash))) !== undefined;
  }

  async function add(content: AsyncIterable<Uint8Array> | Uint8Array, expected?: Sha256) {
    if (!isMade) await mkdir(folder, { recursive: true });
    isMade = true;
    const { whole, all } = content instanceof Uint8Array ? { whole: content } : await wholeIfSmall(content);
    const known = whole && { hash: sha256(whole), size: whole.length };
    if (known && verified.has(known.hash) && (expected ?? known.hash) === known.hash) return known;
    const temporary = join(folder, `.${randomUUID()}.part`);
    try {
      if (whole) writeFileSync(temporary, whole, { flag: 'wx', mode: 0o644 });
      const kept = known ?? (await writeHashed(all ?? [], temporary));
      if (expected !== undefined && kept.hash !== expected) {
        throw new ReproError('step-failed', `content that should have the hash ${expected} has ${kept.hash}`, {
          where: folder,
          remedy: 'the file changed while it was read, or the transfer was damaged; try again',
        });
      }
      renameSync(temporary, fileOf(kept.hash));
      verified.add(kept.hash);
      return kept;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async function locate(hash: Sha256): Promise<string> {
    const file = fileOf(hash);
    if (verified.has(hash)) return file;
    if (!(await has(hash))) throw missingContent(file, hash);
    const found = await sha256OfStream(createReadStream(file));
    if (found.hash !== hash) throw damagedContent(file, found.hash);
    verified.add(hash);
    return file;
  }

  async function find(hash: Sha256) {
    const found = foundFile(fileOf(hash));
    if (!found) throw missingContent(fileOf(hash), hash);
    return found;
  }

  function open(hash: Sha256): Readable {
    const file = fileOf(hash);
    if (verified.has(hash)) return createReadStream(file);
    const source = createReadStream(file);
    const check = checkingTransform(hash, file, () => verified.add(hash));
    source.on('error', (error) => check.destroy(codeOf(error) === 'ENOENT' ? missingContent(file, hash) : error));
    check.on('close', () => source.destroy());
    return source.pipe(check);
  }

  return { add, has, locate, find, open };
}

/** Bytes. Of a small content a stream costs far more than what it writes, and specs carry tens of thousands. */
const smallContent = 1 << 18;

/** A content as it is, where there is no more of it; else all of it from the beginning. */
async function wholeIfSmall(content: Chunks): Promise<{ readonly whole?: Buffer; readonly all?: Chunks }> {
  const chunks = content[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  for (let size = 0; size <= smallContent; size += pieces.at(-1)?.length ?? 0) {
    const { done, value } = await chunks.next();
    if (done) return { whole: Buffer.concat(pieces) };
    pieces.push(value);
  }
  async function* all() {
    yield* pieces;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  return { all: all() };
}

type Chunks = AsyncIterable<Uint8Array>;

async function writeHashed(content: Chunks | Iterable<Uint8Array>, file: string) {
  const hash = createHash('sha256');
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(content, measure, createWriteStream(file, { flags: 'wx', mode: 0o644 }));
  return { hash: hash.digest('hex'), size };
}

function checkingTransform(expected: Sha256, file: string, onEqual: () => void): Transform {
  const hash = createHash('sha256');
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      const found = hash.digest('hex');
      if (found === expected) onEqual();
      done(found === expected ? null : damagedContent(file, found));
    },
  });
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** A hash comes from a document: nothing but hexadecimal digits may become a part of a path. */
function checkedName(hash: Sha256): string {
  if (!/^[0-9a-f]{64}$/.test(hash)) throw new ReproError('usage', `not the hash of a content: ${JSON.stringify(hash)}`);
  return hash;
}

const restore = 'copy environment.yml and its environment.d again from where they were made, or trace again';

function missingContent(file: string, hash: Sha256): ReproError {
  return new ReproError('usage', `the spec's content ${hash} is missing`, { where: file, remedy: restore });
}

function damagedContent(file: string, found: Sha256): ReproError {
  return new ReproError('usage', `a content of the spec is damaged: its bytes have the hash ${found}`, {
    where: file,
    remedy: restore,
  });
}
