"""Expression text into a tree. Names are checked here, so that a wrong one is found before the job starts.

https://github.com/actions/runner/blob/main/src/Sdk/DTExpressions2/Expressions2/ExpressionParser.cs
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from .values import number

TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<number>[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.]))
    | (?P<infinity>[-+]Infinity\b)
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*)
    | (?P<operator>&&|\|\||==|!=|<=|>=|[<>!().,*\[\]])
    )""",
    re.VERBOSE,
)
CONSTANTS = {"true": True, "false": False, "null": None, "NaN": math.nan, "Infinity": math.inf}
ARITY = {  # name -> fewest and most arguments
    "contains": (2, 2), "endswith": (2, 2), "format": (1, 255), "fromjson": (1, 1), "join": (1, 2),
    "startswith": (2, 2), "tojson": (1, 1), "case": (3, 255), "hashfiles": (1, 255),
    "always": (0, 0), "cancelled": (0, 0), "failure": (0, 0), "success": (0, 0),
}  # fmt: skip
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="))


class ExpressionError(ValueError):
    """The text isn't an expression, or names what isn't there."""


@dataclass(frozen=True)
class Node:
    """`op` is literal, context, call, index, spread, not or a binary operator; `args` are values or nodes."""

    op: str
    args: tuple[Any, ...]

    def calls(self) -> set[str]:
        own = {self.args[0]} if self.op == "call" else set()
        nodes = [arg for arg in self.args if isinstance(arg, Node)]
        return own.union(*(node.calls() for node in nodes)) if nodes else own


class Parser:
    """One expression; `contexts` and `functions` (lower case) are the names known where it stands."""

    def __init__(self, source: str, contexts: frozenset[str], functions: frozenset[str]) -> None:
        self.source = source
        self.contexts = contexts
        self.functions = functions
        self.tokens = self._tokens()
        self.at = 0

    def parse(self) -> Node:
        node = self._binary(0)
        if self.at < len(self.tokens):
            raise self._unexpected()
        return node

    def _tokens(self) -> list[tuple[str, str, int]]:
        found = []
        at, end = 0, len(self.source.rstrip())
        while at < end:
            match = TOKEN.match(self.source, at)
            if match is None or match.lastgroup is None:
                raise self._error(f"Unexpected symbol: '{self.source[at:].strip()[:20]}'", at)
            found.append((match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            at = match.end()
        return found

    def _error(self, message: str, at: int) -> ExpressionError:
        place = f"Located at position {at + 1} within expression: {self.source.strip()}"
        return ExpressionError(f"{message}. {place}")

    def _unexpected(self) -> ExpressionError:
        if self.at >= len(self.tokens):
            return self._error("Unexpected end of expression", len(self.source))
        return self._error(f"Unexpected symbol: '{self.tokens[self.at][1]}'", self.tokens[self.at][2])

    def _peek(self) -> str:
        in_range = self.at < len(self.tokens) and self.tokens[self.at][0] == "operator"
        return self.tokens[self.at][1] if in_range else ""

    def _take(self, operator: str) -> bool:
        taken = self._peek() == operator
        self.at += taken
        return taken

    def _expect(self, operator: str) -> None:
        if not self._take(operator):
            raise self._unexpected()

    def _binary(self, level: int) -> Node:
        if level == len(LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while (operator := self._peek()) in LEVELS[level]:
            self.at += 1
            node = Node(operator, (node, self._binary(level + 1)))
        return node

    def _unary(self) -> Node:
        if self._take("!"):
            return Node("not", (self._unary(),))
        return self._postfix(self._primary())

    def _primary(self) -> Node:
        if self._take("("):
            node = self._binary(0)
            self._expect(")")
            return node
        if self.at >= len(self.tokens) or self.tokens[self.at][0] == "operator":
            raise self._unexpected()
        group, word, position = self.tokens[self.at]
        self.at += 1
        if group == "string":
            return Node("literal", (word[1:-1].replace("''", "'"),))
        if group in ("number", "infinity"):
            return Node("literal", (number(word),))
        if self._peek() == "(":
            return self._call(word, position)
        if word in CONSTANTS:
            return Node("literal", (CONSTANTS[word],))
        if word.lower() not in self.contexts:
            known = ", ".join(sorted(self.contexts)) or "none"
            raise self._error(f"Unrecognized named-value: '{word}' (known here: {known})", position)
        return Node("context", (word.lower(),))

    def _call(self, word: str, position: int) -> Node:
        name = word.lower()
        if name not in self.functions:
            raise self._error(f"Unrecognized function: '{word}'", position)
        self._expect("(")
        arguments: list[Node] = []
        while not self._take(")"):
            if arguments:
                self._expect(",")
            arguments.append(self._binary(0))
        fewest, most = ARITY[name]
        if not fewest <= len(arguments) <= most:
            problem = "few" if len(arguments) < fewest else "many"
            raise self._error(f"Too {problem} parameters supplied: '{word}'", position)
        return Node("call", (name, *arguments))

    def _postfix(self, node: Node) -> Node:
        while True:
            if self._take("."):
                node = self._property(node)
            elif self._take("["):
                node = Node("spread", (node,)) if self._take("*") else Node("index", (node, self._binary(0)))
                self._expect("]")
            else:
                return node

    def _property(self, node: Node) -> Node:
        if self._take("*"):
            return Node("spread", (node,))
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "name":
            raise self._unexpected()
        self.at += 1
        return Node("index", (node, Node("literal", (self.tokens[self.at - 1][1],))))
