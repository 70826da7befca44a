import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { StoreCommand } from '../../cli/store-command.js';
import { ReproError } from '../../errors.js';
import { localMachine } from '../../machines/local.js';
import { checkReplaceable } from '../../spec/folder/replaceable.js';
import { formatMerged } from '../../spec/merge/format-merged.js';
import { type Merged, mergeSpecifications } from '../../spec/merge/merge.js';
import { readSpecification } from '../../spec/read.js';

/** `reproman trace merge`. */
export class TraceMerge extends StoreCommand {
  static override readonly description = 'put specs of one base together, such as those of many nodes or ranks';
  static override readonly examples = ['<%= config.bin %> trace merge node1.yml node2.yml -o all.yml'];
  static override readonly flags = {
    output: Flags.string({ char: 'o', description: 'spec to write', helpValue: 'FILE', required: true }),
  };
  static override readonly strict = false;
  static override readonly usage = 'trace merge SPEC SPEC... -o FILE';

  async run(): Promise<Merged> {
    const { argv, flags } = await this.parse(TraceMerge);
    const names = argv.map(String);
    if (names.length < 2) {
      throw new ReproError('usage', 'it takes two specs at least to put them together', {
        remedy: `name them: ${this.config.bin} trace merge SPEC SPEC... -o FILE`,
      });
    }
    const output = resolve(flags.output);
    await checkReplaceable(output);
    const specs = await Promise.all(
      names.map(async (name) => ({ name, spec: await readSpecification(resolve(name)) })),
    );
    await using host = await localMachine();
    const merged = await mergeSpecifications({ specs, output, host, progress: this.progress, signal: this.signal });
    this.say(formatMerged(merged));
    return merged;
  }
}
