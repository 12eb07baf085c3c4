/** An operation with the types of its variables and its answer. */
export interface Operation<Variables, Data> {
  readonly document: string;
  /** Never set: it only carries the types. */
  readonly types?: (variables: Variables) => Data;
}

/** An operation of a document; the types are the caller's word for it. */
export function operation<Variables, Data>(document: string): Operation<Variables, Data> {
  return { document };
}
