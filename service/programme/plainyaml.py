"""YAML as people write it: a word is a word, a number a number, and nothing stands for something written elsewhere."""

from __future__ import annotations

import re

import yaml

PREFIX = "tag:yaml.org,2002:"
_PLAINER = {f"{PREFIX}{name}" for name in ("bool", "int", "timestamp")}


class Loader(yaml.SafeLoader):
    """YAML where only true and false are truth values, as in YAML 1.2: `yes` and `no` are words people text.

    Only digits without a zero before them are a number: 21:00 and 0800 stay as they are written. There are no dates.
    Without aliases: a few of them can stand for millions of lines, or for themselves.
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            alias = self.get_event()  # type: ignore[no-untyped-call]
            what = "a * that stands for other lines, which must be written out"
            raise yaml.composer.ComposerError(problem=what, problem_mark=alias.start_mark)
        return super().compose_node(parent, index)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _PLAINER]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Loader.add_implicit_resolver(f"{PREFIX}bool", re.compile(r"^(?:true|false|True|False)$"), list("tTfF"))
Loader.add_implicit_resolver(f"{PREFIX}int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))
