import { setTimeout as delay } from 'node:timers/promises';
import { hostKeysIn } from '../cloud-init.js';
import { type Ec2, giveUpOn } from './client.js';

/** Milliseconds in which a machine that shows its keys at all has shown them. */
const patience = 180_000;

/** Waits until a machine's console shows its keys: what comes over AWS's own wire nobody in between has changed. */
export async function hostKeysOf(ec2: Ec2, id: string, signal?: AbortSignal): Promise<readonly string[]> {
  for (const deadline = Date.now() + patience; ; await delay(2000, undefined, { signal })) {
    const keys = hostKeysIn(await consoleOf(ec2, id, signal));
    if (keys.length > 0 || Date.now() > deadline) return keys;
  }
}

/** As it is now, which old kinds of machines do not give; else as EC2 kept it some minutes ago. */
async function consoleOf(ec2: Ec2, id: string, signal?: AbortSignal): Promise<string> {
  const ask = async (Latest: boolean) => {
    const asked = new ec2.api.GetConsoleOutputCommand({ InstanceId: id, Latest });
    const { Output: output = '' } = await ec2.send(asked, giveUpOn(signal));
    return Buffer.from(output, 'base64').toString('utf8');
  };
  return ask(true).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'UnsupportedOperation') return ask(false);
    throw error;
  });
}
