import { afterEach, describe, expect, it } from 'vitest';
import { type FakeEndpoint, fakeEndpoint, type Reply } from './fake-endpoint.fixture.js';
import { loadLoraAdapter } from './load-lora-adapter.js';
import { severalEndpoints } from './several-endpoints.js';

const open: FakeEndpoint[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map(endpoint => endpoint.close()));
});
const start = async (...args: Parameters<typeof fakeEndpoint>) => {
  const endpoint = await fakeEndpoint(...args);
  open.push(endpoint);
  return endpoint;
};
const text = (content: string): Reply => ({
  json: {
    choices: [{ message: { content }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1 },
  },
});
const ask = { prompt: [{ role: 'user' as const, content: 'Hi' }] };

describe('several endpoints', () => {
  it('give each request to the server that has least to do', async () => {
    const slow = await start(async () => {
      await new Promise(resolve => setTimeout(resolve, 300));
      return text('slow');
    });
    const quick = await start(() => text('quick'));
    const model = severalEndpoints({ urls: [slow.url, quick.url], model: 'm', concurrency: 2 });
    expect(model.concurrency).toBe(4);
    let left = 20;
    const work = async () => {
      while (left-- > 0) await model.generate(ask);
    };
    await Promise.all([work(), work(), work()]);
    expect(slow.seen.length + quick.seen.length).toBe(20);
    expect(quick.seen.length).toBeGreaterThan(14);
  });

  it('leave out one that is dead, lose no request by it, and try it again', async () => {
    let dead = true;
    const first = await start(() =>
      dead ? { status: 503, json: { error: { message: 'loading' } } } : text('1'),
    );
    const second = await start(() => text('2'));
    const leftOut: string[] = [];
    const model = severalEndpoints({
      urls: [first.url, second.url],
      model: 'm',
      max_retries: 0,
      rest: 0.5,
      onLeftOut: url => leftOut.push(url),
    });
    const texts = await Promise.all(Array.from({ length: 10 }, () => model.generate(ask)));
    expect(texts.map(answer => answer.text)).toEqual(Array(10).fill('2'));
    expect(leftOut).toEqual([first.url]);
    dead = false;
    await new Promise(resolve => setTimeout(resolve, 600));
    expect((await model.generate(ask)).text).toBe('1');
  });

  it('fail with the last server’s reason when all are dead, and at once when the request is wrong', async () => {
    const down = () => start(() => ({ status: 503, json: { error: { message: 'no' } } }));
    const urls = [(await down()).url, (await down()).url];
    const model = severalEndpoints({ urls, model: 'm', max_retries: 0, rest: 0.01 });
    await expect(model.generate(ask)).rejects.toThrow(/503/);
    const strict = await start(() => ({ status: 400, json: { error: { message: 'bad field' } } }));
    const other = await start(() => text('fine'));
    const two = severalEndpoints({ urls: [strict.url, other.url], model: 'm' });
    await expect(two.generate(ask)).rejects.toThrow(/bad field/);
    expect(other.seen).toEqual([]);
  });
});

describe('an adapter for a running server', () => {
  const adapter = { lora_name: 'charter-1a2b', lora_path: '/runs/sft' };

  it('is loaded by vLLM’s call; one that is loaded already stays', async () => {
    const loaded = new Set<unknown>();
    const vllm = await start(({ body }) => {
      if (loaded.has(body.lora_name))
        return {
          status: 400,
          json: { error: { message: `The lora adapter '${body.lora_name}' has already been loaded.` } },
        };
      loaded.add(body.lora_name);
      return { json: `Success: LoRA adapter '${body.lora_name}' added successfully.` };
    });
    await loadLoraAdapter({ url: vllm.url, ...adapter, api_key: 'key' });
    await loadLoraAdapter({ url: vllm.url, ...adapter });
    expect(vllm.seen).toMatchObject([
      { path: '/v1/load_lora_adapter', body: adapter, headers: { authorization: 'Bearer key' } },
      { path: '/v1/load_lora_adapter', body: adapter },
    ]);
  });

  it('that the server refuses, or cannot load, is named with what to do', async () => {
    const strict = await start(() => ({
      status: 400,
      json: { error: { message: 'rank 64 is greater than max_lora_rank 16' } },
    }));
    await expect(loadLoraAdapter({ url: strict.url, ...adapter })).rejects.toThrow(
      /max_lora_rank 16.*\/runs\/sft/,
    );
    const plain = await start(() => ({ status: 404, json: { detail: 'Not Found' } }));
    await expect(loadLoraAdapter({ url: plain.url, ...adapter })).rejects.toThrow(
      /Start vLLM with --enable-lora/,
    );
    expect(plain.seen.map(({ path }) => path)).toEqual(['/v1/load_lora_adapter', '/load_lora_adapter']);
  });
});
