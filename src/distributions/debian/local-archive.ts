import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { pipeline } from 'node:stream/promises';
import { formatStanza } from '../../archives/apt/deb822.js';
import type { Artifact } from '../../archives/ladder.js';
import { ReproError } from '../../errors.js';
import { sha256 } from '../../hash.js';
import type { BootstrapPlan, PlannedPackage } from '../../model/plan.js';
import { controlOfDeb } from './deb-control.js';
import type { DebianDetails } from './details.js';

/** A Debian archive that holds exactly one plan's packages, served on the loopback while it is open. */
export interface LocalArchive extends AsyncDisposable {
  /** For sources.list: `deb [trusted=yes] http://127.0.0.1:PORT/ SUITE main`. */
  readonly source: string;
  /** Its base address, and where below it each package lies. */
  readonly uri: string;
  readonly filenames: ReadonlyMap<PlannedPackage, string>;
}

/** Opens the archive on a free port of 127.0.0.1. Only what the index names is served. */
export async function openLocalArchive(
  plan: BootstrapPlan,
  details: DebianDetails,
  artifacts: ReadonlyMap<PlannedPackage, Artifact>,
): Promise<LocalArchive> {
  const documents = new Map<string, Buffer>();
  const pool = new Map<string, string>();
  const filenames = new Map<PlannedPackage, string>();
  const architectures = [plan.architecture, ...details.foreignArchitectures];
  const indexes = new Map<string, string[]>(architectures.map((architecture) => [architecture, []]));
  for (const [at, planned] of plan.packages.entries()) {
    const artifact = artifacts.get(planned);
    const control = details.control[at];
    if (artifact === undefined || control === undefined) throw incomplete(planned);
    const { file, sha256: hash } = artifact;
    const filename = `pool/${at}/${planned.artifact.name}`;
    pool.set(`/${filename}`, file);
    filenames.set(planned, filename);
    const { size } = await stat(file);
    // What was built anew or is of another version may need other packages than the lock says.
    const fields =
      artifact.sameness === undefined || artifact.sameness === 'exact' ? control : await controlOfDeb(file);
    const stanza = formatStanza({ ...fields, Filename: filename, Size: `${size}`, SHA256: hash });
    const index = indexes.get(planned.architecture ?? plan.architecture) ?? indexes.get(plan.architecture);
    index?.push(stanza);
  }
  const lines: string[] = [];
  for (const [architecture, stanzas] of indexes) {
    const path = `main/binary-${architecture}/Packages`;
    const content = Buffer.from(stanzas.join('\n'));
    documents.set(`/dists/${details.suite}/${path}`, content);
    lines.push(` ${sha256(content)} ${content.length} ${path}`);
  }
  documents.set(`/dists/${details.suite}/Release`, release(details, architectures, lines));
  const server = createServer((request, response) => {
    // apt says which file broke off.
    answer(request, response, documents, pool).catch(() => response.destroy());
  });
  requireLoopback();
  const port = await listen(server);
  const uri = `http://127.0.0.1:${port}`;
  return {
    source: `deb [trusted=yes] ${uri}/ ${details.suite} main`,
    uri,
    filenames,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function release({ suite }: DebianDetails, architectures: readonly string[], lines: readonly string[]): Buffer {
  const fields = {
    Origin: 'reproman',
    Label: 'reproman',
    Suite: suite,
    Codename: suite,
    // Long past, so that no clock finds it to be in the future.
    Date: new Date(0).toUTCString(),
    Architectures: architectures.join(' '),
    Components: 'main',
    SHA256: `\n${lines.join('\n')}`,
  };
  return Buffer.from(formatStanza(fields));
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  documents: ReadonlyMap<string, Buffer>,
  pool: ReadonlyMap<string, string>,
): Promise<void> {
  const path = decodeURIComponent((request.url ?? '').replace(/^\/+/, '/'));
  const document = documents.get(path);
  const file = pool.get(path);
  if (document) {
    response.writeHead(200, { 'content-length': document.length }).end(document);
  } else if (file !== undefined) {
    const { size } = await stat(file);
    response.writeHead(200, { 'content-length': size });
    await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), response);
  } else {
    response.writeHead(404).end();
  }
}

/** A network namespace of its own (`unshare --net`) has none until somebody brings it up. */
function requireLoopback(): void {
  const isUp = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ internal }) => internal));
  if (isUp) return;
  throw new ReproError('not-ready', "This machine's loopback, by which packages are handed to mmdebstrap, is down.", {
    remedy: 'Bring it up (ip link set lo up); no other network is needed.',
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function incomplete({ name, version }: PlannedPackage): ReproError {
  return new ReproError('not-rebuildable', `There is no artifact for ${name} ${version}.`, {
    remedy: 'Trace again with --repack all where the package is installed.',
  });
}
