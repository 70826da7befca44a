import { Args, Flags } from '@oclif/core';
import { type Availability, findAvailable, type State, summary } from '../archives/availability.js';
import { fetchArtifacts } from '../archives/fetch.js';
import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { exitCodes } from '../cli/exit-codes.js';
import { requireFlag } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { type Column, renderTable } from '../cli/table.js';
import { offersOf } from '../distributions/offers.js';
import { servicesFor } from '../distributions/services.js';
import { localMachine } from '../machines/local.js';
import type { PackageRef } from '../model/owner.js';
import { plannedPackages } from '../planning/plan.js';
import { resolveSpecification } from '../spec/resolve.js';

/** One package of the report. */
type Row = Omit<Availability, 'planned'> & { readonly package: PackageRef };

interface Checked {
  readonly ok: boolean;
  readonly packages: readonly Row[];
  /** How many were put into the store now. */
  readonly archived: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'PACKAGE', value: ({ package: { name, version } }) => `${name} ${version}` },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'STEP', value: ({ rung }) => rung ?? '' },
  { title: 'WHERE', value: ({ from, evidence, tried }) => (from ? `${from} (${evidence})` : tried.join('; ')) },
];

/** Nothing need be said of these for people. */
const sound: readonly State[] = ['carried', 'present'];
const lost: readonly State[] = ['unknown', 'gone'];

/** `reproman check`. */
export class Check extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec to check', ignoreStdin: true }),
  };
  static override readonly description =
    'tell whether every package of a spec can still be had, and where, without building anything; ends with 5 if not';
  static override readonly examples = [
    '<%= config.bin %> check environment.yml',
    '<%= config.bin %> check --archive environment.yml',
    '<%= config.bin %> check --json | jq \'.packages[] | select(.state == "vanishing")\'',
  ];
  static override readonly flags = {
    all: Flags.boolean({ description: 'list the packages that nothing is wrong with too' }),
    archive: Flags.boolean({
      description: 'get into the store what its own archive has no more, while others have it',
    }),
    download: Flags.boolean({ description: 'get what archives have and compare its hash, instead of its size only' }),
    require: requireFlag,
  };

  async run(): Promise<Checked> {
    const { args, flags } = await this.parse(Check);
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using opened = await openSpecification(args.spec, { store, ...context });
    await using host = await localMachine();
    const { spec } = opened;
    const { lock } = await resolveSpecification(spec, { host, ...context });
    const planned = await plannedPackages(spec, lock);
    const places = { store, contents: spec.contents, host, offers: offersOf(host), services: servicesFor };
    const ladder = { ...places, standIns: spec.standIns, require: flags.require, ...context };
    const found = await findAvailable(planned, { ...ladder, download: flags.download });
    const atRisk = found.filter(
      ({ state, rung }) => state === 'vanishing' || (state === 'only-here' && rung !== 'store'),
    );
    const kept =
      flags.archive && atRisk.length > 0
        ? await fetchArtifacts(
            atRisk.map((one) => one.planned),
            ladder,
          )
        : undefined;
    return this.report(found, kept?.size ?? 0, flags.all);
  }

  private report(found: readonly Availability[], archived: number, all: boolean): Checked {
    const packages = found.map(rowOf);
    const shown = packages.filter(({ state }) => all || !sound.includes(state));
    if (shown.length > 0) this.say(renderTable(columns, shown));
    this.say(summary(found));
    if (archived > 0) this.tell(`${archived} packages are in the store now`);
    const ok = found.every(({ state }) => !lost.includes(state));
    if (!ok) process.exitCode = exitCodes['not-rebuildable'];
    return { ok, packages, archived };
  }
}

function rowOf({ planned, ...what }: Availability): Row {
  const { distribution, name, version, architecture, at } = planned;
  return {
    package: { distribution, name, version, ...(architecture && { architecture }), ...(at && { at }) },
    ...what,
  };
}
