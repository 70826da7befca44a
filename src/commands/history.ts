import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { renderTable } from '../cli/table.js';
import { ReproError } from '../errors.js';
import { type FileVersion, historyOf, type PathHistory } from '../lineage/history/history.js';
import { type Maker, makersOf } from '../lineage/layers/makers.js';
import { parseRecipe, readRecipeFile } from '../lineage/recipes/read.js';
import type { Recipe } from '../lineage/recipes/recipe.js';
import { showBytes } from '../model/sizes.js';
import { readSources } from '../sources/collect.js';
import { expandSources } from '../sources/expand.js';
import { KeptAddresses } from '../sources/kept-addresses.js';
import { aboutSources, sourcesOf } from '../sources/open.js';
import type { Source } from '../sources/source.js';

interface Result {
  readonly paths: readonly PathHistory[];
  readonly makers?: readonly Maker[];
}

interface Row extends FileVersion {
  readonly path: string;
}

/** `reproman history`. */
export class History extends BaseCommand {
  static override readonly description =
    `show every version of a file across filesystems, by content, with its package\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> history /etc/ssl/openssl.cnf docker:app:1 docker:app:2 docker:app:3',
    '<%= config.bin %> history "/usr/lib/*/libssl.so*" images.trie --json | jq ".paths[].versions"',
    '<%= config.bin %> history --recipe /opt/app/run docker-archive:app.tar app/Dockerfile',
  ];
  static override readonly flags = {
    recipe: Flags.boolean({ description: 'show which layer of each image, and which line of its recipe, made it' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'history PATH SOURCE...';

  async run(): Promise<Result> {
    const { argv, flags } = await this.parse(History);
    const { progress, signal } = this;
    const [path = '', ...texts] = argv.map(String);
    if (!path.startsWith('/') || texts.length === 0) {
      throw new ReproError('usage', 'give an absolute path, or a glob of such, and then sources', {
        remedy: 'such as: history /etc/os-release docker:debian:12 docker:debian:13',
      });
    }
    const { sources: asked, recipes } = await apart(sourcesOf(texts));
    const sources = await expandSources(asked, signal);
    await using kept = new KeptAddresses();
    const options = { hash: true, packages: true, kept, progress, signal };
    const { trie, facts } = await readSources(sources, options);
    const paths = historyOf([path], trie, facts);
    const makers = flags.recipe ? await makersOf(path, sources, options, recipes) : undefined;
    this.say(formatHistory(path, paths, [...facts.keys()]));
    if (makers) this.say(`\n${formatMakers(makers)}`);
    return { paths, ...(makers && { makers }) };
  }
}

/** Recipes have no files; their lines are named where images have been made by them. */
async function apart(all: readonly Source[]): Promise<{ sources: Source[]; recipes: Recipe[] }> {
  const [sources, recipes]: [Source[], Recipe[]] = [[], []];
  for (const source of all) {
    const recipe = parseRecipe((await readRecipeFile(source.text)) ?? '');
    if (recipe) recipes.push(recipe);
    else sources.push(source);
  }
  return { sources, recipes };
}

function formatHistory(asked: string, paths: readonly PathHistory[], names: readonly string[]): string {
  if (paths.length === 0) return `${asked} is in none of ${names.join(', ')}`;
  const rows = paths.flatMap(({ path, versions }) => versions.map((version) => ({ path, ...version })));
  const table = renderTable<Row>(
    [
      { title: 'path', value: ({ path, places }) => (places ? `${path} (at ${places.join(', ')})` : path) },
      { title: 'content', value: ({ content }) => content.replace(/^sha256:(.{12}).*$/, '$1') },
      { title: 'size', value: ({ size }) => (size === undefined ? '' : showBytes(size)), align: 'right' },
      { title: 'mode', value: ({ modes }) => modes.join(', ') },
      {
        title: 'package',
        value: ({ packages }) => packages.map(({ name, version }) => `${name} ${version}`).join(', '),
      },
      { title: 'first', value: ({ sources }) => sources[0] ?? '' },
      { title: 'last', value: ({ sources }) => sources.at(-1) ?? '' },
      { title: 'in', value: ({ sources }) => String(sources.length), align: 'right' },
    ],
    rows,
  );
  const missing = paths.filter((each) => each.missing.length > 0);
  return [table, ...missing.map(({ path, missing }) => `${path} is not in ${missing.join(', ')}`)].join('\n');
}

function formatMakers(makers: readonly Maker[]): string {
  if (makers.length === 0) return 'None of the sources tells its layers';
  return renderTable<Maker>(
    [
      { title: 'source', value: ({ source }) => source },
      { title: 'path', value: ({ path }) => path },
      { title: 'layer', value: ({ layer }) => String(layer), align: 'right' },
      { title: 'line', value: ({ line }) => (line === undefined ? '' : String(line)), align: 'right' },
      { title: 'instruction', value: ({ instruction }) => instruction ?? 'not told' },
    ],
    makers,
  );
}
