import { expect, it } from 'vitest';
import type { Resource } from '../../src/model/resource.js';
import { readSpecOf } from '../../src/resources/spec-of.js';

it('says which spec of which resource is gone, and what to do', async () => {
  const resource = { name: 'analysis', spec: '/nowhere/environment.yml' } as Resource;
  await expect(readSpecOf(resource)).rejects.toMatchObject({
    kind: 'not-proved',
    message: "the spec that 'analysis' was made from is not there any more",
    where: '/nowhere/environment.yml',
  });
});
