import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { z } from 'zod';
import { codeOf, ReproError, reasonOf } from '../errors.js';
import { sha256 } from '../hash.js';
import type { Readiness } from '../model/readiness.js';
import type { Machine } from './machine.js';

/** Where the engine is: as asked, else as the environment says, else docker's current context, else the local socket. */
export function engineAddress(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  return asked ?? (environment['DOCKER_HOST'] || contextAddress(environment) || usualSocket);
}

/** On another machine there is nothing of our environment: as asked, else the usual socket there. */
export function engineAddressOn(host: Machine, asked: string | undefined): string {
  return host.isLocal ? engineAddress(asked) : (asked ?? usualSocket);
}

const usualSocket = 'unix:///var/run/docker.sock';

const configSchema = z.object({ currentContext: z.string().optional() });
const contextSchema = z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) });

/** https://github.com/docker/cli, `cli/context/store`: the folder of a context is the hash of its name. */
function contextAddress(environment: NodeJS.ProcessEnv): string | undefined {
  const folder = environment['DOCKER_CONFIG'] || join(homedir(), '.docker');
  const read = (...path: string[]): unknown => JSON.parse(readFileSync(join(folder, ...path), 'utf8'));
  let file = 'config.json';
  try {
    const name = environment['DOCKER_CONTEXT'] || configSchema.parse(read(file)).currentContext;
    if (name === undefined || name === 'default') return undefined;
    file = join('contexts', 'meta', sha256(name), 'meta.json');
    return contextSchema.parse(read(file)).Endpoints.docker.Host;
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

/** Where an engine of the host answers on this machine: through the connection to the host, where that is another. */
async function addressHere(host: Machine, address: string): Promise<string> {
  if (host.isLocal) return address;
  const [, socket, port] = /^(?:unix:\/\/(\/.+)|(?:tcp|http):\/\/([^/]+))$/.exec(address) ?? [];
  const target = socket ?? port;
  if (host.forward && target !== undefined) return `unix://${await host.forward(target)}`;
  throw new ReproError('not-ready', `the engine at ${address} cannot be spoken to through ${host.label}`, {
    remedy: 'name a socket or a port of that host: unix:///PATH, tcp://HOST:PORT',
  });
}

/** A client of the engine; the library is loaded when first needed. */
async function openEngine(address: string): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  // What is not said, the library takes from DOCKER_HOST and its kin.
  if (address.startsWith('unix://')) {
    return new Client({ host: '', protocol: 'http', socketPath: address.slice('unix://'.length) });
  }
  // It reads DOCKER_HOST itself, with its certificates and its ssh form.
  if (address === process.env['DOCKER_HOST']) return new Client();
  const { hostname: host, protocol: scheme, port, username } = new URL(address);
  if (scheme === 'ssh:') return new Client({ host, port, username, protocol: 'ssh' });
  const protocol = scheme === 'https:' || process.env['DOCKER_TLS_VERIFY'] ? 'https' : 'http';
  return new Client({ host, port: port || (protocol === 'https' ? 2376 : 2375), protocol });
}

/** Whether the engine answers, or what to do that it does. */
export async function checkEngine(host: Machine, address: string): Promise<Readiness> {
  try {
    const { Version: version } = await (await openEngine(await addressHere(host, address))).version();
    return { ready: true, version };
  } catch (error) {
    const { message, remedy = '' } = noAnswer(error, address, host);
    return { ready: false, missing: message, remedy };
  }
}

const connectionCodes = ['ENOENT', 'EACCES', 'ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'];

/** What comes of a forwarded connection that nobody takes at the other end. */
const forwardedCodes = ['ECONNRESET', 'EPIPE'];

/** Runs calls to the engine; what fails because the engine does is told to the user as such. */
export async function withEngine<T>(host: Machine, address: string, work: (engine: Docker) => Promise<T>): Promise<T> {
  try {
    return await work(await openEngine(await addressHere(host, address)));
  } catch (error) {
    if (error instanceof ReproError) throw error;
    const codes = host.isLocal ? connectionCodes : [...connectionCodes, ...forwardedCodes];
    if (codes.includes(codeOf(error) ?? '')) throw noAnswer(error, address, host);
    throw diskFull(error, address) ?? error;
  }
}

/** The HTTP status of an answer of the engine that is an error. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined;
}

/** `undefined` where the engine says that there is no such thing. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** What to tell when an engine complained of its disk; undefined when it complained of something else. */
export function diskFull(error: unknown, where: string): ReproError | undefined {
  if (!/no space left on device/.test(reasonOf(error))) return undefined;
  return new ReproError('not-ready', 'the disk of the Docker engine is full', {
    where,
    remedy: 'free some space, e.g. with: docker system prune',
    cause: error,
  });
}

function noAnswer(cause: unknown, address: string, host: Machine): ReproError {
  if (cause instanceof ReproError) return cause;
  const where = host.isLocal ? address : `${address} of ${host.label}`;
  const [missing, remedy] = adviceFor(cause, where);
  return new ReproError('not-ready', missing, { where, remedy: `${remedy}; or use --backend rootfs`, cause });
}

function adviceFor(cause: unknown, where: string): readonly [missing: string, remedy: string] {
  switch (codeOf(cause)) {
    case 'EACCES':
      return [
        `you may not talk to the Docker engine at ${where}`,
        'join its group with: sudo usermod -aG docker "$USER", and log in again',
      ];
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ECONNRESET':
      return [
        `no Docker engine answers at ${where}`,
        'start it with: sudo systemctl start docker; install it with: sudo apt-get install docker.io; ' +
          'name another with DOCKER_HOST',
      ];
    default:
      return [
        `the Docker engine at ${where} does not answer: ${reasonOf(cause)}`,
        'see whether it works with: docker version',
      ];
  }
}
