import { expect, it } from 'vitest';
import { fitOf, parseWheelName } from '../../../src/distributions/python/tags.js';

const tags = [
  'cp311-cp311-manylinux_2_17_x86_64',
  'cp311-cp311-manylinux2014_x86_64.manylinux_2_28_x86_64',
  'cp311-cp311-manylinux_2_17_aarch64',
  'cp311-cp311-musllinux_1_2_x86_64',
  'cp311-cp311-musllinux_1_1_x86_64',
  'cp311-cp311-linux_x86_64',
  'cp310-cp310-manylinux_2_17_x86_64',
  'py3-none-any',
];

it.each([
  ['glibc', ['manylinux_2_17_x86_64', 'manylinux2014_x86_64.manylinux_2_28_x86_64', 'linux_x86_64', 'any']],
  ['musl', ['musllinux_1_1_x86_64', 'musllinux_1_2_x86_64', 'linux_x86_64', 'any']],
] as const)('takes wheels that run with %s, the surest to run first', (libc, platforms) => {
  const fitting = tags.flatMap((tag) => {
    const wheel = parseWheelName(`tool-1.0-${tag}.whl`);
    const fit = wheel && fitOf(wheel, { python: '3.11', machine: 'x86_64', libc });
    return fit === undefined ? [] : [{ platform: tag.split('-')[2], fit }];
  });
  expect(fitting.sort((a, b) => b.fit - a.fit).map(({ platform }) => platform)).toEqual(platforms);
});
