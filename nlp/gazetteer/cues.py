"""The little words that say that a name of a place comes, and how what happened lies to it. Folded, by relation."""

from __future__ import annotations

from nlp.fold import words

_BEFORE = {
    "in": "in, at, from, inside, around, to, on, of, within, towards, @, live in, stay in, area of, zone of, "
    "a, au, aux, dans, en, chez, de, du, vers, sur, zone, quartier, nan, nan zon, zon, lavil, lari, sou, depi, soti, "
    "abite, rete, "
    "katika, kwenye, huko, hapa, pale, hapo, mtaa wa, mtaani, eneo la, kutoka, toka, kule, naishi, niko, tuko, "
    "el, desde, por, em, no, na, do, da, cikin, unguwar, garin, ni, ilu, gaon, gram, mohalla, "
    "panchayat, prakhand, zila, jila, ward",
    "near": "near, nearby, close to, next to, beside, by, along, not far from, outside, "
    "pres de, proche de, pre, prè, bo, bò, toupre, kote, akote, a cote de, "
    "karibu na, karibu, jirani na, kando ya, cerca de, junto a, perto de, kusa da",
    "behind": "behind, back of, derriere, derrière, deye, dèyè, nyuma ya, detras de, atras de, bayan",
    "opposite": "opposite, opp, across from, facing, in front of, en face de, en face, face a, devant, devan, anfas, "
    "mkabala na, mbele ya, frente a, em frente a, gaban",
    "between": "between, entre, ant, antre, kati ya, katikati ya, tsakanin",
}
_AFTER = {
    "in": "mein, main, me, men, mai, में, par, pe, पर, se, ka, ki, ke, का, की, के, area, zone, side, town, ilaka, इलाका, "
    "slum, estate, ward, village, gaon, गांव",
    "near": "ke paas, paas, ke pas, के पास, ke nazdeek, ke najdik, के नजदीक, ke nikat, ke bagal mein, के बगल, ke kareeb",
    "behind": "ke peeche, ke piche, के पीछे",
    "opposite": "ke saamne, ke samne, ke samane, के सामने",
    "between": "ke beech, ke bich, के बीच",
}

LONGEST = 4
"""Words in the longest cue."""


def _table(cues: dict[str, str]) -> dict[str, str]:
    """From joined cue to relation; the first relation that names a cue has it."""
    found: dict[str, str] = {}
    for relation, listed in cues.items():
        for cue in listed.split(","):
            found.setdefault(" ".join(words(cue)) or cue.strip(), relation)
    return found


BEFORE = _table(_BEFORE)
AFTER = _table(_AFTER)
EVERYDAY = frozenset(word for cue in (*BEFORE, *AFTER) for word in cue.split())
"""Words of cues, which alone are never the name of a place."""


def relation(before: list[str], after: list[str]) -> str | None:
    """How the account lies to a name with these folded words before and after it; None when no cue is there."""
    for size in range(LONGEST, 0, -1):
        if len(before) >= size:
            found = BEFORE.get(" ".join(before[-size:]))
            if found:
                return found
    for size in range(LONGEST, 0, -1):
        if len(after) >= size:
            found = AFTER.get(" ".join(after[:size]))
            if found:
                return found
    return None
