import { expect, it } from 'vitest';
import { execEnvironment } from '../../../backends/singularity/machine.js';
import { enterContainer } from '../../../src/machines/enter-container.js';
import { localMachine } from '../../../src/machines/local.js';

const instance = { tool: { path: '/usr/bin/apptainer', maker: 'apptainer', version: '1.4.5' }, work: '/w' } as const;
const secret = { TOKEN: 'a secret', PATH: '/bin' };

it('puts values into the environment that the engine brings into the container', async () => {
  const host = await localMachine();
  const entry = enterContainer(['true'], { environment: secret }, '/p');
  const environment = execEnvironment(host, instance, entry);
  expect(environment).toMatchObject({ APPTAINERENV_REPROMAN_0: 'TOKEN=a secret', APPTAINER_CONFIGDIR: '/w/config' });
  const other = { ...instance, tool: { ...instance.tool, maker: 'singularity-ce' as const } };
  expect(execEnvironment(host, other, entry)).toMatchObject({ SINGULARITYENV_REPROMAN_1: 'PATH=/bin' });
});
