"""The findings about hygiene: one code each. overlays.model.codes has their titles."""

from __future__ import annotations

from typing import Final

FRONT_BIDI: Final = "OVL570"
FRONT_INVISIBLE: Final = "OVL571"
FRONT_SELECTOR: Final = "OVL572"
MARKDOWN_START: Final = "OVL573"
MARKUP: Final = "OVL574"
ORDERS: Final = "OVL575"
TEXT_BIDI: Final = "OVL576"
TEXT_INVISIBLE: Final = "OVL577"
LINE_ENDS: Final = "OVL578"
NOT_UTF8: Final = "OVL579"
LONG_BODY: Final = "OVL580"
FILES_OUT_OF_REACH: Final = "OVL581"
LINK_LEAVES: Final = "OVL582"
LINK_MISSES: Final = "OVL583"
SCRIPT_FETCHES: Final = "OVL584"
TEXT_FETCHES: Final = "OVL585"
SCRIPT_UNPINNED: Final = "OVL586"
TEXT_UNPINNED: Final = "OVL587"
BINARY: Final = "OVL588"
PRIVATE_KEY: Final = "OVL589"
KNOWN_TOKEN: Final = "OVL590"  # noqa: S105 - a code
LIKE_A_SECRET: Final = "OVL591"  # noqa: S105 - a code
WHOLE_SHELL: Final = "OVL592"
UNKNOWN_TOOL: Final = "OVL593"
BYTES: Final = "OVL594"
FILES: Final = "OVL595"
TOKENS: Final = "OVL596"
