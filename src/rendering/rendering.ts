import { Readable } from 'node:stream';
import { type FilePath, pathToBytes } from '../model/file-path.js';
import type { Plan } from '../model/plan.js';
import type { Recipe } from '../packaging/recipe.js';

/** A file for people and their tools, by its name in the folder that is written. */
export interface RenderedFile {
  readonly name: string;
  /** A text, or what is made when it is written. */
  readonly content: string | (() => AsyncIterable<Uint8Array>);
}

/** One part of the way to an environment: a folder with `install.sh` and what that needs. */
export interface Stage {
  /** Of the folder, such as `1-debian`. */
  readonly name: string;
  readonly title: string;
  readonly files: readonly RenderedFile[];
}

/** An environment as every format has it. */
export interface RenderedEnvironment {
  readonly name: string;
  /** What it is of, for the first lines of each file. */
  readonly about: readonly string[];
  /** What the spec itself has not, as whole sentences. */
  readonly missing: readonly string[];
  /** What is not as package managers would have it where the stages ran, as whole sentences. */
  readonly remarks: readonly string[];
  /** How its distributions' own tools would install it, whether these are there or not. */
  readonly recipes: readonly Recipe[];
  /** What it stands on, in the words of the tool: an image, a box. */
  readonly from: string;
  /** What container engines call its kind of machine. */
  readonly platform: string;
  /** What the stages share. */
  readonly shared: RenderedFile;
  readonly stages: readonly Stage[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: FilePath;
  readonly user: Plan['user'];
  /** The first run. */
  readonly command: readonly string[];
}

/** What a tool takes. */
export interface Rendering {
  /** The file that the tool begins with is the first; what its text names lies beside it. */
  readonly files: readonly [RenderedFile, ...RenderedFile[]];
  /** What it has not of the environment, as whole sentences: they stand in the file, too. */
  readonly lacks: readonly string[];
}

/** What a rendering of the stages lacks. */
export function lacksOf({ missing, remarks }: RenderedEnvironment, more: readonly string[] = []): readonly string[] {
  return [...missing, ...remarks, ...more];
}

/** The folder of the stages. */
export const provisionFolder = 'provision';

/** All files of the stages, for the folder beside the tool's own file. */
export function provisionFiles({ shared, stages }: RenderedEnvironment): RenderedFile[] {
  const below = (folder: string, { name, content }: RenderedFile) => ({ name: `${folder}/${name}`, content });
  return [
    below(provisionFolder, shared),
    ...stages.flatMap((stage) => stage.files.map((file) => below(`${provisionFolder}/${stage.name}`, file))),
  ];
}

/** A path in texts, which are in UTF-8. */
export function pathText(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}

/** The content as it is written. */
export function contentOf({ content }: Pick<RenderedFile, 'content'>): Readable {
  return Readable.from(typeof content === 'string' ? [Buffer.from(content)] : content(), { objectMode: false });
}
