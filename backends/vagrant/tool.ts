import { setTimeout as delay } from 'node:timers/promises';
import { ReproError } from '../../src/errors.js';
import { ownEnvironment } from '../../src/exec.js';
import type { Machine, RunResult } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { Readiness } from '../../src/model/readiness.js';
import type { LiveState } from '../../src/model/resource.js';

/** Whether Vagrant is here, with what the provider takes. */
export async function checkTool(here: Machine, provider: string): Promise<Readiness> {
  const script = 'command -v vagrant >/dev/null && vagrant --version && vagrant plugin list';
  const answer = await here.shell?.run(['sh', '-c', script], { environment: environment() });
  const said = answer?.stdout.toString('utf8') ?? '';
  const [, version] = /^Vagrant (\S+)/m.exec(said) ?? [];
  if (version === undefined) {
    const remedy = 'sudo apt-get install vagrant vagrant-libvirt libvirt-daemon-system';
    return { ready: false, missing: `the program vagrant is missing on ${here.label}`, remedy };
  }
  if (builtIn.has(provider) || new RegExp(`^vagrant-${provider.replace('_desktop', '-desktop')} `, 'm').test(said))
    return { ready: true, version };
  const remedy = `sudo apt-get install vagrant-${provider}, or vagrant plugin install vagrant-${provider}`;
  return { ready: false, missing: `Vagrant ${version} has no plugin for ${provider}`, remedy };
}

/** https://developer.hashicorp.com/vagrant/docs/providers: what needs no plugin. */
const builtIn = new Set(['virtualbox', 'hyperv', 'docker']);

export interface VagrantOptions {
  /** Where the Vagrantfile is. */
  readonly folder?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Runs Vagrant, which must succeed, with the user's own settings of it. */
export async function vagrant(
  here: Machine,
  args: readonly string[],
  { folder, signal }: VagrantOptions = {},
): Promise<RunResult> {
  const result = await attempt(here, args, { ...(folder !== undefined && { folder }), signal });
  if (result.exit.code === 0) return result;
  signal?.throwIfAborted();
  throw new ReproError('step-failed', `vagrant ${args[0]} failed: ${complaintOf(result)}`, {
    where: folder ?? here.label,
    remedy: 'see what it says with VAGRANT_LOG=info, and that its provider works: the service libvirtd, or VirtualBox',
  });
}

/** As `vagrant`, also while another Vagrant that nobody waits for is at the same machine: it comes to its end. */
export async function vagrantInTurn(
  here: Machine,
  args: readonly string[],
  { pause = 3000, ...options }: VagrantOptions & { readonly pause?: number },
): Promise<void> {
  for (let patience = turns; patience > 0; patience--) {
    const result = await attempt(here, args, options);
    if (result.exit.code === 0) return;
    if (!/already executing an action/.test(complaintOf(result))) break;
    await delay(pause);
  }
  await vagrant(here, args, options);
}

const turns = 200;

async function attempt(here: Machine, args: readonly string[], { folder, signal }: VagrantOptions): Promise<RunResult> {
  if (!here.shell) throw new ReproError('not-ready', `nothing can be run on ${here.label}`);
  const where = { ...(folder !== undefined && { cwd: pathFromText(folder) }), ...(signal && { signal }) };
  return await here.shell.run(['vagrant', ...args, '--no-color'], { ...where, environment: environment() });
}

/** The user's own, but for what leads to another Vagrantfile than that of the folder. */
function environment(): Record<string, string> {
  const own = Object.entries(ownEnvironment()).filter(([name]) => !elsewhere.has(name));
  return { ...Object.fromEntries(own), VAGRANT_CHECKPOINT_DISABLE: '1', LC_ALL: 'C.UTF-8' };
}

/** https://developer.hashicorp.com/vagrant/docs/other/environmental-variables */
const elsewhere = new Set(['VAGRANT_CWD', 'VAGRANT_VAGRANTFILE', 'VAGRANT_DOTFILE_PATH']);

/** Paragraphs, of which the last says what is wrong. */
export function complaintOf({ exit, stderr }: Pick<RunResult, 'exit' | 'stderr'>): string {
  const lines = stderr.toString('utf8').split(/[\r\n]+/);
  const said = lines
    .map((line) => line.trim())
    .filter(Boolean)
    .join(' ');
  return said.slice(0, 600) || `exit code ${exit.code}`;
}

/** What the machine of a folder does, from `vagrant status --machine-readable`: https://developer.hashicorp.com/vagrant/docs/cli/machine-readable */
export function stateIn(status: string): LiveState {
  const [, state] = /^\d+,[^,]*,state,(\w+)$/m.exec(status) ?? [];
  if (state === 'not_created' || state === undefined) return 'missing';
  return state === 'running' ? 'running' : 'stopped';
}
