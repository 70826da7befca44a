import { parseImageReference } from './image-reference.js';
import type { Instruction, Recipe, RecipeBase, RecipeStage } from './recipe.js';

/** What is begun with is an image that lies somewhere else under a name. */
const services = new Set(['docker', 'docker-daemon', 'library', 'shub', 'oras']);

interface Header {
  readonly line: number;
  readonly keys: Map<string, string>;
  readonly instructions: Instruction[];
}

/**
 * The stages of a Singularity or Apptainer definition: a header of keys, then sections.
 * https://apptainer.org/docs/user/main/definition_files.html
 */
export function parseSingularity(text: string): Recipe {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const headers: Header[] = [];
  let section: { keyword: string; line: number; body: string[] } | undefined;
  const close = (endLine: number) => {
    if (section === undefined) return;
    const { keyword, line, body } = section;
    headers.at(-1)?.instructions.push({ keyword, text: body.join('\n').trim(), line, endLine });
    section = undefined;
  };
  for (const [at, line] of lines.entries()) {
    const key = /^\s*([A-Za-z]\w*)\s*:\s*(.*?)\s*$/.exec(line);
    const opened = /^\s*(%\w+)(.*)$/.exec(line);
    const isBootstrap = key?.[1]?.toLowerCase() === 'bootstrap';
    if (isBootstrap) close(at);
    if (opened?.[1]) {
      close(at);
      section = { keyword: opened[1].toLowerCase(), line: at + 1, body: [(opened[2] ?? '').trim()] };
    } else if (section !== undefined) section.body.push(line);
    else if (key?.[1]) {
      const last = headers.at(-1);
      const isNext = isBootstrap && (last?.keys.has('bootstrap') || (last?.instructions.length ?? 0) > 0);
      const header = isNext || !last ? { line: at + 1, keys: new Map(), instructions: [] } : last;
      if (header !== last) headers.push(header);
      header.keys.set(key[1].toLowerCase(), (key[2] ?? '').replace(/\s+#.*$/, ''));
    }
  }
  close(lines.length);
  const stages: RecipeStage[] = [];
  for (const header of headers) stages.push(stageOf(header, stages));
  return { format: 'singularity', stages };
}

function stageOf({ keys, line, instructions }: Header, before: readonly RecipeStage[]): RecipeStage {
  const name = keys.get('stage');
  const from = withArguments(keys.get('from') ?? '', instructions);
  return { ...(name !== undefined && { name }), base: baseOf(keys, from, before), line, instructions };
}

function baseOf(
  keys: ReadonlyMap<string, string>,
  from: string | undefined,
  before: readonly RecipeStage[],
): RecipeBase {
  const agent = (keys.get('bootstrap') ?? '').toLowerCase();
  if (agent === 'scratch') return { kind: 'scratch', text: agent };
  if (from === undefined) return { kind: 'unknown', text: keys.get('from') ?? '' };
  if (agent === 'localimage') {
    const stage = before.findLastIndex(({ name }) => name === from);
    if (stage !== -1) return { kind: 'stage', text: from, stage };
  }
  if (!services.has(agent)) {
    const text = [agent, from, keys.get('osversion'), keys.get('mirrorurl')].filter(Boolean).join(' ');
    return { kind: agent === '' ? 'unknown' : 'bootstrap', text };
  }
  const path = [keys.get('registry'), keys.get('namespace'), from.replace(/^[a-z-]+:\/\//, '')];
  const scheme = agent.startsWith('docker') ? '' : `${agent}://`;
  const text = `${scheme}${path.filter(Boolean).join('/')}`;
  const image = parseImageReference(text);
  return image === undefined ? { kind: 'unknown', text } : { kind: 'image', text, image };
}

/** `{{ NAME }}` is what the section of arguments says of it. */
function withArguments(text: string, instructions: readonly Instruction[]): string | undefined {
  if (!text.includes('{{')) return text;
  const said = instructions.filter(({ keyword }) => keyword === '%arguments').flatMap(({ text }) => text.split('\n'));
  const values = new Map(
    said.flatMap((line) => {
      const match = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line);
      return match?.[1] ? [[match[1], (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const] : [];
    }),
  );
  const expanded = text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => values.get(name) ?? whole);
  return expanded.includes('{{') ? undefined : expanded;
}
