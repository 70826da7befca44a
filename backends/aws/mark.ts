import type { Filter, ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import type { OuterContext } from '../outer.js';
import type { AwsParameters } from './parameters.js';

/** What is written on everything that is made for a resource, in the very call that makes it. */
export interface Mark {
  readonly token: string;
  /** What it is called where it has a name, which nobody else's has. */
  readonly name: string;
  readonly tags: Tag[];
}

/** The keys of our tags. */
export const tagKeys = {
  resource: 'reproman:resource',
  token: 'reproman:token',
  inventory: 'reproman:inventory',
  version: 'reproman:version',
} as const;

type Marking = Pick<OuterContext<unknown>, 'name' | 'inventory' | 'tool'> & {
  readonly parameters?: Pick<AwsParameters, 'tags'>;
};

export function markFor(context: Marking, token: string): Mark {
  const { name, inventory, tool, parameters } = context;
  const own = {
    Name: `reproman ${name}`,
    [tagKeys.resource]: name,
    [tagKeys.token]: token,
    [tagKeys.inventory]: inventory,
    [tagKeys.version]: tool,
  };
  const tags = { ...given(parameters?.tags), ...own };
  return {
    token,
    name: `reproman-${name}-${token.slice(0, 8)}`,
    tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

export function tagged({ tags: Tags }: Mark, ...types: readonly ResourceType[]): TagSpecification[] {
  return types.map((ResourceType) => ({ ResourceType, Tags }));
}

/** Finds what was made for one resource. */
export function ofToken(token: string): Filter[] {
  return [{ Name: `tag:${tagKeys.token}`, Values: [token] }];
}

/** Finds what was made for any. */
export const ofAnyToken: Filter[] = [{ Name: 'tag-key', Values: [tagKeys.token] }];

export function tagIn(tags: readonly Tag[] | undefined, key: string): string | undefined {
  return tags?.find(({ Key }) => Key === key)?.Value;
}

function given(tags: string | undefined): Record<string, string> {
  const pairs = tags?.split(',').map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]);
  return Object.fromEntries(pairs ?? []);
}
