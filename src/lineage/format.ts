import { type LineageTree, treeOf } from './bases.js';
import type { Verdict } from './lineage.js';
import { baseOfRecipe } from './recipes/recipe.js';
import type { LineageReport } from './report.js';
import type { Subject } from './subjects.js';

/** The tree of parents with the evidence of each, then what else was found. */
export function formatLineage({ subjects, lineage, bases, sharedLayers, accuracy }: LineageReport): string {
  const tree = treeOf(lineage);
  const named = new Set(lineage.named);
  const known = new Map(subjects.map((subject) => [subject.name, subject]));
  const label = (name: string) => `${name}${named.has(name) ? ' (named only)' : beginning(known.get(name))}`;
  const lines = tree.roots.flatMap((root) => [label(root), ...branches(root, tree, lineage.parents, label)]);
  const chosen = new Set([...lineage.parents.values()]);
  const others = lineage.verdicts.filter((verdict) => !chosen.has(verdict));
  for (const { child, parent, ...verdict } of others)
    lines.push(`${child} may be from ${parent}, too: ${because(verdict)}`);
  for (const names of lineage.same) lines.push(`One image: ${names.join(', ')}`);
  for (const { layers, images } of sharedLayers) {
    lines.push(
      `${images.join(', ')} begin with the same ${layers} layer${layers === 1 ? '' : 's'}: their base is not here`,
    );
  }
  if (bases.length > 0) lines.push('', 'Most used bases:');
  for (const { name, children, descendants } of bases.slice(0, mostBases)) {
    lines.push(`  ${name}: ${children} directly${descendants > children ? `, ${descendants} in all` : ''}`);
  }
  if (accuracy) {
    lines.push(
      '',
      `Without the recipes and annotations, ${accuracy.right} of ${accuracy.declared} declared bases are found`,
    );
    for (const { child, declared, found } of accuracy.wrong) {
      lines.push(`  ${child}: from ${declared}, found ${found ?? 'none'}`);
    }
  }
  return lines.join('\n');
}

/** More are in the result as JSON. */
const mostBases = 20;

function branches(
  name: string,
  { children, roots }: LineageTree,
  parents: ReadonlyMap<string, Verdict>,
  label: (name: string) => string,
): string[] {
  const own = children.get(name) ?? [];
  return own.flatMap((child, at) => {
    const isLast = at === own.length - 1;
    const verdict = parents.get(child);
    const inner = branches(child, { children, roots }, parents, label);
    const line = `${isLast ? '└─ ' : '├─ '}${label(child)}  ${verdict ? because(verdict) : ''}`;
    return [line, ...inner.map((each) => `${isLast ? '   ' : '│  '}${each}`)];
  });
}

function because({ evidence, certainty, score, detail }: Pick<Verdict, 'evidence' | 'certainty' | 'score' | 'detail'>) {
  return `[${certainty} by ${evidence} ${score.toFixed(3)}] ${detail}`;
}

/** Of a recipe that begins from no image what it says instead. */
function beginning(subject: Subject | undefined): string {
  const base = subject?.recipe && baseOfRecipe(subject.recipe);
  if (base === undefined || base.kind === 'image' || base.kind === 'stage') return '';
  if (base.kind === 'scratch') return ' (from scratch)';
  return base.kind === 'bootstrap'
    ? ` (made by ${base.text})`
    : ` (from ${base.text}, which names no image as it stands)`;
}
