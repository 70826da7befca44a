import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { rubyString } from '../../src/templates/quoting.js';
import { needs } from '../support/needs.js';

/** What means something in Ruby, in one of its strings, or at the end of a line or a script. */
const parts = [
  "'",
  '"',
  '\\',
  '#{`id`}',
  '#$0',
  '#@a',
  '\n',
  '\r\n',
  '\r',
  '\0',
  '\u0004',
  '\u001a',
  '__END__',
  '=begin',
];
const plain = ['a', ' ', '%w(', 'é', '\u{1f600}', '\u2028', '\ufeff', '-', '/', '@box@'];

function strings(count: number): string[] {
  const pieces = [...parts, ...plain];
  let seed = 1;
  const next = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  const drawn = Array.from({ length: count }, () =>
    Array.from({ length: next(8) }, () => pieces[next(pieces.length)] ?? '').join(''),
  );
  return [...pieces, ...drawn];
}

describe('a string of Ruby', () => {
  beforeEach(needs({ programs: ['ruby'] }));

  it('is the very text, whatever is in it, and runs nothing', () => {
    const texts = strings(2000);
    const script = `[${texts.map(rubyString).join(',\n')}].each { |text| puts text.unpack1('H*') }\n`;
    const { stdout, stderr } = spawnSync('ruby', ['-'], { input: script, encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, -1)).toEqual(texts.map((text) => Buffer.from(text).toString('hex')));
  });
});

it('is one that people can read, where nothing in it is out of the way', () => {
  expect(rubyString("debian/bookworm64's")).toBe("'debian/bookworm64\\'s'");
});
