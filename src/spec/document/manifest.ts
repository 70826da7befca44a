import { loadDistribution } from '../../distributions/load.js';
import { distributions } from '../../distributions/registry.js';
import { ReproError } from '../../errors.js';
import { canonicalJson, type Sha256, sha256 } from '../../hash.js';
import type { Base } from '../../packaging/base-system.js';
import type { Named } from '../../packaging/distribution.js';
import { byDistribution, halfOfNames } from './named-packages.js';
import { type ParsedYaml, parseYaml } from './parse.js';
import { editDistance, invalidSpec, type Problem, problemsOf } from './problems.js';
import { type Manifest, manifestSchema, specVersion } from './schema.js';

/** Checks the text of a manifest, the distributions' halves by their own modules; `name` is for messages. */
export async function parseManifest(text: string, name: string): Promise<Manifest> {
  const yaml = parseYaml(text, name);
  checkVersion(yaml, name);
  const envelope = manifestSchema.safeParse(yaml.value);
  const problems: Problem[] = envelope.success ? [] : [...problemsOf(envelope.error, yaml, manifestSchema)];
  problems.push(...missingBase(yaml));
  const halves = await checkDistributions(yaml, problems);
  if (envelope.success) problems.push(...(await checkBase(envelope.data, yaml)));
  if (!envelope.success || problems.length > 0) throw invalidSpec(name, problems);
  const { packages = [], ...rest } = envelope.data;
  const manifest = { ...rest, distributions: [...halves, ...(await halvesOfNames(packages, rest, yaml))] };
  problems.push(...repetitions(manifest, yaml));
  if (problems.length > 0) throw invalidSpec(name, problems);
  return manifest;
}

/** Only what was written by hand, and asks for packages, stands on the usual base. */
function missingBase({ value, where }: ParsedYaml): readonly Problem[] {
  const { base, epoch, packages, distributions } = value as Record<string, unknown>;
  const isByHand = epoch === undefined && (packages !== undefined || distributions !== undefined);
  return base === undefined && !isByHand
    ? [{ where: where([]), message: 'base is missing; expected keys with values' }]
    : [];
}

/** What a list of names asks for, by kind; a kind that stands under distributions has its packages there. */
async function halvesOfNames(packages: readonly string[], { base, distributions }: Manifest, yaml: ParsedYaml) {
  if (packages.length === 0) return [];
  const named = [...(await byDistribution(packages, base.distribution))];
  const both = named.find(([kind]) => distributions.some(({ name }) => name === kind))?.[0];
  if (both === undefined)
    return Promise.all(named.map(async ([kind, names]) => ({ ...(await halfOfNames(kind, names))[1] })));
  throw new ReproError('usage', `packages of ${both} are asked for here, and under distributions`, {
    where: yaml.where(['packages']),
    remedy: 'write them under distributions',
  });
}

/** The system that a manifest stands on, without how it is made. */
export function systemOf({ base: { codename, tree: _tree, ...base } }: Pick<Manifest, 'base'>): Base {
  return { ...base, ...(codename !== undefined && { codename }) };
}

/** What a lock names the manifest by: comments, layout and the order of keys do not matter. */
export function manifestDigest(manifest: Manifest): Sha256 {
  return sha256(canonicalJson(manifest));
}

/** What a lock names one half by: that of the manifest, with the base that it is resolved for. */
export function halfDigest({ base }: Manifest, half: Named): Sha256 {
  return sha256(canonicalJson({ base, half }));
}

