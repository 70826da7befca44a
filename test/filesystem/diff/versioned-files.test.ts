import { describe, expect, it } from 'vitest';
import { compare, contentOf, link, long, type Tree, told } from './trees.js';

const of = (owner: string | undefined, text: string, more: object = {}) => ({
  ...contentOf(long(text)),
  ...(owner !== undefined && { package: owner }),
  ...more,
});
const [old, upgraded] = ['debian zlib1g:amd64 1:1.2.13', 'debian zlib1g:amd64 1:1.3.1'];
const at = (name: string, what: Tree[string]): Tree => ({ '/usr/lib': undefined, [`/usr/lib/${name}`]: what });

describe('a file whose name has another version in the next version of its package', () => {
  it('is told as moved and changed', () => {
    const one = {
      ...at('libz.so.1.2.13', of(old, 'before')),
      ...at('libz.so.1', link('libz.so.1.2.13')),
      '/usr/lib/other': of(undefined, 'other'),
    };
    const other = {
      ...at('libz.so.1.3.1', of(upgraded, 'behind')),
      ...at('libz.so.1', link('libz.so.1.3.1')),
      '/usr/lib/other': of(undefined, 'other'),
    };
    expect(told(compare(one, other))).toEqual([
      'link /usr/lib/libz.so.1',
      'moved+content /usr/lib/libz.so.1.2.13 > /usr/lib/libz.so.1.3.1',
    ]);
  });

  it('is told so beside links that have versions, too', () => {
    const one = { ...at('libbz2.so.1.0', link('libbz2.so.1.0.4')), ...at('libbz2.so.1.0.4', of(old, 'before')) };
    const other = { ...at('libbz2.so.1.0', link('libbz2.so.1.0.8')), ...at('libbz2.so.1.0.8', of(upgraded, 'behind')) };
    expect(told(compare(one, other))).toContain('moved+content /usr/lib/libbz2.so.1.0.4 > /usr/lib/libbz2.so.1.0.8');
  });

  const [before, after] = [at('libz.so.1.2.13', of(old, 'before')), at('libz.so.1.3.1', of(upgraded, 'behind'))];

  it.each<[because: string, one: Tree, other: Tree]>([
    ['it is of another package', before, at('libz.so.1.3.1', of('debian zlib-ng:amd64 1.3.1', 'behind'))],
    ['it is of another architecture', before, at('libz.so.1.3.1', of('debian zlib1g:i386 1:1.3.1', 'behind'))],
    [
      'nobody knows whose it is',
      at('libz.so.1.2', of(undefined, 'before')),
      at('libz.so.1.3', of(undefined, 'behind')),
    ],
    ['there are two that it may be from', { ...before, ...at('libz.so.1.2.12', of(old, 'third')) }, after],
    ['there are two that it may be', before, { ...after, ...at('libz.so.1.3.2', of(upgraded, 'third')) }],
    [
      'another of such a name is as it was',
      { ...before, ...at('libz.so.1.1', of(old, 'kept')) },
      { ...after, ...at('libz.so.1.1', of(upgraded, 'kept')) },
    ],
    ['it has quite another size', before, at('libz.so.1.3.1', of(upgraded, 'behind '.repeat(50)))],
    ['it has another mode', before, at('libz.so.1.3.1', of(upgraded, 'behind', { mode: 0o4755 }))],
    ['it is in another folder', before, { '/opt': undefined, '/opt/libz.so.1.3.1': of(upgraded, 'behind') }],
    ['the number is no version', at('printf.1', of(old, 'before')), at('printf.3', of(upgraded, 'behind'))],
    ['it is something else', before, at('libz.so.1.3.1', link('elsewhere'))],
  ])('is not where %s', (_, one, other) => {
    const verdicts = compare(one, other).changes.flatMap((change) => change.verdicts);
    expect(verdicts).not.toContain('moved');
    expect(verdicts).toEqual(expect.arrayContaining(['added', 'removed']));
  });
});
