import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { dockerfileWord } from '../../src/templates/quoting.js';
import { type ApptainerMachine, apptainerMachine } from '../support/apptainer.js';
import { codename, sourceFiles } from '../support/archive.js';
import { pipeline } from '../support/inputs.js';
import { type Place, place, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { keptToday, mmdebstrap } from '../support/roots.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

const programs = ['strace', 'mmdebstrap', 'newuidmap', 'docker', 'jq', 'ruby', 'vagrant', 'useradd', 'setpriv'];
const image = `reproman-render-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'reproman-render-'));
let origin: Place;
let traced: Traced;
let base: string;
let user: OrdinaryUser | undefined;
let machine: ApptainerMachine | undefined;
/** What the command wrote where it was traced. */
let output: string;

/** A system as clouds have it, without what the command needs; nothing of ours knows of it. */
const made = shared(async () => {
  const sources = await sourceFiles();
  const how = ['--variant=minbase', '--include=cloud-init', await codename()];
  base = await keptToday('render', [how, sources.map((file) => readFileSync(file, 'utf8'))], (tar) =>
    must([...mmdebstrap, ...how, tar, ...sources]),
  );
  await must(['docker', 'import', base, `${image}:base`]);
  origin = place('root');
  traced = await origin.trace(pipeline);
  output = readFileSync(join(traced.folder, 'sorted.txt'), 'utf8');
});
beforeEach(needs({ root: true, archive: true, docker: true, programs }));
beforeEach(made);
afterAll(async () => {
  await origin?.[Symbol.asyncDispose]();
  await machine?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  const tags = await must(['docker', 'images', '--format', '{{.Repository}}:{{.Tag}}', image]);
  for (const tag of tags.split('\n').filter(Boolean)) await must(['docker', 'rmi', '--force', tag]);
  rmSync(folder, { recursive: true });
});

interface Rendered {
  readonly files: readonly string[];
  readonly lacks: readonly string[];
}

async function render(to: string, ...more: readonly string[]): Promise<Rendered & { readonly at: string }> {
  const at = join(folder, to);
  const { stdout } = await traced.cli.must(['render', '--json', '--to', to, '-o', at, ...more, traced.spec]);
  const rendered = JSON.parse(stdout) as Rendered;
  expect(rendered.lacks.join('\n')).toMatch(/The content of \S*people\.json \(sha256 \w+\) is not in the spec/);
  return { ...rendered, at };
}

/** What is installed, of what the lock has: the versions must be those. */
function expectVersions(installed: string, spec = traced.spec): void {
  const lock = JSON.parse(readFileSync(join(dirname(spec), 'environment.d/lock.json'), 'utf8')) as {
    distributions: { name: string; packages: { name: string; version: string; architecture: string }[] }[];
  };
  const packages = lock.distributions.find(({ name }) => name === 'debian')?.packages ?? [];
  expect(packages.length).toBeGreaterThan(20);
  const lines = installed.split('\n');
  const wrong = packages.filter(
    ({ name, version, architecture }) => !lines.includes(`${name} ${version} ${architecture}`),
  );
  expect(wrong).toEqual([]);
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: what dpkg fills in.
const query = ['dpkg-query', '-W', '-f', '${Package} ${Version} ${Architecture}\n'];
const mounted = () => ['-v', `${traced.folder}:/srv/pipeline`];

function forget(): void {
  rmSync(join(traced.folder, 'sorted.txt'));
}

it('gives a Dockerfile that docker builds, in which the command does the same', async () => {
  const { at, files } = await render('dockerfile', '--from', `${image}:base`);
  expect(files[0]).toBe('Dockerfile');
  await must(['docker', 'build', '--quiet', '--tag', `${image}:docker`, at]);
  expectVersions(await must(['docker', 'run', '--rm', `${image}:docker`, ...query]));
  forget();
  await must(['docker', 'run', '--rm', ...mounted(), `${image}:docker`]);
  expect(readFileSync(join(traced.folder, 'sorted.txt'), 'utf8')).toBe(output);
  const dev = await render('devcontainer', '--from', `${image}:base`);
  const settings = JSON.parse(readFileSync(join(dev.at, 'devcontainer.json'), 'utf8')) as {
    build: { dockerfile: string };
  };
  await must([
    'docker',
    'build',
    '--quiet',
    '--tag',
    `${image}:dev`,
    '--file',
    join(dev.at, settings.build.dockerfile),
    dev.at,
  ]);
  const id = (tag: string) => must(['docker', 'image', 'inspect', '--format', '{{.RootFS}}', `${image}:${tag}`]);
  expect(await id('dev')).toBe(await id('docker'));
});

it('has words in a Dockerfile that docker takes for what they say', async () => {
  const odd = ["it's", '$HOME', '\\', '"', 'a  b ', '#', '-n', 'é\t', '`id`', '\\n', "'$x'"];
  const lines = odd.map((text, at) => `ENV X${at}=${dockerfileWord(text)}`);
  const file = ['FROM scratch', ...lines, `WORKDIR ${dockerfileWord(`/${odd.join('')}`)}`, ''].join('\n');
  await must(['docker', 'build', '--quiet', '--tag', `${image}:odd`, '-'], { input: file });
  const inspected = await must(['docker', 'image', 'inspect', '--format', '{{json .Config}}', `${image}:odd`]);
  const { Env, WorkingDir } = JSON.parse(inspected) as { Env: string[]; WorkingDir: string };
  for (const [at, text] of odd.entries()) expect(Env).toContain(`X${at}=${text}`);
  expect(WorkingDir).toBe(`/${odd.join('')}`);
});

it('gives a definition that an ordinary user builds with apptainer, from a template of their own', async () => {
  user = await ordinaryUser();
  machine = await apptainerMachine();
  const templates = join(folder, 'templates');
  mkdirSync(join(templates, 'render'), { recursive: true });
  const shipped = readFileSync(new URL('../../templates/render/singularity.def', import.meta.url), 'utf8');
  writeFileSync(
    join(templates, 'render/singularity.def'),
    shipped.replace('Bootstrap: docker\n', 'Bootstrap: docker-archive\n'),
  );
  const archive = join(user.home, 'base.tar');
  await must(['docker', 'save', '--output', archive, `${image}:base`]);
  const { at } = await render('singularity', '--templates', templates, '--from', archive);
  await must(['chown', '-R', user.name, user.home, at]);
  await must(['chmod', '0755', folder]);
  const env = { PATH: process.env['PATH'] ?? '', HOME: user.home, APPTAINER_CACHEDIR: `${user.home}/cache` };
  const as = [...machine.enter, 'setpriv', '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--init-groups'];
  const there = (...argv: readonly string[]) => must([...as, 'apptainer', ...argv], { cwd: at, env });
  const quick = ['--mksquashfs-args', '-Xcompression-level 1'];
  await there('build', '--fakeroot', ...quick, 'environment.sif', 'environment.def');
  expectVersions(await there('exec', '--userns', 'environment.sif', ...query));
  forget();
  const work = join(user.home, 'work');
  mkdirSync(work);
  copyFileSync(join(traced.folder, 'people.json'), join(work, 'people.json'));
  await must(['chown', '-R', user.name, work]);
  await there('run', '--userns', '--bind', `${work}:/srv/pipeline`, 'environment.sif');
  expect(readFileSync(join(work, 'sorted.txt'), 'utf8')).toBe(output);
});

/** $1 the root, with what programs expect of a machine; then the command. */
const enter = `
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$@"
`;

it('gives user data that cloud-init takes and carries out', async () => {
  const spec = join(folder, 'names/environment.yml');
  mkdirSync(dirname(spec));
  await traced.cli.must(['resolve', 'jq', '-o', spec]);
  const at = join(folder, 'user-data');
  await traced.cli.must(['render', '--to', 'cloud-init', '-o', at, spec]);
  const root = join(folder, 'root');
  const seed = join(root, 'var/lib/cloud/seed/nocloud');
  mkdirSync(seed, { recursive: true });
  await must(['tar', '-C', root, '--numeric-owner', '-xpf', base]);
  copyFileSync(at, join(seed, 'user-data'));
  writeFileSync(join(seed, 'meta-data'), 'instance-id: render\n');
  writeFileSync(
    join(root, 'etc/cloud/cloud.cfg.d/90_test.cfg'),
    'datasource_list: [NoCloud]\nnetwork: {config: disabled}\n',
  );
  copyFileSync('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  const contained = ['unshare', '--mount', '--pid', '--fork', '--kill-child', 'sh', '-euc', enter, 'sh', root];
  const inside = (...argv: readonly string[]) => must([...contained, ...argv]);
  const valid = await inside('cloud-init', 'schema', '--config-file', '/var/lib/cloud/seed/nocloud/user-data');
  expect(valid).toContain('Valid cloud-config');
  // As at the first boot: files are written, then what is to be run.
  for (const stage of [['init'], ['single', '--name', 'runcmd'], ['single', '--name', 'scripts-user']])
    await inside('cloud-init', ...stage);
  expectVersions(await inside(...query), spec);
});

it('gives a Vagrantfile that vagrant takes', async () => {
  const { at } = await render('vagrantfile', '--from', 'debian/bookworm64');
  const env = { ...process.env, VAGRANT_HOME: join(folder, 'vagrant'), HOME: folder } as Record<string, string>;
  await must(['ruby', '-c', join(at, 'Vagrantfile')]);
  await must(['vagrant', 'validate', '--ignore-provider'], { cwd: at, env });
});
