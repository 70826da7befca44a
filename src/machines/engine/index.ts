import type Docker from 'dockerode';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import type { Readiness } from '../../model/readiness.js';
import type { Machine } from '../machine.js';
import { transportTo } from './transport.js';

/** A client of the engine; the library is loaded when first needed. */
async function openEngine(host: Machine, address: string): Promise<Docker> {
  const options = await transportTo(host, address);
  const { default: Client } = await import('dockerode');
  const client = new Client(options);
  const modem = client.modem as Modem;
  const dial = modem.dial.bind(modem);
  // Every call goes through here, also those of a machine that was connected to long ago.
  modem.dial = (asked, answer) => dial(asked, (error, data) => answer(error && explained(error, address, host), data));
  return client;
}

interface Modem {
  dial(asked: unknown, answer: (error: unknown, data: unknown) => void): void;
}

/** Whether the engine answers, or what to do that it does. */
export async function checkEngine(host: Machine, address: string): Promise<Readiness> {
  try {
    const { Version: version } = await (await openEngine(host, address)).version();
    return { ready: true, version };
  } catch (error) {
    const { message, remedy = '' } = noAnswer(error, address, host);
    return { ready: false, missing: message, remedy };
  }
}

/** Of connections that are not made, or break off: also one that is forwarded, which nobody takes at the other end. */
const connectionCodes =
  /^(?:ENOENT|EACCES|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET|EPIPE)$/;

/** Of Node's TLS: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const tlsCodes = /CERT|SSL|TLS|ISSUER|SIGNATURE|EPROTO/;

/** Runs calls to the engine; what fails because the engine does is told to the user as such. */
export async function withEngine<T>(host: Machine, address: string, work: (engine: Docker) => Promise<T>): Promise<T> {
  try {
    return await work(await openEngine(host, address));
  } catch (error) {
    throw explained(error, address, host);
  }
}

function explained(error: unknown, address: string, host: Machine): unknown {
  if (error instanceof ReproError) return error;
  const code = codeOf(error) ?? '';
  const fails = connectionCodes.test(code) || tlsCodes.test(code) || wantsTls(error);
  if (fails) return noAnswer(error, address, host);
  return diskFull(error, address) ?? ((statusOf(error) ?? 0) >= 500 ? engineFailed(error, address) : error);
}

/** What it is asked for was right, and it cannot do it. */
function engineFailed(cause: unknown, where: string): ReproError {
  const why = reasonOf(cause)
    .replace(/^\(HTTP code \d+\) server error - /, '')
    .trim();
  return new ReproError('step-failed', `the Docker engine failed: ${why}`, { where, cause });
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

/** An engine that speaks TLS says so to who does not. */
function wantsTls(error: unknown): boolean {
  return statusOf(error) === 400 && /HTTP request to an HTTPS server/.test(reasonOf(error));
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
  const code = codeOf(cause) ?? '';
  if (tlsCodes.test(code) || wantsTls(cause)) {
    return [
      `the Docker engine at ${where} and this machine do not trust each other: ${reasonOf(cause).trim()}`,
      'name the folder of its certificates with DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or choose its docker context',
    ];
  }
  switch (code) {
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
