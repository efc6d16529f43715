// The client preset of GraphQL Code Generator, reading the contract from the server itself.
export default {
  emitLegacyCommonJSImports: false, // imports with .js, as Node wants them
  schema: [{ [process.env.KLANTKAART_GRAPHQL]: { headers: { authorization: process.env.KLANTKAART_AUTHORIZATION } } }],
  documents: ['typed/*.ts'],
  generates: {
    'build/typed/graphql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'unmask' } },
      config: {
        documentMode: 'string',
        enumsAsTypes: true,
        strictScalars: true,
        useTypeImports: true,
        scalars: { Date: 'string', DateTime: 'string', Decimal: 'string', JSON: 'unknown', Position: 'string' },
      },
    },
  },
}
