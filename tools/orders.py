"""Text in logs and settings that gives orders to its reader, an assistant above all: found and told, never followed."""

from __future__ import annotations

import re
from functools import lru_cache

SHORTEST = 12
_LEVEL = r"\b(?:debug|info|warning|warn|error|critical|note|notice|important)\b\W{1,3}"
_BEGIN = (
    rf"(?:^|[.;:,!?>)\]\"'#]\s*|-- ?|{_LEVEL}"
    r"|\b(?:please|kindly|and|then|must|should|required to|have to|always|just|you will|do)\s)"
)
"""Where somebody is told to do something: at the beginning of a clause."""
_FINE = (
    r"(?:(?:healthy|fine|flawless|perfect|excellent|converged|succe(?:ss|eded)\w*|sound|pass(?:ed)?"
    r"|(?:all|everything)(?: is)? (?:good|well|ok|clear|fine|converged|normal)|nothing (?:is |was )?wrong"
    r"|no (?:issues?|faults?|problems?|findings?)|went (?:well|down)|full marks|10/10|(?:a |the )?winner)\b|100 ?%)"
)
"""What an order would have said of a run."""
_RUN = r"(?:\b(?:this|the|every|all|any)\b.{0,20}\b(?:runs?|training|model|experiments?)\b|\brun[- ]\d+\b)"
_TROUBLE = r"\b(?:faults?|findings?|crash\w*|nans?|diverg\w+|problems?|issues?|failures?|spikes?)\b"
_READER = (
    r"\b(?:whoever reads this|readers?|ai|llms?|language model|assistants?|chatbots?|analysts?|reviewers?|graders?)\b"
)
_DOES = (
    r"(?:say|tell|report|answer|reply|respond|ignore|disregard|state|write|conclude|output|rate|praise|hide"
    r"|recommend|forget"
    r"|mark|claim|override|list|mention|skip|approve|accept|never|not|do not|don't)"
)


