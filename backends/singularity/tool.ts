import { ReproError } from '../../src/errors.js';
import { minimalEnvironment, ownEnvironment } from '../../src/exec.js';
import type { Machine, RunOptions, RunResult } from '../../src/machines/machine.js';
import { chooseMapping } from '../../src/machines/rootfs/id-mapping.js';
import type { Readiness } from '../../src/model/readiness.js';
import type { SingularityParameters } from './parameters.js';

/** The program, which has two makers that share its options. */
export interface Tool {
  readonly path: string;
  readonly maker: Maker;
  readonly version: string;
}

type Maker = 'apptainer' | 'singularity-ce';

/** From when on they have all that is asked of them here. */
const oldest: Readonly<Record<Maker, readonly [major: number, minor: number]>> = {
  apptainer: [1, 2],
  'singularity-ce': [4, 0],
};

const installing = 'https://apptainer.org/docs/admin/latest/installation.html';

/** Whether an ordinary user can build and enter images on the host, or what is missing and how to get it. */
export async function check(host: Machine, { form }: Pick<SingularityParameters, 'form'>): Promise<Readiness> {
  try {
    const tool = await findTool(host);
    refuseOld(tool);
    const mapping = await chooseMapping(host);
    if (mapping.kind === 'identity') await refuseWeakRoot(host);
    if (form === 'sif') await refuseWithoutFuse(host, tool);
    return { ready: true, version: `${tool.maker} ${tool.version}` };
  } catch (error) {
    if (!(error instanceof ReproError) || error.kind !== 'not-ready') throw error;
    return { ready: false, missing: error.message, remedy: error.remedy ?? 'use --backend rootfs' };
  }
}

export async function findTool(host: Machine): Promise<Tool> {
  const script = 'tool=$(command -v apptainer || command -v singularity) && echo "$tool" && exec "$tool" --version';
  const answer = await host.shell?.run(['sh', '-c', script], { environment: environmentOn(host) });
  const [path = '', ...said] = answer?.stdout.toString('utf8').split('\n') ?? [];
  const tool = answer?.exit.code === 0 ? parseVersion(said.join('\n')) : undefined;
  if (tool) return { path, ...tool };
  throw new ReproError('not-ready', `neither Apptainer nor SingularityCE is on ${host.label}`, {
    where: path,
    remedy: `install it (${installing}), or load its module; or use --backend rootfs`,
  });
}

/** `apptainer version 1.4.5`, `singularity-ce version 4.1.0-jammy`; what came before the two has no more releases. */
export function parseVersion(text: string): Omit<Tool, 'path'> | undefined {
  const [, maker, version] = /^(apptainer|singularity-ce) version (\d+\.\d+\S*)/m.exec(text) ?? [];
  return maker === undefined || version === undefined ? undefined : { maker: maker as Maker, version };
}

function refuseOld({ maker, version }: Tool): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least, leastMinor] = oldest[maker];
  if (major > least || (major === least && minor >= leastMinor)) return;
  throw new ReproError('not-ready', `${maker} ${version} is too old: it takes ${least}.${leastMinor} or newer`, {
    remedy: `install a newer one (${installing}), or use --backend rootfs`,
  });
}

/** As root it asks for every capability that the kernel knows: capabilities(7). */
async function refuseWeakRoot(host: Machine): Promise<void> {
  const answer = await host.shell?.run(['cat', '/proc/sys/kernel/cap_last_cap', '/proc/self/status']);
  const said = answer?.stdout.toString('latin1') ?? '';
  const all = 2n ** (BigInt(Number.parseInt(said, 10) || 0) + 1n) - 1n;
  const own = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(said)?.[1] ?? '0'}`);
  if ((own & all) === all) return;
  throw new ReproError('not-ready', 'Apptainer does not work for this root, which has not all capabilities', {
    where: host.label,
    remedy: 'run reproman as an ordinary user with subordinate ids (subuid(5)), or use --backend rootfs',
  });
}

/** Without it the image is unpacked for each program, and everything in it belongs to root. */
async function refuseWithoutFuse(host: Machine, { path }: Tool): Promise<void> {
  const script =
    'PATH=$PATH:$("$1" buildcfg LIBEXECDIR)/apptainer/bin; command -v squashfuse_ll || command -v squashfuse || exit 1; ' +
    '[ -w /dev/fuse ] || exit 2';
  const environment = environmentOn(host);
  const answer = await host.shell?.run(['sh', '-c', script, 'sh', path], { environment });
  if (answer?.exit.code === 0) return;
  const missing = answer?.exit.code === 2 ? '/dev/fuse may not be written to' : 'the program squashfuse is not there';
  throw new ReproError('not-ready', `a SIF cannot be mounted by an ordinary user: ${missing}`, {
    where: host.label,
    remedy: 'install the package squashfuse, and let users open /dev/fuse; or use -b form=sandbox',
  });
}

/** Runs the program with its bookkeeping, caches and temporary files in a folder of ours, none of the user's. */
export async function runTool(
  host: Machine,
  tool: Tool,
  folder: string,
  [...args]: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'signal'> = {},
): Promise<RunResult> {
  const environment = toolEnvironment(host, tool, folder);
  const result = await host.shell?.run([tool.path, ...args], { ...options, environment });
  if (result?.exit.code === 0) return result;
  const why = result ? complaintOf(result) : 'it has no shell';
  throw new ReproError('step-failed', `${tool.maker} ${args.find((each) => !each.startsWith('-'))} failed: ${why}`, {
    where: host.label,
    remedy: 'see that there is space on the disk, and that its own tests work there: apptainer --debug',
  });
}

/** Its own lines are `FATAL:   while ...`; the first of them says most. */
export function complaintOf({ exit, stderr }: Pick<RunResult, 'exit' | 'stderr'>): string {
  const lines = stderr.toString('utf8').trim().split('\n');
  const line = lines.find((each) => /^(?:FATAL|ERROR):/.test(each)) ?? lines.at(-1);
  return line?.replace(/^[A-Z]+:\s*/, '').replace(/\.$/, '') || `exit code ${exit.code}`;
}

export function toolEnvironment(host: Machine, tool: Tool, folder: string): Record<string, string> {
  const prefix = prefixOf(tool);
  const own = { CONFIGDIR: 'config', CACHEDIR: 'cache', TMPDIR: 'tmp' };
  const folders = Object.entries(own).map(([name, place]) => [`${prefix}_${name}`, `${folder}/${place}`]);
  return { ...environmentOn(host), ...Object.fromEntries(folders) };
}

/** What variables begin with that are for it. */
export function prefixOf({ maker }: Pick<Tool, 'maker'>): string {
  return maker === 'apptainer' ? 'APPTAINER' : 'SINGULARITY';
}

/** On this machine programs are found where the user has them, as after `module load`. */
function environmentOn(host: Machine): Record<string, string> {
  const path = host.isLocal ? ownEnvironment()['PATH'] : undefined;
  return { ...minimalEnvironment, ...(path !== undefined && { PATH: path }) };
}
