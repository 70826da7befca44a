import { dirname, join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { backends } from '../../backends/registry.js';
import { openStore } from '../archives/store.js';
import { type OpenSpecification, openSpecification } from '../bundle/open.js';
import { exitCodes } from '../cli/exit-codes.js';
import { inputsFlag } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { assembleProof } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { findReady } from '../resources/connect.js';
import { readOwnSpec } from '../resources/own-spec.js';
import { proveResource } from '../resources/prove.js';
import { rerunResource } from '../resources/rerun.js';
import { type Shrunk, shrink } from '../resources/shrink/shrink.js';
import { temporaryResource } from '../resources/temporary.js';
import { resolveSpecification } from '../spec/resolve.js';

/** `reproman shrink`. */
export class Shrink extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec or bundle to shrink', ignoreStdin: true }),
  };
  static override readonly description =
    'write a spec with only what its runs used, and prove by running them again that it is enough';
  static override readonly examples = [
    '<%= config.bin %> shrink environment.yml -o small.yml',
    '<%= config.bin %> shrink --files environment.yml -o small.yml && <%= config.bin %> create --backend docker small.yml',
    '<%= config.bin %> shrink --files --resource analysis --inputs ~/data',
  ];
  static override readonly flags = {
    backend: Flags.string({
      default: 'rootfs',
      description: 'kind of place to prove it in',
      helpValue: Object.keys(backends).join('|'),
    }),
    files: Flags.boolean({ description: 'keep only the files that were used, and no whole packages' }),
    inputs: inputsFlag,
    output: Flags.string({ char: 'o', description: 'spec to write (default: small.yml)', helpValue: 'FILE' }),
    resource: Flags.string({ description: 'shrink what this resource was made from', helpValue: 'NAME' }),
  };

  async run(): Promise<Shrunk> {
    const { args, flags } = await this.parse(Shrink);
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using host = await localMachine();
    await using ready = flags.resource === undefined ? undefined : await findReady(flags.resource, { host });
    await using opened = ready
      ? ({ spec: await readOwnSpec(ready.resource), [Symbol.asyncDispose]: async () => undefined } as OpenSpecification)
      : await openSpecification(args.spec, { store, ...context });
    const { lock } = await resolveSpecification(opened.spec, { host, ...context });
    const spec = { ...opened.spec, lock };
    const backend = ready?.backend.name ?? flags.backend;
    const temporary = { purpose: 'shrink', backend, host, store, tool: this.config.version, ...context };
    await using made = ready ? undefined : await temporaryResource(spec, temporary);
    const full = made ?? ready;
    if (!full) throw new Error('there is an environment');
    const shrunk = await shrink({
      ...{ spec, full, files: flags.files, signal: this.signal },
      output: resolve(flags.output ?? join(dirname(ready ? 'small.yml' : args.spec), 'small.yml')),
      place: (small) => temporaryResource(small, temporary),
      rerun: (place, of, seen) =>
        rerunResource({ ...place, spec: of, tree: undefined, inputs: flags.inputs, seen, ...context }),
      prove: async (place, of) => (await proveResource({ ...place, spec: of, ...context })).tree,
      tell: (message) => this.tell(message),
    });
    this.report(shrunk);
    return shrunk;
  }

  private report({ spec, before, after, dropped, tree, reruns }: Shrunk): void {
    if (tree) {
      this.say(renderProof(assembleProof(tree, reruns)));
      if (!tree.ok) process.exitCode = exitCodes['not-proved'];
    }
    if (dropped.length > 0) this.say(`without ${dropped.join(', ')}`);
    this.say(`${spec}: ${change('files', before.files, after.files, String)}`);
    this.say(`  ${change('in files', before.size, after.size, showBytes)}`);
    this.say(`  ${change('as the layer of an image', before.tar, after.tar, showBytes)}`);
    this.tell(
      'It has what these runs used. What they did not do, with another option or input, may need what is gone.',
    );
  }
}

function change(what: string, before: number, after: number, show: (amount: number) => string): string {
  return before === after ? `${show(after)} ${what}, as before` : `${show(before)} -> ${show(after)} ${what}`;
}
