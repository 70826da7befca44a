import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { requireFlag, resourceArgument } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import { describeOutcome } from '../planning/replay.js';
import { assembleProof, type Proof, proofExitCode } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { type Installed, installSpecification } from '../resources/install/install.js';

type Result = Pick<Installed, 'resource' | 'missing' | 'conflicts' | 'steps' | 'left'> & {
  readonly proof: Proof | undefined;
};

/** `reproman install`. */
export class Install extends StoreCommand {
  static override readonly args = {
    name: resourceArgument,
    spec: Args.string({ description: 'spec or bundle of what is to be there, too', required: true, ignoreStdin: true }),
  };
  static override readonly description = 'add what a spec has to a resource that is there';
  static override readonly examples = [
    '<%= config.bin %> install analysis plots.yml',
    '<%= config.bin %> install analysis plots.yml --dry-run',
  ];
  static override readonly flags = {
    'dry-run': Flags.boolean({ description: 'show what is missing, and change nothing' }),
    require: requireFlag,
  };

  async run(): Promise<Result> {
    const { args, flags } = await this.parse(Install);
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using opened = await openSpecification(args.spec, { store, ...context });
    await using host = await localMachine();
    const installed = await installSpecification({
      ...{ name: args.name, added: { spec: opened.spec, name: resolve(args.spec) } },
      ...{ host, store, require: flags.require, dryRun: flags['dry-run'], tool: this.config.version, ...context },
    });
    return this.report(installed);
  }

  private report({ resource, missing, conflicts, steps, left, tree }: Installed): Result {
    for (const conflict of conflicts) this.tell(conflict);
    this.say(missing.length === 0 ? `'${resource.name}' has all of it` : missing.join('\n'));
    for (const step of steps) this.say(describeOutcome(step));
    for (const path of left) this.tell(`stays as it is, for it was changed since: ${path}`);
    const proof = tree && assembleProof(tree, []);
    if (proof) {
      this.say(renderProof(proof));
      process.exitCode = proofExitCode(proof);
    }
    return { resource, missing, conflicts, steps, left, proof };
  }
}
