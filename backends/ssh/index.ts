import { requireLocal } from '../../src/machines/local.js';
import { checkSsh, sshMachine } from '../../src/machines/ssh/index.js';
import type { Outer } from '../outer.js';
import { sshDetailsSchema, sshParameters } from './parameters.js';

/** A host that is there already, reached with the user's own ssh. */
export const ssh: Outer<typeof sshParameters> = {
  name: 'ssh',
  title: 'a host that you can reach with ssh, for the backend after the colon',
  parameters: sshParameters,
  usual: { backend: 'rootfs', why: 'the system of a host that is there already stays as it is' },
  makesMachine: false,
  check: (here) => checkSsh(here),
  bootstrap: async ({ parameters }) => ({ ...parameters.host }),
  async connect(details, here, signal) {
    requireLocal(here, 'ssh');
    return sshMachine({ ...sshDetailsSchema.parse(details), signal });
  },
  describe: (details) => `the host ${sshDetailsSchema.parse(details).destination}`,
};
