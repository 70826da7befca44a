/** How one kind of distribution asks for packages in its half of a manifest: what is edited of it. */
export interface Requests<Manifest> {
  /** A request as people write it; undefined of what is none. */
  parse(text: string): Request | undefined;
  /** The half with the requests at each of its places changed. */
  edit(manifest: Manifest, change: (requests: readonly string[]) => readonly string[]): Manifest;
}

export interface Request {
  /** The package, in the one spelling that its lock has too; by itself it asks for any version. */
  readonly name: string;
  /** Whole, as the manifest has it. */
  readonly text: string;
}

/** A request of which the archives have nothing under that name any more. */
export interface Gone {
  readonly name: string;
  /** What was taken in its stead. */
  readonly instead?: string;
  /** Packages that the archives name as its successors. */
  readonly successors: readonly string[];
}
