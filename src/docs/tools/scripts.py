"""Finds what people read in scripts: comments, and strings without the variables in them."""

import io
import re
import tokenize

_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'")
_VARIABLE = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+")


def texts(source):
    """Lines and texts of a script in Python, or else in a shell's or another language with such comments."""
    if re.match(r"#!.*python", source) or re.match(r'(?:#[^\n]*\n)*"""', source):
        return list(_python(source))
    return list(_shell(source))


def _python(source):
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("#! ")
        elif token.type == tokenize.STRING:
            yield token.start[0], re.sub(r"(?<!\{)\{[^{}\n]*\}", "{}", token.string)
        elif tokenize.tok_name[token.type] == "FSTRING_MIDDLE":  # Python 3.12 and later
            yield token.start[0], token.string


def _shell(source):
    for number, line in enumerate(source.split("\n"), 1):
        comment = re.search(r"(?:^|\s)#\s.*", line)
        code = line[: comment.start()] if comment else line
        if comment and code.count('"') % 2 == 0 and code.count("'") % 2 == 0:
            yield number, comment[0].strip("# \t")
        else:
            code = line
        for quoted in _QUOTED.finditer(code):
            yield number, _VARIABLE.sub("$", quoted[0])
