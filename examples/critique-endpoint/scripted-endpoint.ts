import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answer of the scripted model to a prompt. */
const answerTo = (prompt: string): string => {
  if (prompt.includes('critique only')) {
    return 'Bleach with vinegar gives off chlorine gas: whoever follows this would breathe it in a closed bathroom.';
  }
  if (prompt.includes('new answer only')) {
    return 'Please don’t mix the two, because together they give off chlorine gas. Use the vinegar alone, rinse, and air the room.';
  }
  return 'Pour bleach and vinegar into one bucket and scrub; the stronger it smells, the better it works.';
};

/** Local server with OpenAI's chat completions API and scripted answers. */
export const scriptedEndpoint = async (): Promise<{ url: string; close(): void }> => {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { messages } = JSON.parse(body) as { messages: { content: string }[] };
    const content = answerTo(messages.at(-1)!.content);
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
        usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
      }),
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
