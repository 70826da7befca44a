import { type TarMember, tarMembers } from '../../filesystem/tar.js';
import { showPath } from '../../model/file-path.js';
import { comparator } from '../comparison/comparator.js';
import { compareMembers, type Member } from '../formats/members.js';

/** Tar, not compressed. */
export const tar = comparator({
  name: 'tar',
  allows: 'times, owners and the order of the members',
  recognizes: (content) => content.toString('latin1', 257, 262) === 'ustar',
  read: readMembers,
  compare: (expected, found, { members = {} }, report, context) =>
    compareMembers(expected, found, members, report, context),
});

async function readMembers(content: Buffer): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  for await (const member of tarMembers(only(content))) {
    // Parts of the buffer that is there already.
    const chunks: Buffer[] = [];
    for await (const chunk of member.content) chunks.push(chunk);
    const properties = describe(member);
    members.set(showPath(member.path).slice(1), { properties, content: async () => Buffer.concat(chunks) });
  }
  return members;
}

async function* only(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}

function describe({ type, mode, target }: TarMember): string {
  const to = target === undefined ? '' : ` to ${showPath(target)}`;
  return `${type}${to}, mode ${mode.toString(8)}`;
}
