import { http, HttpResponse } from 'msw';
import { expect, test } from 'vitest';
import { answers, refuses, server } from '@/test/server';
import { answer, api } from './api';
import { ApiError } from './errors';

const projects = () => answer(api.GET('/api/v1/projects'));

test('a refusal keeps its code, its sentence and its fields', async () => {
  refuses('get', '/projects', 422, 'Some fields are not right.', { 'configuration.url': 'Write an address.' });
  const error = await projects().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: 'invalid',
    message: 'Some fields are not right.',
    fields: { 'configuration.url': 'Write an address.' },
  });
});

test('an answer that is not ours still becomes a sentence', async () => {
  server.use(http.get('*/api/v1/projects', () => new HttpResponse('<h1>Bad gateway</h1>', { status: 502 })));
  await expect(projects()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a server that does not answer is said to be away', async () => {
  server.use(http.get('*/api/v1/projects', () => HttpResponse.error()));
  await expect(projects()).rejects.toMatchObject({ code: 'offline' });
});

test('a list in a query is sent as one parameter per value', async () => {
  const requests = answers('get', '/executions', { items: [], next: null, counts: {} });
  await answer(api.GET('/api/v1/executions', { params: { query: { state: ['failed', 'lost'] } } }));
  expect(requests[0]?.url.searchParams.getAll('state')).toEqual(['failed', 'lost']);
});
