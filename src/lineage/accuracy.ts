import { declaredBase } from './evidence/declared.js';
import { type LineageInput, lineageOf } from './lineage.js';
import { isCalled } from './subjects.js';

/** What is found without annotations and recipes, held against what these say. */
export interface Accuracy {
  /** Sources whose declared base is a source, too. */
  readonly declared: number;
  readonly right: number;
  readonly wrong: readonly { readonly child: string; readonly declared: string; readonly found?: string }[];
}

/** Undefined where nothing that is declared can be held against files, layers or packages. */
export function accuracyOf(input: LineageInput): Accuracy | undefined {
  const comparable = input.subjects.filter(({ name, facts }) => {
    return input.overlap.shared(name) > 0 || facts.image?.layers.length || facts.packages?.length;
  });
  const { parents } = lineageOf({ ...input, subjects: comparable, declarations: false });
  const wrong: Accuracy['wrong'][number][] = [];
  let declared = 0;
  for (const child of comparable) {
    const images = declaredBase(child)?.images ?? [];
    const bases = comparable.filter((each) => each !== child && images.some((image) => isCalled(each, image)));
    if (bases.length === 0) continue;
    declared++;
    const found = parents.get(child.name)?.parent;
    if (bases.some(({ name }) => name === found)) continue;
    wrong.push({ child: child.name, declared: bases[0]?.name ?? '', ...(found !== undefined && { found }) });
  }
  return declared === 0 ? undefined : { declared, right: declared - wrong.length, wrong };
}
