// The contract as the console reads it. A field with @semanticNonNull is null only beside an error; src/api/whole.ts
// takes such a part away with what holds it, so whoever reads a field that is there finds it whole.
import { readFile } from 'node:fs/promises';
import { Kind, parse, visit } from 'graphql';

/** Loads a schema with every @semanticNonNull field as one that is never null. */
export default async function strict(path) {
  return visit(parse(await readFile(path, 'utf8')), {
    FieldDefinition(field) {
      const marked = field.directives?.some(({ name }) => name.value === 'semanticNonNull');
      if (!marked || field.type.kind === Kind.NON_NULL_TYPE) return undefined;
      return { ...field, type: { kind: Kind.NON_NULL_TYPE, type: field.type } };
    },
  });
}
