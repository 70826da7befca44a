import { comparator } from '../comparison/comparator.js';
import { comparePdf } from '../formats/pdf/differences.js';
import { readPdf } from '../formats/pdf/document.js';

/** PDF by what its pages are made of. */
export const pdf = comparator({
  name: 'pdf',
  allows: 'dates, identities, the producer, compression, and the order and numbers of objects',
  recognizes: (content) => content.toString('latin1', 0, 5) === '%PDF-',
  read: (content, _parameters, { budget }) => readPdf(content, budget),
  compare: (expected, found, tolerance, report) => comparePdf(expected, found, tolerance, report),
});
