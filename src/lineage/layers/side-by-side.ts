import { type Recipe, stagesOfImage } from '../recipes/recipe.js';

/** One instruction of either of two recipes, or of both. */
export interface RecipeRow {
  readonly kind: 'same' | 'changed' | 'removed' | 'added';
  readonly before?: { readonly line: number; readonly text: string } | undefined;
  readonly after?: { readonly line: number; readonly text: string } | undefined;
}

interface Line {
  readonly line: number;
  readonly keyword: string;
  readonly text: string;
}

/** Two recipes side by side, instruction by instruction: the same in order, and between them what became of what. */
export function compareRecipes(before: Recipe, after: Recipe): RecipeRow[] {
  const [one, other] = [linesOf(before), linesOf(after)];
  const lengths = Array.from({ length: one.length + 1 }, () => new Int32Array(other.length + 1));
  const at = (row: number, column: number) => lengths[row]?.[column] ?? 0;
  for (let row = one.length - 1; row >= 0; row--) {
    for (let column = other.length - 1; column >= 0; column--) {
      const isSame = one[row]?.text === other[column]?.text;
      (lengths[row] as Int32Array)[column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const rows: RecipeRow[] = [];
  let [row, column] = [0, 0];
  const gap: { removed: Line[]; added: Line[] } = { removed: [], added: [] };
  const close = () => rows.push(...changesIn(gap.removed.splice(0), gap.added.splice(0)));
  while (row < one.length || column < other.length) {
    const [a, b] = [one[row], other[column]];
    if (a && b && a.text === b.text) {
      close();
      rows.push({ kind: 'same', before: shown(a), after: shown(b) });
      row++;
      column++;
    } else if (b === undefined || (a && at(row + 1, column) >= at(row, column + 1))) {
      if (a) gap.removed.push(a);
      row++;
    } else {
      gap.added.push(b);
      column++;
    }
  }
  close();
  return rows;
}

/** Of one kind in the same order, one became the other. */
function changesIn(removed: readonly Line[], added: readonly Line[]): RecipeRow[] {
  const rows: RecipeRow[] = [];
  let from = 0;
  for (const one of removed) {
    const at = added.findIndex((other, index) => index >= from && other.keyword === one.keyword);
    if (at === -1) {
      rows.push({ kind: 'removed', before: shown(one) });
      continue;
    }
    for (const other of added.slice(from, at)) rows.push({ kind: 'added', after: shown(other) });
    rows.push({ kind: 'changed', before: shown(one), after: shown(added[at] as Line) });
    from = at + 1;
  }
  for (const other of added.slice(from)) rows.push({ kind: 'added', after: shown(other) });
  return rows;
}

/** What makes the image: its last stage and those below, each with what it begins from. */
function linesOf(recipe: Recipe): Line[] {
  return stagesOfImage(recipe).flatMap(({ base, line, instructions }) => [
    { line, keyword: 'FROM', text: `FROM ${base.text}` },
    ...instructions.map(({ keyword, text, line }) => ({
      keyword,
      line,
      text: `${keyword} ${text.replace(/\s+/g, ' ')}`,
    })),
  ]);
}

function shown({ line, text }: Line): { readonly line: number; readonly text: string } {
  return { line, text };
}
