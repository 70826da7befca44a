import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { escapeControls } from '../cli/error-text.js';
import { renderImageRecipe, renderRecipes } from '../cli/recipe-table.js';
import { renderToolchain } from '../cli/toolchain-table.js';
import { ReproError } from '../errors.js';
import { formatLineage } from '../lineage/format.js';
import { imageRecipes } from '../lineage/layers/layer-table.js';
import { lineageReport } from '../lineage/report.js';
import { comparedRecipes, lineageResult } from '../lineage/result.js';
import type { LineageResult } from '../lineage/schema.js';
import { toolchainOf } from '../lineage/toolchain.js';
import { KeptAddresses } from '../sources/kept-addresses.js';
import { aboutSources, sourcesOf } from '../sources/open.js';

/** `reproman lineage`. */
export class Lineage extends BaseCommand {
  static override readonly description =
    `find out which filesystem was made from which, and by what evidence\n\nA recipe (Dockerfile, Singularity) is a source, too. ${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> lineage docker:debian:12 docker:python:3.12 docker-archive:analysis.tar',
    '<%= config.bin %> lineage */Dockerfile Singularity.tool --collection',
    '<%= config.bin %> lineage docker-archive:app.tar app/Dockerfile --recipe',
    '<%= config.bin %> lineage lists/*.json.gz --toolchain --json | jq .toolchain',
  ];
  static override readonly flags = {
    collection: Flags.boolean({ description: 'show the images of recipes as paths below the tags of their bases' }),
    recipe: Flags.boolean({
      description: 'show which instruction made which layer and what it did, and recipes side by side',
    }),
    toolchain: Flags.boolean({ description: 'show interpreters, compilers and their like with their versions' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'lineage SOURCE... [--recipe] [--toolchain] [--collection]';

  async run(): Promise<LineageResult> {
    const { argv, flags } = await this.parse(Lineage);
    const { progress, signal } = this;
    if (argv.length === 0) throw new ReproError('usage', 'there is nothing to look at', { remedy: 'give sources' });
    const sources = sourcesOf(argv.map(String));
    await using kept = new KeptAddresses();
    const options = { hash: false, packages: true, kept, progress, signal };
    const report = await lineageReport(sources, options);
    const { subjects, trie, managers } = report;
    this.say(escapeControls(formatLineage(report)));
    if (flags.collection) this.say(`\n${escapeControls(report.collection.join('\n'))}`);
    const toolchain = flags.toolchain ? toolchainOf(subjects, trie, managers) : undefined;
    const names = subjects.map(({ name }) => name);
    if (toolchain) this.say(`\n${renderToolchain(toolchain, names)}`);
    const recipes = flags.recipe ? await imageRecipes(sources, subjects, options) : undefined;
    const compared = flags.recipe ? comparedRecipes(subjects) : undefined;
    for (const each of recipes ?? []) this.say(`\n${renderImageRecipe(each)}`);
    for (const each of compared ?? []) this.say(`\n${renderRecipes(each.sources, each.rows)}`);
    return lineageResult(report, {
      ...(toolchain && { toolchain }),
      ...(recipes && { recipes }),
      ...(compared && { compared }),
    });
  }
}
