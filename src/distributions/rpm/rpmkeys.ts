import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { armoredKeysIn } from '../../archives/openpgp.js';
import type { Machine } from '../../machines/machine.js';
import { scratchFolder } from '../../scratch.js';

/** Passes on an .rpm that one of these keys signed, by the word of rpm itself. Throws at the end of any other. */
export async function* signedByOneOf(
  content: AsyncIterable<Uint8Array>,
  keys: readonly Buffer[],
  host: Machine,
): AsyncGenerator<Uint8Array> {
  await using scratch = await scratchFolder('signed');
  const file = join(scratch.path, 'package.rpm');
  {
    await using copy = await open(file, 'wx');
    for await (const chunk of content) {
      await copy.write(chunk);
      yield chunk;
    }
  }
  const rpmkeys = ['rpmkeys', '--define', `_dbpath ${join(scratch.path, 'keys')}`];
  // It takes no keys but in armor, and some of its versions the first of a block alone.
  for (const [at, key] of keys.flatMap(armoredKeysIn).entries()) {
    const path = join(scratch.path, `${at}.asc`);
    await writeFile(path, key);
    await host.shell?.run([...rpmkeys, '--import', path]);
  }
  const check = [...rpmkeys, '--define', '_pkgverify_level signature', '--checksig', '--verbose', file];
  const said = await host.shell?.run(check);
  // An rpm before 4.14.2 does not know that level, and takes digests alone.
  const hasSignature = said !== undefined && /\bsignature\b.*: OK$/im.test(said.stdout.toString('utf8'));
  if (said?.exit.code !== 0 || !hasSignature) throw new Error('it is not signed by a key of its repository');
}
