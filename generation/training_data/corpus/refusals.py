"""Messages about works that more than one module gives."""

from generation.reason_codes import sentence

SILENT = sentence("nobody speaks in this file, from beginning to end: its scenes can make no training data.")
"""What is said of a screenplay without a single speech: its layout was most likely not understood."""
SILENT_MEND = {
    "zh": sentence(
        "type each speech as 小满：走。, or the name on a line of its own, the speech right below it and a "
        "blank line above; in Fountain @小满. Then import it again."
    ),
    "en": sentence(
        "type each name in capitals below a blank line, and the speech right below it. Then import it again."
    ),
}
NOT_READ = {
    "en": sentence("the text does not read as English, which is said of it."),
    "zh": sentence("the text does not read as Chinese, which is said of it."),
}
