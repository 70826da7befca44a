import { stringify } from 'yaml';
import { comment } from '../../templates/quoting.js';
import { fill } from '../../templates/templates.js';
import type { Format } from '../format.js';
import { installer } from '../installer.js';
import { contentOf, lacksOf, provisionFiles, type RenderedFile } from '../rendering.js';

const place = '/opt/environment';
const limit = 'Clouds limit how long user data may be (EC2: 16 KB): hand in what is longer by #include or on a disk.';

/** https://cloudinit.readthedocs.io/en/latest/reference/modules.html: all in one file, which no service must be asked for. */
export const cloudInit: Format = {
  async render(environment, templates) {
    const template = await templates.read('render/cloud-config.yml');
    const files = [...provisionFiles(environment), ...(await installer(environment, templates))];
    const lacks = lacksOf(environment, [limit]);
    const about = comment([...environment.about, ...lacks]);
    async function* content(): AsyncGenerator<Uint8Array> {
      const document = stringify(
        { write_files: await Promise.all(files.map(written)), runcmd: [['sh', `${place}/install.sh`]] },
        { lineWidth: 0, version: '1.1' },
      );
      yield Buffer.from(fill(template, { about, document: document.trimEnd() }));
    }
    return { files: [{ name: 'user-data', content }], lacks };
  },
};

async function written({ name, content }: RenderedFile) {
  const path = `${place}/${name.replace(/^provision\//, '')}`;
  // Readers differ on what else ends a line.
  if (typeof content === 'string' && /^[\t\n\x20-\x7e]*$/.test(content)) return { path, content };
  const chunks: Uint8Array[] = [];
  for await (const chunk of contentOf({ content })) chunks.push(chunk);
  return { path, encoding: 'b64', content: Buffer.concat(chunks).toString('base64') };
}
