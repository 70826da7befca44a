import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { readDate } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { renderTable } from '../cli/table.js';
import { showAmount } from '../cli/units.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { planEnvironment } from '../planning/plan.js';
import { readSpecification } from '../spec/read.js';
import { requestSpecification } from '../spec/request.js';
import { resolveSpecification } from '../spec/resolve.js';

interface Resolved {
  readonly spec: string;
  /** The whole closure, as the ladder would fetch it. */
  readonly packages: readonly {
    readonly distribution: string;
    readonly name: string;
    readonly version: string;
    readonly used: boolean;
    readonly digest?: string;
    readonly urls: readonly string[];
  }[];
}

/** `reproman resolve`. */
export class Resolve extends StoreCommand {
  static override readonly description = 'write an exact spec from the names of packages';
  static override readonly examples = [
    "<%= config.bin %> resolve jq 'hello>=2.10' --on debian:12",
    "<%= config.bin %> resolve python3 'python:numpy>=1.26,<2' -o numpy.yml",
    '<%= config.bin %> resolve jq --at 2025-05-20',
    "<%= config.bin %> resolve 'bash>=5' --on fedora:40",
    '<%= config.bin %> resolve bash zlib --on alpine:3.20',
    "<%= config.bin %> resolve 'conda:numpy>=1.26' --on debian:12",
    '<%= config.bin %> resolve --urls jq',
  ];
  static override readonly flags = {
    at: Flags.string({ description: 'with the archives as they were at a time (UTC)', helpValue: 'DATE' }),
    on: Flags.string({ description: 'base, such as debian:12 (default: what this machine is)', helpValue: 'BASE' }),
    output: Flags.string({ char: 'o', default: 'environment.yml', description: 'spec to write', helpValue: 'FILE' }),
    urls: Flags.boolean({ description: 'show every package with where it can be had' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'resolve PACKAGE... [--on BASE] [--at DATE] [-o FILE]';

  async run(): Promise<Resolved> {
    const { argv, flags } = await this.parse(Resolve);
    const requests = argv.map(String);
    if (requests.length === 0) {
      const remedy = `name some: ${this.config.bin} resolve jq 'hello>=2.10'`;
      throw new ReproError('usage', 'there is no package to resolve', { remedy });
    }
    const context = { progress: this.progress, signal: this.signal };
    await using host = await localMachine();
    const output = resolve(flags.output);
    const choices = {
      ...(flags.on ? { on: flags.on } : {}),
      ...(flags.at === undefined ? {} : { at: readDate(flags.at) }),
    };
    await requestSpecification(requests, { output, host, ...choices, ...context });
    const spec = await readSpecification(output);
    const { lock } = await resolveSpecification(spec, { host, ...context });
    const { bootstrap, artifacts } = await planEnvironment(spec, lock);
    const packages = [...bootstrap.packages, ...artifacts].map(({ distribution, name, version, used, artifact }) => ({
      ...{ distribution, name, version, used },
      ...(artifact.digest ? { digest: `${artifact.digest.algorithm}:${artifact.digest.value}` } : {}),
      urls: artifact.urls,
    }));
    if (flags.urls) this.say(renderTable(columns, packages));
    const named = showAmount(packages.filter(({ used }) => used).length, 'packages');
    this.say(`${output}: ${named}, ${packages.length} with all that they need`);
    return { spec: output, packages };
  }
}

const columns = [
  { title: 'PACKAGE', value: ({ name }: Resolved['packages'][number]) => name },
  { title: 'VERSION', value: ({ version }: Resolved['packages'][number]) => version },
  { title: 'URL', value: ({ urls }: Resolved['packages'][number]) => urls.join(' ') },
];
