import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Image } from '@aws-sdk/client-ec2';
import { ReproError } from '../../src/errors.js';
import { stage } from '../../src/model/progress.js';
import type { LiveState } from '../../src/model/resource.js';
import type { FreezeContext } from '../outer.js';
import { runOn } from '../run-on.js';
import { type Ec2, giveUpOn, placeOf, withEc2 } from './client.js';
import { ifThere, isAnswer } from './errors.js';
import { findInstance } from './instance.js';
import { markFor, tagged } from './mark.js';
import type { AwsDetails, AwsImage } from './parameters.js';
import { undo } from './undo.js';

/** Makes a machine image of a machine that runs, and goes on running. Its disks are written out before. */
export async function freeze(details: AwsDetails, context: FreezeContext): Promise<AwsImage> {
  const { host: here, machine, record, progress, signal } = context;
  const { at, instance, user, address } = details;
  return withEc2(at, async (ec2) => {
    const mark = markFor(context, randomUUID());
    const found = await findInstance(ec2, instance, signal);
    await runOn(machine, ['sync']);
    const effect = { kind: 'machine-image', id: mark.name, at: ec2.at, token: mark.token };
    await record(effect);
    return stage(progress, `make a machine image of ${instance}`, async () => {
      const asked = new ec2.api.CreateImageCommand({
        ...{ InstanceId: instance, Name: mark.name, Description: `reproman ${context.name}` },
        // What runs there goes on: all that counts was written out, and an instance is compared with it.
        ...{ NoReboot: true, TagSpecifications: tagged(mark, 'image', 'snapshot') },
      });
      const { ImageId: image } = await ec2.send(asked).catch(async (error: unknown) => {
        // It may come into being all the same.
        if (!isAnswer(error)) await undo(effect, here, { late: true });
        throw error;
      });
      if (image === undefined) throw new ReproError('step-failed', 'EC2 made no image, and does not say why');
      await untilAvailable(ec2, image, signal);
      const like = { instanceType: found?.InstanceType, subnet: found?.SubnetId, instanceProfile: profileOf(found) };
      const known = Object.entries(like).filter(([, value]) => value !== undefined);
      return { at: ec2.at, token: mark.token, image, user, address, ...Object.fromEntries(known) };
    });
  });
}

/** The name in `arn:aws:iam::ACCOUNT:instance-profile/PATH/NAME`. */
function profileOf(found: Awaited<ReturnType<typeof findInstance>>): string | undefined {
  return found?.IamInstanceProfile?.Arn?.split('/').at(-1);
}

/** Whether an image is there still. */
export function stateOfImage({ at, image }: AwsImage): Promise<LiveState> {
  return withEc2(at, async (ec2) => ((await findImage(ec2, image)) ? 'present' : 'missing'));
}

/** For people: which image it is. */
export function labelOfImage({ at, image }: AwsImage): string {
  return `the machine image ${image} in ${placeOf(at).region}`;
}

/** Nobody can be let in. */
export function atRest(image: AwsImage): ReproError {
  return new ReproError('usage', `${labelOfImage(image)} is at rest, and nothing of it can be read`, {
    remedy: 'make a machine of it: reproman instantiate NAME',
  });
}

/** Milliseconds that it may take to copy the disks. */
const patience = 3_600_000;

async function untilAvailable(ec2: Ec2, id: string, signal?: AbortSignal): Promise<void> {
  for (let [wait, deadline] = [200, Date.now() + patience]; ; wait = Math.min(wait * 1.5, 15_000)) {
    const found = await findImage(ec2, id, signal);
    if (found?.State === 'available') return;
    const isLost = found?.State === 'failed' || found?.State === 'error';
    if (isLost || Date.now() > deadline) {
      const why = found?.StateReason?.Message ?? `it is ${found?.State ?? 'unknown'}`;
      throw new ReproError('step-failed', `the machine image ${id} never came to be: ${why}`, { where: ec2.region });
    }
    await delay(wait, undefined, { signal });
  }
}

async function findImage(ec2: Ec2, id: string, signal?: AbortSignal): Promise<Image | undefined> {
  const asked = new ec2.api.DescribeImagesCommand({ ImageIds: [id] });
  const [found] = (await ifThere(ec2.send(asked, giveUpOn(signal))))?.Images ?? [];
  return found?.State === 'deregistered' ? undefined : found;
}
