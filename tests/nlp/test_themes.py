"""What many people write about and no category fits is found, and named by its own words."""

from __future__ import annotations

from nlp.themes import find_themes, silent_words

ELSEWHERE = [
    f"{what} at {where} since {when}, please help us"
    for what in ("no water", "the road is broken", "garbage is burning", "no medicine")
    for where in ("Gatwekera", "Mashimoni", "Kosovo")
    for when in ("monday", "friday", "last week")
]
LOCUSTS = [
    "locusts ate all our maize at Gatwekera",
    "Locust swarm in Mashimoni since monday",
    "please help us, locusts in the maize",
    "a swarm of locusts came, maize is finished",
    "locasts again near Kosovo, the maize is gone",
]
OTHERS = ["my phone is lost since monday", "who won the match last week", "greetings from Gatwekera"]


def test_a_theme_is_named_by_the_words_its_people_share() -> None:
    texts = [*OTHERS, *LOCUSTS]
    (theme,) = find_themes(texts, range(len(texts)), ELSEWHERE, least_people=4)
    assert set(theme.words) >= {"maize", "locusts"}
    assert not {"monday", "gatwekera", "please", "since"} & set(theme.words)
    assert theme.members == (3, 4, 5, 6, 7)
    assert theme.people == 5


def test_one_person_is_no_theme_however_often_they_write() -> None:
    assert find_themes(LOCUSTS, [1] * len(LOCUSTS), ELSEWHERE, least_people=3) == []


def test_what_has_a_category_already_is_no_theme() -> None:
    texts = ["no water at Gatwekera", "no water since friday", "water, please", "water water"]
    assert find_themes(texts, range(4), ELSEWHERE, least_people=3) == []


def test_masks_are_no_words() -> None:
    texts = [f"[phone] [name] {number}" for number in range(8)]
    assert find_themes(texts, range(8), ELSEWHERE, least_people=3) == []
    assert find_themes([], [], [], least_people=3) == []


def test_two_themes_do_not_share_accounts() -> None:
    floods = [f"{word} river burst, flood in the houses" for word in ("the", "our", "that", "this", "a")]
    texts = [*LOCUSTS, *floods]
    themes = find_themes(texts, range(len(texts)), ELSEWHERE, least_people=4)
    assert sorted(theme.members for theme in themes) == [(0, 1, 2, 3, 4), (5, 6, 7, 8, 9)]


def test_courtesies_and_little_words_name_no_theme() -> None:
    odd = ["the match was lost", "wheel of my cart", "my goat is ill", "the radio sings", "who has a ladder"]
    texts = [f"{greeting} {which} {word}" for greeting, word in zip(["naa gorri", "naa gorr"] * 3, odd, strict=False)
             for which in ("hamaare", "हमारे", "those")]  # fmt: skip
    people = range(len(texts))
    named = find_themes(texts, people, ELSEWHERE, least_people=5)
    assert {word for theme in named for word in theme.words} & {"gorri", "hamare", "hamaare", "those"}
    silent = silent_words(("hi", "dag"), ["naa gorri", "Gorr"])
    assert find_themes(texts, people, ELSEWHERE, least_people=5, silent=silent) == []


def test_a_word_that_only_sounds_like_a_courtesy_names_its_theme() -> None:
    texts = [f"the tank of {where} leaks, thanks" for where in ("Lindi", "Silanga", "Makina", "Laini", "Soweto")]
    (theme,) = find_themes(texts, range(5), ELSEWHERE, least_people=5, silent=silent_words(("en",), ["thank you"]))
    assert set(theme.words) == {"tank", "leaks"}
