import { treeOf } from '../bases.js';
import { leastContainment } from '../evidence/containment.js';
import { type Certainty, compareEvidence, type EvidenceClass } from '../evidence/evidence.js';
import { layerRelation } from '../evidence/layers.js';
import { releaseOf } from '../evidence/system.js';
import { type Lineage, type LineageInput, verdictOf } from '../lineage.js';
import type { Subject } from '../subjects.js';

/** A base and how an image compares with it. */
export interface Match {
  readonly base: string;
  readonly evidence: EvidenceClass;
  /** `similar`: nothing says that the image is from it, but it is the most alike by paths. */
  readonly certainty: Certainty | 'similar';
  readonly score: number;
  readonly detail: string;
  /** How much of the core paths of the base the image has. */
  readonly containment: number;
}

export interface Walk {
  /** The best first. */
  readonly matches: readonly Match[];
  readonly comparisons: number;
  /** Bases that were not compared: what is above them does not fit, or their release is another. */
  readonly spared: number;
}

/** Bases below one that an image has that much of are looked at, too. */
const leastToFollow = 0.9;

/**
 * Finds what an image stands on by walking down from the bases that stand on none: only what was made from a base that
 * fits is compared.
 */
export function walkBases(image: Subject, lineage: Lineage, input: LineageInput): Walk {
  const tree = treeOf(lineage);
  const known = new Map(input.subjects.map((each) => [each.name, each]));
  const found = new Map<string, Match>();
  for (let level = tree.roots; level.length > 0; ) {
    const next: string[] = [];
    const matches = new Map<string, Match>();
    for (const name of level) {
      const base = known.get(name);
      // One that is only named has no files: what was made from it may fit.
      if (base === undefined) next.push(...(tree.children.get(name) ?? []));
      else if (isOfRelease(base, image)) matches.set(name, matchOf(image, base, input));
    }
    const [best] = [...matches.values()].sort(compareMatches(input));
    for (const [name, match] of matches) {
      found.set(name, match);
      const follows = match === best || match.certainty !== 'similar' || match.containment >= leastToFollow;
      if (follows) next.push(...(tree.children.get(name) ?? []));
    }
    level = next;
  }
  const inOrder = [...found.values()].sort(compareMatches(input));
  const comparable = lineage.names.length - lineage.named.length;
  return { matches: nearestFirst(inOrder, lineage), comparisons: found.size, spared: comparable - found.size };
}

function matchOf(image: Subject, base: Subject, input: LineageInput): Match {
  const containment = input.overlap.containment(base.name, image.name);
  if (layerRelation(base, image) === 'same') {
    const same = { evidence: 'layers', certainty: 'proved', score: 1, detail: 'it is the same image' } as const;
    return { base: base.name, ...same, containment };
  }
  const verdict = verdictOf(base, image, input);
  if (verdict) {
    const { evidence, certainty, score, detail } = verdict;
    return { base: base.name, evidence, certainty, score, detail, containment };
  }
  const own = input.overlap.shared(base.name);
  const shared = input.overlap.shared(base.name, image.name);
  const detail = `it has ${shared} of ${own} core paths${reservation(own, input.overlap.shared(image.name), containment)}`;
  return { base: base.name, evidence: 'containment', certainty: 'similar', score: containment, detail, containment };
}

/** Why what has nearly all of a base is not called its child. */
function reservation(own: number, ofImage: number, containment: number): string {
  if (own === 0 || containment < leastContainment) return '';
  return own >= ofImage ? ', and no more' : ', but other things speak against it';
}

function isOfRelease(base: Subject, image: Subject): boolean {
  const [one, other] = [releaseOf(base), releaseOf(image)];
  return one === undefined || other === undefined || one === other;
}

/** What is known before what is alike; of equals the one that more of the image comes from. */
function compareMatches({ overlap }: LineageInput): (a: Match, b: Match) => number {
  const isSimilar = ({ certainty }: Match) => Number(certainty === 'similar');
  return (a, b) => {
    const order = isSimilar(a) - isSimilar(b);
    if (order !== 0) return order;
    if (a.certainty === 'similar') return b.score - a.score || overlap.shared(b.base) - overlap.shared(a.base);
    const shared = overlap.shared(b.base) - overlap.shared(a.base);
    return compareEvidence({ ...a, score: 1 }, { ...b, score: 1 }) || shared || b.score - a.score;
  };
}

/** What was made from the best match and fits as well is nearer than that. */
function nearestFirst(matches: readonly Match[], { parents }: Lineage): Match[] {
  let [best] = matches;
  for (let isNearer = true; isNearer && best && best.certainty !== 'similar'; ) {
    const nearer: Match | undefined = matches.find(
      ({ base, certainty }) => certainty !== 'similar' && parents.get(base)?.parent === best?.base,
    );
    isNearer = nearer !== undefined;
    best = nearer ?? best;
  }
  return best === undefined ? [] : [best, ...matches.filter((each) => each !== best)];
}
