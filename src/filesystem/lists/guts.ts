import { z } from 'zod';
import type { PartialEntry } from '../trie/values.js';
import { type ListFormat, type ListInput, malformed } from './format.js';
import { checked, jsonOf } from './json.js';
import { rootedText } from './paths-of-lists.js';

const words = z.union([z.string(), z.array(z.string())]).nullish();

const recordSchema = z.looseObject({
  fs: z.array(z.string()).optional(),
  paths: z.record(z.string(), z.array(z.string())).optional(),
  entrypoint: words,
  cmd: words,
  labels: z.record(z.string(), z.string()).nullish(),
});

/** `guts manifest`: `{IMAGE: {paths: {FOLDER: [PROGRAM]}, fs: [PATH], entrypoint, cmd, labels}}`. https://github.com/singularityhub/guts */
export const guts: ListFormat = {
  title: 'list of files as guts writes it',
  made: 'guts manifest --include fs --include paths IMAGE',
  isLike: ({ text }) => /^\s*\{\s*"[^"]+"\s*:\s*\{\s*"(?:fs|paths|entrypoint|cmd|workingdir|labels)"\s*:/.test(text),
  async *read(input: ListInput) {
    const { where, tell } = input;
    const images = Object.entries(checked(z.record(z.string(), recordSchema), await jsonOf(input, guts), guts, where));
    const [only, ...others] = images;
    if (!only || others.length > 0)
      throw malformed(guts, where, `it is of ${images.length} images, and one list is of one`);
    const [name, { fs = [], paths = {}, entrypoint, cmd, labels }] = only;
    tell({
      image: {
        names: [name],
        ...(entrypoint && { entrypoint: [entrypoint].flat() }),
        ...(cmd && { command: [cmd].flat() }),
        ...(labels && { labels }),
      },
    });
    const programs = Object.entries(paths).flatMap(([folder, names]) => names.map((each) => `${folder}/${each}`));
    yield [...new Set([...fs, ...programs].map(rootedText))].map((path): PartialEntry => ({ path }));
  },
};
