/**
 * What glibc-hwcaps folders are named by: the flags of /proc/cpuinfo that each level of x86-64 adds to the one before
 * (https://gitlab.com/x86-psABIs/x86-64-ABI, where `abm` is LZCNT and `pni` SSE3).
 */
const x86Levels = [
  'lm cmov cx8 fpu fxsr mmx sse sse2',
  'cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3',
  'abm avx avx2 bmi1 bmi2 f16c fma movbe xsave',
  'avx512f avx512bw avx512cd avx512dq avx512vl',
];

/** The level of the CPU that a /proc/cpuinfo is of, such as `x86-64-v3` or `power9`; undefined for other kinds. */
export function cpuLevelOf(cpuinfo: string): string | undefined {
  const power = /^cpu\s*: POWER(\d+)/m.exec(cpuinfo)?.[1];
  if (power !== undefined) return `power${power}`;
  const flags = new Set(/^flags\s*: (.*)$/m.exec(cpuinfo)?.[1]?.split(' '));
  const missing = x86Levels.findIndex((level) => level.split(' ').some((flag) => !flags.has(flag)));
  const level = missing < 0 ? x86Levels.length : missing;
  return level === 0 ? undefined : `x86-64-v${level}`;
}

/** Whether a CPU of the one level has all that the other asks for; undefined where they are not of one kind. */
export function isAtLeast(level: string, wanted: string): boolean | undefined {
  const [[kind, number], [otherKind, otherNumber]] = [partsOf(level), partsOf(wanted)];
  return kind === otherKind ? number >= otherNumber : undefined;
}

function partsOf(level: string): readonly [kind: string, number: number] {
  const [, kind = level, number = '0'] = /^(.*\D)(\d+)$/.exec(level) ?? [];
  return [kind, Number(number)];
}
