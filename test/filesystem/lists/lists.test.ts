import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readList } from '../../../src/filesystem/lists/read.js';

const read = (content: Buffer | string) => readList(Readable.from([Buffer.from(content)]), 'the list');
const analysis = (entries: unknown) => JSON.stringify([{ Image: 'x', AnalyzeType: 'File', Analysis: entries }]);

describe('a list of files', () => {
  it.each([
    [
      'container-diff',
      analysis([
        { Name: '/a', Size: 5 },
        { Name: '/b', Size: -1 },
      ]),
      [{ path: '/a', size: 5 }, { path: '/b' }],
    ],
    ['a list after others', `[{"AnalyzeType":"Apt","Analysis":[]},${analysis([]).slice(1)}`, []],
    ['find', '/a\n./b\nc/d\n', [{ path: '/a' }, { path: '/b' }, { path: '/c/d' }]],
    ['find -print0', '/a\nb\0/c\0', [{ path: '/a\nb' }, { path: '/c' }]],
    [
      'tar -t',
      './\n./etc/\n./etc/x\n',
      [{ path: '/', type: 'directory' }, { path: '/etc/', type: 'directory' }, { path: '/etc/x' }],
    ],
    ['names in UTF-8', analysis([{ Name: '/caf\u00e9', Size: 1 }]), [{ path: '/caf\xc3\xa9', size: 1 }]],
    ['names of any bytes', Buffer.from('/caf\xe9\n', 'latin1'), [{ path: '/caf\xe9' }]],
    ['nothing', '', []],
  ])('is read as written by %s', async (_, content, entries) => {
    expect(await read(content)).toEqual(entries);
    expect(await read(gzipSync(content))).toEqual(entries);
  });

  it.each([
    ['a page', '<!DOCTYPE html>', /the list .* it is a page/],
    ['JSON that ends too early', '[{"AnalyzeType": "Fi', /the list .* not JSON/],
    ['JSON of which nothing can be told', '[{"Analy', /the list .* JSON of no kind/],
    ['JSON of another kind', '{"a": 1}', /the list .* JSON of no kind/],
    ['an analysis of something else', '[{"AnalyzeType": "Apt"}]', /no analysis of the type File/],
    ['an analysis that is none', analysis({}), /its Analysis is no list/],
    ['an entry that is none', analysis([{ Name: '/a', Size: 1 }, { Name: 7 }]), /entry 2 of its Analysis/],
    ['a compression that ends too early', gzipSync('/a\n'.repeat(9999)).subarray(0, 40), /the list cannot be read/],
  ])('is told to be %s, with the place', async (_, content, message) => {
    await expect(read(content)).rejects.toThrow(expect.objectContaining({ kind: 'usage' }));
    await expect(read(content)).rejects.toThrow(message);
  });
});
