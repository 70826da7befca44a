import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { ReproError } from '../../errors.js';
import type { SpecLayout } from './layout.js';

/** Streams a part of `environment.d`; fails at its end when its bytes are not those that the lock names. */
export function openPart(layout: SpecLayout, part: { readonly file: string; readonly sha256: string }): Readable {
  const file = join(layout.folder, part.file);
  const hash = createHash('sha256');
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest('hex') === part.sha256 ? null : damagedPart(file));
    },
  });
  const source = createReadStream(file);
  source.on('error', (error) => check.destroy(error));
  check.on('close', () => source.destroy());
  return source.pipe(check);
}

/** What is said of a part that cannot be what was written. */
export function damagedPart(file: string, cause?: unknown): ReproError {
  return new ReproError('usage', 'a part of environment.d is damaged: it is not what the lock says', {
    where: file,
    remedy: 'copy the folder again from where it was made, or trace again',
    cause,
  });
}
