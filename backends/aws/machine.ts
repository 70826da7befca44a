import { setTimeout as delay } from 'node:timers/promises';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { sshMachine } from '../../src/machines/ssh/index.js';
import { settingsFile, writeSettings } from '../cloud-ssh.js';
import { type Ec2, placeOf, withEc2 } from './client.js';
import { addressOf, findInstance } from './instance.js';
import type { AwsDetails } from './parameters.js';

/** For people: which machine it is. */
export function labelOf({ instance, at }: AwsDetails): string {
  return `the EC2 instance ${instance} in ${placeOf(at).region}`;
}

/** The machine over ssh, as the settings say. */
function reach(details: AwsDetails, signal?: AbortSignal): Promise<Machine> {
  const config = settingsFile(details);
  return sshMachine({ destination: details.host, config, label: labelOf(details), signal });
}

/** The machine where it is known to be, else where EC2 says that it is now: somebody else may have started it. */
export async function connect(details: AwsDetails, here: Machine, signal?: AbortSignal): Promise<Machine> {
  try {
    return await reach(details, signal);
  } catch (error) {
    signal?.throwIfAborted();
    if (isForgery(error)) throw error;
    await withEc2(details.at, (ec2) => writeAddress(ec2, details, here, signal));
    return reach(details, signal);
  }
}

/** Keeps where a machine is now. */
export async function writeAddress(ec2: Ec2, details: AwsDetails, here: Machine, signal?: AbortSignal): Promise<void> {
  const address = addressOf(await findInstance(ec2, details.instance, signal), details);
  await writeSettings(here, details, { address, isKnown: true });
}

/** Milliseconds that a machine may take until it lets us in. */
const patience = 300_000;

/** Waits until a machine that is starting lets us in. */
export async function untilReached(details: AwsDetails, signal?: AbortSignal): Promise<Machine> {
  for (const deadline = Date.now() + patience; ; await delay(1000, undefined, { signal })) {
    try {
      return await reach(details, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (isForgery(error) || !(error instanceof ReproError) || Date.now() > deadline) throw error;
    }
  }
}

/** Another host answers there, which comes right by no waiting. */
function isForgery(error: unknown): boolean {
  return error instanceof ReproError && /host key verification failed/i.test(error.message);
}
