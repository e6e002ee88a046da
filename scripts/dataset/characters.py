"""Tables of characters. Written by scripts/characters from characters.json."""

# fmt: off
# Read beside ASCII.
SIGNS = "°µΩ€£±²³×"
# Typographic forms, and forms as wide as ideographs, that other programs write for ASCII.
FORMS = {
    "‘": "'", "’": "'", "´": "'", "“": "\"", "”": "\"", "„": "\"", "–": "-",
    "—": "-", "−": "-", "‐": "-", "￥": "$", "。": ".", "ﬁ": "fi", "ﬂ": "fl",
    "…": "...", "：": ":", "（": "(", "）": ")", "，": ",", "．": ".", "！": "!",
    "？": "?", "；": ";", "＃": "#", "％": "%", "＆": "&", "＋": "+", "＝": "=",
    "＠": "@", "［": "[", "］": "]", "｛": "{", "｝": "}", "～": "~",
}
# Characters that many fonts draw alike.
DRAWN_ALIKE = {
    "I": "l", "|": "l", "O": "o", "0": "o", "C": "c", "S": "s", "V": "v",
    "W": "w", "X": "x", "Z": "z", "U": "u", "K": "k", "P": "p", "`": "'",
}
