import { Args, Flags } from '@oclif/core';
import { backends } from '../../backends/registry.js';
import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { splitAtDashes } from '../cli/command-after-dashes.js';
import { readDuration } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { attemptVariant } from '../resources/bisect/attempt.js';
import { type Bisection, bisect, describeResult, type Tested } from '../resources/bisect/bisect.js';
import { describeCopies, parseCopy } from '../resources/bisect/copies.js';
import { openMemory } from '../resources/bisect/memory.js';
import { resolveSpecification } from '../spec/resolve.js';
import type { Specification } from '../spec/specification.js';

/** `reproman bisect`. */
export class Bisect extends StoreCommand {
  static override readonly args = {
    passing: Args.string({ description: 'spec in which the test ends with 0', ignoreStdin: true, required: true }),
    failing: Args.string({ description: 'spec in which it does not', ignoreStdin: true, required: true }),
  };
  static override readonly description =
    'find the smallest set of differences between two specs that makes a test fail, by building what lies between';
  static override readonly examples = [
    "<%= config.bin %> bisect old.yml new.yml -- jq -e '.a < 1e400' /srv/data.json",
    '<%= config.bin %> bisect --copy check.py --copy cases:/srv/cases old.yml new.yml -- python3 check.py /srv/cases',
    '<%= config.bin %> bisect --timeout 5m old.yml new.yml -- python3 -m pytest -x /opt/fit',
  ];
  static override readonly flags = {
    backend: Flags.string({
      default: 'rootfs',
      description: 'kind of place to build the variants in',
      helpValue: Object.keys(backends).join('|'),
    }),
    copy: Flags.string({
      description: 'put a file or folder of this machine into every variant: where the test begins, or at PATH',
      helpValue: 'FILE[:PATH]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    fresh: Flags.boolean({ description: 'test all variants, and not only those that were not tested before' }),
    network: Flags.boolean({ description: 'let the test use the network' }),
    timeout: Flags.string({ default: '10m', description: 'longest time that one test may take', helpValue: 'TIME' }),
  };
  static override readonly usage = 'bisect PASSING FAILING [--timeout TIME] -- TEST ARGUMENT...';

  private test: readonly string[] = [];

  override async init(): Promise<void> {
    const { own, command = [] } = splitAtDashes(this.argv);
    this.argv = own;
    this.test = command;
    await super.init();
  }

  async run(): Promise<Bisection> {
    const { args, flags } = await this.parse(Bisect);
    const { test, config, progress, signal } = this;
    if (test.length === 0) {
      const remedy = `write it after two dashes: ${config.bin} bisect ${args.passing} ${args.failing} -- TEST ARGUMENT...`;
      throw new ReproError('usage', 'there is no test', { remedy });
    }
    const { backend, network } = flags;
    const timeout = readDuration(flags.timeout);
    await using host = await localMachine();
    const store = await openStore();
    const context = { host, progress, signal };
    const locked = async (spec: Specification) => ({ ...spec, lock: (await resolveSpecification(spec, context)).lock });
    await using passing = await openSpecification(args.passing, { store, progress, signal });
    await using failing = await openSpecification(args.failing, { store, progress, signal });
    const [one, other] = [await locked(passing.spec), await locked(failing.spec)];
    const copies = (flags.copy ?? []).map(parseCopy);
    const what = { test, ...(copies.length > 0 && { copies: await describeCopies(copies, host) }) };
    const memory = await openMemory(
      { ...what, backend, network, timeout, tool: config.version },
      { fresh: flags.fresh },
    );
    const attempting = {
      one,
      other,
      test,
      copies,
      timeout,
      network,
      backend,
      store,
      memory,
      tool: config.version,
      ...context,
    };
    const bisection = await bisect({
      ...{ one, other, names: [args.passing, args.failing] },
      attempt: (chosen) => attemptVariant(chosen, attempting),
      tell: (tested) => this.tell(lineOf(tested)),
    });
    this.say(`the test flips with ${bisection.culprits.join('\n                    ')}`);
    return bisection;
  }
}

const words = { passes: 'passes', fails: 'fails', unresolved: 'cannot tell' } as const;

function lineOf({ differences, outcome, result, remembered, suspects }: Tested): string {
  const [few, many] = [differences.join(', '), `${differences.length} differences`];
  const what = differences.length === 0 ? 'none of the differences' : differences.length > 3 ? many : few;
  const why = outcome === 'passes' ? '' : `: ${describeResult(result)}`;
  const left = suspects === 1 ? 'one suspect' : `${suspects} suspects`;
  return `${words[outcome]}${remembered ? ', as remembered,' : ''} with ${what}${why} (${left})`;
}
