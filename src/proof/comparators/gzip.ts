import { comparator } from '../comparison/comparator.js';
import { gunzip, isGzip } from '../formats/gzip.js';

/** What is compressed. */
export const gzip = comparator({
  name: 'gzip',
  allows: 'how it was compressed, and the time and name in the header',
  recognizes: isGzip,
  read: (content, _parameters, { budget }) => gunzip(content, budget),
  async compare(expected, found, { content = 'bytes' }, report, context) {
    await context.compare(expected, found, content, report, 'in the content');
  },
});
