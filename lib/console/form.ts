import type { Context } from 'hono';

const bytesMax = 20_000;

/** The fields of a form as text; null for anything that is not a small form. */
export async function formOf(context: Context): Promise<{ [name: string]: string } | null> {
  const type = (context.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return null;
  if (Number(context.req.header('content-length') ?? 0) > bytesMax) return null;
  const text = await context.req.text();
  if (text.length > bytesMax) return null;
  return Object.fromEntries(new URLSearchParams(text));
}
