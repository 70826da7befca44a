import type { ImageRecipe } from '../lineage/layers/layer-table.js';
import type { RecipeRow } from '../lineage/layers/side-by-side.js';
import { showBytes } from '../model/sizes.js';
import { renderTable } from './table.js';

type Step = ImageRecipe['steps'][number];

/** How an image was made: its layers, the lines of the recipe, and what each did to the files. */
export function renderImageRecipe({ source, recipe, fit = 0, steps }: ImageRecipe): string {
  const files = ({ files: did }: Step) => (did ? `+${did.added} ~${did.changed} -${did.removed}` : '');
  const table = renderTable<Step>(
    [
      { title: 'layer', value: ({ layer }) => (layer === undefined ? '' : String(layer)), align: 'right' },
      { title: 'line', value: ({ line, isBase }) => (isBase ? 'base' : String(line ?? '')), align: 'right' },
      { title: 'files', value: files },
      { title: 'bytes', value: ({ files: did }) => (did ? showBytes(did.bytes) : ''), align: 'right' },
      { title: 'instruction', value: ({ instruction }) => shorten(instruction ?? 'not told') },
    ],
    steps,
  );
  const by = recipe === undefined ? '' : `, by the recipe of ${recipe}: it has ${Math.round(fit * 100)} % of it`;
  return `${source}${by}\n${table}`;
}

const signs = { same: ' ', changed: '~', removed: '-', added: '+' } as const;

/** Two recipes side by side. */
export function renderRecipes([one, other]: readonly [string, string], rows: readonly RecipeRow[]): string {
  const show = (line: RecipeRow['before']) => (line ? `${line.line}: ${shorten(line.text)}` : '');
  return renderTable<RecipeRow>(
    [
      { title: '', value: ({ kind }) => signs[kind] },
      { title: one, value: ({ before }) => show(before) },
      { title: other, value: ({ after }) => show(after) },
    ],
    rows,
  );
}

const longest = 70;

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > longest ? `${line.slice(0, longest - 3)}...` : line;
}
