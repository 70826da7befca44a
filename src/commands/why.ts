import { Args } from '@oclif/core';
import { openSpecification } from '../bundle/open.js';
import { BaseCommand } from '../cli/base-command.js';
import { pathFromText } from '../model/file-path.js';
import { formatWhy } from '../spec/why/format-why.js';
import { explainWhy, type Why } from '../spec/why/why.js';

/** `reproman why`. */
export class WhyCommand extends BaseCommand {
  static override readonly args = {
    what: Args.string({
      description: 'path, end of a path, folder, package, or kind of packages (debian, npm, ...)',
      ignoreStdin: true,
      required: true,
    }),
    spec: Args.string({ default: 'environment.yml', description: 'spec that has it', ignoreStdin: true }),
  };
  static override readonly description =
    'tell why something is in a spec: which program used it, what it belongs to, what needs it, and by which rule';
  static override readonly examples = [
    '<%= config.bin %> why /etc/ld.so.cache environment.yml',
    '<%= config.bin %> why libtinfo6',
    '<%= config.bin %> why python:numpy==1.26.4 runs/fit.yml --json',
    '<%= config.bin %> why ~/analysis/env',
    '<%= config.bin %> why npm',
  ];

  async run(): Promise<{ readonly answers: readonly Why[] }> {
    const { args } = await this.parse(WhyCommand);
    await using opened = await openSpecification(args.spec);
    const answers = await explainWhy(opened.spec, args.what, pathFromText(process.cwd()));
    this.say(formatWhy(answers));
    return { answers };
  }
}
