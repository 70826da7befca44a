import { describe, expect, it } from 'vitest';
import { closingQuote, quotedText, quotedTexts, unescapeText } from '../../../src/tracing/strace/text.js';

describe('unescapeText', () => {
  it.each`
    printed                    | bytes
    ${'plain text'}            | ${'plain text'}
    ${'a\\nb\\tc\\rd\\ve\\ff'} | ${'a\nb\tc\rd\ve\ff'}
    ${'say \\"hi\\"'}          | ${'say "hi"'}
    ${'back\\\\slash'}         | ${'back\\slash'}
    ${'\\\\n'}                 | ${'\\n'}
    ${'caf\\303\\251'}         | ${'caf\u00c3\u00a9'}
    ${'\\377'}                 | ${'\u00ff'}
    ${'\\0'}                   | ${'\0'}
    ${'\\1\\11\\0011'}         | ${'\u0001\t\u00011'}
    ${'\\18'}                  | ${'\u00018'}
    ${'\\74\\76'}              | ${'<>'}
    ${'\\x2f\\xff'}            | ${'/\u00ff'}
    ${'\\33[0m'}               | ${'\u001b[0m'}
  `('reads $printed', ({ printed, bytes }: { printed: string; bytes: string }) => {
    expect(unescapeText(printed)).toBe(bytes);
  });
});

describe('quotedText', () => {
  it('reads a whole string only', () => {
    expect(quotedText('"/tmp/x"')).toBe('/tmp/x');
    expect(quotedText('"/tmp/x"...')).toBeUndefined();
    expect(quotedText('0x7ffd1234')).toBeUndefined();
    expect(quotedText('NULL')).toBeUndefined();
    expect(quotedText('')).toBeUndefined();
  });

  it('reads every string of an array, quotes and brackets in them too', () => {
    expect(quotedTexts('["a", "b \\"c\\"", "]", "\\\\"]')).toEqual(['a', 'b "c"', ']', '\\']);
    expect(quotedTexts('[]')).toEqual([]);
  });

  it('finds the quote that closes, not an escaped one', () => {
    expect(closingQuote('"a\\"b"', 0)).toBe(5);
    expect(closingQuote('"a\\\\"', 0)).toBe(4);
    expect(closingQuote('"open', 0)).toBe(-1);
  });
});
