"""The sentences with which the readers of files refuse, for their translation; numbers and names are open."""

from django.utils.translation import gettext_noop

SENTENCES = (
    # Any file
    gettext_noop("the file is empty."),
    gettext_noop("hand in the script."),
    gettext_noop("the file is longer than %(count)s bytes."),
    gettext_noop("cut it into smaller files, or take its pictures out."),
    gettext_noop("cut it into smaller files."),
    gettext_noop("cut the script into smaller files."),
    gettext_noop("cut it into parts."),
    gettext_noop("the text is longer than %(count)s bytes."),
    gettext_noop(".%(extension)s is no format of a script."),
    gettext_noop("give one of %(known)s."),
    gettext_noop("this is no %(format)s file."),
    gettext_noop("save it anew, or name it by what it is: .txt for text."),
    gettext_noop("the file is named .%(extension)s but is %(format)s."),
    gettext_noop("rename it to end in .%(extension)s, or hand in the right file."),
    gettext_noop("this is an old Word file (.doc), a WPS file or a Word file with a password."),
    gettext_noop("open it, save it as .docx without a password, and hand that in."),
    gettext_noop("this is RTF."),
    gettext_noop("save it as .docx or as plain text."),
    gettext_noop("this is a web page."),
    gettext_noop("save its text as .txt or .docx."),
    gettext_noop("the file holds more than %(count)s characters."),
    gettext_noop("the file holds more than %(count)s lines or paragraphs."),
    gettext_noop("there is no script in this file."),
    gettext_noop("hand in the script itself."),
    gettext_noop("break it into paragraphs and lines as a script has them."),
    gettext_noop("not read as Fountain: %(why)s."),
    gettext_noop("the text takes too long to read; it is damaged or not a script."),
    gettext_noop("the Final Draft file takes too long to read; it is damaged or not a script."),
    gettext_noop("the Word file takes too long to read; it is damaged or not a script."),
    gettext_noop("the PDF takes too long to read; it is damaged or not a script."),
    gettext_noop("the text needs too much memory; it is damaged or not a script."),
    gettext_noop("the Final Draft file needs too much memory; it is damaged or not a script."),
    gettext_noop("the Word file needs too much memory; it is damaged or not a script."),
    gettext_noop("the PDF needs too much memory; it is damaged or not a script."),
    gettext_noop("the text cannot be read: it is damaged."),
    gettext_noop("the Final Draft file cannot be read: it is damaged."),
    gettext_noop("the Word file cannot be read: it is damaged."),
    gettext_noop("the PDF cannot be read: it is damaged."),
    gettext_noop(
        "open it in the program that made it, save it anew or copy its text into a plain text file."
    ),
    # Plain text
    gettext_noop("the text has more than %(count)s lines."),
    gettext_noop("the line has %(count)s characters."),
    gettext_noop("break it into paragraphs: a script's lines are short."),
    gettext_noop("the file begins as %(encoding)s and then is not: %(why)s."),
    gettext_noop("save it anew as UTF-8."),
    gettext_noop("there is a NUL byte: this is no text, or UTF-16 without its mark."),
    gettext_noop("save it as UTF-8, or as “Unicode” with a byte-order mark."),
    gettext_noop(
        "byte %(byte)s is not UTF-8, and neither GB18030, Big5 nor Windows-1252 gives readable text."
    ),
    gettext_noop("save the file as UTF-8."),
    gettext_noop("control character %(name)s: this is no text."),
    gettext_noop("save the script as plain text, UTF-8."),
    gettext_noop(
        "the letters were garbled before the file was saved (an encoding was mistaken for another)."
    ),
    gettext_noop("open the original, choose its encoding, and save it as UTF-8."),
    # Final Draft
    gettext_noop("this is XML, but no Final Draft file: <%(tag)s>."),
    gettext_noop("the file has no <Content>."),
    gettext_noop("the file declares a document type or entities, which no script needs."),
    gettext_noop("the XML is broken: %(why)s."),
    gettext_noop("the XML cannot be read: %(why)s."),
    gettext_noop("export it from Final Draft once more (File, Save As, .fdx)."),
    # Word
    gettext_noop("this zip archive is no Word file: it holds no document."),
    gettext_noop("this zip archive is no Word file."),
    gettext_noop("the file has more than %(count)s paragraphs."),
    gettext_noop("%(part)s declares a document type or entities."),
    gettext_noop("%(part)s is broken XML."),
    gettext_noop("this is no Word file: it is no whole zip archive."),
    gettext_noop("the archive has %(count)s members."),
    gettext_noop("the archive names a file outside itself: %(name)s."),
    gettext_noop("the archive has two members of one name."),
    gettext_noop("the archive is encrypted."),
    gettext_noop("take the password off and save it."),
    gettext_noop("the archive would unpack to %(count)s bytes."),
    gettext_noop("%(part)s is %(count)s bytes long, more than %(most)s."),
    gettext_noop("%(part)s in the archive is damaged."),
    gettext_noop("%(part)s is longer than the archive says."),
    gettext_noop("open it in Word or WPS, save it anew as .docx, and try once more."),
    # PDF
    gettext_noop("the PDF is nested too deeply."),
    gettext_noop("the PDF is damaged and cannot be read (%(what)s)."),
    gettext_noop("the PDF is protected."),
    gettext_noop("save it without a password and without restrictions."),
    gettext_noop("the PDF has %(count)s pages, more than %(most)s."),
    gettext_noop("page %(page)s holds %(count)s letters."),
    gettext_noop("the PDF holds no text: it is a scan, or its letters were turned into shapes."),
    gettext_noop("recognise its text (OCR) and proof-read it, or hand in the original."),
    gettext_noop("the PDF does not say which letters its shapes are."),
    gettext_noop("print it to PDF anew, or hand the script in as Word, FDX, Fountain or plain text."),
    gettext_noop("the pages are set in two columns, side by side."),
    gettext_noop("save it in one column, or hand in the original as Word, FDX or text."),
    # Writing
    gettext_noop(
        "this machine has no Chinese font: install Noto Serif CJK SC (package fonts-noto-cjk), "
        "or take the script as Word or text."
    ),
    gettext_noop("the PDF could not be set: %(why)s"),
)
