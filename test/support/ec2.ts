import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTagsCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeInstancesCommand,
  EC2Client,
  type TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { type BootedInstance, bootInstance, copyDisk } from './instances.js';
import { startMoto } from './moto.js';
import { must } from './run.js';

/** EC2 as a user sees it: a real interface, and behind each of its machines a disk, an address and an sshd. */
export interface Cloud extends AsyncDisposable {
  readonly endpoint: string;
  /** To see what is there. */
  readonly client: EC2Client;
  /** Does something as somebody else of the account. */
  act(command: TerminateInstancesCommand): Promise<void>;
  /** The disk of a machine. */
  rootOf(id: string): string | undefined;
  /** What was asked for since, in order. */
  readonly calls: string[];
  /** Answers the next calls of one action with an error, as the service does when it is too busy, or full. */
  refuse(action: string, code: string, times: number): void;
  /** Told of what is asked, before it is carried out. */
  before: ((action: string) => void) | undefined;
  /** Told when an action was carried out, and before its answer goes out: until then nobody else knows of it. */
  after: ((action: string) => void) | undefined;
}

/** Of Debian's account: of each release the newer is to be taken. */
const images = ['12', '13'].flatMap((release) =>
  ['01', '03'].map((month) => ({
    ami_id: `ami-0000000000000${release}${month}`,
    name: `debian-${release}-amd64-2026${month}01-1000`,
    owner_id: '136693071363',
    creation_date: `2026-${month}-01T10:00:00.000Z`,
    architecture: 'x86_64',
  })),
);

/** Of nobody: the service takes any. */
export const credentials = {
  accessKeyId: 'AKIAREPROMANTEST0000',
  secretAccessKey: 'sesame/secret/of/the/account/0123456789',
};
export const region = 'eu-central-1';

/** Starts it all (we must be root); disposing removes it. */
export async function startCloud(): Promise<Cloud> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const moto = await startMoto(images);
  const client = new EC2Client({ region, endpoint: moto.endpoint, credentials });
  const booted = new Map<string, BootedInstance>();
  /** Disks by the images that were made of them. */
  const disks = new Map<string, string>();
  const refusals: { readonly action: string; readonly code: string; times: number }[] = [];
  const calls: string[] = [];
  /** By their names; moto keeps no more of them than that. */
  const publicKeys = new Map<string, string>();

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const asked = new URLSearchParams(body.toString());
    const action = asked.get('Action') ?? '';
    calls.push(action);
    cloud.before?.(action);
    const refusal = refusals.find((each) => each.action === action && each.times > 0);
    if (refusal) {
      refusal.times--;
      outgoing.writeHead(503, { 'content-type': 'text/xml' }).end(errorXml(refusal.code));
      return;
    }
    const shown = action === 'GetConsoleOutput' ? booted.get(asked.get('InstanceId') ?? '')?.console : undefined;
    if (shown !== undefined) {
      outgoing.writeHead(200, { 'content-type': 'text/xml' }).end(consoleXml(asked.get('InstanceId') ?? '', shown));
      return;
    }
    if (action === 'ImportKeyPair') publicKeys.set(asked.get('KeyName') ?? '', decoded(asked.get('PublicKeyMaterial')));
    const { status, headers, text } = await forward(moto.endpoint, incoming, understood(action, asked, body));
    if (/^(Run|Start|Stop|Terminate)Instances$/.test(action)) await follow(client, { booted, publicKeys, disks });
    if (action === 'CreateImage') {
      await freeze(text.toString(), booted.get(asked.get('InstanceId') ?? ''), disks);
      await tagCopies(client, asked, text.toString());
    }
    cloud.after?.(action);
    outgoing.writeHead(status, headers).end(text);
  }

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => outgoing.writeHead(500).end(String(error)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const cloud: Cloud = {
    ...{ endpoint: `http://127.0.0.1:${port}`, client, calls, before: undefined, after: undefined },
    async act(command) {
      await client.send(command);
      await follow(client, { booted, publicKeys, disks });
    },
    rootOf: (id) => booted.get(id)?.root,
    refuse: (action, code, times) => void refusals.push({ action, code, times }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      client.destroy();
      for (const instance of booted.values()) await instance.terminate();
      await must(['rm', '-rf', '--one-file-system', '--', ...disks.values()]);
      await moto[Symbol.asyncDispose]();
    },
  };
  return cloud;
}

