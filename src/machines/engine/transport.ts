import { type AgentOptions, Agent as SecureAgent } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import type { DockerOptions } from 'dockerode';
import { ReproError } from '../../errors.js';
import type { Machine } from '../machine.js';
import { parseSshAddress } from '../ssh/address.js';
import { connectSsh, type SshConnection } from '../ssh/connection.js';
import { certificatesFor, type EngineCertificates, usualSocket } from './address.js';

/** The library's types do not know that it has an agent. */
type Transport = DockerOptions & { readonly agent?: SecureAgent };

/** What a client of the engine is made with; all that is not said here it would take from DOCKER_HOST and its kin. */
export async function transportTo(host: Machine, address: string): Promise<Transport> {
  if (address.startsWith('ssh://')) return { ...plain, socketPath: await socketOver(host, address) };
  const { path, name, port } = endOf(address);
  const target = path ?? `${name}:${port}`;
  const socketPath = host.isLocal ? path : await forwarded(host, address, target);
  const certificates = certificatesFor(address);
  const end = socketPath === undefined ? { host: name, port } : { host: '', socketPath };
  if (certificates === undefined) return { ...plain, ...end };
  return { ...end, protocol: 'https', agent: new SecureAgent(knownAs(name, certificates)) };
}

const plain = { host: '', protocol: 'http' } as const;

interface End {
  readonly path?: string;
  readonly name: string;
  readonly port: number;
}

function endOf(address: string): End {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(address) ?? [];
  if (path !== undefined) return { path, name: '', port: 0 };
  const { protocol, hostname, port } = URL.canParse(address) ? new URL(address) : notAnEngine(address);
  if (!/^(?:tcp|https?):$/.test(protocol) || hostname === '') notAnEngine(address);
  const usual = protocol === 'https:' || certificatesFor(address) ? 2376 : 2375;
  return { name: hostname, port: port === '' ? usual : Number(port) };
}

/** Whatever way leads to it: an engine is known by the name that it is called by. */
function knownAs(name: string, certificates: EngineCertificates): AgentOptions {
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return { ...certificates, checkServerIdentity: (_, its) => checkServerIdentity(bare, its) };
}

/** Where an engine of another host answers on this machine: through the connection to the host. */
async function forwarded(host: Machine, address: string, target: string): Promise<string> {
  if (host.forward) return host.forward(target);
  throw new ReproError('not-ready', `the engine at ${address} cannot be spoken to through ${host.label}`, {
    remedy: 'name a socket or a port of that host: unix:///PATH, tcp://HOST:PORT',
  });
}

/** Connections to hosts of engines, as long as this process has something to do. */
const connections = new Map<string, Promise<SshConnection>>();

/** As docker's own client has it, `ssh://[USER@]HOST[:PORT][/SOCKET]`, through the user's own ssh. */
async function socketOver(host: Machine, address: string): Promise<string> {
  const [, place = '', socket = usualSocket] = /^ssh:\/\/([^/]+)(\/.+)?$/.exec(address) ?? [];
  const known = parseSshAddress(place);
  if (known === undefined) notAnEngine(address);
  if (!host.isLocal) {
    throw new ReproError('not-ready', `the engine at ${address} is not one of ${host.label}`, {
      remedy: `name it without that host: --backend docker -b host=${address}`,
    });
  }
  const connection = connections.get(place) ?? heldOpen(connectSsh(known, `the host ${place}`, undefined));
  connections.set(place, connection);
  return (await connection).forward(socket);
}

async function heldOpen(connecting: Promise<SshConnection>): Promise<SshConnection> {
  const connection = await connecting;
  connection.unref();
  process.once('beforeExit', () => void connection[Symbol.asyncDispose]());
  return connection;
}

function notAnEngine(address: string): never {
  throw new ReproError('usage', `${JSON.stringify(address)} is no address of an engine`, {
    remedy: 'write it as unix:///PATH, tcp://HOST:PORT or ssh://[USER@]HOST',
  });
}
