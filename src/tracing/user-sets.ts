/** Of one path so many processes are named: who asks wants to know how it came about, not to count. */
const most = 4;

/** Sets of the first processes that used a path, each kept once: most paths of a run are used by the same few. */
export class UserSets {
  readonly #sets: (readonly number[])[] = [[]];
  /** By a set and one process more. */
  readonly #grown = new Map<number, number>();

  /** A set with one process more, unless it has it or is full; 0 is the empty set. */
  with(set: number, user: number): number {
    const members = this.members(set);
    if (members.length === most || members.includes(user)) return set;
    const key = set * 2 ** 24 + user;
    const known = this.#grown.get(key);
    if (known !== undefined) return known;
    const grown = this.#sets.push([...members, user]) - 1;
    this.#grown.set(key, grown);
    return grown;
  }

  members(set: number): readonly number[] {
    return this.#sets[set] ?? [];
  }
}
