import { isoDate } from '../model/epoch.js';
import type { Platform } from '../model/platform.js';
import type { Base } from '../packaging/base-system.js';
import type { Named } from '../packaging/distribution.js';
import {
  type Manifest,
  type ManifestAbsent,
  type ManifestFile,
  type ManifestRun,
  specVersion,
} from '../spec/document/schema.js';

/** The manifest, in the order in which people read it. */
export function assembleManifest(from: {
  readonly base: Base;
  readonly distributions: readonly Named[];
  readonly files: readonly ManifestFile[];
  readonly absent: readonly ManifestAbsent[];
  readonly runs: readonly ManifestRun[];
  readonly platform: Platform;
  readonly epoch: number;
}): Manifest {
  const { distribution, release, codename, architecture, layout } = from.base;
  const { os, kernel, machine, cpu, libc, locale, timezone, container } = from.platform;
  return {
    version: specVersion,
    base: { distribution, release, ...(codename === undefined ? {} : { codename }), architecture, layout },
    distributions: from.distributions.map((one) => ({ ...one })),
    files: [...from.files],
    ...(from.absent.length > 0 ? { absent: [...from.absent] } : {}),
    runs: [...from.runs],
    platform: {
      os,
      kernel,
      machine,
      ...(cpu === undefined ? {} : { cpu }),
      ...(libc === undefined ? {} : { libc }),
      ...(locale === undefined ? {} : { locale }),
      ...(timezone === undefined ? {} : { timezone }),
      ...(container === undefined ? {} : { container: { ...container } }),
    },
    epoch: isoDate(from.epoch),
  };
}
