import * as z from 'zod';

/** The block `certificates` of the policy file. */
export const Certificates = z.strictObject({
  /** Who made the certificates that are renewed here. */
  internalCa: z
    .strictObject({
      /** A file with its certificate, or the PEM itself. */
      certificate: z
        .string()
        .min(1)
        .refine((text) => !/PRIVATE KEY/.test(text), 'expected the certificate, not the key'),
      /** The variable that holds its private key as PEM, or the ARN of a secret that does. */
      keyEnv: z.string().regex(/^[A-Z_][A-Z0-9_]*$/, 'expected the name of an environment variable'),
    })
    .optional(),
});
