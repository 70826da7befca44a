import type { IpPermission } from '@aws-sdk/client-ec2';
import type { Ec2 } from './client.js';
import { isDuplicate } from './errors.js';
import { type Mark, ofToken, tagged } from './mark.js';
import type { AwsParameters } from './parameters.js';

/** Makes a security group that lets ssh in, and nothing else. */
export async function makeSecurityGroup(
  ec2: Ec2,
  mark: Mark,
  { subnet, sshFrom }: Pick<AwsParameters, 'subnet' | 'sshFrom'>,
): Promise<string | undefined> {
  const id = await createGroup(ec2, mark, subnet === undefined ? undefined : await networkOf(ec2, subnet));
  const rules = new ec2.api.AuthorizeSecurityGroupIngressCommand({ GroupId: id, IpPermissions: [sshRule(sshFrom)] });
  await ec2.send(rules).catch(unlessThere);
  return id;
}

async function createGroup(ec2: Ec2, mark: Mark, network: string | undefined): Promise<string | undefined> {
  const { CreateSecurityGroupCommand, DescribeSecurityGroupsCommand } = ec2.api;
  try {
    const asked = { GroupName: mark.name, Description: 'ssh to a machine that reproman made', VpcId: network };
    const specifications = { TagSpecifications: tagged(mark, 'security-group') };
    return (await ec2.send(new CreateSecurityGroupCommand({ ...asked, ...specifications }))).GroupId;
  } catch (error) {
    // Its answer was lost, and it was asked for again.
    unlessThere(error);
    const found = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: ofToken(mark.token) }));
    return found.SecurityGroups?.[0]?.GroupId;
  }
}

async function networkOf(ec2: Ec2, subnet: string): Promise<string | undefined> {
  const { Subnets: found } = await ec2.send(new ec2.api.DescribeSubnetsCommand({ SubnetIds: [subnet] }));
  return found?.[0]?.VpcId;
}

function sshRule(from: string): IpPermission {
  const networks = from.split(',');
  const isNew = (network: string) => network.includes(':');
  return {
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    IpRanges: networks.filter((network) => !isNew(network)).map((CidrIp) => ({ CidrIp })),
    Ipv6Ranges: networks.filter(isNew).map((CidrIpv6) => ({ CidrIpv6 })),
  };
}

/** What is called after a token of its own can only be there because we asked before. */
export function unlessThere(error: unknown): void {
  if (!isDuplicate(error)) throw error;
}
