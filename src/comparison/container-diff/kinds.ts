/** What container-diff can be asked for, by its own names, each with the title of its results. */
export const titles = {
  file: 'File',
  layer: 'FileLayer',
  apt: 'Apt',
  aptlayer: 'AptLayer',
  rpm: 'RPM',
  rpmlayer: 'RPMLayer',
  pip: 'Pip',
  node: 'Node',
  emerge: 'Emerge',
  history: 'History',
  metadata: 'Metadata',
  size: 'Size',
  sizelayer: 'SizeLayer',
} as const;

export type Analyzer = keyof typeof titles;

export const analyzers = Object.keys(titles) as readonly Analyzer[];

/** One analyzer of packages: the distributions that it lists, and whether a name may be there twice. */
export interface PackageKind {
  readonly distributions: readonly string[];
  readonly isMulti: boolean;
}

export const packageKinds = {
  apt: { distributions: ['debian'], isMulti: false },
  rpm: { distributions: ['rpm'], isMulti: false },
  pip: { distributions: ['python'], isMulti: true },
  node: { distributions: ['npm', 'yarn'], isMulti: true },
  emerge: { distributions: ['portage'], isMulti: false },
} as const satisfies Partial<Record<Analyzer, PackageKind>>;

export type PackageAnalyzer = keyof typeof packageKinds;

export function isPackageAnalyzer(analyzer: Analyzer): analyzer is PackageAnalyzer {
  return Object.hasOwn(packageKinds, analyzer);
}

/** Those of the packages that each layer's own database has: it lists them, and compares none, as layers have no equals. */
export const layeredKinds = { aptlayer: 'apt', rpmlayer: 'rpm' } as const satisfies Partial<
  Record<Analyzer, PackageAnalyzer>
>;

export type LayeredAnalyzer = keyof typeof layeredKinds;

export function isLayeredAnalyzer(analyzer: Analyzer): analyzer is LayeredAnalyzer {
  return Object.hasOwn(layeredKinds, analyzer);
}

/** Those that compare. */
export type DiffAnalyzer = Exclude<Analyzer, LayeredAnalyzer>;

/** Whether the layers of an image have to be read one by one. */
export function looksAtLayers(analyzer: Analyzer): boolean {
  return analyzer === 'layer' || analyzer === 'sizelayer' || isLayeredAnalyzer(analyzer);
}

/** Those that tell digests beside sizes, when they are asked about one image. */
export function tellsDigests(analyzer: Analyzer): boolean {
  return analyzer === 'size' || analyzer === 'sizelayer';
}
