import { requireLocal } from '../../src/machines/local.js';
import { checkSsh } from '../../src/machines/ssh/index.js';
import { stage } from '../../src/model/progress.js';
import type { Resource } from '../../src/model/resource.js';
import type { Outer } from '../outer.js';
import { bootstrap } from './bootstrap.js';
import { withEc2 } from './client.js';
import { find } from './find.js';
import { atRest, freeze, labelOfImage, stateOfImage } from './freeze.js';
import { findInstance, stateOf, waitUntil } from './instance.js';
import { connect, labelOf, untilReached, writeAddress } from './machine.js';
import { type AwsImage, awsDetailsSchema, awsImageSchema, awsParameters } from './parameters.js';
import { undo } from './undo.js';

/** A virtual machine of Amazon's EC2, or of a service that speaks as that does, made for each resource. */
export const aws: Outer<typeof awsParameters> = {
  name: 'aws',
  title: 'a virtual machine of Amazon EC2, for the backend after the colon',
  parameters: awsParameters,
  usual: { backend: 'rootfs', why: "the packages of Amazon's machine images stay as they are" },
  makesMachine: true,
  support: ['a virtual machine of Amazon EC2: a machine image with its kernel, cloud-init and sshd'],
  check: (here) => checkSsh(here),
  bootstrap: (context) => bootstrap(context),
  async connect(details, here, signal) {
    requireLocal(here, 'aws');
    const image = imageOf(details);
    if (image) throw atRest(image);
    return connect(awsDetailsSchema.parse(details), here, signal);
  },
  undo,
  async start(told, here, { progress, signal }) {
    const details = awsDetailsSchema.parse(told);
    const { at, instance } = details;
    await withEc2(at, (ec2) =>
      stage(progress, `start ${instance}`, async () => {
        const state = (await findInstance(ec2, instance, signal))?.State?.Name;
        if (state === 'stopping') await waitUntil(ec2, instance, 'stopped', { signal });
        if (state === 'stopping' || state === 'stopped')
          await ec2.send(new ec2.api.StartInstancesCommand({ InstanceIds: [instance] }));
        await waitUntil(ec2, instance, 'running', { signal });
        await writeAddress(ec2, details, here, signal);
        await (await untilReached(details, signal))[Symbol.asyncDispose]();
      }),
    );
    return told;
  },
  async stop(told, _here, { progress, signal }) {
    const { at, instance } = awsDetailsSchema.parse(told);
    await withEc2(at, (ec2) =>
      stage(progress, `stop ${instance}`, async () => {
        await ec2.send(new ec2.api.StopInstancesCommand({ InstanceIds: [instance] }));
        await waitUntil(ec2, instance, 'stopped', { signal });
      }),
    );
  },
  async state(told) {
    const image = imageOf(told);
    if (image) return stateOfImage(image);
    const { at, instance } = awsDetailsSchema.parse(told);
    return withEc2(at, async (ec2) => stateOf(await findInstance(ec2, instance)));
  },
  find: (_here, parameters) => find(parameters),
  describe(details) {
    const image = imageOf(details);
    return image ? labelOfImage(image) : labelOf(awsDetailsSchema.parse(details));
  },
  images: {
    freeze: (details, context) => freeze(awsDetailsSchema.parse(details), context),
    isImage: (details) => imageOf(details) !== undefined,
  },
};

function imageOf(details: Resource['details']): AwsImage | undefined {
  return awsImageSchema.safeParse(details).data;
}
