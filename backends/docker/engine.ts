import type Docker from 'dockerode';
import { codeOf, ReproError, reasonOf } from '../../src/errors.js';
import type { Readiness } from '../../src/model/readiness.js';

const defaultAddress = 'unix:///var/run/docker.sock';

/** Where the engine is: as asked, else as the environment says, else the local socket. */
export function engineAddress(asked: string | undefined, environment: NodeJS.ProcessEnv = process.env): string {
  return asked ?? (environment['DOCKER_HOST'] || defaultAddress);
}

/** A client of the engine; the library is loaded when first needed. */
export async function openEngine(address: string): Promise<Docker> {
  const { default: Client } = await import('dockerode');
  // What is not said, the library takes from DOCKER_HOST and its kin.
  if (address.startsWith('unix://')) {
    return new Client({ host: '', protocol: 'http', socketPath: address.slice('unix://'.length) });
  }
  // dockerode reads DOCKER_HOST itself, with its certificates and its ssh form.
  if (address === process.env['DOCKER_HOST']) return new Client();
  const url = new URL(address.replace(/^tcp:/, process.env['DOCKER_TLS_VERIFY'] ? 'https:' : 'http:'));
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  return new Client({ host: url.hostname, port: url.port || (protocol === 'https' ? 2376 : 2375), protocol });
}

/** Whether the engine answers, or what to do that it does. */
export async function checkEngine(address: string): Promise<Readiness> {
  const engine = await openEngine(address);
  try {
    const { Version: version } = await engine.version();
    return { ready: true, version };
  } catch (error) {
    return { ready: false, ...explain(error, address) };
  }
}

/** Runs calls to the engine; what fails because the engine does is told to the user as such. */
export async function withEngine<T>(address: string, work: (engine: Docker) => Promise<T>): Promise<T> {
  try {
    return await work(await openEngine(address));
  } catch (error) {
    if (error instanceof ReproError) throw error;
    const connection = ['ENOENT', 'EACCES', 'ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ETIMEDOUT'];
    if (connection.includes(codeOf(error) ?? '')) {
      const { missing, remedy } = explain(error, address);
      throw new ReproError('not-ready', missing, { remedy, where: address, cause: error });
    }
    if (/no space left on device/.test(reasonOf(error))) throw diskFull(error, address);
    throw error;
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

export function diskFull(error: unknown, address: string): ReproError {
  return new ReproError('not-ready', 'the disk of the Docker engine is full', {
    where: address,
    remedy: 'free some space, e.g. with: docker system prune',
    cause: error,
  });
}

function explain(error: unknown, address: string): { missing: string; remedy: string } {
  switch (codeOf(error)) {
    case 'EACCES':
      return {
        missing: `you may not talk to the Docker engine at ${address}`,
        remedy: 'join its group with: sudo usermod -aG docker "$USER", and log in again; or use --backend rootfs',
      };
    case 'ENOENT':
    case 'ECONNREFUSED':
      return {
        missing: `no Docker engine answers at ${address}`,
        remedy:
          'start it with: sudo systemctl start docker; install it with: sudo apt-get install docker.io; ' +
          'name another with DOCKER_HOST; or use --backend rootfs',
      };
    default:
      return {
        missing: `the Docker engine at ${address} does not answer: ${reasonOf(error)}`,
        remedy: 'see whether it works with: docker version; or use --backend rootfs',
      };
  }
}
