import { readFile } from 'node:fs/promises';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { escapeControls } from '../cli/error-text.js';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { changelogOf, type Changelog as Found } from '../lineage/changelog/changelog.js';
import { correlate, type OutcomeReport } from '../lineage/changelog/correlation.js';
import { formatChangelog, formatOutcomes } from '../lineage/changelog/format.js';
import { parseOutcomes } from '../lineage/changelog/outcome.js';
import { aboutSources, sourcesOf } from '../sources/open.js';

interface Result extends Found {
  readonly outcomes?: readonly OutcomeReport[];
}

/** `reproman changelog`. */
export class Changelog extends BaseCommand {
  static override readonly description =
    `show what changed between successive versions of one image, by package\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> changelog docker:app:1 docker:app:2 docker:app:3',
    '<%= config.bin %> changelog v1=app-1.tar v2=app-2.tar v3=app-3.tar --outcome accuracy.csv',
    '<%= config.bin %> changelog old.trie new.trie --json | jq ".steps[].packages[]"',
  ];
  static override readonly flags = {
    outcome: Flags.string({
      description: 'CSV of what was measured of each version (version,METRIC...): how that goes with the changes',
      helpValue: 'FILE',
    }),
  };
  static override readonly strict = false;
  static override readonly usage = 'changelog VERSION VERSION... [--outcome metrics.csv]';

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(Changelog);
    const { progress, signal } = this;
    if (argv.length === 0) throw new ReproError('usage', 'there are no versions', { remedy: 'give two or more' });
    const outcomes =
      flags.outcome === undefined ? undefined : parseOutcomes(await textOf(flags.outcome), flags.outcome);
    const found = await changelogOf(sourcesOf(argv.map(String)), { hash: true, packages: true, progress, signal });
    if (found.versions.length < 2) {
      throw new ReproError('usage', 'there is only one version', { remedy: 'give two versions or more' });
    }
    const reports = outcomes && correlate(found.versions, found.steps, outcomes);
    this.say(escapeControls(formatChangelog(found)));
    if (reports) this.say(`\n${escapeControls(formatOutcomes(reports))}`);
    return { ...found, ...(reports && { outcomes: reports }) };
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = codeOf(error) === 'ENOENT' ? 'there is no such file' : reasonOf(error);
    throw new ReproError('usage', `the outcomes cannot be read: ${why}`, { where: file, cause: error });
  }
}
