import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { readParameters } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import type { Resource } from '../model/resource.js';
import { assembleProof, type Proof, proofExitCode } from '../proof/proof.js';
import { renderProof } from '../proof/report.js';
import { importEnvironment } from '../resources/images/import.js';
import { locked } from '../resources/images/sources.js';
import { kindNames } from '../resources/kind.js';

/** `reproman import`. */
export class Import extends StoreCommand {
  static override readonly args = {
    source: Args.string({
      description: 'resource, file or folder of another backend, or docker:IMAGE',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override readonly description =
    'make a resource of what another backend or a file has, without building it again, and prove it';
  static override readonly examples = [
    '<%= config.bin %> import analysis --backend singularity --name analysis-sif',
    '<%= config.bin %> import analysis.sif --spec environment.yml --backend docker --name analysis',
    '<%= config.bin %> import docker:lab/analysis:1 --spec environment.yml --name analysis',
  ];
  static override readonly flags = {
    backend: Flags.string({ default: 'rootfs', description: 'kind of place', helpValue: kindNames.join('|') }),
    'image-only': Flags.boolean({ description: 'make an image, of which instantiate makes instances' }),
    name: Flags.string({ description: 'name of the resource', helpValue: 'NAME', required: true }),
    parameter: Flags.string({
      char: 'b',
      description: 'parameter of the backend; `reproman backends` lists them',
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    spec: Flags.string({
      description: 'spec that it was made of; a resource has its own',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<{ readonly resource: Resource; readonly proof: Proof | undefined }> {
    const { args, flags } = await this.parse(Import);
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using opened = flags.spec === undefined ? undefined : await openSpecification(flags.spec, context);
    await using host = await localMachine();
    const { resource, tree } = await importEnvironment({
      ...{ source: args.source, backend: flags.backend, name: flags.name, imageOnly: flags['image-only'] },
      ...(opened && flags.spec !== undefined && { spec: { spec: locked(opened.spec), file: resolve(flags.spec) } }),
      ...{ parameters: readParameters(flags.parameter ?? []), host, store, tool: this.config.version, ...context },
    });
    const proof = tree && assembleProof(tree, []);
    if (proof) {
      this.say(renderProof(proof));
      process.exitCode = proofExitCode(proof);
    }
    this.say(`tree digest ${resource.treeDigest ?? 'unknown'}, as it was`);
    return { resource, proof };
  }
}
