import type { CodegenConfig } from '@graphql-codegen/cli';

// Typed documents from the contract. The bundle carries only their hashes; the texts stand in persisted-documents.json,
// which the binary embeds and trusts.
const config: CodegenConfig = {
  schema: { '../schema.graphqls': { loader: './scripts/strict.mjs' } },
  documents: ['src/**/*.graphql'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        onExecutableDocumentNode: (document: { definitions: readonly unknown[] }) => {
          const [first] = document.definitions as { operation: string; name: { value: string } }[];
          return { operation: first?.operation, name: first?.name.value };
        },
        persistedDocuments: {
          mode: 'replaceDocumentWithHash',
          hashPropertyName: 'documentId',
          hashAlgorithm: 'sha256',
        },
      },
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        strictScalars: true,
        scalars: {
          ID: 'string',
          Decimal: 'string',
          DateTime: 'string',
          Long: 'number',
          TimeZone: 'string',
          Cursor: 'string',
          JSON: 'unknown',
        },
      },
    },
  },
  hooks: { afterAllFileWrite: ['node scripts/manifest.mjs'] },
};

export default config;
