import type { Sha256 } from '../hash.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import { documentPath } from '../model/schemas.js';
import type { ManifestFile, ManifestInput } from '../spec/document/schema.js';
import { findOrigins } from './origins.js';
import { findManaged } from './provisioners/find-managed.js';
import type { Survey } from './survey.js';

export interface ProvenanceRequest {
  readonly machine: Machine;
  /** What the manifest says of files that no package has as they are. */
  readonly files: readonly (ManifestFile | ManifestInput)[];
  readonly survey: Survey;
  readonly signal?: AbortSignal | undefined;
}

export interface Provenance {
  /** The file with where it is from and what manages it, as far as the machine says. */
  note<File extends ManifestFile | ManifestInput>(file: File): File;
  readonly notes: readonly string[];
}

/** Finds out where files that no package has are from. */
export async function findProvenance({ files: all, survey, ...context }: ProvenanceRequest): Promise<Provenance> {
  const files = new Map<FilePath, Sha256>();
  for (const { path, sha256 } of all) if (sha256 !== undefined) files.set(documentPath(path), sha256);
  const { origins, notes } = await findOrigins({ ...context, files, resolved: survey.resolved });
  const managing = await findManaged({ ...context, files });
  return {
    note(file) {
      const path = documentPath(file.path);
      const [origin, managed] = [origins.get(path), managing.managed.get(path)];
      return { ...file, ...(origin ? { origin } : {}), ...(managed ? { managed } : {}) };
    },
    notes: [...notes, ...managing.notes],
  };
}
