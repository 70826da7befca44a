import { setTimeout as delay } from 'node:timers/promises';
import type { BlockDeviceMapping, Image, Instance } from '@aws-sdk/client-ec2';
import { ReproError } from '../../src/errors.js';
import type { LiveState } from '../../src/model/resource.js';
import { type Ec2, giveUpOn } from './client.js';
import { ifThere } from './errors.js';
import { type Mark, tagged } from './mark.js';
import type { AwsDetails, AwsParameters } from './parameters.js';

export interface Launch {
  readonly mark: Mark;
  readonly image: Image;
  readonly instanceType: string;
  readonly keyName: string | undefined;
  readonly group: string | undefined;
  readonly userData: string;
  readonly parameters: AwsParameters;
}

/** Asks for a machine; however often it is asked with one token, there is one. */
export async function launch(ec2: Ec2, asked: Launch): Promise<string> {
  const { mark, image, instanceType, keyName, group, userData, parameters } = asked;
  const { subnet, address, instanceProfile, volumeSize } = parameters;
  const groups = group === undefined ? [] : [group];
  const inSubnet = { DeviceIndex: 0, SubnetId: subnet, Groups: groups, AssociatePublicIpAddress: address === 'public' };
  const answer = await ec2.send(
    new ec2.api.RunInstancesCommand({
      ...{ ClientToken: mark.token, MinCount: 1, MaxCount: 1 },
      ...{ ImageId: image.ImageId, InstanceType: instanceType as Instance['InstanceType'], KeyName: keyName },
      ...(subnet === undefined ? { SecurityGroupIds: groups } : { NetworkInterfaces: [inSubnet] }),
      ...(instanceProfile !== undefined && { IamInstanceProfile: { Name: instanceProfile } }),
      BlockDeviceMappings: disksOf(image, volumeSize),
      // Else whatever runs there, and can be made to ask, learns what the machine may do.
      MetadataOptions: { HttpTokens: 'required' },
      UserData: Buffer.from(userData).toString('base64'),
      TagSpecifications: tagged(mark, 'instance', 'volume'),
    }),
  );
  const id = answer.Instances?.[0]?.InstanceId;
  if (id !== undefined) return id;
  throw new ReproError('step-failed', 'EC2 made no machine, and does not say why', { where: ec2.region });
}

/** All disks of the image go with the machine, whatever the image says of that. */
function disksOf(
  { BlockDeviceMappings: disks = [], RootDeviceName: root }: Image,
  size?: number,
): BlockDeviceMapping[] {
  return disks.flatMap(({ DeviceName, Ebs: disk }) => {
    if (!disk) return [];
    const VolumeSize = DeviceName === root ? (size ?? disk.VolumeSize) : disk.VolumeSize;
    return [{ DeviceName, Ebs: { DeleteOnTermination: true, VolumeSize } }];
  });
}

/** What EC2 knows of a machine; undefined where it knows none of that name any more. */
export async function findInstance(ec2: Ec2, id: string, signal?: AbortSignal): Promise<Instance | undefined> {
  const asked = new ec2.api.DescribeInstancesCommand({ InstanceIds: [id] });
  const answer = await ifThere(ec2.send(asked, giveUpOn(signal)));
  return answer?.Reservations?.[0]?.Instances?.[0];
}

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html */
export function stateOf(instance: Instance | undefined): LiveState {
  const name = instance?.State?.Name;
  if (name === 'pending' || name === 'running') return 'running';
  return name === 'stopping' || name === 'stopped' ? 'stopped' : 'missing';
}

export interface Waiting {
  readonly signal?: AbortSignal | undefined;
  /** Of one that was only just asked for EC2 may know nothing yet. */
  readonly isNew?: boolean;
}

/** Milliseconds that a change of state may take. */
const patience = 600_000;

/** Waits until a machine is in a state; throws where it never will be. */
export async function waitUntil(
  ec2: Ec2,
  id: string,
  wanted: 'running' | 'stopped' | 'terminated',
  { signal, isNew = false }: Waiting = {},
): Promise<Instance | undefined> {
  for (let [wait, deadline] = [200, Date.now() + patience]; ; wait = Math.min(wait * 1.5, 5000)) {
    const instance = await findInstance(ec2, id, signal);
    const isGone = stateOf(instance) === 'missing' && !(isNew && instance === undefined);
    const name = instance?.State?.Name;
    if (name === wanted || (wanted === 'terminated' && instance === undefined)) return instance;
    if (isGone && wanted !== 'terminated') throw endedEarly(instance, id, ec2);
    if (Date.now() > deadline) {
      throw new ReproError(
        'step-failed',
        `the EC2 instance ${id} is ${name ?? 'unknown'}, and never came to be ${wanted}`,
        {
          where: ec2.region,
          remedy: "see what AWS's console says of it",
        },
      );
    }
    await delay(wait, undefined, { signal });
  }
}

function endedEarly(instance: Instance | undefined, id: string, { region }: Ec2): ReproError {
  const why = instance?.StateReason?.Message ?? instance?.StateTransitionReason ?? 'it was removed from outside';
  return new ReproError('not-ready', `the EC2 instance ${id} is terminated: ${why}`, { where: region });
}

/** Where it can be reached now. */
export function addressOf(instance: Instance | undefined, { address }: Pick<AwsDetails, 'address'>): string {
  const found = address === 'public' ? instance?.PublicIpAddress : instance?.PrivateIpAddress;
  if (found) return found;
  throw new ReproError('not-ready', `the EC2 instance ${instance?.InstanceId} has no ${address} address`, {
    remedy: 'take a subnet that gives one with -b subnet=..., or reach it from inside with -b address=private',
  });
}
