/** How one kind of distribution asks for packages in its half of a manifest: what is edited of it. */
export interface Requests<Manifest> {
  /** A request as people write it; undefined of what is none. */
  parse(text: string): Request | undefined;
  /** What a request, which may be parsed, says so exactly that one package can be it. */
  pins(text: string): Pins;
  /** Whether a package of the name that is asked for is one that a request, which may be parsed, allows. */
  allows(text: string, installed: Installed): boolean;
  /** The half with the requests at each of its places changed. */
  edit(manifest: Manifest, change: (requests: readonly string[]) => readonly string[]): Manifest;
}

export interface Request {
  /** The package, in the one spelling that its lock has too; by itself it asks for any version. */
  readonly name: string;
  /** Whole, as the manifest has it. */
  readonly text: string;
}

/** The only version and architecture that a request allows, where it allows but one. */
export interface Pins {
  readonly version?: string;
  readonly architecture?: string;
}

/** Of a package that is there, what requests may be about. */
export interface Installed {
  readonly version: string;
  readonly architecture?: string | undefined;
  readonly build?: string | undefined;
}

/** A request of which the archives have nothing under that name any more. */
export interface Gone {
  readonly name: string;
  /** What was taken in its stead. */
  readonly instead?: string;
  /** Packages that the archives name as its successors. */
  readonly successors: readonly string[];
}
