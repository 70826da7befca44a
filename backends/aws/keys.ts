import type { Ec2 } from './client.js';
import { type Mark, tagged } from './mark.js';
import { unlessThere } from './network.js';

/** Tells EC2 whom to let in. */
export async function importKey(ec2: Ec2, mark: Mark, publicKey: Uint8Array): Promise<void> {
  const asked = { KeyName: mark.name, PublicKeyMaterial: publicKey, TagSpecifications: tagged(mark, 'key-pair') };
  await ec2.send(new ec2.api.ImportKeyPairCommand(asked)).catch(unlessThere);
}