function checkVersion(yaml: ParsedYaml, name: string): void {
  const { value } = yaml;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    const found = value === null ? 'is empty' : 'holds something else';
    throw new ReproError('usage', `a spec has keys such as version, base and distributions; this file ${found}`, {
      where: name,
      remedy: 'specs/examples has examples to start from',
    });
  }
  const { version } = value as { version?: unknown };
  if (version === specVersion) return;
  if (version === undefined) {
    throw new ReproError('usage', 'version is missing: this may not be a spec of reproman', {
      where: name,
      remedy: `a spec begins with version: ${specVersion}`,
    });
  }
  const where = yaml.where(['version']);
  if (typeof version === 'number' && Number.isInteger(version) && version > specVersion) {
    throw new ReproError(
      'usage',
      `version ${version} of the spec needs a newer reproman; this one reads ${specVersion}`,
      {
        where,
        remedy: 'update reproman, or trace again with this one',
      },
    );
  }
  throw new ReproError('usage', `version: expected ${specVersion}, found ${JSON.stringify(version)}`, { where });
}

async function checkBase(
  { base: { distribution, release, codename, architecture } }: Manifest,
  yaml: ParsedYaml,
): Promise<readonly Problem[]> {
  const { base } = (await loadDistribution(distribution)) ?? {};
  if (!base) return [];
  const { error } = base.architectureSchema.safeParse(architecture);
  if (error) return problemsOf(error, yaml, base.architectureSchema, ['base', 'architecture']);
  const found = base.contradictionIn?.({ release, ...(codename !== undefined && { codename }) });
  return found === undefined ? [] : [{ where: yaml.where(['base', 'codename']), message: `base.codename: ${found}` }];
}

async function checkDistributions(yaml: ParsedYaml, problems: Problem[]): Promise<Named[] & Manifest['distributions']> {
  const { distributions: listed } = yaml.value as { distributions?: unknown };
  const halves: (Named & Record<string, unknown>)[] = [];
  for (const [index, half] of (Array.isArray(listed) ? listed : []).entries()) {
    const path = ['distributions', index];
    const name: unknown = half?.name;
    if (typeof name !== 'string') continue;
    const module = await loadDistribution(name);
    if (!module) {
      problems.push({ where: yaml.where([...path, 'name']), message: unknownDistribution(name) });
      continue;
    }
    const { manifestSchema: schema } = module;
    const result = schema.safeParse(half);
    if (result.success) halves.push(result.data as Named & Record<string, unknown>);
    else problems.push(...problemsOf(result.error, yaml, schema, path));
  }
  return halves;
}

function unknownDistribution(name: string): string {
  const known = Object.keys(distributions);
  const close = known.find((candidate) => editDistance(candidate, name.toLowerCase()) <= 2);
  const help = close ? `did you mean ${close}?` : `known: ${known.join(', ')}`;
  return `there is no distribution ${JSON.stringify(name)}; ${help}`;
}

/** Names that must be there once. */
function repetitions(manifest: Manifest, yaml: ParsedYaml): readonly Problem[] {
  return [
    ...repeated(manifest.distributions, 'distributions', 'name', yaml),
    ...repeated(manifest.files, 'files', 'path', yaml),
    ...repeated(manifest.runs, 'runs', 'id', yaml),
    ...repeated(manifest.steps ?? [], 'steps', 'id', yaml),
    ...sharedIds(manifest, yaml),
  ];
}

/** Records of runs and steps are named by their ids alike. */
function sharedIds({ steps = [], runs }: Manifest, yaml: ParsedYaml): readonly Problem[] {
  const known = new Set(steps.map(({ id }) => id));
  return runs.flatMap(({ id }, index) => {
    const message = `runs.${index}.id: ${JSON.stringify(id)} is the id of a step too; expected another`;
    return known.has(id) ? [{ where: yaml.where(['runs', index, 'id']), message }] : [];
  });
}

function repeated(items: readonly object[], list: string, key: string, yaml: ParsedYaml): readonly Problem[] {
  const seen = new Set<unknown>();
  return items.flatMap((item, index) => {
    const value = (item as Record<string, unknown>)[key];
    const known = seen.has(value);
    seen.add(value);
    const message = `${list}.${index}.${key}: ${JSON.stringify(value)} is there twice; expected it once`;
    return known ? [{ where: yaml.where([list, index, key]), message }] : [];
  });
}
