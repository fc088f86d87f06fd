"""What an application reads from an answer, whole or streamed, whichever way it came."""

import dataclasses
import json


@dataclasses.dataclass
class Call:
    id: str
    name: str
    arguments: dict


@dataclasses.dataclass
class Reading:
    text: str
    calls: list[Call]
    finish_reason: str
    usage: tuple[int, int, int] | None

    def alike(self):
        """All but what a provider makes anew each time."""
        calls = [(call.name, call.arguments) for call in self.calls]
        return (self.text, calls, self.finish_reason, self.usage)


def _usage(usage):
    return usage and (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens)


def whole(completion):
    assert completion.object == "chat.completion"
    assert completion.id
    assert len(completion.choices) == 1
    choice = completion.choices[0]
    assert choice.index == 0
    assert choice.message.role == "assistant"
    calls = [
        Call(call.id, call.function.name, json.loads(call.function.arguments))
        for call in choice.message.tool_calls or []
    ]
    return Reading(choice.message.content or "", calls, choice.finish_reason, _usage(completion.usage))


class Accumulator:
    """Puts a stream's chunks together, and holds them to what OpenAI documents of chunks."""

    def __init__(self):
        self.chunks = []
        self._text = []
        self._calls = {}
        self.finish_reasons = []
        self._usages = []

    def add(self, chunk):
        assert chunk.object == "chat.completion.chunk"
        self.chunks.append(chunk)
        if chunk.usage is not None:
            self._usages.append(_usage(chunk.usage))
        for choice in chunk.choices:
            assert choice.index == 0
            assert not self.finish_reasons, "a choice after its finish"
            self._text.append(choice.delta.content or "")
            for call in choice.delta.tool_calls or []:
                self._add_call(call)
            if choice.finish_reason is not None:
                self.finish_reasons.append(choice.finish_reason)

    def _add_call(self, call):
        if call.index not in self._calls:
            assert call.index == len(self._calls)
            self._calls[call.index] = (call.id, call.function.name, [])
            assert call.id and call.function.name
        else:
            assert not call.id, "a call's id is told once"
            assert not call.function.name, "a call's name is told once"
        self._calls[call.index][2].append(call.function.arguments or "")

    def finish(self):
        assert len({chunk.id for chunk in self.chunks}) == 1
        assert self.chunks[0].choices[0].delta.role == "assistant"
        (finish_reason,) = self.finish_reasons
        assert len(self._usages) <= 1
        calls = [
            Call(id, name, json.loads("".join(arguments)))
            for id, name, arguments in self._calls.values()
        ]
        usage = self._usages[0] if self._usages else None
        return Reading("".join(self._text), calls, finish_reason, usage)


def streamed(chunks):
    accumulator = Accumulator()
    for chunk in chunks:
        accumulator.add(chunk)
    return accumulator.finish()
