import { describe, expect, it } from 'vitest';
import { sameButFor } from '../../src/comparison/rewritten.js';

const moved = [{ from: '/opt/conda', to: '/usr/local/conda' }];

describe('texts that are the same', () => {
  it.each<[string, string, string, string | undefined]>([
    ['for a prefix', '#!/opt/conda/bin/python\nx', '#!/usr/local/conda/bin/python\nx', 'prefix'],
    ['for a prefix within', 'p=/opt/conda\n', 'p=/usr/local/conda\n', 'prefix'],
    ['for no prefix of another folder', 'p=/opt/conda2\n', 'p=/usr/local/conda2\n', undefined],
    ['for a version of Python', '#!/usr/bin/python3.9\nx', '#!/usr/bin/python3.11\nx', 'version-in-text'],
    ['for where the interpreter is', '#!/usr/bin/env perl\nx', '#!/usr/local/bin/perl\nx', 'shebang'],
    ['for no other interpreter', '#!/bin/sh\nx', '#!/bin/bash\nx', undefined],
    ['for nothing else', '#!/opt/conda/bin/python\nx', '#!/usr/local/conda/bin/python\ny', undefined],
    ['for no zero bytes', '/opt/conda\0', '/usr/local/conda\0', undefined],
  ])('but %s', (_what, before, after, rule) => {
    expect(sameButFor(Buffer.from(before), Buffer.from(after), moved)).toBe(rule);
  });
});
