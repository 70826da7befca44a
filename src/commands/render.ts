import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { Args, Flags } from '@oclif/core';
import { readBaseTable } from '../../backends/native-base.js';
import { fetchArtifacts } from '../archives/fetch.js';
import { openStore } from '../archives/store.js';
import { openTreeCache } from '../archives/trees.js';
import { openSpecification } from '../bundle/open.js';
import { nameFor, requireFlag, templatesFlag } from '../cli/flags.js';
import { standInLines } from '../cli/stand-ins.js';
import { StoreCommand } from '../cli/store-command.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { localMachine } from '../machines/local.js';
import { type Program, programs } from '../packaging/recipe.js';
import { type FormatName, formatNames } from '../rendering/formats.js';
import { render } from '../rendering/render.js';
import { contentOf } from '../rendering/rendering.js';
import { writeRendering } from '../rendering/write.js';
import { buildInRooms } from '../resources/build-room.js';
import { type FetchedPackage, fetchedPackage } from '../resources/build-tree.js';
import { createEnvironment } from '../resources/create.js';
import { readDefaults } from '../resources/defaults.js';
import { resolveSpecification } from '../spec/resolve.js';
import { openTemplates } from '../templates/templates.js';

const programNames = Object.keys(programs) as Program[];

interface Rendered {
  readonly to: FormatName;
  /** Where it was written. */
  readonly output?: string;
  /** The file that the tool begins with, where nothing was written. */
  readonly content?: string;
  readonly files: readonly string[];
  /** What it cannot have. */
  readonly lacks: readonly string[];
  /** Of what lies beside the scripts, what is not the very package. */
  readonly standIns: readonly FetchedPackage[];
}

/** `reproman render`. */
export class Render extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec or bundle to render', ignoreStdin: true }),
  };
  static override readonly description =
    'write what other tools build the environment of a spec from, for people who have no reproman';
  static override readonly examples = [
    '<%= config.bin %> render --to dockerfile -o analysis && docker build -t analysis analysis',
    '<%= config.bin %> render --to singularity -o analysis environment.yml',
    '<%= config.bin %> render --to cloud-init -o user-data environment.yml',
    '<%= config.bin %> render --to devcontainer -o .devcontainer environment.yml',
    '<%= config.bin %> render --to conda-yaml environment.yml',
    '<%= config.bin %> render --to dockerfile --require same-source -o analysis environment.yml',
    '<%= config.bin %> render --to vagrantfile --templates our-templates -o machine environment.yml',
  ];
  static override readonly flags = {
    from: Flags.string({
      description: 'image or box that it begins with (default: the one of the distribution and release)',
      helpValue: 'NAME',
    }),
    has: Flags.option({
      description: 'a tool that this image or box has, and that may install packages then instead of carrying them',
      multiple: true,
      multipleNonGreedy: true,
      options: programNames,
    })(),
    name: Flags.string({ description: 'what it is called (default: from the name of the spec)', helpValue: 'NAME' }),
    output: Flags.string({
      char: 'o',
      description: 'file or folder to write (default: only the file that the tool begins with, to standard output)',
      helpValue: 'PATH',
    }),
    require: requireFlag,
    templates: templatesFlag,
    to: Flags.option({ description: 'the tool that reads it', options: formatNames, required: true })(),
  };

  async run(): Promise<Rendered> {
    const { args, flags } = await this.parse(Render);
    const { to, output } = flags;
    const context = { progress: this.progress, signal: this.signal };
    const templates = openTemplates(flags.templates);
    const { bases } = await readDefaults(process.cwd());
    const store = await openStore();
    await using opened = await openSpecification(args.spec, { store, ...context });
    await using host = await localMachine();
    const { spec } = opened;
    const { lock } = await resolveSpecification(spec, { host, save: false, ...context });
    const name = flags.name ?? nameFor(args.spec);
    const rooms = { spec, lock, name, host, store, trees: openTreeCache(store), ...context };
    const ladder = {
      ...{ store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor, ...context },
      ...{ require: flags.require, standIns: spec.standIns, build: buildInRooms(rooms, createEnvironment) },
    };
    const standIns: FetchedPackage[] = [];
    const { files, lacks } = await render({ ...spec, lock }, to, {
      name,
      bases: { chosen: flags.from, tables: [...(bases ? [bases] : []), await readBaseTable(templates)] },
      templates,
      programs: flags.has ?? [],
      fetch: async (packages) => {
        const found = await fetchArtifacts(packages, ladder);
        const fetched = packages.flatMap((each) => fetchedPackage(each, found));
        standIns.push(...fetched.filter(({ sameness }) => sameness !== 'exact'));
        return found;
      },
    });
    for (const lack of lacks) this.tell(lack);
    const names = files.map(({ name }) => name);
    if (output === undefined) {
      const content = await text(contentOf(files[0]));
      this.say(content);
      if (names.length > 1) this.tell(`It needs ${names.length - 1} files beside it: write all with -o FOLDER.`);
      return { to, content, files: names, lacks, standIns };
    }
    await writeRendering(files, resolve(output), this.signal);
    for (const line of standInLines(standIns)) this.tell(line);
    this.say(
      `${output}: ${names.length === 1 ? 'one file' : `${names[0]} and ${names.length - 1} files that it needs`}`,
    );
    return { to, output: resolve(output), files: names, lacks, standIns };
  }
}
