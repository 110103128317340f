"""A YAML loader that decides the type of plain scalars as kubectl's does. Pure.

kubectl's YAML is Go's: `y` and `off` are booleans, 1e3 is a number, dates and 1:30 are strings. One thing is
stricter: kubectl takes the last of two equal keys, this refuses them.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # a PyYAML built without libyaml: slower, same answers
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


class Loader(_Base):
    """Go's plain scalars (sigs.k8s.io/yaml, goyaml.v2's resolve.go), string keys, no duplicate keys."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own: set[str] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self._key(key_node)
            if key in own:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} appears twice in one mapping", key_node.start_mark
                )
            own.add(key)
        self.flatten_mapping(node)
        return {self._key(key): self.construct_object(value, deep=deep) for key, value in node.value}

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a string", node.start_mark)
        value = self.construct_object(node)
        return str(value).lower() if isinstance(value, bool) else str(value)

    def go_integer(self, node: yaml.ScalarNode) -> int:
        text = node.value.replace("_", "")
        octal = re.fullmatch(r"([-+]?)0o?([0-7]+)", text)
        return int(octal[1] + octal[2], 8) if octal else int(text, 0)

    def go_float(self, node: yaml.ScalarNode) -> float | int:
        text = node.value.replace("_", "").lower()
        if text.lstrip("+-") in {".inf", ".nan"}:
            raise yaml.constructor.ConstructorError(None, None, f"JSON has no {node.value}", node.start_mark)
        value = float(text)
        # Go writes 1.0 as the JSON number 1, which the API server takes for an integer field.
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    def binary(self, node: yaml.ScalarNode) -> str:
        return bytes(self.construct_yaml_binary(node)).decode("utf-8", "replace")


_TAG = "tag:yaml.org,2002:"
Loader.add_implicit_resolver(
    _TAG + "bool",
    re.compile(r"(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$"),
    list("yYnNtTfFoO"),
)
Loader.add_implicit_resolver(
    _TAG + "int",
    re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*|0)$"),
    list("-+0123456789"),
)
Loader.add_implicit_resolver(
    _TAG + "float",
    re.compile(
        r"([-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
    list("-+.0123456789"),
)
Loader.add_implicit_resolver(_TAG + "null", re.compile(r"(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
Loader.add_implicit_resolver(_TAG + "merge", re.compile(r"<<$"), ["<"])
Loader.add_constructor(_TAG + "int", Loader.go_integer)
Loader.add_constructor(_TAG + "float", Loader.go_float)
Loader.add_constructor(_TAG + "binary", Loader.binary)
Loader.bool_values = {
    **dict.fromkeys(("y", "yes", "true", "on"), True),
    **dict.fromkeys(("n", "no", "false", "off"), False),
}
