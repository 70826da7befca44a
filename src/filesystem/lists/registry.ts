import { checksums } from './checksums.js';
import { containerDiff } from './container-diff.js';
import { find } from './find.js';
import type { ListFormat } from './format.js';
import { guts } from './guts.js';
import { listIndex } from './list-index.js';
import { mtree } from './mtree.js';
import { paths } from './paths.js';
import { reproman } from './reproman.js';
import { reprozip, rpz } from './reprozip.js';
import { cycloneDx, spdx } from './sboms.js';
import { syft } from './syft.js';

/**
 * Every format of lists by its name; the first that knows the beginning of a list reads it. A further one is a file of
 * its own and a line here.
 */
export const listFormats = {
  'list-index': listIndex,
  'container-diff': containerDiff,
  syft,
  spdx,
  cyclonedx: cycloneDx,
  guts,
  rpz,
  reprozip,
  reproman,
  mtree,
  find,
  sha256sum: checksums,
  paths,
} as const satisfies Readonly<Record<string, ListFormat>>;

export type ListFormatName = keyof typeof listFormats;
