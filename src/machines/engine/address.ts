import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { sha256 } from '../../hash.js';
import type { Machine } from '../machine.js';

/** Where the engine is: as asked, else as the environment says, else docker's current context, else the local socket. */
export function engineAddress(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = asked ?? (environment['DOCKER_HOST'] || contextAddress(environment) || `unix://${usualSocket}`);
  return chosen.includes('://') ? chosen : `tcp://${chosen}`;
}

/** On another machine there is nothing of our environment: as asked, else the usual socket there. */
export function engineAddressOn(host: Machine, asked: string | undefined): string {
  return host.isLocal ? engineAddress(asked) : (asked ?? `unix://${usualSocket}`);
}

/** Where the engine of a machine listens. */
export const usualSocket = '/var/run/docker.sock';

/** How an engine that speaks TLS is to be known, and we to it: what is not there is left to the system. */
export interface EngineCertificates {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** Whether the engine must be the one that its certificate says. */
  readonly rejectUnauthorized: boolean;
}

const configSchema = z.object({ currentContext: z.string().optional() });
const contextSchema = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string(), SkipTLSVerify: z.boolean().optional() }) }),
});

/** https://github.com/docker/cli, `cli/context/store`: the folder of a context is the hash of its name. */
function contextAddress(environment: NodeJS.ProcessEnv): string | undefined {
  const folder = settingsFolder(environment);
  let file = 'config.json';
  try {
    const current = () => configSchema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))).currentContext;
    const name = environment['DOCKER_CONTEXT'] || current();
    if (name === undefined || name === 'default') return undefined;
    file = join('contexts', 'meta', sha256(name), 'meta.json');
    return readContext(join(folder, file)).Host;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && file === 'config.json') return undefined;
    // Another engine than the one that was chosen must not be taken in silence.
    throw new ReproError('not-ready', `the context of docker that was chosen cannot be read: ${reasonOf(error)}`, {
      where: join(folder, file),
      remedy: 'choose another with docker context use, or name the engine in DOCKER_HOST',
      cause: error,
    });
  }
}

/**
 * As docker's own client has them: of the environment, else of a context for the same address, which need not be the one
 * that is chosen now. Undefined where no TLS is spoken.
 */
export function certificatesFor(
  address: string,
  environment: NodeJS.ProcessEnv = process.env,
): EngineCertificates | undefined {
  if (!/^(?:tcp|https?):/.test(address)) return undefined;
  const folder = settingsFolder(environment);
  const { DOCKER_TLS_VERIFY: verify, DOCKER_TLS: tls, DOCKER_CERT_PATH: path } = environment;
  if (verify || tls) return readCertificates(path || folder, Boolean(verify));
  for (const id of contextIds(folder)) {
    const { Host, SkipTLSVerify = false } = readContext(join(folder, 'contexts', 'meta', id, 'meta.json'));
    if (Host !== address) continue;
    const found = readCertificates(join(folder, 'contexts', 'tls', id, 'docker'), !SkipTLSVerify);
    if (SkipTLSVerify || found.ca || found.cert) return found;
  }
  return address.startsWith('https:') ? { rejectUnauthorized: true } : undefined;
}

function settingsFolder(environment: NodeJS.ProcessEnv): string {
  return environment['DOCKER_CONFIG'] || join(homedir(), '.docker');
}

function readContext(file: string) {
  return contextSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).Endpoints.docker;
}

function contextIds(folder: string): readonly string[] {
  return unlessMissing(() => readdirSync(join(folder, 'contexts', 'meta'))) ?? [];
}

function readCertificates(folder: string, rejectUnauthorized: boolean): EngineCertificates {
  const read = (name: 'ca' | 'cert' | 'key') => {
    const content = unlessMissing(() => readFileSync(join(folder, `${name}.pem`)));
    return content && { [name]: content };
  };
  return { ...read('ca'), ...read('cert'), ...read('key'), rejectUnauthorized };
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new ReproError('not-ready', `the settings of docker cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}
