"""The official `openai` package, unmodified, against every provider that Portolan serves."""

import asyncio

import openai
import pytest

import reading

HELLO = [{"role": "user", "content": "hello there"}]
ESCAPES = 'Zoë said "héllo"\n\tC:\\new\u2028日本語 🎉 </script> \x7f end'
LONG = " ".join(f"word{number}" for number in range(60))

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a place.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "get_forecast",
            "description": "The weather of days to come.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "number"}},
                "required": ["city", "days"],
            },
        },
    },
]
# The stand-in's documented rule: a call a tool, "Paris" for a string, 7 for a number.
CALLS = [("get_weather", {"city": "Paris"}), ("get_forecast", {"city": "Paris", "days": 7})]


def ask(client, provider, messages=HELLO, **more):
    return client.chat.completions.create(model=provider.model, messages=messages, **more)


def whole(client, provider, messages=HELLO, **more):
    return reading.whole(ask(client, provider, messages, **more))


def streamed(client, provider, messages=HELLO, **more):
    with ask(client, provider, messages, stream=True, **more) as stream:
        return reading.streamed(stream)


def text_of(message):
    content = message["content"]
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)


def sent(mock):
    return [(message["role"], text_of(message)) for message in mock.last_request()["messages"]]


def test_chat_whole(client, mock, provider):
    mock.script({"text": "Good morning to you"})
    answer = whole(client, provider)
    assert answer.text == "Good morning to you"
    assert answer.finish_reason == "stop"
    prompt, completion, total = answer.usage
    # The stand-in counts words.
    assert (prompt, completion, total) == (2, 4, 6)


def test_chat_streamed(client, mock, provider):
    mock.script({"text": "Good morning to you"})
    answer = streamed(client, provider)
    assert answer.text == "Good morning to you"
    assert answer.finish_reason == "stop"


def test_chat_comes_in_pieces(client, mock, provider):
    mock.script({"text": "Good morning to you"})
    with ask(client, provider, stream=True) as stream:
        pieces = [
            choice.delta.content for chunk in stream for choice in chunk.choices if choice.delta.content
        ]
    assert len(pieces) == 4


def test_stream_usage_when_asked(client, mock, provider):
    mock.script({"text": "Good morning to you"})
    answer = streamed(client, provider, stream_options={"include_usage": True})
    assert answer.usage == (2, 4, 6)


def test_stream_usage_only_when_asked(client, mock, provider):
    with ask(client, provider, stream=True) as stream:
        chunks = list(stream)
    assert all(chunk.choices for chunk in chunks), "a chunk for usage alone"
    if provider.name != "mistral":
        # Mistral's own last chunk carries it unasked, beside the finish reason.
        assert all(chunk.usage is None for chunk in chunks)


def test_tools_whole(client, provider):
    answer = whole(client, provider, tools=TOOLS)
    assert [(call.name, call.arguments) for call in answer.calls] == CALLS
    assert len({call.id for call in answer.calls}) == 2
    assert answer.finish_reason == "tool_calls"


def test_tools_streamed(client, provider):
    answer = streamed(client, provider, tools=TOOLS)
    assert [(call.name, call.arguments) for call in answer.calls] == CALLS
    assert len({call.id for call in answer.calls}) == 2
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("read", [whole, streamed])
def test_tool_results(client, mock, provider, read):
    first = ask(client, provider, tools=TOOLS)
    message = first.choices[0].message
    messages = [*HELLO, message.model_dump(exclude_none=True)] + [
        {"role": "tool", "tool_call_id": call.id, "content": f"18 degrees, {call.function.name}"}
        for call in message.tool_calls
    ]
    answer = read(client, provider, messages, tools=TOOLS)
    assert "18 degrees, get_forecast" in answer.text
    assert not answer.calls
    assert answer.finish_reason == "stop"
    results = [message for message in mock.last_request()["messages"] if message["role"] == "tool"]
    assert [result["tool_call_id"] for result in results] == [call.id for call in message.tool_calls]


@pytest.mark.parametrize("read", [whole, streamed])
def test_system_and_turns(client, mock, provider, read):
    turns = [
        ("system", "You are brief."),
        ("user", "One?"),
        ("assistant", "Two."),
        ("user", "Three?"),
    ]
    messages = [{"role": role, "content": content} for role, content in turns]
    mock.script({"text": "Four."})
    assert read(client, provider, messages).text == "Four."
    assert sent(mock) == turns


@pytest.mark.parametrize("read", [whole, streamed])
def test_escapes_survive(client, mock, provider, read):
    mock.script({"text": ESCAPES})
    answer = read(client, provider, [{"role": "user", "content": ESCAPES}])
    assert answer.text == ESCAPES
    assert sent(mock) == [("user", ESCAPES)]


@pytest.mark.parametrize("read", [whole, streamed])
def test_max_tokens(client, mock, provider, read):
    mock.script({"text": "One two three four"})
    answer = read(client, provider, max_tokens=2)
    assert answer.text == "One two"
    assert answer.finish_reason == "length"


def test_wrong_model(client, provider):
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="some-other-model", messages=HELLO)
    assert f"cannot use own model - must be: {provider.model}" in str(refused.value)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_provider_error(client, mock, provider, stream):
    mock.script({"status": 401})
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(client, provider, stream=stream)
    assert refused.value.status_code == 401


# About a third of what a stream of `LONG` takes in the tersest of the formats.
FAULTS = [{"cut_after_bytes": 2500}, {"reset_after_bytes": 2500}, {"error_event_at": 8}]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_cut_stream_raises(client, mock, provider, fault):
    mock.script({"text": LONG, **fault})
    accumulator = reading.Accumulator()
    with pytest.raises(openai.APIError):
        with ask(client, provider, stream=True) as stream:
            for chunk in stream:
                accumulator.add(chunk)
    assert not accumulator.finish_reasons


def test_cut_answer_raises(client, mock, provider):
    mock.script({"text": LONG, "cut_after_bytes": 200})
    with pytest.raises(openai.APIError):
        ask(client, provider)


def test_async_client(mock, gateway, provider):
    async def converse():
        async with gateway.client(provider, openai.AsyncOpenAI) as client:
            mock.script({"text": "Good morning"}, {"text": "Good evening"})
            first = reading.whole(await ask(client, provider))
            accumulator = reading.Accumulator()
            async with await ask(client, provider, stream=True) as stream:
                async for chunk in stream:
                    accumulator.add(chunk)
            return first, accumulator.finish()

    first, second = asyncio.run(converse())
    assert first.text == "Good morning"
    assert second.text == "Good evening"


@pytest.mark.parametrize("read", [whole, streamed])
@pytest.mark.parametrize(
    "more",
    [{}, {"tools": TOOLS}, {"temperature": 0.5, "max_tokens": 64, "stop": ["END"]}],
    ids=["text", "tools", "options"],
)
def test_hub_reads_alike(client, hub_client, mock, provider, read, more):
    if read is streamed:
        more = {**more, "stream_options": {"include_usage": True}}
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": ESCAPES}]
    spliced = read(client, provider, messages, **more)
    translated = read(hub_client, provider, messages, **more)
    assert translated.alike() == spliced.alike()
