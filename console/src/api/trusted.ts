// Documents go over the wire by their hash; the server knows the texts (persisted-documents.json).
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

interface Hashed {
  __meta__?: { documentId?: string };
}

/** A generated document in the form in which urql sends its hash as documentId and no text. */
export function trusted<R, V>(document: TypedDocumentNode<R, V>): TypedDocumentNode<R, V> {
  let ready = readied.get(document);
  if (!ready) {
    ready = { kind: 'Document', definitions: [], documentId: hashOf(document) };
    readied.set(document, ready);
  }
  return ready as unknown as TypedDocumentNode<R, V>;
}

const readied = new WeakMap<object, object>();

function hashOf(document: object): string {
  const hash = (document as Hashed).__meta__?.documentId;
  if (!hash) throw new Error('the document has no hash: run npm run codegen');
  return hash;
}
