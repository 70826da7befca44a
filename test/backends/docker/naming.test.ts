import { describe, expect, it } from 'vitest';
import { naming } from '../../../backends/docker/naming.js';
import type { Resource } from '../../../src/model/resource.js';

const at = 'unix:///s';
const called = (name: string) => ({ name, folder: `/trees/${name}` });

function renamed(image: string) {
  const details = {
    engine: at,
    token: 't',
    image,
    base: 'reproman/one:base-1',
    container: 'reproman-one',
    epoch: 0,
    tool: '1',
  };
  const effects = [
    { kind: 'base', id: 'reproman/one:base-1', at, token: 't' },
    { kind: 'image', id: image, at, token: 't' },
    { kind: 'container', id: 'reproman-one', at, token: 't' },
  ];
  return naming.renamed({ details, effects } as unknown as Resource, called('one'), called('two'));
}

describe('another name of a resource on an engine', () => {
  it('is that of its container and of its image', () => {
    const { details, effects } = renamed('reproman/one:latest');
    expect(details).toMatchObject({
      image: 'reproman/two:latest',
      container: 'reproman-two',
      base: 'reproman/one:base-1',
    });
    expect(effects.map(([from, to]) => [from.id, to.id])).toEqual([
      ['reproman/one:latest', 'reproman/two:latest'],
      ['reproman-one', 'reproman-two'],
    ]);
  });

  it('is not that of an image that the user named', () => {
    const { details, effects } = renamed('lab/one:1');
    expect(details).toMatchObject({ image: 'lab/one:1' });
    expect(effects.map(([from]) => from.id)).toEqual(['reproman-one']);
  });
});
