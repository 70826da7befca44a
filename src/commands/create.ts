import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { openTreeCache } from '../archives/trees.js';
import { openSpecification } from '../bundle/open.js';
import { confirm } from '../cli/confirm.js';
import { inputsFlag, nameFor, readParameters, requireFlag, rerunFlag, templatesFlag } from '../cli/flags.js';
import { standInLines } from '../cli/stand-ins.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import type { Plan } from '../model/plan.js';
import { explainPlan } from '../planning/explain.js';
import { planEnvironment } from '../planning/plan.js';
import { describeOutcome } from '../planning/replay.js';
import { assembleProof, type Proof, proofExitCode } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { type Created, createEnvironment } from '../resources/create.js';
import { defaultParameters, readDefaults } from '../resources/defaults.js';
import { type FetchedEnvironment, fetchEnvironment } from '../resources/fetch-environment.js';
import { kindInReproman, kindNames, kindOf } from '../resources/kind.js';
import { reachPlace } from '../resources/place.js';
import { rerunResource } from '../resources/rerun.js';
import { resolveSpecification } from '../spec/resolve.js';
import { openTemplates } from '../templates/templates.js';

type Result =
  | Plan
  | FetchedEnvironment
  | (Pick<Created, 'resource' | 'fetched' | 'steps' | 'taken'> & { readonly proof: Proof | undefined });

/** `reproman create`. */
export class Create extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec or bundle to build', ignoreStdin: true }),
  };
  static override readonly description = 'build the environment of a spec and prove that it is the same';
  static override readonly examples = [
    '<%= config.bin %> create --name analysis environment.yml',
    '<%= config.bin %> create analysis.repro',
    '<%= config.bin %> create --backend docker -b image=lab/analysis:1 environment.yml',
    '<%= config.bin %> create --fetch-only environment.yml && sbatch --wrap "<%= config.bin %> create --offline environment.yml"',
    '<%= config.bin %> create --rerun --inputs ~/data environment.yml',
  ];
  static override readonly flags = {
    backend: Flags.string({
      // As in ReproMan, with its names.
      aliases: ['resource-type'],
      charAliases: ['t'],
      parse: async (name) => kindInReproman[name] ?? name,
      description: 'kind of place to build (default: as reproman.config.yml or REPROMAN_BACKEND says, else rootfs)',
      helpValue: kindNames.join('|'),
    }),
    'dry-run': Flags.boolean({ description: 'show the plan with the reason of each step, and make nothing' }),
    'fetch-only': Flags.boolean({
      description: 'get all packages into the store, and make nothing: for a node that builds offline',
      exclusive: ['dry-run', 'offline'],
    }),
    fresh: Flags.boolean({ description: 'build all anew, and take no system that was built before from the cache' }),
    'image-only': Flags.boolean({
      description: 'make an image, in which nothing runs, and of which instantiate makes instances',
    }),
    inputs: inputsFlag,
    'keep-on-failure': Flags.boolean({ description: 'leave what a failed create made, to look into' }),
    name: Flags.string({ description: 'name of the resource (default: from the name of the spec)', helpValue: 'NAME' }),
    offline: Flags.boolean({ description: 'build from what is on this machine, and ask no archive' }),
    parameter: Flags.string({
      aliases: ['backend-parameters'],
      char: 'b',
      description: 'parameter of the backend; `reproman backends` lists them',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    require: requireFlag,
    rerun: rerunFlag,
    templates: templatesFlag,
    yes: Flags.boolean({ char: 'y', description: 'do not ask before a machine itself is changed (native)' }),
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Create);
    const given = readParameters(flags.parameter ?? []);
    const defaults = await readDefaults(process.cwd());
    const kind = await kindOf(flags.backend ?? defaults.backend ?? 'rootfs');
    const parameters = { ...defaultParameters(kind, defaults), ...given };
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using opened = await openSpecification(args.spec, { store, ...context });
    const { spec } = opened;
    await using host = await localMachine();
    const { lock, changes } = await resolveSpecification(spec, {
      ...{ host, save: !flags['dry-run'], offline: flags.offline },
      ...context,
    });
    for (const change of changes) this.tell(`moved since the spec was made: ${change}`);
    const resolved = { ...spec, lock };
    if (flags['dry-run']) return this.explain(await planEnvironment(resolved, lock));
    const name = flags.name ?? nameFor(args.spec);
    const building = { host, name, store, ...(flags.fresh ? {} : { trees: openTreeCache(store) }), ...context };
    if (flags['fetch-only'])
      return this.fetched(await fetchEnvironment(resolved, { ...building, require: flags.require }));
    const agree = async (changes: readonly string[]) => {
      if (changes.length === 0) return;
      this.tell(changes.join('\n'));
      if (!flags.yes) await confirm('Do this to the machine itself?', 'nothing was changed');
    };
    const created = await createEnvironment({
      agree,
      backend: kind.name,
      ...(defaults.bases && { bases: defaults.bases }),
      imageOnly: flags['image-only'],
      keepOnFailure: flags['keep-on-failure'],
      lock,
      offline: flags.offline,
      parameters,
      require: flags.require,
      spec: resolved,
      source: resolve(args.spec),
      ...(flags.templates === undefined ? {} : { templates: openTemplates(flags.templates) }),
      tool: this.config.version,
      ...building,
    });
    const { resource, spec: own, tree } = created;
    await using place = reachPlace(resource, host);
    const again = { spec: own, tree, inputs: flags.inputs, ...context };
    const reruns = tree && flags.rerun ? await rerunResource({ ...(await place.place()), ...again }) : [];
    const proof = tree && assembleProof(tree, reruns);
    return this.report(created, proof);
  }

  private fetched(fetched: FetchedEnvironment): FetchedEnvironment {
    for (const line of standInLines(fetched.standIns)) this.tell(line);
    this.say(`${fetched.packages} packages are in ${fetched.store}`);
    return fetched;
  }

  private explain(plan: Plan): Plan {
    this.say(explainPlan(plan).join('\n'));
    return plan;
  }

  private report({ resource, fetched, steps, taken }: Created, proof: Proof | undefined): Result {
    for (const step of steps) this.say(describeOutcome(step));
    if (proof) {
      this.say(renderProof(proof));
      process.exitCode = proofExitCode(proof);
      if (taken && !proof.ok) this.tell(`its ${taken} system is from the cache; with --fresh it is built anew`);
    }
    if (resource.treeDigest !== undefined) this.say(`tree digest ${resource.treeDigest}`);
    const next = resource.form === 'image' ? `instantiate ${resource.name}` : `exec ${resource.name} -- COMMAND`;
    this.tell(`'${resource.name}' is there: ${this.config.bin} ${next}`);
    return { resource, fetched, steps, ...(taken && { taken }), proof };
  }
}
