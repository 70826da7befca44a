import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { baseTableSchema } from '../../backends/native-base.js';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import type { Parties } from './kind.js';

/** `reproman.config.yml`: what is taken where a command is not told. */
const configSchema = z.strictObject({
  backend: z.string().optional(),
  parameters: z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).default({}),
  bases: baseTableSchema.optional(),
  /** Of what was fetched and built; what is not absolute begins at the file's own folder. */
  store: z.string().min(1).optional(),
});

export type Defaults = z.infer<typeof configSchema>;

const fileName = 'reproman.config.yml';

/** Of the folder that a command runs in; the environment goes before it. */
export async function readDefaults(folder: string, environment: NodeJS.ProcessEnv = process.env): Promise<Defaults> {
  const file = join(folder, fileName);
  const config = await readConfig(file);
  const store = environment['REPROMAN_STORE'] || (config.store && resolve(dirname(file), config.store));
  return { ...config, backend: environment['REPROMAN_BACKEND'] || config.backend, ...(store && { store }) };
}

/** As a user would write them with `-b`: what the file says, and over it variables such as `REPROMAN_DOCKER_HOST`. */
export function defaultParameters(
  { backend, outer }: Parties,
  { parameters }: Defaults,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const found: Record<string, string> = {};
  for (const party of outer ? [outer, backend] : [backend]) {
    for (const [key, value] of Object.entries(parameters[party.name] ?? {}))
      found[`${party.name}.${key}`] = String(value);
    for (const key of Object.keys(party.parameters.shape)) {
      const value = environment[variableFor(party.name, key)];
      if (value) found[`${party.name}.${key}`] = value;
    }
  }
  return found;
}

/** What the environment calls a parameter of a backend. */
export function variableFor(backend: string, key: string): string {
  const words = key.replace(/[A-Z]/g, (letter) => `_${letter}`);
  return `REPROMAN_${backend}_${words}`.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
}

async function readConfig(file: string): Promise<Defaults> {
  try {
    return configSchema.parse(parse(await readFile(file, 'utf8')) ?? {});
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { parameters: {} };
    const [issue] = error instanceof z.ZodError ? error.issues : [];
    const why = issue ? `${issue.path.join('.')}: ${issue.message}` : reasonOf(error);
    throw new ReproError('usage', `the defaults cannot be read: ${why}`, {
      where: file,
      remedy:
        'it has `backend: NAME`, `parameters: { NAME: { key: value } }`, `bases: { NAME: { "debian 12": BASE } }` and `store: DIR`',
      cause: error,
    });
  }
}
