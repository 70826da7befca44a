import { randomUUID } from 'node:crypto';
import type { Machine } from '../../src/machines/machine.js';
import { stage } from '../../src/model/progress.js';
import type { Effect } from '../../src/model/resource.js';
import { needsPackages, userData } from '../cloud-init.js';
import { keyFileIn, makeKey, writeKnownHosts, writeSettings } from '../cloud-ssh.js';
import type { OuterContext } from '../outer.js';
import { makeFolder } from '../own-folder.js';
import { type Ec2, placeOf, withEc2 } from './client.js';
import { isAnswer } from './errors.js';
import { hostKeysOf } from './host-key.js';
import { namedImage, newestImage, parseImageSource, usualImage, usualInstanceType } from './images.js';
import { addressOf, launch, waitUntil } from './instance.js';
import { importKey } from './keys.js';
import { untilReached } from './machine.js';
import { type Mark, markFor } from './mark.js';
import { makeSecurityGroup } from './network.js';
import { type AwsDetails, type AwsImage, type AwsParameters, awsImageSchema } from './parameters.js';
import { undo } from './undo.js';

type Context = OuterContext<AwsParameters>;

/** Makes a machine with all that it needs, each in the journal before it is asked for, and waits until it lets us in. */
export async function bootstrap(asked: Context): Promise<AwsDetails> {
  const context = asked.image === undefined ? asked : likeImage(asked, awsImageSchema.parse(asked.image));
  const { parameters, signal } = context;
  return withEc2(parameters, async (ec2) => {
    const mark = markFor(context, randomUUID());
    const image = await chooseImage(ec2, context);
    signal?.throwIfAborted();
    const access = await makeAccess(ec2, mark, context);
    const instance = await makeInstance(ec2, { mark, image, ...access }, context);
    const { folder } = context;
    const { user, address } = parameters;
    const kept = { at: ec2.at, token: mark.token, instance, host: mark.name, user, address, folder };
    const details = { ...kept, ...(access.keyFile !== undefined && { keyFile: access.keyFile }) };
    await settle(ec2, details, context);
    return details;
  });
}

/** One more machine as the one was that an image was made of, where that is. */
function likeImage(context: Context, { at, token: _, ...like }: AwsImage): Context {
  return { ...context, parameters: { ...context.parameters, ...placeOf(at), ...like } };
}

/** As it was asked for; else of the spec's own release where the backend takes any, and where there is one. */
async function chooseImage(ec2: Ec2, { parameters, host, native, backend }: Context) {
  if (parameters.image !== undefined) return namedImage(ec2, parameters.image);
  const { processor: machine } = host;
  const isOwn = native !== undefined && !needsPackages(backend);
  return newestImage(ec2, isOwn ? parseImageSource(native) : usualImage(machine), machine);
}

interface Access {
  readonly keyName: string | undefined;
  readonly keyFile: string | undefined;
  readonly group: string | undefined;
}

/** Who is let in, and from where: as it was asked for, or by a key and a rule of its own. */
async function makeAccess(ec2: Ec2, mark: Mark, { parameters, folder, host, record }: Context): Promise<Access> {
  const { keyPair, keyFile, securityGroup } = parameters;
  const owned = { at: ec2.at, token: mark.token };
  await record({ kind: 'machine-folder', id: folder, token: mark.token });
  await makeFolder(host, folder, mark.token);
  if (keyPair === undefined) {
    const publicKey = await makeKey(host, folder, mark.name);
    await record({ kind: 'key-pair', id: mark.name, ...owned });
    await importKey(ec2, mark, publicKey);
  }
  const key =
    keyPair === undefined ? { keyName: mark.name, keyFile: keyFileIn(folder) } : { keyName: keyPair, keyFile };
  if (securityGroup !== undefined) return { ...key, group: securityGroup };
  await record({ kind: 'security-group', id: mark.name, ...owned });
  return { ...key, group: await makeSecurityGroup(ec2, mark, parameters) };
}

type Made = Access & { readonly mark: Mark; readonly image: Awaited<ReturnType<typeof chooseImage>> };

async function makeInstance(ec2: Ec2, { mark, image, keyName, group }: Made, context: Context): Promise<string> {
  const { parameters, host, backend, record, progress, signal } = context;
  const instanceType = parameters.instanceType ?? usualInstanceType(host.processor);
  const data = userData({ user: parameters.user, backend });
  const effect: Effect = { kind: 'instance', id: mark.name, at: ec2.at, token: mark.token };
  await record(effect);
  const named = `${instanceType} of ${image.Name ?? image.ImageId}`;
  return stage(progress, `start a machine in ${ec2.region} (${named})`, async () => {
    const asked = { mark, image, instanceType, keyName, group, userData: data, parameters };
    const id = await launch(ec2, asked).catch(async (error: unknown) => {
      // It may come into being all the same.
      if (!isAnswer(error)) await undo(effect, host, { late: true });
      throw error;
    });
    await waitUntil(ec2, id, 'running', { signal, isNew: true });
    return id;
  });
}

/** Learns by which key the machine is known, and waits until it is ready for work. */
async function settle(ec2: Ec2, details: AwsDetails, context: Context): Promise<void> {
  const { host: here, parameters, backend, progress, signal } = context;
  const found = await waitUntil(ec2, details.instance, 'running', { signal });
  const address = addressOf(found, details);
  await stage(progress, `wait for ${details.instance} at ${address}`, async () => {
    const keys = parameters.hostKey === 'console' ? await hostKeysOf(ec2, details.instance, signal) : [];
    await writeKnownHosts(here, details, keys);
    await writeSettings(here, details, { address, isKnown: keys.length > 0 });
    await using machine = await untilReached(details, signal);
    await writeSettings(here, details, { address, isKnown: true });
    if (keys.length === 0) progress({ kind: 'note', message: asFirstSeen(details) });
    if (needsPackages(backend)) await installed(machine);
  });
}

function asFirstSeen({ instance }: AwsDetails): string {
  return `the host key of ${instance} was taken as it was first seen, as its console did not show it; it must stay so`;
}

/** What cloud-init was told to install is there when it is done. */
async function installed(machine: Machine): Promise<void> {
  const wait = 'if command -v cloud-init >/dev/null; then cloud-init status --wait; fi';
  await machine.shell?.run(['sh', '-c', wait]);
}
