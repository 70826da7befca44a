import type { SourceFacts } from '../../sources/facts.js';

/** The commands that an image was made with. */
export function historyLines({ image }: SourceFacts): string[] {
  return (image?.history ?? []).map(({ createdBy = '' }) => createdBy.trim());
}
