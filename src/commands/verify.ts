import { Flags } from '@oclif/core';
import { requirements } from '../archives/sameness.js';
import { BaseCommand } from '../cli/base-command.js';
import { inputsFlag, rerunFlag, resourceArgument } from '../cli/flags.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { assembleProof, type Proof, proofExitCode } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { findReady } from '../resources/connect.js';
import { readOwnSpec } from '../resources/own-spec.js';
import { proveResource } from '../resources/prove.js';
import { rerunResource } from '../resources/rerun.js';

/** `reproman verify`. */
export class Verify extends BaseCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description = 'prove again that a resource is what its spec describes';
  static override readonly examples = [
    '<%= config.bin %> verify analysis',
    '<%= config.bin %> verify analysis --require exact',
    '<%= config.bin %> verify analysis --rerun --inputs ~/data',
  ];
  static override readonly flags = {
    inputs: inputsFlag,
    require: Flags.option({ options: requirements })({
      description: 'what a package must be at least, of those that create could not have exactly (see create --help)',
    }),
    rerun: rerunFlag,
  };

  async run(): Promise<Proof> {
    const { args, flags } = await this.parse(Verify);
    const context = { progress: this.progress, signal: this.signal };
    await using host = await localMachine();
    await using place = await findReady(args.name, { host });
    const spec = await readOwnSpec(place.resource);
    const { tree } = await proveResource({ ...place, spec, require: flags.require, ...context });
    if (!tree) throw new ReproError('not-proved', 'there is nothing to prove', { where: spec.file });
    const again = { ...place, spec, tree, inputs: flags.inputs, ...context };
    const proof = assembleProof(tree, flags.rerun ? await rerunResource(again) : []);
    this.say(renderProof(proof));
    process.exitCode = proofExitCode(proof);
    return proof;
  }
}
