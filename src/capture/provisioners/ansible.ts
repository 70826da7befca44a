import type { FilePath } from '../../model/file-path.js';
import type { Provisioner } from './provisioner.js';

/** https://docs.ansible.com/ansible/latest/reference_appendices/config.html#default-managed-str */
export const ansible: Provisioner = {
  name: 'ansible',
  marker: /\bAnsible managed(?::\s+(\/?[^\s:]+\.[\w-]+))?/i,
  records: ['/{root,home/*}/.ansible/pull/*/.git/HEAD'],
  // `backup: true` keeps NAME.PID.DATE@TIME~ beside the file.
  backups: (path) => [{ prefix: `${path}.`, between: /^\d+\.\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$/, ending: '~' }],
  read(records) {
    const checkouts = [...records.keys()].flatMap((path) => {
      const [, checkout] = /^(.*\/\.ansible\/pull\/[^/]+)\/\.git\/HEAD$/.exec(path) ?? [];
      return checkout === undefined ? [] : [checkout as FilePath];
    });
    // Of several nobody can tell which one it was.
    const [checkout, other] = checkouts;
    return checkout !== undefined && other === undefined ? { checkout } : {};
  },
};