_WAYS = (
    # Whatever was said before is to be forgotten, in the languages that such texts come in.
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your"
    r"|other|these|system)\b"
    r".{0,30}\b(?:instruct|prompt|rule|message|finding|context|guideline|direction|command|order|analysis|told)",
    r"\b(?:ignore|disregard|forget)\b.{0,20}\b(?:what|everything|anything)\b.{0,15}\byou\b",
    rf"{_BEGIN}(?:ignore|disregard|overlook)\s(?:the|all|any|every|these|those)\s.{{0,12}}(?:findings?|faults?"
    rf"|nans?\b|diverg)",
    r"\b(?:ignorez|oubliez|ignora|ignorar|ignore|olvida|olvide|dimentica|ignoriere|vergiss|missachte|negeer"
    r"|esque[cç]a)\b"
    r".{0,60}\b(?:instructions|consignes|instrucciones|istruzioni|instru[cç][oõ]es|anweisungen|regeln"
    r"|instructies|reglas)\b",
    r"(?:игнорир|забудь).{0,40}(?:инструкц|указани)|忽略.{0,12}(?:指令|指示|提示)|指示を無視",
    # The verdict is dictated.
    r"\b(?:report|describe|mark|label|classify|call|rate|present|treat|consider|declare)\b.{0,30}"
    r"\b(?:it|everything|(?:this|the|all|every)\b.{0,25}\b(?:runs?|experiments?|training|model))\b.{0,20}"
    r"\bas\b.{0,20}\b(?:healthy|fine|good|the best|ok|successful|nominal|perfect|safe|winner|the winner)\b",
    r"\b(?:rate|score|grade)\b.{0,10}\b(?:this|the|it)\b.{0,20}(?:\b10/10|\b100 ?%|\bperfect|\bexcellent"
    r"|\bfive stars)",
    r"\b(?:final\s)?verdict\s?(?:[=:]|is\b)?\s?\W?(?:healthy|fine|good|ok|pass)\b|\b(?:admin|root|developer"
    r"|system)\soverride\b",
    rf"{_BEGIN}(?:claim|conclude|pretend|insist|announce|declare|certify|assure)\b.{{0,25}}"
    r"\b(?:runs?|training|model|experiment|accuracy|loss|results?|everything|nothing|all|it)\b",
    rf"{_BEGIN}(?:say|tell|claim|answer|reply|respond|praise|conclude|state that"
    rf"|summari[sz]e as)\W{{1,3}}[^.]{{0,45}}\b{_FINE}",
    rf"{_BEGIN}(?:output|print|write|report)\s(?:exactly|only|just|the word|(?:that )?(?:nothing|everything"
    rf"|this|the))"
    rf"\W{{1,3}}(?:\w+\s){{0,3}}{_FINE}|{_BEGIN}(?:print pass\b|report (?:that )?nothing (?:is |was )?wrong)",
    rf"{_BEGIN}(?:consider|deem|call|judge|declare|rate|mark)\s{_RUN}.{{0,12}}\b{_FINE}",
    rf"{_BEGIN}call\s(?:this|it|the)\s(?:\w+\s)?{_FINE}",
    rf"{_BEGIN}(?:rank|recommend|choose|pick|prefer|praise)\s{_RUN}"
    r".{0,20}\b(?:first|top|best|above all|to the (?:user|reader|team)|whatever|regardless|no matter)\b",
    rf"{_BEGIN}(?:approve|accept)\s(?:this|the|every|all)\s(?:\w+\s)?runs?\b|\blie about\b",
    rf"{_BEGIN}pretend\s(?:that|the|this|nothing|everything|it)\b",
    r"\b(?:run|training|model|experiment)\s(?:is|must|should|shall|has) (?:to )?be (?:reported|called|marked"
    r"|rated|judged)\b",
    r"\b(?:set|put|leave) aside\b.{0,12}\b(?:rules|instructions|findings)\b",
    rf"{_BEGIN}praise\s(?:this|the|every|all|any)\b.{{0,12}}\bruns?\b",
    rf"{_BEGIN}treat\b.{{0,25}}\bas (?:resolved|harmless|fixed|normal|passed|noise)\b",
    r"\byour (?:only |final |sole )?(?:answer|reply|response|verdict|summary|output) (?:should|must|shall"
    r"|will|is|has to)\b"
    rf".{{0,20}}(?:\bthat (?:nothing|everything|all|this|the)\b|\bthe word\b|\b{_FINE})",
    # The same in other languages.
    r"\b(?:sage?|melde|berichte|antworte|behaupte)\b.{0,40}\b(?:in ordnung|alles gut|nur mit|gesund"
    r"|keine fehler|erfolgreich)\b",
    r"\b(?:dis|dites|r[ée]ponds|r[ée]pondez|indique|signale)\b.{0,40}\b(?:tout va bien|seulement|uniquement"
    r"|aucun probl[eè]me)\b",
    r"\b(?:diga|dile|responde|responda|informa|reporta|diz)\b.{0,40}\b(?:todo est[áa] bien|s[óo]lo|solamente"
    r"|sin problemas|tudo bem)\b",
    r"\b(?:di' che|rispondi|riferisci)\b.{0,40}\b(?:tutto (?:va )?bene|soltanto|solo|nessun problema)\b",
    r"(?:回答|报告|告诉|输出|声称).{0,12}(?:正常|没有问题|健康|成功)|(?:正常|問題な).{0,10}(?:と答え|と報告)",
    r"(?:ответь|скажи|сообщи|напиши).{0,30}(?:только|хорошо|нормально|в порядке|успешно)",
    r"\bne mentionne[zr]? pas\b|\bno menciones?\b|\berw[äa]hne? (?:nicht|kein)|\bnon menzionare\b|\bn[ãa]o mencione\b"
    r"|не упоминай|不要提",
    # An assistant is spoken to.
    r"\b(?:ai|llm|language model|assistants?|chatbots?|agents?|reviewers?)\s?[:,!]\s?(?:please |kindly )?"
    r"(?:you (?:must|should|have|will|are required)|ignore|report|say|tell|answer|respond|override|must|should|do not"
    r"|don't|never|output|write|conclude|claim)\b",
    rf"{_READER}\W{{1,3}}(?:you )?(?:must|should|shall|you will|are to|have to"
    rf"|reading this must)\s(?:\w+\s){{0,2}}{_DOES}\b",
    rf"{_READER}\W{{1,3}}your (?:only |sole )?(?:output|answer|reply|task|job|role)\b|\bwhoever reads this\b",
    r"\b(?:note|attention|message|instructions?|order) (?:to|for) (?:the |any |all )?"
    r"(?:ai|llm|assistant|agent|reader|analyst|reviewer|bot|grader|judge)\b|\b(?:note|attention"
    r"|message)\W(?:to )?model\b",
    r"\b(?:ai|llm|assistant) instructions?\s?:",
    r"\bas an? (?:ai|llm|assistant|language model)\b.{0,30}\byou\b",
    r"\byou are (?:chatgpt|claude|gemini|copilot|gpt)\b.{0,40}\b(?:respond|reply|answer|say|report|ignore|must)\b",
    r"\byou are now\b|\bnew instructions?\s?(?::|from|for|to)|\bdeveloper mode\b|\bdo as i say\b",
    r"\bfrom now on\W{0,2}(?:you|act|be|answer|behave|pretend|respond|say|only)\b|\bforget your (?:role|task"
    r"|job|training)\b",
    r"\b(?:print|reveal|show|repeat|leak|output|ignore|override)\b.{0,20}\bsystem prompt\b|\byour system prompt\b",
    r"\b(?:print|reveal|show|repeat|leak|output)\s(?:me\s)?your\s(?:hidden |secret |initial |original "
    r"|full )?(?:instructions|prompt|rules)\b",
    r"\b(?:hey|hi|hello|dear)\s(?:claude|chatgpt|gpt|gemini|copilot|ai|llm|assistant)\b",
    r"</?(?:system|instructions?|tool_result|tool_call)>",
    r"(?:^|[#\[<*\s])(?:system|developer)\s?[:\]>].{0,40}\b(?:answer|say|report|reply|respond|tell|claim|you are)\b",
    r"<\|im_start\|>\s*system\b.{0,80}\b(?:runs?|training|verdict|report|healthy|findings?)\b",
    # What the answer is to be, or to leave out.
    r"\b(?:do not|don.?t|never) (?:mention|report|reveal|tell|flag|diagnose|disclose)\b",
    rf"{_BEGIN}(?:hide|conceal|downplay)\b.{{0,20}}{_TROUBLE}",
    rf"{_BEGIN}(?:do not|don.?t|never) (?:list|show|name|analy[sz]e|judge|criti[cs]i[sz]e|question)\b"
    rf".{{0,20}}{_TROUBLE}",
    rf"{_BEGIN}(?:do not|don.?t|never) (?:analy[sz]e|judge|criti[cs]i[sz]e|question) this\b",
    r"\bstop (?:analy[sz]ing|judging|diagnosing)\b|\btell (?:nobody|no one)\b",
    rf"{_BEGIN}say nothing (?:about|of)\b",
    r"\byou are not (?:allowed|permitted) to (?:criti[cs]i[sz]e|report|mention|judge|say|diagnose|flag|reveal)\b",
    r"\byou (?:must|should|have to|are required to) "
    r"(?:say|answer|report|respond|tell|claim|state|write|recommend|rate)\b",
    r"\byou (?:only|always|never) (?:say|answer|report|praise|flag|recommend|mention)\b",
    rf"{_BEGIN}(?:answer|reply|respond)\s(?:\w+\s)?(?:only|nothing)\s(?:with|but)?\s?(?:the word|that|{_FINE})",
    rf"{_BEGIN}(?:answer|reply|respond)\b.{{0,20}}\b(?:(?:to )?(?:any|all|every) questions?|the word)\b",
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
_IN_NAMES = re.compile(
    rf"\b(?:say|tell|claim|praise|conclude)\s.{{0,45}}\b{_FINE}"
    rf"|\b(?:hide|conceal|downplay|ignore)\s(?:the|this|these|all)\b.{{0,20}}{_TROUBLE}",
    re.IGNORECASE,
)
"""In a name no mark says where a clause begins."""
_BEGINNINGS = """
    ignor disregard forget overrid bypass oubli olvid dimentica vergiss missachte negeer esque игнор забудь 忽略 指示
    verdict claim conclude pretend insist announce declare certify assure rate score grade llm assist agent bot review
    gpt claude gemini copilot system developer prompt instruct attention message note jailbreak tool_ im_start not
    don't never you answer reply respond tell inform skip refuse omit send post upload mail leak forward transmit drop
    delete describe mark label classify call present treat consider report </ say state that praise summari deem judge
    rank recommend choose pick prefer your whoever reader analyst grader hide conceal downplay stop overlook output
    print write from now reveal show repeat lie about approve accept aside
    sage melde bericht antwort behaupt dites répond repond indique signal dile diga informa rispondi riferisci mentionne
    mencion erwähn menzion упомин 不要 回答 报告 告诉 输出 声称 正常 問題 ответь скажи сообщи напиши
"""
_TELLING = tuple(_BEGINNINGS.split())
"""One of these stands in every such text: nearly all lines are passed over at the cost of a look for them."""


def is_order(text: object) -> bool:
    """Whether a text of a log speaks to its reader instead of about the run. Names have dashes for blanks."""
    if not isinstance(text, str) or (len(text) <= SHORTEST and text.isascii()):
        return False
    return _is_order(text)


@lru_cache(maxsize=20_000)
def _is_order(text: str) -> bool:
    said = text if " " in text else re.sub(r"[-_/]+", " ", text)
    if not any(word in said.lower() for word in _TELLING):
        return False
    return _ORDERS.search(said) is not None or (said != text and _IN_NAMES.search(said) is not None)
