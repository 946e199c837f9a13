"""What do people answer in one word? Exact phrases, by language, for what a text may bring about (SMS-6, SMS-7).

A text means something only if all of it, once tidied, is one of these. "Please don't cancel" is none, and so changes
nothing. The words that our messages teach stand in `TAUGHT`; no carrier acts on them by itself.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

BODY_MAX = 1_600
"""Characters of a text that are looked at: the longest that carriers take."""


class Wish(StrEnum):
    """What the writer plainly says. OTHER: words that only a person can read."""

    KEEP = "keep"  # I am coming
    LATE = "late"
    SKIP = "not-coming"
    CANCEL = "cancel"
    MOVE = "move"
    OTHER = "other"


TAUGHT = {Wish.KEEP: ("1", "KEEP"), Wish.SKIP: ("2", "SKIP"), Wish.CANCEL: ("C", "DROP"), Wish.MOVE: ("MOVE",)}

SPOKEN: dict[str, dict[Wish, str]] = {
    "": {
        Wish.KEEP: "1; keep; yes; y; ok; okay",
        Wish.SKIP: "2; skip",
        Wish.CANCEL: "c; drop; cancel",
        Wish.MOVE: "move; m",
    },
    "en": {
        Wish.KEEP: "i am coming; im coming; coming; we are coming; were coming; on my way; "
        "i am on my way; im on my way; on the way; yes coming; yes i am coming; yes im coming; keep it; "
        "keep my session; still coming; be right there",
        Wish.LATE: "late; i am late; im late; i will be late; ill be late; we are late; we will be late",
        Wish.SKIP: "not coming; i am not coming; im not coming; we are not coming; were not coming; wont make it; "
        "cant make it; i cant make it; cannot make it; i cannot make it; i wont make it; we cant make it; no; n; "
        "no not coming",
        Wish.CANCEL: "please cancel; cancel please; cancel it; please cancel it; cancel session; cancel the session; "
        "cancel my session; please cancel my session; please cancel the session; cancel this session; "
        "cancel appointment; cancel my appointment; please cancel my appointment; i want to cancel; "
        "i would like to cancel; id like to cancel; cancel my booking; please cancel my booking",
        Wish.MOVE: "reschedule; please reschedule; reschedule please; move it; please move; please move it; "
        "move my session; reschedule my session; please reschedule my session; i want to reschedule; another time; "
        "another time please",
    },
    "de": {
        Wish.KEEP: "ja; ich komme; komme; wir kommen; bin unterwegs; ich bin unterwegs; bin gleich da; behalten; "
        "ja ich komme; ich bin gleich da",
        Wish.LATE: "spät; ich bin spät; verspätet; ich verspäte mich; komme später; ich komme später; "
        "wir verspäten uns; bin spät dran; ich bin spät dran",
        Wish.SKIP: "nein; ich komme nicht; komme nicht; wir kommen nicht; kann nicht; ich kann nicht; "
        "wir können nicht; ich schaffe es nicht; schaffe es nicht",
        Wish.CANCEL: "absagen; bitte absagen; stornieren; bitte stornieren; termin absagen; bitte termin absagen; "
        "termin stornieren; ich sage ab; ich möchte absagen; ich möchte stornieren; bitte den termin absagen",
        Wish.MOVE: "verschieben; bitte verschieben; termin verschieben; bitte termin verschieben; umbuchen; "
        "bitte umbuchen; anderer termin; ich möchte verschieben",
    },
    "fr": {
        Wish.KEEP: "oui; jarrive; je viens; nous arrivons; je suis en route; en route; garder; on arrive",
        Wish.LATE: "en retard; je suis en retard; je serai en retard; nous sommes en retard; retard",
        Wish.SKIP: "non; je ne viens pas; je ne viendrai pas; nous ne venons pas; je ne peux pas; "
        "je ne peux pas venir; je ne serai pas là",
        Wish.CANCEL: "annuler; annulez; annuler svp; svp annuler; annulation; je veux annuler; je voudrais annuler; "
        "annuler le rendezvous; annuler mon rendezvous; merci dannuler; veuillez annuler",
        Wish.MOVE: "déplacer; reporter; déplacer svp; reporter svp; je voudrais reporter; je voudrais déplacer; "
        "reporter le rendezvous; déplacer le rendezvous; un autre horaire",
    },
    "es": {
        Wish.KEEP: "sí; voy; ya voy; vamos; estoy en camino; en camino; mantener; ahí voy",
        Wish.LATE: "tarde; llego tarde; voy tarde; llegaré tarde; llegamos tarde; voy a llegar tarde",
        Wish.SKIP: "no voy; no puedo; no vamos; no puedo ir; no iré; no podemos; no voy a ir",
        Wish.CANCEL: "cancelar; cancela; cancele; anular; cancelar por favor; por favor cancelar; quiero cancelar; "
        "quisiera cancelar; cancelar la cita; cancelar mi cita; cancelar la sesión; por favor cancele",
        Wish.MOVE: "mover; cambiar; reprogramar; mover por favor; quiero cambiar la hora; quisiera reprogramar; "
        "cambiar la cita; otra hora; reprogramar la cita",
    },
}

_GLUED = re.compile(r"\b([^\W\d_]{1,8})([0-9]{4})\b")  # c4821
_CODE = re.compile(r"(?:(?P<before>.*) )?(?P<code>[0-9]{4})(?: (?P<after>.*))?")


def folded(text: str) -> str:
    """Unicode-normalised, without case, accents, punctuation and emoji; words one blank apart (SMS-7)."""
    wide = unicodedata.normalize("NFKD", text[:BODY_MAX]).casefold()
    kept = "".join(_spelled(character) for character in wide)
    return " ".join(_GLUED.sub(r"\1 \2", unicodedata.normalize("NFKC", kept)).split())


def _spelled(character: str) -> str:
    if character.isspace() or character in "-–—/,;:":
        return " "
    return character if unicodedata.category(character)[0] in "LN" else ""


_WISHES = {
    folded(phrase): wish
    for lists in SPOKEN.values()
    for wish, phrases in lists.items()
    for phrase in phrases.split(";")
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a text says: the wish, and the code that it names; the words themselves are kept elsewhere."""

    wish: Wish
    code: str = ""


def read_words(body: str, media: int = 0) -> Said:
    """`C 4821`, `4821 move`, `keep`: a wish, a code, both, or neither. A picture is words (SMS-7)."""
    words = folded(body)
    found = _CODE.fullmatch(words)
    if found is None:
        return Said(_wish(words, media))
    rest = " ".join(part for part in (found["before"], found["after"]) if part)
    return Said(_wish(rest, media), found["code"])


def _wish(words: str, media: int) -> Wish:
    return Wish.OTHER if media else _WISHES.get(words, Wish.OTHER)
