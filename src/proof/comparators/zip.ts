import { type ZipMember, zipMembers } from '../../archives/zip.js';
import { showPath } from '../../model/file-path.js';
import type { Budget } from '../comparison/comparator.js';
import { comparator } from '../comparison/comparator.js';
import { compareMembers, type Member } from '../formats/members.js';

/** Zip, and what is made of it: jar, npz, and the documents of offices. */
export const zip = comparator({
  name: 'zip',
  allows: 'times, the order of the members and how they were compressed',
  recognizes: (content) => content.length > 4 && content.readUInt32LE(0) === 0x04034b50,
  read: async (content, _parameters, { budget }) => {
    const members = await zipMembers(content, 'zip');
    return new Map(members.map((member) => [showPath(member.name), memberOf(member, budget)]));
  },
  compare: (expected, found, { members = {} }, report, context) =>
    compareMembers(expected, found, members, report, context),
});

function memberOf(member: ZipMember, budget: Budget): Member {
  return {
    properties: `${member.type}, mode ${member.mode.toString(8)}`,
    async content() {
      budget.take(member.size);
      const chunks: Buffer[] = [];
      let left = member.size;
      for await (const chunk of member.content()) {
        left -= chunk.length;
        if (left < 0) throw new Error(`the zip is damaged: ${showPath(member.name)} is larger than it says`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}
