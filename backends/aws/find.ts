import type { Tag } from '@aws-sdk/client-ec2';
import type { Marked } from '../backend.js';
import { type Ec2, withEc2 } from './client.js';
import { stateOf } from './instance.js';
import { ofAnyToken, tagIn, tagKeys } from './mark.js';
import type { AwsParameters } from './parameters.js';

/** What carries our mark in one region of one account: machines first, which the rest is for. */
export async function find(parameters: AwsParameters): Promise<readonly Marked[]> {
  return withEc2(parameters, async (ec2) => [
    ...(await instances(ec2)),
    ...(await groups(ec2)),
    ...(await keyPairs(ec2)),
    ...(await images(ec2)),
  ]);
}

async function instances(ec2: Ec2): Promise<Marked[]> {
  const marked: Marked[] = [];
  let next: string | undefined;
  do {
    const asked = new ec2.api.DescribeInstancesCommand({ Filters: ofAnyToken, NextToken: next });
    const { Reservations: found = [], NextToken: more } = await ec2.send(asked);
    for (const each of found.flatMap(({ Instances: list = [] }) => list))
      if (stateOf(each) !== 'missing')
        marked.push(...markedBy(ec2, 'instance', each.InstanceId, each.Tags, each.LaunchTime));
    next = more;
  } while (next);
  return marked;
}

async function groups(ec2: Ec2): Promise<Marked[]> {
  const marked: Marked[] = [];
  let next: string | undefined;
  do {
    const asked = new ec2.api.DescribeSecurityGroupsCommand({ Filters: ofAnyToken, NextToken: next });
    const { SecurityGroups: found = [], NextToken: more } = await ec2.send(asked);
    for (const each of found) marked.push(...markedBy(ec2, 'security-group', each.GroupId, each.Tags));
    next = more;
  } while (next);
  return marked;
}

async function keyPairs(ec2: Ec2): Promise<Marked[]> {
  const { KeyPairs: found = [] } = await ec2.send(new ec2.api.DescribeKeyPairsCommand({ Filters: ofAnyToken }));
  return found.flatMap((each) => markedBy(ec2, 'key-pair', each.KeyName, each.Tags, each.CreateTime));
}

async function images(ec2: Ec2): Promise<Marked[]> {
  const asked = new ec2.api.DescribeImagesCommand({ Filters: ofAnyToken, Owners: ['self'] });
  const { Images: found = [] } = await ec2.send(asked);
  return found.flatMap((each) => {
    const made = each.CreationDate === undefined ? undefined : new Date(each.CreationDate);
    return markedBy(ec2, 'machine-image', each.ImageId, each.Tags, made);
  });
}

/** What has only a part of our tags is none of ours. */
function markedBy(
  { at }: Ec2,
  kind: string,
  id: string | undefined,
  tags: readonly Tag[] | undefined,
  made?: Date,
): Marked[] {
  const token = tagIn(tags, tagKeys.token);
  const inventory = tagIn(tags, tagKeys.inventory);
  const resource = tagIn(tags, tagKeys.resource);
  if (id === undefined || token === undefined || inventory === undefined || resource === undefined) return [];
  return [
    { effect: { kind, id, at, token, outer: true }, inventory, resource, ...(made && { created: made.toISOString() }) },
  ];
}
