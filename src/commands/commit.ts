import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { readParameters, resourceArgument } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import type { Resource } from '../model/resource.js';
import { assembleProof, type Proof } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { commitInstance } from '../resources/images/commit.js';

/** `reproman commit`. */
export class Commit extends StoreCommand {
  static override readonly args = {
    name: resourceArgument,
    image: Args.string({ description: 'name of the image (default: NAME-image)', ignoreStdin: true }),
  };
  static override readonly description =
    'make an image of an instance as it is now, and say what of its spec is true of it';
  static override readonly examples = ['<%= config.bin %> commit analysis', '<%= config.bin %> commit analysis tuned'];
  static override readonly flags = {
    parameter: Flags.string({
      char: 'b',
      description: 'parameter of the backend; `reproman backends` lists them',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<{ readonly image: Resource; readonly proof: Proof | undefined; readonly isChanged: boolean }> {
    const { args, flags } = await this.parse(Commit);
    await using host = await localMachine();
    const { resource, tree, before } = await commitInstance({
      ...{ instance: args.name, ...(args.image !== undefined && { image: args.image }) },
      ...{ parameters: readParameters(flags.parameter ?? []), host, store: await openStore() },
      ...{ tool: this.config.version, progress: this.progress, signal: this.signal },
    });
    const proof = tree && assembleProof(tree, []);
    if (proof) this.say(renderProof(proof));
    const isChanged = resource.treeDigest !== before;
    const what = isChanged
      ? 'not as when it was last proved, so it has what its spec does not say'
      : 'as it was proved';
    this.say(`tree digest ${resource.treeDigest ?? 'unknown'}: ${what}`);
    this.tell(`'${resource.name}' is there: ${this.config.bin} instantiate ${resource.name}`);
    return { image: resource, proof, isChanged };
  }
}
