"""Text in logs and settings that gives orders to its reader, an assistant above all: found and told, never followed."""

from __future__ import annotations

import re

SHORTEST = 12
_BEGIN = r"(?:^|[.;:,!?>)\]]\s*|-- ?|\b(?:please|kindly|and|then|must|should|required to|have to|always|just)\s)"
"""Where somebody is told to do something: at the beginning of a clause."""
_WAYS = (
    # Whatever was said before is to be forgotten, in the languages that such texts come in.
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your|other|these|system)\b"
    r".{0,30}\b(?:instruct|prompt|rule|message|finding|context|guideline|direction|command|order|analysis|told)",
    r"\b(?:ignore|disregard|forget)\b.{0,20}\b(?:what|everything|anything)\b.{0,15}\byou\b",
    r"\b(?:ignorez|oubliez|ignora|ignorar|ignore|olvida|olvide|dimentica|ignoriere|vergiss|missachte|negeer|esque[cç]a)\b"
    r".{0,60}\b(?:instructions|consignes|instrucciones|istruzioni|instru[cç][oõ]es|anweisungen|regeln|instructies|reglas)\b",
    r"(?:игнорир|забудь).{0,40}(?:инструкц|указани)|忽略.{0,12}(?:指令|指示|提示)|指示を無視",
    # The verdict is dictated.
    r"\b(?:report|describe|mark|label|classify|call|rate|present|treat|consider|declare)\b.{0,30}"
    r"\b(?:it|everything|(?:this|the|all|every)\b.{0,25}\b(?:runs?|experiments?|training|model))\b.{0,20}"
    r"\bas\b.{0,20}\b(?:healthy|fine|good|the best|ok|successful|nominal|perfect|safe|winner)",
    r"\b(?:rate|score|grade)\b.{0,10}\b(?:this|the|it)\b.{0,20}(?:\b10/10|\b100 ?%|\bperfect|\bexcellent|\bfive stars)",
    r"\bverdict\s?[=:]\s?\W?(?:healthy|fine|good|ok|pass)|\b(?:admin|root|developer|system)\soverride\b",
    rf"{_BEGIN}(?:claim|conclude|pretend|insist|announce|declare|certify|assure)\b.{{0,25}}"
    r"\b(?:runs?|training|model|experiment|accuracy|loss|results?|everything|nothing|all|it)\b",
    # An assistant is spoken to.
    r"\b(?:ai|llm|language model|assistants?|chatbots?|agents?|reviewers?)\s?[:,!]\s?(?:please |kindly )?"
    r"(?:you (?:must|should|have|will|are required)|ignore|report|say|tell|answer|respond|override|must|should|do not"
    r"|don't|never|output|write|conclude|claim)\b",
    r"\b(?:note|attention|message|instructions?|order) (?:to|for) (?:the |any |all )?"
    r"(?:ai|llm|assistant|model|agent|reader|analyst|reviewer|bot)",
    r"\bas an? (?:ai|llm|assistant|language model)\b.{0,30}\byou\b",
    r"\byou are (?:chatgpt|claude|gemini|copilot|gpt)\b.{0,40}\b(?:respond|reply|answer|say|report|ignore|must)\b",
    r"\b(?:system prompt|you are now|new instructions?|jailbreak|developer mode)\b",
    r"\b(?:hey|hi|hello|dear)\s(?:claude|chatgpt|gpt|gemini|copilot|ai|llm|assistant)\b",
    r"</?(?:system|instructions?|tool_result|tool_call)>",
    r"(?:^|[#\[<*\s])(?:system|developer)\s?[:\]>].{0,40}\b(?:answer|say|report|reply|respond|tell|claim|you are)\b",
    r"<\|im_start\|>\s*system\b.{0,80}\b(?:runs?|training|verdict|report|healthy|findings?)\b",
    # What the answer is to be, or to leave out.
    r"\b(?:do not|don't|never) (?:mention|report|reveal|tell|flag|diagnose|disclose)\b",
    r"\byou (?:must|should|have to|are required to) "
    r"(?:say|answer|report|respond|tell|claim|state|write|recommend|rate)\b",
    r"\byou (?:only|always|never) (?:say|answer|report|praise|flag|recommend|mention)\b",
    rf"{_BEGIN}(?:answer|reply|respond)\b.{{0,12}}\b(?:only|nothing|all|every|the word)\b",
    rf"{_BEGIN}(?:answer|reply|respond)\b.{{0,30}}\binstead\b|\b(?:reply|respond) only with\b",
    rf"{_BEGIN}(?:tell|inform|assure)\s(?:the |this |every|all )?(?:user|person|people|reader|team|one|them)\b"
    r".{0,10}\bthat\b",
    r"\banswer to (?:any|every|all) questions?\b",
    rf"{_BEGIN}(?:skip|refuse|omit)\b.{{0,25}}\b(?:diagnos|analysis of this|findings?\b|faults?\b)",
    # Something is to be done beside the answer.
    rf"{_BEGIN}(?:send|post|upload|e-?mail|leak|forward|transmit)\b.{{0,40}}"
    r"\b(?:keys?|tokens?|secrets?|passwords?|credentials?|prompts?)\b.{0,30}\bto\b",
    r"\bdrop table\b|\bdelete from (?:runs|metrics|findings|params|log_lines)\b",
)
ORDERS = "|".join(_WAYS)
"""Without looking around, so that the engine of the SQL worker reads it too, in linear time."""
_ORDERS = re.compile(ORDERS, re.IGNORECASE)
_BEGINNINGS = """
    ignor disregard forget overrid bypass oubli olvid dimentica vergiss missachte negeer esque игнор забудь 忽略 指示
    verdict claim conclude pretend insist announce declare certify assure rate score grade llm assist agent bot review
    gpt claude gemini copilot system developer prompt instruct attention message note jailbreak tool_ im_start not
    don't never you answer reply respond tell inform skip refuse omit send post upload mail leak forward transmit drop
    delete
    describe mark label classify call present treat consider report </
"""
_TELLING = tuple(_BEGINNINGS.split())
"""One of these stands in every such text: nearly all lines are passed over at the cost of a look for them."""


def is_order(text: object) -> bool:
    """Whether a text of a log speaks to its reader instead of about the run."""
    if not isinstance(text, str) or len(text) <= SHORTEST:
        return False
    said = text.lower()
    return any(word in said for word in _TELLING) and _ORDERS.search(text) is not None
