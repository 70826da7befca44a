import { isoDate } from '../model/epoch.js';
import type { Platform } from '../model/platform.js';
import type { Base } from '../packaging/base-system.js';
import type { Named } from '../packaging/distribution.js';
import {
  type HostNeed,
  type Manifest,
  type ManifestAbsent,
  type ManifestFile,
  type ManifestRun,
  type ManifestStep,
  specVersion,
} from '../spec/document/schema.js';

/** The manifest, in the order in which people read it. */
export function assembleManifest(from: {
  readonly base: Base;
  readonly distributions: readonly Named[];
  readonly files: readonly ManifestFile[];
  readonly absent: readonly ManifestAbsent[];
  readonly steps: readonly ManifestStep[];
  readonly runs: readonly ManifestRun[];
  readonly host: readonly HostNeed[];
  readonly platform: Platform;
  readonly epoch: number;
}): Manifest {
  const { distribution, release, codename, architecture, layout } = from.base;
  const { os, kernel, machine, cpu, cpuLevel, libc, locale, timezone, container } = from.platform;
  return {
    version: specVersion,
    base: { distribution, release, ...(codename === undefined ? {} : { codename }), architecture, layout },
    distributions: from.distributions.map((one) => ({ ...one })),
    files: [...from.files],
    ...(from.absent.length > 0 ? { absent: [...from.absent] } : {}),
    ...(from.steps.length > 0 ? { steps: [...from.steps] } : {}),
    runs: [...from.runs],
    ...(from.host.length > 0 ? { host: [...from.host] } : {}),
    platform: {
      os,
      kernel,
      machine,
      ...(cpu === undefined ? {} : { cpu }),
      ...(cpuLevel === undefined ? {} : { cpuLevel }),
      ...(libc === undefined ? {} : { libc }),
      ...(locale === undefined ? {} : { locale }),
      ...(timezone === undefined ? {} : { timezone }),
      ...(container === undefined ? {} : { container: { ...container } }),
    },
    epoch: isoDate(from.epoch),
  };
}
