import { showBytes } from '../../model/sizes.js';
import type { Classification } from './classify.js';
import type { Label } from './labels.js';

/** One image for people: where it belongs, what would be better, and what is on top. */
export function formatClassification(found: Classification, mostMatches: number, mostLabels: number): string {
  const { image, declared, matches, comparisons, spared, better, labels } = found;
  const lines = [`${image}${declared === undefined ? '' : ` (it says: from ${declared})`}`];
  for (const { base, certainty, evidence, score, detail } of matches.slice(0, mostMatches)) {
    lines.push(`  ${base}  [${certainty} by ${evidence} ${score.toFixed(3)}] ${detail}`);
  }
  if (matches.length === 0) lines.push('  none of the bases can be compared with it');
  lines.push(`  ${count(comparisons, 'comparison')}${spared > 0 ? `, ${count(spared, 'base')} not compared` : ''}`);
  if (better) {
    const { base, instead, redundant, extra } = better;
    const what = instead === undefined ? '' : ` instead of on ${instead}`;
    const cost = extra > 0 ? `; ${showBytes(extra)} of the base would be new to it` : '';
    lines.push(`  On ${base}${what}, ${showBytes(redundant)} of its own would come with the base${cost}`);
  }
  const most = labels.slice(0, mostLabels);
  if (most.length > 0) lines.push(`  On top: ${most.map(showLabel).join(', ')}${more(labels.length - most.length)}`);
  return lines.join('\n');
}

function showLabel({ name, version }: Label): string {
  return version === undefined ? name : `${name} ${version}`;
}

function more(rest: number): string {
  return rest > 0 ? ` and ${rest} more` : '';
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
