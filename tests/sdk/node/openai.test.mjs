// The official `openai` package, unmodified, against every provider that Portolan serves.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import OpenAI from 'openai';

import { PROVIDERS, startAll, stopAll } from './harness.mjs';

const HELLO = [{ role: 'user', content: 'hello there' }];
const ESCAPES = 'Zoë said "héllo"\n\tC:\\new\u2028日本語 🎉 </script> end';
const LONG = Array.from({ length: 60 }, (_, number) => `word${number}`).join(' ');

const tool = (name, properties) => ({
  type: 'function',
  function: {
    name,
    description: 'The weather.',
    parameters: { type: 'object', properties, required: Object.keys(properties) },
  },
});
const TOOLS = [
  tool('get_weather', { city: { type: 'string' } }),
  tool('get_forecast', { city: { type: 'string' }, days: { type: 'number' } }),
];
// The stand-in's documented rule: a call a tool, "Paris" for a string, 7 for a number.
const CALLS = [
  ['get_weather', { city: 'Paris' }],
  ['get_forecast', { city: 'Paris', days: 7 }],
];

let gateway;
before(async () => {
  gateway = await startAll();
});
after(stopAll);

/** Puts a stream's chunks together. */
async function accumulate(stream) {
  const read = { text: '', calls: [], finishes: [], usages: [], bare: 0 };
  for await (const chunk of stream) {
    if (chunk.usage) read.usages.push(chunk.usage);
    if (chunk.choices.length === 0) read.bare += 1;
    for (const { delta, finish_reason: finish } of chunk.choices) {
      read.text += delta.content ?? '';
      for (const { index, id, function: called } of delta.tool_calls ?? []) {
        if (read.calls[index] === undefined) {
          assert.ok(id && called.name);
          read.calls[index] = { id, name: called.name, arguments: '' };
        } else {
          assert.ok(!id && !called.name, 'a call is named once');
        }
        read.calls[index].arguments += called.arguments ?? '';
      }
      if (finish) read.finishes.push(finish);
    }
  }
  return read;
}

const parsed = (calls) => calls.map(({ name, arguments: json }) => [name, JSON.parse(json)]);

for (const provider of PROVIDERS) {
  const { model } = provider;

  /** A test with a client of its own and a stand-in that remembers nothing. */
  const served = (name, body) =>
    test(`${name}: ${provider.name}`, async () => {
      await gateway.reset();
      const options = { baseURL: gateway.url(provider), apiKey: 'fake-client-key', maxRetries: 0, timeout: 30_000 };
      const completions = new OpenAI(options).chat.completions;
      await body((more = {}) => completions.create({ model, messages: HELLO, ...more }));
    });

  served('chat whole', async (ask) => {
    await gateway.script({ text: ESCAPES });
    const answer = await ask();
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.content, ESCAPES);
    assert.equal(answer.choices[0].finish_reason, 'stop');
    const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = answer.usage;
    assert.equal(prompt, 2);
    assert.equal(total, prompt + completion);
  });

  served('chat streamed', async (ask) => {
    await gateway.script({ text: ESCAPES });
    const read = await accumulate(await ask({ stream: true }));
    assert.equal(read.text, ESCAPES);
    assert.deepEqual(read.finishes, ['stop']);
    assert.equal(read.bare, 0);
  });

  served('stream usage when asked', async (ask) => {
    await gateway.script({ text: 'Good morning to you' });
    const read = await accumulate(await ask({ stream: true, stream_options: { include_usage: true } }));
    // The stand-in counts words.
    assert.deepEqual(
      read.usages.map(({ prompt_tokens: prompt, completion_tokens: completion }) => [prompt, completion]),
      [[2, 4]],
    );
  });

  served('tools whole', async (ask) => {
    const { message, finish_reason: finish } = (await ask({ tools: TOOLS })).choices[0];
    assert.deepEqual(parsed(message.tool_calls.map((call) => call.function)), CALLS);
    assert.equal(finish, 'tool_calls');
  });

  served('tools streamed', async (ask) => {
    const read = await accumulate(await ask({ tools: TOOLS, stream: true }));
    assert.deepEqual(parsed(read.calls), CALLS);
    assert.deepEqual(read.finishes, ['tool_calls']);
  });

  served('tool results', async (ask) => {
    const { message } = (await ask({ tools: TOOLS })).choices[0];
    const results = message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: '18 degrees' }));
    const answer = await ask({ messages: [...HELLO, message, ...results], tools: TOOLS });
    assert.match(answer.choices[0].message.content, /18 degrees/);
  });

  served('wrong model', async (ask) => {
    await assert.rejects(ask({ model: 'some-other-model' }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.ok(error.message.includes(`cannot use own model - must be: ${model}`), error.message);
      return true;
    });
  });

  for (const fault of [{ cut_after_bytes: 2500 }, { reset_after_bytes: 2500 }, { error_event_at: 8 }]) {
    served(`${Object.keys(fault)[0]} rejects`, async (ask) => {
      await gateway.script({ text: LONG, ...fault });
      await assert.rejects(async () => accumulate(await ask({ stream: true })));
    });
  }
}
