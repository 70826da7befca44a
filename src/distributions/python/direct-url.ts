import { z } from 'zod';
import { withoutCredentials } from '../../archives/http.js';

/** What a package was installed from, where that was not an index. */
export const directOriginSchema = z.strictObject({
  url: z.string(),
  vcs: z.string().optional().describe('git, hg, svn or bzr'),
  commit: z.string().optional(),
  requested: z.string().optional().describe('the branch, tag or commit that was asked for'),
  subdirectory: z.string().optional(),
  editable: z.literal(true).optional().describe('imported from the source tree at the address'),
  sha256: z.string().optional().describe('of the archive at the address'),
});

export type DirectOrigin = z.infer<typeof directOriginSchema>;

/** https://packaging.python.org/specifications/direct-url-data-structure/ */
const directUrlSchema = z.looseObject({
  url: z.string(),
  subdirectory: z.string().optional(),
  vcs_info: z
    .looseObject({ vcs: z.string(), commit_id: z.string().optional(), requested_revision: z.string().optional() })
    .optional(),
  archive_info: z
    .looseObject({ hash: z.string().optional(), hashes: z.record(z.string(), z.string()).optional() })
    .optional(),
  dir_info: z.looseObject({ editable: z.boolean().optional() }).optional(),
});

/** Reads direct_url.json, without user names and passwords; undefined where it cannot be read. */
export function parseDirectUrl(content: Buffer): DirectOrigin | undefined {
  const parsed = directUrlSchema.safeParse(jsonOf(content));
  if (!parsed.success) return undefined;
  const { url, subdirectory, vcs_info: vcs, archive_info: archive, dir_info: folder } = parsed.data;
  const sha256 = archive?.hashes?.['sha256'] ?? /^sha256=([0-9a-f]{64})$/.exec(archive?.hash ?? '')?.[1];
  return {
    url: withoutCredentials(url),
    ...(vcs ? { vcs: vcs.vcs } : {}),
    ...(vcs?.commit_id ? { commit: vcs.commit_id } : {}),
    ...(vcs?.requested_revision ? { requested: vcs.requested_revision } : {}),
    ...(subdirectory ? { subdirectory } : {}),
    ...(folder?.editable ? { editable: true } : {}),
    ...(sha256 ? { sha256 } : {}),
  };
}

function jsonOf(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
