import { isSecretName, maskedValue, maskText } from '../spec/secrets/mask.js';
import { type Compared, type Similarity, similarityOf } from './compare.js';
import { compareVariables, type VariableComparison } from './environment.js';
import { isPackageLevel } from './levels.js';
import { type MoveScores, movesOf } from './moves.js';
import { comparePackages, type PackageComparison } from './versions.js';

/** What two environments have in common, with what the level and their facts say beside it. */
export interface SimilarityReport extends Similarity {
  /** Where contents were compared. */
  readonly moves?: MoveScores;
  /** Where packages were compared. */
  readonly packages?: PackageComparison;
  /** Where both say what variables they have. */
  readonly variables?: VariableComparison;
}

export async function reportOf(compared: Compared): Promise<SimilarityReport> {
  const { trie, facts, level } = compared;
  const similarity = similarityOf(compared);
  if (trie.tags.length !== 2) return similarity;
  const [one, other] = trie.tags.map((tag) => facts.get(tag));
  const packages =
    isPackageLevel(level) && one?.packages && other?.packages
      ? await comparePackages(one.packages, other.packages)
      : undefined;
  return {
    ...similarity,
    ...(level === 'content' && { moves: movesOf(trie) }),
    ...(packages && { packages }),
    ...(one?.environment &&
      other?.environment && { variables: withoutSecrets(compareVariables(one.environment, other.environment)) }),
  };
}

/** Values were compared as they are; what is shown of them is not. */
function withoutSecrets(comparison: VariableComparison): VariableComparison {
  const shown = (name: string, value: string) => (isSecretName(name) ? maskedValue : maskText(value));
  const changed = comparison.changed.map((each) => {
    const { name, one, other, list } = each;
    const parts = (some: readonly string[]) => some.map((part) => shown(name, part));
    return {
      ...each,
      ...{ one: shown(name, one), other: shown(name, other) },
      ...(list && { list: { ...list, onlyOne: parts(list.onlyOne), onlyOther: parts(list.onlyOther) } }),
    };
  });
  return { ...comparison, changed };
}
