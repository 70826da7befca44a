import { z } from 'zod';
import { namedIn } from '../../archives/addresses.js';
import { withoutCredentials } from '../../archives/http.js';
import { ReproError } from '../../errors.js';
import type { Machine } from '../../machines/machine.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which registries have the packages of a name. */
export type Registries = (name: string) => readonly string[];

/** `npm config list --json`: only addresses of registries are read, under `registry` or `@scope:registry`. */
const settingsSchema = z.record(z.string(), z.unknown());

/** The registries that are set for this, else those that npm is set to on a machine, as it says itself. */
export async function registriesOf(host: Machine, environment: Environment): Promise<Registries> {
  const set = namedIn(environment, 'REPROMAN_NPM_REGISTRIES');
  if (set) return () => set;
  const settings = await settingsOf(host, environment);
  return (name) => {
    const scope = /^(@[^/]+)\//.exec(name)?.[1];
    const own = scope === undefined ? undefined : settings.get(`${scope}:registry`);
    return [own ?? settings.get('registry') ?? []].flat();
  };
}

async function settingsOf({ shell, isLocal }: Machine, environment: Environment): Promise<Map<string, string>> {
  const kept = isLocal
    ? Object.entries(environment).filter(([name]) => /^(?:HOME|PATH|npm_config_.*)$/i.test(name))
    : [];
  const own = Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  const options = isLocal ? { environment: own } : {};
  const said = await shell?.run(['npm', 'config', 'list', '--json'], options).catch((error: unknown) => {
    if (error instanceof ReproError && error.kind === 'not-ready') return undefined;
    throw error;
  });
  if (said?.exit.code !== 0) return new Map();
  const settings = Object.entries(settingsSchema.parse(JSON.parse(said.stdout.toString('utf8'))));
  return new Map(
    settings.flatMap(([key, value]) =>
      /^(?:@[^/:]+:)?registry$/.test(key) && typeof value === 'string' && URL.canParse(value)
        ? [[key, withoutCredentials(value)] as const]
        : [],
    ),
  );
}
