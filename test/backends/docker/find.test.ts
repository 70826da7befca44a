import type Docker from 'dockerode';
import { expect, it } from 'vitest';
import { basesIn, containersIn, layersIn } from '../../../backends/docker/find.js';

const token = '01234567-89ab-cdef-0123-456789abcdef';
const own = { 'reproman.token': token, 'reproman.resource': 'x', 'reproman.inventory': 'mine' };

it('finds the containers that we made, and not those that a user made of an image of ours', () => {
  const container = (id: string, role?: string) => ({
    ...{ Id: id, Created: 1_700_000_000 },
    Labels: { ...own, ...(role !== undefined && { 'reproman.role': role }) },
  });
  const all = [container('a', 'resource'), container('b', 'building'), container('c', 'image'), container('d')];
  const found = containersIn(all as unknown as Docker.ContainerInfo[], 'unix:///x');
  expect(found.map(({ effect }) => effect.id)).toEqual(['a', 'b']);
  expect(found[0]).toEqual({
    effect: { kind: 'container', id: 'a', at: 'unix:///x', token },
    ...{ inventory: 'mine', resource: 'x', created: '2023-11-14T22:13:20.000Z' },
  });
});

it('finds the images that containers are built from, and none that may be the user’s', () => {
  const image = (...RepoTags: string[]) => ({ RepoTags, Labels: own, Created: 1_700_000_000 });
  const all = [
    image('reproman/x:latest'),
    image('reproman/x:base-01234567'),
    image('reproman/x:base-76543210'),
    image(),
  ];
  const found = basesIn(all as unknown as Docker.ImageInfo[], 'unix:///x');
  expect(found.map(({ effect: { kind, id } }) => [kind, id])).toEqual([['base', 'reproman/x:base-01234567']]);
});

it('finds the layers that have no name, and nothing that was made of one', () => {
  const image = (layer: string | undefined, RepoTags: string[] | null = []) => ({
    ...{ RepoTags, Created: 1_700_000_000 },
    Labels: { ...own, ...(layer !== undefined && { 'reproman.layer': layer }) },
  });
  const all = [
    image('a'),
    image('b', null),
    image('c', ['<none>:<none>']),
    image('d', ['mine:1']),
    image(''),
    image(undefined),
  ];
  const found = layersIn(all as unknown as Docker.ImageInfo[], 'unix:///x');
  expect(found.map(({ effect: { kind, id } }) => [kind, id])).toEqual(['a', 'b', 'c'].map((id) => ['layer', id]));
});

it('takes what says of no inventory for another’s', () => {
  const { 'reproman.inventory': _none, ...labels } = own;
  const old = { Id: 'a', Created: 1, Labels: { ...labels, 'reproman.role': 'copy' } };
  expect(containersIn([old] as unknown as Docker.ContainerInfo[], 'x')[0]?.inventory).toBe('');
});
