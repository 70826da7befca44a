import { type FilePath, showPath } from '../../model/file-path.js';
import type { Provisioner } from './provisioner.js';

const cache = '/var/cache/salt/minion/files' as FilePath;

/** https://docs.saltproject.io/en/latest/ref/file_server/: files/ENVIRONMENT/PATH holds what the minion fetched. */
export const salt: Provisioner = {
  name: 'salt',
  marker: /\b(?:generated|managed|maintained|controlled)\s+(?:by|with)\s+salt(?:stack)?\b/i,
  records: [],
  sources: {
    folder: cache,
    name(path) {
      const [environment = 'base', ...rest] = showPath(path)
        .slice(cache.length + 1)
        .split('/');
      return `salt://${rest.join('/')}${environment === 'base' ? '' : `?saltenv=${environment}`}`;
    },
  },
};
