import type { Machine } from '../../src/machines/machine.js';
import { endProcessesIn } from '../../src/machines/rootfs/index.js';
import type { Readiness } from '../../src/model/readiness.js';
import type { Resource } from '../../src/model/resource.js';
import type { Backend } from '../backend.js';
import { treeBackend } from '../tree-backend.js';
import { treeOfEffect } from '../tree-details.js';
import { chrootOf, isDefinition, putDefinition, removeDefinition } from './definition.js';
import { type SchrootParameters, schrootDetailsSchema, schrootParameters } from './parameters.js';
import { endSessions, isStarted, openSession, startedSession, startSession } from './sessions.js';

const title = 'a folder that schroot has among its chroots, in sessions: for several users of a machine';

/** Without what renames it: its definition and its sessions are called after it. */
const { naming: _none, ...tree } = treeBackend({
  ...{ name: 'schroot', title, shared: true },
  async session(resource, host, isThrowaway) {
    const chroot = chrootIn(resource);
    if (isThrowaway || !(await isStarted(chroot, host))) return openSession(chroot, host, isThrowaway);
    return { tree: await startedSession(chroot, host), async [Symbol.asyncDispose]() {} };
  },
});

/** A folder, and a definition of it for schroot: what is entered is a session of that. */
export const schroot: Backend<SchrootParameters> = {
  ...tree,
  parameters: schrootParameters,
  support: ['/etc/debian_chroot'],
  check,
  async bootstrap(base, context) {
    const { users, ...parameters } = context.parameters;
    const details = await tree.bootstrap(base, { ...context, parameters });
    const chroot = `reproman-${context.name}`;
    await putDefinition({ name: chroot, tree: String(details['tree']), users }, context);
    return { ...details, chroot };
  },
  start: (resource, host) => startSession(chrootIn(resource), host),
  async stop({ details }, host) {
    const { chroot, tree: path } = schrootDetailsSchema.parse(details);
    await endProcessesIn(path, host);
    await endSessions(chroot, host);
  },
  async state(resource, host) {
    if ((await tree.state(resource, host)) === 'missing') return 'missing';
    return (await isStarted(chrootIn(resource), host)) ? 'running' : 'stopped';
  },
  async undo(effect, host) {
    const chroot = chrootOf(effect);
    if (chroot !== undefined) await endSessions(chroot, host);
    if (isDefinition(effect)) return removeDefinition(effect, host);
    const path = treeOfEffect(effect);
    if (path !== undefined) await endProcessesIn(path, host);
    return tree.undo(effect, host);
  },
};

async function check(host: Machine): Promise<Readiness> {
  const found = await host.shell?.run(['sh', '-c', 'command -v schroot']);
  if (found?.exit.code !== 0) {
    return { ready: false, missing: 'the program schroot is missing', remedy: 'sudo apt-get install schroot' };
  }
  const user = await host.shell?.run(['id', '-u']);
  if (user?.stdout.toString('latin1').trim() === '0') return { ready: true };
  return {
    ready: false,
    missing: 'only root may tell schroot of another chroot',
    remedy: 'run reproman as root, with -b users=NAME for who is to use it; or use --backend chroot',
  };
}

function chrootIn({ details }: Resource): string {
  return schrootDetailsSchema.parse(details).chroot;
}
