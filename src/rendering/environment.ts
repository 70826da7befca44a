import { ReproError } from '../errors.js';
import { goArchitecture } from '../model/go-architecture.js';
import { documentPath } from '../model/schemas.js';
import { programs as brings, type Program, type Recipe } from '../packaging/recipe.js';
import { planOf, planParts } from '../planning/plan.js';
import type { Manifest, ManifestRun } from '../spec/document/schema.js';
import type { LockedSpecification } from '../spec/specification.js';
import { shellWord } from '../templates/quoting.js';
import type { Templates } from '../templates/templates.js';
import { Carried, type Fetch } from './carried.js';
import { pathText, provisionFolder, type RenderedEnvironment, type Stage } from './rendering.js';
import { distributionStage, manifestStage } from './stages.js';

export interface RenderContext {
  readonly name: string;
  /** What it stands on, in the words of the tool; empty where the tool asks elsewhere. */
  readonly from: string;
  readonly templates: Templates;
  /** Tools that it has, whatever the environment has. */
  readonly programs: readonly Program[];
  readonly fetch: Fetch;
}

/** What all formats share: the plan as scripts, with what these need beside them. */
export async function renderEnvironment(
  spec: LockedSpecification,
  { name, from, templates, programs, fetch }: RenderContext,
): Promise<RenderedEnvironment> {
  const { manifest, lock } = spec;
  if (manifest.base.tree) throw ofOneTree(spec.file);
  const parts = await planParts(spec, lock);
  const { environment, cwd, user, digest } = planOf(spec, parts);
  const carried = new Carried(spec.contents, fetch);
  const context = { carried, templates };
  const stages: Stage[] = [];
  const add = (stage: Omit<Stage, 'name'>, called: string) => {
    if (stage.files.length > 0) stages.push({ ...stage, name: `${stages.length + 1}-${called}` });
  };
  const recipes: Recipe[] = [];
  const present = new Set<string>(programs);
  for (const part of parts.distributions) {
    const all = part.module.recipes?.(part.half, parts.context) ?? [];
    recipes.push(...all);
    const usable = all.filter(
      ({ program }) => program === undefined || brings[program].some((each) => present.has(each)),
    );
    add(await distributionStage(part, usable, context), part.half.name);
    for (const { name: brought } of part.half.packages ?? []) present.add(brought);
  }
  add(await manifestStage(parts.own, context), 'files');
  const [run] = manifest.runs;
  const { distribution, release, codename, architecture } = manifest.base;
  return {
    name,
    from,
    platform: `linux/${goArchitecture(architecture)}`,
    about: [
      `${name}: ${distribution} ${release}${codename === undefined ? '' : ` (${codename})`} on ${architecture}`,
      `Rendered by reproman from the plan ${digest}; what follows needs no reproman.`,
    ],
    missing: missingIn(manifest),
    remarks: remarksOn(carried),
    recipes,
    shared: { name: 'functions.sh', content: await templates.read(`${provisionFolder}/functions.sh`) },
    stages,
    environment,
    cwd,
    user,
    command: run ? commandOf(run) : ['/bin/sh'],
  };
}

/** So many packages are named. */
const shown = 5;

/** With its streams where they were. */
function commandOf({ command, stdin, stdout, stderr }: ManifestRun): readonly string[] {
  const streams = [
    ['<', stdin],
    ['>', stdout],
    ['2>', stderr],
  ] as const;
  const redirected = streams.flatMap(([sign, stream]) => {
    if (typeof stream !== 'object') return [];
    return [`${sign}${stream.append ? '>' : ''} ${shellWord(pathText(documentPath(stream.file)))}`];
  });
  return redirected.length === 0 ? command : ['sh', '-c', `exec "$@" ${redirected.join(' ')}`, 'sh', ...command];
}

/** What has to be there, and the spec has not. */
function missingIn({ runs, files, host = [] }: Manifest): string[] {
  const inputs = runs.flatMap(({ inputs: read }) => read.filter(({ carried, from }) => !carried && !from));
  const left = [...files.filter(({ carried, target, tree }) => !carried && target === undefined && !tree), ...inputs];
  const missing = new Map(left.map(({ path, sha256 }) => [path, sha256]));
  const [, ...others] = runs;
  return [
    ...[...missing].map(([path, sha256]) => {
      const hash = sha256 === undefined ? '' : ` (sha256 ${sha256})`;
      return `The content of ${path}${hash} is not in the spec: bring it yourself.`;
    }),
    ...host.map(({ kind, name, version }) => {
      const which = version === undefined ? name : `${name} ${version}`;
      return `The machine below must have ${which} (${kind}).`;
    }),
    ...runs.filter((run) => run.masked).map(({ id }) => `A secret was masked in the command of run ${id}.`),
    ...others.map(({ id }) => `Only the first run is what starts by itself; run ${id} is another.`),
  ];
}

/** Packages that are carried, by distribution. */
function remarksOn({ packages }: Carried): string[] {
  return [
    'Packages that the base brings and the environment has not stay where they are.',
    ...[...new Set(packages.map(({ distribution }) => distribution))].map((distribution) => {
      const own = packages.filter((each) => each.distribution === distribution);
      const names = own.slice(0, shown).map(({ name, version }) => `${name} ${version}`);
      const more = own.length > shown ? ` and ${own.length - shown} more` : '';
      return `Of ${distribution}, these lie beside the scripts as they are to be: ${names.join(', ')}${more}.`;
    }),
  ];
}

function ofOneTree(file: string): ReproError {
  return new ReproError('usage', 'the spec has its whole system as one archive, so there are no packages to name', {
    where: file,
    remedy: 'export the environment instead: reproman create, then reproman export --to oci',
  });
}
