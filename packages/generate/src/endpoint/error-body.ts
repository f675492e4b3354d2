/** Longest body that is read of an answer that reports an error. */
const LONGEST_BODY = 64 << 10;

/**
 * `fetch` that gives errors OpenAI's form, `{ error: { message } }`: the client shows no other, and FastAPI sends
 * `{ detail }`, vLLM and SGLang `{ object: "error", message }`, proxies plain text.
 */
export const fetchWithErrors: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.ok) return response;
  const text = (await response.text()).slice(0, LONGEST_BODY);
  const body = parsed(text);
  const error = body?.error ?? { ...body, message: messageOf(body) ?? text };
  const { status, statusText, headers } = response;
  const kept = new Headers(headers);
  // The body is decoded now, and of another length.
  for (const name of ['content-encoding', 'content-length']) kept.delete(name);
  kept.set('content-type', 'application/json');
  return new Response(JSON.stringify({ error }), { status, statusText, headers: kept });
};

const parsed = (text: string): Record<string, unknown> | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};

const messageOf = (body: Record<string, unknown> | undefined): string | undefined => {
  if (!body) return undefined;
  const { message, detail } = body;
  if (typeof message === 'string') return message;
  if (typeof detail === 'string') return detail;
  // FastAPI's validation: each fault with the way to its field.
  if (!Array.isArray(detail)) return undefined;
  return detail
    .map(({ loc, msg }: { loc?: unknown; msg?: unknown }) =>
      Array.isArray(loc) ? `${loc.join('.')}: ${msg}` : `${msg ?? JSON.stringify(detail)}`,
    )
    .join('; ');
};
