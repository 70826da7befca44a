/** Whether a tool, engine or backend can be used here, and if not, what is missing and how to get it. */
export type Readiness =
  | {
      readonly ready: true;
      readonly version?: string;
      /** How it works here, and why so, where there is more than one way. */
      readonly note?: string;
    }
  | { readonly ready: false; readonly missing: string; readonly remedy: string };
