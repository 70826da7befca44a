import { basename, dirname, join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { StoreCommand } from '../cli/store-command.js';
import { renderTable } from '../cli/table.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { readSpecification } from '../spec/read.js';
import type { Move } from '../spec/respec/moves.js';
import { type Respecified, respecify } from '../spec/respec/respec.js';

/** `reproman respec`. */
export class Respec extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec to start from', ignoreStdin: true }),
  };
  static override readonly description = 'derive a spec with other packages or another release, and show what moved';
  static override readonly examples = [
    '<%= config.bin %> respec --move debian:11=debian:12',
    "<%= config.bin %> respec --set numpy=1.26.4 --set 'jq>=1.6' -o newer.yml",
    '<%= config.bin %> respec analysis.yml --drop vim --add python:pandas',
  ];
  static override readonly flags = {
    add: Flags.string({
      description: 'ask for a package too',
      helpValue: 'PACKAGE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    drop: Flags.string({
      description: 'ask for a package no more',
      helpValue: 'PACKAGE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    move: Flags.string({ description: 'take another release of the base', helpValue: 'BASE=BASE' }),
    output: Flags.string({
      char: 'o',
      description: 'spec to write (default: beside it, with -respec in its name)',
      helpValue: 'FILE',
    }),
    set: Flags.string({
      description: 'ask for a package at another version',
      helpValue: 'PACKAGE',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<Omit<Respecified, 'manifest' | 'folder' | 'size'> & { readonly spec: string }> {
    const { args, flags } = await this.parse(Respec);
    const { add = [], drop = [], set = [], move } = flags;
    if (move === undefined && [...add, ...drop, ...set].length === 0) {
      const remedy = `say what: ${this.config.bin} respec --set numpy=1.26.4, or --move, --add, --drop`;
      throw new ReproError('usage', 'there is nothing to change', { remedy });
    }
    await using host = await localMachine();
    const spec = await readSpecification(args.spec);
    const output = resolve(flags.output ?? besides(args.spec));
    const changes = { add, drop, set, ...(move === undefined ? {} : { move }) };
    const context = { host, progress: this.progress, signal: this.signal };
    const { moves, leftOut, notes } = await respecify({ spec, output, ...changes, ...context });
    this.say(moves.length > 0 ? renderTable(columns, moves) : 'no package moved');
    for (const path of leftOut) this.tell(`made anew from other packages, so not carried: ${path}`);
    for (const note of notes) this.tell(note);
    this.tell(`wrote ${output}`);
    return { spec: output, moves, leftOut, notes };
  }
}

const columns = [
  { title: 'PACKAGE', value: ({ package: name, at }: Move) => (at === undefined ? name : `${name} in ${at}`) },
  { title: 'DISTRIBUTION', value: ({ distribution }: Move) => distribution },
  { title: 'FROM', value: ({ from = '-' }: Move) => from },
  { title: 'TO', value: ({ to = '-' }: Move) => to },
  { title: 'WHY', value: ({ why }: Move) => why },
];

function besides(spec: string): string {
  const [, stem = '', ending = '.yml'] = /^(.*?)(\.ya?ml)?$/.exec(basename(spec)) ?? [];
  return join(dirname(spec), `${stem}-respec${ending}`);
}
