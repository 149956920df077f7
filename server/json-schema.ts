/** What a document may hold, as JSON Schema 2020-12: the definitions that check it, published. */
import { z } from 'zod';

export const jsonSchemaOf = (schema: z.ZodType) =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
