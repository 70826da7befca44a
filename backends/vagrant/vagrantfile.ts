import { rubyString } from '../../src/templates/quoting.js';
import { fill, openTemplates, type Templates } from '../../src/templates/templates.js';
import type { VagrantParameters } from './parameters.js';

export interface MachineSettings extends Pick<VagrantParameters, 'provider' | 'memory' | 'cpus' | 'timeout'> {
  readonly box: string;
  readonly libvirt: Pick<VagrantParameters, 'driver' | 'kernel' | 'initrd' | 'cmdline'>;
}

/** The Vagrantfile of one machine: https://developer.hashicorp.com/vagrant/docs/vagrantfile */
export async function renderVagrantfile(
  { provider, box, memory, cpus, timeout, libvirt }: MachineSettings,
  templates: Templates = openTemplates(),
): Promise<string> {
  const settings = provider === 'libvirt' ? libvirtSettings(libvirt) : {};
  const lines = Object.entries(settings).map(([name, value]) => `    machine.${name} = ${rubyString(value)}`);
  return fill(await templates.read('vagrant/Vagrantfile'), {
    box: rubyString(box),
    provider: rubyString(provider),
    timeout: String(timeout),
    memory: String(memory),
    cpus: String(cpus),
    settings: lines.join('\n'),
  });
}

/** https://vagrant-libvirt.github.io/vagrant-libvirt/configuration.html */
function libvirtSettings({ driver, kernel, initrd, cmdline }: MachineSettings['libvirt']): Record<string, string> {
  return {
    graphics_type: 'none',
    ...(driver !== undefined && { driver }),
    // There is no processor below to be like.
    ...(driver === 'qemu' && { cpu_mode: 'custom', cpu_model: 'qemu64' }),
    ...(kernel !== undefined && { kernel }),
    ...(initrd !== undefined && { initrd }),
    ...(cmdline !== undefined && { cmd_line: cmdline }),
  };
}
