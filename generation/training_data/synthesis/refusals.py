"""Why answers to the prompts of synthesis are refused: texts by code, for `generation.pipelines.refusals`."""

from generation.pipelines.refusals import Texts

TEXTS: dict[str, Texts] = {
    "part-language": (
        "{part} should be in {language}; found: {found}",
        "{part} was not written in English",
        "{part} 不是用中文写的",
    ),
    "not-text": (
        "{part} is not plain text",
        "{part} must be plain text, and was not",
        "{part} 应当是一段普通文字",
    ),
    "cut-off": (
        "{part} stops in the middle of a sentence: {line}",
        "{part} broke off in the middle of a sentence: {line}",
        "{part} 话没说完就断了：{line}",
    ),
    "loop": (
        "{part} repeats a sentence: {line}",
        "{part} said the same sentence again and again: {line}",
        "{part} 反复说同一句话：{line}",
    ),
    "part-short": (
        "{part} is too short: {length} (must be {least} to {most})",
        "{part} was too short: {length} words, where at least {least} are needed",
        "{part} 太短：只有 {length} 字，至少要 {least} 字",
    ),
    "part-long": (
        "{part} is too long: {length} (must be {least} to {most})",
        "{part} was too long: {length} words, where at most {most} are allowed",
        "{part} 太长：有 {length} 字，最多 {most} 字",
    ),
    "tags": (
        "{count} tags (must be {least} to {most} different ones)",
        "tags must be a list of {least} to {most} different labels",
        "tags 应当是 {least} 至 {most} 个不同的标签",
    ),
    "tag-long": (
        "a tag is too long: {line}",
        "a tag was not a short label: {line}",
        "标签太长：{line}",
    ),
    "other-person": (
        "the profile is about {other}, not about {name}",
        "the profile spoke of {other} where {name} was meant",
        "写的是 {other}，应当写 {name}",
    ),
    "quote": (
        "{part} quotes a line of dialogue: {line}",
        "{part} repeated a line of dialogue: {line}",
        "{part} 里重复了台词：{line}",
    ),
    "laid-out": (
        "{part} uses screenplay layout: {line}",
        "{part} had a scene heading or other screenplay layout in it",
        "{part} 里有场景标题或剧本格式",
    ),
    "not-one-paragraph": (
        "{part} is a list or has several paragraphs",
        "{part} must be one paragraph and no list",
        "{part} 应当是一段话，不要分段、分条",
    ),
    "unnamed": (
        "speakers missing from {part}: {names}",
        "these people, who speak in the scene, were not named in {part}: {names}",
        "{part} 没有点到这些有台词的人：{names}",
    ),
    "context-none": (
        "no context although there are earlier scenes",
        "there are earlier scenes, and nothing of them was told",
        "前面有戏，却没有写前情",
    ),
    "context-invented": (
        "a context although there are no earlier scenes",
        "there is no earlier scene, so that the word for none was due and nothing else",
        "前面没有戏，只应写“（无）”",
    ),
    "beats-form": (
        "the beats can't be read: {what}",
        "the beats could not be read: {what}",
        "beats 的格式不对：{what}",
    ),
    "ranges": (
        "beat {number} covers elements {first} to {last}, but should start at {due} (of {count})",
        "beat {number} covered elements {first} to {last}; it had to begin with {due}, and there are {count}",
        "第 {number} 个节拍写的是第 {first} 至 {last} 条，应当从第 {due} 条开始，全场共 {count} 条",
    ),
    "ranges-end": (
        "the beats end at element {last} of {count}",
        "the last beat ended with element {last}; it must end with {count}",
        "最后一个节拍止于第 {last} 条，应止于第 {count} 条",
    ),
    "key": (
        "{count} key beats (must be exactly one)",
        "{count} beats were marked as key; it must be exactly one",
        "标了 {count} 个关键节拍，应当只有一个",
    ),
    "beats-count": (
        "{count} beats (must be {least} to {most})",
        "there were {count} beats, where {least} to {most} will do",
        "有 {count} 个节拍，应为 {least} 至 {most} 个",
    ),
    "beat-same": (
        "action and emotion of beat {number} are the same",
        "action and emotion of beat {number} said the same",
        "第 {number} 个节拍的 action 和 emotion 写的是一样的",
    ),
    "beats-same": (
        "beats {one} and {other} have the same {part}",
        "beats {one} and {other} had the same {part}",
        "第 {one} 和第 {other} 个节拍的 {part} 写的是一样的",
    ),
    "parts-same": (
        "{one} and {other} are the same",
        "{one} and {other} said the same",
        "{one} 和 {other} 写的是一样的",
    ),
    "absent": (
        "characters from the outline are missing: {names}",
        "these people of the outline were missing, or had another name: {names}",
        "大纲点到的这些人没有出场，或名字变了：{names}",
    ),
    "copied": (
        "{share}% is copied word for word from the source",
        "it repeated a finished scene word for word; write it in words of your own",
        "照抄了现成的戏，请用自己的话写",
    ),
    "mark": (
        "{part} is not a whole number from 1 to 5",
        "{part} must be a whole number from 1 to 5",
        "{part} 应当是 1 至 5 的整数",
    ),
}


REASON_TEXTS: dict[str, str] = {
    # Why a job ended
    "no-profile": "a speaker has no profile: {names}",
    # What stands inside reasons for refused answers
    "part-lacking": "the answer has no part {shown}",
    "no-beats": "no list of beats",
    "beats-long": "longer than any scene needs",
    "beats-many": "too many beats",
    "beat-no-object": "beat {number} is not an object",
    "beat-lacks": "beat {number} has no {field}",
    "beat-type": "{field} of beat {number} has the wrong type",
    "beat-extra": "beat {number} has an unknown field {field}",
    # Why a dataset was not built
    "jobs-unfinished": "unfinished jobs in the run: {count}.",
    "reviews-open": "the review is not finished: {open} undecided, {disputed} disputed.",
    "nothing-passes": "no example passes the filter.",
    "changed-meanwhile": (
        "reviews or the filter changed while the dataset was being built; nothing was stored."
    ),
    "build-broke-off": "every attempt to build it failed; see the worker's log.",
    "build-not-taken-up": "no worker finished the build within two days; start it again.",
}
