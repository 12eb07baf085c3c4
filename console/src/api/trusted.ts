// Documents go over the wire by their hash; the server knows the texts (persisted-documents.json).
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import type { Operation } from 'urql';

interface Generated {
  __meta__?: { documentId: string; operation: string; name: string };
}

/**
 * A generated document as urql takes it: what kind of operation it is and its name, and the hash instead of its text.
 */
export function trusted<R, V>(document: TypedDocumentNode<R, V>): TypedDocumentNode<R, V> {
  let ready = readied.get(document);
  if (!ready) readied.set(document, (ready = stub(document as Generated)));
  return ready as unknown as TypedDocumentNode<R, V>;
}

const readied = new WeakMap<object, object>();

function stub({ __meta__: meta }: Generated): object {
  if (!meta) throw new Error('the document has no hash: run npm run codegen');
  const name = { kind: 'Name', value: meta.name };
  const selectionSet = { kind: 'SelectionSet', selections: [] };
  const definition = { kind: 'OperationDefinition', operation: meta.operation, name, selectionSet };
  return { kind: 'Document', documentId: meta.documentId, definitions: [definition] };
}

/** What is sent in place of the text. */
export function named(query: Operation['query']): { persistedQuery: { version: 1; sha256Hash: string } } {
  return { persistedQuery: { version: 1, sha256Hash: (query as unknown as { documentId: string }).documentId } };
}
