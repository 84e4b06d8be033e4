"""The little words that say that a name of a place comes, and how what happened lies to it. Folded, by language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nlp.fold import words

BEFORE: Mapping[str, Mapping[str, str]] = {
    "en": {
        "in": "in, at, inside, around, on, within, area of, zone of",
        "way": "from, to, towards, toward, into, en route to, bound for, out of, left, leaving, fled, fleeing, victims of",
        "far": "not in, no longer in, not at",
        "away": "outside, past, of, far from, north of, south of, east of, west of",
        "near": "near, nearby, close to, next to, beside, by, along, not far from",
        "behind": "behind, back of",
        "opposite": "opposite, opp, across from, facing, in front of",
        "between": "between, btw",
    },
    "fr": {
        "in": "a, au, aux, dans, en, chez, sur, zone, quartier, zone de, quartier de, habite, habitons",
        "way": "vers, depuis, en provenance de, a destination de, venant de, sortis de, quitte, victimes de, fuyant",
        "far": "pas a, plus a, pas dans",
        "away": "de, du",
        "near": "pres de, proche de, a cote de",
        "behind": "derriere",
        "opposite": "en face de, en face, face a, devant",
        "between": "entre",
    },
    "ht": {
        "in": "nan, nan zon, zon, lavil, sou, abite, rete, nou nan, mwen nan, zonn, nan vil",
        "way": "depi, soti, pou ale, sot, pral, kite, sove, viktim",
        "far": "pa nan",
        "near": "bo, bo kote, pre, toupre, kote, akote",
        "behind": "deye",
        "opposite": "anfas, devan",
        "between": "ant, antre",
    },
    "sw": {
        "in": "katika, kwenye, huko, huku, hapa, pale, hapo, mtaa wa, mtaani, eneo la, kule, naishi, niko, tuko",
        "way": "kutoka, toka, kuelekea, kwenda",
        "near": "karibu na, karibu, jirani na, kando ya",
        "behind": "nyuma ya",
        "opposite": "mkabala na, mbele ya",
        "between": "kati ya, katikati ya",
    },
    "hi": {"in": "gaon, gram, mohalla, panchayat, prakhand, zila, jila, ward, tola"},
    "es": {"in": "en, el, zona de, barrio", "away": "desde, de", "near": "cerca de, junto a", "behind": "detras de",
           "opposite": "frente a", "between": "entre"},
    "pt": {"in": "em, no, na, zona de, bairro", "away": "desde, de, do, da", "near": "perto de, junto a",
           "behind": "atras de", "opposite": "em frente a", "between": "entre"},
    "ha": {"in": "a, cikin, unguwar, garin", "away": "daga", "near": "kusa da", "behind": "bayan", "opposite": "gaban",
           "between": "tsakanin"},
    "yo": {"in": "ni, ilu", "away": "lati"},
}  # fmt: skip

AFTER: Mapping[str, Mapping[str, str]] = {
    "en": {"in": "area, zone, side, town, slum, estate, ward, village"},
    "hi": {
        "in": "mein, main, me, men, mai, mei, par, pe, ka, ki, ke, wala, ilaka, gaon, में, पर, का, की, के, वाला, इलाका",
        "way": "se, से, tak, तक",
        "near": "ke paas, paas, ke pas, ke nazdeek, ke najdik, ke nikat, ke bagal, ke kareeb, के पास, के नजदीक, के बगल",
        "behind": "ke peeche, ke piche, के पीछे",
        "opposite": "ke saamne, ke samne, ke samane, के सामने",
        "between": "ke beech, ke bich, के बीच",
    },
}

THE: Mapping[str, str] = {
    "en": "the, a, an, this, that, these, our, my, your, their, his, her, some, any, no, every, each, new, old",
    "sw": "hii, hiyo, hizi, hizo, yetu, yangu, zetu",
    "hi": "yeh, ye, hamara, hamari, mera, meri, ek, naya, nayi",
    "fr": "un, une, ce, cette, notre, mon, ma, nos",
}
"""What comes before a thing rather than a name."""

VERBS: Mapping[str, str] = {
    "hi": "gaya, gayi, gaye, gya, badhiya, patra, raha, rahi, khush, bahut, mana, pani, kaam",
    "sw": "sana, kama, bado, sasa, kabisa, watu, kitu",
}
"""Words of every second text, which are also names of places: a name only with a cue beside it. "Ho gaya" is not Gaya."""

LONGEST = 3
"""Words in the longest cue."""


@dataclass(frozen=True)
class Cues:
    """Cues from folded words to relations, and the words that make things of what follows."""

    before: Mapping[tuple[str, ...], str]
    after: Mapping[tuple[str, ...], str]
    articles: frozenset[str]
    everyday: frozenset[str]
    """Words of cues, which alone are never the name of a place."""

    def relation(self, before: Sequence[str], after: Sequence[str]) -> str | None:
        """How the account lies to a name with these folded words before and after it; None when nothing says."""
        for size in range(LONGEST, 0, -1):
            found = self.before.get(tuple(before[-size:])) or self.after.get(tuple(after[:size]))
            if found:
                return found
        return None


@lru_cache(maxsize=64)
def cues_for(languages: tuple[str, ...]) -> Cues:
    """The cues of these languages (BCP 47) and English; of all languages when none is given."""
    spoken = {language.split("-")[0] for language in languages} | {"en"}
    chosen = spoken if languages else BEFORE.keys() | AFTER.keys()
    before = _table(BEFORE[language] for language in BEFORE if language in chosen)
    after = _table(AFTER[language] for language in AFTER if language in chosen)
    articles = frozenset(word for language, listed in THE.items() if language in chosen for word in words(listed))
    verbs = (word for language, listed in VERBS.items() if language in chosen for word in words(listed))
    everyday = articles.union(*before, *after, verbs)
    return Cues(before, after, articles, everyday)


def _table(languages: Iterable[Mapping[str, str]]) -> dict[tuple[str, ...], str]:
    """The first relation that names a cue has it."""
    found: dict[tuple[str, ...], str] = {}
    for cues in languages:
        for relation, listed in cues.items():
            for cue in listed.split(","):
                found.setdefault(tuple(words(cue)), relation)
    return found
