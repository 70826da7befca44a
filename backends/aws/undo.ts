import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '../../src/machines/machine.js';
import type { Effect } from '../../src/model/resource.js';
import type { UndoOptions } from '../backend.js';
import { isOwnFolder, removeOwnFolder } from '../own-folder.js';
import { type Ec2, withEc2 } from './client.js';
import { ifThere } from './errors.js';
import { stateOf, waitUntil } from './instance.js';
import { ofToken } from './mark.js';

/** Removes what carries our mark; what only has the same name stays. */
export async function undo(effect: Effect, here: Machine, { late = false }: UndoOptions = {}): Promise<void> {
  const { kind, at, token } = effect;
  if (kind === 'machine-folder') return undoFolder(effect, here);
  const remover = removers[kind];
  if (at === undefined || token === undefined || !remover) return;
  await withEc2(at, async (ec2) => {
    for (const deadline = Date.now() + (late ? remover.patience : 0); ; await delay(500)) {
      const ids = await remover.find(ec2, token);
      for (const id of ids) await remover.remove(ec2, id);
      if (ids.length > 0 || Date.now() >= deadline) return;
    }
  });
}

async function undoFolder(effect: Effect, here: Machine): Promise<void> {
  if (await isOwnFolder(effect, here)) await removeOwnFolder(effect, { kind: 'identity' }, here);
}

interface Remover {
  /** Milliseconds until what EC2 was asked for shows, where the answer was never seen. */
  readonly patience: number;
  find(ec2: Ec2, token: string): Promise<readonly string[]>;
  remove(ec2: Ec2, id: string): Promise<unknown>;
}

const removers: Readonly<Record<string, Remover>> = {
  instance: { patience: 10_000, find: instancesOf, remove: terminate },
  'machine-image': { patience: 10_000, find: imagesOf, remove: removeImage },
  'key-pair': { patience: 2000, find: keyPairsOf, remove: deleteKeyPair },
  'security-group': { patience: 2000, find: groupsOf, remove: deleteGroup },
};

async function instancesOf(ec2: Ec2, token: string): Promise<string[]> {
  const { Reservations: found = [] } = await ec2.send(
    new ec2.api.DescribeInstancesCommand({ Filters: ofToken(token) }),
  );
  const instances = found.flatMap(({ Instances: each = [] }) => each);
  const living = instances.filter((each) => stateOf(each) !== 'missing' || each.State?.Name === 'shutting-down');
  return idsOf(living.map(({ InstanceId: id }) => id));
}

/** Its group and its disks are in use until it is gone. */
async function terminate(ec2: Ec2, id: string): Promise<void> {
  await ec2.send(new ec2.api.TerminateInstancesCommand({ InstanceIds: [id] }));
  await waitUntil(ec2, id, 'terminated');
}

/** With the copies of disks that are left of one that was removed in part. */
async function imagesOf(ec2: Ec2, token: string): Promise<string[]> {
  const own = { Filters: ofToken(token) };
  const { Images: images = [] } = await ec2.send(new ec2.api.DescribeImagesCommand({ ...own, Owners: ['self'] }));
  const { Snapshots: copies = [] } = await ec2.send(
    new ec2.api.DescribeSnapshotsCommand({ ...own, OwnerIds: ['self'] }),
  );
  return idsOf([...images.map(({ ImageId: id }) => id), ...copies.map(({ SnapshotId: id }) => id)]);
}

/** The copies of its disks stay in the account unless they are removed, too, and are in use until it is gone. */
async function removeImage(ec2: Ec2, id: string): Promise<void> {
  if (id.startsWith('snap-')) {
    await ifThere(ec2.send(new ec2.api.DeleteSnapshotCommand({ SnapshotId: id })));
    return;
  }
  const found = await ifThere(ec2.send(new ec2.api.DescribeImagesCommand({ ImageIds: [id] })));
  const disks = found?.Images?.[0]?.BlockDeviceMappings ?? [];
  await ifThere(ec2.send(new ec2.api.DeregisterImageCommand({ ImageId: id })));
  for (const copy of idsOf(disks.map(({ Ebs: disk }) => disk?.SnapshotId)))
    await ifThere(ec2.send(new ec2.api.DeleteSnapshotCommand({ SnapshotId: copy })));
}

async function keyPairsOf(ec2: Ec2, token: string): Promise<string[]> {
  const { KeyPairs: found = [] } = await ec2.send(new ec2.api.DescribeKeyPairsCommand({ Filters: ofToken(token) }));
  return idsOf(found.map(({ KeyName: name }) => name));
}

async function deleteKeyPair(ec2: Ec2, name: string): Promise<void> {
  await ifThere(ec2.send(new ec2.api.DeleteKeyPairCommand({ KeyName: name })));
}

async function groupsOf(ec2: Ec2, token: string): Promise<string[]> {
  const asked = new ec2.api.DescribeSecurityGroupsCommand({ Filters: ofToken(token) });
  return idsOf((await ec2.send(asked)).SecurityGroups?.map(({ GroupId: id }) => id));
}

/** EC2 takes a moment to see that nobody uses it any more. */
async function deleteGroup(ec2: Ec2, id: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; ; await delay(2000)) {
    try {
      await ifThere(ec2.send(new ec2.api.DeleteSecurityGroupCommand({ GroupId: id })));
      return;
    } catch (error) {
      const isInUse = error instanceof Error && error.name === 'DependencyViolation';
      if (!isInUse || Date.now() > deadline) throw error;
    }
  }
}

function idsOf(ids: readonly (string | undefined)[] = []): string[] {
  return ids.filter((id) => id !== undefined);
}
