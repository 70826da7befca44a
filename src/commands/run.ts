import { Flags } from '@oclif/core';
import { resourceArgument } from '../cli/flags.js';
import { type Around, ResourceCommand } from '../cli/resource-command.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import type { Machine } from '../machines/machine.js';
import type { Exit } from '../model/access.js';
import type { Resource } from '../model/resource.js';
import type { OpenResource } from '../resources/connect.js';
import { bringInputs } from '../resources/run-data/inputs.js';
import { type FetchedOutput, fetchOutputs } from '../resources/run-data/outputs.js';
import { wakeMachine } from '../resources/running.js';

/** `reproman run`. */
export class Run extends ResourceCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description =
    'run a command in a resource, by default the traced one; what was stopped is started for it, and stopped after it';
  static override readonly examples = [
    '<%= config.bin %> run analysis',
    '<%= config.bin %> run analysis --inputs ~/data --outputs results',
    '<%= config.bin %> run analysis -- make figures',
  ];
  static override readonly flags = {
    inputs: Flags.directory({
      description: 'put the inputs that the traced command declares in their places first, by their hashes: from here',
      exists: true,
      helpValue: 'DIR',
    }),
    outputs: Flags.string({
      description: 'copy what it declares to leave to here afterwards, and say whether it is what the spec has',
      helpValue: 'DIR',
    }),
  };
  static override readonly usage = 'run NAME [--inputs DIR] [--outputs DIR] [-- COMMAND...]';

  async run(): Promise<Exit> {
    const { args, flags } = await this.parse(Run);
    await using host = await localMachine();
    await using _woken = await wakeMachine(args.name, { host, progress: this.progress, signal: this.signal });
    const around = this.around(flags, host);
    return await this.runIn(args.name, (resource) => this.command ?? this.traced(resource), around);
  }

  private around(
    { inputs, outputs }: { readonly inputs: string | undefined; readonly outputs: string | undefined },
    here: Machine,
  ): Around {
    const declared = ({ spec, machine }: OpenResource) => {
      const [run] = this.command ? [] : (spec?.manifest.runs ?? []);
      if (spec && run) return { spec, run, machine, here, signal: this.signal };
      throw new ReproError('usage', 'inputs and outputs are those of the traced command, which is not what runs', {
        remedy: 'copy other data with reproman cp',
      });
    };
    return {
      before: async (opened) => {
        if (outputs !== undefined) declared(opened);
        if (inputs !== undefined) await bringInputs({ ...declared(opened), folder: inputs });
      },
      after: async (opened) => {
        if (outputs === undefined) return;
        for (const output of await fetchOutputs({ ...declared(opened), folder: outputs })) this.tell(describe(output));
      },
    };
  }

  private traced({ name, run }: Resource): readonly string[] {
    if (run.command) return run.command;
    throw new ReproError('usage', `nothing was traced in the environment of '${name}', and no command is given`, {
      remedy: `write it after two dashes: ${this.config.bin} run ${name} -- COMMAND ARGUMENT...`,
    });
  }
}

function describe({ path, file, verdict, why }: FetchedOutput): string {
  const said = verdict === 'equal' ? 'as in the spec' : verdict === 'differs' ? 'not as in the spec' : verdict;
  return `output ${path}: ${said}${why === undefined ? '' : ` (${why})`}${file === undefined ? '' : `: ${file}`}`;
}
