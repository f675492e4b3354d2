import type { Message } from '@charter/core';
import { afterEach, expect } from 'vitest';
import { GenerateError } from '../generate-error.js';

import { endpointModel } from './endpoint-model.js';
import type { EndpointModelOptions } from './endpoint-options.js';
import { type FakeEndpoint, fakeEndpoint, type Reply, type SeenRequest } from './fake-endpoint.fixture.js';

export const question: Message[] = [{ role: 'user', content: 'Which bird cannot fly?' }];

/** The server of the test at hand; it is closed after it. */
export let server: FakeEndpoint | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A model at a server that answers by `reply`, and asks once. */
export const modelAt = async (
  reply: (request: SeenRequest) => Reply | Promise<Reply>,
  options: Partial<EndpointModelOptions> = {},
) => {
  server = await fakeEndpoint(reply);
  return endpointModel({ url: server.url, model: 'tiny', max_retries: 0, ...options });
};

/** Reason of a rejected promise. */
export const errorOf = async (work: Promise<unknown>): Promise<GenerateError> => {
  const error = await work.then(
    () => undefined,
    e => e,
  );
  expect(error).toBeInstanceOf(GenerateError);
  return error;
};
