import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from './ports.js';
import { must, run } from './run.js';

/** An engine of a test's own, which may be stopped, filled and cut off. */
export interface OwnEngine extends AsyncDisposable {
  readonly address: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What docker's own client says. */
  docker(...args: readonly string[]): Promise<string>;
}

export interface OwnEngineOptions {
  /** Its whole disk, as `mount` has it: `64m`. */
  readonly disk?: string;
  /** More of the daemon's command line, such as another place to listen. */
  readonly more?: readonly string[];
}

/**
 * A second dockerd (we must be root). Its bridge is its own, and leads nowhere: one that has none removes that of another
 * engine as it starts.
 */
export async function ownEngine({ disk, more = [] }: OwnEngineOptions = {}): Promise<OwnEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'engine-'));
  const data = join(folder, 'data');
  mkdirSync(data);
  if (disk !== undefined) await must(['mount', '-t', 'tmpfs', '-o', `size=${disk}`, 'tmpfs', data]);
  const address = `unix://${folder}/socket`;
  const files = ['--data-root', data, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')];
  const bridge = await ownBridge();
  const alone = ['--bridge', bridge.name, '--iptables=false', '--ip-forward=false', '--storage-driver=overlay2'];
  const answers = () => run(['docker', '-H', address, 'version']);
  let daemon: ChildProcess | undefined;
  const engine: OwnEngine = {
    address,
    async start() {
      daemon = await daemonOf(['dockerd', ...files, ...alone, '-H', address, ...more], folder, answers);
    },
    stop: () => ended(daemon, 'SIGTERM'),
    docker: (...args) => must(['docker', '-H', address, ...args]),
    async [Symbol.asyncDispose]() {
      await ended(daemon, 'SIGTERM');
      await bridge[Symbol.asyncDispose]();
      if (disk !== undefined) await must(['umount', data]);
      await must(['rm', '-rf', '--one-file-system', folder]);
    },
  };
  await engine.start();
  return engine;
}

let bridges = 0;

async function ownBridge(): Promise<{ readonly name: string } & AsyncDisposable> {
  const number = ++bridges;
  const name = `t${process.pid}-${number}`;
  await must(['ip', 'link', 'add', name, 'type', 'bridge']);
  await must(['ip', 'address', 'add', `10.${200 + (process.pid % 50)}.${number}.1/24`, 'dev', name]);
  return {
    name,
    async [Symbol.asyncDispose]() {
      await must(['ip', 'link', 'delete', name]);
    },
  };
}

/** Podman's service, which speaks as a Docker engine does. Its own settings are those that a container's inside allows. */
export async function podmanEngine(): Promise<{ readonly address: string } & AsyncDisposable> {
  const folder = mkdtempSync(join(tmpdir(), 'podman-'));
  const settings = join(folder, 'containers.conf');
  const limits = 'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]';
  const tools = 'runtime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"';
  writeFileSync(settings, `[containers]\n${limits}\nnetns = "none"\n[engine]\n${tools}\n`);
  const address = `unix://${folder}/socket`;
  const places = ['--root', join(folder, 'data'), '--runroot', join(folder, 'run'), '--tmpdir', join(folder, 'tmp')];
  const argv = ['env', `CONTAINERS_CONF=${settings}`, 'podman', ...places, 'system', 'service', '--time=0', address];
  const daemon = await daemonOf(argv, folder, () => run(['docker', '-H', address, 'version']));
  return {
    address,
    async [Symbol.asyncDispose]() {
      await ended(daemon, 'SIGTERM');
      // What it mounted goes before the folder.
      const { stdout } = await run(['findmnt', '--list', '--noheadings', '--output', 'TARGET']);
      for (const target of stdout
        .split('\n')
        .filter((each) => each.startsWith(folder))
        .reverse())
        await run(['umount', target]);
      await must(['rm', '-rf', '--one-file-system', folder]);
    },
  };
}

async function daemonOf(
  argv: readonly string[],
  folder: string,
  answers: () => Promise<{ readonly code: number | undefined }>,
): Promise<ChildProcess> {
  const [program = '', ...args] = argv;
  const file = join(folder, 'log');
  const log = openSync(file, 'a');
  const daemon = spawn(program, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  for (let tries = 0; tries < 200 && daemon.exitCode === null && daemon.signalCode === null; tries++) {
    if ((await answers()).code === 0) return daemon;
    await wait(100);
  }
  await ended(daemon, 'SIGTERM');
  throw new Error(`${program} does not start: ${readFileSync(file, 'utf8').slice(-2000)}`);
}

async function ended(daemon: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  daemon.kill(signal);
  await once(daemon, 'exit');
}

/** Certificates of an engine at 127.0.0.1, of its client, and of who says so, as docker has them. */
export async function certificatesIn(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const key = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(name)];
  const ca = ['openssl', 'req', '-x509', ...key('ca-key.pem'), '-out', at('ca.pem'), '-days', '2', '-subj', '/CN=test'];
  await must(ca);
  for (const [name, prefix, use] of [
    ['engine', 'server-', 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth'],
    ['client', '', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    const request = at(`${name}.csr`);
    writeFileSync(at(`${name}.ext`), use);
    await must(['openssl', 'req', ...key(`${prefix}key.pem`), '-out', request, '-subj', `/CN=${name}`]);
    const by = ['-CA', at('ca.pem'), '-CAkey', at('ca-key.pem'), '-CAcreateserial', '-extfile', at(`${name}.ext`)];
    await must(['openssl', 'x509', '-req', '-in', request, ...by, '-days', '2', '-out', at(`${prefix}cert.pem`)]);
  }
}

/** What makes a daemon speak TLS, and only to who it knows, at a port of the loopback. */
export async function overTls(folder: string): Promise<{ readonly address: string; readonly more: readonly string[] }> {
  await certificatesIn(folder);
  const address = `tcp://127.0.0.1:${await freePort()}`;
  const files = [
    `--tlscacert=${folder}/ca.pem`,
    `--tlscert=${folder}/server-cert.pem`,
    `--tlskey=${folder}/server-key.pem`,
  ];
  return { address, more: ['-H', address, '--tlsverify', ...files] };
}
