import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { OuterContext } from '../../../backends/outer.js';
import { vagrantMachines } from '../../../backends/vagrant/index.js';
import { type VagrantParameters, vagrantParameters } from '../../../backends/vagrant/parameters.js';
import { openTreeCache } from '../../../src/archives/trees.js';
import { canonicalJson, sha256 } from '../../../src/hash.js';
import type { Machine, RunOptions } from '../../../src/machines/machine.js';
import { silent } from '../../../src/model/progress.js';
import type { Effect } from '../../../src/model/resource.js';
import { openTemplates } from '../../../src/templates/templates.js';

const folder = '/data/machines/x-1';
let said: string[];
let written: Map<string, string>;
let answers: Readonly<Record<string, { code?: number; stdout?: string; stderr?: string }>>;

/** A machine that notes what it is told to run, answers by the beginning of that, and keeps what is written. */
const here = {
  label: 'this machine',
  isLocal: true,
  files: {
    lstat: async (path: string) => (path === folder || written.has(path) ? {} : undefined),
    list: async () => ['.reproman-t'],
    read: async (path: string) => Buffer.from(written.get(path) ?? ''),
  },
  shell: {
    async run(argv: readonly string[], { input = '' }: RunOptions = {}) {
      const line = argv.join(' ');
      said.push(line);
      if (argv[0] === 'tee') written.set(argv.at(-1) ?? '', String(input));
      const [, answer = {}] = Object.entries(answers).find(([beginning]) => line.startsWith(beginning)) ?? [];
      const { code = 0, stdout = '', stderr = '' } = answer;
      return { exit: { code }, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
    },
  },
} as unknown as Machine;

beforeEach(() => {
  said = [];
  written = new Map();
  answers = {};
});

function contextWith(given: Readonly<Record<string, string>>, more: Partial<OuterContext<VagrantParameters>> = {}) {
  return {
    ...{ host: here, name: 'x', folder, inventory: 'i1', tool: '1', backend: 'rootfs', progress: silent },
    base: { distribution: 'debian', release: '12', architecture: 'amd64', layout: 'merged-usr' as const },
    record: async ({ kind, id }: Effect) => void said.push(`record ${kind} ${id}`),
    system: async () => {
      throw new Error('a system is made');
    },
    parameters: vagrantParameters.parse(given),
    ...more,
  };
}

const listed = '1,,box-name,lab/debian\n1,,box-provider,libvirt\n';
const failed = { 'vagrant up': { code: 1, stderr: 'There was an error\n\nNo libvirtd.\n' } };

describe('making a machine', () => {
  it('takes a box that was made of the same before from the store', async () => {
    const store = mkdtempSync(join(tmpdir(), 'boxes-'));
    vi.stubEnv('REPROMAN_STORE', store);
    try {
      const digest = sha256('system');
      const parameters = vagrantParameters.parse({ build: 'true' });
      const script = await openTemplates().read('vagrant/prepare.sh');
      const key = sha256(canonicalJson({ system: digest, script, gibibytes: parameters.disk, tool: '1' }));
      const boxes = openTreeCache({ folder: store });
      await using keeping = boxes.keep('box', key);
      await buffer(keeping.copy(Readable.from([Buffer.from('a box')])));
      expect(await keeping.commit()).toBeUndefined();
      const build = () => Promise.reject(new Error('it is made again'));
      const system = async () => ({ digest, build, async [Symbol.asyncDispose]() {} });
      answers = failed;
      const made = vagrantMachines.bootstrap(contextWith({ build: 'true' }, { system }));
      await expect(made).rejects.toThrow('vagrant up failed');
      const [{ file = '' } = {}] = await boxes.entries();
      expect(said).toContainEqual(expect.stringMatching(new RegExp(`^vagrant box add .* ${file} --no-color$`)));
    } finally {
      vi.unstubAllEnvs();
      rmSync(store, { recursive: true });
    }
  });

  it('records each part of it before it is there', async () => {
    answers = { 'vagrant box list': { stdout: listed }, ...failed };
    const made = vagrantMachines.bootstrap(contextWith({ box: 'lab/debian' }));
    await expect(made).rejects.toThrow('vagrant up failed: There was an error No libvirtd.');
    const order = said
      .filter((line) => /^(record|mkdir|tee|vagrant up)/.test(line))
      .map((line) => line.split(' ', 2).join(' '));
    expect(order).toEqual(['record folder', 'mkdir -p', 'tee --', 'tee --', 'record machine', 'vagrant up']);
  });

  it.each([
    ['kvm', { '/dev/kvm': '', '/proc/cpuinfo': 'flags\t\t: fpu svm lm\n' }],
    ['kvm', { '/dev/kvm': '', '/proc/cpuinfo': 'Features\t: fp asimd\n' }],
    ['qemu', { '/dev/kvm': '', '/proc/cpuinfo': 'flags\t\t: fpu hypervisor lm\n' }],
    ['qemu', { '/proc/cpuinfo': 'flags\t\t: fpu vmx lm\n' }],
  ])('asks for %s where the machine has %j', async (driver, present) => {
    for (const [path, text] of Object.entries(present)) written.set(path, text);
    answers = { 'vagrant box list': { stdout: listed }, ...failed };
    await expect(vagrantMachines.bootstrap(contextWith({ box: 'lab/debian' }))).rejects.toThrow('vagrant up failed');
    expect(written.get(`${folder}/Vagrantfile`)).toContain(`driver = '${driver}'`);
  });

  it('gets a box that is named where Vagrant has not got it', async () => {
    answers = failed;
    const context = contextWith({
      box: 'lab/debian',
      boxUrl: 'https://lab.example/debian.box',
      provider: 'virtualbox',
    });
    await expect(vagrantMachines.bootstrap(context)).rejects.toThrow('vagrant up failed');
    expect(said).toContain(
      'vagrant box add --provider virtualbox --name lab/debian https://lab.example/debian.box --no-color',
    );
  });

  it('makes a box where the usual one cannot be had, or is not wanted', async () => {
    answers = { 'vagrant box add': { code: 1, stderr: 'no network' } };
    const usual = contextWith({}, { native: 'debian/bookworm64' });
    await expect(vagrantMachines.bootstrap(usual)).rejects.toThrow('a system is made');
    expect(said).toContain('vagrant box add --provider libvirt debian/bookworm64 --no-color');
    said = [];
    await expect(vagrantMachines.bootstrap(contextWith({ build: 'true' }, usual))).rejects.toThrow('a system is made');
  });

  it('says of which bases it makes no box', async () => {
    const base = { distribution: 'rpm', release: 'fedora 40', architecture: 'x86_64', layout: 'merged-usr' } as const;
    await expect(vagrantMachines.bootstrap(contextWith({}, { base }))).rejects.toMatchObject({
      message: 'no disk that boots can be made of rpm fedora 40 (x86_64)',
      remedy: expect.stringContaining('-b box=NAME'),
    });
  });
});

describe('an image of a machine', () => {
  const settings = { memory: 512, cpus: 2, timeout: 300, driver: 'qemu' as const };
  const details = { folder, provider: 'libvirt', box: 'lab/debian', token: 't', settings };
  const image = { provider: 'libvirt', image: 'reproman-1', token: 'i', settings };
  const access = 'Host default\n  User ada\n  IdentityFile "/data/machines/x-1/a b/private_key"\n';
  const disk = (target: string) => ` file   disk   ${target}   /pool/a b.img\n`;
  const usable = {
    virsh: { stdout: `${disk('vda')} file   cdrom   sda   -\n` },
    'vagrant ssh-config': { stdout: access },
  };
  const freezing = () => ({
    ...{ host: here, machine: here, name: 'x-image', tool: '1', inventory: 'i1', progress: silent },
    record: async ({ kind, id }: Effect) => void said.push(`record ${kind} ${id}`),
  });

  it('is a box of its disk with all below it, recorded before it is made, and with the key that lets in', async () => {
    const info = { 'virtual-size': 4.5 * 2 ** 30, 'backing-filename': '/pool/lab.img' };
    answers = { ...usable, 'qemu-img info -f qcow2': { stdout: JSON.stringify(info) } };
    const made = await vagrantMachines.images?.freeze(details, freezing());
    expect(made).toEqual({ ...image, image: expect.stringMatching(/^reproman-/), token: expect.any(String) });
    const name = String(made?.['image']);
    const work = `${folder}/${name}`;
    expect(said.slice(2, 4)).toEqual([`record box ${name}`, `record folder ${work}`]);
    const told = said.map((line) => line.replaceAll(work, 'WORK').replaceAll(name, 'NAME'));
    const expectBefore = (line: string, after: string) => {
      const at = (beginning: string) => told.findIndex((each) => each.includes(beginning));
      expect([line, at(line) >= 0 && at(line) < at(after)]).toEqual([line, true]);
    };
    expectBefore('sync', 'WORK/disk.qcow2');
    expectBefore('vol-download --pool default --sparse -- lab.img WORK/below', 'qemu-img rebase');
    expectBefore('qemu-img rebase -u -f qcow2 -b WORK/below', 'qemu-img convert -f qcow2');
    expectBefore('install -m 0600 -- /data/machines/x-1/a b/private_key WORK/key', 'tar --create');
    expectBefore('tar --create', 'vagrant box add --name NAME --provider libvirt WORK/made.box');
    expect(written.get(`${work}/Vagrantfile`)).toContain("config.ssh.username = 'ada'");
    expect(JSON.parse(written.get(`${work}/metadata.json`) ?? '')).toMatchObject({ virtual_size: 5 });
  });

  it('is made of a machine of libvirt only', async () => {
    const made = vagrantMachines.images?.freeze({ ...details, provider: 'virtualbox' }, freezing());
    await expect(made).rejects.toThrow('only of one of libvirt');
    expect(said).toEqual([]);
  });

  it.each([
    ['has two disks', { virsh: { stdout: disk('vda') + disk('vdb') } }, 'one disk, and the machine has vda, vdb'],
    ['lets Vagrant in without a key', { 'vagrant ssh-config': { stdout: 'Host default\n' } }, 'names no key'],
  ])('is refused of a machine that %s, before anything is made or halted', async (_, other, why) => {
    answers = { ...usable, ...other };
    const made = vagrantMachines.images?.freeze(details, freezing());
    await expect(made).rejects.toMatchObject({ kind: 'usage', message: expect.stringContaining(why) });
    expect(said.filter((line) => !/ domblklist |^vagrant ssh-config/.test(line))).toEqual([]);
  });

  it('gives machines that are run as the first one was, and makes no box for them', async () => {
    answers = failed;
    await expect(vagrantMachines.bootstrap(contextWith({ build: 'true' }, { image }))).rejects.toThrow('vagrant up');
    const text = written.get(`${folder}/Vagrantfile`);
    expect(text).toContain("config.vm.box = 'reproman-1'");
    expect(text).toContain('machine.memory = 512');
    expect(text).toContain("machine.driver = 'qemu'");
    expect(said.filter((line) => /box add/.test(line))).toEqual([]);
  });

  it('is at rest, and there as long as its box is', async () => {
    await expect(vagrantMachines.connect(image, here)).rejects.toThrow('is at rest');
    answers = { 'vagrant box list': { stdout: listed.replace('lab/debian', 'reproman-1') } };
    expect(await vagrantMachines.state?.(image, here)).toBe('present');
    answers = {};
    expect(await vagrantMachines.state?.(image, here)).toBe('missing');
    expect(vagrantMachines.describe(image)).toBe('the box reproman-1 for libvirt');
    expect([image, details].map((each) => vagrantMachines.images?.isImage(each))).toEqual([true, false]);
  });
});

describe('undoing', () => {
  const effect = (kind: string, id = folder): Effect => ({ kind, id, at: 'virtualbox', token: 't' });

  it('destroys a machine, and is quiet where its folder is gone', async () => {
    await vagrantMachines.undo?.(effect('machine'), here);
    await vagrantMachines.undo?.(effect('machine', '/gone'), here);
    expect(said).toEqual(['vagrant destroy --force --no-color']);
  });

  it('leaves a box that another machine stands on', async () => {
    answers = {
      'vagrant box list': { stdout: '1,,box-name,made\n1,,box-provider,virtualbox\n' },
      'vagrant box remove': {
        code: 1,
        stderr: 'Vagrant is attempting to interface with the UI in a way that requires\na TTY.',
      },
    };
    await expect(vagrantMachines.undo?.(effect('box', 'made'), here)).resolves.toBeUndefined();
    answers = { ...answers, 'vagrant box remove': { code: 1, stderr: 'disk error' } };
    await expect(vagrantMachines.undo?.(effect('box', 'made'), here)).rejects.toThrow('disk error');
  });
});

it('finds the machines of inventories by what lies beside their Vagrantfiles', async () => {
  answers = { 'vagrant box list': { stdout: listed }, ...failed };
  await expect(vagrantMachines.bootstrap(contextWith({ box: 'lab/debian' }))).rejects.toThrow();
  const homes = [folder, '/home/ada/own'].map((path) => `1,,machine-home,${path}\n`);
  answers = { 'vagrant global-status': { stdout: homes.join('') } };
  const found = await vagrantMachines.find?.(here, vagrantParameters.parse({}));
  expect(found?.map(({ effect, inventory, resource }) => [effect.kind, effect.id, inventory, resource])).toEqual([
    ['machine', folder, 'i1', 'x'],
    ['folder', folder, 'i1', 'x'],
  ]);
});
