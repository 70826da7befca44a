import { join } from 'node:path';
import type { Machine } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import { runOn } from '../run-on.js';
import type { Ec2 } from './client.js';
import { type Mark, tagged } from './mark.js';
import { unlessThere } from './network.js';

/** Where the private key is that was made for a machine. */
export function keyFileIn(folder: string): string {
  return join(folder, 'key');
}

/** Makes a key on this machine, which only this user can read. Its public half is what EC2 gets. */
export async function makeKey(here: Machine, folder: string, mark: Mark): Promise<Uint8Array> {
  const file = keyFileIn(folder);
  await runOn(here, ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', mark.name, '-f', file]);
  return here.files.read(pathFromText(`${file}.pub`));
}

/** Tells EC2 whom to let in. */
export async function importKey(ec2: Ec2, mark: Mark, publicKey: Uint8Array): Promise<void> {
  const asked = { KeyName: mark.name, PublicKeyMaterial: publicKey, TagSpecifications: tagged(mark, 'key-pair') };
  await ec2.send(new ec2.api.ImportKeyPairCommand(asked)).catch(unlessThere);
}