/** All of a request but what moto has not of it: the tags of the copies of disks that an image is made of. */
function understood(action: string, asked: URLSearchParams, body: Buffer): Buffer {
  if (action !== 'CreateImage') return body;
  const at = placeOfSnapshotTags(asked);
  const kept = [...asked].filter(([key]) => at === undefined || !key.startsWith(`${at}.`));
  return Buffer.from(new URLSearchParams(kept).toString());
}

/** Gives those copies the tags that EC2 gives them. */
async function tagCopies(client: EC2Client, asked: URLSearchParams, answer: string): Promise<void> {
  const [, image = ''] = /<imageId>(ami-[0-9a-f]+)</.exec(answer) ?? [];
  const at = placeOfSnapshotTags(asked);
  const { Images: found = [] } = await client.send(new DescribeImagesCommand({ ImageIds: [image] }));
  const copies = found.flatMap(({ BlockDeviceMappings: disks = [] }) =>
    disks.flatMap(({ Ebs }) => Ebs?.SnapshotId ?? []),
  );
  const keys = [...asked].filter(([key]) => at !== undefined && key.startsWith(`${at}.Tag.`) && key.endsWith('.Key'));
  const tags = keys.map(([key, Key]) => ({ Key, Value: asked.get(key.replace(/Key$/, 'Value')) ?? '' }));
  if (copies.length > 0 && tags.length > 0) await client.send(new CreateTagsCommand({ Resources: copies, Tags: tags }));
}

/** What the keys of a request begin with that are of the tags of such copies. */
function placeOfSnapshotTags(asked: URLSearchParams): string | undefined {
  const [type] =
    [...asked].find(([key, value]) => /^TagSpecification\.\d+\.ResourceType$/.test(key) && value === 'snapshot') ?? [];
  return type?.replace(/\.ResourceType$/, '');
}

/** Keeps the disk of a machine as the answer's image. */
async function freeze(answer: string, instance: BootedInstance | undefined, disks: Map<string, string>): Promise<void> {
  const [, image] = /<imageId>(ami-[0-9a-f]+)</.exec(answer) ?? [];
  if (image === undefined || instance === undefined) return;
  const disk = await mkdtemp(join(tmpdir(), 'reproman-image-'));
  await copyDisk(instance.root, disk);
  disks.set(image, disk);
}

interface Machines {
  readonly booted: Map<string, BootedInstance>;
  readonly publicKeys: ReadonlyMap<string, string>;
  readonly disks: ReadonlyMap<string, string>;
}

/** Does with the machines what the interface says of them. */
async function follow(client: EC2Client, { booted, publicKeys, disks }: Machines) {
  const { Reservations: found = [] } = await client.send(new DescribeInstancesCommand({}));
  for (const instance of found.flatMap(({ Instances: each = [] }) => each)) {
    const { InstanceId: id = '', PublicIpAddress: address, KeyName: key = '', State: state } = instance;
    const { ImageId: image = '' } = instance;
    const present = booted.get(id);
    if (state?.Name === 'running' && address !== undefined) {
      if (present) await present.start(address);
      else {
        const asked = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: 'userData' });
        const userData = decoded((await client.send(asked)).UserData?.Value);
        const boot = { id, address, publicKey: publicKeys.get(key) ?? '', userData, from: disks.get(image) };
        booted.set(id, await bootInstance(boot));
      }
    } else if (state?.Name === 'stopped') await present?.stop();
    else if (state?.Name === 'terminated') {
      booted.delete(id);
      await present?.terminate();
    }
  }
}

function decoded(base64: string | null | undefined): string {
  return Buffer.from(base64 ?? '', 'base64').toString();
}

function forward(endpoint: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: Record<string, string>; text: Buffer }>((resolve, reject) => {
    const told = { ...headers, 'content-length': String(body.length) };
    const sent = request(new URL(url ?? '/', endpoint), { method, headers: told }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const type = response.headers['content-type'] ?? 'text/xml';
        resolve({ status: response.statusCode ?? 500, headers: { 'content-type': type }, text: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html */
function errorXml(code: string): string {
  return `<Response><Errors><Error><Code>${code}</Code><Message>so says a test</Message></Error></Errors></Response>`;
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html */
function consoleXml(id: string, text: string): string {
  const output = `<output>${Buffer.from(text).toString('base64')}</output>`;
  const head = '<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">';
  return `${head}<instanceId>${id}</instanceId>${output}</GetConsoleOutputResponse>`;
}
