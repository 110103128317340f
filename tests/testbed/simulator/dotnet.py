"""How .NET splits a command line, which decides what the arguments of shells and containers become.

https://learn.microsoft.com/en-us/dotnet/api/system.diagnostics.processstartinfo.arguments
"""

import re

ARGUMENT = re.compile(r'(?:[^\s"\\]|\\+"?|"(?:[^"\\]|\\+"?|"")*(?:"|$))+')


def split_arguments(line: str) -> list[str]:
    """Blanks separate; double quotes group; backslashes escape only before a quote."""
    return [_unquote(match[0]) for match in ARGUMENT.finditer(line)]


def _unquote(argument: str) -> str:
    text, quoted, at = [], False, 0
    while at < len(argument):
        if argument[at] == "\\":
            end = at
            while end < len(argument) and argument[end] == "\\":
                end += 1
            count, before_quote = end - at, end < len(argument) and argument[end] == '"'
            text.append("\\" * (count // 2 if before_quote else count))
            at = end
            if before_quote and count % 2:
                text.append('"')
                at += 1
        elif argument[at] == '"' and quoted and argument[at + 1 : at + 2] == '"':
            text.append('"')
            at += 2
        elif argument[at] == '"':
            quoted = not quoted
            at += 1
        else:
            text.append(argument[at])
            at += 1
    return "".join(text)
