import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { ownEnvironment } from '../exec.js';
import type { Machine } from './machine.js';

/** What an engine is told so that a registry lets it in: https://docs.docker.com/reference/api/engine/, X-Registry-Auth. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly serveraddress: string;
}

/** https://docs.docker.com/reference/cli/docker/#docker-cli-configuration-file-configjson-properties */
const configSchema = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string().optional() })).default({}),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).default({}),
});

const helperSchema = z.object({ Username: z.string(), Secret: z.string() });

/** Where Docker Hub's credentials are kept. */
const hub = 'https://index.docker.io/v1/';

/** The registry that a reference is at: its first part has a dot, a port, or is this machine. */
export function registryOf(reference: string): string {
  const [first = ''] = reference.split('/');
  const isNamed = reference.includes('/') && (/[.:]/.test(first) || first === 'localhost');
  return isNamed && first !== 'docker.io' ? first : hub;
}

/** What `docker login` keeps of this user, and nowhere else; undefined where there is nothing for the registry. */
export async function credentialsFor(reference: string, here: Machine): Promise<Credentials | undefined> {
  const serveraddress = registryOf(reference);
  const { auths, credHelpers, credsStore } = await readConfig();
  const helper = credHelpers[serveraddress] ?? credsStore;
  if (helper !== undefined) return askHelper(helper, serveraddress, here);
  const auth = auths[serveraddress]?.auth;
  if (!auth) return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress };
}

async function readConfig(): Promise<z.infer<typeof configSchema>> {
  const file = join(process.env['DOCKER_CONFIG'] || join(homedir(), '.docker'), 'config.json');
  try {
    return configSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return configSchema.parse({});
    // What is in it is nobody's to show.
    const why = codeOf(error) === undefined ? 'it is not as docker login writes it' : reasonOf(error);
    throw new ReproError('not-ready', `the settings of docker cannot be read: ${why}`, { where: file });
  }
}

/** https://github.com/docker/docker-credential-helpers: the registry on standard input, an answer in JSON. */
async function askHelper(name: string, registry: string, here: Machine): Promise<Credentials | undefined> {
  const options = { input: Buffer.from(registry), environment: ownEnvironment() };
  const answer = await here.shell?.run([`docker-credential-${name}`, 'get'], options);
  if (answer?.exit.code !== 0) return undefined;
  const { Username: username, Secret: password } = helperSchema.parse(JSON.parse(answer.stdout.toString('utf8')));
  return { username, password, serveraddress: registry };
}
