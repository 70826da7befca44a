import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cpuLevelOf, isAtLeast } from '../../src/model/cpu-level.js';

const first = 'lm cmov cx8 fpu fxsr mmx sse sse2';
const second = `${first} cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3`;
const third = `${second} abm avx avx2 bmi1 bmi2 f16c fma movbe xsave`;

it.each([
  [first, 'x86-64-v1'],
  [second, 'x86-64-v2'],
  [third.replace(' movbe', ''), 'x86-64-v2'],
  [third, 'x86-64-v3'],
  [`${third} avx512f avx512bw avx512cd avx512dq avx512vl`, 'x86-64-v4'],
  ['fpu sse', undefined],
])('knows the level of a CPU with the flags %s', (flags, level) => {
  expect(cpuLevelOf(`processor\t: 0\nflags\t\t: ${flags}\nbugs\t\t:\nprocessor\t: 1\n`)).toBe(level);
});

it('knows that of POWER by its name, and none of others', () => {
  expect(cpuLevelOf('processor\t: 0\ncpu\t\t: POWER10 (architected), altivec supported\n')).toBe('power10');
  expect(cpuLevelOf('processor\t: 0\nFeatures\t: fp asimd evtstrm\n')).toBeUndefined();
});

it('compares levels of one kind only', () => {
  expect(isAtLeast('x86-64-v3', 'x86-64-v3')).toBe(true);
  expect(isAtLeast('x86-64-v2', 'x86-64-v3')).toBe(false);
  expect(isAtLeast('power10', 'power9')).toBe(true);
  expect(isAtLeast('power10', 'x86-64-v2')).toBeUndefined();
});

it('says of this machine what its loader says', async () => {
  const { execFileSync } = await import('node:child_process');
  const said = execFileSync('sh', [
    '-c',
    'for l in /lib64/ld-linux-x86-64.so.2; do [ -e $l ] && $l --help; done; true',
  ]);
  const supported = [...said.toString().matchAll(/^ {2}(x86-64-v\d) \(supported/gm)].map(([, level]) => level);
  const own = cpuLevelOf(readFileSync('/proc/cpuinfo', 'latin1'));
  expect(supported.length === 0 || supported[0] === own).toBe(true);
});
