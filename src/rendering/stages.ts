import { datedAddresses } from '../archives/apt/snapshot/services.js';
import type { Accounts } from '../model/lock-half.js';
import type { PlannedPackage, Step } from '../model/plan.js';
import { groupText, passwdText } from '../packaging/accounts.js';
import type { Recipe } from '../packaging/recipe.js';
import type { PlanPart } from '../planning/plan.js';
import type { PlannedSteps } from '../planning/steps.js';
import { shellCommand } from '../templates/quoting.js';
import { fill, type Templates } from '../templates/templates.js';
import type { Carried } from './carried.js';
import type { RenderedFile, Stage } from './rendering.js';
import { Script } from './script.js';

export interface StageContext {
  readonly carried: Carried;
  readonly templates: Templates;
}

/** What one distribution puts on the base: by its own tools as far as they can, else as the plan has it. */
export async function distributionStage(
  { module, half, plan }: PlanPart,
  recipes: readonly Recipe[],
  { carried, templates }: StageContext,
): Promise<Omit<Stage, 'name'>> {
  const instead = recipesInstead(plan.steps, recipes);
  carried.want((plan.artifacts ?? []).filter(({ artifact }) => !instead.has(artifact.digest?.value)));
  const script = new Script(carried);
  script.add(...accountCommands(half.accounts));
  const done = new Set<Recipe>();
  const cook = async (those: Iterable<Recipe>) => {
    for (const recipe of those) if (!done.has(recipe)) await addRecipe(script, recipe, { carried, templates });
    for (const recipe of those) done.add(recipe);
  };
  // Those of a base unpack nothing: its packages are there before any step.
  const later = new Set([...instead.values()].flat());
  await cook(recipes.filter((recipe) => !later.has(recipe)));
  let steps: Step[] = [];
  // What the tool of the base writes down when it installs all is truer of this system than what the plan has of another.
  const installed = recipes.flatMap(({ packages }) => packages);
  const isByTool = installed.length > 0 && installed.every(({ artifact }) => artifact.content === undefined);
  for (const step of plan.steps) {
    if (isByTool && 'path' in step && module.base?.isRecord?.(step.path)) continue;
    const those = step.kind === 'unpack' ? instead.get(step.content) : undefined;
    if (!those) {
      steps.push(step);
      continue;
    }
    script.steps(steps);
    steps = [];
    await cook(those);
  }
  script.steps(steps);
  return script.stage(module.title, templates);
}

/**
 * By the artifact of an unpacking step, what installs it instead: in all places of the artifact, or it is unpacked in
 * all of them.
 */
function recipesInstead(steps: readonly Step[], recipes: readonly Recipe[]): Map<string | undefined, Recipe[]> {
  const found = new Map<string | undefined, Recipe[]>();
  for (const recipe of recipes)
    for (const { artifact } of recipe.packages) {
      const digest = artifact.digest?.value;
      found.set(digest, [...(found.get(digest) ?? []), recipe]);
    }
  const places = new Map<string, number>();
  for (const step of steps) if (step.kind === 'unpack') places.set(step.content, (places.get(step.content) ?? 0) + 1);
  return new Map([...found].filter(([digest = '', those]) => places.get(digest) === those.length));
}

/** The files and steps of the manifest. */
export async function manifestStage(
  { steps, artifacts }: PlannedSteps,
  { carried, templates }: StageContext,
): Promise<Omit<Stage, 'name'>> {
  carried.want(artifacts);
  const script = new Script(carried);
  script.steps(steps);
  return script.stage('files and steps', templates);
}

/** Accounts with the ids that they had, before packages make them with others. */
function accountCommands(accounts: Accounts | undefined): string[] {
  if (!accounts) return [];
  const lines = (text: string) => text.split('\n').filter(Boolean);
  return [
    ...lines(groupText(accounts)).map((line) => shellCommand(['account', '/etc/group', line])),
    ...lines(passwdText(accounts)).map((line) => shellCommand(['account', '/etc/passwd', line])),
  ];
}

async function addRecipe(
  script: Script,
  { script: name, words = {}, files = {}, packages, fetched }: Recipe,
  { carried, templates }: Pick<StageContext, 'carried' | 'templates'>,
): Promise<void> {
  const folder = script.folder(name);
  const beside: RenderedFile[] = Object.entries(files).map(([file, content]) => ({ name: file, content }));
  script.add('', `mkdir -p ${folder}`, `cd ${folder}`);
  if (fetched === 'before') {
    const names = fileNames(packages);
    const away = packages.filter((planned) => addressesOf(planned).length === 0);
    carried.want(away);
    for (const planned of away) beside.push({ name: names(planned), content: () => carried.file(planned) });
    script.add(...packages.filter((planned) => !away.includes(planned)).map((each) => fetching(each, names(each))));
  }
  const quoted = Object.fromEntries(Object.entries(words).map(([key, value]) => [key, shellCommand(value)]));
  script.add(fill(await templates.read(`provision/${name}.sh`), quoted).trimEnd(), 'cd ..');
  script.put(...beside.map((file) => ({ ...file, name: `${folder}/${file.name}` })));
}

function fetching(planned: PlannedPackage, file: string): string {
  const { digest } = planned.artifact;
  return shellCommand(['fetch', digest?.algorithm ?? '', digest?.value ?? '', file, ...addressesOf(planned)]);
}

/** Where anybody can get the very package: only with a hash is it known when it is that. */
function addressesOf(planned: PlannedPackage): string[] {
  const { digest, urls } = planned.artifact;
  if (digest === undefined) return [];
  // Verified by the hash, and a bare system has no authorities to trust.
  const dated = datedAddresses(planned).map((url) => url.replace(/^https:/, 'http:'));
  return [...new Set([...urls.filter((url) => /^https?:/.test(url)), ...dated])];
}

/** Plain names, each only once, with the ending of the package's own. */
function fileNames(packages: readonly PlannedPackage[]): (planned: PlannedPackage) => string {
  const taken = new Set<string>();
  const names = new Map<PlannedPackage, string>();
  for (const [at, planned] of packages.entries()) {
    const plain = planned.artifact.name.replace(/[^\w.+~-]/g, '_').replace(/^[.-]/, '_');
    let name = plain;
    while (taken.has(name)) name = `${at}-${name}`;
    taken.add(name);
    names.set(planned, name);
  }
  return (planned) => names.get(planned) ?? '';
}
