import type { Digest } from '../../hash.js';
import { rootPath } from '../../model/file-path.js';
import type { PlannedPackage, Step } from '../../model/plan.js';
import { documentPath } from '../../model/schemas.js';
import type { DistributionPlan } from '../../packaging/distribution.js';
import type { CondaLock, CondaPackage } from './schema.js';

/** Packages are put where they were, from their archives or from copies; what no package has comes over them. */
export function planConda({ packages, prefixes }: CondaLock): DistributionPlan {
  return {
    artifacts: packages.map(planned),
    steps: [...packages.flatMap(unpacking), ...prefixes.flatMap(restStep)],
  };
}

function planned(each: CondaPackage): PlannedPackage {
  const { name, version, architecture, at, used, certainty, content, size, url = '' } = each;
  const digest = digestOf(each);
  const file = certainty === 'repacked' ? undefined : each.file;
  return {
    distribution: 'conda',
    name,
    version,
    ...(architecture === undefined ? {} : { architecture }),
    at: documentPath(at),
    used,
    artifact: {
      name: file ?? `${name}-${version}-${each.build}.tar.gz`,
      ...(digest ? { digest } : {}),
      ...(size === undefined ? {} : { size }),
      urls: certainty !== 'repacked' && /^https?:/.test(url) ? [url] : [],
      ...(content === undefined ? {} : { content }),
    },
  };
}

/** Of a package what its record says, of a copy of installed files its own. */
function digestOf({ certainty, sha256, md5, content }: CondaPackage): Digest | undefined {
  if (certainty === 'repacked') return content === undefined ? undefined : { algorithm: 'sha256', value: content };
  if (sha256 !== undefined) return { algorithm: 'sha256', value: sha256 };
  return md5 === undefined ? undefined : { algorithm: 'md5', value: md5 };
}

function unpacking(each: CondaPackage): Step[] {
  const { name, version, build, at, certainty, installing, owner } = each;
  const digest = digestOf(each);
  if (!digest) return [];
  const reason = `${name}=${version}=${build}`;
  const step = { kind: 'unpack', path: documentPath(at), content: digest.value, reason } as const;
  if (certainty === 'repacked' || installing === undefined) return [step];
  return [{ ...step, as: { distribution: 'conda', details: installing }, owner: owner ?? { uid: 0, gid: 0 } }];
}

function restStep({ path, rest }: CondaLock['prefixes'][number]): Step[] {
  if (rest === undefined) return [];
  return [{ kind: 'unpack', path: rootPath, content: rest, reason: `folders, records and what was made in ${path}` }];
}
