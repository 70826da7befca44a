import { describe, expect, it } from 'vitest';
import { CollectionTree } from '../../src/lineage/collection-tree.js';

function treeOf(...pairs: readonly (readonly [image: string, from: string])[]): CollectionTree {
  const tree = new CollectionTree();
  for (const [image, from] of pairs) tree.update(image, from);
  return tree;
}

const miniconda = [
  ['continuumio/miniconda3', 'library/debian'],
  ['singularityhub/containertree', 'continuumio/miniconda3'],
  ['singularityhub/singularity-cli', 'continuumio/miniconda3:1.0'],
] as const;

describe('a collection', () => {
  it('begins with nothing', () => {
    expect(new CollectionTree().paths()).toEqual(['/scratch']);
  });

  it('has only official images at the top', () => {
    expect(new CollectionTree().update('vanessa/salad', 'vanessa/sregistry')).toBe(false);
    expect(new CollectionTree().update('scratch', 'library/ubuntu')).toBe(true);
    expect(new CollectionTree().update('mine', 'scratch')).toBe(true);
    expect(new CollectionTree().update('me/mine', 'scratch')).toBe(false);
  });

  it('has any image at the top where that is asked for, by its tags', () => {
    const tree = new CollectionTree({ firstLevel: '' });
    expect(tree.update('vanessa/salad', 'vanessa/sregistry')).toBe(true);
    expect(tree.find('vanessa/sregistry')?.children.get('latest')?.[0]?.name).toBe('vanessa/salad');
  });

  it('says the way from the root', () => {
    const way = treeOf(...miniconda).trace('continuumio/miniconda3');
    expect(way.map(({ name }) => name)).toEqual(['scratch', 'library/debian', 'continuumio/miniconda3']);
    expect(treeOf(...miniconda).trace('no/image')).toEqual([]);
  });

  it('has four images and five paths of three that are told of', () => {
    const tree = treeOf(...miniconda);
    expect([...tree]).toHaveLength(4);
    expect(tree.paths()).toHaveLength(5);
    expect(tree.paths()).toContain('/scratch/library/debian/.latest/continuumio/miniconda3');
    expect(tree.paths({ tagPrefix: 'TAG_' })).toContain('/scratch/library/debian/TAG_latest/continuumio/miniconda3');
    expect(tree.paths({ tagPrefix: false })).toContain('/scratch/library/debian/continuumio/miniconda3');
    expect(tree.paths({ leavesOnly: true })).not.toContain('/scratch');
  });

  it('is the same in whichever order it is told', () => {
    expect(treeOf(...[...miniconda].reverse()).paths()).toEqual(treeOf(...miniconda).paths());
  });

  it('moves an image to the base that is told last', () => {
    const tree = treeOf(...miniconda, ['vanessa/sneeze', 'golang:1.11.3-stretch']);
    expect(tree.find('library/golang')?.children.get('1.11.3-stretch')).toHaveLength(1);
    expect(tree.update('vanessa/sneeze', 'library/ubuntu')).toBe(true);
    expect(tree.find('library/golang')?.children.get('1.11.3-stretch')).toEqual([]);
    expect(tree.find('library/ubuntu')?.children.get('latest')).toEqual([tree.find('vanessa/sneeze')]);
  });

  it('removes a tag with what is below it, and an image with all', () => {
    const tree = treeOf(...miniconda);
    expect(tree.remove('continuumio/miniconda3', '1.0')?.name).toBe('continuumio/miniconda3');
    expect(tree.find('continuumio/miniconda3', '1.0')).toBeUndefined();
    expect(tree.find('singularityhub/singularity-cli')).toBeUndefined();
    tree.remove('continuumio/miniconda3');
    expect(tree.find('continuumio/miniconda3')).toBeUndefined();
    expect([...tree].map(({ name }) => name)).toEqual(['library/debian']);
  });

  it('searches names, and counts how often one is told of', () => {
    const tree = treeOf(...miniconda, ...miniconda);
    expect(tree.search('hub').map(({ name }) => name)).toHaveLength(2);
    expect(tree.getCount('continuumio/miniconda3')).toBe(2);
    expect(tree.getCount('blark/blark')).toBe(0);
  });

  it('refuses what is no name, and an image as its own base', () => {
    const tree = treeOf(...miniconda);
    expect(tree.update('a b', 'debian')).toBeUndefined();
    expect(tree.update('debian', 'singularityhub/containertree')).toBeUndefined();
  });
});
