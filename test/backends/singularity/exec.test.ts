import { expect, it } from 'vitest';
import { execArguments, execEnvironment } from '../../../backends/singularity/machine.js';
import { localMachine } from '../../../src/machines/local.js';
import { pathFromText } from '../../../src/model/file-path.js';

const instance = { tool: { path: '/usr/bin/apptainer', maker: 'apptainer', version: '1.4.5' }, work: '/w' } as const;
const secret = { TOKEN: 'a secret', PATH: '/bin' };

it('puts values into the environment of the engine, never into arguments that everybody may read', async () => {
  const host = await localMachine();
  expect(execArguments(instance, ['true'], { environment: secret }, '/p').join(' ')).not.toContain('a secret');
  const environment = execEnvironment(host, instance, { environment: secret });
  expect(environment).toMatchObject({ APPTAINERENV_REPROMAN_0: 'TOKEN=a secret', APPTAINER_CONFIGDIR: '/w/config' });
  const other = { ...instance, tool: { ...instance.tool, maker: 'singularity-ce' as const } };
  expect(execEnvironment(host, other, { environment: secret })).toMatchObject({
    SINGULARITYENV_REPROMAN_1: 'PATH=/bin',
  });
});

it('becomes the user with its groups, and never makes code of what it was told', () => {
  const options = { cwd: pathFromText('/a $(b)'), user: { uid: 1, gid: 2, groups: [3, 4] }, umask: 0o27 };
  const argv = execArguments(instance, ['printf', '$(id)', ';'], options, '/run/p');
  const script = argv[argv.indexOf('-c') + 1];
  expect(script).toContain('setpriv --reuid 1 --regid 2 --groups 3,4 -- env -i');
  expect(argv.slice(argv.indexOf('-c') + 2)).toEqual(['sh', '/run/p', '0027', '/a $(b)', 'printf', '$(id)', ';']);
  expect(script).not.toContain('id)');
});
