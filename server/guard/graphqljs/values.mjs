// Answers each line of a file, {"schema", "query", "variables"}, with what graphql-js makes of it: {"args"} as the resolver of
// the first field sees them, or {"refused"} with its reason. Variables are text, so that JavaScript reads the JSON itself.
import { readFileSync } from 'node:fs';
import { buildSchema, execute, parse, validate } from 'graphql';

const schemas = new Map();
function schemaOf(text) {
  if (!schemas.has(text)) schemas.set(text, buildSchema(text));
  return schemas.get(text);
}

function answer({ schema: text, query, variables }) {
  const schema = schemaOf(text);
  const document = parse(query);
  const wrong = validate(schema, document);
  if (wrong.length > 0) return { refused: wrong[0].message };
  let args;
  const rootValue = {
    f: (given) => {
      args = given;
      return '';
    },
  };
  const result = execute({ schema, document, variableValues: JSON.parse(variables), rootValue });
  if (result.errors) return { refused: result.errors[0].message };
  return { args };
}

for (const line of readFileSync(process.argv[2], 'utf8').split('\n')) {
  if (line === '') continue;
  let result;
  try {
    result = answer(JSON.parse(line));
  } catch (error) {
    result = { refused: String(error.message) };
  }
  console.log(JSON.stringify(result));
}
