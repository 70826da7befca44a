import type { LibC } from '../../packaging/base-system.js';
import { normalizeName } from './names.js';

/** What a wheel's file name says. https://packaging.python.org/specifications/binary-distribution-format/ */
export interface WheelName {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  readonly pythons: readonly string[];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

export interface WheelTarget {
  /** `3.11`. */
  readonly python: string;
  /** `uname -m`. */
  readonly machine: string;
  /** Default: that of most systems, glibc. */
  readonly libc?: LibC;
}

/** Reads `name-version[-build]-python-abi-platform.whl`; undefined of what is no wheel. */
export function parseWheelName(file: string): WheelName | undefined {
  const parts = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-([^-]+)-([^-]+)-([^-]+)\.whl$/.exec(file);
  if (!parts) return undefined;
  const [, name = '', version = '', python = '', abi = '', platform = ''] = parts;
  return {
    name: normalizeName(name),
    version: version.replaceAll('_', '-'),
    pythons: python.split('.'),
    abis: abi.split('.'),
    platforms: platform.split('.'),
  };
}

/**
 * How well a wheel fits CPython on a Linux: the higher the better, undefined where it does not run there. Compiled
 * for just that Python before any, for few C libraries before many.
 */
export function fitOf({ pythons, abis, platforms }: WheelName, target: WheelTarget): number | undefined {
  const { python } = target;
  const own = `cp${python.replace('.', '')}`;
  const minor = Number(python.split('.')[1]);
  const isStable = (tag: string) => /^cp3\d+$/.test(tag) && Number(tag.slice(3)) <= minor;
  const isPure = pythons.some((tag) => tag === 'py3' || tag === `py3${minor}` || tag === own);
  const code =
    pythons.includes(own) && abis.includes(own)
      ? 3
      : abis.includes('abi3') && pythons.some(isStable)
        ? 2
        : abis.includes('none') && isPure
          ? 1
          : 0;
  const platform = Math.max(...platforms.map((tag) => platformFit(tag, target)));
  return code === 0 || platform === 0 ? undefined : code * 1000 + platform;
}

/**
 * PEP 600 and PEP 656: manylinux_2_N runs where glibc is 2.N or newer, musllinux_1_N where musl is 1.N; the oldest that is
 * asked for is the surest to run.
 */
function platformFit(tag: string, { machine, libc = 'glibc' }: WheelTarget): number {
  if (tag === 'any') return 1;
  if (tag === `linux_${machine}`) return 2;
  const old: Readonly<Record<string, number>> = { manylinux1: 5, manylinux2010: 12, manylinux2014: 17 };
  const kinds = { glibc: /^(manylinux(?:1|2010|2014|_2_(\d+)))_(.+)$/, musl: /^(musllinux_1_(\d+))_(.+)$/ };
  const [, kind = '', minor, architecture] = kinds[libc].exec(tag) ?? [];
  if (architecture !== machine) return 0;
  return 500 - (minor === undefined ? (old[kind] ?? 0) : Number(minor));
}
