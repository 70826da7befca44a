import type { Sha256 } from '../../hash.js';
import type { FileEntry } from '../../model/file-entry.js';
import type { FilePath } from '../../model/file-path.js';
import type { PackageRef } from '../../model/owner.js';
import { nameOf } from '../../packaging/remote-urls.js';
import type { Availability } from './annex.js';
import type { AnnexKey } from './annex-key.js';
import type { Condition } from './conditions.js';
import { remotesOf } from './config.js';
import type { Repository } from './repository.js';

/** Content that git-annex or git-lfs keeps by what it is. */
export interface KeptContent {
  readonly entry: FileEntry;
  readonly sha256: Sha256;
  readonly key?: AnnexKey;
  readonly availability: Availability;
}

/** What is known of one repository besides what it says of itself. */
export interface Findings {
  /** How it is named as a package. */
  readonly ref: PackageRef;
  readonly conditions: Map<FilePath, Condition>;
  /** By path on the machine. */
  readonly contents: Map<FilePath, KeptContent>;
  readonly problems: Set<string>;
}

export function noFindings({ at, head, algorithm, config, problems }: Repository): Findings {
  const version = head.commit ?? '0'.repeat(algorithm === 'sha256' ? 64 : 40);
  const ref = { distribution: 'git', name: nameOf(remotesOf(config)[0]?.url, at), version, at };
  return { ref, conditions: new Map(), contents: new Map(), problems: new Set(problems) };
}
