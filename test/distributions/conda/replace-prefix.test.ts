import { describe, expect, it } from 'vitest';
import { replacePrefix } from '../../../src/distributions/conda/replace-prefix.js';

const text = '/placeholder/that/is/long';
const replaced = (content: string, mode: 'text' | 'binary', prefix = '/opt/env') =>
  replacePrefix(Buffer.from(content, 'latin1'), { text, mode }, Buffer.from(prefix)).toString('latin1');

describe('the prefix that a package was built for', () => {
  it('is replaced in text wherever it stands', () => {
    expect(replaced(`a=${text}/bin:${text}\nb\xff`, 'text')).toBe('a=/opt/env/bin:/opt/env\nb\xff');
  });

  it('is replaced in strings of a binary, which stay as long', () => {
    const content = `\x01${text}/lib\0rest\0${text}:${text}/x\0end`;
    const after = replaced(content, 'binary');
    expect(after).toHaveLength(content.length);
    expect(after.split(/\0+/)).toEqual(['\x01/opt/env/lib', 'rest', '/opt/env:/opt/env/x', 'end']);
    expect(after.indexOf('rest')).toBe(content.indexOf('rest'));
  });

  it('stays in a binary where no string ends', () => {
    expect(replaced(`\0${text}`, 'binary')).toBe(`\0${text}`);
  });

  it('is too long for a binary', () => {
    expect(() => replaced(`${text}\0`, 'binary', '/a/prefix/that/is/longer/than/the/other')).toThrow('longer than');
  });

  it('makes a first line that is too long for the kernel look the program up', () => {
    const prefix = `/home/${'a'.repeat(130)}`;
    expect(replaced(`#!${text}/bin/python -u\nx\n`, 'text', prefix)).toBe('#!/usr/bin/env python -u\nx\n');
    expect(replaced(`#!${text}/bin/python -u\nx\n`, 'text')).toBe('#!/opt/env/bin/python -u\nx\n');
  });
});
