import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { vagrantParameters } from '../../../backends/vagrant/parameters.js';
import { renderVagrantfile } from '../../../backends/vagrant/vagrantfile.js';
import { needs } from '../../support/needs.js';

/** What Vagrant makes of the file: every name with what it is given. */
const reader = `
class Told
  def initialize(name) = @name = name
  def method_missing(name, *args, **more)
    puts "#{@name}.#{name} #{[*args, *more.values].inspect}" unless args.empty?
    child = Told.new("#{@name}.#{name.to_s.chomp('=')}")
    yield child if block_given?
    child
  end
  def respond_to_missing?(*) = true
end
module Vagrant
  def self.configure(*) = yield(Told.new('config'))
end
eval(STDIN.read)
`;

async function told(given: Readonly<Record<string, string>>, box = 'lab/debian'): Promise<string[]> {
  const parameters = vagrantParameters.parse(given);
  const text = await renderVagrantfile({ ...parameters, box, libvirt: parameters });
  const { stdout, stderr } = spawnSync('ruby', ['-e', reader], { input: text, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

describe('a Vagrantfile', () => {
  beforeEach(needs({ programs: ['ruby'] }));

  it('says what the machine is to be', async () => {
    const lines = await told({
      driver: 'qemu',
      memory: '512',
      cpus: '2',
      timeout: '90',
      cmdline: 'root=LABEL=root rw',
    });
    expect(lines).toEqual([
      'config.vm.box= ["lab/debian"]',
      'config.vm.box_check_update= [false]',
      'config.vm.boot_timeout= [90]',
      'config.vm.synced_folder [".", "/vagrant", true]',
      'config.vm.provider ["libvirt"]',
      'config.vm.provider.memory= [512]',
      'config.vm.provider.cpus= [2]',
      'config.vm.provider.graphics_type= ["none"]',
      'config.vm.provider.driver= ["qemu"]',
      'config.vm.provider.cpu_mode= ["custom"]',
      'config.vm.provider.cpu_model= ["qemu64"]',
      'config.vm.provider.cmd_line= ["root=LABEL=root rw"]',
    ]);
  });

  it('tells another provider only what every one knows', async () => {
    const lines = await told({ provider: 'virtualbox', driver: 'kvm' });
    expect(lines.slice(-2)).toEqual(['config.vm.provider.memory= [1024]', 'config.vm.provider.cpus= [1]']);
  });

  it('never makes code of a value', async () => {
    const box = `x'\n#{\`id\`}"@memory@\\`;
    const [first] = await told({}, box);
    expect(first).toBe(`config.vm.box= ["x'\\n\\#{\`id\`}\\"@memory@\\\\"]`);
  });
});

it.each([
  [{ memory: 'much' }, 'memory'],
  [{ provider: 'a b' }, 'provider'],
  [{ boxUrl: 'file.box' }, 'boxUrl'],
  [{ box: 'a/b', build: 'true' }, 'build'],
  [{ kernel: 'vmlinuz' }, 'kernel'],
  [{ box: '--force' }, 'box'],
  [{ box: 'a/b', boxUrl: '-x' }, 'boxUrl'],
] as const)('is refused of %j', (given, key) => {
  expect(vagrantParameters.safeParse(given).error?.issues[0]?.path).toEqual([key]);
});
